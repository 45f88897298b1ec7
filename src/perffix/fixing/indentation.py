"""Indentation of a piece that spans lines: its further lines move with the first."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, NamedTuple

import libcst as cst

from perffix.fixing.trees import parse_statements

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from perffix.fixing.pieces import Piece

_OPEN_AT_END = re.compile(r"[(\[{]\s*(#.*)?\Z")
_LINE_END = re.compile(r"\r\n|\r|\n")


class _Place(NamedTuple):
    """Where an expression begins.

    Attributes:
        column: its column.
        indent: the indentation of the line that it begins on.
        block: the indentation of the block, from which libcst counts the indentation of further lines.
    """

    column: int
    indent: int
    block: int


def fitted(name: str, pieces: Mapping[str, Piece], module: cst.Module, text: str, *, is_text: bool) -> Piece:
    """Return a piece whose further lines stand to its first line as they did before.

    When the first line ends with an opening bracket, or a further line stands to the left of the piece, the lines
    are indented in comparison with the line on which the piece begins; else they are aligned with the piece itself.

    Args:
        name: the name of the piece, which stands in the template for it.
        pieces: all pieces by their names.
        module: the module that the pieces come from.
        text: the template, statements.
        is_text: whether the piece was given as text, and stands nowhere in the module.
    """
    piece = pieces[name]
    if not isinstance(piece.node, cst.BaseExpression) or not isinstance(piece.tree, ast.expr):
        return piece
    code = _lines(module, piece)
    old = _Place(0, 0, 0) if is_text else _place(piece.tree, code, module) if len(code) > 1 else None
    widths = _Widths()
    piece.node.visit(widths)
    if old is None or not widths.found or widths.has_tabs:
        return piece
    new = _place_of_hole(name, pieces, module, text)
    hangs = _OPEN_AT_END.search(code[0]) or min(widths.found) + old.block < old.column
    by = new.indent - (old.indent - old.block) if hangs else new.column - (old.column - old.block)
    moved = piece.node.visit(_Shift(max(by, -min(widths.found))))
    return piece._replace(node=moved) if isinstance(moved, cst.BaseExpression) else piece


def _lines(module: cst.Module, piece: Piece) -> list[str]:
    return _LINE_END.split(module.code_for_node(piece.node))


def _place(tree: ast.expr, code: Sequence[str], module: cst.Module) -> _Place | None:
    """Return where an expression of the module begins, its parentheses included; None where that cannot be seen."""
    source = _LINE_END.split(module.code)
    line = source[tree.lineno - 1]
    end = len(line.encode()[: tree.col_offset].decode()) + len(code[0])
    for number in range(tree.lineno - 1, max(tree.lineno - 1 - len(code), -1), -1):
        column = source[number].rfind(code[0], 0, end)
        if column >= 0:
            further = zip(source[number + 1 :], code[1:], strict=False)
            block = max((_width(there) - _width(here) for there, here in further if here.strip()), default=0)
            return _Place(column, _width(source[number]), block)
        end = len(source[number - 1])
    return None


def _place_of_hole(name: str, pieces: Mapping[str, Piece], module: cst.Module, text: str) -> _Place:
    """Return where a hole is, in comparison with the line on which its statement begins."""
    lines = text.split("\n")
    number = next(number for number, line in enumerate(lines, 1) if name in line)
    starts = [
        node.lineno
        for node in ast.walk(parse_statements(text))
        if isinstance(node, ast.stmt) and node.lineno <= number <= (node.end_lineno or node.lineno)
    ]
    block = _width(lines[max(starts) - 1])
    before = lines[number - 1].partition(name)[0]
    for other, piece in pieces.items():
        if other in before:
            before = before.replace(other, _lines(module, piece)[-1])
    return _Place(len(before) - block, _width(lines[number - 1]) - block, 0)


def _width(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


class _Widths(cst.CSTVisitor):
    """Collects the indentation of the further lines of an expression."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[int] = []
        self.has_tabs = False

    def visit_ParenthesizedWhitespace(self, node: cst.ParenthesizedWhitespace) -> None:  # noqa: N802 - named by libcst
        if node.indent:
            self.found.append(len(node.last_line.value))
            self.has_tabs |= "\t" in node.last_line.value


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
