"""Route handlers: which functions of a module answer requests, and which of their parameters the client fills.

A handler is known by its decorator (`@app.get("/x")`), by the call that registers it (`app.add_url_rule`,
`path("x/", view)`, `Depends(function)`), by its class (`class X(tornado.web.RequestHandler)`), or, for Django, by what
it does with its `request`.
"""

from __future__ import annotations

import ast
from functools import cache, cached_property
from typing import TYPE_CHECKING, NamedTuple

from perffix.semantic import facts
from perffix.semantic.arguments import argument_of
from perffix.semantic.flow.instances import annotated_class, bases_of, class_of
from perffix.semantic.written_names import last_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.semantic.model import SemanticModel

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef

_VERBS = ("get", "post", "put", "patch", "delete", "head", "options", "trace", "query")
_ROUTING = (*_VERBS, "route", "api_route", "websocket", "websocket_route", "view", "api_operation", "add_url_rule")
_CLASS_METHODS = (
    *_VERBS, "dispatch", "dispatch_request", "list", "create", "retrieve", "update", "partial_update", "destroy",
    "form_valid", "http_method_not_allowed",
)  # fmt: skip
_REGISTERING = {
    "add_url_rule": 2, "add_api_route": 1, "add_route": 1, "add_get": 1, "add_post": 1, "add_put": 1, "add_patch": 1,
    "add_delete": 1, "add_head": 1, "add_websocket_route": 1, "add_api_websocket_route": 1, "Route": 1,
    "WebSocketRoute": 1, "path": 1, "re_path": 1, "url": 1, "get": 1, "post": 1, "put": 1, "patch": 1, "delete": 1,
    "Depends": 0, "Security": 0, "add_view": 0, "register_listener": 0,
}  # fmt: skip
_HANDLER_KEYWORDS = ("view_func", "endpoint", "handler", "view", "dependency", "callback")
_DJANGO_PARTS = ("GET", "POST", "FILES", "COOKIES", "META")
_BY_FUNCTION = {
    "bottle.": "bottle", "litestar.": "litestar", "cherrypy.expose": "cherrypy", "pyramid.view.view_config": "pyramid",
    "rest_framework.decorators.api_view": "drf", "rest_framework.decorators.action": "drf",
    "django.views.decorators.": "django", "django.contrib.auth.decorators.": "django",
    "django.contrib.admin.views.decorators.": "django", "werkzeug.wrappers.Request.application": "flask",
    "werkzeug.Request.application": "flask", "click.command": "click", "starlette.authentication.requires": "starlette",
}  # fmt: skip
# Frameworks in the order in which an application object of unknown make is taken for theirs.
_IMPORTED = ("flask", "quart", "fastapi", "starlette", "sanic", "bottle", "aiohttp", "litestar", "falcon")
# One of these stands in each module with handlers of Flask, Quart, Bottle or FastAPI, or with a response of HTML that
# Starlette sends, unless only a path between quotes tells.
_RETURNING = frozenset(
    {"flask", "flask_restful", "flask_restx", "flask_appbuilder", "flask_smorest", "flask_openapi3", "apiflask"}
    | {"werkzeug", "quart", "bottle", "fastapi", "HTMLResponse"}
    | {"add_url_rule", "add_api_route", "add_api_websocket_route"}
)
_REQUEST_FIRST = ("django", "drf", "aiohttp", "sanic", "starlette", "pyramid", "falcon")


class Handler(NamedTuple):
    """A function that answers requests.

    Attributes:
        function: its definition.
        framework: "flask", "fastapi", "starlette", "django", "drf", "aiohttp", "tornado", "bottle", "falcon" ...
        route: the pattern of the path as it is written, None when it is not seen.
        methods: the methods that it answers, in upper case; empty when that is not known.
        parameters: the parameters that the client fills: parts of the path, fields of the query or of the body.
        decorators: its decorators.
        request: the name of the parameter that is the request, None when there is none such.
    """

    function: FunctionNode
    framework: str
    route: str | None
    methods: tuple[str, ...]
    parameters: tuple[ast.arg, ...]
    decorators: tuple[ast.expr, ...]
    request: str | None = None


