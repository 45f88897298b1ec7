"""Calling: what comes out of the functions and classes of the module, and of those that it only uses."""

from __future__ import annotations

import ast
from functools import partial
from typing import TYPE_CHECKING

from perffix.semantic import facts
from perffix.semantic.flow.carrying import carried_by
from perffix.semantic.flow.context import DEEPEST, Context, Frame, Function, Trail
from perffix.semantic.flow.definitions import FUNCTIONS, Definition, called_function, definition_of, method_of
from perffix.semantic.flow.harmless import is_cleaning_call
from perffix.semantic.flow.objects import instance_made, made_from_mapping

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.semantic.flow.selectors import Path
    from perffix.semantic.flow.tracing import Tracer
    from perffix.semantic.model import SemanticModel

_ANY = ast.Name("", ast.Load())  # a key of which nothing is known


def of_call(tracer: Tracer, call: ast.Call, path: Path, context: Context) -> Trail | None:
    """Return the route into the result of a call."""
    model = tracer.model
    name = model.qualified_name(call.func)
    if is_cleaning_call(call, name, tracer.kind, model):
        return None
    made = _made_from_mapping(call, model)
    if made is not None and path and path[0].kind == "attribute":
        return made_from_mapping(tracer, made, call.args[:1], path, context)
    called = called_function(call, model)
    if called is not None:
        return _through(tracer, called[0], call, called[1], path, context)
    definition = definition_of(call.func, model)
    if isinstance(definition, ast.ClassDef):
        return instance_made(tracer, definition, call, path, context)
    if name == "builtins.map" and len(call.args) == 2:
        mapped = definition_of(call.args[0], model)
        if isinstance(mapped, FUNCTIONS):
            each = ast.copy_location(ast.Subscript(call.args[1], _ANY, ast.Load()), call.args[1])
            made_call = ast.copy_location(ast.Call(call.args[0], [each], []), call)
            return _through(tracer, mapped, made_call, None, path[1:], context)
    if name is not None and name in facts.load("cleaners")["undoing"]["functions"] and tracer.kind:
        return tracer.before_cleaning(call, path, context)
    return tracer.first(carried_by(call, name, path, tracer.kind, model), context)


def _made_from_mapping(call: ast.Call, model: SemanticModel) -> ast.ClassDef | None:
    """Return the class of the module that a call such as `Item.model_validate(data)` makes an instance of."""
    func = call.func
    if not isinstance(func, ast.Attribute) or func.attr not in ("model_validate", "parse_obj", "from_dict"):
        return None
    definition = definition_of(func.value, model)
    is_own = isinstance(definition, ast.ClassDef) and method_of(definition, func.attr, model) is not None
    return definition if isinstance(definition, ast.ClassDef) and not is_own else None


def _through(
    tracer: Tracer,
    function: Function,
    call: ast.Call,
    receiver: ast.expr | None,
    path: Path,
    context: Context,
) -> Trail | None:
    """Return the route into what a function of the module returns, or yields, for one call of it."""
    if context.depth() >= DEEPEST or context.is_inside(function):
        return None
    inner = Context(Frame(function, call, receiver, context))
    if isinstance(function, ast.Lambda):
        return tracer.trace(function.body, path, inner)
    found = returned(tracer, function, path, inner)
    return found and found.then(tracer.step(call, f"`{function.name}()` returns it here"))


def returned(tracer: Tracer, function: Definition, path: Path, inner: Context) -> Trail | None:
    """Return the route into what a function returns, or into what it yields for one who iterates over it."""
    scope = tracer.model.scopes.scope_of(function.body[0])
    if scope.yields:
        entered = any("contextmanager" in ast.unparse(each) for each in function.decorator_list)
        values = list(_yields(function))
        path = path if entered else path[1:]
    else:
        values = [each.value for each in scope.returns if each.value is not None]
    for each in values:
        found = tracer.provisionally(partial(tracer.trace, each, path, inner))
        if found is not None and tracer.model.flow.control_of(function).is_reachable(each):
            return found
    return None


def _yields(function: ast.AST) -> Iterator[ast.expr]:
    for node in ast.walk(function):
        if isinstance(node, (ast.Yield, ast.YieldFrom)) and node.value is not None:
            yield node.value
