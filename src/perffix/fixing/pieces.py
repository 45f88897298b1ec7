"""Pieces: parts of the module, or plain text, that new code is made of."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

import libcst as cst

from perffix.fixing.errors import FixError
from perffix.fixing.trees import TreeIndex, parse_expression, parse_statements

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perffix.fixing.bridge import Bridge
    from perffix.model import NodeRef

Statement = cst.SimpleStatementLine | cst.BaseCompoundStatement


class Piece(NamedTuple):
    """A part of new code.

    Attributes:
        node: an expression, a starred argument or element, a slice, a small or a compound statement.
        tree: the same for Python's parser.
        statements: for statements, the lines that it takes, with their comments; else empty.
    """

    node: cst.CSTNode
    tree: ast.expr | list[ast.stmt]
    statements: Sequence[Statement] = ()


class Pieces:
    """Finds the pieces in one module; all that cannot be had raises `FixError`."""

    def __init__(self, module: cst.Module, index: TreeIndex, bridge: Bridge) -> None:
        self._module = module
        self._index = index
        self._bridge = bridge

    def get(self, piece: NodeRef | str, target: NodeRef | None = None) -> Piece:
        """Return what a reference or a text stands for.

        A statement brings the comments above it, unless it is the target of the edit: those stay where they are.
        """
        if isinstance(piece, str):
            return self._text(piece)
        tree = self._index.find(piece)
        node = self._bridge.find(tree)
        if isinstance(tree, ast.stmt):
            statement = self._statement(node)
            if piece == target:
                statement = self._without_place(node, statement)
            return Piece(node, [tree], [statement])
        if isinstance(tree, ast.Tuple) and isinstance(node, cst.Subscript):
            node = _tuple_of(node)
        return Piece(node, tree)

    def _without_place(self, node: cst.CSTNode, statement: Statement) -> Statement:
        """Return a statement without the comments that stay where it stood: above it, or behind it after a colon."""
        statement = statement.with_changes(leading_lines=[])
        if isinstance(node, cst.BaseSmallStatement) and isinstance(
            self._bridge.line_of(node), cst.SimpleStatementSuite
        ):
            return statement.with_changes(trailing_whitespace=cst.TrailingWhitespace())
        return statement

    def _text(self, text: str) -> Piece:
        try:
            tree = parse_expression(text)
        except FixError:
            return self._statements(text)
        return Piece(concrete_expression(self._module, text), tree)

    def _statements(self, text: str) -> Piece:
        module = concrete_statements(self._module, text)
        lines = [node for node in module.body if isinstance(node, (cst.SimpleStatementLine, cst.BaseCompoundStatement))]
        node: cst.CSTNode = lines[0]
        if len(lines) == 1 and isinstance(node, cst.SimpleStatementLine) and len(node.body) == 1:
            node = node.body[0]
        return Piece(node, parse_statements(text).body, lines)

    def _statement(self, node: cst.CSTNode) -> Statement:
        """Return a statement as lines of its own, with the comments that belong to it."""
        if isinstance(node, cst.BaseCompoundStatement):
            return node
        assert isinstance(node, cst.BaseSmallStatement)
        line = self._bridge.line_of(node)
        alone = len(line.body) == 1
        if alone and isinstance(line, cst.SimpleStatementLine):
            return line
        small = node.with_changes(semicolon=cst.MaybeSentinel.DEFAULT)
        if alone:
            return cst.SimpleStatementLine([small], trailing_whitespace=line.trailing_whitespace)
        return cst.SimpleStatementLine([small])


def concrete_expression(module: cst.Module, text: str) -> cst.BaseExpression:
    """Parse an expression for a module, inside parentheses when it needs them to spread over lines."""
    text = text.strip().replace("\n", module.default_newline)
    try:
        return cst.parse_expression(text, module.config_for_parsing)
    except cst.ParserSyntaxError:
        try:
            return cst.parse_expression(f"({text})", module.config_for_parsing)
        except cst.ParserSyntaxError as error:
            raise FixError("the new code cannot be parsed") from error


def concrete_statements(module: cst.Module, text: str) -> cst.Module:
    """Parse statements so that their indentation and line ends follow the module that they are put into."""
    text = text.strip("\n") + "\n" if text.strip() else ""
    try:
        return cst.parse_module(text.replace("\n", module.default_newline))
    except cst.ParserSyntaxError as error:
        raise FixError("the new code cannot be parsed") from error


def _tuple_of(subscript: cst.Subscript) -> cst.Tuple:
    """Return the tuple between square brackets, which libcst keeps as elements of the subscript."""
    elements: list[cst.BaseElement] = []
    for element in subscript.slice:
        if not isinstance(element.slice, cst.Index):
            raise FixError("a slice is no value")
        kind = cst.StarredElement if element.slice.star else cst.Element
        elements.append(kind(element.slice.value, comma=element.comma))
    return cst.Tuple(elements, lpar=[], rpar=[])
