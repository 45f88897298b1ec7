"""Places: where a node stands in the tree of its module."""

from __future__ import annotations

import ast
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

N = TypeVar("N", bound=ast.AST)
_place = attrgetter("lineno", "col_offset")
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
    line = first = statement.lineno
    header = _HEADERS.get(statement.__class__)
    if header is None:
        return line, statement.end_lineno or line
    fields, block = header
    if isinstance(statement, _DEFINITIONS) and statement.decorator_list:
        first = statement.decorator_list[0].lineno
    inside = getattr(statement, block)[0]
    inner: int = inside.lineno if block == "body" else inside.pattern.lineno
    if inner <= line:
        return first, inner
    last = inner - 1
    for field in fields:
        value = getattr(statement, field)
        if value:
            end = getattr(value[-1] if type(value) is list else value, "end_lineno", None) or 0
            if end > last:
                last = end
    return first, last


def in_source_order(nodes: Sequence[N]) -> list[N]:
    """Return nodes of one class sorted by their places; nodes of a class without places (`arguments`) as they are.

    Of nodes that begin at the same place, the one that stood before the other does so still.
    """
    cls = type(nodes[0]) if nodes else ast.Module
    if cls is ast.comprehension:
        return sorted(nodes, key=_place_of_target)
    return sorted(nodes, key=_place) if "lineno" in cls._attributes else list(nodes)


def _place_of_target(clause: Any) -> Any:
    return _place(clause.target)


def _header_of(cls: type[ast.stmt]) -> tuple[tuple[str, ...], str]:
    """Return the fields of a compound statement with expressions of its header, and that of its first block."""
    fields = tuple([each for each in cls._fields if each not in _BLOCKS and each not in _NO_EXPRESSIONS])
    return fields, "cases" if "cases" in cls._fields else "body"


_NO_EXPRESSIONS = ("decorator_list", "name", "type_comment", "args")  # `args` are those of a function: no expression
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_HEADERS = {cls: _header_of(cls) for cls in ast.stmt.__subclasses__() if {"body", "cases"} & {*cls._fields}}
