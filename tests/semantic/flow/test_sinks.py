from __future__ import annotations

import ast

import pytest
from analysed import Analysed

from perffix.semantic.flow.sinks import sink_at, sink_names


def _sink(text: str, kind: str) -> tuple[str, str] | None:
    """Return the canonical name of the last call and its dangerous argument."""
    code = Analysed(text)
    statement = code.source.tree.body[-1]
    call = statement.value  # type: ignore[attr-defined]
    assert isinstance(call, ast.Call)
    sink = sink_at(call, kind, code.model)
    return None if sink is None else (sink.name, ast.unparse(sink.argument))


@pytest.mark.parametrize(
    ("text", "kind", "sink"),
    [
        ("from flask import redirect\nredirect(a)", "redirect", ("flask.redirect", "a")),
        ("from flask import redirect as r\nr(code=302, location=a)", "redirect", ("flask.redirect", "a")),
        ("import os\nos.system(a)", "shell", ("os.system", "a")),
        ("eval(a)", "code", ("builtins.eval", "a")),
        ("import requests\nrequests.request('GET', a)", "url", ("requests.request", "a")),
        ("import requests\ns = requests.Session()\ns.get(a)", "url", ("requests.Session.get", "a")),
        (
            "import ldap\nc = ldap.initialize('x')\nc.search_s('b', 2, a)",
            "ldap",
            ("ldap.ldapobject.LDAPObject.search_s", "a"),
        ),
        ("redirect(a)", "redirect", None),
        ("def eval(x): ...\neval(a)", "code", None),
        ("from flask import redirect\nredirect()", "redirect", None),
        ("from flask import redirect\nredirect(*a)", "redirect", None),
        ("s = load()\ns.get(a)", "url", None),
        ("s = {}\ns.get(a)", "url", None),
    ],
)
def test_sink(text: str, kind: str, sink: tuple[str, str] | None) -> None:
    assert _sink(text, kind) == sink


def test_a_method_of_self_in_a_subclass() -> None:
    text = "import tornado.web\nclass H(tornado.web.RequestHandler):\n    def get(self):\n        self.redirect(a)\n"
    code = Analysed(text)
    call = next(node for node in ast.walk(code.source.tree) if isinstance(node, ast.Call))
    sink = sink_at(call, "redirect", code.model)
    assert sink is not None
    assert sink.name == "tornado.web.RequestHandler.redirect"


def test_names_for_rules() -> None:
    assert {"eval", "exec"} <= set(sink_names("code"))
