from __future__ import annotations

import pytest
from analysed import Analysed

from perffix.semantic.effects import loop_region


def mutates(code: Analysed) -> bool | None:
    """Return whether the first loop changes `xs`."""
    binding = code.model.binding_of(code.expr("xs"))
    assert binding is not None
    return code.model.effects.mutates(loop_region(code.loop()), binding)


@pytest.mark.parametrize(
    ("before", "body", "answer"),
    [
        ("ys = xs", "ys.append(x)", None),
        ("ys = xs", "ys[0] = x", None),
        ("ys = xs", "ys += [x]", None),
        ("ys = xs", "len(ys)", False),
        ("ys = xs", "ys.index(x)", False),
        ("ys = []", "ys.append(x)", False),
        ("ys = []", "ys += [x]", False),
        ("ys = {}", "ys[x] = 1", False),
        ("ys = given", "ys.append(x)", None),
        ("ys = 0", "ys += x.size", False),
        ("ys = set()", "ys.add(x)", False),
    ],
)
def test_a_parameter_may_be_changed_under_another_name(before: str, body: str, answer: bool | None) -> None:
    code = Analysed(f"def f(xs: list, given):\n    {before}\n    for x in list(xs):\n        {body}\n")
    assert mutates(code) is answer


@pytest.mark.parametrize(
    ("types", "answer"),
    [
        ("list[str], ys: list[str]", None),
        ("list, ys: list[str]", None),
        ("list[int], ys: list[str]", False),
        ("dict[str, int], ys: list[str]", False),
    ],
)
def test_two_parameters_may_be_one_object_if_their_types_allow_it(types: str, answer: bool | None) -> None:
    code = Analysed(f"def f(xs: {types}):\n    for x in list(xs):\n        ys.append('a')\n")
    assert mutates(code) is answer


@pytest.mark.parametrize("made", ["xs = ys = []", "self.ys = xs = []", "keep(xs := [])"])
def test_an_object_with_two_names_from_the_start_is_shared(made: str) -> None:
    code = Analysed(f"class A:\n  def f(self):\n    {made}\n    for x in list(xs):\n        x()\n")
    assert mutates(code) is None


def test_reading_a_missing_key_of_a_defaultdict_changes_it() -> None:
    code = Analysed(
        "from collections import defaultdict\n"
        "def f():\n    xs = defaultdict(list)\n    for x in list(xs):\n        xs[x.next]\n"
    )
    assert mutates(code) is None