class _Route(NamedTuple):
    framework: str
    route: str | None = None
    methods: tuple[str, ...] = ()


def handler_of(node: ast.AST, model: SemanticModel) -> Handler | None:
    """Return the route handler that a node stands in, also inside of functions nested in it, or None.

    Commands of a command line are no route handlers, though the table knows them, too.
    """
    for each in (node, *model.ancestors(node)):
        if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef)):
            found = model.handlers.of(each)
            if found is not None and found.framework != "click":
                return found
    return None


class HandlerTable:
    """Answers about the handlers of one module, worked out on demand and kept."""

    def __init__(self, model: SemanticModel) -> None:
        self._model = model
        self._known: dict[FunctionNode, Handler | None] = {}
        self._of_classes: dict[ast.ClassDef, str | None] = {}
        self._registered: dict[ast.AST, _Route] | None = None

    def of(self, function: FunctionNode) -> Handler | None:
        """Return the handler that a function is, or None."""
        if function not in self._known:
            self._known[function] = self._handler(function)
        return self._known[function]

    @cached_property
    def imported(self) -> frozenset[str]:
        """The first parts of the names of all modules that the module imports, relative ones left out."""
        return frozenset(self._imported_modules())

    def _imported_modules(self) -> Iterator[str]:
        for statement in self._model.every(ast.Import):
            for alias in statement.names:
                yield alias.name.partition(".")[0]
        for statement_from in self._model.every(ast.ImportFrom):
            if statement_from.module and not statement_from.level:
                yield statement_from.module.partition(".")[0]

    def framework_of_class(self, definition: ast.ClassDef) -> str | None:
        """Return the framework whose handlers a class's instances are, or None."""
        if definition not in self._of_classes:
            self._of_classes[definition] = self._framework_of_class(definition)
        return self._of_classes[definition]

    def _framework_of_class(self, definition: ast.ClassDef) -> str | None:
        names = bases_of(definition, self._model)
        if names:
            known = _frameworks_of_handlers()
            for name in names:
                if name in known:
                    return known[name]
        return self._by_name_of_base(definition, names)

    def _by_name_of_base(self, definition: ast.ClassDef, names: list[str]) -> str | None:
        """Return the framework of a class whose base comes from the project, by its name and the imports."""
        lasts = [name.rpartition(".")[2] for name in names]
        if "tornado" in self.imported and any(each.endswith("Handler") for each in lasts):
            return "tornado"
        if "rest_framework" in self.imported and any(
            each.endswith(("APIView", "ViewSet", "ViewSetMixin")) for each in lasts
        ):
            return "drf"
        if "django" in self.imported and any(each.endswith(("View", "ViewMixin")) for each in lasts):
            return "django"
        if "flask" in self.imported and any(each.endswith(("MethodView", "Resource")) for each in lasts):
            return "flask"
        if any(_is_responder(each) for each in definition.body):
            return "falcon"
        return None

    @cached_property
    def may_send_returned_texts(self) -> bool:
        """Whether the module may have handlers of a framework that sends the text that they return, told by names."""
        names = self._model.written_names
        return not names.isdisjoint(_RETURNING) or any(
            text.startswith("/") and ("<" in text or "{" in text) for text in self._model.written_strings
        )

    # One function

    def _handler(self, function: FunctionNode) -> Handler | None:
        found = self._route_of(function)
        if found is None:
            return None
        from perffix.semantic.web.parameters import filled_parameters

        request = self._request_parameter(function, found.framework)
        handler = Handler(
            function, found.framework, found.route, found.methods, (), tuple(function.decorator_list), request
        )
        return handler._replace(parameters=filled_parameters(handler, self._model))

    def _route_of(self, function: FunctionNode) -> _Route | None:
        for decorator in function.decorator_list:
            found = self._decorated(decorator)
            if found is not None:
                return found
        registered = self._registrations().get(function)
        if registered is not None:
            return registered
        parent = self._model.parent(function)
        if isinstance(parent, ast.ClassDef):
            return self._in_class(function, parent)
        return self._by_use(function)

    def _decorated(self, decorator: ast.expr) -> _Route | None:
        call = decorator if isinstance(decorator, ast.Call) else None
        maker = decorator.func if isinstance(decorator, ast.Call) else decorator
        name = self._model.qualified_name(maker) or ""
        for start, framework in _BY_FUNCTION.items() if name else ():
            if name == start or (start.endswith(".") and name.startswith(start)):
                if start in ("bottle.", "litestar.") and name.rpartition(".")[2] not in _ROUTING:
                    continue
                verb = name.rpartition(".")[2]
                return _Route(framework, _literal_path(call), _methods(call, verb))
        if not isinstance(maker, ast.Attribute):
            return None
        if maker.attr in ("on", "event", "on_event"):
            owner = class_of(maker.value, self._model) or ""
            return _Route("socketio") if owner.rpartition(".")[2] in ("SocketIO", "AsyncServer", "Server") else None
        if maker.attr == "command":
            owner = class_of(maker.value, self._model) or ""
            group = self._model.names.definition_of(maker.value)
            is_group = owner in ("typer.Typer", "click.Group") or isinstance(group, ast.FunctionDef)
            return _Route("click") if is_group else None
        if maker.attr not in _ROUTING or call is None:
            return None
        framework_of_app = self._framework_of_app(maker.value, call)
        if framework_of_app is None:
            return None
        return _Route(framework_of_app, _literal_path(call), _methods(call, maker.attr))

    def _framework_of_app(self, app: ast.expr, call: ast.Call) -> str | None:
        made = class_of(app, self._model)
        if made is not None:
            for framework, known in facts.load("sources")["frameworks"].items():
                if made in known["apps"]:
                    return str(framework)
        path = _literal_path(call)
        if path is None or not (path.startswith("/") or path == ""):
            return None
        for framework in _IMPORTED:
            if framework in self.imported:
                return framework
        if "<" in path:
            return "flask"
        return "fastapi" if "{" in path else None

    def _in_class(self, function: FunctionNode, definition: ast.ClassDef) -> _Route | None:
        framework = self.framework_of_class(definition)
        if framework is None:
            return None
        name = function.name
        if framework == "falcon":
            return _Route("falcon", None, (name[3:].upper(),)) if _is_responder(function) else None
        if framework == "http":
            return _Route("http", None, (name[3:],)) if name.startswith("do_") else None
        if name in _CLASS_METHODS or (framework == "tornado" and name in ("on_message", "open", "prepare")):
            methods = (name.upper(),) if name in _VERBS else ()
            return _Route(framework, None, methods)
        return None

    def _by_use(self, function: FunctionNode) -> _Route | None:
        """Return the route of a Django view, known by what it reads of its `request`, or of an event handler."""
        parameters = [*function.args.posonlyargs, *function.args.args]
        if not parameters:
            return None
        names = [each.arg for each in parameters]
        if names == ["environ", "start_response"]:
            return _Route("wsgi")
        if names == ["event", "context"] and function.name in facts.load("sources")["events"]["lambda_names"]:
            return _Route("lambda")
        first = parameters[0]
        framework = self.framework_of_annotation(first)
        if framework in ("django", "drf"):
            return _Route(framework)
        if first.arg != "request" or "django" not in self.imported:
            return None
        scope = self._model.scopes.scope_of(function.body[0])
        uses = self._model.scopes.binding_in(scope, "request").uses
        read = {parent.attr for use in uses if isinstance(parent := self._model.parent(use), ast.Attribute)}
        if not read.isdisjoint(_DJANGO_PARTS) or any(self._is_answer(each.value) for each in scope.returns):
            return _Route("django")
        return None

    def _is_answer(self, expr: ast.expr | None) -> bool:
        """Tell whether an expression is a response of Django's."""
        if not isinstance(expr, ast.Call):
            return False
        name = self._model.qualified_name(expr.func) or ""
        return name.startswith(("django.http.", "django.shortcuts.", "django.template.response."))

    def framework_of_annotation(self, parameter: ast.arg) -> str | None:
        """Return the framework whose request a parameter is by its annotation, or None."""
        if parameter.annotation is None:
            return None
        name = annotated_class(parameter.annotation, self._model)
        if name is None:
            return None
        for framework, known in facts.load("sources")["frameworks"].items():
            if name in known["classes"]:
                return str(framework)
        return None

    def _request_parameter(self, function: FunctionNode, framework: str) -> str | None:
        parameters = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
        for each in parameters:
            if self.framework_of_annotation(each) is not None:
                return each.arg
        if isinstance(self._model.parent(function), ast.ClassDef):
            parameters = parameters[1:]
        if framework not in _REQUEST_FIRST or not parameters:
            return None
        if framework == "pyramid" and len(parameters) > 1:
            parameters = parameters[1:]
        first = parameters[0]
        return first.arg if first.annotation is None else None

    # Registrations

    def _registrations(self) -> dict[ast.AST, _Route]:
        if self._registered is None:
            self._registered = {}
            aliases = [alias for each in self._model.every(ast.ImportFrom) for alias in each.names]
            renamed = {alias.asname: alias.name for alias in aliases if alias.asname is not None}
            for call in self._model.every(ast.Call):
                func = call.func
                name = last_name(func)
                name = renamed.get(name, name) if isinstance(func, ast.Name) else name
                if name in _REGISTERING:
                    self._register(call, name, self._registered)
        return self._registered

    def _register(self, call: ast.Call, name: str, registered: dict[ast.AST, _Route]) -> None:
        position = _REGISTERING[name]
        given = [each.value for each in call.keywords if each.arg in _HANDLER_KEYWORDS] + call.args[
            position : position + 1
        ]
        for each in given:
            function = self._model.names.definition_of(each)
            if not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
                continue
            framework = self._framework_of_registration(call, name)
            if framework is not None:
                path = _literal_path(call) if position else None
                registered.setdefault(function, _Route(framework, path, _methods(call, name.removeprefix("add_"))))

    def _framework_of_registration(self, call: ast.Call, name: str) -> str | None:
        func = call.func
        qualified = self._model.qualified_name(func) or ""
        first = qualified.partition(".")[0]
        if first in ("django", "fastapi", "starlette", "aiohttp", "flask", "bottle"):
            return None if first == "django" and name not in ("path", "re_path", "url") else first
        if name in ("add_url_rule",):
            return "quart" if "quart" in self.imported and "flask" not in self.imported else "flask"
        if name in ("add_api_route", "add_api_websocket_route"):
            return "fastapi"
        if not isinstance(func, ast.Attribute) or not name.startswith("add_"):
            return None
        if name == "add_view":
            return "pyramid" if "pyramid" in self.imported else None
        return next((each for each in ("aiohttp", "sanic", "starlette", "fastapi") if each in self.imported), None)


