"""Objects: attributes of instances of the module's classes, set by constructors, methods and functions they go to."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from perffix.semantic.flow.context import DEEPEST, Context, Frame, Trail
from perffix.semantic.flow.definitions import (
    FUNCTIONS,
    Definition,
    called_function,
    definition_of,
    instance_class,
    member_of,
    method_of,
    takes_instance,
)
from perffix.semantic.flow.reach import body_of
from perffix.semantic.flow.selectors import Path, after, attribute, into, item
from perffix.semantic.flow.stores import stores_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.semantic.flow.tracing import Tracer
    from perffix.semantic.model import SemanticModel
    from perffix.semantic.scopes import Assignment, Binding


def instance_made(
    tracer: Tracer, definition: ast.ClassDef, call: ast.Call, path: Path, context: Context
) -> Trail | None:
    """Return the route into an attribute of a new instance: from what its constructor is given."""
    if not path or context.depth() >= DEEPEST:
        return None
    if path[0].kind == "item" and isinstance(path[0].key, int):
        fields = fields_of(definition)  # of a named tuple
        path = (attribute(fields[path[0].key]), *path[1:]) if path[0].key in range(len(fields)) else path
    if path[0].kind != "attribute":
        return None
    name = str(path[0].key)
    constructor = method_of(definition, "__init__", tracer.model)
    if constructor is None:
        return _of_field_order(tracer, definition, call, name, path, context)
    if context.is_inside(constructor):
        return None
    inner = Context(Frame(constructor, call, None, context))
    for assignment in fields_set(constructor, name, tracer.model):
        found = tracer.assigned(assignment, path[1:], inner)
        if found is not None:
            return found.then(tracer.step(call, f"`{definition.name}` keeps it as `{name}`"))
    return _by_base(tracer, definition, constructor, path, inner)


def _by_base(
    tracer: Tracer, definition: ast.ClassDef, constructor: Definition, path: Path, inner: Context
) -> Trail | None:
    """Return it for what `super().__init__(...)` keeps."""
    for base in definition.bases:
        owner = definition_of(base, tracer.model)
        for call in ast.walk(constructor) if isinstance(owner, ast.ClassDef) and owner is not definition else ():
            if isinstance(call, ast.Call) and ast.unparse(call.func) == "super().__init__":
                assert isinstance(owner, ast.ClassDef)
                found = instance_made(tracer, owner, call, path, inner)
                if found is not None:
                    return found
    return None


def fields_set(constructor: ast.AST, name: str, model: SemanticModel) -> Iterator[Assignment]:
    """Yield the assignments to an attribute of the instance in a method."""
    for node in ast.walk(constructor):
        if not isinstance(node, ast.Attribute) or node.attr != name or not isinstance(node.ctx, ast.Store):
            continue
        if model.scopes.field_of(node) is not None:
            yield model.scopes.assignment_at(node)


def fields_of(definition: ast.ClassDef) -> list[str]:
    """Return the names of the annotated fields of a class, in order."""
    targets = (each.target for each in definition.body if isinstance(each, ast.AnnAssign))
    return [each.id for each in targets if isinstance(each, ast.Name)]


def _of_field_order(
    tracer: Tracer, definition: ast.ClassDef, call: ast.Call, name: str, path: Path, context: Context
) -> Trail | None:
    """Return it for data classes and named tuples: their fields are given in order or by name."""
    fields = fields_of(definition)
    if name not in fields:
        return None
    if any(each.arg is None for each in call.keywords):
        return made_from_mapping(
            tracer, definition, [each.value for each in call.keywords if each.arg is None], path, context
        )
    given = [each.value for each in call.keywords if each.arg == name]
    index = fields.index(name)
    if not given and index < len(call.args) and not any(isinstance(each, ast.Starred) for each in call.args):
        given = [call.args[index]]
    return tracer.first([(each, path[1:]) for each in given], context)


def made_from_mapping(
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


# Changes by calls


class Change(NamedTuple):
    """A call that may put something into an object: a method of it, or a function of the module that gets it.

    Attributes:
        place: the call.
        function: the method or function.
        receiver: the object whose method is called.
        parameter: the parameter that the object is passed as; None for its own method.
    """

    place: ast.Call
    function: Definition
    receiver: ast.expr | None
    parameter: ast.arg | None


def changes_of(binding: Binding, path: Path, model: SemanticModel) -> Iterator[Change]:
    """Yield the calls that may change a part of the object behind a name."""
    for use in binding.uses if path else ():
        parent = model.parent(use)
        if parent is None:
            continue
        call = model.parent(parent) if isinstance(parent, (ast.Attribute, ast.keyword)) else parent
        if not isinstance(call, ast.Call) or (isinstance(parent, ast.Attribute) and call.func is not parent):
            continue
        if isinstance(parent, ast.Attribute) and path[0].kind != "attribute":
            continue
        called = called_function(call, model)
        if called is None or not isinstance(called[0], FUNCTIONS):
            continue
        if isinstance(parent, ast.Attribute):
            yield Change(call, called[0], called[1], None)
            continue
        parameter = _parameter_for(use, parent, call, called[0], called[1] is not None, model)
        if parameter is not None:
            yield Change(call, called[0], called[1], parameter)


def _parameter_for(
    use: ast.expr, parent: ast.AST, call: ast.Call, function: Definition, is_bound: bool, model: SemanticModel
) -> ast.arg | None:
    positional = [*function.args.posonlyargs, *function.args.args]
    if isinstance(parent, ast.keyword):
        named = [*positional, *function.args.kwonlyargs]
        return next((each for each in named if each.arg == parent.arg), None)
    if is_bound and takes_instance(function, model):
        positional = positional[1:]
    if use not in call.args or any(isinstance(each, ast.Starred) for each in call.args):
        return None
    index = call.args.index(use)
    return positional[index] if index < len(positional) else None


def changed(tracer: Tracer, change: Change, path: Path, context: Context) -> Trail | None:
    """Return the route into a part of an object over a call that changes it."""
    function, model = change.function, tracer.model
    if context.depth() >= DEEPEST or context.is_inside(function):
        return None
    inner = Context(Frame(function, change.place, change.receiver, context))
    if change.parameter is not None:
        binding = model.scopes.binding_in(model.scopes.scope_of(function.body[0]), change.parameter.arg)
        return _stored_in(tracer, binding, function, path, inner)
    name = str(path[0].key)
    for assignment in fields_set(function, name, model):
        found = tracer.assigned(assignment, path[1:], inner)
        if found is not None:
            return found
    for node in ast.walk(function):
        if isinstance(node, ast.Attribute) and node.attr == name:
            field = model.scopes.field_of(node)
            if field is not None:
                return _stored_in(tracer, field, function, path[1:], inner)
    return None


def _stored_in(tracer: Tracer, binding: Binding, function: Definition, path: Path, inner: Context) -> Trail | None:
    for store in stores_of(binding, tracer.model):
        rest = after(store.path, path)
        if store.value is None or rest is None or body_of(store.place, tracer.model) is not function:
            continue
        found = tracer.trace(store.value, (*store.inside, *rest), inner)
        if found is not None:
            return found.then(tracer.step(store.place, "It is stored here"))
    return None


# Attributes that are not set where they are read


def field_from_elsewhere(tracer: Tracer, expr: ast.expr, field: Binding, path: Path, context: Context) -> Trail | None:
    """Follow an attribute that the method at hand did not set: to the object, or to the other methods."""
    model = tracer.model
    body = body_of(expr, model)
    frame = context.frame
    name = field.name.removeprefix("self.")
    if frame is not None and frame.function is body and frame.receiver is not None and not _is_self(frame.receiver):
        return tracer.trace(frame.receiver, into(attribute(name), path), frame.outer)
    for each in (field, *_fields_of_bases(field, name, model)):
        others = [one for one in each.assignments if body_of(one.node, model) is not body]
        others = [one for one in others if not (_answers(body, model) and _answers(body_of(one.node, model), model))]
        for assignment in others:
            found = tracer.assigned(assignment, path, Context())
            if found is not None:
                return found
        for store in stores_of(each, model):
            rest = after(store.path, path)
            if store.value is None or rest is None or body_of(store.place, model) is body:
                continue
            found = tracer.trace(store.value, (*store.inside, *rest), Context())
            if found is not None:
                return found.then(tracer.step(store.place, "It is stored here"))
    return None


def _fields_of_bases(field: Binding, name: str, model: SemanticModel, depth: int = 4) -> Iterator[Binding]:
    """Yield the bindings of an attribute in the bases of its class that stand in the module."""
    definition = field.scope.node
    for base in definition.bases if isinstance(definition, ast.ClassDef) and depth else ():
        owner = definition_of(base, model)
        if not isinstance(owner, ast.ClassDef) or owner is definition:
            continue
        for node in model.scopes.attributes_of_self(owner, name):
            inherited = model.scopes.field_of(node)
            if inherited is not None and inherited.scope.node is owner:
                yield inherited
                yield from _fields_of_bases(inherited, name, model, depth - 1)
                break


def _answers(body: ast.AST | None, model: SemanticModel) -> bool:
    """Tell whether a method answers requests of one kind: each request has an object of its own."""
    handler = model.handlers.of(body) if isinstance(body, FUNCTIONS) else None
    return handler is not None and bool(handler.methods)


def property_of(expr: ast.Attribute, model: SemanticModel) -> Definition | None:
    """Return the property of a class of the module that an attribute reads."""
    owner = instance_class(expr.value, model)
    found = None if owner is None else member_of(owner, expr.attr, model)
    if not isinstance(found, FUNCTIONS):
        return None
    names = {ast.unparse(each).rpartition(".")[2] for each in found.decorator_list}
    return found if names & {"property", "cached_property"} else None


def _is_self(expr: ast.expr) -> bool:
    return isinstance(expr, ast.Name) and expr.id in ("self", "cls")
