"""Which parts of a statement's text could carry SQL of somebody else's making."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, NamedTuple

from perffix.semantic import facts
from perffix.semantic.flow.closed import is_closed
from perffix.semantic.scopes import How
from perffix.semantic.sql.statement import Place, Role, is_statement, places, takes_parameters
from perffix.semantic.strings import build_of

if TYPE_CHECKING:
    from perffix.semantic.model import SemanticModel
    from perffix.semantic.sql.calls import DatabaseCall
    from perffix.semantic.strings import Built, Hole

_VALUE_ROLES = (Role.VALUE, Role.QUOTED, Role.LIST)
_PLACEHOLDER_NAME = re.compile(
    r"place_?holder|param(s|eter|eters)?$|param_?style|^ph$|marker|^binds?$|_binds?$", re.IGNORECASE
)


class Exposed(NamedTuple):
    """A hole of a statement whose text is not known to be harmless.

    Attributes:
        hole: the hole.
        place: where in the statement it stands.
        from_input: its value visibly comes from a request, the command line or the terminal.
    """

    hole: Hole
    place: Place
    from_input: bool


class Statement(NamedTuple):
    """The text that a database call runs, how it is built, and its exposed holes."""

    built: Built
    exposed: tuple[Exposed, ...]
    all_places: tuple[Place, ...]


def exposed_statement(call: DatabaseCall, model: SemanticModel) -> Statement | None:
    """Return the statement that a call runs when some part of it is exposed, else None."""
    built = build_of(call.statement, model)
    if built is None or not built.holes:
        return None
    if not is_statement(built.text) and call.driver is None:
        return None
    found = places(built.text)
    if len(found) != len(built.holes):
        return None
    reported = _VALUE_ROLES if takes_parameters(built.text) else ()
    exposed = []
    for hole, place in zip(built.holes, found, strict=True):
        from_input = comes_from_input(hole.value, model)
        if not from_input and place.role not in reported:
            continue
        if place.role is not Role.COMMENT and not is_harmless(hole, place, model):
            exposed.append(Exposed(hole, place, from_input))
    return Statement(built, tuple(exposed), tuple(found)) if exposed else None


def is_harmless(hole: Hole, place: Place, model: SemanticModel) -> bool:
    """Tell whether a hole's text is closed, a number, quoted by the driver, or a placeholder itself."""
    value = _where_it_is_made(hole.value, model)
    if hole.spec and hole.spec[-1] in "dioxXeEfFgG" and hole.spec != "*":
        return True  # only a number can be formatted so
    return is_closed(hole.value, model) or any(
        (
            _is_quoted(value, model),
            _is_placeholder(hole.value),
            _joins_numbers(value, model),
            _shows_numbers(value, model),
        )
    )


def _where_it_is_made(expr: ast.expr, model: SemanticModel) -> ast.expr:
    """Return the value of a name that is assigned once, else the expression itself."""
    binding = model.binding_of(expr)
    single = None if binding is None else binding.single
    if single is None or single.how not in (How.ASSIGNED, How.ANNOTATED) or single.value is None:
        return expr
    return single.value


def _is_quoted(expr: ast.expr, model: SemanticModel) -> bool:
    if not isinstance(expr, ast.Call):
        return False
    known = facts.load("databases")["quoting"]
    if model.qualified_name(expr.func) in known["functions"]:
        return True
    name = expr.func.attr if isinstance(expr.func, ast.Attribute) else getattr(expr.func, "id", "")
    return not set(name.lower().split("_")).isdisjoint(known["words"])


def _is_placeholder(expr: ast.expr) -> bool:
    """Tell whether an expression is a placeholder by the name: nobody calls a value a placeholder."""
    while isinstance(expr, (ast.Call, ast.Subscript)):
        expr = expr.func if isinstance(expr, ast.Call) else expr.value
    name = expr.id if isinstance(expr, ast.Name) else getattr(expr, "attr", "")
    return bool(_PLACEHOLDER_NAME.search(name))


def _joins_numbers(expr: ast.expr, model: SemanticModel) -> bool:
    """Tell whether an expression is `sep.join(...)` of numbers made to text, or of placeholders."""
    if not (isinstance(expr, ast.Call) and isinstance(expr.func, ast.Attribute) and expr.func.attr == "join"):
        return False
    if len(expr.args) != 1:
        return False
    items = expr.args[0]
    if isinstance(items, (ast.GeneratorExp, ast.ListComp)):
        return _is_number_text(items.elt, model) or _is_placeholder(items.elt) or _is_named_placeholder(items.elt)
    if isinstance(items, ast.Call) and model.names.is_builtin(items.func, "map") and len(items.args) == 2:
        function, numbers = items.args
        if model.names.is_builtin(function, "int", "float"):
            return True
        element = model.types.element_of(numbers)
        return (
            model.names.is_builtin(function, "str", "repr") and element is not None and element.name in ("int", "float")
        )
    return _is_placeholder(items)


def _shows_numbers(expr: ast.expr, model: SemanticModel) -> bool:
    """Tell whether an expression is a list of numbers, such as a vector, as it is or made to text."""
    while isinstance(expr, ast.Call) and len(expr.args) == 1 and not expr.keywords:
        if not model.names.is_builtin(expr.func, "str", "repr") and model.qualified_name(expr.func) != "json.dumps":
            break
        expr = expr.args[0]
    known = model.type_of(expr)
    if known is None or known.name not in ("list", "tuple") or known.optional:
        return False
    return known.element is not None and known.element.name in ("int", "float")


def _is_named_placeholder(expr: ast.expr) -> bool:
    """Tell whether a text is `:name`, `@name` or `%(name)s` with the name put in."""
    if not isinstance(expr, ast.JoinedStr) or not expr.values:
        return False
    first = expr.values[0]
    return isinstance(first, ast.Constant) and str(first.value) in (":", "@", "%(", "$")


def _is_number_text(expr: ast.expr, model: SemanticModel) -> bool:
    if isinstance(expr, ast.Call) and model.names.is_builtin(expr.func, "str", "repr") and len(expr.args) == 1:
        expr = expr.args[0]
    return is_closed(expr, model)


_REQUEST_PARTS = (
    "args",
    "form",
    "values",
    "json",
    "GET",
    "POST",
    "data",
    "query_params",
    "params",
    "cookies",
    "headers",
)


def comes_from_input(expr: ast.expr, model: SemanticModel) -> bool:
    """Tell whether a value is read from a request, `input()` or `sys.argv` right here or one assignment before."""
    if isinstance(expr, ast.Name):
        binding = model.binding_of(expr)
        single = None if binding is None else binding.single
        return single is not None and single.value is not None and _reads_input(single.value, model)
    return _reads_input(expr, model)


def _reads_input(expr: ast.expr, model: SemanticModel) -> bool:
    if isinstance(expr, ast.Call):
        if model.names.is_builtin(expr.func, "input"):
            return True
        return isinstance(expr.func, ast.Attribute) and _reads_input(expr.func.value, model)
    if isinstance(expr, ast.Subscript):
        return _reads_input(expr.value, model)
    if isinstance(expr, ast.Attribute):
        if model.qualified_name(expr) == "sys.argv":
            return True
        owner = expr.value
        name = owner.id if isinstance(owner, ast.Name) else getattr(owner, "attr", "")
        return expr.attr in _REQUEST_PARTS and name in ("request", "req")
    return False
