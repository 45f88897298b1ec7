"""Django's admin: rows that are shown on the page of the row that they belong to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.model import Related
from perffix.project.evaluation.arguments import NO_ARGUMENTS, Arguments
from perffix.project.evaluation.values import Instance, ModelClass, Query, Row, Value
from perffix.project.frameworks.django_admin import columns_of, show_column
from perffix.project.frameworks.framework import Framework
from perffix.semantic import facts

if TYPE_CHECKING:
    from perffix.project.evaluation.evaluator import Evaluator
    from perffix.project.evaluation.frames import Frame
    from perffix.project.index import Class
    from perffix.project.orm.django.queries import DjangoQueries
    from perffix.project.summaries.terms import Ref

# What a project may write itself, so that other fields are shown, or all are shown in another way.
_OWN_WAYS = ("get_readonly_fields", "get_fields", "get_formset", "template")


class AdminInlines(Framework):
    """Follows rows into the inlines of the admin.

    Args:
        queries: Django's mapper.
    """

    inheriting = frozenset({"get_queryset"})

    def __init__(self, queries: DjangoQueries) -> None:
        self._queries = queries
        known = facts.load("django_admin")
        self._inlines, self._plain = frozenset(known["inlines"]), frozenset(known["plain"])

    def inherited(self, frame: Frame, owner: Instance, name: str, arguments: Arguments, ref: Ref) -> Value | None:
        """Return the query of an inline that `super().get_queryset()` makes."""
        return self._query(frame.evaluator, owner.cls) if self._is_inline(frame.evaluator, owner.cls) else None

    def run(self, evaluator: Evaluator) -> None:
        """Evaluate what all inlines show."""
        for cls in evaluator.index.classes:
            if self._is_inline(evaluator, cls) and "model" in cls.summary.names:
                evaluator.start()
                self._show(evaluator, cls)

    def _is_inline(self, evaluator: Evaluator, cls: Class) -> bool:
        names = evaluator.index.outside_above(cls)
        return not names.isdisjoint(self._inlines) and names <= self._inlines | self._plain

    def _query(self, evaluator: Evaluator, cls: Class) -> Query | None:
        """Return the query that an inline has without a word of its own: all rows of the model."""
        held = evaluator.index.attribute(cls, "model")
        value = None if held is None else evaluator.held(held)
        if held is None or not isinstance(value, ModelClass):
            return None
        frame = evaluator.frame_of(held)
        query = self._queries.start(frame, self._queries.managers.default(value.model), held.refs[-1])
        evaluator.made[frame.site(held.refs[-1])] = "inline"
        return query

    def _show(self, evaluator: Evaluator, cls: Class) -> None:
        """Evaluate what is shown of each row: itself as text, and its fields that cannot be changed."""
        index = evaluator.index
        if any(index.method(cls, each) is not None or index.attribute(cls, each) is not None for each in _OWN_WAYS):
            return
        route = (Related(cls.summary.span, f"`{cls.summary.name}` shows the rows", cls.module.summary.path),)
        frame = evaluator.class_frame(cls, route)
        method = index.method(cls, "get_queryset")
        query: Value | None = self._query(evaluator, cls)
        if method is not None:
            query = evaluator.class_frame(cls).call_method(method, Instance(cls), NO_ARGUMENTS, -1)
        row = frame.element(query, -1, None) if isinstance(query, Query) else None
        if not isinstance(row, Row):
            return
        before, evaluator.asker = evaluator.asker, "admin"
        try:
            frame.as_text(row, cls.summary.names["model"][-1])
            held = index.attribute(cls, "readonly_fields")
            above = None if held is None else index.class_in(held.module, held.owner)
            if held is not None and above is not None and len(held.refs) == 1:
                there = evaluator.class_frame(above, route)
                for column, ref in columns_of(there, held.refs[0]):
                    show_column(there, Instance(cls), row, column, ref)
        finally:
            evaluator.asker = before
