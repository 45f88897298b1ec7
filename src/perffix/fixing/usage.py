"""What a module does with a name: whether anything uses it, whether anything else is called so."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.model import Import

_TYPE_COMMENT = re.compile(r"#\s*type:(.*)")


def is_used(tree: ast.Module, text: str, name: str) -> bool:
    """Tell whether a name may be used anywhere in a module.

    A string other than a docstring counts when it holds the name as a word, for it may be an annotation, an entry
    of `__all__` or a name that is looked up; so does a type comment.
    """
    word = re.compile(rf"\b{re.escape(name)}\b")
    docstrings = set(_docstrings(tree))
    if any(word.search(match[1]) for match in _TYPE_COMMENT.finditer(text)):
        return True
    return any(_uses(node, name, word) for node in ast.walk(tree) if id(node) not in docstrings)


def _uses(node: ast.AST, name: str, word: re.Pattern[str]) -> bool:
    if isinstance(node, ast.Name):
        return node.id == name
    if isinstance(node, (ast.Global, ast.Nonlocal)):
        return name in node.names
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and bool(word.search(node.value))


def _docstrings(tree: ast.Module) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield id(node.value)


def bound_name(alias: ast.alias, *, whole: bool) -> str:
    """Return the name that an import binds; `whole` for `from m import n`, else only the first part of a module."""
    return alias.asname or (alias.name if whole else alias.name.partition(".")[0])


def is_taken(tree: ast.Module, wanted: Import) -> bool:
    """Tell whether the name that an import would bind is bound to something else in any scope of the module."""
    name = wanted.name or wanted.module.partition(".")[0]
    return any(name in _bound(node, wanted) for node in ast.walk(tree))


def _bound(node: ast.AST, wanted: Import) -> Iterator[str]:
    if isinstance(node, ast.Name):
        if not isinstance(node.ctx, ast.Load):
            yield node.id
    elif isinstance(node, ast.arg):
        yield node.arg
    elif isinstance(
        node,
        (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.ExceptHandler, ast.MatchAs, ast.MatchStar),
    ):
        yield node.name or ""
    elif isinstance(node, ast.MatchMapping):
        yield node.rest or ""
    elif isinstance(node, (ast.Import, ast.ImportFrom)) and not provides(node, wanted):
        for alias in node.names:
            yield bound_name(alias, whole=isinstance(node, ast.ImportFrom))


def provides(node: ast.stmt, wanted: Import) -> bool:
    """Tell whether a statement binds what an import would bind."""
    if isinstance(node, ast.ImportFrom):
        found = node.module == wanted.module and not node.level
        return found and any(alias.name == wanted.name == bound_name(alias, whole=True) for alias in node.names)
    if not isinstance(node, ast.Import) or wanted.name is not None:
        return False
    for alias in node.names:
        if alias.asname in (None, wanted.module) and alias.name == wanted.module:
            return True
        if alias.asname is None and "." not in wanted.module and alias.name.startswith(f"{wanted.module}."):
            return True
    return False


def is_imported(tree: ast.Module, wanted: Import, before: int) -> bool:
    """Tell whether the module itself, or a `try` in it, makes the import above a line."""
    for node in tree.body:
        if node.lineno >= before:
            return False
        if provides(node, wanted):
            return True
        if isinstance(node, ast.Try) and any(provides(inner, wanted) for inner in node.body):
            return True
    return False
