"""Which argument of a call is meant by a keyword or a place."""

from __future__ import annotations

import ast

import pytest

from perffix.semantic.arguments import argument_by_fact, argument_of, unpacks


def _call(text: str) -> ast.Call:
    node = ast.parse(text, mode="eval").body
    assert isinstance(node, ast.Call)
    return node


def _text(found: ast.expr | None) -> str | None:
    return None if found is None else ast.unparse(found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("get(one, two)", "two"),
        ("get(one, params=named)", "named"),
        ("get(one, values=named)", "named"),
        ("get(one)", None),
        ("get(*both)", None),
        ("get(*both, two)", None),
        ("get(one, two, *rest)", "two"),
        ("get(*both, params=named)", "named"),
        ("get(one, **rest)", None),
    ],
)
def test_an_argument_is_found_by_any_of_its_names_or_its_place(text: str, expected: str | None) -> None:
    assert _text(argument_of(_call(text), ("params", "values"), 1)) == expected
    fact = {"keyword": ["params", "values"], "position": 1}
    assert _text(argument_by_fact(_call(text), fact)) == expected


def test_an_argument_without_a_place_has_a_name_only() -> None:
    assert argument_of(_call("get(one)"), "url") is None
    assert _text(argument_of(_call("get(url=one)"), "url")) == "one"


def test_an_argument_without_a_name_has_a_place_only() -> None:
    assert _text(argument_by_fact(_call("get(one)"), {"position": 0})) == "one"
    assert argument_by_fact(_call("get(url=one)"), {"position": 0}) is None


def test_a_place_before_the_first_is_none() -> None:
    assert argument_of(_call("get(one)"), "self", -1) is None


@pytest.mark.parametrize(("text", "expected"), [("f(a, b=c)", False), ("f(*a)", True), ("f(**a)", True)])
def test_what_is_unpacked(text: str, expected: bool) -> None:
    assert unpacks(_call(text)) is expected
