from __future__ import annotations

import ast

import pytest
from analysed import Analysed

from perffix.semantic.model import SemanticModel


@pytest.mark.parametrize(
    ("code", "limit", "text"),
    [
        ("short(name)", 30, "short(name)"),
        ("first(\n  name)", 30, "first( name)"),
        ("repository.fetch_everything(customer_number)", 30, "repository....)"),
        ("self.addresses.by_country(country_code, everyone)", 30, "self...., everyone)"),
        ("a_name_that_takes_up_more_than_all_of_the_room_there_is", 20, "a_name_t...there_is"),
        ("x['ein sehr langer Schlüssel mit vielen Wörtern']", 30, "x['ein sehr ... Wörtern']"),
    ],
)
def test_long_code_is_cut_between_names(code: str, limit: int, text: str) -> None:
    found = Analysed(f"({code})\n")
    shown = found.model.text(found.source.tree.body[0].value, limit)  # type: ignore[attr-defined]
    assert shown == text
    assert len(shown) <= limit


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("import hashlib as h\nh.md5(); g()\n", ["h.md5()"]),
        ("from hashlib import md5\nnew = other = md5\nmd5(), new(), other(), md6()\n", ["md5()", "new()", "other()"]),
        ("def f():\n  import hashlib\n  make = hashlib.new\n  sha = make\n  return sha('x')\n", ["sha('x')"]),
        ("from django.contrib.auth import hashers\nhashers.make_password(x)\n", ["hashers.make_password(x)"]),
        ("import django\nfrom django.db import models\nmodels.f(); django.f()\n", ["django.f()"]),
        ("from .hashlib import md5\nfrom hashlib import *\nmd5(); sha1()\n", []),
    ],
)
def test_calls_into_modules(text: str, found: list[str]) -> None:
    model = Analysed(text).model
    known = frozenset({"hashlib", "django.contrib.auth.hashers.make_password"})
    assert [ast.unparse(call) for call in model.calls_into(known)] == found


def test_every_node_of_a_class_is_found_whether_it_was_asked_for_or_not() -> None:
    source = Analysed("import os\n\ndef f(x: int = g()): return [h(y) for y in i(x)]\n").source
    classes = (ast.Call, ast.Name, ast.arg, ast.alias, ast.comprehension, ast.FunctionDef)
    asked, unasked = SemanticModel(source, classes, ()), SemanticModel(source, (), ())
    for cls in classes:
        assert list(asked.every(cls)) == list(unasked.every(cls)) != []


def test_the_type_of_a_name_is_that_of_the_assignment_that_reaches_a_place() -> None:
    code = Analysed("""\
        def f(xs):
            first(xs)
            xs = list(xs)
            while more():
                second(xs)
            xs = tuple(xs)
            third(xs)
            if more():
                xs = 1
            fourth(xs)
        """)
    shown = []
    for name in ("first", "second", "third", "fourth"):
        known = code.model.type_here(code.expr(f"{name}(xs)").args[0])  # type: ignore[attr-defined]
        shown.append(None if known is None else known.name)
    assert shown == [None, "list", "tuple", None]


def test_a_list_starts_short_by_the_assignment_that_reaches_a_place() -> None:
    code = Analysed("""\
        def f(xs):
            first(xs)
            xs = [xs]
            second(xs)
            xs = list(more())
            third(xs)
        """)
    shown = []
    for name in ("first", "second", "third"):
        place = code.expr(f"{name}(xs)").args[0]  # type: ignore[attr-defined]
        binding = code.model.binding_of(place)
        assert binding is not None
        shown.append(code.model.starts_short_here(place, binding))
    assert shown == [False, True, False]
