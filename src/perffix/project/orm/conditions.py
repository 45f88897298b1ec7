"""What queries ask of columns, and where they run."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from perffix.project.terms import Call

if TYPE_CHECKING:
    from collections.abc import Iterable

    from perffix.project.frames import Frame
    from perffix.project.orm.graph import Model
    from perffix.project.place import Place
    from perffix.project.terms import Ref
    from perffix.project.values import Query, Site


class Condition(NamedTuple):
    """What all rows of a query fulfil.

    Attributes:
        model: whose column it is, or where the path to the column begins.
        path: the attribute as the library names it in queries: `author__name`, `name__startswith`.
        lookup: how it is compared, such as `exact` or `in`; empty where the path says it.
        value: the entry of what it is compared with; -1 where no expression says it.
        site: the call that asks for it.
    """

    model: Model
    path: str
    lookup: str
    value: Ref
    site: Site


_NO_COLUMNS = ("defaults", "create_defaults")  # what `get_or_create` gives a new row
Conditions = tuple[Condition, ...]


class Asked(NamedTuple):
    """A query under conditions that runs at a place.

    Attributes:
        query: what runs.
        method: the method that runs it, such as `get`; empty for a loop over its rows.
        place: where it runs.
        function: the function that it runs in, with its module in front.
    """

    query: Query
    method: str
    place: Place
    function: tuple[str, str]


def note_asked(frame: Frame, query: Query, ref: Ref, method: str) -> None:
    """Write down that a query runs at an entry, if all is known of what it asks of columns."""
    if query.conditions and ref >= 0 and query.owner is None:
        frame.evaluator.asked.append(Asked(query, method, frame.place(ref), (frame.module.name, frame.name)))


def with_conditions(query: Query, more: Iterable[Condition] | None) -> Query:
    """Return a query under more conditions; with None, nothing is known of its conditions any more."""
    if query.conditions is None:
        return query
    return query._replace(conditions=None if more is None else (*query.conditions, *more))


def by_keywords(frame: Frame, model: Model, ref: Ref, *, after: int = 0, lookup: str = "") -> list[Condition] | None:
    """Return the conditions that the keywords of a call make: `filter(name=name)`; None when there may be others.

    Args:
        frame: where the call stands.
        model: whose columns the keywords name.
        ref: the entry of the call.
        after: how many arguments without names make no condition.
        lookup: how the columns are compared, where their names do not say it.
    """
    term = frame.body.entries[ref].term if ref >= 0 else None
    if not isinstance(term, Call) or len(term.arguments) > after:
        return None
    site = frame.site(ref)
    found = []
    for name, value in term.keywords:
        if name is None:
            return None
        if name not in _NO_COLUMNS:
            found.append(Condition(model, name, lookup, value, site))
    return found
