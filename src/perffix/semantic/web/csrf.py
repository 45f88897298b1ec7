"""Forged requests (CSRF): views that do without the check although they rely on a cookie, and settings without it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from perffix.semantic.arguments import argument_of
from perffix.semantic.secrets.named_literals import meant_name
from perffix.semantic.web.objects import class_of, text_of, written_value
from perffix.semantic.web.origins import names_in, stranger_by_wildcard
from perffix.semantic.web.surroundings import (
    final_setting,
    is_base_of_settings,
    is_django_settings,
    is_for_development,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.semantic.model import SemanticModel

View = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef

_EXEMPT = "django.views.decorators.csrf.csrf_exempt"
_METHOD_DECORATOR = "django.utils.decorators.method_decorator"
_FLASK_PROTECTION = ("flask_wtf.CSRFProtect", "flask_wtf.csrf.CSRFProtect", "flask_wtf.csrf.CsrfProtect")
_FLASK_NAMES = ("csrf", "csrf_protect", "csrfprotect")
_SESSION_MIDDLEWARE = "django.contrib.sessions.middleware.SessionMiddleware"
# A view that speaks of one of these may tell by it who is calling, and then no cookie is needed.
_OTHER_PROOF = (
    "signature", "hmac", "token", "apikey", "api_key", "authorization", "bearer", "jwt", "oauth", "saml", "openid",
    "oidc", "webhook", "digest", "secret", "nonce", "csrf", "construct_event", "basic_auth", "referer", "origin",
)  # fmt: skip
_COOKIE_DECORATORS = (
    "django.contrib.auth.decorators.", "django.contrib.admin.views.decorators.", "flask_login.login_required",
    "flask_login.utils.login_required", "flask_login.fresh_login_required", "django_otp.decorators.",
)  # fmt: skip
_COOKIE_MIXINS = ("LoginRequiredMixin", "PermissionRequiredMixin", "UserPassesTestMixin", "AccessMixin")
_COOKIE_CALLS = (
    "django.contrib.auth.login", "django.contrib.auth.logout", "flask_login.login_user", "flask_login.logout_user",
)  # fmt: skip
_COOKIE_NAMES = ("flask.session", "flask_login.current_user", "flask_login.utils.current_user")
_SAFE_ONLY = ("django.views.decorators.http.require_GET", "django.views.decorators.http.require_safe")
_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
# No form sends these, and a browser asks the server first before a script of another site may.
_ASKED_FOR = frozenset({"PUT", "PATCH", "DELETE"})
_AUTHENTICATE = ("django.contrib.auth.authenticate", "django.contrib.auth.aauthenticate")
_BODIES = ("POST", "FILES", "body", "form", "files", "data", "json", "get_json")
_CHANGES = ("save", "create", "delete", "update", "add", "remove", "commit", "bulk_create", "update_or_create", "clear")


class Forgeable(NamedTuple):
    """A view without the check although a cookie tells it who is calling.

    Attributes:
        view: its definition.
        by: the expression that takes the check away.
        cookie: what shows that it relies on a cookie.
    """

    view: View
    by: ast.expr
    cookie: ast.expr


def forgeable_definition(node: View, model: SemanticModel) -> Forgeable | None:
    """Return what is wrong with a function or class whose decorators take the check away, or None."""
    by = next((each for each in node.decorator_list if _exempts(each, node, model)), None)
    if by is None:
        return None
    view: View = node
    parent = model.parent(node)
    if isinstance(parent, ast.ClassDef) and node.name == "dispatch":
        view = parent
    return _forgeable(view, by, model)


def forgeable_call(call: ast.Call, model: SemanticModel) -> Forgeable | None:
    """Return what is wrong with `csrf_exempt(view)`, `csrf_exempt(View.as_view())` or `csrf.exempt(view)`, or None."""
    if len(call.args) != 1 or call.keywords:
        return None
    if model.qualified_name(call.func) != _EXEMPT and not _is_flask_exempt(call.func, model):
        return None
    wrapped = call.args[0]
    if isinstance(wrapped, ast.Call) and isinstance(wrapped.func, ast.Attribute) and wrapped.func.attr == "as_view":
        wrapped = wrapped.func.value
    view = model.names.definition_of(wrapped)
    return None if view is None else _forgeable(view, call, model)


def _exempts(decorator: ast.expr, node: View, model: SemanticModel) -> bool:
    if model.qualified_name(decorator) == _EXEMPT:
        return True
    if isinstance(decorator, ast.Call) and model.qualified_name(decorator.func) == _METHOD_DECORATOR:
        given = decorator.args[0] if decorator.args else None
        each = given.elts if isinstance(given, (ast.List, ast.Tuple)) else [given] if given is not None else []
        return any(model.qualified_name(one) == _EXEMPT for one in each)
    return not isinstance(node, ast.ClassDef) and _is_flask_exempt(decorator, model)


def _is_flask_exempt(func: ast.expr, model: SemanticModel) -> bool:
    """Tell whether an expression is `csrf.exempt` of Flask-WTF, also when `csrf` comes from the project."""
    if not isinstance(func, ast.Attribute) or func.attr != "exempt":
        return False
    if class_of(func.value, model) in _FLASK_PROTECTION:
        return True
    name = model.qualified_name(func.value) or ""
    return name.rpartition(".")[2] in _FLASK_NAMES and "flask" in model.imports.packages


def _forgeable(view: View, by: ast.expr, model: SemanticModel) -> Forgeable | None:
    if is_for_development(view, model) or _is_of_rest_framework(view, model) or not _may_change(view, model):
        return None
    regions = list(_regions(view, model))
    if any(_speaks_of_other_proof(region, model) for region in regions):
        return None
    cookie = next((found for region in regions for found in _cookies(region, model)), None)
    return None if cookie is None else Forgeable(view, by, cookie)


def _is_of_rest_framework(view: View, model: SemanticModel) -> bool:
    """Tell whether a view is one of Django REST framework, which takes the check away itself and makes its own."""
    parts = view.bases if isinstance(view, ast.ClassDef) else view.decorator_list
    for part in parts:
        name = model.qualified_name(part.func if isinstance(part, ast.Call) else part) or ""
        if name.startswith("rest_framework.") or name.endswith(("APIView", "ViewSet")):
            return True
    return False


def _may_change(view: View, model: SemanticModel) -> bool:
    """Tell whether a view answers more than GET and shows a sign of changing something."""
    for decorator in view.decorator_list:
        if model.qualified_name(decorator) in _SAFE_ONLY:
            return False
        if isinstance(decorator, ast.Call):
            allowed = _methods_allowed(decorator, model)
            if allowed is not None and allowed <= _SAFE | _ASKED_FOR:
                return False
    if isinstance(view, ast.ClassDef):
        verbs = {each.name for each in view.body if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef))}
        if "post" not in verbs and verbs & {"get", "put", "patch", "delete"}:
            return False
    return any(_is_change(node, model) for node in ast.walk(view))


def _methods_allowed(decorator: ast.Call, model: SemanticModel) -> frozenset[str] | None:
    """Return the methods that `require_http_methods([...])` or a route names, or None."""
    listed = argument_of(decorator, "methods")
    if model.qualified_name(decorator.func) == "django.views.decorators.http.require_http_methods" and decorator.args:
        listed = decorator.args[0]
    elif isinstance(decorator.func, ast.Attribute) and decorator.func.attr in ("get", "route") and listed is None:
        return frozenset({"GET"})
    return None if listed is None else frozenset(name.upper() for name in names_in(listed, model))


def _is_change(node: ast.AST, model: SemanticModel) -> bool:
    if isinstance(node, ast.Attribute):
        return node.attr in _BODIES and _is_request(node.value) and not _only_authenticates(node, model)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.attr in _CHANGES
    return isinstance(node, ast.Delete)


def _only_authenticates(body: ast.expr, model: SemanticModel) -> bool:
    """Tell whether a part of a body is given to Django's `authenticate` alone, which changes nothing."""
    value: ast.expr = body
    parent = model.parent(value)
    while isinstance(parent, (ast.Attribute, ast.Subscript, ast.Call)) and value in (
        getattr(parent, "value", None),
        getattr(parent, "func", None),
    ):
        value, parent = parent, model.parent(parent)
    used = [value]
    if isinstance(parent, ast.Assign) and len(parent.targets) == 1:
        binding = model.binding_of(parent.targets[0])
        if binding is None or not binding.is_local or binding.single is None:
            return False
        used = list(binding.uses)
    return all(_is_for_authenticate(each, model) for each in used)


