"""Columns by which queries look rows up although no index helps the database to find them."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from perffix.project.orm.field_schema import FieldSchema
from perffix.project.orm.graph import Kind
from perffix.project.orm.sqlalchemy.schema import SqlalchemySchema
from perffix.project.summaries.terms import Combined, Display, Literal, Named, Unknown
from perffix.semantic import facts

if TYPE_CHECKING:
    from perffix.project.evaluation.values import Site
    from perffix.project.orm.conditions import Asked, Condition
    from perffix.project.orm.graph import Field, Model
    from perffix.project.orm.schema import Column, Schema
    from perffix.project.project import Project
    from perffix.project.summaries.terms import Body, Ref

_ONE_ROW = frozenset(
    {"get", "aget", "get_or_create", "update_or_create", "aget_or_create", "aupdate_or_create", "get_or_none"}
    | {"one", "one_or_none", "scalar_one", "scalar_one_or_none"}
)  # fmt: skip
_CHANGING = frozenset({"delete", "update", "adelete", "aupdate"})
_LEADING_ON = ("in", "exact", "isnull", "pk", "id")  # what may follow a relation and still asks for its key
# Files whose code people run now and then, by their path or the end of it.
_ASIDE = re.compile(
    r"(^|[\\/])(management[\\/]commands|scripts?|bin|cli|demos?|examples?)[\\/]([^\\/]+[\\/])?[^\\/]+$|populate\w*\.py$"
)


class Use(NamedTuple):
    """A query that looks rows up by a column.

    Attributes:
        asked: the query.
        condition: what it asks of the column.
        others: the other columns that it compares.
        is_one_row: whether it looks for one row, by this column alone.
        lookup: how it compares, `exact`, `in` or `iexact`.
    """

    asked: Asked
    condition: Condition
    others: tuple[str, ...]
    is_one_row: bool
    lookup: str


class Unindexed(NamedTuple):
    """A column without an index, and the queries that look rows up by it.

    Attributes:
        model: whose rows are looked up; of several that share the column, the first.
        column: the column.
        uses: the queries.
        grows: what shows that the table gets more and more rows.
    """

    model: Model
    column: Column
    uses: tuple[Use, ...]
    grows: str


class _Part(NamedTuple):
    """A condition with the column that it is about; the column is None where an index serves it."""

    condition: Condition
    model: Model
    column: Column | None
    lookup: str

    @property
    def key(self) -> object:
        """What tells the column from others."""
        return None if self.column is None else (self.column.declared, self.column.name)

    @property
    def names(self) -> set[str]:
        """What the column is called by the program and in the database."""
        return set() if self.column is None else {self.column.name, self.column.stored}


class _Lookup(NamedTuple):
    """A query that no index serves, the conditions that could have one, the surest first, and all of them."""

    asked: Asked
    candidates: tuple[_Part, ...]
    parts: tuple[_Part, ...]

    def use(self, part: _Part) -> Use:
        """Return this query as one that looks rows up by one of its columns."""
        names = (each.column.name for each in self.parts if each.column is not None and each.key != part.key)
        others = tuple(dict.fromkeys(names))  # two conditions may give a column its bounds
        is_one_row = not others and self.asked.method in _ONE_ROW
        return Use(self.asked, part.condition, others, is_one_row, part.lookup)


def unindexed(project: Project) -> list[Unindexed]:
    """Return the columns of a project that need an index, in the order in which queries were found."""
    return _Search(project).run() if project.evaluator.asked else []


class _Search:
    def __init__(self, project: Project) -> None:
        self._project = project
        self._graph = project.models
        self._facts = facts.load("schema")
        names = self._facts["names"]
        self._telling = {name: number for number, name in enumerate(names["telling"])}
        self._few, self._small = frozenset(names["few"]), frozenset(names["small"])
        self._columns: dict[tuple[str, str], Column | None] = {}

    @cached_property
    def _schemas(self) -> dict[str, Schema]:
        index = self._project.index
        schemas: dict[str, Schema] = {name: FieldSchema(index, name) for name in ("django", "peewee", "tortoise")}
        return {**schemas, "sqlalchemy": SqlalchemySchema(index)}

    def run(self) -> list[Unindexed]:
        lookups = [each for each in self._lookups() if each.candidates]
        # A query that compares several columns gets no index of its own where another's serves it.
        lookups.sort(key=lambda each: len(each.candidates) > 1)
        found: dict[object, list[tuple[_Part, Use]]] = {}
        for lookup in lookups:
            known = [part for part in lookup.candidates if part.key in found]
            part = (known or lookup.candidates)[0]
            found.setdefault(part.key, []).append((part, lookup.use(part)))
        self._project.migrations.expect(name for uses in found.values() for name in uses[0][0].names)
        results = (self._result(uses) for uses in found.values())
        return [each for each in results if each is not None]

    def _lookups(self) -> list[_Lookup]:
        """Return the queries that no index serves, one for each place that puts their conditions together."""
        found: dict[tuple[Site, ...], _Lookup | None] = {}
        for asked in self._project.evaluator.asked:
            sites = tuple(each.site for each in asked.query.conditions or ())
            if sites not in found:
                found[sites] = None if _ASIDE.search(asked.place.path) else self._lookup(asked)
                continue
            known = found[sites]
            if known is not None and known.asked.query.model is not asked.query.model:
                found[sites] = None  # code that serves any model
            elif known is not None and known.asked.method in _CHANGING:
                found[sites] = known._replace(asked=asked)
        return [each for each in found.values() if each is not None]

    def _result(self, found: list[tuple[_Part, Use]]) -> Unindexed | None:
        found = [(part, use) for part, use in found if not self._is_indexed_by_migration(part)]
        if all(use.asked.method in _CHANGING for _, use in found):
            return None  # rows go once, and are not looked for
        model, column = found[0][0].model, found[0][0].column
        assert column is not None
        grows = self._schemas[model.library].table(model).grows
        return Unindexed(model, column, tuple(use for _, use in found), grows)

    def _is_indexed_by_migration(self, part: _Part) -> bool:
        tables = self._schemas[part.model.library].table(part.model).names
        return any(self._project.migrations.may_index(name, tables) for name in part.names)

    # Conditions

    def _lookup(self, asked: Asked) -> _Lookup | None:
        """Return what a query looks rows up by; None where an index serves it, or may do so."""
        parts = []
        for condition in asked.query.conditions or ():
            part = self._part(condition, asked)
            if part is None or part.column is None:
                return None
            parts.append(part)
        is_one_row = len(parts) == 1 and asked.method in _ONE_ROW
        ranked = [
            (rank, number) for number, part in enumerate(parts) for rank in self._rank(part, is_one_row=is_one_row)
        ]
        return _Lookup(asked, tuple(parts[number] for _, number in sorted(ranked)), tuple(parts))

    def _part(self, condition: Condition, asked: Asked) -> _Part | None:
        """Return what a condition is about; None when that is not known."""
        if condition.model.library == "sqlalchemy" and condition.model is not asked.query.model:
            return None  # another table, by which the rows may be found
        model: Model | None = condition.model
        names = condition.path.split("__")
        while names and model is not None:
            name = names.pop(0)
            if name == "pk":
                return _Part(condition, model, None, "exact")
            field = model.fields.get(name) or next(
                (each for each in model.relations() if each.query_name == name), None
            )
            if field is None:
                return _Part(condition, model, None, "exact") if name == "id" else None
            if field.kind is Kind.COLUMN:
                return self._of_column(condition, model, field, "__".join(names))
            if not names or names[0] in _LEADING_ON:
                return self._of_relation(condition, model, field)
            model = None if field.target is None else self._graph.models.get(field.target)
        return None

    def _of_relation(self, condition: Condition, model: Model, field: Field) -> _Part | None:
        """Return what a condition on a relation is about: its key."""
        if model.library != "sqlalchemy":
            return _Part(condition, model, None, "exact")  # these make an index for it
        key = model.fields.get(field.query_name) if field.kind is Kind.TO_ONE else None
        return self._of_column(condition, model, key, "") if key is not None and key.kind is Kind.COLUMN else None

    def _of_column(self, condition: Condition, model: Model, field: Field, said: str) -> _Part | None:
        lookup = said or condition.lookup or "exact"
        column = None if field.indexed else self._column(model, field.name)
        if column is None and not field.indexed:
            return None
        return _Part(condition, model, None if column is None or column.indexed else column, lookup)

    def _column(self, model: Model, name: str) -> Column | None:
        key = (model.key, name)
        if key not in self._columns:
            self._columns[key] = self._schemas[model.library].column(model, name)
        return self._columns[key]

    # Worth

    def _rank(self, part: _Part, *, is_one_row: bool) -> list[int]:
        """Return how surely a condition leaves few rows of many, the surest first; nothing where that is not so."""
        column, model = part.column, part.model
        if column is None or column.few or part.lookup not in self._facts["lookups"]["looking_up"]:
            return []
        rank = self._tells_rows_apart(column, is_one_row=is_one_row)
        if rank is None or not self._varies(part.condition):
            return []
        table = self._schemas[model.library].table(model)
        return [rank] if table.grows and table.managed and _words(model.name)[-1] not in self._small else []

    def _tells_rows_apart(self, column: Column, *, is_one_row: bool) -> int | None:
        words = _words(column.name)
        if column.type in self._facts["types"]["telling"] and not column.key:
            return 0
        is_key = column.key or words[-1] in ("id", "ids")
        if not (self._small if is_key else self._few | self._small).isdisjoint(words):
            return None
        ranks = [self._telling[each] for each in words if each in self._telling]
        if ranks and words != ["key"]:  # which may be the name of a setting
            return 1 + min(ranks)
        return 1 + len(self._telling) if is_one_row or column.key else None

    def _varies(self, condition: Condition) -> bool:
        """Tell whether a column is compared with another value from time to time."""
        return _is_computed(self._project.evaluator.body_of(condition.site), condition.value)


def _is_computed(body: Body, ref: Ref) -> bool:
    term = body.entries[ref].term
    if isinstance(term, Display):
        return any(_is_computed(body, each) for each in term.items)
    if isinstance(term, Combined):
        return _is_computed(body, term.left) or _is_computed(body, term.right)
    if isinstance(term, Named):
        return not term.name  # a variable of the function around
    return not isinstance(term, (Literal, Unknown))


def _words(name: str) -> list[str]:
    """Return the words of a name: `TeamInvite` and `team_invite` have two."""
    return [each.lower() for each in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+\d*|\d+", name)] or [name]
