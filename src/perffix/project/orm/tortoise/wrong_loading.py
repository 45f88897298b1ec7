"""Calls of Tortoise's querysets that load what they cannot, or load it badly."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.project.orm.field_schema import FieldSchema
from perffix.project.orm.graph import Kind
from perffix.project.orm.loadings import Wrong
from perffix.project.place import Place
from perffix.project.summaries.terms import Call, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.project.orm.graph import Model
    from perffix.project.orm.loadings import Loading
    from perffix.project.project import Project


class TortoiseLoadings:
    """Looks at the calls that say what comes with the rows of Tortoise's queries.

    Args:
        project: the project.
    """

    def __init__(self, project: Project) -> None:
        self._evaluator = project.evaluator
        self._graph = project.models
        self._schema = FieldSchema(project.index, "tortoise")

    def wrong(self, loading: Loading) -> Iterator[Wrong]:
        """Yield what is wrong with one call."""
        if loading.method not in ("select_related", "prefetch_related"):
            return
        body = self._evaluator.body_of(loading.site)
        term = body.entries[loading.site.ref].term
        refs = term.arguments if isinstance(term, Call) else ()
        for value, ref in zip(loading.arguments.positional, refs, strict=False):
            if isinstance(value, Literal) and isinstance(value.value, str):
                entry = body.entries[ref]
                place = Place(loading.place.path, entry.span, entry.lines) if entry.kind else loading.place
                yield from self._path(loading.method, loading.query.model, value.value, place)

    def _path(self, method: str, start: Model, text: str, place: Place) -> Iterator[Wrong]:
        model: Model | None = start
        for name in text.split("__"):
            field = None if model is None else model.fields.get(name)
            if model is None or field is None:
                return
            if field.kind is Kind.COLUMN:
                if self._schema.column(model, name) is not None:
                    message = f"`{method}` gets `{name}`, which is a column of `{model.name}` and leads to no row"
                    yield Wrong(place, message, "Leave it out", field=field)
                return
            if method == "select_related" and not field.kind.is_one:
                message = f"`select_related` joins `{name}`, and gives each `{model.name}` once for each of its rows"
                yield Wrong(place, message, f'Write `prefetch_related("{text}")`', field=field)
                return
            model = None if field.target is None else self._graph.models.get(field.target)
