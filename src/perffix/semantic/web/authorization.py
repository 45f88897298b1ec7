"""Authorization: which routes of an application ask who is calling, and which of their neighbours do not."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from perffix.semantic.scopes import How
from perffix.semantic.secrets import words_of
from perffix.semantic.secrets.named_literals import meant_name
from perffix.semantic.web.whole_applications import changes_state, words_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.semantic.model import SemanticModel
    from perffix.semantic.web.handlers import Handler
    from perffix.semantic.web.whole_applications import WholeApplication

_ASKING = frozenset(
    {"auth", "authenticated", "authenticate", "authentication", "authorize", "authorized", "authorization", "login"}
    | {"user", "token", "permission", "permissions", "role", "roles", "admin", "principal", "jwt", "bearer", "oauth2"}
    | {"credentials", "apikey", "identity", "account", "protected", "secured", "scopes", "guard", "superuser", "owner"}
)
_IN_BODY = _ASKING - {"user", "admin", "account", "owner", "identity", "login", "role", "roles"} | {
    "session",
    "signature",
    "hmac",
    "abort",
}
_PUBLIC = frozenset(
    {"login", "logout", "logon", "signin", "signup", "signout", "register", "registration", "token", "refresh", "auth"}
    | {
        "oauth",
        "sso",
        "saml",
        "callback",
        "webhook",
        "webhooks",
        "hook",
        "health",
        "healthz",
        "ping",
        "reset",
        "forgot",
    }
    | {"password", "verify", "verification", "confirm", "activate", "contact", "subscribe", "unsubscribe", "public"}
    | {"search", "query", "status", "metrics", "invite", "guest", "anonymous", "captcha", "feedback", "newsletter"}
    | {
        "session",
        "sessions",
        "csp",
        "report",
        "preview",
        "validate",
        "check",
        "echo",
        "setup",
        "install",
        "recover",
        "join",
    }
)
_FEWEST = 2


class Unguarded(NamedTuple):
    """A route that asks nobody.

    Attributes:
        handler: its handler.
        others: how many routes like it ask.
        example: what asks at one of them.
    """

    handler: Handler
    others: int
    example: ast.expr


def unguarded_routes(found: WholeApplication, model: SemanticModel) -> list[Unguarded]:
    """Return the routes that change something without asking, where most others ask; none when all may be guarded."""
    if found.hooks or any(each.arg == "dependencies" for call in found.options for each in call.keywords):
        return []
    guarded: list[ast.expr] = []
    open_routes: list[Handler] = []
    for handler in found.handlers:
        if not changes_state(handler) and not _is_admin(handler):
            continue
        guard = next(_guards(handler, model), None)
        if guard is not None:
            guarded.append(guard)
        elif not _is_public(handler) and not _asks_inside(handler):
            open_routes.append(handler)
    if len(guarded) < _FEWEST or len(open_routes) >= len(guarded):
        return []
    return [Unguarded(handler, len(guarded), guarded[0]) for handler in open_routes]


def _is_admin(handler: Handler) -> bool:
    return "admin" in words_of(handler.route or "")


def _is_public(handler: Handler) -> bool:
    return not _PUBLIC.isdisjoint({*words_of(handler.function.name), *words_of(handler.route or "")})


def _asks_inside(handler: Handler) -> bool:
    """Tell whether a handler speaks of the caller in its body, or refuses somebody."""
    for statement in handler.function.body:
        for name in words_in(statement):
            words = words_of(name)
            if not _IN_BODY.isdisjoint(words) or ("current" in words and "user" in words) or name in ("g", "session"):
                return True
        for node in ast.walk(statement):
            if isinstance(node, ast.Constant) and node.value in (401, 403):
                return True
    return False


def _guards(handler: Handler, model: SemanticModel) -> Iterator[ast.expr]:
    """Yield what asks who is calling before a handler runs: decorators, dependencies, parameters of known kinds."""
    for decorator in handler.decorators:
        maker = decorator.func if isinstance(decorator, ast.Call) else decorator
        name = meant_name(maker, model)
        if _names_guard(name) or name.endswith("required") or name.startswith("require"):
            yield decorator
        for keyword in decorator.keywords if isinstance(decorator, ast.Call) else ():
            if keyword.arg == "dependencies":
                yield from _dependencies(keyword.value, model)
    arguments = handler.function.args
    for default in (*arguments.defaults, *arguments.kw_defaults):
        if default is not None:
            yield from _dependencies(default, model)
    for parameter in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
        if parameter.annotation is not None:
            yield from _annotated(parameter.annotation, model)


def _names_guard(name: str) -> bool:
    return not _ASKING.isdisjoint(words_of(name))


def _dependencies(expr: ast.expr, model: SemanticModel) -> Iterator[ast.expr]:
    """Yield the calls of `Security`, and those of `Depends` on something whose name says that it asks."""
    for node in ast.walk(expr):
        if not isinstance(node, ast.Call):
            continue
        name = (model.qualified_name(node.func) or "").rpartition(".")[2]
        asks = name == "Depends" and node.args and any(_names_guard(each) for each in words_in(node.args[0]))
        if name == "Security" or asks:
            yield node


def _annotated(annotation: ast.expr, model: SemanticModel) -> Iterator[ast.expr]:
    """Yield what asks in an annotation: `Annotated[User, Depends(current_user)]`, also under a name of its own."""
    yield from _dependencies(annotation, model)
    single = model.single_of(annotation)
    if single is None:
        return
    if single.how is How.IMPORTED and isinstance(annotation, ast.Name):
        words = words_of(annotation.id)
        if "current" in words or not {"auth", "authenticated", "authorized"}.isdisjoint(words):
            yield annotation
    elif single.value is not None:
        yield from _dependencies(single.value, model)
