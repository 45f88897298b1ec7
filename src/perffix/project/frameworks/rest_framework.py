"""Django REST framework's views: which rows they hand to which serializers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.model import Related
from perffix.project.evaluation.arguments import NO_ARGUMENTS, Arguments
from perffix.project.evaluation.values import Bound, Instance, Manager, Query, Row, Value
from perffix.project.frameworks.framework import Framework
from perffix.project.frameworks.serializers import Serializers
from perffix.project.index import Class
from perffix.semantic import facts

if TYPE_CHECKING:
    from collections.abc import Callable

    from perffix.project.evaluation.evaluator import Evaluator
    from perffix.project.evaluation.frames import Frame
    from perffix.project.orm.accesses import Access
    from perffix.project.orm.django.queries import DjangoQueries
    from perffix.project.summaries.terms import Ref


class RestFramework(Framework):
    """Follows rows from views of Django REST framework into serializers.

    Args:
        queries: Django's mapper.
    """

    def __init__(self, queries: DjangoQueries) -> None:
        self._queries = queries
        self._serializers = Serializers()
        known = facts.load("rest_framework")
        self._many, self._single = frozenset(known["many"]), frozenset(known["single"])
        self._views = self._many | self._single | frozenset(known["generic"])
        self._loading, self._viewsets = frozenset(known["loading"]), frozenset(known["viewsets"])
        self._answers: dict[str, Callable[[Frame, Instance, Arguments, Ref], Value | None]] = {
            "get_queryset": self._get_queryset,
            "get_object": self._get_object,
            "get_serializer_class": self._get_serializer_class,
            "get_serializer": self._get_serializer,
            "paginate_queryset": self._page,
            "filter_queryset": self._first,
            "list": self._list,
            "retrieve": self._retrieve,
        }
        self.inheriting = frozenset(("to_representation", *self._answers))

    def constructed(self, frame: Frame, cls: Class, arguments: Arguments, ref: Ref) -> None:
        """Evaluate what a serializer reads of the rows that it is made for."""
        self._serializers.made(frame, cls, arguments, ref)

    def inherited(self, frame: Frame, owner: Instance, name: str, arguments: Arguments, ref: Ref) -> Value | None:
        """Return what a generic view's own method returns; show the row that a serializer's own method gets."""
        evaluator = frame.evaluator
        if name == "to_representation":
            row = arguments.get(0, "instance")
            if isinstance(row, Row) and self._serializers.is_serializer(evaluator, owner.cls):
                self._serializers.fields(frame, owner.cls, row, ref)
            return None
        answer = self._answers.get(name)
        if answer is None or self._names(evaluator, owner.cls).isdisjoint(self._views):
            return None
        return answer(frame, owner, arguments, ref)

    def run(self, evaluator: Evaluator) -> None:
        """Evaluate what all generic views do when they list rows, or show one."""
        for cls in evaluator.index.classes:
            names = self._names(evaluator, cls)
            for kinds, action, verbs in (
                (self._many, "list", ("list", "get")),
                (self._single, "retrieve", ("retrieve", "get")),
            ):
                # Actions that the project writes itself are evaluated like any other function.
                if names.isdisjoint(kinds) or any(evaluator.index.method(cls, verb) is not None for verb in verbs):
                    continue
                evaluator.start()
                route = (Related(cls.summary.span, f"`{cls.summary.name}` shows the rows", cls.module.summary.path),)
                view = Instance(cls, action if self._has_actions(evaluator, cls) else "")
                self._answers[action](evaluator.class_frame(cls, route), view, NO_ARGUMENTS, -1)

    def _names(self, evaluator: Evaluator, cls: Class) -> frozenset[str]:
        """Return the classes of other packages above a view; nothing for one that loads relations by itself."""
        found = evaluator.index.outside_above(cls)
        return found if found.isdisjoint(self._loading) else frozenset()

    def _has_actions(self, evaluator: Evaluator, cls: Class) -> bool:
        """Tell whether a view has several actions, which share its query."""
        return not self._names(evaluator, cls).isdisjoint(self._viewsets)

    # What the methods of generic views return

    def _call(self, frame: Frame, owner: Instance, name: str, arguments: Arguments, ref: Ref) -> Value | None:
        """Return what a method of a view returns, its own or the framework's."""
        found = frame.attribute(owner, name, ref)
        if isinstance(found, Bound):
            return frame.call_method(found.function, owner, arguments, ref)
        return self._answers[name](frame, owner, arguments, ref)

    def _first(self, frame: Frame, owner: Instance, arguments: Arguments, ref: Ref) -> Value | None:
        """Return the argument: fewer rows are rows of the same query."""
        return arguments.get(0, "queryset")

    def _page(self, frame: Frame, owner: Instance, arguments: Arguments, ref: Ref) -> Value | None:
        query = arguments.get(0, "queryset")
        return frame.in_memory(query, ref) if isinstance(query, Query) else query

    def _get_queryset(self, frame: Frame, owner: Instance, arguments: Arguments, ref: Ref) -> Value | None:
        held = frame.evaluator.index.attribute(owner.cls, "queryset")
        value = None if held is None else frame.evaluator.held(held)
        if held is not None and isinstance(value, Manager):
            return self._queries.start(frame.evaluator.frame_of(held), value, held.refs[-1])
        return value if isinstance(value, Query) else None

    def _get_object(self, frame: Frame, owner: Instance, arguments: Arguments, ref: Ref) -> Value | None:
        query = self._call(frame, owner, "get_queryset", NO_ARGUMENTS, ref)
        if not isinstance(query, Query):
            return None
        sites, site = query.sites, frame.site(ref)
        if (
            ref >= 0
            and frame.evaluator.method_at(site) == "get_object"
            and self._has_actions(frame.evaluator, owner.cls)
        ):
            sites = (site,)  # other actions have no use for what this one needs
        return Row(query.model, query.loaded, sites)

    def _get_serializer_class(self, frame: Frame, owner: Instance, arguments: Arguments, ref: Ref) -> Value | None:
        held = frame.evaluator.index.attribute(owner.cls, "serializer_class")
        value = None if held is None else frame.evaluator.held(held)
        return value if isinstance(value, Class) else None

    def _get_serializer(self, frame: Frame, owner: Instance, arguments: Arguments, ref: Ref) -> Value | None:
        self._with_each(frame, owner, lambda cls: self._serializers.made(frame, cls, arguments, ref))
        return None

    def _list(self, frame: Frame, owner: Instance, arguments: Arguments, ref: Ref) -> Value | None:
        query = self._call(frame, owner, "get_queryset", NO_ARGUMENTS, ref)
        for name in ("filter_queryset", "paginate_queryset"):
            if isinstance(query, Query):
                query = self._call(frame, owner, name, Arguments((query,), (), complete=True), ref)
        if isinstance(query, Query):
            self._handed_over(frame, owner, query, ref, many=True)
        return None

    def _retrieve(self, frame: Frame, owner: Instance, arguments: Arguments, ref: Ref) -> Value | None:
        row = self._call(frame, owner, "get_object", NO_ARGUMENTS, ref)
        if isinstance(row, Row):
            self._handed_over(frame, owner, row, ref, many=False)
        return None

    def _handed_over(self, frame: Frame, owner: Instance, shown: Value, ref: Ref, *, many: bool) -> None:
        """Evaluate what the serializers of a view read; one that the view makes itself is none of these."""
        if frame.evaluator.index.method(owner.cls, "get_serializer") is not None:
            return
        self._with_each(frame, owner, lambda cls: self._serializers.show(frame, cls, shown, ref, many=many))

    # Serializers of a view

    def _with_each(self, frame: Frame, owner: Instance, show: Callable[[Class], None]) -> None:
        """Show rows with each serializer that a view may use; what not all of them ask for is not proved."""
        accesses = frame.evaluator.accesses
        asked: list[list[Access]] = []
        for cls in self._serializer_classes(frame, owner):
            before = len(accesses)
            show(cls)
            asked.append(accesses[before:])
            del accesses[before:]
        shared = [{(each.row.sites, each.path) for each in group} for group in asked]
        for group in asked:
            accesses.extend(each for each in group if all((each.row.sites, each.path) in other for other in shared))

    def _serializer_classes(self, frame: Frame, owner: Instance) -> list[Class]:
        """Return the serializers that a view may use; nothing when one of them is not known."""
        evaluator = frame.evaluator
        method = evaluator.index.method(owner.cls, "get_serializer_class")
        if method is None:
            found = self._get_serializer_class(frame, owner, NO_ARGUMENTS, -1)
            return [found] if isinstance(found, Class) else []
        inside = evaluator.method_frame(method, owner)
        values = inside.possible(method.summary.body.returns)
        classes = [each for each in values if isinstance(each, Class)]
        return list(dict.fromkeys(classes)) if len(classes) == len(values) else []
