from __future__ import annotations

import pytest
from analysed import Analysed


@pytest.mark.parametrize(
    ("setup", "expr", "name"),
    [
        ("import hashlib", "hashlib.md5", "hashlib.md5"),
        ("import hashlib as h", "h.md5", "hashlib.md5"),
        ("from hashlib import md5 as m", "m", "hashlib.md5"),
        ("import os.path", "os.path.join", "os.path.join"),
        ("import os.path as p", "p.join", "os.path.join"),
        ("from . import views", "views.index", ".views.index"),
        ("from ..app import db", "db", "..app.db"),
        ("", "list", "builtins.list"),
        ("", "str.join", "builtins.str.join"),
        ("import hashlib\nnew = hashlib.md5", "new", "hashlib.md5"),
        ("make = list", "make", "builtins.list"),
    ],
)
def test_canonical_name(setup: str, expr: str, name: str) -> None:
    code = Analysed(f"{setup}\nuse({expr})\n")
    assert code.model.qualified_name(code.expr(expr, -1)) == name


@pytest.mark.parametrize(
    ("setup", "expr"),
    [
        ("def list(): ...", "list"),
        ("from tools import *", "list"),
        ("list = 3", "list"),
        ("try:\n import json\nexcept ImportError:\n import simplejson as json", "json.loads"),
        ("import a\na = a.b", "a"),
        ("for md5 in x: pass", "md5"),
        ("x = y\ny = x", "x"),
    ],
)
def test_a_name_with_another_or_no_certain_meaning_has_none(setup: str, expr: str) -> None:
    code = Analysed(f"{setup}\nuse({expr})\n")
    assert code.model.qualified_name(code.expr(expr, -1)) is None


def test_a_parameter_shadows_a_builtin_only_in_its_function() -> None:
    code = Analysed("def f(list):\n    return list\nlist\n")
    assert not code.model.names.is_builtin(code.expr("list", 0), "list")
    assert code.model.names.is_builtin(code.expr("list", -1), "list")


def test_definitions_are_found_unless_ambiguous() -> None:
    code = Analysed("def f(): ...\nf()\ndef g(): ...\ng = 1\ng()\n")
    definition = code.model.names.definition_of(code.expr("f"))
    assert definition is not None
    assert definition.name == "f"
    assert code.model.names.definition_of(code.expr("g", -1)) is None
