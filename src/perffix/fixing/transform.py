"""One pass over a module that carries out the edits of several fixes."""

# libcst names the methods of visitors after its nodes.
# ruff: noqa: N802

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

import libcst as cst

from perffix.fixing import arguments, parentheses, statements

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perffix.fixing.bridge import Bridge
    from perffix.fixing.build import NewArgument
    from perffix.fixing.pieces import Statement
    from perffix.fixing.statements import Change


class Edits:
    """The edits of one pass, by the identity of the node of libcst that each is about.

    Attributes:
        expressions: what stands in the place of an expression, a starred argument or a slice.
        tuples: what stands between the square brackets of a subscript in the place of a tuple.
        wrapped: the keys of those expressions that need parentheses around what replaces them.
        statements: what becomes of statements.
        decorators: what is put above the decorators of a function or class.
        arguments: what becomes of keyword arguments of a call.
        lines: the lines on which the targets begin.
    """

    def __init__(self) -> None:
        self.lines: set[int] = set()
        self.expressions: dict[int, cst.CSTNode] = {}
        self.tuples: dict[int, cst.BaseExpression] = {}
        self.wrapped: frozenset[int] = frozenset()
        self.statements: dict[int, Change] = {}
        self.decorators: dict[int, Sequence[cst.Decorator]] = {}
        self.arguments: dict[int, Sequence[NewArgument]] = {}


def transformed(module: cst.Module, bridge: Bridge, edits: Edits) -> cst.Module:
    """Return the module after the edits; raises `CSTValidationError` when they do not fit their places."""
    return module.visit(_Transformer(bridge, edits))


class _Transformer(cst.CSTTransformer):
    def __init__(self, bridge: Bridge, edits: Edits) -> None:
        super().__init__()
        self._bridge = bridge
        self._edits = edits
        self._lines = sorted(edits.lines)

    def on_visit(self, node: cst.CSTNode) -> bool:
        """Pass over statements without a target, which are nearly all: visiting is what costs most."""
        if not isinstance(node, cst.BaseStatement):
            return True
        first, last = self._bridge.lines_of(node)
        position = bisect_left(self._lines, first)
        return position < len(self._lines) and self._lines[position] <= last

    def on_leave(  # type: ignore[override]  # a node may become one of another class
        self, original_node: cst.CSTNode, updated_node: cst.CSTNode
    ) -> cst.CSTNode | cst.RemovalSentinel | cst.FlattenSentinel[cst.CSTNode]:
        key = id(original_node)
        if key in self._edits.expressions:
            new = self._edits.expressions[key]
            return in_place(original_node, updated_node, new, wrap=key in self._edits.wrapped)
        return super().on_leave(original_node, updated_node)

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.Call:
        if len(original_node.args) == 1:
            value = original_node.args[0].value
            if id(value) in self._edits.expressions and not isinstance(value, cst.GeneratorExp):
                updated_node = parentheses.sole_argument(updated_node)
        return arguments.with_arguments(updated_node, self._edits.arguments.get(id(original_node), ()))

    def leave_Subscript(self, original_node: cst.Subscript, updated_node: cst.Subscript) -> cst.Subscript:
        new = self._edits.tuples.get(id(original_node))
        if new is None:
            return updated_node
        if not isinstance(new, cst.Tuple) or new.lpar:
            return updated_node.with_changes(slice=[cst.SubscriptElement(cst.Index(new))])
        elements = [
            cst.SubscriptElement(
                cst.Index(element.value, star="*" if isinstance(element, cst.StarredElement) else None),
                comma=element.comma,
            )
            for element in new.elements
        ]
        return updated_node.with_changes(slice=elements)

    def leave_Module(self, original_node: cst.Module, updated_node: cst.Module) -> cst.Module:
        body, left_over = statements.changed_body(original_node.body, updated_node.body, self._edits.statements)
        return updated_node.with_changes(body=body, footer=[*left_over, *updated_node.footer])

    def leave_IndentedBlock(
        self, original_node: cst.IndentedBlock, updated_node: cst.IndentedBlock
    ) -> cst.IndentedBlock:
        body, left_over = statements.changed_body(original_node.body, updated_node.body, self._edits.statements)
        if not body:
            nothing = cst.SimpleStatementLine([cst.Pass()], leading_lines=left_over)
            return updated_node.with_changes(body=[nothing])
        return updated_node.with_changes(body=body, footer=[*left_over, *updated_node.footer])

    def leave_SimpleStatementSuite(
        self, original_node: cst.SimpleStatementSuite, updated_node: cst.SimpleStatementSuite
    ) -> cst.BaseSuite:
        if not any(id(small) in self._edits.statements for small in original_node.body):
            return updated_node
        return statements.changed_suite(original_node, updated_node, self._edits.statements)

    def leave_If(self, original_node: cst.If, updated_node: cst.If) -> cst.If:
        old, now = original_node.orelse, updated_node.orelse
        if not isinstance(old, cst.If) or not isinstance(now, cst.If) or id(old) not in self._edits.statements:
            return updated_node
        return updated_node.with_changes(orelse=_instead_of_elif(now, self._edits.statements[id(old)]))

    def leave_FunctionDef(self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef) -> cst.FunctionDef:
        new = self._edits.decorators.get(id(original_node), ())
        return updated_node.with_changes(decorators=[*new, *updated_node.decorators])

    def leave_ClassDef(self, original_node: cst.ClassDef, updated_node: cst.ClassDef) -> cst.ClassDef:
        new = self._edits.decorators.get(id(original_node), ())
        return updated_node.with_changes(decorators=[*new, *updated_node.decorators])


def _instead_of_elif(branch: cst.If, change: Change) -> cst.If | cst.Else | None:
    """Return what an `elif` becomes: another `elif`, an `else` with a block, or nothing."""
    alone = branch.with_changes(leading_lines=[])
    middle = [alone] if change.instead is None else change.instead
    body: list[Statement] = [*change.before, *middle, *change.after]
    if not body:
        return None
    if len(body) == 1 and isinstance(body[0], cst.If):
        return body[0].with_changes(leading_lines=[*branch.leading_lines, *body[0].leading_lines])
    return cst.Else(cst.IndentedBlock(body), leading_lines=branch.leading_lines)


def in_place(original: cst.CSTNode, updated: cst.CSTNode, new: cst.CSTNode, *, wrap: bool) -> cst.CSTNode:
    """Return the new node as its place needs it, with the parentheses of the old one.

    Parentheses that only served an operator go when a call, a name or the like takes its place.
    """
    if new is original:
        return updated
    if isinstance(original, (cst.Arg, cst.Index)):
        if isinstance(new, cst.BaseExpression):
            return updated.with_changes(star="", value=new)
        return updated.with_changes(star="*", value=new.value)  # type: ignore[attr-defined]
    if isinstance(original, cst.StarredElement):
        if isinstance(new, (cst.Arg, cst.Index, cst.StarredElement)):
            return updated.with_changes(value=new.value)
        assert isinstance(new, cst.BaseExpression)
        return cst.Element(new, comma=original.comma)
    if isinstance(original, cst.Slice):
        return cst.Index(new) if isinstance(new, cst.BaseExpression) else new
    assert isinstance(original, cst.BaseExpression)
    if not isinstance(new, cst.BaseExpression):
        return new
    around = parentheses.Around(original)
    new = parentheses.bare(new)
    if around and parentheses.holds(new, around):
        return new
    if wrap and not around:
        return parentheses.wrapped(new)
    needless = not parentheses.is_atom(original) and parentheses.is_atom(new) and not around.holds_lines
    return new if needless and not wrap else parentheses.put_around(around, new)
