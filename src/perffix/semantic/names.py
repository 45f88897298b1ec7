"""Canonical names: what `md5` is after `from hashlib import md5`, and whether `list` is still the builtin."""

from __future__ import annotations

import ast
import builtins
from functools import cache, cached_property
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
        self._meanings: dict[Binding, str | None] = {}
        self._leading: dict[frozenset[str], set[str]] = {}
        self.has_star_import = has_star_import

    def qualified_name(self, expr: ast.expr) -> str | None:
        """Return the canonical dotted name of a name or attribute chain, or None when it is not known.

        `md5` after `from hashlib import md5` is `hashlib.md5`; `np.array` after `import numpy as np` is
        `numpy.array`; an unshadowed builtin is `builtins.list`; names from relative imports keep their leading
        dots. A name assigned once from another is followed. A name with several different meanings has none.
        """
        return self._resolve(expr, _DEPTH)

    def leading_to(self, known: frozenset[str]) -> set[str]:
        """Return the names with which an expression may begin that stands for some dotted names or what is in them.

        Whatever the scope: who begins with no such name has no qualified name like that.
        """
        found = self._leading.get(known)
        if found is None:
            ways = _ways_to(known)
            found = self._leading[known] = set(_builtins_among(known))
            for root in self._imported.keys() & ways:
                found.update(
                    name for name, meaning in self._imported[root] if meaning in ways or _lies_in(meaning, known)
                )
            pending = list(found)
            for name in pending:  # grows while it is walked
                others = self._renamed.get(name, set()) - found
                found |= others
                pending += others
        return found

    @cached_property
    def _renamed(self) -> dict[str, set[str]]:
        """The names that assignments give to what begins with a name: of `a = b.c`, `a` under `b`."""
        found: dict[str, set[str]] = {}
        for renaming in self._scopes.renamings:
            root = root_of(renaming.value)
            if root is not None:
                names = (each.id for each in renaming.targets if isinstance(each, ast.Name))
                found.setdefault(root, set()).update(names)
        return found

    @cached_property
    def _imported(self) -> dict[str, list[tuple[str, str]]]:
        """The names that imports of any scope give, with what they stand for, by the first part of that."""
        found: dict[str, list[tuple[str, str]]] = {}
        for statement in self._scopes.imports:
            for alias in statement.names:
                meaning = _imported_name(alias, statement)
                name = alias.asname or alias.name.partition(".")[0]
                found.setdefault(meaning.partition(".")[0], []).append((name, meaning))
        return found

    def meaning_of(self, binding: Binding) -> str | None:
        """Return the canonical name of what a binding stands for, when all its assignments agree on one."""
        if binding not in self._meanings:
            self._meanings[binding] = self._of_binding(binding, _DEPTH)
        return self._meanings[binding]

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
        return self.meaning_of(binding) if depth == _DEPTH else self._of_binding(binding, depth)

    def _of_binding(self, binding: Binding, depth: int) -> str | None:
        found: str | None = None
        for assignment in binding.assignments:
            meaning = self._of_assignment(assignment, depth)
            if meaning is None or (found is not None and meaning != found):
                return None
            found = meaning
        return found

    def _of_assignment(self, assignment: Assignment, depth: int) -> str | None:
        if assignment.how is How.IMPORTED and isinstance(assignment.node, ast.alias):
            return _imported_name(assignment.node, assignment.statement)
        if assignment.how is How.ASSIGNED and isinstance(assignment.value, (ast.Name, ast.Attribute)):
            return self._resolve(assignment.value, depth - 1)
        return None


def root_of(expr: ast.expr) -> str | None:
    """Return the name that a chain of attributes begins with; None when it begins with something else."""
    while isinstance(expr, ast.Attribute):
        expr = expr.value
    return expr.id if isinstance(expr, ast.Name) else None


@cache
def _ways_to(known: frozenset[str]) -> frozenset[str]:
    """Return some dotted names and the classes, modules and packages that they lie in."""
    parts = [name.split(".") for name in known]
    return frozenset(".".join(each[:end]) for each in parts for end in range(1, len(each) + 1))


@cache
def _builtins_among(known: frozenset[str]) -> frozenset[str]:
    """Return the bare names of the builtins among some dotted names."""
    return frozenset(each[9:] for each in known if each.startswith("builtins."))


def _lies_in(name: str, known: frozenset[str]) -> bool:
    """Tell whether a dotted name lies in what one of some others stands for."""
    while name:
        name = name.rpartition(".")[0]
        if name in known:
            return True
    return False


def _imported_name(alias: ast.alias, statement: ast.AST) -> str:
    """Return the dotted name of what an import gives a name."""
    if isinstance(statement, ast.ImportFrom):
        module = "." * statement.level + (statement.module or "")
        return f"{module}.{alias.name}" if statement.module else f"{module}{alias.name}"
    return alias.name if alias.asname else alias.name.partition(".")[0]
