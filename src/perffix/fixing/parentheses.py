"""Parentheses around expressions of libcst: whose they are, and how they are put on and taken off."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

if TYPE_CHECKING:
    from collections.abc import Sequence

_LINE_END = cst.TrailingWhitespace()
_COUNTED_BY_AST = (cst.Tuple, cst.GeneratorExp)
_ATOMS = (
    cst.Attribute,
    cst.Call,
    cst.Dict,
    cst.DictComp,
    cst.FormattedString,
    cst.List,
    cst.ListComp,
    cst.Name,
    cst.Set,
    cst.SetComp,
    cst.SimpleString,
    cst.Subscript,
)


class Around:
    """The pairs of parentheses around an expression, outermost first, without those that are part of it.

    A tuple or a generator expression keeps its innermost pair: without it, it would not be that expression.
    """

    def __init__(self, node: cst.BaseExpression) -> None:
        own = 1 if isinstance(node, _COUNTED_BY_AST) and node.lpar else 0
        count = len(node.lpar) - own
        self.left: Sequence[cst.LeftParen] = node.lpar[:count]
        self.right: Sequence[cst.RightParen] = node.rpar[own:]

    def __bool__(self) -> bool:
        return bool(self.left)

    @property
    def holds_lines(self) -> bool:
        """Tell whether a comment or a line end stands between the parentheses and what they are around."""
        whitespace = [paren.whitespace_after for paren in self.left]
        whitespace += [paren.whitespace_before for paren in self.right]
        return any(isinstance(space, cst.ParenthesizedWhitespace) for space in whitespace)


def is_atom(node: cst.BaseExpression) -> bool:
    """Tell whether an expression means the same wherever it stands, parentheses or not."""
    return isinstance(node, _ATOMS) or (isinstance(node, _COUNTED_BY_AST) and bool(node.lpar))


def bare(node: cst.BaseExpression) -> cst.BaseExpression:
    """Return an expression without the parentheses around it, unless these hold a comment or a line end."""
    return node if Around(node).holds_lines else inside(node)


def inside(node: cst.BaseExpression) -> cst.BaseExpression:
    """Return what stands between the parentheses around an expression, which may go over several lines."""
    around = Around(node)
    count = len(around.left)
    return node.with_changes(lpar=node.lpar[count:], rpar=node.rpar[: len(node.rpar) - count])


def without_comments(space: cst.BaseParenthesizableWhitespace) -> cst.BaseParenthesizableWhitespace:
    """Return white space with its line ends and without the comments before them."""
    if isinstance(space, cst.ParenthesizedWhitespace):
        return space.with_changes(first_line=_LINE_END, empty_lines=[])
    return space


def holds(node: cst.CSTNode, around: Around) -> bool:
    """Tell whether parentheses are in an expression: a piece of it has brought them along."""
    if any(each is around.left[0] for each in getattr(node, "lpar", ())):
        return True
    return any(holds(child, around) for child in node.children)


def wrapped(node: cst.BaseExpression) -> cst.BaseExpression:
    """Return an expression with at least one pair of parentheses around it."""
    if Around(node):
        return node
    return node.with_changes(lpar=[cst.LeftParen(), *node.lpar], rpar=[*node.rpar, cst.RightParen()])


def put_around(around: Around, node: cst.BaseExpression) -> cst.BaseExpression:
    """Return an expression with further pairs of parentheses around it."""
    return node.with_changes(lpar=[*around.left, *node.lpar], rpar=[*node.rpar, *around.right])


def sole_argument(call: cst.Call) -> cst.Call:
    """Let a generator expression that is the only argument share the parentheses of the call."""
    if len(call.args) != 1:
        return call
    (argument,) = call.args
    value = argument.value
    alone = argument.keyword is None and not argument.star and not isinstance(argument.comma, cst.Comma)
    if not (alone and isinstance(value, cst.GeneratorExp) and len(value.lpar) == 1):
        return call
    if isinstance(value.lpar[0].whitespace_after, cst.ParenthesizedWhitespace) or isinstance(
        value.rpar[0].whitespace_before, cst.ParenthesizedWhitespace
    ):
        return call
    return call.with_changes(args=[argument.with_changes(value=value.with_changes(lpar=[], rpar=[]))])
