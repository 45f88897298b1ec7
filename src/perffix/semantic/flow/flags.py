"""Flags: names that are true at first and that a loop puts out at the first element that does harm."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from perffix.semantic.model import SemanticModel
    from perffix.semantic.scopes import Binding


def is_flag_of_elements(
    flag: ast.Name,
    model: SemanticModel,
    is_subject: Callable[[ast.expr], bool],
    admits: Callable[[ast.expr, Callable[[ast.expr], bool]], bool],
) -> bool:
    """Tell whether a name is only true when a loop over the subject met nothing but harmless elements.

    Args:
        flag: the name: `ok = True`, then `for x in xs: if not isinstance(x, int): ok = False`.
        model: the module.
        is_subject: tells whether an expression is what the elements belong to.
        admits: tells whether only harmless values of a subject come past a test that leads elsewhere.
    """
    binding = model.scopes.binding_of(flag)
    given = () if binding is None else binding.assignments
    values = [each.value.value if isinstance(each.value, ast.Constant) else None for each in given]
    if values.count(True) != 1 or not all(isinstance(each, bool) for each in values):
        return False
    first = given[values.index(True)].statement
    for each in given:
        test = model.parent(each.statement)
        loop = None if test is None else model.parent(test)
        if not isinstance(test, ast.If) or not isinstance(loop, ast.For) or each.statement not in test.body:
            continue
        block = model.block_of(loop)
        if first not in block[: block.index(loop)] or loop.body[0] is not test or not is_subject(loop.iter):
            continue
        element = model.scopes.binding_of(loop.target) if isinstance(loop.target, ast.Name) else None
        if element is not None and admits(test.test, _same(element, model)):
            return True
    return False


def _same(element: Binding, model: SemanticModel) -> Callable[[ast.expr], bool]:
    return lambda expr: isinstance(expr, ast.Name) and model.scopes.binding_of(expr) is element
