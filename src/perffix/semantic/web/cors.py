"""Sharing across origins (CORS): whom a configuration lets read answers that are made for a logged-in person."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from perffix.semantic.arguments import argument_of, unpacks
from perffix.semantic.scopes import How
from perffix.semantic.secrets import words_of
from perffix.semantic.secrets.named_literals import meant_name
from perffix.semantic.web.objects import (
    class_named,
    class_of,
    is_true,
    made_by,
    text_of,
    written_value,
)
from perffix.semantic.web.origins import STRANGER, names_in, stranger_by_pattern
from perffix.semantic.web.surroundings import final_setting, is_base_of_settings, is_for_development
from perffix.semantic.written_names import last_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.semantic.model import SemanticModel

_STARLETTE = ("starlette.middleware.cors.CORSMiddleware", "fastapi.middleware.cors.CORSMiddleware")
_HOLDERS = ("starlette.middleware.Middleware", "fastapi.middleware.Middleware")
_FLASK = (
    "flask_cors.CORS",
    "flask_cors.cross_origin",
    "flask_cors.extension.CORS",
    "flask_cors.decorator.cross_origin",
)
_FLASK_PATTERN = frozenset("*\\]?$^[()")
_ALL_ORIGINS = ("CORS_ALLOW_ALL_ORIGINS", "CORS_ORIGIN_ALLOW_ALL")
_ORIGIN_PATTERNS = ("CORS_ALLOWED_ORIGIN_REGEXES", "CORS_ORIGIN_REGEX_WHITELIST")
_CONFIGURING = frozenset({"conf", "config", "configure", "configuration", "setting", "settings", "setup", "dynaconf"})
_WARNING = ("cors", "origin", "production", "insecure")
_COOKIES = frozenset(
    {"SessionMiddleware", "AuthenticationMiddleware", "HTTPBasic", "LoginManager", "current_user", "login_user"}
    | {"login_required", "flask_login", "fastapi_users", "basic_auth"}
)
_LEAVES = (ast.Return, ast.Raise, ast.Continue, ast.Break)


class Grant(NamedTuple):
    """Credentials that are shared with somebody who is not meant.

    Attributes:
        node: the call or setting to report.
        who: whom it lets in: "any origin", or an example.
        because: the fact that shows it.
        everybody: any origin at all, and not only those that resemble what is meant.
        certain: no other configuration can narrow it.
    """

    node: ast.expr | ast.stmt
    who: str
    because: str
    everybody: bool = True
    certain: bool = True


def grant_of_call(call: ast.Call, model: SemanticModel) -> Grant | None:
    """Return what a call that configures CORS grants to strangers, or None."""
    name = model.qualified_name(call.func)
    if name in _FLASK:
        return None if unpacks(call) else _of_flask(call, model)
    if name == "aiohttp_cors.ResourceOptions":
        return _of_aiohttp(call, model)
    attribute = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    if attribute == "init_app" and isinstance(call.func, ast.Attribute):
        is_flask = class_of(call.func.value, model) in _FLASK and not unpacks(call)
        return _of_flask(call, model) if is_flask else None
    if name in _HOLDERS or attribute == "add_middleware":
        middleware = argument_of(call, ("middleware_class", "cls"), 0)
        name = None if middleware is None else model.qualified_name(middleware)
    return None if name not in _STARLETTE or unpacks(call) else _of_starlette(call, model)


def _of_starlette(call: ast.Call, model: SemanticModel) -> Grant | None:
    if not is_true(argument_of(call, "allow_credentials"), model) or is_for_development(call, model):
        return None
    if _is_warned_about(call, model):
        return None
    origins, pattern = argument_of(call, "allow_origins"), argument_of(call, "allow_origin_regex")
    grant = None if origins is None else _by_names(call, names_in(origins, model), "allow_origins")
    text = text_of(pattern, model)
    return grant or (None if text is None else _by_pattern(call, text, "allow_origin_regex", whole=True))


def _is_warned_about(call: ast.Call, model: SemanticModel) -> bool:
    """Tell whether the operator has to ask for it, and is warned then: `if enable_cors: log.warning("CORS ...")`."""
    statement = model.statement_of(call)
    if not isinstance(model.parent(statement), ast.If):
        return False
    return any(
        isinstance(node, ast.Call)
        and last_name(node.func) in ("warning", "warn", "warning_once")
        and any(
            isinstance(text, ast.Constant)
            and isinstance(text.value, str)
            and any(each in text.value.lower() for each in _WARNING)
            for text in ast.walk(node)
        )
        for each in model.block_of(statement)
        for node in ast.walk(each)
    )


def knows_cookies(model: SemanticModel) -> bool:
    """Tell whether a module has to do with cookies or logins, which is what credentials are mostly about."""
    return not model.written_names.isdisjoint(_COOKIES) or any("cookie" in name.lower() for name in model.written_names)


def _by_names(node: ast.expr | ast.stmt, names: tuple[str, ...], where: str) -> Grant | None:
    if "*" in names:
        return Grant(node, "any origin", f'`{where}` holds "*", and with credentials the origin is echoed')
    if "null" in names:
        because = f'`{where}` holds "null", the origin of sandboxed frames and local files of anybody'
        return Grant(node, "the origin `null`", because, everybody=False)
    return None


def _by_pattern(node: ast.expr | ast.stmt, pattern: str, where: str, *, whole: bool) -> Grant | None:
    stranger = stranger_by_pattern(pattern, whole=whole)
    if stranger is None:
        return None
    everybody = stranger == STRANGER
    who = "any origin" if everybody else f"`{stranger}`"
    return Grant(node, who, f"`{pattern}` in `{where}` matches {stranger}", everybody)


def _of_flask(call: ast.Call, model: SemanticModel) -> Grant | None:
    if is_for_development(call, model) or is_true(argument_of(call, "send_wildcard"), model):
        return None
    credentials = is_true(argument_of(call, "supports_credentials"), model)
    origins = argument_of(call, "origins")
    resources = argument_of(call, "resources")
    table = None if resources is None else written_value(resources, model)
    if resources is not None and table is None:
        return None
    if not isinstance(table, ast.Dict):
        return _of_flask_resource(call, origins, model) if credentials else None
    for options in table.values:
        if not isinstance(options, ast.Dict) or None in options.keys:
            continue
        own = _entry(options, "supports_credentials")
        if is_true(own, model) if own is not None else credentials:
            grant = _of_flask_resource(call, _entry(options, "origins") or origins, model)
            if grant is not None:
                return grant
    return None


def _entry(table: ast.Dict, key: str) -> ast.expr | None:
    for each, value in zip(table.keys, table.values, strict=True):
        if isinstance(each, ast.Constant) and each.value == key:
            return value
    return None


def _of_flask_resource(call: ast.Call, origins: ast.expr | None, model: SemanticModel) -> Grant | None:
    if origins is None:
        if not _settings_are_seen(call, model):
            return None
        because = "`origins` is not given, which means any, and with credentials the origin is echoed"
        return Grant(call, "any origin", because, certain=False)
    names = names_in(origins, model)
    grant = _by_names(call, names, "origins")
    for name in names if grant is None else ():
        if not _FLASK_PATTERN.isdisjoint(name):
            grant = grant or _by_pattern(call, name, "origins", whole=False)
    return grant


def _settings_are_seen(call: ast.Call, model: SemanticModel) -> bool:
    """Tell whether nothing but this module gives the application settings, and `CORS_ORIGINS` is not among them.

    Flask-CORS takes what the call leaves out from `app.config`.
    """
    if "CORS_ORIGINS" in model.source.text:
        return False
    if (model.qualified_name(call.func) or "").endswith("cross_origin"):
        calls = (each for each in ast.walk(model.source.tree) if isinstance(each, ast.Call))
        made_here = any(class_named(each.func, model) == "flask.Flask" for each in calls)
    else:
        application = argument_of(call, "app", 0)
        maker = None if application is None else made_by(application, model)
        made_here = maker is not None and class_named(maker.func, model) == "flask.Flask"
    return made_here and not any(_may_bring_settings(each, model) for each in ast.walk(model.source.tree))


def _may_bring_settings(node: ast.AST, model: SemanticModel) -> bool:
    """Tell whether settings may come from elsewhere: `app.config.from_object(...)`, `load_settings(app)`."""
    if isinstance(node, ast.Call):
        words = frozenset(words_of(last_name(node.func)))
        given = (*node.args, *(keyword.value for keyword in node.keywords))
        return not words.isdisjoint(_CONFIGURING) and any(class_of(each, model) == "flask.Flask" for each in given)
    if not isinstance(node, ast.Attribute) or node.attr != "config":
        return False
    parent = model.parent(node)
    if isinstance(parent, ast.Subscript):
        return parent.value is not node or not isinstance(parent.slice, ast.Constant)
    if not isinstance(parent, ast.Attribute):
        return True
    use = model.parent(parent)
    if parent.attr == "update" and isinstance(use, ast.Call):
        return bool(use.args) or unpacks(use)
    return parent.attr not in ("get", "setdefault")


def _of_aiohttp(call: ast.Call, model: SemanticModel) -> Grant | None:
    table = model.parent(call)
    if not isinstance(table, ast.Dict) or not is_true(argument_of(call, "allow_credentials"), model):
        return None
    keys = [key for key, value in zip(table.keys, table.values, strict=True) if value is call]
    if text_of(keys[0], model) != "*" or is_for_development(call, model):
        return None
    return Grant(call, "any origin", 'the options stand under "*", and with credentials the origin is echoed')


# django-cors-headers


def grant_of_setting(node: ast.Assign, model: SemanticModel) -> Grant | None:
    """Return what the setting `CORS_ALLOW_CREDENTIALS` of a module grants together with its others, or None."""
    if final_setting("CORS_ALLOW_CREDENTIALS", model) is not node or not is_true(node.value, model):
        return None
    if is_for_development(node, model) or is_base_of_settings(model.source.path):
        return None
    for name in _ALL_ORIGINS:
        setting = final_setting(name, model)
        if setting is not None and setting.value is not None and is_true(setting.value, model):
            return Grant(setting, "any origin", f"`{name}` is true, and with credentials the origin is echoed")
    for name in _ORIGIN_PATTERNS:
        setting = final_setting(name, model)
        for pattern in names_in(setting.value, model) if setting is not None and setting.value is not None else ():
            grant = _by_pattern(setting, pattern, name, whole=False) if setting is not None else None
            if grant is not None:
                return grant
    return None


# Headers set by hand


def grant_by_hand(node: ast.Call | ast.Assign, model: SemanticModel) -> Grant | None:
    """Return what setting the header `Access-Control-Allow-Origin` to the client's own origin grants, or None."""
    header = header_set(node, model)
    if header is None or header[0].lower() != "access-control-allow-origin":
        return None
    function = model.function_of(node)
    if function is None or not _is_origin_of_request(header[1], model) or is_for_development(node, model):
        return None
    if any(not _only_asks_whether_given(test) for test in _tests_before(node, model)):
        return None
    if not any(_allows_credentials(each, model) for each in ast.walk(function)):
        return None
    return Grant(node, "any origin", "the header repeats the `Origin` that the client sends")


