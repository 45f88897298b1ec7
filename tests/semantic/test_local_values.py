from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest
from analysed import Analysed

if TYPE_CHECKING:
    from perffix.semantic.scopes import Binding


def binding(code: Analysed, name: str = "x") -> Binding:
    found = code.model.binding_of(code.expr(name, -1))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("before", "line"),
    [
        ("x = []", 2),
        ("x: list = []", 2),
        ("x = []\n other = 1", 2),
        ("x = []\n x.sort()", None),
        ("x = y = []", None),
        ("if a: x = []", None),
        ("x, y = [], []", None),
        ("x: list", None),
        ("use(x := [])", None),
    ],
)
def test_where_a_loop_starts_from(before: str, line: int | None) -> None:
    code = Analysed(f"def f(a):\n {before}\n for i in a:\n  x\n")
    start = code.model.locals.start_of(binding(code), code.loop())
    assert (None if start is None else getattr(start.node, "lineno", 0)) == line


@pytest.mark.parametrize(
    ("before", "bound"),
    [
        ("x = 1", True),
        ("x, y = 1, 2", True),
        ("if a: x = 1", False),
        ("for x in a: pass", False),
        ("x = 1\n del x", False),
        ("pass", False),
    ],
)
def test_what_surely_has_a_value_before_a_loop(before: str, bound: bool) -> None:
    code = Analysed(f"def f(a):\n {before}\n with a:\n  for i in a:\n   x\n x = 2\n x\n")
    loops = [node for node in ast.walk(code.source.tree) if isinstance(node, ast.For)]
    assert code.model.locals.is_bound_before(binding(code), loops[-1]) is bound


def test_a_parameter_has_a_value() -> None:
    code = Analysed("def f(x):\n for i in x:\n  x\n")
    assert code.model.locals.is_bound_before(binding(code), code.loop())


def test_names_that_nobody_uses() -> None:
    code = Analysed("def f(parts):\n return lambda: pieces\n")
    assert code.model.locals.unused_name("parts", "pieces", "len", "rest") == "rest"
    assert code.model.locals.unused_name("parts") is None


@pytest.mark.parametrize(
    ("use", "shared"),
    [("lambda: x", True), ("[x for i in x if x]", False), ("def g(): return x", True), ("use(x)", False)],
)
def test_functions_that_share_a_name(use: str, shared: bool) -> None:
    code = Analysed(f"def f():\n x = []\n {use}\n")
    assert code.model.locals.is_used_by_functions(binding(code)) is shared


@pytest.mark.parametrize(
    ("use", "seen"), [("locals()", True), ("def g(): return eval('x')", True), ("use(x)", False), ("vars(x)", True)]
)
def test_names_seen_as_data(use: str, seen: bool) -> None:
    code = Analysed(f"def f():\n x = []\n {use}\n x\n")
    assert code.model.locals.is_seen_dynamically(code.expr("x", -1)) is seen


def test_a_handler_on_the_way_up_hides_no_binding() -> None:
    code = Analysed("def f(xs):\n try:\n  go()\n except E:\n  for y in xs: use(y)\n")
    binding = code.model.binding_of(code.expr("y"))
    assert binding is not None
    assert not code.model.locals.is_bound_before(binding, code.loop())
