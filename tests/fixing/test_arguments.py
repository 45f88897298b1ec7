"""Arguments added to a call, changed and taken out of it: the layout of the call stays."""

from __future__ import annotations

import pytest
from fixing.edited import Module

from perffix.fixing.errors import FixError


def added(text: str, target: str = "", value: str = "10") -> str:
    return Module(text).argument(target or text.strip(), "timeout", value).text()


def removed(text: str, name: str = "verify") -> str:
    return Module(text).argument(text.strip(), name, "").text()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("f()\n", "f(timeout=10)\n"),
        ("f(a)\n", "f(a, timeout=10)\n"),
        ("f(a, )\n", "f(a, timeout=10, )\n"),
        ("f(a,)\n", "f(a, timeout=10,)\n"),
        ("f(a, b=1)\n", "f(a, b=1, timeout=10)\n"),
        ("f(*a, **b)\n", "f(*a, **b, timeout=10)\n"),
        ("f(x for x in y)\n", "f((x for x in y), timeout=10)\n"),
        ("f((x for x in y))\n", "f((x for x in y), timeout=10)\n"),
        ("f(\n    a,\n    b,\n)\n", "f(\n    a,\n    b,\n    timeout=10,\n)\n"),
        ("f(\n    a,\n    b\n)\n", "f(\n    a,\n    b,\n    timeout=10\n)\n"),
        ("f(\n    a,\n)\n", "f(\n    a,\n    timeout=10,\n)\n"),
        ("f(a,\n  b)\n", "f(a,\n  b,\n  timeout=10)\n"),
        ("f(\n    a, b\n)\n", "f(\n    a, b, timeout=10\n)\n"),
        ("f(\n    a,  # why\n    b,  # how\n)\n", "f(\n    a,  # why\n    b,  # how\n    timeout=10,\n)\n"),
        ("f(\n    a,\n    b  # how\n)\n", "f(\n    a,\n    b,  # how\n    timeout=10\n)\n"),
        ("f(a, b  # how\n)\n", "f(a, b,  # how\ntimeout=10\n)\n"),
        ("f(\n    a,\n    # last\n)\n", "f(\n    a,\n    # last\n    timeout=10,\n)\n"),
    ],
)
def test_an_argument_is_added_as_the_others_stand(before: str, after: str) -> None:
    assert added(before) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("f()\n", "f(10)\n"),
        ("f(a)\n", "f(a, 10)\n"),
        ("f(*a)\n", "f(*a, 10)\n"),
        ("f(\n    a,  # why\n    b,\n)\n", "f(\n    a,  # why\n    b,\n    10,\n)\n"),
    ],
)
def test_one_more_argument_comes_behind_the_others(before: str, after: str) -> None:
    assert Module(before).one_more(before.strip(), "10").text() == after


def test_several_arguments_come_in_the_order_of_the_fixes() -> None:
    module = Module("f(\n    a,\n)\n").one_more("f(\n    a,\n)", "b").one_more("f(\n    a,\n)", "c")
    assert module.text() == "f(\n    a,\n    b,\n    c,\n)\n"


@pytest.mark.parametrize("text", ["f(a, b=1)\n", "f(**a)\n"])
def test_no_argument_comes_behind_one_with_a_name(text: str) -> None:
    with pytest.raises(FixError, match="a keyword argument would stand before the new one"):
        Module(text).one_more(text.strip(), "10").text()


def test_an_argument_that_is_there_gets_another_value() -> None:
    assert added("f(\n    timeout=None,  # why\n    b=1,\n)\n") == "f(\n    timeout=10,  # why\n    b=1,\n)\n"


