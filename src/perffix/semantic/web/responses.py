"""Responses: what a handler answers, and whether the browser takes it for HTML."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from perffix.semantic.arguments import argument_of
from perffix.semantic.flow.sinks import Sink, sink_at
from perffix.semantic.secrets import words_of
from perffix.semantic.strings import build_of
from perffix.semantic.web.handlers import handler_of
from perffix.semantic.web.objects import holders_of, made_by, text_of, written_value
from perffix.semantic.written_names import last_name

if TYPE_CHECKING:
    from perffix.semantic.model import SemanticModel
    from perffix.semantic.web.handlers import Handler

_TEXT_IS_HTML = ("flask", "quart", "bottle")
_HTML_CLASSES = ("starlette.responses.HTMLResponse", "fastapi.responses.HTMLResponse")
_RETURNING_CLASSES = ("flask.views.View", "flask.views.MethodView", "quart.views.View", "quart.views.MethodView")
_VIEW_METHODS = ("get", "post", "put", "patch", "delete", "dispatch_request")
_OTHER_CONTENT = frozenset(
    {"json", "api", "marshal", "serialize", "serializer", "schema", "produces", "mimetype", "content", "jsonify"}
)
_TYPE_ATTRIBUTES = ("mimetype", "content_type", "media_type")


class Answer(NamedTuple):
    """A text that the browser gets as HTML, or that is marked as such.

    Attributes:
        body: the text.
        because: why it is HTML, a phrase for the user.
        marks: it is marked as HTML, for a page that it will be put into.
        name: the function that gets it, None when it is returned.
    """

    body: ast.expr
    because: str
    marks: bool = False
    name: str | None = None


def html_of_call(call: ast.Call, model: SemanticModel) -> Answer | None:
    """Return the text that a call sends as HTML or marks as HTML, or None when it does not, or that is not certain."""
    sink = sink_at(call, "html", model)
    if sink is None or _is_taken_back(call, model):
        return None
    short = sink.name.rpartition(".")[2]
    if sink.facts.get("marks"):
        return Answer(sink.argument, f"`{short}` says that the text is HTML already", marks=True, name=sink.name)
    if sink.facts.get("text_only") and not is_text(sink.argument, model):
        return None
    content_type = _content_type(call, sink, model)
    if content_type is None or "html" not in content_type or _type_is_set_later(call, model):
        return None
    return Answer(sink.argument, f"`{short}` sends {content_type.partition(';')[0]}", name=sink.name)


def _is_taken_back(call: ast.Call, model: SemanticModel) -> bool:
    """Tell whether Markup is made only for its methods that give plain text: `Markup(x).striptags()`."""
    parent = model.parent(call)
    return isinstance(parent, ast.Attribute) and parent.attr in ("unescape", "striptags")


def _of_own_class(call: ast.Call, model: SemanticModel) -> Answer | None:
    """Return the text of a response whose class derives from an HTML response in this module."""
    definition = model.names.definition_of(call.func)
    if not isinstance(definition, ast.ClassDef) or not is_html_class(call.func, model):
        return None
    if any(isinstance(each, ast.FunctionDef) and each.name in ("__init__", "render") for each in definition.body):
        return None
    body = argument_of(call, "content", 0)
    return None if body is None else Answer(body, f"`{definition.name}` is an HTML response", name=definition.name)


def is_html_class(expr: ast.expr, model: SemanticModel) -> bool:
    """Tell whether a class is Starlette's HTML response, or one of this module that derives from it."""
    for _ in range(4):
        definition = model.names.definition_of(expr)
        if not isinstance(definition, ast.ClassDef):
            return model.qualified_name(expr) in _HTML_CLASSES
        if not definition.bases:
            return False
        expr = definition.bases[0]
    return False


def _content_type(call: ast.Call, sink: Sink, model: SemanticModel) -> str | None:
    """Return the content type of the response that a call makes, None when it is not known."""
    known = sink.facts
    given = [argument_of(call, name) for name in known.get("type_keywords", ())]
    if "type_position" in known:
        given.append(argument_of(call, "", known["type_position"]))
    for each in given:
        if each is not None and not (isinstance(each, ast.Constant) and each.value is None):
            return text_of(each, model)
    headers = argument_of(call, "headers")
    if headers is not None:
        return _type_in_headers(headers, known["default"], model)
    if any(each.arg is None for each in call.keywords):
        return None
    default: str = known["default"]
    return default


def _type_in_headers(headers: ast.expr, default: str, model: SemanticModel) -> str | None:
    table = written_value(headers, model)
    if not isinstance(table, ast.Dict):
        return None
    for key, value in zip(table.keys, table.values, strict=True):
        name = None if key is None else text_of(key, model)
        if name is None:
            return None
        if name.lower() == "content-type":
            return text_of(value, model)
    return default


def _type_is_set_later(call: ast.Call, model: SemanticModel) -> bool:
    """Tell whether the content type of a response is set after it is made, or, in Tornado, on the handler."""
    for binding in holders_of(call, model):
        for use in binding.uses:
            parent = model.parent(use)
            if isinstance(parent, ast.Attribute) and parent.attr in (*_TYPE_ATTRIBUTES, "headers"):
                return True
            if isinstance(parent, ast.Subscript) and isinstance(parent.ctx, ast.Store):
                return True
    func = call.func
    if isinstance(func, ast.Attribute) and func.attr in ("write", "finish"):
        owner = next((each for each in model.ancestors(call) if isinstance(each, ast.ClassDef)), None)
        return owner is None or _names_content_type(owner)
    return False


