"""Local values: where one that a loop works on begins, what touches it, and who else may look at it."""

from __future__ import annotations

import ast
import builtins
from typing import TYPE_CHECKING

from perffix.semantic.places import block_of, is_within
from perffix.semantic.scopes import How
from perffix.semantic.walk import ScopeKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.semantic.scopes import Assignment, Binding, ScopeTable

_DYNAMIC = ("locals", "vars", "eval", "exec", "dir")


class LocalTable:
    """Answers about the values of local names in one module."""

    def __init__(self, parents: dict[ast.AST, ast.AST], scopes: ScopeTable) -> None:
        self._parents = parents
        self._scopes = scopes

    def start_of(self, binding: Binding, loop: ast.stmt) -> Assignment | None:
        """Return the assignment `x = value` that a loop starts from.

        It stands before the loop in the same block, nothing between the two touches the name, and it gives the value
        to this name alone.
        """
        block = block_of(loop, self._parents)
        before = block[: block.index(loop)]
        for assignment in reversed(binding.assignments):
            if assignment.statement in before:
                break
        else:
            return None
        statement = assignment.statement
        between = before[before.index(statement) + 1 :]
        if any(self.touches(binding, each) for each in between):
            return None
        if assignment.how is How.ASSIGNED:
            assert isinstance(statement, ast.Assign)
            return assignment if len(statement.targets) == 1 else None
        return assignment if assignment.how is How.ANNOTATED and assignment.value is not None else None

    def touches(self, binding: Binding, region: ast.AST) -> bool:
        """Tell whether the name is read, given a value or deleted anywhere in a statement."""
        return any(True for _ in self.places_in(binding, region))

    def places_in(self, binding: Binding, region: ast.AST) -> Iterator[ast.AST]:
        """Yield the nodes in a statement that read the name, give it a value or delete it."""
        for node in (*binding.uses, *(each.node for each in binding.assignments)):
            if is_within(node, (region,), self._parents):
                yield node

    def is_seen_dynamically(self, node: ast.AST) -> bool:
        """Tell whether code around a node looks at its local names as data: `locals()`, `eval()` and their kind."""
        scope = self._scopes.scope_of(node)
        pending = [scope]
        while pending:
            scope = pending.pop()
            if any(name in scope.names for name in _DYNAMIC):
                return True
            pending.extend(self._scopes.children_of(scope))
        return False

    def is_bound_before(self, binding: Binding, statement: ast.stmt) -> bool:
        """Tell whether a name surely has a value when a statement starts: it is a parameter, or assigned further up."""
        if any(each.how is How.DELETED for each in binding.assignments):
            return False
        plain = (ast.Assign, ast.AnnAssign)
        given = {
            each.statement
            for each in binding.assignments
            if isinstance(each.statement, plain) and each.value is not None
        }
        child: ast.AST = statement
        parent = self._parents.get(statement)
        while parent is not None:
            block = block_of(child, self._parents)
            before = block[: block.index(child)] if isinstance(child, ast.stmt) else []  # handlers stand in no block
            if any(each in given for each in before):
                return True
            if parent is binding.scope.node:
                break
            child, parent = parent, self._parents.get(parent)
        return any(each.how is How.PARAMETER for each in binding.assignments)

    def unused_name(self, *candidates: str) -> str | None:
        """Return the first name that no code of the module binds or reads, so that new code may use it."""
        for name in candidates:
            if not any(name in scope.names for scope in self._scopes.all) and not hasattr(builtins, name):
                return name
        return None

    def is_used_by_functions(self, binding: Binding) -> bool:
        """Tell whether a nested function, class or lambda uses the name; comprehensions are part of their function."""
        given = (each.node for each in binding.assignments if each.how is not How.PARAMETER)
        for node in (*binding.uses, *given):
            scope = self._scopes.scope_of(node)
            while scope is not binding.scope and scope.parent is not None:
                if scope.kind is not ScopeKind.COMPREHENSION:
                    return True
                scope = scope.parent
        return False
