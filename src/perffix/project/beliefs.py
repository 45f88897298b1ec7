"""What is believed of the expressions on a line: what they hold, what comes with it, and what it costs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from perffix.project.evaluation.values import Query, Row
from perffix.project.orm.accesses import Cost
from perffix.project.orm.description import described

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perffix.model import Related, Span
    from perffix.project.evaluation.evaluator import Evaluator
    from perffix.project.evaluation.frames import Frame
    from perffix.project.evaluation.values import Site, Value
    from perffix.project.orm.accesses import Access
    from perffix.project.orm.graph import Field
    from perffix.project.place import Place
    from perffix.project.summaries.terms import Entry


class Belief(NamedTuple):
    """What is believed of one expression.

    Attributes:
        span: the expression; in a template, the tag around it.
        phrases: what it holds and what comes with it.
        origins: where its query was put together.
        route: how its function was reached.
    """

    span: Span
    phrases: tuple[str, ...]
    origins: tuple[Place, ...]
    route: tuple[Related, ...]


def beliefs(evaluator: Evaluator, path: str, line: int) -> list[Belief]:
    """Return what is believed of the expressions that begin on a line, in the order of the text.

    Args:
        evaluator: an evaluation that has kept the frames of the file.
        path: the file, a module or a template.
        line: its line.
    """
    found: dict[tuple[Span, tuple[str, ...]], Belief] = {}
    asked = [each for each in evaluator.accesses if each.place.path == path and each.place.span.line == line]
    told: set[int] = set()
    for frame in evaluator.kept:
        is_template = evaluator.index.modules.get(frame.module.name) is not frame.module
        for ref, entry in enumerate(frame.body.entries):
            value = frame.value(ref) if entry.span.line == line and (entry.kind or is_template) else None
            phrases = [] if value is None else described(value)
            if value is None or not phrases:
                continue
            numbers = _costs(frame, entry, value, asked)
            told.update(numbers)
            sites = value.sites if isinstance(value, (Query, Row)) else ()
            more = dict.fromkeys(_cost(asked[each]) for each in numbers)
            belief = Belief(entry.span, (*phrases, *more), _origins(evaluator, sites), frame.route)
            found.setdefault((entry.span, belief.phrases), belief)
    for number, access in enumerate(asked):
        if number not in told:
            belief = Belief(access.place.span, (_cost(access),), _origins(evaluator, access.row.sites), access.route)
            found.setdefault((belief.span, belief.phrases), belief)
    return sorted(found.values(), key=lambda belief: (belief.span.start, belief.span.end))


def _origins(evaluator: Evaluator, sites: Sequence[Site]) -> tuple[Place, ...]:
    return tuple(evaluator.place_of(site) for site in sites[-1:] if site.ref >= 0)


def _costs(frame: Frame, entry: Entry, value: Value, asked: Sequence[Access]) -> list[int]:
    """Return the numbers of the accesses by which a frame gets the value of an entry."""
    path: tuple[Field, ...] = ()
    if isinstance(value, Row):
        path = value.path
    elif isinstance(value, Query) and value.owner is not None and value.field is not None:
        path = (*value.owner.path, value.field)
    return [
        number
        for number, access in enumerate(asked)
        if access.place.span == entry.span and access.route == frame.route and access.path == path
    ]


def _cost(access: Access) -> str:
    """Return what an access costs."""
    name, times = access.field.name, f"a query for each {access.row.model.label}"
    if access.cost is Cost.DEFEATED:
        return f"`{name}` is prefetched, but `{access.method or 'this'}` asks past that: {times}"
    if access.cost is Cost.QUERY:
        return f"some rows of `{name}` are asked for: {times}"
    if access.cost is Cost.COLUMN:
        return f"the column `{name}` is left out: {times}"
    return f"`{name}` is not loaded: {times}"
