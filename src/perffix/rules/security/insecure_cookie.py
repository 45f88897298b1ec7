"""A cookie that lets its bearer in is set without protection.

## What it does
Reports the call that sets a session, token or login cookie without `Secure`, `HttpOnly` or `SameSite`, by what the
framework does where the call says nothing: Flask, Quart, Django, aiohttp, Tornado, Bottle and WebOb protect nothing by
themselves, Starlette and Litestar set `SameSite=Lax`, Falcon sets `Secure` and `HttpOnly`, Sanic `Secure` and
`SameSite`. Settings that switch a protection off, such as `SESSION_COOKIE_SECURE = False`, are reported, too.

## Why it is dangerous
Without `Secure` the browser sends the cookie over plain HTTP to whoever listens. Without `HttpOnly` any script on the
page can read it: one case of injected markup, and the session is stolen. Without `SameSite` some browsers send it
along with requests that another site has made up.

## Example
```python
from flask import make_response, redirect

def logged_in(session_id: str):
    response = make_response(redirect("/"))
    response.set_cookie("session", session_id, max_age=3600)
    return response
```

## Use instead
```python
from flask import make_response, redirect

def logged_in(session_id: str):
    response = make_response(redirect("/"))
    response.set_cookie("session", session_id, max_age=3600, secure=True, httponly=True, samesite="Lax")
    return response
```

## When it stays silent
- The cookie is a setting of the user (`theme`, `lang`), or has to be read by scripts (`csrftoken`).
- The cookie is deleted: an empty value, `max_age=0`, a date in the past.
- The protection is decided elsewhere: `secure=settings.SECURE`, `**options`.
- The framework has the protection by itself, or is not known.
- The cookie is a client's: of a test client, a browser, a jar.
- The file belongs to tests, or its settings are for development; another place of the file switches the setting on, or
  may: `from local_settings import *` at its end.
- `SESSION_COOKIE_SECURE = False` is said to be the default, in a comment on its line or a text below: it is written out
  for others to change it.

## Fix safety
Unsafe: a `Secure` cookie is not sent to a development server without TLS, scripts cannot read an `HttpOnly` one, and
`SameSite=Lax` keeps the cookie out of frames and forms of other sites.

## References
- [CWE-614: Sensitive Cookie in HTTPS Session Without 'Secure' Attribute](https://cwe.mitre.org/data/definitions/614.html)
- [CWE-1004: Sensitive Cookie Without 'HttpOnly' Flag](https://cwe.mitre.org/data/definitions/1004.html)
- [Set-Cookie](https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Set-Cookie)
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.model import Applicability, Code, Fix, NodeRef, Replace, SetArgument, Severity
from perffix.rules.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from perffix.model import Edit, Finding
    from perffix.rules.rule import Context
    from perffix.semantic.web.cookies import Cookie

rule = Rule(
    code="SEC832",
    name="insecure-cookie",
    summary="A session, token or login cookie is set without `Secure`, `HttpOnly` or `SameSite`",
    help='Set it with `secure=True`, `httponly=True` and `samesite="Lax"`',
    severity=Severity.MEDIUM,
    cwe=614,
    fix=Applicability.UNSAFE,
    needs=("_cookie",),
    in_tests=False,
)

_FOR_DEVELOPMENT = frozenset({"dev", "devel", "development", "local", "debug", "test", "tests", "testing", "ci"})


@rule.on_call("set_cookie", "set_signed_cookie", "set_secure_cookie", "add_cookie")
def detect_call(call: ast.Call, at: Context) -> Iterator[Finding]:
    """Look at `response.set_cookie(...)`."""
    from perffix.semantic.web.cookies import cookie_set_by

    cookie = cookie_set_by(call, at.model)
    if cookie is None or not cookie.missing:
        return
    names = [missing.name for missing in cookie.missing]
    told = [f"{missing.name} is taken away" for missing in cookie.missing if missing.given is not None]
    unsaid = [missing.name for missing in cookie.missing if missing.given is None]
    if unsaid:
        told.append(f"{cookie.framework} does not set {_listed(unsaid, 'or')} by itself")
    yield at.finding(
        call,
        f"The cookie `{cookie.name}` is set without {_listed(names, 'and')}",
        severity=Severity.LOW if names == ["SameSite"] else None,
        evidence=told,
        fix=_protected(call, cookie),
    )


def _listed(names: list[str], word: str) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {word} {names[-1]}"


def _protected(call: ast.Call, cookie: Cookie) -> Fix:
    values = {"Secure": "True", "HttpOnly": "True", "SameSite": '"Lax"'}
    edits: list[Edit] = []
    for missing in cookie.missing:
        value = Code(values[missing.name])
        if missing.given is None:
            edits.append(SetArgument(NodeRef.of(call), missing.keyword, value))
        else:
            edits.append(Replace(NodeRef.of(missing.given), value))
    return Fix(Applicability.UNSAFE, "Protect the cookie", tuple(edits))


@rule.on(ast.Assign)
def detect_setting(node: ast.Assign, at: Context) -> Iterable[Finding]:
    """Look at `SESSION_COOKIE_SECURE = False` and `app.config["SESSION_COOKIE_SECURE"] = False`."""
    if node.value.__class__ is not ast.Constant or node.value.value is not False or len(node.targets) != 1:
        return ()
    target = node.targets[0]
    if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant):
        name = target.slice.value
    else:
        name = target.id if isinstance(target, ast.Name) else ""
    return _of_setting(str(name), node.value, at)


@rule.on_call("update", "from_mapping")
def detect_update(call: ast.Call, at: Context) -> Iterator[Finding]:
    """Look at `app.config.update(SESSION_COOKIE_SECURE=False)`."""
    for keyword in call.keywords:
        if keyword.arg is not None and isinstance(keyword.value, ast.Constant) and keyword.value.value is False:
            yield from _of_setting(keyword.arg, keyword.value, at)


def _of_setting(name: str, value: ast.Constant, at: Context) -> Iterator[Finding]:
    if not name.endswith(("_COOKIE_SECURE", "_COOKIE_HTTPONLY")):
        return
    from perffix.semantic import facts
    from perffix.semantic.web.surroundings import is_maybe_rewritten

    if name not in facts.load("cookies")["settings"] or _is_for_development(value, at) or _is_set_elsewhere(name, at):
        return
    if _is_default_written_out(name, value, at) or is_maybe_rewritten(at.model.statement_of(value), at.model):
        return
    missing = "Secure" if name.endswith("SECURE") else "HttpOnly"
    yield at.finding(
        value,
        f"{name} is False, so the cookie is set without {missing}",
        help=f"Set {name} to True where the program runs in production",
        fix=Fix(Applicability.UNSAFE, f"Set {name} to True", (Replace(NodeRef.of(value), Code("True")),)),
    )


def _is_for_development(value: ast.expr, at: Context) -> bool:
    """Tell whether a setting is for development or tests, or a library's default, or holds under a condition alone."""
    from pathlib import PurePath

    from perffix.semantic.secrets import words_of

    words = set(words_of(PurePath(at.source.path).stem))
    if words & _FOR_DEVELOPMENT or words & {"global", "default", "defaults"}:
        return True
    for parent in at.model.ancestors(value):
        if isinstance(parent, (ast.If, ast.IfExp, ast.Try)):
            return True
        if isinstance(parent, (ast.ClassDef, ast.FunctionDef)) and _FOR_DEVELOPMENT & set(words_of(parent.name)):
            return True
    return False


def _is_default_written_out(name: str, value: ast.expr, at: Context) -> bool:
    """Tell whether the framework's own default is written out and said to be that, for others to change it."""
    if not name.endswith("_SECURE"):
        return False  # the other protections are on by default
    comment = at.source.text.splitlines()[value.lineno - 1].encode()[value.end_col_offset :].decode(errors="replace")
    statement = at.model.statement_of(value)
    block = at.model.block_of(statement)
    following = block[block.index(statement) + 1 :][:1]
    said = [
        each.value.value for each in following if isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant)
    ]
    return "default" in comment.lower() or any("default" in str(each).lower() for each in said)


def _is_set_elsewhere(name: str, at: Context) -> bool:
    """Tell whether the file speaks of the setting more than once: then another place may switch it on."""
    return at.source.text.count(name) > 1
