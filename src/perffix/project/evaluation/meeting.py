"""What is certain of a value that is one of several: where branches meet, and where a function returns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.project.evaluation.values import Elements, Query, Row, Value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perffix.project.evaluation.values import Site


def either(values: Sequence[Value | None]) -> Value | None:
    """Return what all of some values have in common; None when that is nothing.

    Of queries that differ in what they load, all that any of them loads is taken to be loaded.
    """
    if not values or None in values:
        return None
    met = values[0]
    for other in values[1:]:
        met = _both(met, other)
        if met is None:
            return None
    return met


def _both(one: Value | None, other: Value | None) -> Value | None:
    if one == other:
        return one
    if isinstance(one, Query) and isinstance(other, Query) and one.model is other.model:
        same = one.owner == other.owner and one.field == other.field
        return one._replace(
            loaded=one.loaded.merged(other.loaded),
            sites=_shared(one.sites, other.sites),
            owner=one.owner if same else None,
            field=one.field if same else None,
            narrowed=one.narrowed or other.narrowed,
            evaluated=one.evaluated or other.evaluated,
            few=one.few and other.few,
            conditions=one.conditions if one.conditions == other.conditions else None,
        )
    if isinstance(one, Row) and isinstance(other, Row) and one.model is other.model and one.loop == other.loop:
        return one._replace(
            loaded=one.loaded.merged(other.loaded),
            sites=_shared(one.sites, other.sites),
            many=one.many and other.many,
        )
    if isinstance(one, Elements) and isinstance(other, Elements):
        return Elements(either([one.element, other.element]), one.keyed or other.keyed)
    return None


def _shared(one: tuple[Site, ...], other: tuple[Site, ...]) -> tuple[Site, ...]:
    """Return the sites with which both begin."""
    found = []
    for mine, theirs in zip(one, other, strict=False):
        if mine != theirs:
            break
        found.append(mine)
    return tuple(found)
