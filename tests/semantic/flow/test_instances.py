from __future__ import annotations

import ast

import pytest
from analysed import Analysed

from perffix.semantic.flow.instances import bases_of, class_of

_MAKERS = {"ldap.initialize": "ldap.Connection", "ldap.Connection.cursor": "ldap.Cursor"}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("import requests\nx = requests.Session()", "requests.Session"),
        ("from requests import Session\nwith Session() as x: ...", "requests.Session"),
        ("from requests import Session\ndef f(x: Session): ...", "requests.Session"),
        ("from requests import Session\ndef f(x: 'Session'): ...", "requests.Session"),
        ("import requests\ndef f(x: 'requests.Session'): ...", "requests.Session"),
        ("from requests import Session\ndef f(x: Session | None = None): ...", "requests.Session"),
        (
            "from typing import Optional\nfrom requests import Session\ndef f(x: Optional[Session]): ...",
            "requests.Session",
        ),
        ("from requests import Session\nx: Session = load()", "requests.Session"),
        ("from requests import Session\nx = None\nx = Session()", "requests.Session"),
        ("import ldap\nx = ldap.initialize('a')", "ldap.Connection"),
        ("import ldap\nc = ldap.initialize('a')\nx = c.cursor()", "ldap.Cursor"),
        ("import aiohttp\nasync def f():\n    async with aiohttp.ClientSession() as x: ...", "aiohttp.ClientSession"),
        ("class A: ...\nx = A()", ".A"),
        ("import socket\ns = socket.socket()\nx, y = s.accept()", "socket.socket"),
        ("import requests\nx = requests.get('a')", None),
        ("from requests import Session\nx = Session()\nx = load()", None),
        ("from requests import Session\ndef f(x: Session | str): ...", None),
        ("x = load()", None),
        ("def f(x): ...", None),
        ("s = load()\nx, y = s.accept()", None),
    ],
)
def test_class(text: str, name: str | None) -> None:
    inside = text.rstrip().endswith("...") and "def f(" in text
    use = text.replace("...", "use(x)") if inside else f"{text}\nuse(x)"
    code = Analysed(f"{use}\n")
    call = next(
        node
        for node in ast.walk(code.source.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "use"
    )
    assert class_of(call.args[0], code.model, _MAKERS) == name


def test_bases_through_the_module() -> None:
    code = Analysed("import a\nclass A(a.Base): ...\nclass B(A): ...\nclass C(B, a.Other[int]): ...\nclass D(D): ...")
    classes = {node.name: node for node in ast.walk(code.source.tree) if isinstance(node, ast.ClassDef)}
    assert bases_of(classes["C"], code.model) == ["a.Base", "a.Other"]
    assert bases_of(classes["D"], code.model) == []
