"""Debugging: which code switches a framework's debugging on, what that opens, and to whom."""

from __future__ import annotations

import ast
import enum
from typing import TYPE_CHECKING, NamedTuple

from perffix.semantic import facts
from perffix.semantic.arguments import argument_of
from perffix.semantic.secrets import words_of
from perffix.semantic.web.objects import class_of, is_true, text_of
from perffix.semantic.web.surroundings import (
    PRODUCTION,
    final_setting,
    is_base_of_settings,
    is_django_settings,
    is_for_development,
    is_in_main_guard,
)

if TYPE_CHECKING:
    from perffix.semantic.model import SemanticModel

_SERVERS = (
    *("werkzeug.serving.run_simple", "werkzeug.run_simple", "werkzeug.serving.make_server", "waitress.serve"),
    *("gevent.pywsgi.WSGIServer", "gevent.wsgi.WSGIServer", "eventlet.wsgi.server", "cheroot.wsgi.Server"),
    *("wsgiref.simple_server.make_server", "twisted.web.wsgi.WSGIResource", "tornado.wsgi.WSGIContainer"),
    *("bjoern.run", "meinheld.server.run", "asgiref.wsgi.WsgiToAsgi", "a2wsgi.WSGIMiddleware"),
    *("fastapi.middleware.wsgi.WSGIMiddleware", "starlette.middleware.wsgi.WSGIMiddleware"),
)
_LOOKUPS = ("os.environ.get", "os.getenv")


class Opens(enum.Enum):
    """What debugging opens to those who reach the server."""

    CONSOLE = "console"
    TRACEBACK = "traceback"
    RELOAD = "reload"


class Reach(enum.Enum):
    """From where the server that debugs is reached."""

    NETWORK = "network"  # an address other than loopback is written there
    UNKNOWN = "unknown"
    OWN_MACHINE = "own machine"  # only started by hand, and on loopback


class Switch(NamedTuple):
    """A place that switches debugging on.

    Attributes:
        value: the expression that does it.
        opens: what it opens.
        reach: from where.
        keyword: the keyword of the call, or None for other forms and for an argument without a keyword.
        variable: the environment variable that the framework reads by itself.
    """

    value: ast.expr
    opens: Opens
    reach: Reach
    keyword: str | None = None
    variable: str | None = None


def switch_in_call(call: ast.Call, model: SemanticModel) -> Switch | None:
    """Return the switch that a call sets: a server started or an application made with debugging."""
    known = _known_call(call, model)
    if known is None:
        return None
    keyword: str = known["keyword"]
    value = argument_of(call, keyword, known.get("position"))
    if value is None or not is_true(value, model) or is_for_development(call, model):
        return None
    opens = Opens(known["opens"])
    if opens is Opens.CONSOLE and _is_false(argument_of(call, "use_debugger"), model):
        return None
    reach = _reach(call, model)
    if opens is Opens.RELOAD and reach is not Reach.NETWORK:
        return None
    named = any(each.arg == keyword for each in call.keywords)
    return Switch(value, opens, reach, keyword if named else None, known.get("variable"))


def _known_call(call: ast.Call, model: SemanticModel) -> facts.Facts | None:
    known = facts.load("debug_switches")
    found: facts.Facts | None = known["functions"].get(model.qualified_name(call.func) or "")
    if found is None and isinstance(call.func, ast.Attribute):
        owner = class_of(call.func.value, model)
        found = None if owner is None else known["methods"].get(f"{owner}.{call.func.attr}")
    return found


def _is_false(expr: ast.expr | None, model: SemanticModel) -> bool:
    return isinstance(expr, ast.Constant) and not expr.value


def _reach(call: ast.Call, model: SemanticModel) -> Reach:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    host = argument_of(call, ("host", "hostname"))
    if host is None and name == "run" and call.args and text_of(call.args[0], model) is not None:
        host = call.args[0] if model.qualified_name(call.func) != "uvicorn.run" else None
    if host is None:
        return Reach.OWN_MACHINE if name.startswith("run") and is_in_main_guard(call, model) else Reach.UNKNOWN
    text = text_of(host, model)
    if text is None:
        return Reach.UNKNOWN
    if text not in facts.load("debug_switches")["loopback"]["hosts"]:
        return Reach.NETWORK
    return Reach.OWN_MACHINE


