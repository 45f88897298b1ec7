"""Restricted handlers: what keeps all but administrators away from a route, as far as names tell."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from perffix.semantic.web.handlers import handler_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.semantic.flow.input import Origin
    from perffix.semantic.model import SemanticModel
    from perffix.semantic.web.handlers import Handler

_WORDS = frozenset({"admin", "admins", "administrator", "superuser", "staff", "superadmin", "sysadmin", "settings"})
_DEPENDENCIES = ("fastapi.Depends", "fastapi.Security", "fastapi.params.Depends")


def restriction_of(origin: Origin, model: SemanticModel) -> str | None:
    """Return the check, as it is written, that lets only administrators give this input; None when none is seen.

    It is a decorator of the handler or a dependency of FastAPI with a name that says so: `admin_required`,
    `Depends(get_admin_user)`, `Permissions.SETTINGS.require(403)`.
    """
    handler = handler_of(origin.source, model)
    if handler is None:
        return None
    for check in _checks(handler, model):
        words = {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+", ast.unparse(check))}
        if not words.isdisjoint(_WORDS):
            return model.text(check, 40)
    return None


def _checks(handler: Handler, model: SemanticModel) -> Iterator[ast.expr]:
    for decorator in handler.decorators:
        if not _is_route(decorator):
            yield decorator
        for keyword in decorator.keywords if isinstance(decorator, ast.Call) else ():
            if keyword.arg == "dependencies":
                yield keyword.value
    arguments = handler.function.args
    for given in (*arguments.defaults, *arguments.kw_defaults, *_annotated(arguments)):
        for each in ast.walk(given) if given is not None else ():
            if isinstance(each, ast.Call) and model.qualified_name(each.func) in _DEPENDENCIES:
                yield each


def _is_route(decorator: ast.expr) -> bool:
    """Tell whether a decorator begins with the path of a route, whose words say nothing about who may come."""
    first = decorator.args[0] if isinstance(decorator, ast.Call) and decorator.args else None
    return isinstance(first, ast.Constant) and isinstance(first.value, str) and first.value.startswith("/")


def _annotated(arguments: ast.arguments) -> Iterator[ast.expr]:
    for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
        if each.annotation is not None:
            yield each.annotation
