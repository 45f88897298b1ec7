"""Indexes that the migrations of a project make: those that no model tells of are found here alone."""

from __future__ import annotations

import ast
import re
from bisect import bisect_left
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from perffix.semantic.children import children_of
from perffix.semantic.written_names import last_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

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
        self._expected: frozenset[str] = frozenset()
        self._made: dict[str, list[_Made]] = {}

    def expect(self, columns: Iterable[str]) -> None:
        """Say which columns will be asked about: each file is parsed once for all of them."""
        self._expected = frozenset(columns)
        self._made.clear()

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
        if column not in self._expected:
            self.expect({*self._expected, column})
        return any(
            column in made.columns and (made.tables is None or not made.tables.isdisjoint(tables))
            for path, text in self._texts
            if any(_lines_with(column, text))
            for made in self._made_in(path, text)
        )

    def _made_in(self, path: str, text: str) -> list[_Made]:
        """Return the indexes of a file that begin with one of the columns that are expected."""
        found = self._made.get(path)
        if found is None:
            if path.endswith(".sql"):
                found = list(_by_statements(text))
            else:
                found = _indexes(text, sorted(line for each in self._expected for line in _lines_with(each, text)))
            self._made[path] = found
        return found


def _lines_with(column: str, text: str) -> Iterator[int]:
    """Yield the lines of a text on which the name of a column stands as a word of its own."""
    start = text.find(column) if column else -1
    while start >= 0:
        end = start + len(column)
        # A name may follow an escape in a string of SQL: "...\n    title".
        begins = not _is_of_word(text[start - 1 : start]) or text[start - 2 : start] in ("\\n", "\\r", "\\t")
        if begins and not _is_of_word(text[end : end + 1]):
            yield text.count("\n", 0, start) + 1
        start = text.find(column, end)


def _is_of_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def _indexes(text: str, lines: Sequence[int]) -> list[_Made]:
    """Return the indexes that a migration makes in statements and calls that reach over some of its lines."""
    found: list[_Made] = []
    try:
        _collect(ast.parse(text), lines, None, found)
    except (SyntaxError, ValueError, RecursionError):
        return [_Made(frozenset(re.findall(r"\w+", text)), None)]
    return found


def _collect(node: ast.AST, lines: Sequence[int], tables: frozenset[str] | None, found: list[_Made]) -> None:
    """Add the indexes to a list that are made below a node, which belongs to some tables."""
    for child in children_of(node):
        inside = tables
        if isinstance(child, ast.Name) or not _reaches(child, lines):
            continue
        if isinstance(child, ast.Constant):
            if isinstance(child.value, str):
                found += _by_statements(child.value)
            continue
        if isinstance(child, ast.Call):
            inside = _tables_of(child, tables)
            columns = frozenset(_columns_of(child))
            if columns:
                found.append(_Made(columns, inside))
        elif isinstance(child, ast.With):
            for item in child.items:
                if isinstance(item.context_expr, ast.Call):
                    inside = _tables_of(item.context_expr, inside)
        elif isinstance(child, ast.Tuple) and len(child.elts) == 2 and _has_index(child.elts[1]):
            found.append(_Made(frozenset(_words(child.elts[0])), tables))  # ("name", models.CharField(db_index=True))
        _collect(child, lines, inside, found)


def _reaches(node: ast.AST, lines: Sequence[int]) -> bool:
    """Tell whether one of some lines, which are sorted, is part of a node."""
    if not isinstance(node, (ast.expr, ast.stmt)):
        return True
    after = bisect_left(lines, node.lineno)
    return after < len(lines) and lines[after] <= (node.end_lineno or node.lineno)


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
