"""Aliases: whether the object behind a name may be changed under another name.

Two names stand for different objects when their types differ, or when one of them only ever got objects that were
made on the spot. Everything else may be the same object, two parameters of one type included.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.semantic import facts
from perffix.semantic.scopes import How
from perffix.semantic.types import base_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from perffix.semantic.inference import TypeTable
    from perffix.semantic.scopes import Assignment, Binding, ScopeTable
    from perffix.semantic.types import Type


class AliasTable:
    """Answers about different names of one object in one module.

    Args:
        scopes: the module's names.
        types: the module's types.
        is_fresh: tells whether an assignment gives an object that nothing else refers to.
        makes_new_object: tells the same of an expression.
    """

    def __init__(
        self,
        scopes: ScopeTable,
        types: TypeTable,
        is_fresh: Callable[[Assignment], bool],
        makes_new_object: Callable[[ast.expr], bool],
    ) -> None:
        self._scopes = scopes
        self._types = types
        self._is_fresh = is_fresh
        self._makes_new_object = makes_new_object

    def may_be(self, expr: ast.expr, binding: Binding) -> bool:
        """Tell whether an expression may stand for the object of a name."""
        if self._differ(self._types.type_of(expr), self._types.type_of_binding(binding)):
            return False
        if self._makes_new_object(expr):
            return False
        other = self._scopes.binding_of(expr) if isinstance(expr, ast.Name) else None
        if other is None:
            return True
        return other is binding or not (self._is_made_here(other) and self.is_given_or_made_here(binding))

    def is_given_or_made_here(self, binding: Binding) -> bool:
        """Tell whether a name is a parameter or got only objects that its function made on the spot."""
        return binding.is_local and all(
            each.how is How.PARAMETER or self._is_fresh(each) for each in binding.assignments
        )

    def _is_made_here(self, binding: Binding) -> bool:
        return binding.is_local and all(self._is_fresh(each) for each in binding.assignments)

    def _differ(self, one: Type | None, other: Type | None) -> bool:
        """Tell whether no object is of both types: different builtins, or containers of different plain elements."""
        if one is None or other is None:
            return False
        known = facts.load("builtins")["types"]
        if base_name(one.name) not in known or base_name(other.name) not in known:
            return False
        if base_name(one.name) != base_name(other.name):
            return True
        pairs = list(zip(one.arguments, other.arguments, strict=False))
        return any(a is not None and b is not None and a.name != b.name for a, b in pairs)
