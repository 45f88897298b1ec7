"""Database calls: which calls hand a statement to a database, and to which driver."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, NamedTuple

from perffix.semantic import facts
from perffix.semantic.scopes import How
from perffix.semantic.sql import EXECUTING, EXECUTING_FUNCTIONS, EXECUTING_OF_ASYNCPG

if TYPE_CHECKING:
    from perffix.semantic.model import SemanticModel

_WITHOUT_PARAMETERS = ("executescript",)
_OPENING = ("cursor", "connect", "acquire", "connection", "begin", "transaction", "__enter__", "__aenter__")

_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_DEPTH = 6


class Driver(NamedTuple):
    """A database driver: its name, its placeholder style and how it takes parameters."""

    name: str
    style: str
    parameters: str


class DatabaseCall(NamedTuple):
    """A call that executes SQL.

    Attributes:
        call: the call.
        statement: the argument with the SQL text.
        parameters: the argument with the values, None when there is none.
        driver: the driver when it is proved, else None.
        because: why it is a database call, a phrase for the user.
        takes_parameters: whether this method can take values beside the text.
    """

    call: ast.Call
    statement: ast.expr
    parameters: ast.expr | None
    driver: Driver | None
    because: str
    takes_parameters: bool


def database_call(call: ast.Call, model: SemanticModel) -> DatabaseCall | None:
    """Return what a call hands to a database, or None when it is not known to do that."""
    name = model.qualified_name(call.func)
    if name in EXECUTING_FUNCTIONS:
        text = _argument(call, 0, EXECUTING_FUNCTIONS[name])
        if text is None:
            return None
        return DatabaseCall(call, text, None, None, f"`{name}` takes SQL", takes_parameters=False)
    func = call.func
    if not isinstance(func, ast.Attribute):
        return None
    statement = _argument(call, 0, "sql", "query", "operation", "statement")
    if statement is None:
        return None
    driver = driver_of(func.value, model)
    method = func.attr
    if driver is not None and driver.parameters == "variadic" and method in EXECUTING_OF_ASYNCPG:
        parameters = call.args[1] if len(call.args) > 1 else None
        because = f"`{ast.unparse(func.value)}` is of {driver.name}"
        return DatabaseCall(call, statement, parameters, driver, because, takes_parameters=True)
    if method not in EXECUTING:
        return None
    takes = method not in _WITHOUT_PARAMETERS
    parameters = _argument(call, 1, "parameters", "params", "args", "vars", "values")
    if driver is not None:
        because = f"`{ast.unparse(func.value)}` is of {driver.name}"
        return DatabaseCall(call, statement, parameters, driver, because, takes)
    if method == "execute" and not _is_named_like_a_database(func.value):
        return None
    return DatabaseCall(call, statement, parameters, None, f"`.{method}()` of a database object", takes)


def _argument(call: ast.Call, position: int, *keywords: str) -> ast.expr | None:
    if len(call.args) > position:
        found = call.args[position]
        return None if isinstance(found, ast.Starred) else found
    return next((keyword.value for keyword in call.keywords if keyword.arg in keywords), None)


def _is_named_like_a_database(receiver: ast.expr) -> bool:
    """Tell it by the last name of a receiver whose origin is unknown: `self.cursor`, `conn`, `get_db()`."""
    if isinstance(receiver, ast.Call):
        receiver = receiver.func
    if isinstance(receiver, ast.Await):
        return _is_named_like_a_database(receiver.value)
    name = receiver.id if isinstance(receiver, ast.Name) else getattr(receiver, "attr", "")
    words = {word.lower() for word in _WORDS.findall(name)}
    return not words.isdisjoint(facts.load("databases")["receivers"]["words"])


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
        return None
    found = {
        driver_of(each.value, model, depth - 1)
        if each.value is not None and each.how in (How.ASSIGNED, How.ANNOTATED, How.ENTERED, How.WALRUS)
        else _driver_of_declaration(each.node, model)
        for each in binding.assignments
        if not (isinstance(each.value, ast.Constant) and each.value.value is None) and each.how is not How.DELETED
    }
    return found.pop() if len(found) == 1 else None


def _driver_of_declaration(node: ast.AST, model: SemanticModel) -> Driver | None:
    annotation = getattr(node, "annotation", None)
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
    if isinstance(definition, (ast.FunctionDef, ast.AsyncFunctionDef)) and definition.returns is not None:
        declared = model.types.annotations.type_of(definition.returns)
        return None if declared is None else _driver_with("types", declared.name)
    return None


def _driver_with(key: str, name: str | None) -> Driver | None:
    if name is None:
        return None
    for driver, entry in facts.load("databases")["drivers"].items():
        if name in entry.get(key, ()):
            return Driver(driver, entry["style"], entry["parameters"])
    return None
