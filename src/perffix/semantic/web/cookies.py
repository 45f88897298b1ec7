"""Cookies that let their bearer in: where a program sets one, and which protections it goes without."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any, NamedTuple

from perffix.semantic import facts
from perffix.semantic.secrets import words_of
from perffix.semantic.written_names import last_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from perffix.semantic.model import SemanticModel

PROTECTIONS = ("Secure", "HttpOnly", "SameSite")
# Receivers whose cookies belong to a client: a browser, a test client, a jar.
_CLIENTS = frozenset({"client", "jar", "cookiejar", "cookies", "browser", "driver", "http"})
_SAYS_NAME = frozenset({"cookie", "name", "key"})  # a variable without these may hold any cookie's name


class Missing(NamedTuple):
    """A protection that a cookie goes without.

    Attributes:
        name: as the standard calls it, `HttpOnly`.
        keyword: the argument of the call that would give it.
        given: the argument that takes it away, None when the call says nothing.
    """

    name: str
    keyword: str
    given: ast.expr | None


class Cookie(NamedTuple):
    """A call that sets a telling cookie.

    Attributes:
        name: what it is called, in the source's words.
        framework: whose call it is.
        missing: the protections that it goes without, none when it has all.
    """

    name: str
    framework: str
    missing: tuple[Missing, ...]


def cookie_set_by(call: ast.Call, model: SemanticModel) -> Cookie | None:
    """Return what a call such as `response.set_cookie(...)` sets, if that lets its bearer in; None for all else.

    It is also None when the framework is not certain, when the cookie is deleted, and when arguments are not seen.
    """
    if not isinstance(call.func, ast.Attribute) or any(isinstance(each, ast.Starred) for each in call.args):
        return None
    form = _form_of(call, call.func, model)
    if form is None:
        return None
    given: dict[str, ast.expr] = dict(zip(form["parameters"], call.args, strict=False))
    given.update((keyword.arg, keyword.value) for keyword in call.keywords if keyword.arg is not None)
    key, value = (given.get(each) for each in form["parameters"][:2])
    name = None if key is None else _telling_name(key, value, model)
    if name is None or value is None or _is_deletion(value, given):
        return None
    open_ended = any(keyword.arg is None for keyword in call.keywords)
    missing = tuple(_missing(form, given, open_ended=open_ended))
    return Cookie(name, form["name"], missing)


def _form_of(call: ast.Call, func: ast.Attribute, model: SemanticModel) -> Mapping[str, Any] | None:
    """Return the framework's entry for a call."""
    if not _CLIENTS.isdisjoint(words_of(last_name(func.value))):
        return None
    forms = [form for form in facts.load("cookies")["frameworks"] if func.attr in form["methods"]]
    package = _package_of(func.value, model)
    for form in forms:
        if package in form["packages"]:
            return form  # type: ignore[no-any-return]  # data
    imported = [form for form in forms if not model.imports.packages.isdisjoint(form["packages"])]
    return imported[0] if len(imported) == 1 else None


def _package_of(receiver: ast.expr, model: SemanticModel) -> str:
    """Return the package that the object with the cookie comes from: by its maker, its annotation or its class."""
    names = [model.qualified_name(receiver)]
    known = model.type_of(receiver)
    names.append(known.name if known is not None else None)
    binding = model.binding_of(receiver)
    for assignment in binding.assignments if binding is not None else ():
        if isinstance(assignment.node, ast.arg) and assignment.node.annotation is not None:
            names.append(model.qualified_name(assignment.node.annotation))
        elif isinstance(assignment.value, ast.Call):
            names.append(model.qualified_name(assignment.value.func))
    if isinstance(receiver, ast.Name) and (owner := model.scopes.class_of_self(receiver)) is not None:
        assert isinstance(owner.node, ast.ClassDef)
        names += [model.qualified_name(base) for base in owner.node.bases]
    packages = {name.partition(".")[0] for name in names if name}
    return packages.pop() if len(packages) == 1 else ""


def _missing(form: Mapping[str, Any], given: Mapping[str, ast.expr], *, open_ended: bool) -> Iterator[Missing]:
    for name, keyword, default in zip(PROTECTIONS, form["attributes"], form["defaults"], strict=True):
        value = given.get(keyword)
        if value is None:
            if not default and not open_ended:
                yield Missing(name, keyword, None)
        elif isinstance(value, ast.Constant) and not value.value:
            yield Missing(name, keyword, value)


def _telling_name(key: ast.expr, value: ast.expr | None, model: SemanticModel) -> str | None:
    """Return the name of a cookie in the source's words if it, or the name of the value, says that it lets in."""
    table = facts.load("cookies")["names"]
    text = _text_of(key, model)
    words = set(words_of(text if text is not None else last_name(key)))
    if not words.isdisjoint(table["refused"]) or (text is None and words.isdisjoint(_SAYS_NAME)):
        return None
    stands_for = words_of(last_name(value)) if value is not None else ()
    if words.isdisjoint(table["telling"]) and " ".join(stands_for[-2:]) not in table["values"]:
        return None
    return text if text is not None else model.text(key)


def _text_of(key: ast.expr, model: SemanticModel) -> str | None:
    """Return the text of a literal, also behind a name with one value."""
    single = model.single_of(key)
    if single is not None and single.value is not None and isinstance(single.node, ast.Name):
        key = single.value
    return key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else None


def _is_deletion(value: ast.expr, given: Mapping[str, ast.expr]) -> bool:
    if isinstance(value, ast.Constant) and not value.value:
        return True
    ends = (given.get(each) for each in ("max_age", "expires", "expires_days"))
    return any(
        (isinstance(end, ast.Constant) and (end.value == 0 or "1970" in str(end.value))) or isinstance(end, ast.UnaryOp)
        for end in ends
    )
