"""What Django's managers, querysets and rows do when code asks something of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.project.evaluation.arguments import NO_ARGUMENTS, Arguments
from perffix.project.evaluation.frames import varying_operands
from perffix.project.evaluation.values import (
    EVERYTHING,
    NOTHING,
    Bound,
    BoundName,
    Manager,
    ModelClass,
    Pages,
    Query,
    Row,
    Several,
    Value,
)
from perffix.project.orm.accesses import Cost
from perffix.project.orm.conditions import by_keywords, note_asked, with_conditions
from perffix.project.orm.django.changed_rows import note_changed
from perffix.project.orm.django.loading import loading_call, prefetch_object
from perffix.project.orm.django.managers import Managers
from perffix.project.orm.django.models import PARENT_LINK
from perffix.project.orm.django.named_models import NamedModels
from perffix.project.orm.django.unique_sets import UniqueSets
from perffix.project.orm.graph import Kind
from perffix.project.orm.library import Library, note, note_repeated
from perffix.project.orm.loadings import note_loading
from perffix.project.orm.readings import note_reading
from perffix.project.orm.writes import OF_ROWS, note_made, note_row
from perffix.project.summaries.terms import Attribute, Call, Literal, Named, Table
from perffix.semantic import facts

if TYPE_CHECKING:
    from perffix.project.evaluation.evaluator import Evaluator
    from perffix.project.evaluation.frames import Frame
    from perffix.project.index import Class, Function, Index
    from perffix.project.orm.graph import Field, ModelGraph
    from perffix.project.summaries.terms import Ref

_KEYS = ("pk", "id")
_REFRESHING = ("refresh_from_db", "arefresh_from_db")  # which drop the relations of a row that are in memory
# Functions that are known wherever they come from, and those that pass on what they are given.
_FUNCTIONS = (
    "get_object_or_404", "get_list_or_404", "prefetch_related_objects", "aprefetch_related_objects", "Prefetch",
    "Paginator", "AsyncPaginator",
)  # fmt: skip
_PASSING_ON = ("itertools.chain", "itertools.islice", "copy.copy")
_QUERYSETS = frozenset({"django.db.models.QuerySet", "django.db.models.query.QuerySet"})
_PAGINATORS = frozenset({"django.core.paginator.Paginator", "django.core.paginator.AsyncPaginator"})


class DjangoQueries(Library):
    """Answers for the values of Django's ORM.

    Attributes:
        managers: what queries start from.
    """

    name = "django"

    def __init__(self, index: Index, graph: ModelGraph) -> None:
        super().__init__(index, graph)
        self._facts = facts.load("django_queries")
        self._batching = frozenset(facts.load("django")["batching_bases"])  # one row asks for all others, too
        self.managers = Managers(index)
        self._named = NamedModels(index, graph)
        self._unique = UniqueSets(index)
        known = facts.load("django")
        self._columns = frozenset((*known["plain_columns"], *known["file_columns"]))

    # Attributes

    def _of_model(self, frame: Frame, owner: ModelClass, name: str, ref: Ref) -> Value | None:
        model = owner.model
        manager = self.managers.named(model, name)
        if manager is not None or model.cls is None:
            return manager
        method = self._index.method(model.cls, name)
        return None if method is None else Bound(method, owner)

    def _of_query(self, owner: Value, name: str) -> Value | None:
        if not isinstance(owner, (Manager, Query)):
            return None
        if name == "model":
            return ModelClass(owner.model)
        if name == "object_list" and isinstance(owner, Query):
            return owner  # a page of its rows
        for cls in owner.classes:
            method = self._index.method(cls, name)
            if method is not None:
                return Bound(method, owner)
        return BoundName(owner, name)

    def _of_row(self, frame: Frame, row: Row, name: str, ref: Ref) -> Value | None:
        field = row.model.fields.get(name)
        if frame.evaluator.refreshed and row in frame.evaluator.refreshed:
            # It has lost what came with it: no query could be told to load more.
            row = row._replace(loaded=EVERYTHING)
        if field is None:
            return self._of_row_class(frame, row, name, ref)
        if field.kind is Kind.COLUMN:
            if self._is_left_out(row, field):
                note(frame, Cost.COLUMN, row, field, ref)
            return None
        if field.kind is Kind.GENERIC and not row.loaded.has(field) and name not in row.known:
            note(frame, Cost.RELATION, row, field, ref)
        target = None if field.target is None else self._graph.models.get(field.target)
        if target is None or (field in row.path and (len(row.path) > 1 or frame.route)):
            return None  # unknown, or in circles
        if not field.kind.is_one:
            manager = self.managers.default(target)
            return None if manager is None else manager._replace(owner=row, field=field)
        if name in row.known or field.lazy == PARENT_LINK:
            return Row(target, EVERYTHING)
        loaded = NOTHING
        if row.loaded.has(field):
            loaded = row.loaded.under(field)
        elif row.model.cls is None or not self._index.is_subclass(row.model.cls, self._batching):
            note(frame, Cost.RELATION, row, field, ref)
        only_one = field.kind is Kind.REVERSE_ONE or field.by.endswith("OneToOneField")
        known = frozenset([field.inverse]) if field.inverse and only_one else frozenset()
        return row._replace(model=target, loaded=loaded, path=(*row.path, field), known=known, origin=row.root)

    def _is_left_out(self, row: Row, field: Field) -> bool:
        """Tell whether a column does not come with a row, so that the database is asked for it."""
        names = [field.name]
        if field.by in self._facts["keys"]:
            names.append(field.name.removesuffix("_id"))
        if field.key or not row.loaded.leaves_out(*names) or not row.known.isdisjoint(names):
            return False
        outside = field.declared is None and field.name != "id"
        return outside or len(names) > 1 or field.by in self._columns

    def _of_row_class(self, frame: Frame, row: Row, name: str, ref: Ref) -> Value | None:
        for attribute, path in row.loaded.lists:
            if attribute == name and len(path) == 1:
                return None  # a list whose rows are known to the prefetch alone
        cls = row.model.cls
        method = None if cls is None else self._index.method(cls, name)
        if method is None and name in (*OF_ROWS, *_REFRESHING):
            return BoundName(row, name)
        if method is None:
            return self.managers.default(row.model) if name == "objects" else None
        return self._of_method(frame, row, method, ref)

    # Calls

    def can_be_told_more(self, evaluator: Evaluator, query: Query) -> bool:
        """Tell whether a query can still be told what to load: not once it is combined or streamed."""
        told = self._facts["told_before"]
        return not query.evaluated and not any(evaluator.method_at(site) in told for site in query.sites)

    def start(self, frame: Frame, manager: Manager, ref: Ref) -> Query | None:
        """Return the query that a manager begins with: what its `get_queryset` returns."""
        for cls in manager.classes:
            method = self._index.method(cls, "get_queryset")
            if method is not None:
                found = frame.call_method(method, manager, NO_ARGUMENTS, ref)
                if not isinstance(found, Query):  # of the same model all the same, with whatever it loads
                    return self._plain(frame, manager._replace(unknown=True), ref)
                # A relation's own rows are those that its manager gives.
                return found._replace(sites=(frame.site(ref),), owner=manager.owner, field=manager.field, narrowed="")
        return self._plain(frame, manager, ref)

    def _plain(self, frame: Frame, manager: Manager, ref: Ref) -> Query:
        loaded = EVERYTHING if manager.unknown else NOTHING
        query = Query(manager.model, loaded, (frame.site(ref),), manager.classes, manager.owner, manager.field)
        return query._replace(conditions=None) if manager.unknown else query

    def behind(self, function: Function) -> Value | None:
        """Return Django's function that gives models by their names, for one of the project that hands on to it."""
        return self._named.behind(function)

    def construct(self, frame: Frame, cls: Class, arguments: Arguments, ref: Ref) -> Value | None:
        """Return what the call of a class of the project makes, if that is a query, or its pages."""
        first = arguments.get(0, "model")
        if isinstance(first, ModelClass) and self._index.is_subclass(cls, _QUERYSETS):
            return Query(first.model, NOTHING, (frame.site(ref),), (cls,))
        pages = arguments.get(0, "object_list")
        if isinstance(pages, Query) and self._index.is_subclass(cls, _PAGINATORS):
            return Pages(pages)
        return None

    def call(self, frame: Frame, owner: Value, name: str, arguments: Arguments, ref: Ref) -> Value | None:
        """Return what a method of a manager or query returns that the project does not define."""
        note_row(frame, owner, name, ref)
        if isinstance(owner, Row) and name in _REFRESHING and arguments == NO_ARGUMENTS:
            frame.evaluator.refreshed.add(owner)
        if not isinstance(owner, (Manager, Query)):
            return None
        here = frame.site(ref)
        for site in (here, frame.site(_asked(frame, ref))):
            frame.evaluator.served.setdefault(site, set()).add(owner.model.key)
        if isinstance(owner, Manager):
            if name == "get_queryset":
                return self._plain(frame, owner, ref)
            started = self.start(frame, owner, ref)
            if started is None:
                return None
            query = started
        else:
            query = owner._replace(sites=(*owner.sites, here))
        varies = frozenset[tuple[int, int] | Row]().union(*map(frame.varies_with, _condition(frame, name, ref)))
        query = query._replace(varies=query.varies | varies) if varies else query
        return self._method(frame, query, name, arguments, ref)

    def _method(self, frame: Frame, query: Query, name: str, arguments: Arguments, ref: Ref) -> Value | None:
        known = self._facts
        if name in known["same"]:
            return query
        if name in known["loading"]:
            return self._loading(frame, query, name, arguments, ref)
        if name in known["conditional"]:
            query = with_conditions(query, by_keywords(frame, query.model, ref))
        if name in known["narrowing"]:
            if name in known["rewriting"]:
                query = with_conditions(query, None)
            by_key = name == "filter" and any(key in _KEYS for key, _ in arguments.keywords)
            few = query.few or by_key or name == "none" or (name == "filter" and self._unique.one_row(query))
            return query._replace(narrowed=query.narrowed or name, few=few)
        if name in known["streaming"]:
            note_loading(frame, query, name, arguments, ref)
            return query._replace(narrowed=query.narrowed or name)
        if name in known["scalar"]:
            anew = name not in known["from_memory"]  # whatever a prefetch has in memory
            self.run(frame, query._replace(narrowed=query.narrowed or name) if anew else query, ref, name)
            return None
        if name in known["single"]:
            if not _is_fresh_copy(frame, query, ref):
                self.run(frame, query._replace(narrowed=query.narrowed or name), ref, name)
            sites = query.sites[:-1] or (frame.site(_asked(frame, ref)),)
            return Row(query.model, query.loaded, sites, known=self._known(query))
        if name in known["making"]:
            note_made(frame, query.model, name, ref)
            return Row(query.model, NOTHING)
        if name in (*known["other_shapes"], *known["changing"]):
            note_asked(frame, query, ref, name)
            note_loading(frame, query, name, arguments, ref)
        if name in known["changing"]:
            note_changed(frame, query, name, ref)
        if name in known["making_pairs"]:
            note_made(frame, query.model, name, ref, self._unique.asked_for(query))
            note_asked(frame, query, ref, name)
            return Several((Row(query.model, NOTHING), None))
        return None

    def _loading(self, frame: Frame, query: Query, name: str, arguments: Arguments, ref: Ref) -> Query:
        note_loading(frame, query, name, arguments, ref)
        loaded = loading_call(frame, query.loaded, name, arguments)
        narrowed = query.narrowed if name == "prefetch_related" else query.narrowed or name
        return query._replace(loaded=loaded, narrowed=narrowed)

    def follows(self, name: str) -> bool:
        """Tell whether something outside of the project matters to Django's queries, by its dotted name."""
        return name.rpartition(".")[2] in _FUNCTIONS or name in _PASSING_ON or self._named.knows(name)

    def function(self, frame: Frame, name: str, arguments: Arguments, ref: Ref) -> Value | None:
        """Return what a function of Django returns, or one that passes a query on."""
        first = arguments.positional[0] if arguments.positional else None
        _module, _, function = name.rpartition(".")
        if function == "get_object_or_404":
            query = self._query_of(frame, first, _first_argument(frame, ref))
            if query is not None:
                query = with_conditions(query, by_keywords(frame, query.model, ref, after=1))
                self.run(frame, query._replace(varies=query.varies | frame.varies_with(ref)), ref, "get")
            return None if query is None else Row(query.model, query.loaded, query.sites)
        if function == "get_list_or_404":
            query = self._query_of(frame, first, _first_argument(frame, ref))
            return None if query is None else frame.in_memory(query, ref)
        if function in ("prefetch_related_objects", "aprefetch_related_objects") and isinstance(first, Query):
            frame.loaded_later(ref, loading_call(frame, NOTHING, "prefetch_related", arguments.without_first()))
        if function == "Prefetch":
            return prefetch_object(arguments)
        if function in ("Paginator", "AsyncPaginator") and isinstance(first, Query):
            return Pages(first)
        if name in _PASSING_ON:
            if isinstance(first, Query) and function != "copy":
                first = frame.in_memory(first, ref)
            return first if len(arguments.positional) == 1 or function != "chain" else None
        return self._named.given_by(name, arguments)

    def _query_of(self, frame: Frame, value: Value | None, ref: Ref) -> Query | None:
        if isinstance(value, ModelClass):
            value = self.managers.default(value.model)
            frame.evaluator.made[frame.site(ref)] = "model"
        if isinstance(value, Manager):
            return self.start(frame, value, ref)
        return value if isinstance(value, Query) else None

    # Queries that run

    def row_of(self, frame: Frame, query: Query, ref: Ref, loop: tuple[int, int] | None) -> Row | None:
        """Return a row of a query that is run here."""
        self.run(frame, query, ref, "")
        loaded = query.loaded.merged(frame.extra.get(ref, NOTHING))
        owner, field, known = query.owner, query.field, self._known(query)
        if owner is None or field is None:
            return Row(query.model, loaded, query.sites, (), not query.few, loop, known)
        if query.narrowed:
            return Row(query.model, loaded, query.sites, (), owner.many or not query.few, loop, known)
        if owner.loaded.is_prefetched(field):
            loaded = loaded.merged(owner.loaded.under(field))
        elif not owner.many and _is_asked_where_made(frame, query, owner):
            return Row(query.model, loaded, query.sites, (), not query.few, loop, known)
        path, single = (*owner.path, field), owner.single or not owner.many
        return Row(query.model, loaded, owner.sites, path, True, loop, known, owner.root, single)

    def _known(self, query: Query) -> frozenset[str]:
        field = query.field
        if (
            field is None
            or field.inverse is None
            or field.by.endswith(("ManyToManyField", "Manager", "GenericRelation"))
        ):
            return frozenset()
        return frozenset([field.inverse])

    def run(self, frame: Frame, query: Query, ref: Ref, method: str) -> None:
        """Note that a query runs here, where it runs once for each row of another or in each turn of a loop."""
        owner, field = query.owner, query.field
        note_reading(frame, query, ref, method)
        if query.evaluated:
            return
        note_asked(frame, query, ref, method)
        if owner is None or field is None or not frame.is_per_row(owner, ref):
            note_repeated(frame, query, ref, method)
            return
        if owner.loaded.unknown:
            return
        if owner.loaded.is_prefetched(field):
            if query.narrowed:
                note(frame, Cost.DEFEATED, owner, field, ref, query, method)
            return
        if not field.kind.is_one and owner.loaded.has(field):
            return  # a join cannot load it: the query fails
        note(frame, Cost.QUERY if query.narrowed else Cost.RELATION, owner, field, ref, query, method)