def switch_in_assignment(node: ast.Assign | ast.AnnAssign, model: SemanticModel) -> Switch | None:
    """Return the switch that an assignment sets: `app.debug`, `app.config["DEBUG"]`, Django's `DEBUG`."""
    target = node.targets[0] if isinstance(node, ast.Assign) else node.target
    value = node.value
    if value is None:
        return None
    if isinstance(target, ast.Name):
        return _of_name(target, value, node, model) if target.id == "DEBUG" else None
    if not is_true(value, model):
        return None
    owner = _object_debugged(target)
    opens = None if owner is None else facts.load("debug_switches")["attributes"].get(class_of(owner, model) or "")
    if owner is None or opens is None or is_for_development(node, model):
        return None
    if Opens(opens) is Opens.CONSOLE and _is_served_without_debugger(owner, model):
        return None
    return Switch(value, Opens(opens), Reach.UNKNOWN)


def _is_served_without_debugger(application: ast.expr, model: SemanticModel) -> bool:
    """Tell whether a server that never asks the application for its `debug` serves it, and none that does.

    Only `app.run()` opens the debugger because of it. The application is served by `run_simple` here, or it is called
    by a dispatcher of this module that is an application of WSGI itself.
    """
    started = False
    for node in ast.walk(model.source.tree):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute) and node.func.attr == "run":
                if class_of(node.func.value, model) == class_of(application, model):
                    return False
            elif model.qualified_name(node.func) in _SERVERS:
                started = True
        elif isinstance(node, ast.FunctionDef) and node.name == "__call__":
            names = [each.arg for each in node.args.args]
            started = started or names[1:] == ["environ", "start_response"]
    return started


def _object_debugged(target: ast.expr) -> ast.expr | None:
    """Return the application in `app.debug` and `app.config["DEBUG"]`."""
    if isinstance(target, ast.Attribute):
        return target.value if target.attr == "debug" else None
    if not isinstance(target, ast.Subscript) or not isinstance(target.value, ast.Attribute):
        return None
    key = target.slice
    is_debug = isinstance(key, ast.Constant) and key.value == "DEBUG"
    return target.value.value if is_debug and target.value.attr == "config" else None


def _of_name(target: ast.Name, value: ast.expr, node: ast.stmt, model: SemanticModel) -> Switch | None:
    around = model.parent(node)
    if isinstance(around, ast.ClassDef):
        words = words_of(around.name)
        literal = isinstance(value, ast.Constant) and value.value is True
        return Switch(value, Opens.CONSOLE, Reach.UNKNOWN) if literal and not PRODUCTION.isdisjoint(words) else None
    if not isinstance(around, ast.Module) or not (_always_true(value, model) or is_true(value, model)):
        return None
    if final_setting("DEBUG", model) is not node or not is_django_settings(model):
        return None
    path = model.source.path
    if is_for_development(node, model) or is_base_of_settings(path):
        return None
    return Switch(value, Opens.TRACEBACK, Reach.UNKNOWN)


def _always_true(value: ast.expr, model: SemanticModel) -> bool:
    """Tell whether a look-up in the environment is true unless the variable is set to an empty text."""
    return lookup_that_is_always_true(value, model) is not None


def lookup_that_is_always_true(value: ast.expr, model: SemanticModel) -> ast.Call | None:
    """Return the look-up in `os.environ.get("DEBUG", "False")`, which is true for "False", too; else None."""
    if isinstance(value, ast.Call) and model.names.is_builtin(value.func, "bool") and len(value.args) == 1:
        value = value.args[0]
    if not isinstance(value, ast.Call) or model.qualified_name(value.func) not in _LOOKUPS or value.keywords:
        return None
    fallback = value.args[1] if len(value.args) == 2 else None
    return value if isinstance(fallback, ast.Constant) and fallback.value else None


def switch_in_update(call: ast.Call, model: SemanticModel) -> Switch | None:
    """Return the switch that `app.config.update(DEBUG=True)` or `app.config.from_mapping(...)` sets."""
    func = call.func
    value = argument_of(call, "DEBUG")
    if value is None or not isinstance(func, ast.Attribute) or not isinstance(func.value, ast.Attribute):
        return None
    if func.value.attr != "config" or not is_true(value, model):
        return None
    opens = facts.load("debug_switches")["attributes"].get(class_of(func.value.value, model) or "")
    if opens is None or is_for_development(call, model):
        return None
    if Opens(opens) is Opens.CONSOLE and _is_served_without_debugger(func.value.value, model):
        return None
    return Switch(value, Opens(opens), Reach.UNKNOWN, "DEBUG")
