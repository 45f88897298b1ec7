"""Rows that SQLAlchemy has in memory already: a session holds each row of the database once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.project.orm.graph import Kind
from perffix.project.orm.sqlalchemy.loading import Attr, Columns
from perffix.project.terms import Call, Combined
from perffix.project.values import EVERYTHING, NOTHING, Loaded, Own, Query

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.project.arguments import Arguments
    from perffix.project.frames import Frame
    from perffix.project.orm.graph import Model
    from perffix.project.terms import Ref


def compared_columns(frame: Frame, model: Model, method: str, arguments: Arguments, ref: Ref) -> set[str]:
    """Return the attributes that all rows which a condition leaves have in common: `filter_by(author=author)`."""
    if method not in ("filter", "filter_by", "where"):
        return set()
    return {name for name, _ in arguments.keywords} if method == "filter_by" else set(_compared(frame, model, ref))


def shared_parents(model: Model, compared: set[str]) -> Loaded:
    """Return the relations that lead to one and the same row from all rows with attributes in common.

    `filter_by(author=author)` and `where(Book.author_id == key)` are such: the row is loaded once.
    """
    if not compared:
        return NOTHING
    paths = frozenset(
        (field.name,)
        for field in model.relations()
        if field.kind is Kind.TO_ONE and not compared.isdisjoint((field.name, field.query_name, f"{field.name}_id"))
    )
    return Loaded(joined=paths, below=frozenset((path, EVERYTHING) for path in paths))


def _compared(frame: Frame, model: Model, ref: Ref) -> Iterator[str]:
    """Yield the attributes of a model that the arguments of a call compare with a value."""
    entries = frame.body.entries
    term = entries[ref].term if ref >= 0 else None
    for argument in term.arguments if isinstance(term, Call) else ():
        condition = entries[argument].term
        if isinstance(condition, Combined) and condition.operator == "==":
            sides = [frame.value(side) for side in (condition.left, condition.right)]
            attributes = [each.value for each in sides if isinstance(each, Own) and isinstance(each.value, Attr)]
            if len(attributes) == 1 and attributes[0].model is model:  # two are a join
                yield attributes[0].name


def with_each_other(columns: Columns) -> Columns:
    """Return the columns of a query; a relation from one to another leads to rows that come with it."""
    models = {query.model.key for query in columns.columns if query is not None}
    return columns._replace(columns=tuple(None if each is None else _with(each, models) for each in columns.columns))


def _with(query: Query, models: set[str]) -> Query:
    paths = frozenset(
        (field.name,)
        for field in query.model.relations()
        if field.kind is Kind.TO_ONE and field.target in models and field.target != query.model.key
    )
    # What those rows load is said for their own column.
    found = Loaded(joined=paths, below=frozenset((path, EVERYTHING) for path in paths))
    return query._replace(loaded=query.loaded.merged(found))
