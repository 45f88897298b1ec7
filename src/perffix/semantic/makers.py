"""Makers: which function or class made the object that an expression stands for.

Where `Type` says of what class a value is, a maker says where it came from: `requests.Session`, `tarfile.open`. That
needs no facts about the library, and several classes of one kind are told apart by the function that was called.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from perffix.semantic.scopes import How

if TYPE_CHECKING:
    from perffix.semantic.model import SemanticModel
    from perffix.semantic.scopes import Assignment, Binding

_HANDED_ON = ("contextlib.closing", "contextlib.nullcontext")
_ENTERING = ("enter_context", "enter_async_context")  # of `contextlib.ExitStack`
_DEPTH = 6


class Made(NamedTuple):
    """Where an object comes from.

    Attributes:
        name: canonical name of the function or class that was called, or of the class that an annotation promises.
        calls: the calls that make it, as far as they stand in the module.
        names: the names and attributes that it goes by, innermost first.
        declared: an annotation promises it; it may be an object of a subclass.
    """

    name: str
    calls: tuple[ast.Call, ...]
    names: tuple[Binding, ...] = ()
    declared: bool = False


def made_by(expr: ast.expr, model: SemanticModel) -> Made | None:
    """Return who made the object behind an expression, when all ways to it agree on that; None means unknown.

    An attribute or name that is None at times is passed over: then there is no object.
    """
    return _made_by(expr, model, _DEPTH)


def _made_by(expr: ast.expr, model: SemanticModel, depth: int) -> Made | None:
    if depth == 0:
        return None
    if isinstance(expr, ast.Await):
        return _made_by(expr.value, model, depth)
    if isinstance(expr, ast.NamedExpr):
        return _made_by(expr.value, model, depth)
    if isinstance(expr, ast.Call):
        return _made_by_call(expr, model, depth)
    if isinstance(expr, ast.IfExp):
        return _agreed([_made_by(expr.body, model, depth - 1), _made_by(expr.orelse, model, depth - 1)])
    if isinstance(expr, ast.BoolOp):
        return _agreed([_made_by(each, model, depth - 1) for each in expr.values])
    binding = model.binding_of(expr)
    if binding is None:
        return None
    given = [each for each in binding.assignments if not _gives_nothing(each)]
    found = _agreed([_made_by_assignment(each, model, depth) for each in given])
    return found and found._replace(names=(*found.names, binding))


def _gives_nothing(assignment: Assignment) -> bool:
    """Tell it for `del x` and `x = None`; a parameter whose default is None may be given something."""
    if assignment.how is How.PARAMETER:
        return False
    return assignment.how is How.DELETED or _is_none(assignment.value)


def _is_none(value: ast.expr | None) -> bool:
    return isinstance(value, ast.Constant) and value.value is None


def _agreed(found: list[Made | None]) -> Made | None:
    """Return the one maker that several ways name, with the calls of all."""
    known = [each for each in found if each is not None]
    if not known or len(known) < len(found) or len({each.name for each in known}) != 1:
        return None
    calls = tuple(dict.fromkeys(call for each in known for call in each.calls))
    names = tuple(dict.fromkeys(name for each in known for name in each.names))
    return Made(known[0].name, calls, names, any(each.declared for each in known))


def _made_by_assignment(assignment: Assignment, model: SemanticModel, depth: int) -> Made | None:
    if assignment.given is not None:
        return _made_by(assignment.given, model, depth - 1)
    if assignment.how is How.PARAMETER:
        return _declared(getattr(assignment.node, "annotation", None), model)
    if assignment.how is How.ANNOTATED and isinstance(assignment.statement, ast.AnnAssign):
        return _declared(assignment.statement.annotation, model)
    return None


def _declared(annotation: ast.expr | None, model: SemanticModel) -> Made | None:
    known = None if annotation is None else model.types.annotations.type_of(annotation)
    return None if known is None else Made(known.name, (), declared=True)


def _made_by_call(call: ast.Call, model: SemanticModel, depth: int) -> Made | None:
    name = model.qualified_name(call.func)
    enters = isinstance(call.func, ast.Attribute) and call.func.attr in _ENTERING
    if (enters or name in _HANDED_ON) and call.args:
        return _made_by(call.args[0], model, depth - 1)
    if name is not None:
        return Made(name, (call,))
    definition = model.names.definition_of(call.func) or model.names.method_of_self(call.func)
    if not isinstance(definition, (ast.FunctionDef, ast.AsyncFunctionDef)) or definition.decorator_list:
        return None
    scope = model.scopes.scope_of(definition.body[0])
    if scope.yields:
        return None
    values = [each.value for each in scope.returns if each.value is not None and not _is_none(each.value)]
    found = _agreed([_made_by(each, model, depth - 1) for each in values])
    return found or _declared(definition.returns, model)
