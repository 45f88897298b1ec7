"""Reaching assignments: the one statement that surely gave a name the value that it has at a place."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.semantic.scopes import How

if TYPE_CHECKING:
    from perffix.semantic.model import SemanticModel
    from perffix.semantic.scopes import Assignment, Binding

_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_BLOCKS = ("body", "orelse", "finalbody")


def reaching_assignment(place: ast.stmt, binding: Binding, model: SemanticModel) -> Assignment | None:
    """Return the assignment whose value a name has whenever control comes to a statement, or None.

    It stands before the statement in its block or in a block around it, on every way there, and no other assignment
    comes between the two. Where branches, handlers or turns of a loop may have assigned too, the answer is None.
    """
    given = (each for each in binding.assignments if each.how is not How.PARAMETER)  # these come first, in any case
    if any(model.scopes.scope_of(each.node) is not binding.scope for each in given):
        return None
    child: ast.AST = place
    for parent in model.ancestors(place):
        for before in reversed(_before(child, parent)):
            inside = _assigned_in(before, binding)
            if inside:
                found = inside[0]
                plain = isinstance(before, (ast.Assign, ast.AnnAssign)) and found.statement is before
                return found if plain and len(inside) == 1 and found.value is not None else None
        if parent is binding.scope.node or _may_assign(parent, child, binding):
            return None
        child = parent
    return None


def _before(child: ast.AST, parent: ast.AST) -> list[ast.stmt]:
    """Return the statements that run before a statement in its block."""
    for field in _BLOCKS:
        block = getattr(parent, field, None)
        if isinstance(block, list) and child in block:
            return block[: block.index(child)]
    return []


def _assigned_in(statement: ast.AST, binding: Binding) -> list[Assignment]:
    first, last = getattr(statement, "lineno", 0), getattr(statement, "end_lineno", 0)
    return [each for each in binding.assignments if first <= getattr(each.node, "lineno", 0) <= last]


def _may_assign(parent: ast.AST, child: ast.AST, binding: Binding) -> bool:
    """Tell whether a compound statement may have assigned to the name before control came to one of its blocks."""
    inside = _assigned_in(parent, binding)
    if isinstance(parent, _LOOPS):
        return bool(inside)  # in an earlier turn, or as its variable
    if isinstance(parent, ast.If):
        return bool(_assigned_in(parent.test, binding))
    return any(getattr(each.node, "lineno", 0) <= getattr(child, "lineno", 0) for each in inside)
