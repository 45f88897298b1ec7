from __future__ import annotations

import pytest
from analysed import Analysed

from perffix.semantic.flow.folding import UNKNOWN, fold, truth_of


def _fold(text: str) -> object:
    """Return the folded value of the last statement, an expression."""
    code = Analysed(text)
    statement = code.source.tree.body[-1]
    return fold(statement.value, code.model)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2 * 3", 7),
        ("'a' + 'b'", "ab"),
        ("'ab'[1]", "b"),
        ("('a', 'b')[0]", "a"),
        ("['a', 'b'][-1]", "b"),
        ("{'a': 1}['a']", 1),
        ("len('abc')", 3),
        ("not 1", False),
        ("-3", -3),
        ("1 < 2 < 3", True),
        ("'a' in ('a', 'b')", True),
        ("'a' if 1 > 2 else 'b'", "b"),
        ("x = 3\nx * 2", 6),
        ("x = 'ABC'\ny = x[1]\ny", "B"),
        ("'%s' % 'a'", "a"),
        ("None", None),
    ],
)
def test_folds(text: str, value: object) -> None:
    assert _fold(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "x = 1\nx = 2\nx",
        "x = load()\nx",
        "1 / 0",
        "'a'[5]",
        "{'a': 1}['b']",
        "{x: 1}['b']",
        "'a' * 1000000",
        "10 ** 1000000",
        "'a' < 1",
        "2 ** 3",
        "x = ['a']\nx[0]",
        "f'{x}'",
        "...",
        "x = x\nx",
    ],
)
def test_does_not_fold(text: str) -> None:
    assert _fold(text) is UNKNOWN


@pytest.mark.parametrize(
    ("test", "truth"),
    [
        ("True", True),
        ("0", False),
        ("x", None),
        ("x and False", False),
        ("x or True", True),
        ("x and True", None),
        ("x or False", None),
        ("True and 1", True),
        ("not x", None),
    ],
)
def test_truth(test: str, truth: bool | None) -> None:
    code = Analysed(f"x = load()\nif {test}: pass\n")
    assert truth_of(code.source.tree.body[-1].test, code.model) is truth  # type: ignore[attr-defined]
