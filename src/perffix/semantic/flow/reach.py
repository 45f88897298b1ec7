"""Reach: the assignments whose values a name may have at a place."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.semantic.flow.definitions import FUNCTIONS
from perffix.semantic.scopes import How

if TYPE_CHECKING:
    from perffix.semantic.flow.control import Body, ControlFlow, Node
    from perffix.semantic.model import SemanticModel
    from perffix.semantic.scopes import Assignment, Binding


def body_of(place: ast.AST, model: SemanticModel) -> Body | None:
    """Return the function, class or module whose statements a place is among; lambdas are part of theirs."""
    child: ast.AST = place
    for each in model.ancestors(place):
        if isinstance(each, (*FUNCTIONS, ast.ClassDef)) and isinstance(child, ast.stmt):
            return each
        if isinstance(each, ast.Module):
            return each
        child = each
    return None


def body_around(place: ast.AST, binding: Binding, model: SemanticModel) -> Body | None:
    """Return the body that a name is used in, None when the name is not that body's own."""
    body = body_of(place, model)
    return body if body is not None and body is binding.scope.node else None


def flow_around(place: ast.AST, binding: Binding, model: SemanticModel) -> ControlFlow | None:
    """Return the control flow of the body that a name is used in, None when the name is not that body's own."""
    body = body_around(place, binding, model)
    return None if body is None else model.flow.control_of(body)


def assignments_before(place: ast.expr, binding: Binding, model: SemanticModel) -> tuple[Assignment, ...]:
    """Return the assignments that may have given a name the value that it has where it is used.

    All of them for a name of an outer function or of the module used in a function, and for attributes.
    """
    flow = None if binding.is_attribute else flow_around(place, binding, model)
    start = None if flow is None else flow.node_of(place)
    if flow is None or start is None:
        return binding.assignments
    giving: dict[Node, list[Assignment]] = {}
    for each in binding.assignments:
        node = flow.node_of(each.node)
        if node is not None and each.how is not How.PARAMETER:
            giving.setdefault(node, []).append(each)
    if any(each.how is How.WALRUS for each in giving.get(start, ())):
        return binding.assignments
    growing = {node for node, given in giving.items() if all(each.how is How.AUGMENTED for each in given)}
    met, entered = flow.before(start, giving, lambda _: False, growing)
    found = [each for node in met for each in giving[node]]
    if entered:
        found += [each for each in binding.assignments if each.how is How.PARAMETER]
    return tuple(found)
