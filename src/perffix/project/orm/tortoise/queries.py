"""What Tortoise's models, queries and rows do when code asks something of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.project.evaluation.values import (
    EVERYTHING,
    NOTHING,
    Bound,
    BoundName,
    Loaded,
    ModelClass,
    Query,
    Row,
    Value,
)
from perffix.project.orm.accesses import Cost
from perffix.project.orm.conditions import by_keywords, note_asked, with_conditions
from perffix.project.orm.graph import Kind
from perffix.project.orm.library import Library, note
from perffix.project.orm.loadings import note_loading
from perffix.project.orm.varying import ask_again
from perffix.project.orm.varying import by_keywords as turns_by_keywords
from perffix.project.orm.writes import note_made, note_row
from perffix.project.summaries.terms import Literal
from perffix.semantic import facts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from perffix.project.evaluation.arguments import Arguments
    from perffix.project.evaluation.frames import Frame
    from perffix.project.index import Index
    from perffix.project.orm.graph import ModelGraph
    from perffix.project.summaries.terms import Ref

LIBRARY = "tortoise"


class TortoiseQueries(Library):
    """Answers for the values of Tortoise."""

    name = LIBRARY

    def __init__(self, index: Index, graph: ModelGraph) -> None:
        super().__init__(index, graph)
        self._queries = facts.load("tortoise")["queries"]

    # Attributes

    def _of_model(self, frame: Frame, owner: ModelClass, name: str, ref: Ref) -> Value | None:
        method = None if owner.model.cls is None else self._index.method(owner.model.cls, name)
        return BoundName(owner, name) if method is None else Bound(method, owner)

    def _of_row(self, frame: Frame, row: Row, name: str, ref: Ref) -> Value | None:
        field = row.model.fields.get(name)
        if field is None:
            return self._of_row_class(frame, row, name, ref)
        if field.kind is Kind.COLUMN or (field in row.path and len(row.path) > 1):
            return None
        target = None if field.target is None else self._graph.models.get(field.target)
        if not field.kind.is_one:
            return None if target is None else Query(target, NOTHING, (frame.site(ref),), (), row, field)
        if name in row.known:
            return None if target is None else Row(target, EVERYTHING)
        if not row.loaded.has(field):
            note(frame, Cost.RELATION, row, field, ref)
        if target is None:
            return None
        loaded = row.loaded.under(field)
        return row._replace(model=target, loaded=loaded, path=(*row.path, field), known=frozenset(), origin=row.root)

    def _of_row_class(self, frame: Frame, row: Row, name: str, ref: Ref) -> Value | None:
        method = None if row.model.cls is None else self._index.method(row.model.cls, name)
        if method is None:
            known = (*self._queries["same"], *self._queries["single"])
            return BoundName(row if name == "fetch_related" or name not in known else ModelClass(row.model), name)
        return self._of_method(frame, row, method, ref)

    # Calls

    def call(self, frame: Frame, owner: Value, name: str, arguments: Arguments, ref: Ref) -> Value | None:
        """Return what a method of a model, query or row returns that the project does not define."""
        note_row(frame, owner, name, ref)
        if isinstance(owner, Row):
            return self._fetch(frame, owner, arguments, ref) if name == "fetch_related" else None
        if isinstance(owner, ModelClass):
            if name == "fetch_for_list":
                frame.loaded_later(ref, _loading(NOTHING, "prefetch_related", arguments.without_first()))
                return None
            query = Query(owner.model, NOTHING, (frame.site(ref),))
        elif isinstance(owner, Query):
            query = owner._replace(sites=(*owner.sites, frame.site(ref)))
        else:
            return None
        return self._method(frame, query, name, arguments, ref)

    def _method(self, frame: Frame, query: Query, name: str, arguments: Arguments, ref: Ref) -> Value | None:
        known = self._queries
        if name in known["loading"]:
            note_loading(frame, query, name, arguments, ref)
            return query._replace(loaded=_loading(query.loaded, name, arguments))
        narrowed = query.narrowed or ("" if name == "all" else name)
        if name in known["conditional"]:
            query = with_conditions(query, by_keywords(frame, query.model, ref))
            query = query._replace(varies=query.varies | turns_by_keywords(frame, query.model, ref))
        if name in (*known["single"], *known["scalar"], *known["running"]):
            note_asked(frame, query, ref, name)
            if query.owner is None and name not in known["running"]:
                ask_again(frame, query, ref, name)
        if name in known["same"]:
            self._asked(frame, query._replace(narrowed=narrowed), ref, name)
            first = arguments.get(0, "limit")
            few = name == "limit" and isinstance(first, Literal) and first.value == 1
            return query._replace(few=query.few or few, narrowed=narrowed)
        if name in known["single"]:
            self._asked(frame, query._replace(narrowed=narrowed), ref, name)
            return Row(query.model, query.loaded, query.sites)
        if name in known["scalar"]:
            self._asked(frame, query._replace(narrowed=narrowed), ref, name)
        if name not in known["making"]:
            return None
        note_made(frame, query.model, name, ref)
        return Row(query.model, NOTHING)

    def _fetch(self, frame: Frame, row: Row, arguments: Arguments, ref: Ref) -> Value | None:
        """Note what a row loads for itself alone."""
        for value in arguments.positional:
            text = value.value if isinstance(value, Literal) else None
            field = row.model.fields.get(text.split("__")[0]) if isinstance(text, str) else None
            if field is not None and not row.loaded.has(field):
                note(frame, Cost.RELATION, row, field, ref, method="fetch_related")
        return None

    # Rows

    def _asked(self, frame: Frame, query: Query, ref: Ref, method: str) -> None:
        """Note that a method asks the rows that point to a row of the database: it does not look at fetched ones."""
        owner, field = query.owner, query.field
        if owner is None or field is None or owner.loaded.unknown or len(query.sites) > 2:
            return
        if owner.loaded.is_prefetched(field):
            asked = query._replace(narrowed=query.narrowed or method)
            note(frame, Cost.DEFEATED, owner, field, ref, asked, method)
        else:
            note(frame, Cost.QUERY if query.narrowed else Cost.RELATION, owner, field, ref, query, method)

    def row_of(self, frame: Frame, query: Query, ref: Ref, loop: tuple[int, int] | None) -> Row | None:
        """Return a row of a query that is run here, or of a relation that was fetched before."""
        loaded = query.loaded.merged(frame.extra.get(ref, NOTHING))
        owner, field = query.owner, query.field
        note_asked(frame, query, ref, "")
        if owner is None or field is None:
            self.run(frame, query, ref, "")
            return Row(query.model, loaded, query.sites, (), not query.few, loop)
        fetched = len(query.sites) == 1
        known = (
            frozenset([field.inverse]) if field.inverse and not field.by.endswith("ManyToManyField") else frozenset()
        )
        if fetched:
            loaded = owner.loaded.under(field) if owner.loaded.has(field) else EVERYTHING
        if owner.many and owner.sites and not query.narrowed:
            return Row(query.model, loaded, owner.sites, (*owner.path, field), True, loop, known, owner.root)
        return Row(query.model, loaded, query.sites, (), True, loop, known)

    def run(self, frame: Frame, query: Query, ref: Ref, method: str) -> None:
        """Note that a query runs here, if that is in each turn of a loop; relations were fetched before."""
        if query.owner is None and not query.evaluated:
            ask_again(frame, query, ref, method)


def _loading(loaded: Loaded, name: str, arguments: Arguments) -> Loaded:
    """Return what comes with the rows after a call of one of these methods."""
    texts = list(_texts(arguments.positional))
    if not arguments.complete or len(texts) < len(arguments.positional):
        return EVERYTHING
    if name == "only":
        return loaded._replace(only=frozenset((each,) for each in texts))
    paths = frozenset(tuple(each.split("__")) for each in texts)
    if name == "select_related":
        return loaded._replace(joined=loaded.joined | paths)
    return loaded._replace(prefetched=loaded.prefetched | paths)


def _texts(values: Iterable[Value | None]) -> Iterable[str]:
    for value in values:
        if isinstance(value, Literal) and isinstance(value.value, str):
            yield value.value
