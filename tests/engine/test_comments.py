"""Comments that a fix would lose."""

from __future__ import annotations

import ast

import pytest

from perffix.engine.comments import loses_comment
from perffix.model import Applicability, Code, Fix, InsertBefore, NodeRef, Replace
from perffix.source import SourceFile


def lost(text: str, code: str = "$x", *, pieces: bool = True) -> bool:
    """Tell whether replacing the first statement, of which the value of a first assignment is kept, loses one."""
    source = SourceFile("a.py", text.encode())
    statement = source.tree.body[0]
    kept = {}
    if pieces:
        assert isinstance(statement, ast.Assign)
        kept["x"] = NodeRef.of(statement.value)
    edit = Replace(NodeRef.of(statement), Code(code, kept))
    return loses_comment(Fix(Applicability.SAFE, "d", (edit,)), source)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x = (1,\n 2)\n", False),
        ("x = '# no comment'\n", False),
        ("x = [  # in the piece\n 1]\n", False),
        ("x = \\\n [1]  # behind\n", False),
        ("# above\nx = [1]\n", False),
        ("(x, # outside of the piece\n y) = [1]\n", True),
        ("(x, # 'é' outside\n y) = [1, # inside\n 2]\n", True),
        ("(é, ü) = [1, # inside\n 2]\n", False),
    ],
)
def test_comments_outside_of_the_pieces(text: str, expected: bool) -> None:
    assert lost(text) is expected


def test_a_removed_statement_takes_the_comment_behind_it_along() -> None:
    assert lost("x = []  # the names\ny = 1\n", "", pieces=False)
    assert not lost("x = []  # the names\ny = 1\n", "x = ()", pieces=False)
    assert not lost("x = []\ny = 1  # next line\n", "", pieces=False)


def test_insertions_lose_nothing() -> None:
    source = SourceFile("a.py", b"x = [ # c\n1]\n")
    edit = InsertBefore(NodeRef.of(source.tree.body[0]), Code("y = 1"))
    assert not loses_comment(Fix(Applicability.SAFE, "d", (edit,)), source)


def test_a_display_fix_has_no_edits() -> None:
    assert not loses_comment(Fix(Applicability.DISPLAY, "d"), SourceFile("a.py", b"# c\n"))
