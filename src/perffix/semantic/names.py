"""Canonical names: what `md5` is after `from hashlib import md5`, and whether `list` is still the builtin."""

from __future__ import annotations

import ast
import builtins
from typing import TYPE_CHECKING

from perffix.semantic.scopes import How

if TYPE_CHECKING:
    from perffix.semantic.scopes import Assignment, Binding, ScopeTable

_BUILTINS = frozenset(dir(builtins))
_DEPTH = 5  # how many assignments `a = b` are followed


class NameTable:
    """Resolves expressions to the dotted names under which the rest of the world knows them.

    Attributes:
        has_star_import: some `from ... import *` stands in the module; then no name is surely a builtin.
    """

    def __init__(self, scopes: ScopeTable, *, has_star_import: bool) -> None:
        self._scopes = scopes
        self.has_star_import = has_star_import

    def qualified_name(self, expr: ast.expr) -> str | None:
        """Return the canonical dotted name of a name or attribute chain, or None when it is not known.

        `md5` after `from hashlib import md5` is `hashlib.md5`; `np.array` after `import numpy as np` is
        `numpy.array`; an unshadowed builtin is `builtins.list`; names from relative imports keep their leading
        dots. A name assigned once from another is followed. A name with several different meanings has none.
        """
        return self._resolve(expr, _DEPTH)

    def meaning_of(self, binding: Binding) -> str | None:
        """Return the canonical name of what a binding stands for, when all its assignments agree on one."""
        return self._of_binding(binding, _DEPTH)

    def is_builtin(self, expr: ast.expr, *names: str) -> bool:
        """Tell whether an expression is one of these builtins, unshadowed."""
        return isinstance(expr, ast.Name) and expr.id in names and self.qualified_name(expr) == f"builtins.{expr.id}"

    def definition_of(self, expr: ast.expr) -> ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | None:
        """Return the function or class of this module that a name stands for, if it has no other meaning."""
        if not isinstance(expr, ast.Name):
            return None
        binding = self._scopes.binding_of(expr)
        if binding is None or binding.single is None:
            return None
        node = binding.single.node
        return node if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) else None

    def method_of_self(self, func: ast.expr) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
        """Return the method of this class that `self.method` stands for, if the class defines it once.

        A subclass may override it: facts read from its body hold for the class as written.
        """
        if not isinstance(func, ast.Attribute):
            return None
        binding = self._scopes.field_of(func)
        if binding is None or binding.single is None:
            return None
        node = binding.single.node
        return node if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) else None

    def _resolve(self, expr: ast.expr, depth: int) -> str | None:
        if isinstance(expr, ast.Attribute):
            base = self._resolve(expr.value, depth)
            return None if base is None else f"{base}.{expr.attr}"
        if not isinstance(expr, ast.Name) or depth == 0:
            return None
        binding = self._scopes.binding_of(expr)
        if binding is None:
            if self.has_star_import or expr.id not in _BUILTINS:
                return None
            return f"builtins.{expr.id}"
        return self._of_binding(binding, depth)

    def _of_binding(self, binding: Binding, depth: int) -> str | None:
        meanings = {self._of_assignment(assignment, depth) for assignment in binding.assignments}
        return meanings.pop() if len(meanings) == 1 else None

    def _of_assignment(self, assignment: Assignment, depth: int) -> str | None:
        if assignment.how is How.IMPORTED:
            return _imported_name(assignment)
        if assignment.how is How.ASSIGNED and isinstance(assignment.value, (ast.Name, ast.Attribute)):
            return self._resolve(assignment.value, depth - 1)
        return None


def _imported_name(assignment: Assignment) -> str | None:
    alias, statement = assignment.node, assignment.statement
    if not isinstance(alias, ast.alias):
        return None
    if isinstance(statement, ast.ImportFrom):
        module = "." * statement.level + (statement.module or "")
        return f"{module}.{alias.name}" if statement.module else f"{module}{alias.name}"
    return alias.name if alias.asname else alias.name.partition(".")[0]
