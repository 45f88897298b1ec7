"""New code: a template filled with pieces of the module, as a concrete and as an abstract syntax tree."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, NamedTuple

import libcst as cst

from perffix.fixing import template
from perffix.fixing.errors import FixError
from perffix.fixing.filling import choose_parentheses
from perffix.fixing.indentation import fitted
from perffix.fixing.pieces import Piece, Pieces, Statement, concrete_expression, concrete_statements
from perffix.fixing.trees import TreeIndex, filled, parse_expression, parse_statements, same

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from perffix.fixing.bridge import Bridge
    from perffix.model import Code, NodeRef

# Every line begins with @ or goes on in brackets: no statement follows.
_DECORATORS = re.compile(r"\s*@(?!.*^(?:async|def|class)\b)(?!.*^perffix_hole_)", re.DOTALL | re.MULTILINE)


class NewExpression(NamedTuple):
    """What an expression becomes; `node` may also be a starred argument or a slice that stands alone."""

    node: cst.CSTNode
    tree: ast.expr


class NewArgument(NamedTuple):
    """What a keyword argument of a call becomes, or without a name one more argument; without a node it goes."""

    name: str
    node: cst.CSTNode | None
    tree: ast.expr | None


class NewStatements(NamedTuple):
    """What statements become, or decorators that are to be added to the statement."""

    nodes: Sequence[Statement]
    trees: list[ast.stmt]
    decorators: Sequence[cst.Decorator] = ()


class Builder:
    """Fills templates for one module. Everything it is asked for raises `FixError` when it cannot be had."""

    def __init__(self, module: cst.Module, index: TreeIndex, bridge: Bridge) -> None:
        self._module = module
        self._pieces = Pieces(module, index, bridge)

    def expression(self, code: Code, place: ast.expr | None = None) -> NewExpression:
        """Return an expression; its own place may still ask for parentheses around it.

        Args:
            code: the new code.
            place: what it takes the place of, and the parentheses around that with it.
        """
        text, named = template.read(code, self._module.default_indent)
        pieces = {name: self._pieces.get(piece) for name, piece in named.items()}
        if text.strip() in pieces:
            piece = pieces[text.strip()]
            if not isinstance(piece.tree, ast.expr):
                raise FixError("a statement cannot stand in the place of an expression")
            return NewExpression(piece.node, piece.tree)
        expected = filled(parse_expression(text), _trees(pieces))
        root = concrete_expression(self._module, text)

        def agrees(candidate: cst.CSTNode) -> bool:
            try:
                return same(parse_expression(self._module.code_for_node(candidate)), expected)
            except FixError:
                return False

        inside = [name for name, piece in pieces.items() if piece.tree is place]
        node = choose_parentheses(root, pieces, agrees, inside)
        assert isinstance(expected, ast.expr)
        return NewExpression(node, expected)

    def statements(self, code: Code, target: NodeRef) -> NewStatements:
        """Return statements for the place of a target, or decorators when the text is nothing else."""
        text, named = template.read(code, self._module.default_indent)
        pieces = {name: self._pieces.get(piece, target) for name, piece in named.items()}
        decorators = _DECORATORS.match(text) is not None
        if decorators:
            text = f"{text.rstrip()}\ndef decorated(): pass\n"
        pieces = {
            name: fitted(name, pieces, self._module, text, is_text=isinstance(named[name], str)) for name in pieces
        }
        expected = filled(parse_statements(text), _trees(pieces))
        root = concrete_statements(self._module, text)

        def agrees(candidate: cst.CSTNode) -> bool:
            assert isinstance(candidate, cst.Module)
            try:
                return same(parse_statements(candidate.code), expected)
            except FixError:
                return False

        module = choose_parentheses(root, pieces, agrees)
        assert isinstance(module, cst.Module)
        assert isinstance(expected, ast.Module)
        nodes = [node for node in module.body if isinstance(node, (cst.SimpleStatementLine, cst.BaseCompoundStatement))]
        if decorators:
            (function,) = nodes
            assert isinstance(function, cst.FunctionDef)
            return NewStatements((), expected.body, function.decorators)
        if nodes and module.header:
            nodes[0] = nodes[0].with_changes(leading_lines=[*module.header, *nodes[0].leading_lines])
        if module.footer or (module.header and not nodes):
            raise FixError("the new code holds a comment that belongs to no statement")
        return NewStatements(nodes, expected.body)


def _trees(pieces: Mapping[str, Piece]) -> dict[str, ast.expr | list[ast.stmt]]:
    return {name: piece.tree for name, piece in pieces.items()}
