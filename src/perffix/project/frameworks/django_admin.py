"""Django's admin, feeds and sitemaps: lists of rows that Django makes and shows by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.model import Related
from perffix.project.evaluation.arguments import NO_ARGUMENTS, Arguments
from perffix.project.evaluation.values import (
    NOTHING,
    Bound,
    Instance,
    Lambda,
    Loaded,
    ModelClass,
    Query,
    Row,
    Several,
    Value,
)
from perffix.project.frameworks.framework import Framework
from perffix.project.index import Class, External, Function
from perffix.project.index import Value as Held
from perffix.project.orm.graph import Kind
from perffix.project.summaries.terms import Call, Display, Literal, Named
from perffix.semantic import facts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.project.evaluation.evaluator import Evaluator
    from perffix.project.evaluation.frames import Frame
    from perffix.project.orm.django.queries import DjangoQueries
    from perffix.project.orm.graph import Model
    from perffix.project.summaries.terms import Ref

# What a project may write itself, so that the list is no longer as the attributes of the class say.
_OWN_WAYS = ("get_list_display", "get_changelist", "get_changelist_instance", "changelist_view")


class DjangoAdmin(Framework):
    """Follows rows into the pages of the admin, into feeds and sitemaps.

    Args:
        queries: Django's mapper.
    """

    inheriting = frozenset({"get_queryset"})

    def __init__(self, queries: DjangoQueries) -> None:
        self._queries = queries
        self._facts = facts.load("django_admin")
        self._admins = frozenset(self._facts["admins"])
        self._plain = frozenset(self._facts["plain"])
        self._registered: dict[Class, list[Model]] | None = None

    def inherited(self, frame: Frame, owner: Instance, name: str, arguments: Arguments, ref: Ref) -> Value | None:
        """Return the query of an admin class that `super().get_queryset()` makes."""
        if not self._is_admin(frame.evaluator, owner.cls):
            return None
        models = self._models_of(frame.evaluator, owner.cls)
        return self._query(frame.evaluator, owner.cls, models[0]) if len(models) == 1 else None

    def run(self, evaluator: Evaluator) -> None:
        """Evaluate the lists of all registered admin classes, all feeds and all sitemaps."""
        kinds = {kind: frozenset(self._facts[kind]) for kind in ("feeds", "sitemaps")}
        for cls in evaluator.index.classes:
            if self._is_admin(evaluator, cls):
                for model in self._models_of(evaluator, cls):
                    evaluator.start()
                    self._list(evaluator, cls, model)
            for kind, shown in kinds.items():
                if evaluator.index.is_subclass(cls, shown):
                    evaluator.start()
                    self._items(evaluator, cls, kind)

    # The admin

    def _is_admin(self, evaluator: Evaluator, cls: Class) -> bool:
        names = evaluator.index.outside_above(cls)
        return not names.isdisjoint(self._admins) and names <= self._admins | self._plain

    def _models_of(self, evaluator: Evaluator, cls: Class) -> list[Model]:
        """Return the models that a class is registered for."""
        if self._registered is None:
            self._registered = {}
            for registered, model in self._registrations(evaluator):
                self._registered.setdefault(registered, []).append(model)
        found = list(self._registered.get(cls, ()))
        frame = evaluator.class_frame(cls)
        for ref in cls.summary.decorators:
            term = cls.summary.body.entries[ref].term
            called = cls.summary.body.entries[term.function].term if isinstance(term, Call) else None
            if not isinstance(term, Call) or not isinstance(called, Named):
                continue
            definition, rest = evaluator.index.resolve(called.name, cls.module)
            if isinstance(definition, External) and not rest and definition.name in self._facts["registering"]:
                for argument in term.arguments:
                    found.extend(_models(frame.value(argument)))
        return list(dict.fromkeys(found))

    def _registrations(self, evaluator: Evaluator) -> Iterator[tuple[Class, Model]]:
        """Yield what `admin.site.register` is called with at the level of modules."""
        for module in evaluator.index.modules.values():
            body = module.summary.body
            for ref in body.asking:
                term = body.entries[ref].term
                called = body.entries[term.function].term if isinstance(term, Call) else None
                if not isinstance(called, Named) or not called.name.endswith(".register"):
                    continue
                definition, rest = evaluator.index.resolve(called.name, module)
                if rest or not isinstance(definition, External) or definition.name not in self._facts["register_call"]:
                    continue
                frame = evaluator.frame_of(Held(module, body, (ref,)))
                assert isinstance(term, Call)
                given = [frame.value(argument) for argument in term.arguments]
                if len(given) == 2 and isinstance(given[1], Class):
                    yield from ((given[1], model) for model in _models(given[0]))

    def _query(self, evaluator: Evaluator, cls: Class, model: Model) -> Query | None:
        """Return the query that an admin class has without a word of its own: all rows of the model."""
        shown = evaluator.index.attribute(cls, "list_display")
        told = evaluator.index.attribute(cls, "list_select_related")
        untold = told is None or evaluator.held(told) == Literal(False)
        held = shown if untold else told
        if held is None or shown is None:
            return None
        frame = evaluator.frame_of(held)
        query = self._queries.start(frame, self._queries.managers.default(model), held.refs[-1])
        if query is None:
            return None
        site = frame.site(held.refs[-1])
        # Where Django joins by itself, or a base class is shared, one more attribute would change more than it says.
        alone = held.owner == cls.qualname and held.module is cls.module and (told is None or not untold)
        columns = list(columns_of(evaluator.frame_of(shown), shown.refs[-1]))
        joins = untold and self._by_itself(model, columns).required
        evaluator.made[site] = "admin" if alone and not joins else "another admin"
        return query._replace(sites=(site,))

    def _list(self, evaluator: Evaluator, cls: Class, model: Model) -> None:
        """Evaluate the list of all rows."""
        index = evaluator.index
        held = index.attribute(cls, "list_display")
        if held is None or len(held.refs) != 1 or any(index.method(cls, name) is not None for name in _OWN_WAYS):
            return
        above = index.class_in(held.module, held.owner)
        if above is None:
            return
        route = (Related(cls.summary.span, f"`{cls.summary.name}` lists the rows", cls.module.summary.path),)
        frame = evaluator.class_frame(above, route)
        columns = list(columns_of(frame, held.refs[0]))
        query = self._listed(evaluator, cls, model)
        loaded = None if query is None else self._loaded(evaluator, cls, query, columns)
        if query is None or loaded is None:
            return
        before = len(evaluator.accesses)
        _show(frame, cls, query._replace(loaded=loaded), columns, held.refs[0])
        if loaded.required and not query.loaded.required:
            missed = evaluator.accesses[before:]
            with evaluator.trial() as hidden:  # what would be missed, too, if Django joined nothing
                _show(frame, cls, query, columns, held.refs[0])
            paths = {each.path for each in (*missed, *hidden)}
            joinable = (path for path in paths if all(field.kind is Kind.TO_ONE for field in path))
            lookups = sorted("__".join(field.name for field in path) for path in joinable)
            evaluator.joined_by_itself[query.sites[0]] = tuple(lookups)

    def _listed(self, evaluator: Evaluator, cls: Class, model: Model) -> Query | None:
        method = evaluator.index.method(cls, "get_queryset")
        if method is None:
            return self._query(evaluator, cls, model)
        found = evaluator.class_frame(cls).call_method(method, Instance(cls), NO_ARGUMENTS, -1)
        return found if isinstance(found, Query) else None

    def _loaded(
        self, evaluator: Evaluator, cls: Class, query: Query, columns: list[tuple[Value | None, Ref]]
    ) -> Loaded | None:
        """Return what comes with the rows of the list; None when that is not known."""
        if query.loaded.joined or query.loaded.required:
            return query.loaded  # Django adds nothing to a query that joins something already
        held = evaluator.index.attribute(cls, "list_select_related")
        value = Literal(False) if held is None else evaluator.held(held)
        if evaluator.index.method(cls, "get_list_select_related") is not None:
            return None
        added = NOTHING
        if isinstance(value, Several):
            texts = [each.value if isinstance(each, Literal) else None for each in value.items]
            if not all(isinstance(text, str) for text in texts):
                return None
            added = Loaded(joined=frozenset(tuple(str(text).split("__")) for text in texts))
        elif value == Literal(True):
            added = Loaded(required=True)
        elif value != Literal(False):
            return None
        if value in (Literal(False), Several(())):
            added = self._by_itself(query.model, columns)
        return query.loaded.merged(added)

    def _by_itself(self, model: Model, columns: list[tuple[Value | None, Ref]]) -> Loaded:
        """Return what Django joins when a column is a relation: by version these, or all that cannot be null."""
        names = [column.value for column, _ in columns if isinstance(column, Literal)]
        fields = [model.fields.get(name) for name in names if isinstance(name, str)]
        joined = frozenset((each.name,) for each in fields if each is not None and each.kind is Kind.TO_ONE)
        return Loaded(joined=joined, required=bool(joined))

    # Feeds and sitemaps

    def _items(self, evaluator: Evaluator, cls: Class, kind: str) -> None:
        """Evaluate what is shown of each row that `items` returns."""
        index = evaluator.index
        method = index.method(cls, "items")
        if method is None:
            return
        route = (Related(cls.summary.span, f"`{cls.summary.name}` shows each of them", cls.module.summary.path),)
        frame = evaluator.class_frame(cls, route)
        found = frame.call_method(method, Instance(cls), NO_ARGUMENTS, -1)
        row = None if found is None else frame.element(found, -1, None)
        if not isinstance(row, Row):
            return
        handed = Arguments((row,), (), complete=True)
        for name in self._facts["of_each"][kind]:
            own = index.method(cls, name)
            default = self._facts["by_default"].get(name)
            if own is not None:
                frame.call_method(own, Instance(cls), handed, -1)
            elif default is not None and index.attribute(cls, name) is None and row.model.cls is not None:
                written = index.method(row.model.cls, default)
                if written is not None:
                    frame.call_method(written, row, NO_ARGUMENTS, -1)


def _models(value: Value | None) -> Iterator[Model]:
    """Yield the models that are given to a registration."""
    for each in value.items if isinstance(value, Several) else (value,):
        if isinstance(each, ModelClass):
            yield each.model


def columns_of(frame: Frame, ref: Ref) -> Iterator[tuple[Value | None, Ref]]:
    """Yield the columns of a list with the entries that name them."""
    term = frame.body.entries[ref].term
    if isinstance(term, Display):
        yield from ((frame.value(item), item) for item in term.items)
        return
    value = frame.value(ref)
    for each in value.items if isinstance(value, Several) else ():
        yield each, ref


def _show(frame: Frame, cls: Class, query: Query, columns: list[tuple[Value | None, Ref]], ref: Ref) -> None:
    """Evaluate all columns of the list of some rows, which stands at an entry."""
    row = frame.element(query, ref, None)
    before, frame.evaluator.asker = frame.evaluator.asker, "admin"
    try:
        for column, entry in columns:
            if isinstance(row, Row):
                show_column(frame, Instance(cls), row, column, entry)
    finally:
        frame.evaluator.asker = before


def show_column(frame: Frame, owner: Instance, row: Row, column: Value | None, ref: Ref) -> None:
    """Evaluate what a column shows of a row: a field, what a method of the admin or the model returns."""
    handed = Arguments((row,), (), complete=True)
    if isinstance(column, Bound):
        frame.call_method(column.function, owner, handed, ref)
    elif isinstance(column, Function):
        frame.as_text(frame.call_method(column, None, handed, ref), ref)
    elif isinstance(column, Lambda) and column.frame == frame.number:
        frame.as_text(frame.apply(column, [row]), ref)
    elif isinstance(column, Literal) and isinstance(column.value, str):
        name = column.value
        method = frame.evaluator.index.method(owner.cls, name)
        if name in row.model.fields:
            frame.as_text(frame.attribute(row, name, ref), ref)
        elif name == "__str__":
            frame.as_text(row, ref)
        elif method is not None:
            frame.as_text(frame.call_method(method, owner, handed, ref), ref)
        elif frame.evaluator.index.attribute(owner.cls, name) is None:
            _of_row(frame, row, name, ref)


def _of_row(frame: Frame, row: Row, name: str, ref: Ref) -> None:
    value: Value | None = row
    for part in name.split("__") if not name.startswith("_") else ():
        value = None if value is None else frame.looked_up(value, part, ref)
    frame.as_text(value, ref)
