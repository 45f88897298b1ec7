"""Passing: where the values of parameters come from: from the call that was followed, the client, all calls."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.semantic.flow.calling import returned
from perffix.semantic.flow.context import Context, Function, Trail
from perffix.semantic.flow.definitions import FUNCTIONS, Definition, definition_of, method_of, takes_instance
from perffix.semantic.flow.objects import fields_set
from perffix.semantic.flow.reach import body_of
from perffix.semantic.flow.selectors import ELEMENT, VALUE, Path, into, item
from perffix.semantic.flow.sources import fills_options, is_limited_argument, is_the_clients_environment, source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.semantic.flow.tracing import Tracer
    from perffix.semantic.model import SemanticModel

Asked = tuple[ast.expr, Path]


def of_parameter(tracer: Tracer, parameter: ast.arg, function: ast.AST, path: Path, context: Context) -> Trail | None:
    """Return the route into a parameter: from the call that was followed, from the client, or from the calls."""
    frame = context.frame
    if frame is not None and frame.function is function:
        for each, rest in given_for(
            parameter, frame.function, frame.call, frame.receiver is not None, path, tracer.model
        ):
            found = tracer.trace(each, rest, frame.outer)
            if found is not None:
                return found.then(tracer.step(each, f"It is passed as `{parameter.arg}` here"))
        return None
    if isinstance(function, ast.Lambda):
        return _of_lambda(tracer, parameter, function, path, context)
    if not isinstance(function, FUNCTIONS):
        return None
    return _of_handler(tracer, parameter, function, path) or _from_calls(tracer, parameter, function, path)


def _of_lambda(tracer: Tracer, parameter: ast.arg, function: ast.Lambda, path: Path, context: Context) -> Trail | None:
    """Return it for a lambda that `map`, `filter` or a `key` calls right where it stands."""
    call = tracer.model.parent(function)
    if not isinstance(call, ast.Call) or call.args[:1] != [function]:
        return None
    index = function.args.args.index(parameter) + 1 if parameter in function.args.args else len(call.args)
    if tracer.model.qualified_name(call.func) not in ("builtins.map", "builtins.filter") or index >= len(call.args):
        return None
    return tracer.trace(call.args[index], into(ELEMENT, path), context)


def _of_handler(tracer: Tracer, parameter: ast.arg, function: Function, path: Path) -> Trail | None:
    if isinstance(function, ast.Lambda):
        return None
    handler = tracer.model.handlers.of(function)
    if handler is None:
        return _of_command(tracer, parameter, function, path)
    from perffix.semantic.web.parameters import holds_text, injected, is_upload, text_in_route

    if handler.framework in ("fastapi", "litestar"):
        made_by = injected(parameter, tracer.model)
        made = None if made_by is None else definition_of(made_by, tracer.model)
        if isinstance(made, FUNCTIONS):
            return returned(tracer, made, path, Context())
        if isinstance(made, ast.ClassDef):
            return _of_injected_class(tracer, made, path)
    if parameter not in handler.parameters:
        return None
    if parameter is function.args.kwarg and not (path and path[0].key in set(text_in_route(handler))):
        return None
    if is_upload(parameter, tracer.model):
        if tracer.kind == "path" and not (path and path[0].key == "filename"):
            return None  # an upload is no path, only its name is
        return Trail(source(parameter, "upload", True))
    field = str(path[0].key) if path and path[0].kind == "attribute" else None
    if handler.framework in ("fastapi", "litestar") and not holds_text(parameter.annotation, tracer.model, field):
        return None
    if handler.framework == "wsgi" and not is_the_clients_environment(path):
        return None
    if handler.framework == "click":
        return tracer.entering(source(parameter, "arguments", False))
    message = handler.framework in ("socketio", "lambda") or (
        handler.framework == "tornado" and handler.function.name == "on_message"
    )
    return Trail(source(parameter, "message" if message else "handler", True))


def _of_command(tracer: Tracer, parameter: ast.arg, function: Definition, path: Path) -> Trail | None:
    """Return it for the options of a command of Django, which its parser fills: `handle(self, *args, **options)`."""
    if not fills_options(parameter, function, tracer.model) or is_limited_argument(path, tracer.model):
        return None
    return tracer.entering(source(parameter, "arguments", False))


def _of_injected_class(tracer: Tracer, definition: ast.ClassDef, path: Path) -> Trail | None:
    """Return it for `Depends(Class)`: the client fills what the constructor keeps."""
    if not path or path[0].kind != "attribute":
        return None
    from perffix.semantic.web.parameters import field_holds_text, holds_text

    constructor = method_of(definition, "__init__", tracer.model)
    if constructor is None:
        holds = field_holds_text(definition, str(path[0].key), tracer.model)
        node = next((each for each in definition.body if isinstance(each, ast.AnnAssign)), None)
        return Trail(source(node.target, "handler", True)) if holds and node is not None else None
    for assignment in fields_set(constructor, str(path[0].key), tracer.model):
        binding = None if assignment.value is None else tracer.model.binding_of(assignment.value)
        single = None if binding is None else binding.single
        if single is not None and isinstance(single.node, ast.arg) and holds_text(single.node.annotation, tracer.model):
            return Trail(source(single.node, "handler", True))
    return None


def given_for(
    parameter: ast.arg, function: Function, call: ast.Call, is_bound: bool, path: Path, model: SemanticModel
) -> Iterator[Asked]:
    """Yield what a call gives for a parameter, with the part of it that is asked for."""
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    if positional and (is_bound or _is_constructor(function)) and takes_instance(function, model):
        positional = positional[1:]
    if parameter is arguments.vararg:
        rest = call.args[len(positional) :]
        index = path[0].key if path and path[0].kind == "item" else None
        chosen = rest[index : index + 1] if isinstance(index, int) and index >= 0 else rest
        yield from ((each, path[1:]) for each in chosen)
        return
    if parameter is arguments.kwarg:
        named = {each.arg for each in (*positional, *arguments.kwonlyargs)}
        for keyword in call.keywords:
            if keyword.arg is None:
                yield keyword.value, path
            elif keyword.arg not in named and (not path or path[0] in (VALUE, item(keyword.arg))):
                yield keyword.value, path[1:]
        return
    given = [each.value for each in call.keywords if each.arg == parameter.arg]
    if parameter in positional and not given:
        index = positional.index(parameter)
        before = call.args[: index + 1]
        starred = next((each for each in before if isinstance(each, ast.Starred)), None)
        if starred is not None:
            yield starred.value, into(item(index) if before[0] is starred else VALUE, path)
            return
        given = call.args[index : index + 1]
    yield from ((each, path) for each in given)
    if not given:
        for keyword in call.keywords:
            if keyword.arg is None:
                yield keyword.value, into(item(parameter.arg), path)
        default = model.scopes.assignment_at(parameter).value
        if default is not None:
            yield default, path


def _is_constructor(function: Function) -> bool:
    return isinstance(function, FUNCTIONS) and function.name == "__init__"


def _from_calls(tracer: Tracer, parameter: ast.arg, function: Definition, path: Path) -> Trail | None:
    """Return the route into a parameter from one of the calls of its function in the module."""
    for call, is_bound, handed_on in tracer.calls_of(function):
        context = Context(anchor=call)
        if handed_on is not None:
            asked = given_for(parameter, function, handed_on, is_bound, path, tracer.model)
        else:
            asked = given_for(parameter, function, call, is_bound, path, tracer.model)
        flow_body = body_of(call, tracer.model)
        if flow_body is not None and not tracer.model.flow.control_of(flow_body).is_reachable(call):
            continue
        for each, rest in list(asked):
            found = tracer.trace(each, rest, context)
            if found is not None:
                return found.then(tracer.step(call, f"`{function.name}()` gets it as `{parameter.arg}` here"))
    return None
