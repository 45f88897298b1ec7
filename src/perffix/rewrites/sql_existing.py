"""Parameters that a database call passes already, and how further ones join them."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from perffix.model import Span
from perffix.rewrites.sql_literals import SpellingError
from perffix.semantic.sql.statement import Role, placeholders
from perffix.semantic.sql.texts import atoms_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perffix.rewrites.sql_calls import Given
    from perffix.semantic.model import SemanticModel
    from perffix.semantic.sql.calls import DatabaseCall
    from perffix.semantic.sql.drivers import Driver
    from perffix.semantic.sql.injection import Statement
    from perffix.semantic.sql.texts import Region
    from perffix.semantic.types import Type

_NAMED = {
    "qmark": ("named", re.compile(r"(?<![:\w]):([A-Za-z_]\w*)")),
    "format": ("pyformat", re.compile(r"%\((\w+)\)s")),
}
_NAMES = re.compile(r"(?<![:\w]):([A-Za-z_]\w*)|%\((\w+)\)s")

_TAKE_ONE_VALUE = ("pyodbc", "pymysql", "aiomysql", "mysqlclient", "pymssql")


class Existing:
    """What a call passes already.

    Attributes:
        style: the style of placeholders that further parameters take.
        has_any: whether there are parameters.
        names: the names that placeholders of the text have.
        count: how many parameters are passed one by one.
        literal: the sources of the elements of a tuple or list that is written out, else None.
        source: the source of the argument.
    """

    def __init__(self, call: DatabaseCall, driver: Driver, statement: Statement, model: SemanticModel) -> None:
        """Read it; raises `SpellingError` when it is of no known form."""
        self._statement = statement
        self._model = model
        self.style = driver.style
        self.names = {first or second for text in statement.texts for first, second in _NAMES.findall(text)}
        self.source = ""
        self.literal: list[str] | None = None
        self.pairs: list[tuple[str, str]] = []
        self.count = 0
        self.has_any = False
        if call.parameters is None:
            return
        given = call.parameters
        if driver.parameters == "variadic":
            self._read_variadic(call)
        elif len(call.call.args) > 2 and call.call.args[1] is given:
            raise SpellingError
        elif not _is_empty(given):
            self.has_any = True
            self.source = self._text(given)
            self._read(given, driver)

    def _text(self, node: ast.expr) -> str:
        return self._model.source.segment(Span.of(node))

    def _read_variadic(self, call: DatabaseCall) -> None:
        if any(isinstance(each, ast.Starred) for each in call.call.args) or self.style != "dollar":
            raise SpellingError
        self.count = len(call.call.args) - 1
        self.has_any = True

    def _read(self, given: ast.expr, driver: Driver) -> None:
        style, pattern = _NAMED.get(driver.style, (driver.style, _NAMES))
        known = self._model.type_of(given)
        named = isinstance(given, ast.Dict) or (known is not None and known.name == "dict")
        if named or any(pattern.search(text) for text in self._statement.texts):
            self.style = style
            self._read_mapping(given)
        elif isinstance(given, (ast.Tuple, ast.List)):
            self.literal = [self._text(each) for each in given.elts]
        elif not isinstance(given, (ast.Name, ast.Attribute)) or not _is_sequence(given, known, driver):
            raise SpellingError
        if self.style in ("qmark", "format") and len(self._statement.texts) != 1:
            raise SpellingError

    def _read_mapping(self, given: ast.expr) -> None:
        if not isinstance(given, ast.Dict):
            self.pairs = [("", self.source)]
            return
        for key, value in zip(given.keys, given.values, strict=True):
            if key is None:
                self.pairs.append(("", self._text(value)))
            elif isinstance(key, ast.Constant) and isinstance(key.value, str):
                self.pairs.append((key.value, self._text(value)))
            else:
                raise SpellingError

    def position_of(self, region: Region, start: int) -> int:
        """Return where in the whole statement a place of a region stands."""
        position = 0
        for atom in atoms_of(self._statement.subject, 0, set(self._statement.opened), self._model):
            if atom.region is region and atom.offset <= start < atom.offset + len(atom.text):
                return position + start - atom.offset
            position += len(atom.text)
        raise SpellingError

    @property
    def positions(self) -> tuple[list[int], bool]:
        """Where the placeholders of these parameters stand, and whether those are all of them."""
        text = self._statement.texts[0]
        found = placeholders(text, self.style)
        may_hold = (Role.VALUE, Role.LIST, Role.ROW, Role.CLAUSE)
        further = [index for index, role, _ in self._statement.kept if role in may_hold]
        return sorted([*found, *further]), not further


def _is_sequence(given: ast.Name | ast.Attribute, known: Type | None, driver: Driver) -> bool:
    """Tell whether an argument is a sequence, and not one value, as some drivers allow."""
    name = given.id if isinstance(given, ast.Name) else given.attr
    if known is not None:
        return known.name in ("list", "tuple")
    return driver.name not in _TAKE_ONE_VALUE or name in ("params", "parameters", "args", "values", "bindings")


def _is_empty(given: ast.expr) -> bool:
    if isinstance(given, ast.Constant):
        return given.value is None
    if isinstance(given, ast.Dict):
        return not given.keys
    return isinstance(given, (ast.Tuple, ast.List)) and not given.elts


def with_existing(given: Given, existing: Existing, positions: Sequence[int]) -> Given:
    """Return new parameters together with those that are there, in the order of the text.

    Args:
        given: the new ones.
        existing: those that are there.
        positions: where in the text the new ones stand, in order.

    Raises:
        SpellingError: the order cannot be told.
    """
    if not existing.has_any:
        return given
    if existing.style in ("named", "pyformat"):
        keys = [key for key, _ in existing.pairs]
        return given._replace(codes=[*(code for _, code in existing.pairs), *given.codes], keys=[*keys, *given.keys])
    old, complete = existing.positions
    if not positions or not old:
        raise SpellingError
    literal = existing.literal
    if (
        literal is not None
        and complete
        and len(literal) == len(old)
        and not any(each.startswith("*") for each in literal)
    ):
        every = sorted([*zip(old, literal, strict=True), *zip(positions, given.codes, strict=True)])
        return given._replace(codes=[code for _, code in every])
    block = literal if literal is not None else [f"*{existing.source}"]
    if max(positions) < min(old):
        return given._replace(codes=[*given.codes, *block])
    if min(positions) > max(old):
        return given._replace(codes=[*block, *given.codes])
    raise SpellingError
