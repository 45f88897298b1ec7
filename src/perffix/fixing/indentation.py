"""Indentation of a piece that spans lines: its further lines move with the first."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import libcst as cst

from perffix.fixing.trees import parse_statements

if TYPE_CHECKING:
    from perffix.fixing.pieces import Piece

_CLOSING = (")", "]", "}")


def fitted(piece: Piece, module: cst.Module, text: str, hole: str) -> Piece:
    """Return a piece whose closing bracket is aligned with the line of the hole that it fills.

    Pieces that end otherwise are left as they are: their lines are aligned with something that cannot be known.

    Args:
        piece: what is put in.
        module: the module that the piece comes from.
        text: the template, statements.
        hole: the name that stands in the template for the piece.
    """
    if not isinstance(piece.node, cst.BaseExpression):
        return piece
    last = module.code_for_node(piece.node).rpartition("\n")
    closing = last[2].lstrip(" ")
    if not last[1] or not closing.startswith(_CLOSING):
        return piece
    by = _indent_of_hole(text, hole) - (len(last[2]) - len(closing))
    moved = piece.node.visit(_Shift(by))
    return piece._replace(node=moved) if isinstance(moved, cst.BaseExpression) else piece


def _indent_of_hole(text: str, hole: str) -> int:
    """Return how far the line of a hole is indented in comparison with the line on which its statement begins."""
    lines = text.split("\n")
    number = next(number for number, line in enumerate(lines, 1) if hole in line)
    starts = [
        node.lineno
        for node in ast.walk(parse_statements(text))
        if isinstance(node, ast.stmt) and node.lineno <= number <= (node.end_lineno or node.lineno)
    ]
    return _width(lines[number - 1]) - _width(lines[max(starts) - 1])


def _width(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


class _Shift(cst.CSTTransformer):
    """Moves the further lines of an expression to the right, or to the left as far as they have room."""

    def __init__(self, by: int) -> None:
        super().__init__()
        self._by = by

    def leave_ParenthesizedWhitespace(  # noqa: N802 - named by libcst
        self, original_node: cst.ParenthesizedWhitespace, updated_node: cst.ParenthesizedWhitespace
    ) -> cst.ParenthesizedWhitespace:
        if not original_node.indent:
            return updated_node
        last = self._moved(updated_node.last_line)
        lines = [
            line.with_changes(whitespace=self._moved(line.whitespace)) if line.comment is not None else line
            for line in updated_node.empty_lines
        ]
        return updated_node.with_changes(last_line=last, empty_lines=lines)

    def _moved(self, space: cst.SimpleWhitespace) -> cst.SimpleWhitespace:
        value = space.value
        if self._by >= 0:
            return cst.SimpleWhitespace(" " * self._by + value)
        return cst.SimpleWhitespace(value[-self._by :] if value.startswith(" " * -self._by) else value)
