"""Django's views: what functions render, and what class-based views query and hand to their templates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.model import Related
from perffix.project.evaluation.arguments import NO_ARGUMENTS, Arguments
from perffix.project.evaluation.values import (
    Bound,
    Instance,
    Manager,
    Mapping,
    ModelClass,
    Pages,
    Query,
    Row,
    Several,
    Value,
)
from perffix.project.frameworks.framework import Framework
from perffix.project.index import Class, External
from perffix.project.summaries.terms import Literal, Named
from perffix.semantic import facts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.project.evaluation.evaluator import Evaluator
    from perffix.project.evaluation.frames import Frame
    from perffix.project.orm.django.queries import DjangoQueries
    from perffix.project.summaries.terms import Ref


class DjangoViews(Framework):
    """Follows rows from views into templates.

    Args:
        queries: Django's mapper.
    """

    attributes = frozenset({"object", "object_list"})
    inheriting = attributes | {
        "get_context_data", "get_object", "get_paginator", "get_queryset", "paginate_queryset", "queryset",
        "render_to_response",
    }  # fmt: skip

    def __init__(self, queries: DjangoQueries) -> None:
        self._queries = queries
        known = facts.load("django_views")
        self._rendering = known["rendering"]
        self.functions = frozenset(self._rendering)
        self._many = frozenset(known["many"])
        self._single = frozenset(known["single"])
        self._plain = frozenset(known["plain"])
        self._named, self._empty = known["named"], known["empty"]
        self._suffixes = (known["suffixes"], known["inherited_suffixes"])

    def function(self, frame: Frame, name: str, arguments: Arguments, ref: Ref) -> None:
        """Evaluate the template that a call renders."""
        positions = self._rendering[name]
        template = arguments.get(positions[0], "template_name") or arguments.get(positions[0], "template")
        context = arguments.get(positions[1], "context")
        if isinstance(template, Literal) and isinstance(template.value, str) and isinstance(context, Mapping):
            place = frame.place(ref)
            route = (*frame.route, Related(place.span, f"`{template.value}` is rendered here", place.path))
            frame.evaluator.run_template(template.value, context, route, frame.depth + 1)

    def inherited(self, frame: Frame, owner: Instance, name: str, arguments: Arguments, ref: Ref) -> Value | None:
        """Return what a generic view's own method returns."""
        kind = self._kind(frame.evaluator, owner.cls)
        if not kind:
            return None
        if name == "render_to_response":
            self._render(frame, owner, kind, arguments.get(0, "context"), ref)
        if kind == "plain" and name != "get_context_data":
            return None
        if name == "get_queryset":
            return self._queryset(frame, owner)
        if name == "get_object":
            query = self._call(frame, owner, "get_queryset", ref)
            return Row(query.model, query.loaded, query.sites) if isinstance(query, Query) else None
        if name == "object" and kind == "single":
            return self._call(frame, owner, "get_object", ref)
        if name == "get_context_data":
            return Mapping((*self._context(frame, owner, kind, ref).items(), *arguments.keywords))
        return self._of_many(frame, owner, name, arguments, ref) if kind == "many" else None

    def _of_many(self, frame: Frame, owner: Instance, name: str, arguments: Arguments, ref: Ref) -> Value | None:
        """Return what a method or attribute gives that views of many rows have alone."""
        if name in ("object_list", "queryset"):
            return self._call(frame, owner, "get_queryset", ref)
        query = arguments.get(0, "queryset")
        if name == "get_paginator" and isinstance(query, Query):
            return Pages(query)
        if name == "paginate_queryset" and isinstance(query, Query):
            return Several((Pages(query), query, query, None))
        return None

    def run(self, evaluator: Evaluator) -> None:
        """Evaluate the templates of all generic views."""
        extended = {
            above
            for cls in evaluator.index.classes
            for above in evaluator.index.ancestors(cls)
            if isinstance(above, Class) and above != cls
        }
        shown = set(_shown(evaluator))
        for cls in evaluator.index.classes:
            kind = self._kind(evaluator, cls)
            if kind and (cls not in extended or cls.summary.name in shown):
                evaluator.start()
                self._run_view(evaluator, cls, kind)

    def _run_view(self, evaluator: Evaluator, cls: Class, kind: str) -> None:
        frame = evaluator.class_frame(cls)
        owner = Instance(cls)
        context = self._call(frame, owner, "get_context_data", -1)
        if not isinstance(context, Mapping):
            context = Mapping(tuple(self._context(frame, owner, kind, -1).items()))
        self._render(frame, owner, kind, context, -1)

    def _render(self, frame: Frame, owner: Instance, kind: str, context: Value | None, ref: Ref) -> None:
        """Evaluate the templates of a view with what it hands to them."""
        if not isinstance(context, Mapping):
            return
        cls = owner.cls
        for template in self._templates(frame, owner, kind):
            place = Related(cls.summary.span, f"`{cls.summary.name}` renders `{template}`", cls.module.summary.path)
            frame.evaluator.run_template(template, context, (*frame.route, place) if ref >= 0 else (place,), 1)

    def _kind(self, evaluator: Evaluator, cls: Class) -> str:
        """Return `many` for views of many rows, `single` for those of one, `plain` for others with a template."""
        names = evaluator.index.outside_above(cls)
        kinds = {"many": self._many, "single": self._single, "plain": self._plain}
        return next((kind for kind, known in kinds.items() if not names.isdisjoint(known)), "")

    def _call(self, frame: Frame, owner: Instance, name: str, ref: Ref) -> Value | None:
        """Return what a method of a view returns, its own or the framework's."""
        found = frame.attribute(owner, name, ref)
        if isinstance(found, Bound):
            return frame.call_method(found.function, owner, NO_ARGUMENTS, ref)
        return self.inherited(frame, owner, name, NO_ARGUMENTS, ref)

    def _queryset(self, frame: Frame, owner: Instance) -> Query | None:
        """Return the query that a view has by its attributes `queryset` or `model`."""
        evaluator = frame.evaluator
        for name in ("queryset", "model"):
            held = evaluator.index.attribute(owner.cls, name)
            value = None if held is None else evaluator.held(held)
            if held is None or value is None:
                continue
            if isinstance(value, Query):
                return value
            place = evaluator.frame_of(held)
            if isinstance(value, ModelClass):
                value = self._queries.managers.default(value.model)
            return self._queries.start(place, value, held.refs[-1]) if isinstance(value, Manager) else None
        return None

    def _context(self, frame: Frame, owner: Instance, kind: str, ref: Ref) -> dict[str, Value | None]:
        named = self._text(frame, owner, "context_object_name")
        context: dict[str, Value | None] = {"view": owner}
        held = frame.evaluator.index.attribute(owner.cls, "extra_context")
        extra = None if held is None else frame.evaluator.held(held)
        context |= dict(extra.items) if isinstance(extra, Mapping) else {}
        if kind == "many":
            query = self._call(frame, owner, "get_queryset", -1)
            if isinstance(query, Query) and self._hands_over(frame, owner):
                named = named or self._name_of_kind(frame.evaluator, owner.cls)
                names = ("object_list", "page_obj", f"{query.model.name.lower()}_list", named)
                context |= {name: query for name in names if name}
                context["paginator"] = Pages(query)
        elif kind == "single":
            row = self._call(frame, owner, "get_object", ref)
            if isinstance(row, Row):
                context |= {name: row for name in ("object", row.model.name.lower(), named or "") if name}
        return context

    def _hands_over(self, frame: Frame, owner: Instance) -> bool:
        """Tell whether a view of many rows hands them to its template; one of whole years is to be told so."""
        told = {flag for name, flag in self._empty.items() if name in frame.evaluator.index.outside_above(owner.cls)}
        held = [frame.evaluator.index.attribute(owner.cls, flag) for flag in told]
        return all(each is not None and frame.evaluator.held(each) == Literal(True) for each in held)

    def _name_of_kind(self, evaluator: Evaluator, cls: Class) -> str:
        """Return the name under which a kind of views hands over its rows."""
        above = evaluator.index.outside_above(cls)
        return next((str(name) for kind, name in self._named.items() if kind in above), "")

    def _templates(self, frame: Frame, owner: Instance, kind: str) -> Iterator[str]:
        """Yield the template that a view names, or else the one that is named after its model.

        There is none where a view has no way to render it: `SingleObjectMixin` beside `View` shows nothing by itself.
        """
        suffix = self._suffix(frame.evaluator, owner.cls)
        if not suffix and frame.evaluator.index.outside_above(owner.cls).isdisjoint(self._plain):
            return
        named = self._text(frame, owner, "template_name")
        if named:
            yield named
        if named or not suffix:
            return
        plain = kind == "plain"  # a view that makes a row has no rows, but a model
        query = self._queryset(frame, owner) if plain else self._call(frame, owner, "get_queryset", -1)
        if isinstance(query, Query):
            suffix = self._text(frame, owner, "template_name_suffix") or suffix
            app, _, model = query.model.label.rpartition(".")
            yield f"{app}/{model.lower()}{suffix}.html"

    def _suffix(self, evaluator: Evaluator, cls: Class) -> str:
        """Return how the name of the template ends that the framework makes of the model; empty where it makes none."""
        above = [each.name for each in evaluator.index.ancestors(cls) if isinstance(each, External)]
        return next((str(known[name]) for known in self._suffixes for name in above if name in known), "")

    def _text(self, frame: Frame, owner: Instance, name: str) -> str | None:
        held = frame.evaluator.index.attribute(owner.cls, name)
        value = None if held is None else frame.evaluator.held(held)
        return value.value if isinstance(value, Literal) and isinstance(value.value, str) else None


def _shown(evaluator: Evaluator) -> Iterator[str]:
    """Yield the names of the views that the project puts under addresses: `Books.as_view()`."""
    for module in evaluator.index.modules.values():
        for entry in module.summary.body.entries:
            if isinstance(entry.term, Named) and entry.term.name.endswith(".as_view"):
                yield entry.term.name.split(".")[-2].lstrip(":")