def _is_for_authenticate(value: ast.expr, model: SemanticModel) -> bool:
    call = model.parent(value)
    call = model.parent(call) if isinstance(call, ast.keyword) else call
    return isinstance(call, ast.Call) and model.qualified_name(call.func) in _AUTHENTICATE


def _regions(view: View, model: SemanticModel) -> Iterator[ast.AST]:
    """Yield the code of a view: its definition, and the functions of the module that it calls."""
    yield view
    seen = {view}
    for node in ast.walk(view):
        if isinstance(node, ast.Call):
            called = model.names.definition_of(node.func)
            if called is not None and called not in seen:
                seen.add(called)
                yield called


def _speaks_of_other_proof(region: ast.AST, model: SemanticModel) -> bool:
    """Tell whether code names a signature, a token or another proof of who is calling."""
    for node in ast.walk(region):
        names: tuple[str | None, ...] = ()
        if isinstance(node, ast.Name):
            names = (meant_name(node, model),)
        elif isinstance(node, ast.Attribute):
            names = (node.attr,)
        elif isinstance(node, (ast.arg, ast.keyword)):
            names = (node.arg,)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) < 80:
            names = (node.value,)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names = (node.name,)
        for name in names:
            lowered = (name or "").lower()
            if lowered not in ("csrf_exempt", "csrf", "exempt") and any(each in lowered for each in _OTHER_PROOF):
                return True
    return False


