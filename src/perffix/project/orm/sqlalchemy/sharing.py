"""Rows that SQLAlchemy has in memory already: a session holds each row of the database once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.project.orm.graph import Kind
from perffix.project.orm.sqlalchemy.loading import Attr, Columns
from perffix.project.terms import Attribute, Call, Collected, Combined, Each, Named
from perffix.project.values import EVERYTHING, NOTHING, BoundName, Loaded, Own, Query

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


def parents_in_memory(frame: Frame, model: Model, method: str, ref: Ref) -> Loaded:
    """Return the relations that lead to rows which the session holds, or to one and the same, by a condition.

    `where(Book.author_id.in_(author.id for author in authors))` is such a condition, and one on a column of what the
    query joins: `join(Book.author).where(Author.publisher_id == key)`.
    """
    found = NOTHING
    if method not in ("filter", "where"):
        return found
    for condition in _conditions(frame, ref):
        attribute = _of_rows_at_hand(frame, condition)
        if attribute is not None and attribute.model is model:
            found = found.merged(shared_parents(model, {attribute.name}))
        other = _equal(frame, condition)
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
    for condition in _conditions(frame, ref):
        attribute = _equal(frame, condition)
        if attribute is not None and attribute.model is model:
            yield attribute.name


def _conditions(frame: Frame, ref: Ref) -> Iterator[Ref]:
    """Yield the conditions among the arguments of a call, those in `and_(...)` and around `&` one by one."""
    entries = frame.body.entries
    term = entries[ref].term if ref >= 0 else None
    for argument in term.arguments if isinstance(term, Call) else ():
        inner = entries[argument].term
        if isinstance(inner, Combined) and inner.operator == "&":
            yield from (inner.left, inner.right)
        elif isinstance(inner, Call) and _last_name(frame, inner.function) == "and_":
            yield from _conditions(frame, argument)
        else:
            yield argument


def _last_name(frame: Frame, ref: Ref) -> str:
    term = frame.body.entries[ref].term
    return term.name.rpartition(".")[2].lstrip(":") if isinstance(term, (Named, Attribute)) else ""


def _attribute(frame: Frame, ref: Ref) -> Attr | None:
    value = frame.value(ref)
    return value.value if isinstance(value, Own) and isinstance(value.value, Attr) else None


def _equal(frame: Frame, ref: Ref) -> Attr | None:
    """Return the attribute that a condition compares with a value that is none."""
    condition = frame.body.entries[ref].term
    if not isinstance(condition, Combined) or condition.operator != "==":
        return None
    attributes = [each for each in (_attribute(frame, condition.left), _attribute(frame, condition.right)) if each]
    return attributes[0] if len(attributes) == 1 else None  # two are a join


def _of_rows_at_hand(frame: Frame, ref: Ref) -> Attr | None:
    """Return the attribute that a condition looks for among the keys of rows: `x.in_(each.id for each in rows)`."""
    entries = frame.body.entries
    term = entries[ref].term
    if not isinstance(term, Call) or len(term.arguments) != 1 or _last_name(frame, term.function) != "in_":
        return None
    keys = entries[term.arguments[0]].term
    key = entries[keys.element].term if isinstance(keys, Collected) else None
    if not isinstance(key, Attribute) or key.name != "id" or not isinstance(entries[key.value].term, Each):
        return None
    called = frame.value(term.function)
    owner = called.owner if isinstance(called, BoundName) else None
    return owner.value if isinstance(owner, Own) and isinstance(owner.value, Attr) else None


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
