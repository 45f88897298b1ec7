"""Database drivers: which one a connection, cursor, pool or engine belongs to, and how it takes values."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from perffix.semantic import facts
from perffix.semantic.scopes import How
from perffix.semantic.sql.statement import placeholders
from perffix.semantic.strings import constant_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.semantic.model import SemanticModel

_OPENING = (
    *("cursor", "connect", "acquire", "connection", "begin", "transaction", "__enter__", "__aenter__", "getconn"),
    *("get_connection", "execution_options"),
)
_DEPTH = 6


class Driver(NamedTuple):
    """A database driver; what the fields say stands in `facts/databases.toml`."""

    name: str
    style: str
    parameters: str
    lists: str
    strings: bool = False
    methods: tuple[str, ...] = ()


def driver_named(name: str) -> Driver:
    """Return a driver by its name in the facts."""
    entry = facts.load("databases")["drivers"][name]
    return Driver(
        name,
        entry["style"],
        entry["parameters"],
        entry["lists"],
        entry.get("strings", False),
        tuple(entry.get("methods", ())),
    )


def driver_of(expr: ast.expr, model: SemanticModel, depth: int = _DEPTH) -> Driver | None:
    """Return the driver that a connection, cursor, pool or engine belongs to, when that is proved."""
    if depth == 0:
        return None
    if isinstance(expr, ast.Await):
        return driver_of(expr.value, model, depth - 1)
    if isinstance(expr, ast.Call):
        return _driver_of_call(expr, model, depth)
    if isinstance(expr, ast.Subscript):
        return _driver_with("mappings", model.qualified_name(expr.value))
    direct = _driver_with("objects", model.qualified_name(expr))
    if direct is not None:
        return direct
    binding = model.binding_of(expr)
    if binding is None:
        return _driver_of_member(expr, model, depth)
    found = {
        driver_of(each.value, model, depth - 1)
        if each.value is not None and each.how in (How.ASSIGNED, How.ANNOTATED, How.ENTERED, How.WALRUS)
        else _driver_of_declaration(each.node, each.statement, model)
        for each in binding.assignments
        if not (isinstance(each.value, ast.Constant) and each.value.value is None) and each.how is not How.DELETED
    }
    return found.pop() if len(found) == 1 else None


def _driver_of_member(expr: ast.expr, model: SemanticModel, depth: int) -> Driver | None:
    """Return the driver of `connection.cursor` objects reached through an attribute: `db.session`, `pool.conn`."""
    if not isinstance(expr, ast.Attribute):
        return None
    if expr.attr == "session":
        owner = model.binding_of(expr.value)
        single = None if owner is None else owner.single
        if single is not None and isinstance(single.value, ast.Call):
            name = model.qualified_name(single.value.func)
            if name in ("flask_sqlalchemy.SQLAlchemy", "flask_sqlalchemy.extension.SQLAlchemy"):
                return driver_named("SQLAlchemy")
    return driver_of(expr.value, model, depth - 1) if expr.attr in ("connection", "conn") else None


def _driver_of_declaration(node: ast.AST, statement: ast.AST, model: SemanticModel) -> Driver | None:
    annotation = getattr(statement if isinstance(statement, ast.AnnAssign) else node, "annotation", None)
    known = None if annotation is None else model.types.annotations.type_of(annotation)
    return None if known is None else _driver_with("types", known.name)


def _driver_of_call(call: ast.Call, model: SemanticModel, depth: int) -> Driver | None:
    name = model.qualified_name(call.func)
    found = _driver_with("opens", name)
    if found is not None:
        return found
    if name == "contextlib.closing" and call.args:
        return driver_of(call.args[0], model, depth - 1)
    func = call.func
    if isinstance(func, ast.Attribute) and func.attr in _OPENING:
        return driver_of(func.value, model, depth - 1)
    definition = model.names.definition_of(func) or model.names.method_of_self(func)
    if isinstance(definition, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return _driver_of_result(definition, model, depth)
    if name in ("sqlalchemy.orm.sessionmaker", "sqlalchemy.ext.asyncio.async_sessionmaker"):
        return driver_named("SQLAlchemy")
    return driver_of(func, model, depth - 1) if _is_session_maker(func, model) else None


def _is_session_maker(func: ast.expr, model: SemanticModel) -> bool:
    """Tell whether a called name holds what `sessionmaker()` made: `Session()`."""
    single = model.single_of(func)
    if single is None or not isinstance(single.value, ast.Call):
        return False
    return (model.qualified_name(single.value.func) or "").endswith("sessionmaker")


def _driver_of_result(
    function: ast.FunctionDef | ast.AsyncFunctionDef, model: SemanticModel, depth: int
) -> Driver | None:
    """Return the driver of what a function of this module returns, by its annotation or by all its returns."""
    if function.returns is not None:
        declared = model.types.annotations.type_of(function.returns)
        found = None if declared is None else _driver_with("types", declared.name)
        if found is not None:
            return found
    results = {
        driver_of(each.value, model, depth - 1)
        for each in ast.walk(function)
        if isinstance(each, (ast.Return, ast.Yield))
        and each.value is not None
        and not (isinstance(each.value, ast.Constant) and each.value.value is None)
    }
    return results.pop() if len(results) == 1 else None


def _driver_with(key: str, name: str | None) -> Driver | None:
    if name is None:
        return None
    for driver, entry in facts.load("databases")["drivers"].items():
        if name in entry.get(key, ()):
            return driver_named(driver)
    return None


def packages_of(model: SemanticModel) -> set[str]:
    """Return the top-level packages that a module imports outside of functions."""
    found: set[str] = set()
    for statement in _statements_of_module(model.source.tree.body):
        if isinstance(statement, ast.Import):
            found.update(alias.name.partition(".")[0] for alias in statement.names)
        elif isinstance(statement, ast.ImportFrom) and statement.level == 0:
            found.add((statement.module or "").partition(".")[0])
    return found


def _statements_of_module(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    for statement in body:
        yield statement
        for field in ("body", "orelse"):
            if isinstance(statement, (ast.If, ast.Try)):
                yield from _statements_of_module(getattr(statement, field))


def imported_driver(model: SemanticModel) -> Driver | None:
    """Return the only driver that a module imports, or None when it imports none or several."""
    packages = packages_of(model)
    found = [
        name
        for name, entry in facts.load("databases")["drivers"].items()
        if not packages.isdisjoint(entry.get("modules", ()))
    ]
    mixed = not packages.isdisjoint(("peewee", "pony", "pandas", "MySQLdb", "records", "dataset"))
    if len(found) != 1 or (mixed and found != ["mysqlclient"]):
        return None
    return driver_named(found[0])


def peewee_database(model: SemanticModel) -> Driver | None:
    """Return the driver of the databases that a module opens with Peewee, when they agree."""
    found = {
        _driver_with("opens", model.qualified_name(call.func))
        for call in ast.walk(model.source.tree)
        if isinstance(call, ast.Call) and isinstance(call.func, (ast.Name, ast.Attribute))
    } - {None}
    single = found.pop() if len(found) == 1 else None
    return single if single is not None and single.name.startswith("Peewee") else None


def dialect_of(model: SemanticModel) -> Driver | None:
    """Return the driver below the engines that a module creates, when their addresses are written there."""
    dialects = facts.load("databases")["dialects"]
    found: set[str | None] = set()
    for call in ast.walk(model.source.tree):
        if not isinstance(call, ast.Call) or not call.args:
            continue
        if (model.qualified_name(call.func) or "").rpartition(".")[2] not in ("create_engine", "create_async_engine"):
            continue
        address = call.args[0]
        text = address.value if isinstance(address, ast.Constant) and isinstance(address.value, str) else ""
        found.add(dialects.get(text.partition(":")[0]))
    single = found.pop() if len(found) == 1 else None
    return None if single is None else driver_named(single)


# The driver of a call whose receiver shows none


def driver_for_fix(call: ast.Call, model: SemanticModel) -> Driver | None:
    """Return the driver that the rest of the module shows for a call, None when it does not.

    Either other calls on receivers of the same name pass parameters, all in one style; or the module imports just
    one driver.
    """
    imported = imported_driver(model)
    if imported is not None and imported.name == "SQLAlchemy":
        name = ast.unparse(call.func).lower()
        is_session = any(word in name for word in ("session", "conn", "engine"))
        return imported if is_session and name.endswith(".execute") else None
    if imported is not None:
        return imported if imported.name in _OF_CURSORS else None
    styles = {_style_of(other, model) for other in _like(call, model)} - {None}
    if len(styles) != 1:
        return None
    style = styles.pop()
    return Driver("the driver's", str(style), "sequence", "expand") if style in ("qmark", "format") else None


_OF_CURSORS = (
    *("sqlite3", "aiosqlite", "psycopg2", "psycopg", "pymysql", "aiomysql", "mysqlclient", "mysql-connector"),
    *("pyodbc", "django", "duckdb", "pymssql", "pg8000", "ibm_db"),
)


def _like(call: ast.Call, model: SemanticModel) -> Iterator[ast.Call]:
    """Yield the calls of the same method on receivers of the same name."""
    wanted = ast.unparse(call.func)
    for other in ast.walk(model.source.tree):
        if isinstance(other, ast.Call) and len(other.args) == 2 and ast.unparse(other.func) == wanted:
            yield other


def _style_of(call: ast.Call, model: SemanticModel) -> str | None:
    """Return the style of the placeholders in a call with a constant statement and its parameters as a sequence."""
    text = constant_text(call.args[0], model)
    if text is None or isinstance(call.args[1], (ast.Dict, ast.Starred)):
        return None
    if placeholders(text, "qmark"):
        return "qmark"
    return "format" if placeholders(text, "format") else None