def _cookies(region: ast.AST, model: SemanticModel) -> Iterator[ast.expr]:
    """Yield what shows that code takes the caller for the person that a cookie names."""
    for node in ast.walk(region):
        if isinstance(node, ast.Attribute) and node.attr in ("user", "session", "COOKIES", "cookies"):
            if _is_request(node.value) and not _only_stores(node, model):
                yield node
        elif isinstance(node, (ast.Name, ast.Attribute)):
            name = model.qualified_name(node) or ""
            named = name in _COOKIE_NAMES or name in _COOKIE_CALLS or name.startswith(_COOKIE_DECORATORS)
            if named or (name.startswith("django.") and name.rpartition(".")[2] in _COOKIE_MIXINS):
                yield node


def _only_stores(session: ast.expr, model: SemanticModel) -> bool:
    """Tell whether code puts something into a session, which asks for no cookie: `request.session["x"] = y`."""
    parent = model.parent(session)
    return isinstance(parent, ast.Subscript) and isinstance(parent.ctx, ast.Store)


def _is_request(expr: ast.expr) -> bool:
    """Tell whether an expression is a request by its name: `request`, `self.request`."""
    name = expr.id if isinstance(expr, ast.Name) else expr.attr if isinstance(expr, ast.Attribute) else ""
    return name == "request"


# Settings


class Unchecked(NamedTuple):
    """A setting that takes the check away; `node` is what to mark."""

    node: ast.expr | ast.stmt
    message: str
    because: str
    certain: bool = True


SETTINGS = ("WTF_CSRF_ENABLED", "MIDDLEWARE", "MIDDLEWARE_CLASSES", "CSRF_TRUSTED_ORIGINS")