def _names_content_type(region: ast.AST) -> bool:
    """Tell whether code speaks of a content type."""
    for node in ast.walk(region):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.lower() == "content-type":
            return True
        if isinstance(node, ast.Attribute) and node.attr in _TYPE_ATTRIBUTES:
            return True
        if isinstance(node, ast.keyword) and node.arg in _TYPE_ATTRIBUTES:
            return True
    return False


# What a handler returns


def html_of_return(node: ast.Return, model: SemanticModel) -> Answer | None:
    """Return the text that a handler's `return` sends as HTML, or None when it does not, or that is not certain."""
    if not model.handlers.may_send_returned_texts:
        return None
    function = model.function_of(node)
    may_be = function is not None and _may_be_handler(function, model)
    handler = handler_of(function, model) if may_be and function is not None else None
    if node.value is None or handler is None or handler.function is not function:
        return None
    body = node.value
    own = _of_own_class(body, model) if isinstance(body, ast.Call) else None
    if own is not None:
        return own
    if handler.framework == "fastapi":
        if not _answers_html(handler, model) or not is_text(body, model):
            return None
        return Answer(body, "the response class of the route is HTML")
    if handler.framework not in _TEXT_IS_HTML or not _sends_what_it_returns(handler, model):
        return None
    if isinstance(body, ast.Tuple) and handler.framework != "bottle" and body.elts:
        if any(not _is_harmless_part(each, model) for each in body.elts[1:]):
            return None
        body = body.elts[0]
    if not is_text(body, model):
        return None
    return Answer(body, f"{handler.framework.capitalize()} sends a text that a handler returns as text/html")


def _may_be_handler(function: ast.FunctionDef | ast.AsyncFunctionDef, model: SemanticModel) -> bool:
    """Tell cheaply that a function answers no request: it is not decorated, not registered and no view's method."""
    if function.decorator_list:
        return True
    if isinstance(model.parent(function), ast.ClassDef):
        return function.name in _VIEW_METHODS
    return "add_url_rule" in model.written_names


def _is_harmless_part(part: ast.expr, model: SemanticModel) -> bool:
    """Tell whether a status, or headers, of a returned tuple leave the content type as it is."""
    table = written_value(part, model)
    if isinstance(table, ast.Dict):
        return _type_in_headers(part, "text/html", model) in ("text/html", "text/html; charset=utf-8")
    known = model.type_of(part)
    return isinstance(table, ast.Constant) or (known is not None and known.name == "int") or _is_status(part, model)


def _is_status(part: ast.expr, model: SemanticModel) -> bool:
    name = model.qualified_name(part) or ""
    return name.startswith("http.HTTPStatus.")


def _sends_what_it_returns(handler: Handler, model: SemanticModel) -> bool:
    """Tell whether the framework itself sends what a handler returns, and not a decorator or a class of interfaces."""
    owner = model.parent(handler.function)
    if isinstance(owner, ast.ClassDef):
        from perffix.semantic.flow.instances import bases_of

        bases = bases_of(owner, model)
        if not any(base in _RETURNING_CLASSES for base in bases) or any("rest" in base for base in bases):
            return False
    for decorator in handler.decorators:
        made = decorator.func if isinstance(decorator, ast.Call) else decorator
        name = last_name(made)
        if not _OTHER_CONTENT.isdisjoint(words_of(name)):
            return False
    return not _names_content_type(handler.function)


def _answers_html(handler: Handler, model: SemanticModel) -> bool:
    """Tell whether a route of FastAPI has an HTML response class, by itself or by its router."""
    for decorator in handler.decorators:
        if not isinstance(decorator, ast.Call) or not isinstance(decorator.func, ast.Attribute):
            continue
        response_class = argument_of(decorator, "response_class")
        if response_class is not None:
            return is_html_class(response_class, model)
        maker = made_by(decorator.func.value, model)
        default = None if maker is None else argument_of(maker, "default_response_class")
        if default is not None and is_html_class(default, model):
            return True
    return False


def is_text(expr: ast.expr, model: SemanticModel) -> bool:
    """Tell whether an expression is a text for certain, and so no dict that is sent as JSON and no response."""
    if build_of(expr, model) is not None:
        return True
    known = model.type_of(expr)
    if known is not None:
        return known.name in ("str", "bytes") and not known.optional
    return _is_field_of_request(expr, model)


_FIELDS = (
    "args", "form", "values", "cookies", "headers", "query", "forms", "params", "view_args", "GET", "POST", "COOKIES",
    "META", "query_params", "path_params",
)  # fmt: skip


def _is_field_of_request(expr: ast.expr, model: SemanticModel) -> bool:
    """Tell whether an expression is one text of a request: `request.args["q"]`, `request.form.get("q", "")`."""
    if isinstance(expr, ast.Name):
        single = model.single_of(expr)
        if single is None:
            return False
        if isinstance(single.node, ast.arg):
            function = model.function_of(expr)
            handler = None if function is None else handler_of(function, model)
            return handler is not None and single.node in handler.parameters and single.node.annotation is None
        return single.value is not None and _is_field_of_request(single.value, model)
    if isinstance(expr, ast.Call) and isinstance(expr.func, ast.Attribute):
        if expr.func.attr in ("get_argument", "get_query_argument", "get_body_argument"):
            return True
        return expr.func.attr == "get" and _is_fields(expr.func.value)
    return isinstance(expr, ast.Subscript) and _is_fields(expr.value)


def _is_fields(expr: ast.expr) -> bool:
    if not isinstance(expr, ast.Attribute) or expr.attr not in _FIELDS:
        return False
    owner = expr.value
    return isinstance(owner, ast.Name) and owner.id == "request"
