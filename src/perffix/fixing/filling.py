"""Filling the holes of a parsed template, with parentheses just where Python's parser asks for them."""

# libcst names the methods of visitors after its nodes.
# ruff: noqa: N802

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from perffix.fixing import parentheses
from perffix.fixing.errors import FixError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from perffix.fixing.pieces import Piece


def choose_parentheses(
    root: cst.CSTNode,
    pieces: Mapping[str, Piece],
    agrees: Callable[[cst.CSTNode], bool],
    inside: Collection[str] = (),
) -> cst.CSTNode:
    """Fill the holes with parentheses around just the pieces that would otherwise mean something else.

    Args:
        root: the parsed template.
        pieces: by stand-in name.
        agrees: tells whether a filled template is the code that is meant, according to Python's own parser.
        inside: those pieces whose parentheses come to stand around all of the code.

    Raises:
        FixError: no way to write the pieces in their holes keeps their meaning.
    """
    for moved in (inside, ()) if inside else ((),):
        without = _fill(root, pieces, frozenset(), moved)
        if without is not None and agrees(without):
            return without
    around = frozenset(name for name, piece in pieces.items() if isinstance(piece.node, cst.BaseExpression))
    best = _fill(root, pieces, around)
    if best is None or not agrees(best):
        raise FixError("the new code does not keep the meaning of its pieces")
    for name in sorted(around):
        fewer = _fill(root, pieces, around - {name})
        if fewer is not None and agrees(fewer):
            around, best = around - {name}, fewer
    return best


def _fill(
    root: cst.CSTNode, pieces: Mapping[str, Piece], around: frozenset[str], inside: Collection[str] = ()
) -> cst.CSTNode | None:
    """Return the template with the pieces in it; None when libcst knows that this cannot be code."""
    ready: dict[str, Piece] = {}
    for name, piece in pieces.items():
        if isinstance(piece.node, cst.BaseExpression):
            dress = parentheses.wrapped if name in around else parentheses.bare
            piece = piece._replace(node=parentheses.inside(piece.node) if name in inside else dress(piece.node))
        ready[name] = piece
    filler = _Filler(ready)
    try:
        result = root.visit(filler)
    except cst.CSTValidationError:  # such as two words that would join
        return None
    if filler.missing or not isinstance(result, cst.CSTNode):
        return None
    return result


class _Filler(cst.CSTTransformer):
    """Puts pieces in the place of their stand-in names."""

    def __init__(self, pieces: Mapping[str, Piece]) -> None:
        super().__init__()
        self._pieces = pieces
        self.missing = set(pieces)

    def _piece(self, node: cst.CSTNode) -> Piece | None:
        return self._pieces.get(node.value) if isinstance(node, cst.Name) else None

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.BaseExpression:
        piece = self._piece(updated_node)
        if piece is None or not isinstance(piece.node, cst.BaseExpression):
            return updated_node
        if isinstance(piece.node, cst.StarredElement):
            return updated_node
        self.missing.discard(updated_node.value)
        return piece.node

    def leave_Attribute(self, original_node: cst.Attribute, updated_node: cst.Attribute) -> cst.Attribute:
        """Let a call that goes on from a chain of calls begin a line where each of these does."""
        piece = self._piece(original_node.value)
        chain = updated_node.value
        if piece is None or not isinstance(chain, cst.Call) or not isinstance(chain.func, cst.Attribute) or chain.lpar:
            return updated_node
        space = parentheses.without_comments(chain.func.dot.whitespace_before)
        return updated_node.with_changes(dot=updated_node.dot.with_changes(whitespace_before=space))

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.Call:
        if len(original_node.args) == 1 and self._piece(original_node.args[0].value):
            return parentheses.sole_argument(updated_node)
        return updated_node

    def leave_Arg(self, original_node: cst.Arg, updated_node: cst.Arg) -> cst.Arg:
        starred = self._starred(updated_node.value)
        return updated_node if starred is None else updated_node.with_changes(star="*", value=starred)

    def leave_Element(self, original_node: cst.Element, updated_node: cst.Element) -> cst.BaseElement:
        starred = self._starred(updated_node.value)
        return updated_node if starred is None else cst.StarredElement(starred, updated_node.comma)

    def _starred(self, node: cst.CSTNode) -> cst.BaseExpression | None:
        piece = self._piece(node)
        if piece is None or not isinstance(piece.node, (cst.Arg, cst.Index, cst.StarredElement)):
            return None
        assert isinstance(node, cst.Name)
        self.missing.discard(node.value)
        return piece.node.value

    def leave_Index(self, original_node: cst.Index, updated_node: cst.Index) -> cst.BaseSlice:
        piece = self._piece(updated_node.value)
        if piece is None or not isinstance(piece.node, cst.BaseSlice):
            return updated_node
        assert isinstance(updated_node.value, cst.Name)
        self.missing.discard(updated_node.value.value)
        return piece.node

    def leave_SimpleStatementLine(
        self, original_node: cst.SimpleStatementLine, updated_node: cst.SimpleStatementLine
    ) -> cst.BaseStatement | cst.FlattenSentinel[cst.BaseStatement]:
        if len(updated_node.body) == 1:
            piece = self._statement_piece(updated_node.body[0])
            if piece is not None:
                first, *rest = piece.statements
                lines = [*updated_node.leading_lines, *first.leading_lines]
                return cst.FlattenSentinel([first.with_changes(leading_lines=lines), *rest])
        return updated_node.with_changes(body=self._small(updated_node.body))

    def leave_SimpleStatementSuite(
        self, original_node: cst.SimpleStatementSuite, updated_node: cst.SimpleStatementSuite
    ) -> cst.SimpleStatementSuite:
        return updated_node.with_changes(body=self._small(updated_node.body))

    def _statement_piece(self, small: cst.BaseSmallStatement) -> Piece | None:
        if not isinstance(small, cst.Expr):
            return None
        piece = self._piece(small.value)
        if piece is None or not piece.statements:
            return None
        assert isinstance(small.value, cst.Name)
        self.missing.discard(small.value.value)
        return piece

    def _small(self, body: Sequence[cst.BaseSmallStatement]) -> list[cst.BaseSmallStatement]:
        """Return the statements of a line, pieces among them as long as they are small."""
        result: list[cst.BaseSmallStatement] = []
        for small in body:
            piece = self._statement_piece(small)
            if piece is None:
                result.append(small)
            elif isinstance(piece.node, cst.BaseSmallStatement):
                result.append(piece.node.with_changes(semicolon=small.semicolon))
            else:
                raise FixError("a compound statement cannot stand beside another on one line")
        return result
