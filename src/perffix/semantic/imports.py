"""Imports: how new code can name a library's function, and what has to be imported for it."""

from __future__ import annotations

import ast
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from perffix.model import Applicability, Import
from perffix.semantic.scopes import How

if TYPE_CHECKING:
    from perffix.semantic.names import NameTable
    from perffix.semantic.scopes import Binding, ScopeTable


class Spelling(NamedTuple):
    """How a qualified name can be written at one place.

    Attributes:
        text: the expression, `deque` or `collections.deque` or `c.deque`.
        adds: the import that must be added first, or None when one is there.
        applicability: SAFE, or UNSAFE when the new module-level name could be noticed from outside.
    """

    text: str
    adds: Import | None
    applicability: Applicability


class ImportTable:
    """Answers about imports in one module."""

    def __init__(self, tree: ast.Module, scopes: ScopeTable, names: NameTable) -> None:
        self._tree = tree
        self._scopes = scopes
        self._names = names

    def spelling_of(self, module: str, name: str | None, at: ast.AST) -> Spelling | None:
        """Return how `module.name` (or the module itself) can be written at a node, or None when it cannot safely.

        An import of the module's top level is used as it is. Otherwise a new one is proposed, unless its name is
        bound anywhere in the module: a local of that name would hide it, and rebinding it would break other code.
        """
        scope = self._scopes.scope_of(at)
        target = module if name is None else f"{module}.{name}"
        for binding in self._top_level_imports():
            imported = self._meaning(binding)
            if imported is None or self._scopes.lookup(binding.name, scope) is not binding:
                continue
            if imported == target:
                return Spelling(binding.name, None, Applicability.SAFE)
            if target.startswith(f"{imported}.") and imported == module:
                return Spelling(f"{binding.name}.{name}", None, Applicability.SAFE)
        new = (name or module).partition(".")[0]
        if self._scopes.is_bound_anywhere(new) or self._names.has_star_import or self._is_used(new):
            return None
        adds = Import(module, name)
        return Spelling(name or module, adds, Applicability.SAFE if self._hides_names() else Applicability.UNSAFE)

    @cached_property
    def packages(self) -> frozenset[str]:
        """The top-level packages that the module imports from, in any scope; relative imports left out."""
        found: set[str] = set()
        for statement in self._scopes.imports:
            if isinstance(statement, ast.Import):
                found.update(alias.name.partition(".")[0] for alias in statement.names)
            elif not statement.level and statement.module and statement.names[0].name != "*":
                found.add(statement.module.partition(".")[0])
        return frozenset(found)

    def _is_used(self, name: str) -> bool:
        """Tell whether any code reads the name although nothing binds it (a builtin, or an injected name)."""
        return any(name in scope.names for scope in self._scopes.all)

    def _hides_names(self) -> bool:
        """Tell whether a new module-level name stays private: the module says what it exports, or imports nothing new.

        A module without `__all__` exports every public name to `import *`; one that already imports other public
        names that way does not mind one more.
        """
        if any(binding.name == "__all__" for binding in self._scopes.bindings_of_module()):
            return True
        return any(not binding.name.startswith("_") for binding in self._top_level_imports())

    def _top_level_imports(self) -> list[Binding]:
        return [
            binding
            for binding in self._scopes.bindings_of_module()
            if all(each.how is How.IMPORTED for each in binding.assignments)
            and any(each.statement in self._tree.body for each in binding.assignments)
        ]

    def _meaning(self, binding: Binding) -> str | None:
        return self._names.meaning_of(binding)