def header_set(node: ast.AST, model: SemanticModel) -> tuple[str, ast.expr] | None:
    """Return the name and value of a header that a statement `x[name] = value` or a call `x.add(name, value)` sets."""
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
        name = text_of(node.targets[0].slice, model)
        return None if name is None else (name, node.value)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and len(node.args) == 2:
        name = text_of(node.args[0], model)
        return None if name is None else (name, node.args[1])
    return None


def _allows_credentials(node: ast.AST, model: SemanticModel) -> bool:
    header = header_set(node, model)
    if header is None or header[0].lower() != "access-control-allow-credentials":
        return False
    return (text_of(header[1], model) or "").lower() == "true"


def _is_origin_of_request(expr: ast.expr, model: SemanticModel) -> bool:
    """Tell whether an expression is the header `Origin` of a request, also through a name with one value."""
    if isinstance(expr, ast.Name):
        single = model.single_of(expr)
        if single is None or single.value is None or single.how not in (How.ASSIGNED, How.WALRUS):
            return False
        return _is_origin_of_request(single.value, model)
    if isinstance(expr, ast.Call) and isinstance(expr.func, ast.Attribute) and expr.func.attr == "get" and expr.args:
        source, key = expr.func.value, expr.args[0]
    elif isinstance(expr, ast.Subscript):
        source, key = expr.value, expr.slice
    else:
        return False
    if (text_of(key, model) or "").lower() not in ("origin", "http_origin"):
        return False
    if not isinstance(source, ast.Attribute) or source.attr not in ("headers", "META", "environ"):
        return False
    return meant_name(source.value, model) in ("request", "req")


