"""Django's forms: choices that are the rows of a query, each shown as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.model import Related
from perffix.project.evaluation.arguments import Arguments
from perffix.project.evaluation.values import Instance, Manager, Query, Row, Value
from perffix.project.frameworks.framework import Framework
from perffix.project.index import Class, External
from perffix.project.summaries.terms import Call, Named
from perffix.semantic import facts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from perffix.project.evaluation.evaluator import Evaluator
    from perffix.project.evaluation.frames import Frame
    from perffix.project.index import Index, Module
    from perffix.project.orm.django.queries import DjangoQueries
    from perffix.project.summaries.terms import Body, Ref


class DjangoForms(Framework):
    """Follows rows into the choices of forms.

    Args:
        queries: Django's mapper.
    """

    def __init__(self, queries: DjangoQueries) -> None:
        self._queries = queries
        known = facts.load("django_forms")
        self._forms = frozenset(known["forms"])
        self._choices = frozenset(known["choices"])
        self._widgets = frozenset(known["showing_widgets"])
        self._own_choices, self._own_rendering = known["own_choices"], known["own_rendering"]

    def run(self, evaluator: Evaluator) -> None:
        """Evaluate what the choices of all forms show."""
        for cls in evaluator.index.classes:
            if evaluator.index.is_subclass(cls, self._forms):
                evaluator.start()
                route = (Related(cls.summary.span, f"`{cls.summary.name}` shows the choices", cls.module.summary.path),)
                frame = evaluator.class_frame(cls, route)
                for ref, entry in enumerate(frame.body.entries):
                    if isinstance(entry.term, Call):
                        self._field(frame, entry.term, ref)

    def _field(self, frame: Frame, term: Call, ref: Ref) -> None:
        """Evaluate what a field shows, if its choices are rows."""
        called = frame.body.entries[term.function].term
        given = dict(term.keywords).get("queryset", term.arguments[0] if term.arguments else None)
        if not isinstance(called, Named) or given is None:
            return
        definition, rest = frame.evaluator.index.resolve(called.name, frame.module)
        if rest or not self._is_choice(frame.evaluator, definition):
            return
        if not self._shows_all(frame, definition, dict(term.keywords).get("widget")):
            return
        query = frame.value(given)
        if isinstance(query, Manager):
            query = self._queries.start(frame, query, given)
        row = frame.element(query, ref, None) if isinstance(query, Query) else None
        if isinstance(row, Row):
            self._label(frame, definition, row, ref)

    def _is_choice(self, evaluator: Evaluator, definition: object) -> bool:
        if isinstance(definition, Class):
            return evaluator.index.is_subclass(definition, self._choices)
        return isinstance(definition, External) and definition.name in self._choices

    def _shows_all(self, frame: Frame, field: object, widget: Ref | None) -> bool:
        """Tell whether a field shows all of its choices: the one of a class, with a widget of its own if it has one."""
        index = frame.evaluator.index
        if isinstance(field, Class) and _has_any(index, field, self._own_choices):
            return False
        if widget is not None:
            return self._is_showing(index, frame.module, frame.body, widget)
        held = index.attribute(field, "widget") if isinstance(field, Class) else None
        return held is None or self._is_showing(index, held.module, held.body, held.refs[-1])

    def _is_showing(self, index: Index, module: Module, body: Body, widget: Ref) -> bool:
        """Tell whether an entry is a widget that shows all choices, or the class of one."""
        term = body.entries[widget].term
        if isinstance(term, Call):
            term = body.entries[term.function].term
        definition, rest = index.resolve(term.name, module) if isinstance(term, Named) else (None, ())
        if isinstance(definition, Class) and not rest:
            own = _has_any(index, definition, self._own_rendering)
            return index.is_subclass(definition, self._widgets) and not own
        return isinstance(definition, External) and definition.name in self._widgets

    def _label(self, frame: Frame, field: object, row: Value, ref: Ref) -> None:
        """Evaluate the text of one choice."""
        method = frame.evaluator.index.method(field, "label_from_instance") if isinstance(field, Class) else None
        if method is not None and isinstance(field, Class):
            frame.call_method(method, Instance(field), Arguments((row,), (), complete=True), ref)
        else:
            frame.as_text(row, ref)


def _has_any(index: Index, cls: Class, names: Iterable[str]) -> bool:
    """Tell whether a class of the project, or one above it, defines one of some methods or attributes."""
    return any(index.method(cls, name) is not None or index.attribute(cls, name) is not None for name in names)