def test_the_value_may_be_a_piece_of_the_module() -> None:
    module = Module("f(a)\nx = y if z else w\n").argument("f(a)", "b", "$value", value="y if z else w")
    assert module.text() == "f(a, b=y if z else w)\nx = y if z else w\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("f(verify=False)\n", "f()\n"),
        ("f(\n    verify=False,\n)\n", "f()\n"),
        ("f(a, verify=False)\n", "f(a)\n"),
        ("f(a, verify=False, )\n", "f(a, )\n"),
        ("f(verify=False, a=1)\n", "f(a=1)\n"),
        ("f(\n    a,\n    verify=False,\n    b=2,\n)\n", "f(\n    a,\n    b=2,\n)\n"),
        ("f(\n    a,\n    verify=False\n)\n", "f(\n    a\n)\n"),
        ("f(\n    a,\n    verify=False,\n)\n", "f(\n    a,\n)\n"),
        ("f(\n    a,  # why\n    verify=False,\n)\n", "f(\n    a,  # why\n)\n"),
        ("f(\n    a,  # why\n    verify=False\n)\n", "f(\n    a  # why\n)\n"),
        ("f(a,  # why\n  verify=False)\n", "f(a  # why\n  )\n"),
        # Its own comment gets a line, unless what stands before it is on that line.
        ("f(\n    a,\n    verify=False,  # how\n    b=2,\n)\n", "f(\n    a,\n    # how\n    b=2,\n)\n"),
        ("f(\n    a,  # why\n    verify=False,  # how\n    b=2,\n)\n", "f(\n    a,  # why\n    # how\n    b=2,\n)\n"),
        ("f(\n    a, verify=False,  # how\n    b=2,\n)\n", "f(\n    a,  # how\n    b=2,\n)\n"),
        ("f(\n    verify=False,  # how\n    b=2,\n)\n", "f(\n    # how\n    b=2,\n)\n"),
        ("f(\n    a,\n    verify=False,  # how\n)\n", "f(\n    a,\n    # how\n)\n"),
        ("f(\n    a,  # why\n    verify=False  # how\n)\n", "f(\n    a  # why\n    # how\n)\n"),
        ("f(a, verify=False,  # how\n)\n", "f(a,  # how\n)\n"),
        ("f(\n    verify=False,  # how\n)\n", "f(\n    # how\n)\n"),
        # So do those above it, those below it and those inside.
        ("f(\n    a,\n    # how\n    verify=False,\n    # what\n)\n", "f(\n    a,\n    # how\n    # what\n)\n"),
        (
            "f(\n    a,\n    verify=(  # how\n        False\n    ),\n    b=2,\n)\n",
            "f(\n    a,\n    # how\n    b=2,\n)\n",
        ),
        ("f(  # what\n    verify=False,\n)\n", "f(  # what\n)\n"),
        # What a tool was told about the argument goes with it.
        ("f(\n    a,\n    verify=False,  # noqa: S501\n)\n", "f(\n    a,\n)\n"),
    ],
)
def test_an_argument_is_taken_out(before: str, after: str) -> None:
    assert removed(before) == after


def test_several_arguments_of_one_call_change_in_one_fix() -> None:
    module = Module("f(a, verify=False)\n")
    text = "f(a, verify=False)"
    assert module.argument(text, "verify", "").argument(text, "b", "1").argument(text, "c", "2").text() == (
        "f(a, b=1, c=2)\n"
    )


def test_the_function_may_change_too() -> None:
    module = Module("f(a)\n").replace("f", "g.h").argument("f(a)", "b", "1")
    assert module.text() == "g.h(a, b=1)\n"


def test_what_is_no_call_has_no_arguments() -> None:
    with pytest.raises(FixError, match="only a call"):
        Module("a\n").argument(("a", 0, "Name"), "b", "1").text()


def test_what_is_not_there_cannot_be_taken_out() -> None:
    with pytest.raises(FixError):
        removed("f(a)\n")


def test_a_call_is_not_replaced_and_changed_at_once() -> None:
    with pytest.raises(FixError, match="overlap"):
        Module("f(a)\n").replace("f(a)", "g()").argument("f(a)", "b", "1").text()
