"""HTTP requests: which calls send one, by which library, and through which session."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from perffix.semantic import facts
from perffix.semantic.arguments import argument_of
from perffix.semantic.makers import made_by
from perffix.semantic.secrets import words_of
from perffix.semantic.uses import UseKind
from perffix.semantic.web.objects import is_true
from perffix.semantic.written_names import last_name

if TYPE_CHECKING:
    from perffix.semantic.makers import Made
    from perffix.semantic.model import SemanticModel

LIBRARIES = ("requests", "httpx", "aiohttp")
_VERBS = ("get", "options", "head", "post", "put", "patch", "delete", "request", "stream", "send", "ws_connect")
_FOLLOWING = frozenset({"follow", "watch", "subscribe", "listen", "tail"})
_POSITION_OF_TIMEOUT = 8  # of `Session.request(method, url, params, data, headers, cookies, files, auth, timeout)`


class HttpCall(NamedTuple):
    """A call that sends a request.

    Attributes:
        library: `requests`, `httpx` or `aiohttp`.
        verb: the name of the function or method.
        session: the object that sends it, None for functions.
    """

    library: str
    verb: str
    session: Made | None


def http_call_of(call: ast.Call, model: SemanticModel) -> HttpCall | None:
    """Return what a call sends, or None when it is not known to send anything."""
    verb = last_name(call.func)
    name = model.qualified_name(call.func)
    if name is not None:
        module, _, verb = name.rpartition(".")
        for library in LIBRARIES:
            if verb in _VERBS and module in facts.load("http_clients")[library]["modules"]:
                return HttpCall(library, verb, None)
    if not isinstance(call.func, ast.Attribute) or verb not in _VERBS:
        return None
    session = made_by(call.func.value, model)
    found = None if session is None else library_of_session(session.name)
    return None if found is None else HttpCall(found, verb, session)


def library_of_session(name: str) -> str | None:
    """Return the library that a class or function makes sessions for, None when it is not known to make any."""
    return next((each for each in LIBRARIES if name in facts.load("http_clients")[each]["sessions"]), None)


def timeout_of(call: ast.Call, sent: HttpCall) -> ast.expr | None:
    """Return the argument that limits how long a request of the library requests may take."""
    if sent.session is not None and sent.verb == "request" and len(call.args) > _POSITION_OF_TIMEOUT:
        return call.args[_POSITION_OF_TIMEOUT]
    return argument_of(call, "timeout")


def follows_events(call: ast.Call, model: SemanticModel) -> bool:
    """Tell whether a request gets its answer piece by piece for as long as something happens: logs, events.

    Between two pieces any time may pass.
    """
    if not is_true(argument_of(call, "stream"), model):
        return False
    if any(isinstance(node, ast.Constant) and node.value == "text/event-stream" for node in ast.walk(call)):
        return True
    function = model.function_of(call)
    if function is None:
        return False
    arguments = function.args
    names = [each.arg for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
    return any(not _FOLLOWING.isdisjoint(words_of(name)) for name in (function.name, *names))


def may_set_timeouts(session: Made, model: SemanticModel) -> bool:
    """Tell whether a session may have been taught a time-out of its own.

    That is so after an adapter of an unknown class was mounted, a method was replaced, or an unknown function was
    called just to do something to it.
    """
    for name in session.names:
        for use in model.uses.uses_of(name):
            if use.kind is UseKind.METHOD and use.detail == "mount" and not _mounts_plain_adapter(use.user, model):
                return True
            if use.kind is UseKind.ATTRIBUTE_WRITE and use.detail in _VERBS:
                return True
            if use.kind is UseKind.PASSED and isinstance(model.parent(use.user), ast.Expr):
                return True
    return False


def _mounts_plain_adapter(call: ast.AST, model: SemanticModel) -> bool:
    if not isinstance(call, ast.Call) or len(call.args) != 2:
        return False
    adapter = made_by(call.args[1], model)
    return adapter is not None and adapter.name in facts.load("http_clients")["requests"]["adapters"]
