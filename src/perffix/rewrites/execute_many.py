"""The rewrite of a loop that only executes one statement: all rows go to the driver in one call."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.model import Applicability, Code, Fix, NodeRef, Replace
from perffix.semantic import facts
from perffix.semantic.sql.drivers import driver_named, driver_of
from perffix.semantic.sql.sessions import dotted
from perffix.semantic.strings import constant_text
from perffix.semantic.written_names import last_name

if TYPE_CHECKING:
    from perffix.semantic.model import SemanticModel
    from perffix.semantic.sql.writes import StatementPerTurn

# Drivers whose `executemany` is faster than as many calls of `execute`. Those of psycopg2 and pyodbc are not.
_FASTER = (
    "sqlite3", "aiosqlite", "psycopg", "asyncpg", "pymysql", "aiomysql", "mysqlclient", "mysql-connector", "oracledb",
)  # fmt: skip
# Of these, the ones that take rows as they come; the others want a list, or fail where a generator gives no row.
_TAKING_ALL = ("sqlite3", "aiosqlite", "psycopg", "asyncpg")


def execute_many(call: ast.Call, found: StatementPerTurn, model: SemanticModel) -> Fix | None:
    """Return the fix of a loop that does nothing but execute a constant statement; None where it does more."""
    loop, statement = found.loop, model.statement_of(call)
    if not isinstance(loop, ast.For) or loop.body != [statement] or loop.orelse or call.keywords:
        return None
    if found.driver not in _FASTER or not dotted(found.receiver) or constant_text(call.args[0], model) is None:
        return None
    if found.driver == "psycopg" and not _is_cursor(found.receiver, model):
        return None  # its connections have no `executemany`
    row = _row(call, found.driver)
    if row is None or _is_read_after(loop, model) or _is_suspending(loop, call):
        return None
    if model.locals.is_seen_dynamically(loop) or _may_ask(call, found, model):
        return None
    pieces: dict[str, NodeRef | str] = {
        "receiver": NodeRef.of(found.receiver),
        "statement": NodeRef.of(call.args[0]),
        "iter": NodeRef.of(loop.iter),
        "target": NodeRef.of(loop.target),
    }
    waits = "await " if isinstance(model.parent(call), ast.Await) else ""
    whole = isinstance(row, ast.Name) and isinstance(loop.target, ast.Name) and row.id == loop.target.id
    if whole and (found.driver in _TAKING_ALL or getattr(model.type_of(loop.iter), "name", "") == "list"):
        rows = "$iter"
    elif isinstance(row, list):
        inner = ", ".join(f"$value{number}" for number in range(len(row)))
        pieces |= {f"value{number}": NodeRef.of(each) for number, each in enumerate(row)}
        rows = f"[({inner}{',' if len(row) == 1 else ''}) for $target in $iter]"
    else:
        pieces["row"] = NodeRef.of(row)
        rows = "[$row for $target in $iter]"
    code = Code(f"{waits}$receiver.executemany($statement, {rows})", pieces)
    return Fix(Applicability.UNSAFE, "Hand all rows to one `executemany()`", (Replace(NodeRef.of(loop), code),))


def _row(call: ast.Call, driver: str) -> ast.expr | list[ast.expr] | None:
    """Return what a call gives for the placeholders, one by one for drivers that take them so."""
    if any(isinstance(each, ast.Starred) for each in call.args):
        return None
    if driver_named(driver).parameters == "variadic":
        return call.args[1:] or None
    return call.args[1] if len(call.args) == 2 else None


def _is_cursor(receiver: ast.expr, model: SemanticModel) -> bool:
    single = model.single_of(receiver)
    value = None if single is None else single.value
    return isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr == "cursor"


def _is_read_after(loop: ast.For, model: SemanticModel) -> bool:
    """Tell whether a variable of a loop is used outside of it."""
    inside = set(ast.walk(loop))
    function = model.function_of(loop)
    around = () if function is None else ast.walk(function)
    deleted = {each.id for each in around if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Del)}
    for node in ast.walk(loop.target):
        binding = model.binding_of(node) if isinstance(node, ast.Name) else None
        if isinstance(node, ast.Name) and node.id in deleted:
            return True
        if binding is None or not binding.is_local or binding.outside:
            if isinstance(node, ast.Name):
                return True
        elif any(use not in inside for use in binding.uses):
            return True
    return False


def _may_ask(call: ast.Call, found: StatementPerTurn, model: SemanticModel) -> bool:
    """Tell whether the rows may depend on what is written before them, or come from what writes them.

    All of them are put together before the first is written.
    """
    root = dotted(found.receiver).partition(".")[0]
    assert isinstance(found.loop, ast.For)
    known = facts.load("turns")
    parts = [*call.args[1:], found.loop.iter]
    for part in parts:
        asking = any(isinstance(each, ast.Call) for each in ast.walk(part))
        for node in ast.walk(part):
            if (
                isinstance(node, ast.Name)
                and node.id == root
                and (asking or dotted(part) in (root, dotted(found.receiver)))
            ):
                return True
            if isinstance(node, (ast.Name, ast.Attribute)) and driver_of(node, model) is not None:
                return True
            if part is found.loop.iter or not isinstance(node, ast.Call):
                continue
            name = last_name(node.func)
            module = (model.qualified_name(node.func) or "").partition(".")[0]
            quick = name[:1].isupper() or name in known["quick"] or module in known["quick_modules"]
            if not quick and not model.effects.is_harmless_call(node):
                return True
    return False


def _is_suspending(loop: ast.For, call: ast.Call) -> bool:
    """Tell whether more than the call itself waits or binds a name."""
    inner = (each for part in (*call.args, loop.iter) for each in ast.walk(part))
    return any(isinstance(each, (ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr)) for each in inner)
