"""Indexes that the migrations of a project make: those that no model tells of are found here alone."""

from __future__ import annotations

import ast
import re
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from perffix.semantic.written_names import last_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

# Calls that make an index or a constraint, of Django's migrations and Alembic's.
_MAKING = frozenset(
    {
        "AddIndex", "AddIndexConcurrently", "AddConstraint", "AlterUniqueTogether", "AlterIndexTogether", "Index",
        "UniqueConstraint", "PrimaryKeyConstraint", "ExclusionConstraint", "create_index", "create_unique_constraint",
        "create_primary_key", "CreateIndex", "add_index",
    }
)  # fmt: skip
# Where calls of Alembic name the table, by the position of the argument; others do by a keyword.
_POSITIONS = {
    "create_table": 0, "batch_alter_table": 0, "add_column": 0, "alter_column": 0, "create_index": 1,
    "create_unique_constraint": 1, "create_primary_key": 1,
}  # fmt: skip
_KEYWORDS = ("model_name", "table_name", "table", "source_table")
_NAMED = ("CreateModel", "AlterUniqueTogether", "AlterIndexTogether")  # the keyword `name` names the model
_FLAGS = ("db_index", "unique", "index", "primary_key")
_SOUNDS_LIKE_IT = ("index", "unique", "Index", "Unique", "INDEX", "UNIQUE", "primary", "PRIMARY")


class _Made(NamedTuple):
    """An index that a migration makes: names of which one is its first column, and of its table; None for any."""

    columns: frozenset[str]
    tables: frozenset[str] | None


class Migrations:
    """What the migrations of a project say of indexes.

    Args:
        texts: gives the file and the text of each migration; asked when that is first wanted.

    Attributes:
        paths: the files that were read.
    """

    def __init__(self, texts: Callable[[], Iterable[tuple[str, str]]]) -> None:
        self._read = texts
        self.paths: list[str] = []
        self._made: dict[str, list[_Made]] = {}

    @cached_property
    def _texts(self) -> list[tuple[str, str]]:
        texts = list(self._read())
        self.paths += [path for path, _ in texts]
        return [(path, text) for path, text in texts if any(each in text for each in _SOUNDS_LIKE_IT)]

    def may_index(self, column: str, tables: frozenset[str]) -> bool:
        """Tell whether some migration makes an index that begins with a column of this name of one of the tables.

        Args:
            column: the column.
            tables: the names of its table and of its model, in lower case.
        """
        return any(
            column in made.columns and (made.tables is None or not made.tables.isdisjoint(tables))
            for path, text in self._texts
            if column in text
            for made in self._made_in(path, text)
        )

    def _made_in(self, path: str, text: str) -> list[_Made]:
        found = self._made.get(path)
        if found is None:
            found = self._made[path] = list(_indexes(text, is_sql=path.endswith(".sql")))
        return found


def _indexes(text: str, *, is_sql: bool) -> Iterator[_Made]:
    if is_sql:
        yield from _by_statements(text)
        return
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        yield _Made(frozenset(re.findall(r"\w+", text)), None)
        return
    yield from _below(tree, None)


def _below(node: ast.AST, tables: frozenset[str] | None) -> Iterator[_Made]:
    """Yield the indexes that are made below a node, which belongs to some tables."""
    for child in ast.iter_child_nodes(node):
        inside = tables
        if isinstance(child, ast.Constant) and isinstance(child.value, str):
            yield from _by_statements(child.value)
        elif isinstance(child, ast.With):
            for item in child.items:
                if isinstance(item.context_expr, ast.Call):
                    inside = _tables_of(item.context_expr, inside)
        elif isinstance(child, ast.Tuple) and len(child.elts) == 2 and _has_index(child.elts[1]):
            yield _Made(frozenset(_words(child.elts[0])), tables)  # ("name", models.CharField(db_index=True))
        elif isinstance(child, ast.Call):
            inside = _tables_of(child, tables)
            columns = frozenset(_columns_of(child))
            if columns:
                yield _Made(columns, inside)
        yield from _below(child, inside)


def _tables_of(call: ast.Call, outer: frozenset[str] | None) -> frozenset[str] | None:
    """Return the names of the table that a call is about, or what is said of it around the call; None for any."""
    name = last_name(call.func)
    node = next((each.value for each in call.keywords if each.arg in _KEYWORDS), None)
    if node is None and name in _NAMED:
        node = next((each.value for each in call.keywords if each.arg == "name"), None)
    position = _POSITIONS.get(name)
    if node is None and position is not None and position < len(call.args):
        node = call.args[position]
    if node is None or isinstance(node, (ast.List, ast.Tuple)):
        return outer
    if isinstance(node, ast.Constant):
        return frozenset([str(node.value).lower()])
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return frozenset([node.value.id.lower()])  # Book.__tablename__
    return None


def _columns_of(call: ast.Call) -> Iterator[str]:
    """Yield the names with which the index may begin that a call makes; nothing when it makes none."""
    values = [*call.args, *(each.value for each in call.keywords)]
    if last_name(call.func) in _MAKING:
        for argument in values:
            yield from _leading(argument)
    elif _has_index(call) or any(_has_index(each) for each in values):
        for argument in (*call.args, *(each.value for each in call.keywords if each.arg == "name")):
            if isinstance(argument, ast.Constant):
                yield from _words(argument)
    if last_name(call.func) == "CreateModel":
        for keyword in call.keywords:
            if keyword.arg == "options" and isinstance(keyword.value, ast.Dict):
                for each in keyword.value.values:
                    yield from _leading(each) if isinstance(each, (ast.List, ast.Tuple, ast.Set)) else ()


def _leading(node: ast.expr) -> Iterator[str]:
    """Yield the words of an argument, of a list of columns those of the first."""
    if isinstance(node, (ast.List, ast.Tuple)):
        nested = [each for each in node.elts if isinstance(each, (ast.List, ast.Tuple))]
        for each in nested or node.elts[:1]:
            yield from _leading(each)
    elif isinstance(node, ast.Set):
        for each in node.elts:
            yield from _leading(each)
    elif isinstance(node, ast.Call):
        for argument in (*node.args, *(each.value for each in node.keywords)):
            yield from _leading(argument)
    else:
        yield from _words(node)


def _words(node: ast.expr) -> Iterator[str]:
    for each in ast.walk(node):
        if isinstance(each, ast.Constant) and isinstance(each.value, str):
            yield from re.findall(r"\w+", each.value)


def _has_index(node: ast.expr) -> bool:
    """Tell whether a call makes a column with an index: `models.CharField(db_index=True)`."""
    return isinstance(node, ast.Call) and any(
        keyword.arg in _FLAGS and not (isinstance(keyword.value, ast.Constant) and not keyword.value.value)
        for keyword in node.keywords
    )


def _by_statements(text: str) -> Iterator[_Made]:
    """Yield the indexes that statements make: `CREATE INDEX ... ON book (title)`."""
    if len(text) < len("create index on t(c)"):
        return
    for statement in text.split(";"):
        if re.search(r"\b(create|add|alter)\b[^;]*\b(index|unique|key)\b", statement, re.IGNORECASE):
            words = frozenset(re.findall(r"\w+", statement))
            yield _Made(words, frozenset(each.lower() for each in words))
