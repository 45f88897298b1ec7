"""Which cookies let their bearer in, and which protections a call leaves out, framework by framework."""

from __future__ import annotations

import ast

import pytest
from analysed import Analysed

from perffix.semantic.web.cookies import cookie_set_by


def missing(head: str, call: str) -> tuple[str, ...] | None:
    module = Analysed(f"{head}\n{call}")
    node = next(
        each
        for each in ast.walk(module.source.tree)
        if isinstance(each, ast.Call) and isinstance(each.func, ast.Attribute) and "_cookie" in each.func.attr
    )
    cookie = cookie_set_by(node, module.model)
    return None if cookie is None else tuple(each.name for each in cookie.missing)


ALL = ("Secure", "HttpOnly", "SameSite")


@pytest.mark.parametrize(
    ("head", "call", "found"),
    [
        ("import flask", "r.set_cookie('session', s)", ALL),
        ("import quart", "r.set_cookie('session', s, secure=True)", ("HttpOnly", "SameSite")),
        ("from django.http import HttpResponse as R\nr = R()", "r.set_cookie('sessionid', s)", ALL),
        ("from django.http import HttpResponse as R\nr = R()", "r.set_signed_cookie('sso', s)", ALL),
        ("import fastapi", "r.set_cookie('session', s)", ("Secure", "HttpOnly")),
        ("import litestar", "r.set_cookie('session', s)", ("Secure", "HttpOnly")),
        ("import aiohttp", "r.set_cookie('session', s)", ALL),
        ("import tornado", "self.set_secure_cookie('user_session', s)", ALL),
        ("import bottle", "bottle.response.set_cookie('token', s, secret='x')", ALL),
        ("import pyramid", "r.set_cookie('auth_tkt', s, 9, '/', None, True, True)", ("SameSite",)),
        ("import falcon", "r.set_cookie('session', s)", ("SameSite",)),
        ("import falcon", "r.set_cookie('session', s, http_only=False, same_site='Lax')", ("HttpOnly",)),
        ("import sanic", "r.add_cookie('session', s)", ("HttpOnly",)),
        ("import flask", "r.set_cookie('session', s, secure=x, httponly=y, samesite=z)", ()),
        ("import flask", "r.set_cookie('session', s, **more)", ()),
        ("import flask", "r.set_cookie('session', s, secure=False, **more)", ("Secure",)),
        ("import flask", "r.set_cookie(NAME, access_token)", ALL),
        ("import flask, django", "r.set_cookie('session', s)", None),  # whose is it?
        ("import nothing", "r.set_cookie('session', s)", None),
        ("import flask", "r.set_cookie('theme', s)", None),
        ("import flask", "r.set_cookie('csrf_token', s)", None),
        ("import flask", "r.set_cookie('session', '')", None),
        ("import flask", "r.set_cookie('session', s, max_age=0)", None),
        ("import flask", "r.set_cookie(token, 'done')", None),
        ("import flask", "client.set_cookie('session', s)", None),
        ("import flask", "r.set_cookie(*given)", None),
    ],
)
def test_what_is_missing(head: str, call: str, found: tuple[str, ...] | None) -> None:
    assert missing(head, call) == found