@cache
def _frameworks_of_handlers() -> dict[str, str]:
    """Return the framework of each class whose methods answer requests."""
    known: dict[str, str] = {}
    for framework, facts_of in facts.load("sources")["frameworks"].items():
        for name in facts_of["handlers"]:
            known.setdefault(name, framework)
    return known


def _is_responder(node: ast.AST) -> bool:
    """Tell whether a method is written as Falcon's: `on_get(self, req, resp, ...)`."""
    if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) or not node.name.startswith("on_"):
        return False
    names = [each.arg for each in node.args.args]
    return len(names) >= 3 and names[1] in ("req", "request", "_req") and names[2] in ("resp", "response", "_resp", "_")


def _literal_path(call: ast.Call | None) -> str | None:
    """Return the text that a registration gives as the path."""
    if call is None:
        return None
    first = argument_of(call, ("path", "rule", "uri", "route"), 0)
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None


def _methods(call: ast.Call | None, verb: str) -> tuple[str, ...]:
    """Return the methods that a registration names."""
    if verb in _VERBS:
        return (verb.upper(),)
    for keyword in () if call is None else call.keywords:
        if keyword.arg == "methods" and isinstance(keyword.value, (ast.List, ast.Tuple, ast.Set)):
            items = keyword.value.elts
            return tuple(str(each.value).upper() for each in items if isinstance(each, ast.Constant))
    return ()