def unchecked_setting(node: ast.Assign | ast.AnnAssign, model: SemanticModel) -> Unchecked | None:
    """Return what is wrong with `WTF_CSRF_ENABLED`, `MIDDLEWARE` or `CSRF_TRUSTED_ORIGINS`, or None."""
    target = node.targets[0] if isinstance(node, ast.Assign) else node.target
    value = node.value
    name = target.id if isinstance(target, ast.Name) else _key_of_config(target, model)
    if value is None or name not in SETTINGS or is_for_development(node, model):
        return None
    if name == "WTF_CSRF_ENABLED" and isinstance(value, ast.Constant) and value.value is False:
        return _of_flask_wtf(node)
    if name in ("MIDDLEWARE", "MIDDLEWARE_CLASSES") and isinstance(target, ast.Name):
        return _of_middleware(node, name, value, model)
    if name == "CSRF_TRUSTED_ORIGINS" and isinstance(model.parent(node), ast.Module):
        wildcard = stranger_by_wildcard(names_in(value, model))
        if wildcard is not None:
            because = "anybody can get a name there"
            return Unchecked(value, f"`{name}` trusts forms on every site that `{wildcard}` stands for", because)
    return None


def unchecked_update(call: ast.Call) -> Unchecked | None:
    """Return what is wrong with `app.config.update(WTF_CSRF_ENABLED=False)`, or None."""
    func = call.func
    if not isinstance(func, ast.Attribute) or not isinstance(func.value, ast.Attribute) or func.value.attr != "config":
        return None
    off = [each for each in call.keywords if each.arg == "WTF_CSRF_ENABLED"]
    value = off[0].value if off else None
    return _of_flask_wtf(call) if isinstance(value, ast.Constant) and value.value is False else None


def _of_flask_wtf(node: ast.expr | ast.stmt) -> Unchecked:
    message = "`WTF_CSRF_ENABLED` is false: no form and no view of Flask-WTF asks for a token"
    return Unchecked(node, message, "it is true unless it is set")


def _key_of_config(target: ast.expr, model: SemanticModel) -> str | None:
    if not isinstance(target, ast.Subscript) or not isinstance(target.value, ast.Attribute):
        return None
    return text_of(target.slice, model) if target.value.attr == "config" else None


def _of_middleware(
    node: ast.Assign | ast.AnnAssign, name: str, value: ast.expr, model: SemanticModel
) -> Unchecked | None:
    listed = names_in(value, model)
    written = written_value(value, model)
    whole = isinstance(written, (ast.List, ast.Tuple)) and len(written.elts) == len(listed)
    if not whole or _SESSION_MIDDLEWARE not in listed or any("csrf" in each.lower() for each in listed):
        return None
    binding = model.scopes.lookup(name, model.scopes.module)
    if binding is None or binding.uses or final_setting(name, model) is not node or not is_django_settings(model):
        return None
    message = f"`{name}` has sessions but no CsrfViewMiddleware, so that no view checks where a form comes from"
    certain = not is_base_of_settings(model.source.path)
    return Unchecked(value, message, "the list is complete: nothing in the module adds to it", certain)


def emptied_check(node: ast.ClassDef, model: SemanticModel) -> ast.FunctionDef | None:
    """Return the method `enforce_csrf` of a class of REST framework's session authentication that does nothing."""
    bases = [model.qualified_name(each) for each in node.bases]
    if "rest_framework.authentication.SessionAuthentication" not in bases or is_for_development(node, model):
        return None
    for each in node.body:
        if isinstance(each, ast.FunctionDef) and each.name == "enforce_csrf":
            return each if all(_does_nothing(statement) for statement in each.body) else None
    return None


def _does_nothing(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Pass):
        return True
    value = statement.value if isinstance(statement, (ast.Expr, ast.Return)) else ast.Name(id="")
    return value is None or isinstance(value, ast.Constant)
