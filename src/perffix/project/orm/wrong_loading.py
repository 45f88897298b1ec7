"""Calls that load what they cannot, or load it badly, whatever the mapper."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from perffix.project.orm.django.wrong_loading import DjangoLoadings
from perffix.project.orm.sqlalchemy.wrong_loading import SqlalchemyLoadings
from perffix.project.orm.tortoise.wrong_loading import TortoiseLoadings
from perffix.project.summaries.summary import ModuleSummary

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.project.orm.loadings import Loading, Wrong
    from perffix.project.project import Project
    from perffix.project.summaries.summary import ClassSummary
    from perffix.project.summaries.terms import Body


class _Looking(Protocol):
    def wrong(self, loading: Loading) -> Iterator[Wrong]: ...


def wrong_loadings(project: Project) -> Iterator[Wrong]:
    """Yield what is wrong, once for each place, in the order in which it was found."""
    seen = set()
    for wrong in _all(project):
        if wrong.place not in seen:
            seen.add(wrong.place)
            yield wrong


def _all(project: Project) -> Iterator[Wrong]:
    sqlalchemy = SqlalchemyLoadings(project)
    known: dict[str, _Looking] = {
        "django": DjangoLoadings(project),
        "sqlalchemy": sqlalchemy,
        "tortoise": TortoiseLoadings(project),
    }
    for loading in project.evaluator.loadings:
        looking = known.get(loading.query.model.library)
        yield from looking.wrong(loading) if looking is not None else ()
    for model in project.models.models.values():
        if model.library == "sqlalchemy":
            yield from sqlalchemy.of_model(model)
    for module in project.index.modules.values():
        if any(target.endswith(".joinedload") for targets in module.summary.imports.values() for target in targets):
            for body in _bodies(module.summary):
                yield from sqlalchemy.beside(module, body)


def _bodies(summary: ModuleSummary | ClassSummary) -> Iterator[Body]:
    """Yield the bodies of a module, its functions and classes."""
    yield summary.body
    functions = summary.functions if isinstance(summary, ModuleSummary) else summary.methods
    for function in functions.values():
        yield function.body
    for cls in summary.classes.values():
        yield from _bodies(cls)
