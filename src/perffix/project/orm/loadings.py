"""Calls that say what comes with the rows of a query, and queries with such calls that run."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from perffix.project.evaluation.arguments import Arguments
    from perffix.project.evaluation.frames import Frame
    from perffix.project.evaluation.values import Query, Site
    from perffix.project.orm.graph import Field
    from perffix.project.place import Place
    from perffix.project.summaries.terms import Ref


class Loading(NamedTuple):
    """A call that says what comes with the rows of a query, or that runs one of which such a call spoke before.

    Attributes:
        query: the query before the call.
        method: what is called: `select_related`, `options`, `iterator`.
        arguments: what it is given.
        site: the call.
        place: where it stands.
    """

    query: Query
    method: str
    arguments: Arguments
    site: Site
    place: Place


class Wrong(NamedTuple):
    """A call that loads what it cannot, or loads it badly.

    Attributes:
        place: the call, or the argument that is at fault.
        message: what is wrong.
        help: the remedy.
        sure: whether it is certain to go wrong; else it is a matter of what the data are like.
        evidence: the proved facts, a phrase each.
        field: the relation or column that it is about.
    """

    place: Place
    message: str
    help: str
    sure: bool = True
    evidence: tuple[str, ...] = ()
    field: Field | None = None


def note_loading(frame: Frame, query: Query, method: str, arguments: Arguments, ref: Ref) -> None:
    """Write down that a call says what comes with the rows of a query."""
    if ref >= 0:
        frame.evaluator.loadings.append(Loading(query, method, arguments, frame.site(ref), frame.place(ref)))
