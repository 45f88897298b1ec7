"""Places: where a node stands in the tree of its module."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

_BLOCKS = ("body", "handlers", "orelse", "finalbody", "cases")


def ancestors(node: ast.AST, parents: Mapping[ast.AST, ast.AST]) -> Iterator[ast.AST]:
    """Yield the nodes around a node, from the inside out, up to the module."""
    parent = parents.get(node)
    while parent is not None:
        yield parent
        parent = parents.get(parent)


def is_within(node: ast.AST, roots: Collection[ast.AST], parents: Mapping[ast.AST, ast.AST]) -> bool:
    """Tell whether a node is one of some others or lies below it."""
    return node in roots or any(each in roots for each in ancestors(node, parents))


def block_of(statement: ast.AST, parents: Mapping[ast.AST, ast.AST]) -> list[ast.stmt]:
    """Return the list of statements that a statement is one of; empty for anything else."""
    parent = parents.get(statement)
    for field in _BLOCKS:
        block = getattr(parent, field, None)
        if isinstance(block, list) and statement in block and isinstance(statement, ast.stmt):
            return block
    return []


def header_lines(statement: ast.stmt) -> tuple[int, int]:
    """Return the first and last line of a statement; of a compound one, of its header alone."""
    first = statement.lineno
    decorators = getattr(statement, "decorator_list", None)
    if decorators:
        first = decorators[0].lineno
    body = getattr(statement, "body", None) or getattr(statement, "cases", None)
    last = statement.end_lineno or statement.lineno
    if isinstance(body, list) and body:
        inner = getattr(body[0], "lineno", None) or body[0].pattern.lineno
        last = max(statement.lineno, inner - 1, *_header_ends(statement)) if inner > statement.lineno else inner
    return first, last


def _header_ends(statement: ast.stmt) -> Iterator[int]:
    """Yield the last lines of the expressions in a compound statement's header."""
    for field in statement._fields:
        if field in _BLOCKS or field == "decorator_list":
            continue
        value = getattr(statement, field, None)
        for part in value if isinstance(value, list) else (value,):
            end = getattr(part, "end_lineno", None)
            if end is not None:
                yield end
