"""Statements in loops that write one row in each turn, where one call could write all rows."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, NamedTuple

from perffix.semantic.loops import own_nodes
from perffix.semantic.secrets import words_of
from perffix.semantic.sql import EXECUTING
from perffix.semantic.sql.drivers import driver_of, packages_of
from perffix.semantic.sql.sessions import connection_of, construct, dotted
from perffix.semantic.strings import constant_text
from perffix.semantic.turns import body_of, even_loop, slow_call
from perffix.semantic.written_names import last_name, names_in

if TYPE_CHECKING:
    from perffix.semantic.model import SemanticModel

_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_ROW = re.compile(r"\s*(insert|update|delete|replace|merge)\b", re.IGNORECASE)
_RETURNING = re.compile(r"\b(?:returning|output\s+inserted)\b", re.IGNORECASE)
_BY_KEY = re.compile(
    r"\bwhere\b.*?\b(?:\w*_)?(?:id|pk|key|uuid|guid|rowid)[\"`\]]?\s*=\s*[?%:$@]", re.IGNORECASE | re.DOTALL
)
_KEYS = frozenset({"id", "pk", "key", "uuid", "guid", "rowid"})
_OF_MANY = ("in_", "not_in", "notin_", "select", "exists", "subquery", "scalar_subquery", "any_", "or_")
_MIGRATING = ("upgrade", "downgrade", "migrat")
_RESULTS = frozenset(
    {
        *("lastrowid", "rowcount", "fetchone", "fetchall", "fetchmany", "fetchval", "inserted_primary_key"),
        *("insert_id", "returned_defaults", "lastrow_id", "last_insert_rowid"),
    }
)


class StatementPerTurn(NamedTuple):
    """A statement that a loop executes in each turn.

    Attributes:
        loop: the loop.
        driver: the name of the driver.
        receiver: what executes it.
        kind: `insert`, `update`, `delete`, `replace` or `merge`.
        because: why it is a statement, a phrase for the user.
        sure: whether the turn asks the database for nothing that may depend on what earlier turns wrote.
    """

    loop: ast.For | ast.comprehension
    driver: str
    receiver: ast.expr
    kind: str
    because: str
    sure: bool


def statement_per_turn(call: ast.Call, model: SemanticModel) -> StatementPerTurn | None:
    """Return what is known of a call of `execute()` that writes a row in each turn of a loop; None when it may not."""
    func = call.func
    if not isinstance(func, ast.Attribute) or not call.args or isinstance(call.args[0], ast.Starred):
        return None
    if _is_migration(call, model):
        return None
    kind, because = _kind(call, func.value, model)
    if not kind:
        return None
    loop = even_loop(call, model)
    if loop is None or not _changes_with(call, loop, model) or not _is_only_executed(call, loop, model):
        return None
    body = body_of(loop, model)
    if any(isinstance(each, _LOOPS) and not model.loops.has_few_turns(each) for each in body):
        return None  # a turn is much work already
    if slow_call(body, model) is not None or _result_is_wanted(call, loop, model):
        return None
    driver = driver_of(func.value, model)
    name = "SQLAlchemy" if driver is None else driver.name
    executing = [
        each for each in body if isinstance(each, ast.Attribute) and each.attr in (*EXECUTING, "scalar", "query")
    ]
    return StatementPerTurn(loop, name, func.value, kind, because, sure=len(executing) == 1)


def flush_per_turn(call: ast.Call, model: SemanticModel) -> tuple[ast.For, str] | None:
    """Return the loop that ends each turn with the flush of a session, and why it is one; None when it may be none."""
    if not isinstance(call.func, ast.Attribute):
        return None
    receiver, statement = call.func.value, model.statement_of(call)
    around = model.parent(statement)
    if not isinstance(around, ast.For) or around.body[-1] is not statement or not isinstance(statement, ast.Expr):
        return None
    loop = even_loop(call, model)
    if not isinstance(loop, ast.For) or loop is not around:
        return None
    body = body_of(loop, model)
    added = any(
        isinstance(each, ast.Call)
        and isinstance(each.func, ast.Attribute)
        and each.func.attr == "add"
        and dotted(each.func.value) == dotted(receiver)
        for each in body
    )
    if not added or slow_call(body, model) is not None or _is_migration(call, model):
        return None
    if any(isinstance(each, _LOOPS) and not model.loops.has_few_turns(each) for each in body):
        return None
    found = connection_of(receiver, model)
    return (loop, found.because) if found is not None and found.driver == "SQLAlchemy" else None


def _kind(call: ast.Call, receiver: ast.expr, model: SemanticModel) -> tuple[str, str]:
    """Return what a statement does to a row and why that is known; empty when it may do something else."""
    statement = call.args[0]
    if isinstance(statement, ast.Call):
        kind = construct(statement, model)
        if kind in ("insert", "update", "delete"):
            if "returning" in names_in(statement) or (kind != "insert" and not _is_for_one_row(statement, kind)):
                return "", ""
            if not _are_of_one_row(call, model):
                return "", ""
            return kind, f"`{kind}()` of SQLAlchemy makes a statement"
        if kind != "text" or not statement.args or not _are_of_one_row(call, model):
            return "", ""
        statement = statement.args[0]
    text = constant_text(statement, model)
    match = None if text is None else _ROW.match(text)
    if text is None or match is None or _RETURNING.search(text) or (len(call.args) < 2 and not call.keywords):
        return "", ""
    driver = driver_of(receiver, model)
    if driver is None or (match[1].lower() == "update" and not _BY_KEY.search(text)):
        return "", ""
    return match[1].lower(), f"`{dotted(receiver) or ast.unparse(receiver)}` is of {driver.name}"


def _are_of_one_row(call: ast.Call, model: SemanticModel) -> bool:
    """Tell whether the values that SQLAlchemy is given beside a statement are a single row: none, or a dictionary.

    A list would be many rows that are handed over together.
    """
    given = [*call.args[1:], *(each.value for each in call.keywords if each.arg in ("params", "parameters"))]
    types = [model.type_here(each) for each in given]
    return all(each is not None and each.name == "dict" for each in types)


def _is_for_one_row(statement: ast.expr, kind: str) -> bool:
    """Tell whether an update is of the row with a key, and a deletion by a single value of a column."""
    compared: list[str] = []
    for node in ast.walk(statement):
        if isinstance(node, ast.Compare):
            if not isinstance(node.ops[0], ast.Eq):
                return False
            compared.append(node.left.attr if isinstance(node.left, ast.Attribute) else "")
        elif isinstance(node, ast.Call):
            name = last_name(node.func)
            if name in _OF_MANY:
                return False
            compared += [keyword.arg or "" for keyword in node.keywords] if name == "filter_by" else []
    if kind == "delete":
        return len(compared) == 1
    return any(not _KEYS.isdisjoint(words_of(name)) and not name.endswith("_id") for name in compared)


def _is_migration(node: ast.AST, model: SemanticModel) -> bool:
    """Tell whether code changes the database from one version to the next: it runs once."""
    if "alembic" in packages_of(model):
        return True
    names = [model.source.path.rpartition("/")[2]]
    names += [each.name for each in model.ancestors(node) if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef))]
    return any(word.startswith(_MIGRATING) for name in names for word in words_of(name))


def _changes_with(call: ast.Call, loop: ast.For | ast.comprehension, model: SemanticModel) -> bool:
    """Tell whether the values that are written change with the loop, and what executes them stays the same."""
    bound = model.effects.effects_of([loop.target, *(loop.body if isinstance(loop, ast.For) else ())]).binds
    bound |= {node.id for node in ast.walk(loop.target) if isinstance(node, ast.Name)}
    assert isinstance(call.func, ast.Attribute)
    same = [call.func.value, *_table(call.args[0])]
    if any(isinstance(node, ast.Name) and node.id in bound for each in same for node in ast.walk(each)):
        return False
    if isinstance(call.func.value, ast.Call):
        return False  # made for this statement
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    return any(isinstance(node, ast.Name) and node.id in bound for each in given for node in ast.walk(each))


def _table(statement: ast.expr) -> list[ast.expr]:
    """Return what names the table in a statement that functions put together: `insert(table)`, `table.insert()`."""
    while isinstance(statement, ast.Call):
        func = statement.func
        name = last_name(func)
        if name in ("insert", "update", "delete"):
            return statement.args[:1] or [func]
        if not isinstance(func, ast.Attribute):
            break
        statement = func.value
    return []


def _is_only_executed(call: ast.Call, loop: ast.For | ast.comprehension, model: SemanticModel) -> bool:
    """Tell whether nothing is done with what the call returns."""
    parent = model.parent(call)
    if isinstance(parent, ast.Await):
        parent = model.parent(parent)
    if isinstance(loop, ast.comprehension):
        return False  # the results are collected
    return isinstance(parent, ast.Expr)


def _result_is_wanted(call: ast.Call, loop: ast.For | ast.comprehension, model: SemanticModel) -> bool:
    """Tell whether a turn reads what the statement left behind: the key of the new row, how many were changed."""
    assert isinstance(call.func, ast.Attribute)
    assert isinstance(loop, ast.For)
    written = dotted(call.func.value)
    executed = []
    for node in own_nodes(loop.body):
        if isinstance(node, ast.Attribute) and node.attr in ("executemany", "execute_batch"):
            return True
        if isinstance(node, ast.Attribute) and node.attr in _RESULTS:
            executed.append(node)
    reads = [each for each in executed if dotted(each.value) == written]
    later = [each for each in reads if (each.lineno, each.col_offset) > (call.lineno, call.col_offset)]
    if not later:
        return False
    first = min(later, key=lambda each: (each.lineno, each.col_offset))
    between = [
        node
        for node in own_nodes(loop.body)
        if isinstance(node, ast.Call)
        and node is not call
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "execute"
        and dotted(node.func.value) == written
        and (call.lineno, call.col_offset) < (node.lineno, node.col_offset) < (first.lineno, first.col_offset)
    ]
    return not between  # else it belongs to another statement
