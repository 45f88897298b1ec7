"""Entrances: whether input can enter a module at all, as far as what is written in its code tells.

Following values costs more than all else that rules do, and most modules know neither a request nor a socket. All
that `sources`, `handlers` and `forms` take for a source shows in some name: that of a package, a class, a function or
a parameter. The names stand here instead of being taken from the facts: every file is asked, and few of them need
the facts for anything else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection
    from collections.abc import Set as AbstractSet

# One of these names stands in every module that the network reaches, unless one of the conditions below holds.
REMOTE = frozenset({
    "aiohttp", "apiflask", "bottle", "cherrypy", "falcon", "fastapi", "flask", "flask_appbuilder", "flask_openapi3",
    "flask_restful", "flask_restx", "flask_smorest", "flask_socketio", "litestar", "pyramid", "quart",
    "rest_framework", "sanic", "socketio", "starlette", "tornado", "webob", "werkzeug", "wtforms",
    "BaseHTTPRequestHandler", "SimpleHTTPRequestHandler", "CGIHTTPRequestHandler", "cgi",
    "add_api_route", "add_api_websocket_route", "add_url_rule", "lambda_handler", "start_response",
    "makefile", "recv", "recvfrom",
    "httpx", "requests", "urllib2", "urlopen",
})  # fmt: skip
# One of these stands where the person who runs the program gives input.
LOCAL = frozenset({
    "argv", "stdin", "environ", "environb", "getenv", "getenvb", "input", "raw_input", "fileinput", "prompt", "ask",
    "command", "parse_args", "parse_known_args", "management",
})  # fmt: skip
# What is written in a module of Django's that has to do with requests; a class of views ends in one of the endings.
_DJANGO_WORDS = frozenset({
    "ASGIRequest", "HttpRequest", "WSGIRequest", "decorators", "req", "request", "urls",
})  # fmt: skip
_DJANGO_ENDINGS = ("View", "ViewMixin")
# Servers that hand on events, and how a function is registered for one.
_SERVERS = ("AsyncServer", "Server", "SocketIO")
_EVENTS = ("event", "on", "on_event")
_FORM_PARTS = ("cleaned_data", "data", "validated_data")
_FORM_ENDINGS = ("Form", "Serializer")
# What Falcon's responders, `on_get` and the like, call their parameters.
_FALCON_REQUESTS = ("_req", "req", "request")
_FALCON_RESPONSES = ("_", "_resp", "resp", "response")


def may_enter(names: AbstractSet[str], strings: Collection[str], *, remote: bool) -> bool:
    """Tell whether input may enter a module.

    Args:
        names: all names that stand in its code.
        strings: all strings that stand in its code.
        remote: whether input counts only that comes over the network.
    """
    if not names.isdisjoint(REMOTE) or not (remote or names.isdisjoint(LOCAL)):
        return True
    return _from_request(names, strings) or _from_event(names) or _from_form(names)


def _from_request(names: AbstractSet[str], strings: Collection[str]) -> bool:
    if "django" in names and (
        not names.isdisjoint(_DJANGO_WORDS)
        or any(name.endswith(_DJANGO_ENDINGS) for name in names)
        or any("Request" in text for text in strings)  # an annotation between quotes
    ):
        return True
    if (
        not names.isdisjoint(_FALCON_REQUESTS)
        and not names.isdisjoint(_FALCON_RESPONSES)
        and any(name.startswith("on_") for name in names)
    ):
        return True
    # `app.get("/items/{number}")`: the path tells the framework of an application object that comes from elsewhere.
    return any(text.startswith("/") and ("<" in text or "{" in text) for text in strings)


def _from_event(names: AbstractSet[str]) -> bool:
    if "context" in names and "event" in names and "handler" in names:
        return True
    return not names.isdisjoint(_SERVERS) and not names.isdisjoint(_EVENTS)


def _from_form(names: AbstractSet[str]) -> bool:
    return not names.isdisjoint(_FORM_PARTS) and any(name.endswith(_FORM_ENDINGS) for name in names)
