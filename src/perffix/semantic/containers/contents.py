"""Contents: what is certain about the elements of a container that is filled after it was made."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.semantic.uses import UseKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from perffix.semantic.scopes import Binding
    from perffix.semantic.types import Type
    from perffix.semantic.uses import Use, UseTable

_ADDS_LAST_ARGUMENT = ("append", "add", "appendleft", "insert")
_ADDS_ELEMENTS_OF = ("extend", "extendleft", "update")
_ADDS_NOTHING = (
    *("pop", "popleft", "remove", "discard", "clear", "sort", "reverse", "rotate", "popitem"),
    *("copy", "count", "index", "get", "keys", "values", "items"),
)
_HARMLESS = {
    *(UseKind.INDEX, UseKind.INDEX_DELETE, UseKind.SLICE, UseKind.ITERATED, UseKind.CONTAINER, UseKind.TRUTH),
    *(UseKind.COMPARED, UseKind.OPERAND, UseKind.FORMATTED, UseKind.BORROWED, UseKind.RETURNED, UseKind.DISCARDED),
}


def added_types(
    binding: Binding, uses: UseTable, type_of: Callable[[ast.expr], Type | None]
) -> list[Type | None] | None:
    """Return the types of all elements that the uses of a list or set of this module's own add to it.

    Returns:
        A list of types with None for an element of unknown type, or None when elements may come from elsewhere:
        the container is visible to other code, or is used in a way that is not understood.
    """
    if not binding.is_local:
        return None
    found: list[Type | None] = []
    for use in uses.uses_of(binding):
        if use.kind in _HARMLESS:
            continue
        if use.kind is not UseKind.METHOD or not isinstance(use.user, ast.Call):
            return None
        added = _added_by(use, use.user, type_of)
        if added is None:
            return None
        found.extend(added)
    for augmented in _augmented_values(binding):
        whole = type_of(augmented)
        found.append(None if whole is None else whole.element)
    return found


def _added_by(use: Use, call: ast.Call, type_of: Callable[[ast.expr], Type | None]) -> list[Type | None] | None:
    if use.detail in _ADDS_NOTHING:
        return []
    if not call.args or call.keywords or isinstance(call.args[-1], ast.Starred):
        return None
    if use.detail in _ADDS_LAST_ARGUMENT:
        return [type_of(call.args[-1])]
    if use.detail in _ADDS_ELEMENTS_OF:
        elements = []
        for argument in call.args:
            whole = type_of(argument)
            elements.append(None if whole is None else whole.element)
        return elements
    return None


def _augmented_values(binding: Binding) -> Iterator[ast.expr]:
    for assignment in binding.assignments:
        if isinstance(assignment.statement, ast.AugAssign):
            yield assignment.statement.value
