"""Blank lines where statements are taken out."""

from __future__ import annotations

import pytest
from fixing.edited import Module


@pytest.mark.parametrize(
    ("source", "result"),
    [
        ("def f():\n    a = 1\n\n    b = 2\n", "def f():\n    b = 2\n"),
        ("if x:\n    a = 1\n\n    # why\n    b = 2\n", "if x:\n    # why\n    b = 2\n"),
        ("def f():\n    # how\n    a = 1\n\n    # why\n    b = 2\n", "def f():\n    # how\n\n    # why\n    b = 2\n"),
        ('def f():\n    """Say."""\n    a = 1\n\n    b = 2\n', 'def f():\n    """Say."""\n\n    b = 2\n'),
        ("a = 1\n\nb = 2\n", "b = 2\n"),
    ],
    ids=["first", "comment", "comments", "docstring", "module"],
)
def test_a_block_does_not_begin_with_the_blank_lines_below_what_is_gone(source: str, result: str) -> None:
    assert Module(source).replace("a = 1", "").text() == result
