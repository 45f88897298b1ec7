from __future__ import annotations

import pytest
from analysed import Analysed


@pytest.mark.parametrize(
    ("expr", "answer"),
    [
        ("1", True),
        ("text", True),
        ("text + 'a'", True),
        ("f'{text}{number}'", True),
        ("f'{text:>{number}}'", False),
        ("f'{unknown}'", False),
        ("number + 1", True),
        ("number / 2", False),
        ("number + text", False),
        ("unknown + 1", False),
        ("unknown.attribute", False),
        ("unknown[0]", False),
        ("unknown()", False),
        ("text.upper()", True),
        ("text.index('a')", False),
        ("text.encode()", False),
        ("str(number)", True),
        ("int(text)", False),
        ("number < 3", True),
        ("number == 3", True),
        ("text < 3", False),
        ("unknown is None", True),
        ("unknown == 3", False),
        ("not unknown", False),
        ("text and number", True),
        ("unknown and 1", False),
        ("[text, number]", True),
        ("{unknown: 1}", False),
    ],
)
def test_what_certainly_cannot_raise(expr: str, answer: bool) -> None:
    code = Analysed(f"def f(unknown):\n    text = 'a'\n    number = 1\n    value = {expr}\n")
    node = code.expr("value")
    statement = code.model.statement_of(node)
    assert code.model.raising.cannot_raise(statement.value) is answer  # type: ignore[attr-defined]
