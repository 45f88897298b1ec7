"""Calling: what comes out of the functions and classes of the module, and of those that it only uses."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.semantic import facts
from perffix.semantic.flow.carrying import carried_by
from perffix.semantic.flow.context import Context, Frame, Function, Trail
from perffix.semantic.flow.definitions import Definition, called_function, definition_of, method_of
from perffix.semantic.flow.harmless import is_cleaning_call
from perffix.semantic.flow.selectors import Path, into, item

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.semantic.flow.tracing import Tracer
    from perffix.semantic.model import SemanticModel
    from perffix.semantic.scopes import Assignment

DEEPEST = 4


def of_call(tracer: Tracer, call: ast.Call, path: Path, context: Context) -> Trail | None:
    """Return the route into the result of a call."""
    model = tracer.model
    name = model.qualified_name(call.func)
    if is_cleaning_call(call, name, tracer.kind, model):
        return None
    made = _made_from_mapping(call, model)
    if made is not None and path and path[0].kind == "attribute":
        return _of_mapping(tracer, made, call.args[:1], path, context)
    called = called_function(call, model)
    if called is not None:
        return _through(tracer, called[0], call, called[1], path, context)
    definition = definition_of(call.func, model)
    if isinstance(definition, ast.ClassDef):
        return _instance(tracer, definition, call, path, context)
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
    tracer: Tracer, function: Function, call: ast.Call, receiver: ast.expr | None, path: Path, context: Context
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
    flow = tracer.model.flow.control_of(function)
    if scope.yields:
        entered = any("contextmanager" in ast.unparse(each) for each in function.decorator_list)
        values = [each for each in _yields(function) if flow.is_reachable(each)]
        return tracer.first([(each, path if entered else path[1:]) for each in values], inner)
    values = [each.value for each in scope.returns if each.value is not None and flow.is_reachable(each)]
    return tracer.first([(each, path) for each in values], inner)


def _yields(function: ast.AST) -> Iterator[ast.expr]:
    for node in ast.walk(function):
        if isinstance(node, (ast.Yield, ast.YieldFrom)) and node.value is not None:
            yield node.value


# Instances of classes of the module


def _instance(tracer: Tracer, definition: ast.ClassDef, call: ast.Call, path: Path, context: Context) -> Trail | None:
    """Return the route into an attribute of a new instance: from what its constructor is given."""
    if not path or path[0].kind != "attribute" or context.depth() >= DEEPEST:
        return None
    name = str(path[0].key)
    constructor = method_of(definition, "__init__", tracer.model)
    if constructor is None:
        return _of_field_order(tracer, definition, call, name, path, context)
    if context.is_inside(constructor):
        return None
    inner = Context(Frame(constructor, call, None, context))
    for assignment in _fields_set(constructor, name, tracer.model):
        found = tracer.assigned(assignment, path[1:], inner)
        if found is not None:
            return found.then(tracer.step(call, f"`{definition.name}` keeps it as `{name}`"))
    return None


def _fields_set(constructor: ast.AST, name: str, model: SemanticModel) -> Iterator[Assignment]:
    for node in ast.walk(constructor):
        if not isinstance(node, ast.Attribute) or node.attr != name or not isinstance(node.ctx, ast.Store):
            continue
        if model.scopes.field_of(node) is not None:
            yield model.scopes.assignment_at(node)


def _of_field_order(
    tracer: Tracer, definition: ast.ClassDef, call: ast.Call, name: str, path: Path, context: Context
) -> Trail | None:
    """Return it for data classes and named tuples: their fields are given in order or by name."""
    fields = [
        each.target.id
        for each in definition.body
        if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name)
    ]
    if name not in fields:
        return None
    if any(each.arg is None for each in call.keywords):
        return _of_mapping(
            tracer, definition, [each.value for each in call.keywords if each.arg is None], path, context
        )
    given = [each.value for each in call.keywords if each.arg == name]
    index = fields.index(name)
    if not given and index < len(call.args) and not any(isinstance(each, ast.Starred) for each in call.args):
        given = [call.args[index]]
    return tracer.first([(each, path[1:]) for each in given], context)


def _of_mapping(
    tracer: Tracer, definition: ast.ClassDef, mappings: list[ast.expr], path: Path, context: Context
) -> Trail | None:
    """Return it for `Item(**data)`: from the entry of the field's name, if the field takes any text."""
    from perffix.semantic.web.parameters import field_holds_text

    name = str(path[0].key)
    if not field_holds_text(definition, name, tracer.model):
        return None
    return tracer.first([(each, into(item(name), path[1:])) for each in mappings], context)


def into_class_field(tracer: Tracer, definition: ast.ClassDef, name: str, path: Path) -> Trail | None:
    """Return the route into an attribute of a class itself: from its body."""
    scope = tracer.model.scopes.scope_of(definition.body[0])
    if scope.node is not definition or name not in scope.names:
        return None
    for assignment in tracer.model.scopes.binding_in(scope, name).assignments:
        found = tracer.assigned(assignment, path, Context())
        if found is not None:
            return found
    return None
