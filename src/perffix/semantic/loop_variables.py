"""Loop variables: what a `for` binds, and whether anybody but its body needs it.

A comprehension keeps its variables to itself, so a loop may only become one when nothing else reads them.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.semantic.scopes import How

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.semantic.model import SemanticModel
    from perffix.semantic.scopes import Binding

_READING = (How.DELETED, How.AUGMENTED)  # they need the old value


def target_names(target: ast.expr) -> list[ast.Name] | None:
    """Return the names that a loop target binds; None when it also binds attributes or items."""
    if isinstance(target, ast.Name):
        return [target]
    if isinstance(target, ast.Starred):
        return target_names(target.value)
    if not isinstance(target, (ast.Tuple, ast.List)):
        return None
    found: list[ast.Name] = []
    for each in target.elts:
        inner = target_names(each)
        if inner is None:
            return None
        found.extend(inner)
    return found


def are_private(loop: ast.For | ast.AsyncFor, model: SemanticModel) -> bool:
    """Tell whether the variables of a loop are certainly used by nothing but its body; see `LivenessTable`."""
    names = target_names(loop.target)
    return names is not None and not any(model.liveness.may_outlive(name, loop) for name in names)


def is_run_at_once(comprehension: ast.AST, model: SemanticModel) -> bool:
    """Tell whether a comprehension is used up right where it stands; see `LivenessTable`."""
    return model.liveness.is_used_up_at_once(comprehension)


def reads_of(binding: Binding) -> Iterator[ast.AST]:
    """Yield all places that need the value of a name: uses, augmented assignments and deletions."""
    yield from binding.uses
    for assignment in binding.assignments:
        if assignment.how in _READING:
            yield assignment.node
