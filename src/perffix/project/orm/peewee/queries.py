"""What Peewee's models, queries and rows do when code asks something of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.project.evaluation.values import (
    EVERYTHING,
    NOTHING,
    Bound,
    BoundName,
    Loaded,
    ModelClass,
    Own,
    Query,
    Row,
    Value,
)
from perffix.project.orm.accesses import Cost
from perffix.project.orm.comparing import Attr
from perffix.project.orm.conditions import by_arguments, by_keywords, note_asked, with_conditions
from perffix.project.orm.graph import Kind
from perffix.project.orm.library import Library, note
from perffix.project.orm.varying import NEVER, Turns, ask_again, by_conditions, by_values
from perffix.project.orm.varying import by_keywords as turns_by_keywords
from perffix.project.orm.writes import OF_ROWS, note_made, note_row
from perffix.project.summaries.terms import Call, Literal
from perffix.semantic import facts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from perffix.project.evaluation.arguments import Arguments
    from perffix.project.evaluation.frames import Frame
    from perffix.project.index import Index
    from perffix.project.orm.conditions import Condition
    from perffix.project.orm.graph import Model, ModelGraph
    from perffix.project.summaries.terms import Ref

LIBRARY = "peewee"
_CONDITIONAL = ("where", "orwhere", "filter", "having", "get", "get_or_none")

_PREFETCHING = ("peewee.prefetch", "playhouse.shortcuts.prefetch")


class PeeweeQueries(Library):
    """Answers for the values of Peewee."""

    name = LIBRARY

    def __init__(self, index: Index, graph: ModelGraph) -> None:
        super().__init__(index, graph)
        self._queries = facts.load("peewee")["queries"]

    # Attributes

    def _of_model(self, frame: Frame, owner: ModelClass, name: str, ref: Ref) -> Value | None:
        if name in owner.model.fields or name == "id":  # a key that need not be declared
            return Own(LIBRARY, Attr(owner.model, name))
        method = None if owner.model.cls is None else self._index.method(owner.model.cls, name)
        return BoundName(owner, name) if method is None else Bound(method, owner)

    def _of_row(self, frame: Frame, row: Row, name: str, ref: Ref) -> Value | None:
        field = row.model.fields.get(name)
        if field is None:
            return self._of_row_class(frame, row, name, ref)
        if field.kind is Kind.COLUMN or field.lazy or (field in row.path and len(row.path) > 1):
            return None
        target = None if field.target is None else self._graph.models.get(field.target)
        if not field.kind.is_one:
            if target is None or row.loaded.has(field):
                return None  # a list that a prefetch made
            return Query(target, NOTHING, (frame.site(ref),), (), row, field)
        loaded = row.loaded.under(field)
        if not row.loaded.has(field):
            note(frame, Cost.RELATION, row, field, ref)
        if target is None:
            return None
        return row._replace(model=target, loaded=loaded, path=(*row.path, field), known=frozenset(), origin=row.root)

    def _of_row_class(self, frame: Frame, row: Row, name: str, ref: Ref) -> Value | None:
        method = None if row.model.cls is None else self._index.method(row.model.cls, name)
        if method is None:
            if name in OF_ROWS:
                return BoundName(row, name)
            return BoundName(ModelClass(row.model), name) if name in self._queries["starting"] else None
        return self._of_method(frame, row, method, ref)

    # Calls

    def follows(self, name: str) -> bool:
        """Tell whether `function` answers for something, by its dotted name."""
        return name in _PREFETCHING

    def function(self, frame: Frame, name: str, arguments: Arguments, ref: Ref) -> Value | None:
        """Return what `prefetch` returns: rows with more than is followed here."""
        first = arguments.positional[0] if arguments.positional else None
        if name in _PREFETCHING and isinstance(first, Query):
            return first._replace(loaded=EVERYTHING, evaluated=True)
        return None

    def call(self, frame: Frame, owner: Value, name: str, arguments: Arguments, ref: Ref) -> Value | None:
        """Return what a method of a model or query returns that the project does not define."""
        known = self._queries
        note_row(frame, owner, name, ref)
        if isinstance(owner, ModelClass):
            return self._call_model(frame, owner, name, arguments, ref)
        if not isinstance(owner, Query):
            return None
        query = owner._replace(sites=(*owner.sites, frame.site(ref)))
        if name == "select":
            return query._replace(loaded=query.loaded.merged(_selected(query.model, arguments)))
        if name == "prefetch":
            return query._replace(loaded=EVERYTHING, evaluated=True)
        if name in known["same"]:
            return self._narrowed(frame, query, name, arguments, ref)
        if name in known["single"]:
            if name.startswith("get"):
                query = with_conditions(query, _conditions(frame, query.model, ref))
            note_asked(frame, query, ref, name)
            self._ask_again(frame, query, ref, name)
            return Row(query.model, query.loaded, query.sites)
        if name in known["scalar"]:
            self.run(frame, query._replace(narrowed=query.narrowed or name), ref, name)
        return None

    def _call_model(self, frame: Frame, owner: ModelClass, name: str, arguments: Arguments, ref: Ref) -> Value | None:
        known = self._queries
        query = Query(owner.model, NOTHING, (frame.site(ref),))
        if name in known["starting"]:
            loaded = _selected(owner.model, arguments) if name == "select" else NOTHING
            return query._replace(loaded=loaded)
        if name == "alias":
            return owner
        if name in known["by_key"]:
            if name != "get_by_id":
                query = with_conditions(query, _conditions(frame, query.model, ref))
            note_asked(frame, query, ref, name)
            self._ask_again(frame, query, ref, name)
            return Row(owner.model, NOTHING, query.sites)
        if name != "create":
            return None
        note_made(frame, owner.model, name, ref)
        return Row(owner.model, NOTHING)

    def _narrowed(self, frame: Frame, query: Query, name: str, arguments: Arguments, ref: Ref) -> Query:
        first = arguments.positional[0] if arguments.positional else None
        few = name == "limit" and isinstance(first, Literal) and first.value == 1
        loaded = query.loaded if arguments.complete or name not in ("join", "join_from") else EVERYTHING
        if name == "where":
            query = with_conditions(query, _conditions(frame, query.model, ref))
        elif name not in self._queries["unconditional"]:
            query = with_conditions(query, None)
        varies = query.varies | _turns(frame, query.model, name, ref)
        return query._replace(few=query.few or few, narrowed=query.narrowed or name, loaded=loaded, varies=varies)

    # Rows

    def row_of(self, frame: Frame, query: Query, ref: Ref, loop: tuple[int, int] | None) -> Row | None:
        """Return a row of a query that is run here."""
        self.run(frame, query, ref, "")
        loaded = query.loaded.merged(frame.extra.get(ref, NOTHING))
        owner, field = query.owner, query.field
        if owner is not None and field is not None and owner.many and owner.sites and not query.narrowed:
            return Row(query.model, loaded, owner.sites, (*owner.path, field), True, loop, origin=owner.root)
        many = not query.few or (owner is not None and owner.many)
        return Row(query.model, loaded, query.sites, (), many, loop)

    def _ask_again(self, frame: Frame, query: Query, ref: Ref, method: str) -> None:
        """Note that a query runs here, if that is in each turn of a loop."""
        if method:
            query = query._replace(varies=query.varies | _turns(frame, query.model, method, ref))
        ask_again(frame, query, ref, method)

    def run(self, frame: Frame, query: Query, ref: Ref, method: str) -> None:
        """Note that the rows that point to a row are asked for, where that is once for each row of another query."""
        owner, field = query.owner, query.field
        if not query.evaluated:
            note_asked(frame, query, ref, method)
        if query.evaluated:
            return
        if owner is None or field is None or not frame.is_per_row(owner, ref):
            ask_again(frame, query, ref, method)
        elif not owner.loaded.unknown:
            note(frame, Cost.QUERY if query.narrowed else Cost.RELATION, owner, field, ref, query, method)


def _selected(model: Model, arguments: Arguments) -> Loaded:
    """Return the relations whose rows come along because columns of theirs are selected."""
    if not arguments.complete or any(value is None for value in arguments.positional):
        return EVERYTHING
    models = set(_models(arguments.positional)) - {model.key}
    paths = [(field.name,) for field in model.relations() if field.kind is Kind.TO_ONE and field.target in models]
    own = any(field.target == model.key for field in model.relations())
    return EVERYTHING if own and len(arguments.positional) > 1 else Loaded(joined=frozenset(paths))


def _conditions(frame: Frame, model: Model, ref: Ref) -> list[Condition] | None:
    """Return the conditions that a call adds, which are expressions or names: `get(name=name)`; None for others."""
    found = by_arguments(frame, ref, _column)
    return by_keywords(frame, model, ref, lookup="exact") if found is None else found


def _turns(frame: Frame, model: Model, method: str, ref: Ref) -> Turns:
    """Return the loops and rows with which a query changes by a call: `where(Tweet.user == user)`."""
    if method == "get_by_id":
        term = frame.body.entries[ref].term if ref >= 0 else None
        return by_values(frame, model, term.arguments) if isinstance(term, Call) else NEVER
    if method not in _CONDITIONAL:
        return NEVER
    return by_conditions(frame, ref) | turns_by_keywords(frame, model, ref)


def _column(value: Value | None) -> tuple[Model, str] | None:
    if isinstance(value, Own) and isinstance(value.value, Attr):
        return value.value.model, value.value.name
    return None


def _models(values: Iterable[Value | None]) -> Iterable[str]:
    for value in values:
        if isinstance(value, ModelClass):
            yield value.model.key
        elif isinstance(value, Own) and isinstance(value.value, Attr):
            yield value.value.model.key