def _tests_before(node: ast.AST, model: SemanticModel) -> Iterator[ast.expr]:
    """Yield the tests that decide whether a statement runs."""
    child = node
    for parent in model.ancestors(node):
        if isinstance(parent, (ast.If, ast.IfExp, ast.While)) and child is not parent.test:
            yield parent.test
        if isinstance(child, ast.stmt):
            block = model.block_of(child)
            for before in block[: block.index(child)]:
                if isinstance(before, ast.If) and any(isinstance(each, _LEAVES) for each in ast.walk(before)):
                    yield before.test
        if isinstance(parent, (ast.FunctionDef, ast.AsyncFunctionDef)):
            return
        child = parent


def _only_asks_whether_given(test: ast.expr) -> bool:
    """Tell whether a test only asks whether there is an origin: `if origin:`, `if "Origin" in request.headers:`."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return _only_asks_whether_given(test.operand)
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        if isinstance(test.ops[0], (ast.Is, ast.IsNot)):
            return True
        is_key = isinstance(test.left, ast.Constant) and str(test.left.value).lower() in ("origin", "http_origin")
        is_method = isinstance(test.left, ast.Attribute) and test.left.attr == "method"
        return is_key or is_method
    if isinstance(test, ast.NamedExpr):
        return True
    return isinstance(test, ast.Name) or (
        isinstance(test, ast.Call) and isinstance(test.func, ast.Attribute) and test.func.attr == "get"
    )
