"""Indexes that the migrations of a project make: those that no model tells of are found here alone."""

from __future__ import annotations

import ast
import re
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Texts = "Callable[[], Iterable[tuple[str, str]]]"
_MAKING = frozenset(
    {
        "AddIndex", "AddIndexConcurrently", "AddConstraint", "AlterUniqueTogether", "AlterIndexTogether", "Index",
        "UniqueConstraint", "PrimaryKeyConstraint", "create_index", "create_unique_constraint", "create_primary_key",
        "CreateIndex", "add_index", "CreateModel", "ExclusionConstraint",
    }
)  # fmt: skip
_FLAGS = ("db_index", "unique", "index", "primary_key")
_SOUNDS_LIKE_IT = ("index", "unique", "Index", "Unique", "INDEX", "UNIQUE")


class Migrations:
    """What the migrations of a project say of indexes.

    Args:
        texts: gives the file and the text of each migration; asked when that is first wanted.
    """

    def __init__(self, texts: Callable[[], Iterable[tuple[str, str]]]) -> None:
        self._read = texts
        self._begun: dict[str, frozenset[str]] = {}

    @cached_property
    def _texts(self) -> list[tuple[str, str, str]]:
        return [
            (path, text, text.lower()) for path, text in self._read() if any(each in text for each in _SOUNDS_LIKE_IT)
        ]

    def may_index(self, column: str, tables: Iterable[str]) -> bool:
        """Tell whether some migration that speaks of one of these tables makes an index for a column of this name."""
        names = tuple(tables)
        return any(
            column in text and any(name in lower for name in names) and column in self._columns(path, text)
            for path, text, lower in self._texts
        )

    def _columns(self, path: str, text: str) -> frozenset[str]:
        found = self._begun.get(path)
        if found is None:
            found = self._begun[path] = frozenset(_indexed(text, is_sql=path.endswith(".sql")))
        return found


def _indexed(text: str, *, is_sql: bool) -> Iterator[str]:
    """Yield the names of columns for which a migration may make an index, and some other names."""
    if is_sql:
        yield from _words_of_statements(text)
        return
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        yield from re.findall(r"\w+", text)
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from _words_of_statements(node.value)
        elif isinstance(node, ast.Tuple) and len(node.elts) == 2 and _says_so(node.elts[1]):
            yield from _strings(node.elts[0])  # ("name", models.CharField(db_index=True))
        elif isinstance(node, ast.Call):
            yield from _of_call(node)


def _of_call(call: ast.Call) -> Iterator[str]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name in _MAKING and name != "CreateModel":
        for argument in (*call.args, *(each.value for each in call.keywords)):
            yield from _leading(argument)
    elif _says_so(call) or any(_says_so(each.value) for each in call.keywords):
        for argument in (*call.args, *(each.value for each in call.keywords if each.arg == "name")):
            yield from _strings(argument)


def _leading(node: ast.expr) -> Iterator[str]:
    """Yield the texts in an argument, of lists that are written out those in the first item."""
    if isinstance(node, (ast.List, ast.Tuple)):
        for each in node.elts[:1]:
            yield from _leading(each)
        for each in node.elts[1:]:
            if isinstance(each, (ast.List, ast.Tuple)):  # several lists of columns
                yield from _leading(each)
    elif isinstance(node, ast.Set):
        for each in node.elts:
            yield from _leading(each)
    elif isinstance(node, ast.Call):
        for argument in (*node.args, *(each.value for each in node.keywords)):
            yield from _leading(argument)
    else:
        yield from _strings(node)


def _strings(node: ast.expr) -> Iterator[str]:
    for each in ast.walk(node):
        if isinstance(each, ast.Constant) and isinstance(each.value, str):
            yield from re.findall(r"\w+", each.value)


def _says_so(node: ast.expr) -> bool:
    """Tell whether a call makes a column with an index: `models.CharField(db_index=True)`."""
    return isinstance(node, ast.Call) and any(
        keyword.arg in _FLAGS and not (isinstance(keyword.value, ast.Constant) and not keyword.value.value)
        for keyword in node.keywords
    )


def _words_of_statements(text: str) -> Iterator[str]:
    """Yield the words of statements that make an index: `CREATE INDEX ... ON book (title)`."""
    for statement in re.split(r";", text):
        if re.search(r"\b(create|add|alter)\b[^;]*\b(index|unique|key)\b", statement, re.IGNORECASE):
            yield from re.findall(r"\w+", statement)
