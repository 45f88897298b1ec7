"""Tests in the constructor that hold for a field in every method, and those that do not."""

from __future__ import annotations

import ast
import textwrap

import pytest
from analysed import Analysed

from perffix.semantic.flow.fields import tests_of_field as held_tests

_READING = "\n    def use(self):\n        return self.name\n"


def _held(body: str, more: str = "") -> list[tuple[str, bool]]:
    """Return the tests that hold for the `self.name` that is returned last."""
    text = "class Zone:\n    def __init__(self, name):\n" + textwrap.indent(body, " " * 8) + "\n"
    code = Analysed(text + textwrap.indent(textwrap.dedent(more), "    ") + _READING)
    returned = [each.value for each in ast.walk(code.source.tree) if isinstance(each, ast.Return)]
    read = next(each for each in returned if each is not None)
    return [(ast.unparse(test), outcome) for test, outcome in held_tests(read, code.model)]


@pytest.mark.parametrize(
    ("body", "more"),
    [
        ("self.name = name\nif not good(self.name):\n    raise ValueError", ""),
        ("self.name = name\nif not good(self.name):\n    self.module.fail_json(msg='no')", ""),
        ("self.name = name\nself.check()", "def check(self):\n    if not good(self.name):\n        raise ValueError"),
    ],
)
def test_held_in_every_method(body: str, more: str) -> None:
    assert _held(body, more) == [("not good(self.name)", False)]


def test_an_assertion_is_held() -> None:
    assert _held("self.name = name\nassert good(self.name)") == [("good(self.name)", True)]


@pytest.mark.parametrize(
    ("body", "more"),
    [
        ("if not good(name):\n    raise ValueError\nself.name = name", ""),  # that is another subject, set later
        ("self.name = name\nif not good(self.name):\n    return", ""),  # the object is made all the same
        ("self.name = name\nif not good(self.name):\n    print('bad')", ""),
        ("self.name = name\nif given:\n    if not good(self.name):\n        raise ValueError", ""),
        (
            "self.name = name\nif not good(self.name):\n    raise ValueError",
            "def rename(self, name):\n    self.name = name",
        ),
        (
            "self.name = name\nif not good(self.name):\n    raise ValueError",
            "def rename(self, other):\n    other.name = 1",
        ),
        (
            "self.name = name\nself.check()",
            "def check(self):\n    if given:\n        return\n    if not good(self.name):\n        raise ValueError",
        ),
        ("self.name = name", "def check(self):\n    if not good(self.name):\n        raise ValueError"),
    ],
)
def test_not_held(body: str, more: str) -> None:
    assert [test for test, _ in _held(body, more) if "good(self.name)" in test] == []


def test_the_constructor_itself_is_no_other_method() -> None:
    text = "class Zone:\n    def __init__(self, name):\n        self.name = name\n        use(self.name)\n"
    code = Analysed(text + "        assert good(self.name)\n")
    call = next(each for each in ast.walk(code.source.tree) if isinstance(each, ast.Call) and len(each.args) == 1)
    assert ast.unparse(call) == "use(self.name)"
    assert list(held_tests(call.args[0], code.model)) == []
