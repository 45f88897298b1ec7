"""Rows that SQLAlchemy has in memory already: a session holds each row of the database once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.project.evaluation.values import EVERYTHING, NOTHING, Loaded, Query
from perffix.project.orm.comparing import Attr, asked_attribute, conditions_in, equal_attribute, last_name
from perffix.project.orm.graph import Kind
from perffix.project.summaries.terms import Attribute, Call, Collected, Each

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.project.evaluation.arguments import Arguments
    from perffix.project.evaluation.frames import Frame
    from perffix.project.orm.graph import Model
    from perffix.project.orm.sqlalchemy.loading import Columns
    from perffix.project.summaries.terms import Ref


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


def parents_in_memory(frame: Frame, model: Model, method: str, ref: Ref) -> Loaded:
    """Return the relations that lead to rows which the session holds, or to one and the same, by a condition.

    `where(Book.author_id.in_(author.id for author in authors))` is such a condition, and one on a column of what the
    query joins: `join(Book.author).where(Author.publisher_id == key)`.
    """
    found = NOTHING
    if method not in ("filter", "where"):
        return found
    for condition in conditions_in(frame, ref):
        attribute = _of_rows_at_hand(frame, condition)
        if attribute is not None and attribute.model is model:
            found = found.merged(shared_parents(model, {attribute.name}))
        other = equal_attribute(frame, condition)
        if other is None or other.model is model:
            continue
        for field in model.relations():
            if field.kind is Kind.TO_ONE and field.target == other.model.key:
                path = (field.name,)
                beyond = shared_parents(other.model, {other.name})
                if other.name == "id":
                    found = found.merged(Loaded(joined=frozenset([path]), below=frozenset([(path, EVERYTHING)])))
                elif beyond != NOTHING:
                    found = found.merged(Loaded(below=frozenset([(path, beyond)])))
    return found


def _compared(frame: Frame, model: Model, ref: Ref) -> Iterator[str]:
    """Yield the attributes of a model that the arguments of a call compare with a value."""
    for condition in conditions_in(frame, ref):
        attribute = equal_attribute(frame, condition)
        if attribute is not None and attribute.model is model:
            yield attribute.name


def _of_rows_at_hand(frame: Frame, ref: Ref) -> Attr | None:
    """Return the attribute that a condition looks for among the keys of rows: `x.in_(each.id for each in rows)`."""
    entries = frame.body.entries
    term = entries[ref].term
    if not isinstance(term, Call) or len(term.arguments) != 1 or last_name(frame, term.function) != "in_":
        return None
    keys = entries[term.arguments[0]].term
    key = entries[keys.element].term if isinstance(keys, Collected) else None
    if not isinstance(key, Attribute) or key.name != "id" or not isinstance(entries[key.value].term, Each):
        return None
    return asked_attribute(frame, term.function)


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
