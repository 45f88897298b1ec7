"""What SQLAlchemy's sessions, statements, queries, results and rows do when code asks something of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.project.evaluation.arguments import NO_ARGUMENTS, Arguments
from perffix.project.evaluation.values import (
    EVERYTHING,
    NOTHING,
    Bound,
    BoundName,
    Elements,
    ModelClass,
    Own,
    Query,
    Record,
    Row,
    Several,
    Value,
)
from perffix.project.orm.accesses import Cost
from perffix.project.orm.comparing import Attr
from perffix.project.orm.conditions import note_asked, with_conditions
from perffix.project.orm.graph import Kind
from perffix.project.orm.library import Library, note
from perffix.project.orm.loadings import note_loading
from perffix.project.orm.readings import note_reading
from perffix.project.orm.sqlalchemy.conditions import conditions_of
from perffix.project.orm.sqlalchemy.loading import (
    LIBRARY,
    Columns,
    Option,
    below,
    given_options,
    is_loader,
    loader,
    options_in,
    with_options,
)
from perffix.project.orm.sqlalchemy.selected import ColumnQueries
from perffix.project.orm.sqlalchemy.sharing import (
    compared_columns,
    parents_in_memory,
    shared_parents,
)
from perffix.project.orm.sqlalchemy.turns import turns_of
from perffix.project.orm.varying import ask_again
from perffix.project.summaries.terms import Literal, Named
from perffix.semantic import facts

if TYPE_CHECKING:
    from perffix.project.evaluation.frames import Frame
    from perffix.project.index import Index
    from perffix.project.orm.graph import Field, Model, ModelGraph
    from perffix.project.summaries.terms import Ref


_PAGINATING = ("paginate", "apaginate")
_PACKAGES = ("sqlalchemy.", "sqlmodel.")


class SqlalchemyQueries(Library):
    """Answers for the values of SQLAlchemy, SQLModel and Flask-SQLAlchemy."""

    name = LIBRARY

    def __init__(self, index: Index, graph: ModelGraph) -> None:
        super().__init__(index, graph)
        known = facts.load("sqlalchemy")
        self._lazy = known["lazy"]
        self._queries = known["queries"]
        self._sessions = known["sessions"]
        self._columns = ColumnQueries(self._narrowed, self.run)

    # Attributes

    def _of_query(self, owner: Value, name: str) -> Value | None:
        if isinstance(owner, Query) and name == "items" and owner.owner is None:
            return owner._replace(evaluated=True)  # of a page
        return BoundName(owner, name)

    def _of_model(self, frame: Frame, owner: ModelClass, name: str, ref: Ref) -> Value | None:
        model = owner.model
        if name in model.fields or name == "id":  # which a base that is not known may declare
            return Own(LIBRARY, Attr(model, name))
        method = None if model.cls is None else self._index.method(model.cls, name)
        if method is not None:
            return Bound(method, owner)
        return Query(model, NOTHING, (frame.site(_up_to(frame, ref, name)),)) if name == "query" and ref >= 0 else None

    def _of_row(self, frame: Frame, row: Row, name: str, ref: Ref) -> Value | None:
        if name == "awaitable_attrs":
            return row
        field = row.model.fields.get(name)
        if field is None:
            return self._of_row_class(frame, row, name, ref)
        if field.kind is Kind.COLUMN:
            return self._column(frame, row, field, ref)
        if field in row.path and len(row.path) > 1:
            return None  # in circles
        if field.lazy in (*self._lazy["never"], "?"):
            return None
        target = None if field.target is None else self._graph.models.get(field.target)
        if (
            row.path
            and field.kind is Kind.TO_ONE
            and field.target in (row.root.key, *(each.target for each in row.path))
        ):
            return None  # most likely a row that the way came from, which is in memory
        if field.lazy in self._lazy["query"]:
            return None if target is None else Query(target, NOTHING, (frame.site(ref),), (), row, field)
        if name in row.known or (field.kind is Kind.TO_ONE and field.target in frame.evaluator.fetched):
            return None if target is None else Row(target, EVERYTHING)  # the session holds it, or may
        loaded = row.loaded.under(field)
        if not row.loaded.has(field) and field.lazy not in self._lazy["eager"]:
            note(frame, Cost.RELATION, row, field, ref)
        if target is None:
            return None
        if not field.kind.is_one:
            loaded = loaded if row.sites else EVERYTHING  # no query gave the row that could load more
            return Query(target, loaded, row.sites, (), row, field, evaluated=True)
        known = self._ways_back(field, row.model, target) if field.kind is Kind.REVERSE_ONE else frozenset[str]()
        return row._replace(model=target, loaded=loaded, path=(*row.path, field), known=known, origin=row.root)

    def _column(self, frame: Frame, row: Row, field: Field, ref: Ref) -> Value | None:
        if field.by == "association_proxy":
            return self._through(frame, row, field.query_name.split("."), ref)
        if not field.key and row.loaded.leaves_out(field.name, lazy=field.lazy == "deferred"):
            note(frame, Cost.COLUMN, row, field, ref)
        return None

    def _through(self, frame: Frame, row: Row, names: list[str], ref: Ref) -> Value | None:
        """Return what an association proxy gives: an attribute of what a relation leads to."""
        if len(names) != 2:
            return None
        there = self._of_row(frame, row, names[0], ref)
        if isinstance(there, Query):
            element = self.row_of(frame, there, ref, None)
            return None if element is None else Elements(self._of_row(frame, element, names[1], ref))
        return self._of_row(frame, there, names[1], ref) if isinstance(there, Row) else None

    def _of_row_class(self, frame: Frame, row: Row, name: str, ref: Ref) -> Value | None:
        cls = row.model.cls
        method = None if cls is None else self._index.method(cls, name)
        if method is None:
            return self._of_model(frame, ModelClass(row.model), name, ref) if name == "query" else None
        return self._of_method(frame, row, method, ref)

    def _ways_back(self, field: Field, model: Model, target: Model) -> frozenset[str]:
        """Return the attributes of a relation's rows that lead back to the row at hand: it is in memory."""
        if field.inverse is not None:
            other = target.fields.get(field.inverse)
            return frozenset([field.inverse]) if other is not None and other.kind.is_one else frozenset()
        keys = (model.key, *model.parents)
        return frozenset(each.name for each in target.relations() if each.kind is Kind.TO_ONE and each.target in keys)

    # Statements and sessions

    def follows(self, name: str) -> bool:
        """Return True: a method of something outside of the project may be that of a session."""
        return not name.startswith("builtins.")

    def function(self, frame: Frame, name: str, arguments: Arguments, ref: Ref) -> Value | None:
        """Return what a function of SQLAlchemy returns, or a method of something outside of the project."""
        last = name.rpartition(".")[2]
        first = arguments.positional[0] if arguments.positional else None
        if is_loader(last) and (name.startswith("sqlalchemy") or first is not None):
            return Own(LIBRARY, loader(last, arguments, None))
        if last in ("aliased", "with_polymorphic") and self._is_model(first):
            return first
        if last == "select" and name.startswith(_PACKAGES):
            return self._columns.selected(frame, arguments, ref, certain=True)
        if last in _PAGINATING and name.startswith("fastapi_pagination."):
            given = (*arguments.positional, *[value for _, value in arguments.keywords])
            query = next((each for each in given if isinstance(each, Query)), None)
            return None if query is None else self._run(frame, "paginate", query, ref)
        return self.method_of_unknown(frame, last, arguments, ref)

    def _is_model(self, value: Value | None) -> bool:
        return isinstance(value, ModelClass) and value.model.library == LIBRARY

    def method_of_unknown(self, frame: Frame, name: str, arguments: Arguments, ref: Ref) -> Value | None:
        """Return what a method of a session returns; that it is one is told by the models it is given."""
        known = self._sessions
        if name in known["making"]:
            return self._columns.selected(frame, arguments, ref, certain=False)
        first = arguments.positional[0] if arguments.positional else None
        if first is None:
            first = dict(arguments.keywords).get("statement", dict(arguments.keywords).get("select"))
        if is_loader(name) and isinstance(first, Own):
            return Own(LIBRARY, loader(name, arguments, None))
        if name in known["by_key"] and isinstance(first, ModelClass) and self._is_model(first):
            return self._by_key(frame, first.model, arguments, ref)
        if isinstance(first, Query) and first.model.library == LIBRARY:
            return self._run(frame, name, first, ref)
        if isinstance(first, Own) and isinstance(first.value, Columns):
            return self._columns.executed(frame, name, first.value, ref)
        return None

    def _by_key(self, frame: Frame, model: Model, arguments: Arguments, ref: Ref) -> Value | None:
        if len(arguments.positional) + len(arguments.keywords) < 2:
            return None
        query = Query(model, NOTHING, (frame.site(ref),))
        options = dict(arguments.keywords)
        if "options" in options or not arguments.complete:
            query = with_options(query, options_in([options.get("options")]))
        if model.key not in frame.evaluator.fetched:  # else the session is likely to hold the row
            ask_again(frame, query._replace(varies=turns_of(frame, model, "get", ref, 1)), ref, "get")
        return Row(model, query.loaded, query.sites)

    def _run(self, frame: Frame, name: str, query: Query, ref: Ref) -> Value | None:
        """Return what a session's method gives for a statement of one model."""
        known = self._sessions
        if name not in (*known["rows"], *known["elements"], *known["adapting"], *known["single"]):
            return None
        if not query.evaluated:
            note_asked(frame, query, ref, name)
            ask_again(frame, query, ref, name)
        query = query._replace(sites=(*query.sites, frame.site(ref)), evaluated=True)
        if name in known["rows"]:
            return Own(LIBRARY, Columns((query.model.name,), (query,)))
        if name in (*known["elements"], *known["adapting"]):
            return query
        return Row(query.model, query.loaded, query.sites)

    # Methods of queries, results and options

    def call(self, frame: Frame, owner: Value, name: str, arguments: Arguments, ref: Ref) -> Value | None:
        """Return what a method of a query, result or option returns."""
        if isinstance(owner, Own):
            return self._call_own(frame, owner, name, arguments, ref)
        if not isinstance(owner, Query):
            return None
        if owner.owner is not None and owner.evaluated:
            return self._of_collection(frame, owner, name, ref)
        query = owner._replace(sites=(*owner.sites, frame.site(ref)))
        known = self._queries
        if name in ("options", *known["single"]):
            note_loading(frame, owner, name, arguments, ref)
        if name == "options":
            return with_options(query, given_options(frame, arguments, ref))
        if name in known["same"]:
            return self._narrowed(frame, query, name, arguments, ref)
        if name in known["many"]:
            self.run(frame, query, ref, name)
            self._hold(frame, query)
            return query._replace(evaluated=True)
        if name in known["chunks"]:
            return Elements(query._replace(evaluated=True))
        if name in known["single"]:
            self._ask_for_one(frame, query, name, ref)
            return Row(query.model, query.loaded, query.sites, known=self._known(query))
        if name == "scalars":
            return query
        if name in ("count", "exists"):
            self.run(frame, query, ref, name)
        if name in ("update", "delete"):
            note_asked(frame, query, ref, name)
        return self._reshaped(frame, query, name, arguments, ref) if name in known["reshaped"] else None

    def _ask_for_one(self, frame: Frame, query: Query, name: str, ref: Ref) -> None:
        """Note that a query runs for a single row, unless the session is likely to hold that row."""
        if name in self._sessions["by_key"] and query.model.key in frame.evaluator.fetched:
            return
        varies = query.varies | turns_of(frame, query.model, name, ref)
        self.run(frame, query._replace(narrowed=query.narrowed or name, varies=varies), ref, name)

    def _narrowed(self, frame: Frame, query: Query, name: str, arguments: Arguments, ref: Ref) -> Query:
        first = arguments.positional[0] if arguments.positional else None
        few = name == "limit" and isinstance(first, Literal) and first.value == 1
        narrowed = query.narrowed or (name if query.owner is not None else "")
        compared = compared_columns(frame, query.model, name, arguments, ref)
        loaded = query.loaded.merged(shared_parents(query.model, compared))
        loaded = loaded.merged(parents_in_memory(frame, query.model, name, ref))
        query = with_conditions(query, conditions_of(frame, query.model, name, ref))
        few = query.few or few or "id" in compared
        varies = query.varies | turns_of(frame, query.model, name, ref)
        return query._replace(few=few, narrowed=narrowed, loaded=loaded, varies=varies)

    def _of_collection(self, frame: Frame, query: Query, name: str, ref: Ref) -> Value | None:
        """Return what a method of a relation's list, set or dictionary returns."""
        if name in ("values", "copy"):
            return query
        if name == "items":
            element = self.row_of(frame, query, ref, None)
            return Elements(Several((None, element)))
        if name == "get":
            return self.row_of(frame, query, ref, None)
        return None

    def _reshaped(self, frame: Frame, query: Query, name: str, arguments: Arguments, ref: Ref) -> Value | None:
        if name in ("with_entities", "with_only_columns"):
            return self._columns.selected(frame, arguments, ref, certain=False)
        if name in ("add_columns", "add_column", "add_entity"):
            more = (None,) * len(arguments.positional)
            return Own(LIBRARY, Columns((query.model.name, *("" for _ in more)), (query, *more)))
        return None

    def _call_own(self, frame: Frame, owner: Own, name: str, arguments: Arguments, ref: Ref) -> Value | None:
        value = owner.value
        if isinstance(value, Attr):
            return owner if name in ("of_type", "and_") else None
        if isinstance(value, Option):
            if name == "options":
                for inner in options_in(arguments.positional) or [Option(None, (), EVERYTHING)]:
                    value = below(value, inner)
                return Own(LIBRARY, value)
            return Own(LIBRARY, loader(name, arguments, value) if is_loader(name) else value)
        if not isinstance(value, Columns):
            return None
        return self._columns.call(frame, value, name, arguments, ref)

    # Rows

    def element(self, frame: Frame, value: Own, ref: Ref, loop: tuple[int, int] | None) -> Value | None:
        """Return a row of several columns."""
        columns = value.value
        if not isinstance(columns, Columns):
            return None
        self._columns.looped(frame, columns, ref)
        rows = (None if each is None else self.row_of(frame, each, ref, loop) for each in columns.columns)
        return Record(columns.names, tuple(rows))

    def row_of(self, frame: Frame, query: Query, ref: Ref, loop: tuple[int, int] | None) -> Row | None:
        """Return a row of a query that is run here, or of a relation that is in memory."""
        self.run(frame, query, ref, "")
        self._hold(frame, query)
        loaded = query.loaded.merged(frame.extra.get(ref, NOTHING))
        owner, field = query.owner, query.field
        if owner is None or field is None:
            return Row(query.model, loaded, query.sites, (), not query.few, loop)
        known = self._known(query)
        if not query.evaluated or not owner.sites:
            return Row(query.model, loaded, query.sites, (), True, loop, known)
        path, single = (*owner.path, field), owner.single or not owner.many
        return Row(query.model, loaded, owner.sites, path, True, loop, known, owner.root, single)

    def _hold(self, frame: Frame, query: Query) -> None:
        """Note that the session holds rows of a query from now on."""
        if not query.few:
            frame.evaluator.fetched.update((query.model.key, *query.model.parents))

    def _known(self, query: Query) -> frozenset[str]:
        owner, field = query.owner, query.field
        if owner is None or field is None:
            return frozenset()
        return self._ways_back(field, owner.model, query.model)

    def run(self, frame: Frame, query: Query, ref: Ref, method: str) -> None:
        """Note that a query runs here, and where it asks for a dynamic relation of each row of another query."""
        owner, field = query.owner, query.field
        if not query.evaluated:
            note_asked(frame, query, ref, method)
        if owner is None:
            note_loading(frame, query, method, NO_ARGUMENTS, ref)
        note_reading(frame, query, ref, method)
        if query.evaluated:
            return
        if owner is None or field is None or not frame.is_per_row(owner, ref):
            if method != "exists":  # a part of another query
                ask_again(frame, query, ref, method)
        elif not owner.loaded.unknown:
            note(frame, Cost.QUERY if query.narrowed else Cost.RELATION, owner, field, ref, query, method)


def _up_to(frame: Frame, ref: Ref, attribute: str) -> Ref:
    """Return the part of a dotted name that ends with an attribute: `Book.query` of `Book.query.filter`."""
    entries = frame.body.entries
    for part in range(ref, -1, -1):
        term, entry = entries[part].term, entries[part]
        if not isinstance(term, Named) or entry.span.start != entries[ref].span.start:
            continue
        if term.name.endswith(f".{attribute}"):
            return part
    return ref
