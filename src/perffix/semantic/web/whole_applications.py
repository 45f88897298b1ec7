"""Whole applications: those whose routes, hooks and middleware all stand in one module, as far as it shows.

What a rule concludes from the absence of something holds only for them: nothing of the application is handed to code
that could add it, and nothing that is written elsewhere is built into it.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from perffix.model import Span
from perffix.semantic import facts
from perffix.semantic.arguments import unpacks
from perffix.semantic.web.handlers import handler_of
from perffix.semantic.web.objects import class_named, class_of, holders_of, made_by, uses_of_object

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.semantic.model import SemanticModel
    from perffix.semantic.web.handlers import Handler

_HOOKS = (
    "before_request",
    "after_request",
    "before_websocket",
    "middleware",
    "before_first_request",
    "after_websocket",
)
_INCLUDING = ("include_router", "register_blueprint")


class WholeApplication(NamedTuple):
    """An application that stands in one module.

    Attributes:
        made: the call that makes it.
        name: the name that it goes by.
        framework: "flask", "quart", "fastapi", "starlette".
        handlers: its route handlers in order.
        hooks: functions that run before or after each request.
        options: the calls that make it and its parts, where dependencies for all routes may stand.
    """

    made: ast.Call
    name: str
    framework: str
    handlers: tuple[Handler, ...]
    hooks: tuple[ast.expr, ...]
    options: tuple[ast.Call, ...]


def whole_application(call: ast.Call, model: SemanticModel) -> WholeApplication | None:
    """Return the application that a call makes, when all of it stands in this module; else None."""
    known = facts.load("whole_applications")
    made = class_named(call.func, model)
    if (
        made is None
        or made not in known["applications"]
        or unpacks(call)
        or model.names.definition_of(call.func) is not None
    ):
        return None
    names = [binding.name for binding in holders_of(call, model)]
    if len(names) != 1 or _is_given_parts(call):
        return None
    gathered = _Gathered()
    if not _gather(call, model, gathered) or not gathered.handlers:
        return None
    handlers = tuple(sorted(gathered.handlers, key=lambda each: each.function.lineno))
    framework = made.partition(".")[0]
    return WholeApplication(call, names[0], framework, handlers, tuple(gathered.hooks), tuple(gathered.options))


def _is_given_parts(call: ast.Call) -> bool:
    """Tell whether routes or middleware are given when the application is made."""
    return any(each.arg in ("routes", "middleware", "lifespan_routes") for each in call.keywords)


class _Gathered:
    """What is found of an application on the way."""

    def __init__(self) -> None:
        self.handlers: list[Handler] = []
        self.hooks: list[ast.expr] = []
        self.options: list[ast.Call] = []


def _gather(made: ast.Call, model: SemanticModel, gathered: _Gathered) -> bool:
    """Collect what is done with an application or a part of it; false when not all of that is seen."""
    gathered.options.append(made)
    return all(use is made or _gather_use(use, model, gathered) for use in uses_of_object(made, model))


def _gather_use(use: ast.expr, model: SemanticModel, gathered: _Gathered) -> bool:
    known = facts.load("whole_applications")
    parent = model.parent(use)
    if isinstance(parent, ast.Return):
        return True
    if isinstance(parent, (ast.Call, ast.keyword)):
        call = model.parent(parent) if isinstance(parent, ast.keyword) else parent
        return isinstance(call, ast.Call) and (call.func is use or _is_harmless(call, model))
    if not isinstance(parent, ast.Attribute):
        return isinstance(parent, (ast.Assign, ast.Expr, ast.With, ast.withitem))
    called = model.parent(parent)
    call_of = called if isinstance(called, ast.Call) and called.func is parent else None
    if parent.attr in known["routing"] and call_of is not None:
        return _gather_routes(call_of, model, gathered)
    if parent.attr in _HOOKS:
        gathered.hooks.append(parent)
        return True
    if parent.attr == "add_middleware" and call_of is not None:
        return bool(call_of.args) and model.qualified_name(call_of.args[0]) in known["middleware"]
    if parent.attr in _INCLUDING and call_of is not None:
        return _gather_part(call_of, model, gathered)
    return parent.attr in known["neutral"] or (parent.attr == "mount" and _is_of_files(call_of, model))


def _is_of_files(call: ast.Call | None, model: SemanticModel) -> bool:
    """Tell whether what is mounted are files."""
    given = [] if call is None else [*call.args, *(each.value for each in call.keywords)]
    return any(
        isinstance(each, ast.Call) and (class_named(each.func, model) or "").endswith("StaticFiles") for each in given
    )


def _gather_routes(call: ast.Call, model: SemanticModel, gathered: _Gathered) -> bool:
    function = model.parent(call)
    if not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)) or call not in function.decorator_list:
        return False
    handler = handler_of(function, model)
    if handler is not None and all(each.function is not function for each in gathered.handlers):
        gathered.handlers.append(handler)
    return handler is not None


def _gather_part(call: ast.Call, model: SemanticModel, gathered: _Gathered) -> bool:
    """Collect the routes of a blueprint or router of this module; one from elsewhere is not seen."""
    part = call.args[0] if call.args else None
    maker = None if part is None else made_by(part, model)
    if maker is None or class_named(maker.func, model) not in facts.load("whole_applications")["parts"]:
        return False
    if maker in gathered.options:
        return True
    for use in uses_of_object(maker, model):
        if use is maker:
            continue
        parent = model.parent(use)
        if isinstance(parent, ast.Call) and parent is call:
            continue
        if not _gather_use(use, model, gathered):
            return False
    gathered.options += [maker, call]
    return True


def _is_harmless(call: ast.Call, model: SemanticModel) -> bool:
    """Tell whether a call that gets an application adds nothing to it."""
    known = facts.load("whole_applications")["harmless"]
    if model.qualified_name(call.func) in known:
        return True
    if isinstance(call.func, ast.Attribute) and call.func.attr == "init_app":
        return class_of(call.func.value, model) in known
    return False


def words_in(region: ast.AST) -> Iterator[str]:
    """Yield the identifiers and short strings that code speaks with."""
    for node in ast.walk(region):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, (ast.arg, ast.keyword)):
            yield node.arg or ""
        elif isinstance(node, ast.alias):
            yield node.asname or node.name
            yield node.name
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) < 60:
            yield node.value
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def name_span(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Span:
    """Return where the name of a function stands in its definition."""
    start = function.col_offset + len("async def " if isinstance(function, ast.AsyncFunctionDef) else "def ")
    return Span(function.lineno, start, function.lineno, start + len(function.name.encode()))


def changes_state(handler: Handler) -> bool:
    """Tell whether a handler answers a method that is meant to change something."""
    return any(method in ("POST", "PUT", "PATCH", "DELETE") for method in handler.methods)