def _condition(frame: Frame, name: str, ref: Ref) -> tuple[Ref, ...]:
    """Return the entries that a call makes a condition of; not those on columns whose names are computed."""
    entries = frame.body.entries
    term = entries[ref].term if ref >= 0 else None
    if not isinstance(term, Call) or name in ("prefetch_related", "select_related", "only", "defer", "using"):
        return ()
    computed = {value for key, value in term.keywords if key is None and _has_computed_key(frame, value)}
    return tuple(each for each in varying_operands(term)[1:] if each not in computed)


def _has_computed_key(frame: Frame, ref: Ref) -> bool:
    table = frame.body.entries[ref].term
    if not isinstance(table, Table):
        return False
    keys = [frame.body.entries[key].term for key, _ in table.items if key is not None]
    return not all(isinstance(key, Literal) for key in keys)


def _asked(frame: Frame, ref: Ref) -> Ref:
    """Return what a call asks by a method: `Book.objects` of `Book.objects.get(...)`."""
    entries = frame.body.entries
    term = entries[ref].term if ref >= 0 else None
    called = entries[term.function].term if isinstance(term, Call) else None
    if isinstance(called, Attribute):
        return called.value
    return term.function - 1 if isinstance(term, Call) and isinstance(called, Named) and "." in called.name else ref


def _first_argument(frame: Frame, ref: Ref) -> Ref:
    """Return the first argument of a call."""
    term = frame.body.entries[ref].term if ref >= 0 else None
    return term.arguments[0] if isinstance(term, Call) and term.arguments else ref


def _is_asked_where_made(frame: Frame, query: Query, owner: Row) -> bool:
    """Tell whether a relation of a single row is asked for by the code that fetched or made the row."""
    if not owner.sites:
        return not frame.route
    here, there = query.sites[-1], owner.sites[-1]
    return (here.module, here.body) == (there.module, there.body)


def _is_fresh_copy(frame: Frame, query: Query, ref: Ref) -> bool:
    """Tell whether a row that is at hand is asked for once more by its key: `get(pk=book.pk)`."""
    entries = frame.body.entries
    term = entries[ref].term if ref >= 0 else None
    if not isinstance(term, Call):
        return False
    for name, value in term.keywords:
        read = entries[value].term
        if name in _KEYS and isinstance(read, Attribute) and read.name in _KEYS:
            row = frame.value(read.value)
            return isinstance(row, Row) and row.model is query.model
    return False
