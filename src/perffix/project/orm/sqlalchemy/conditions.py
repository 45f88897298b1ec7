"""What the conditions of a SQLAlchemy query ask of columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.project.orm.conditions import Condition, by_keywords
from perffix.project.orm.sqlalchemy.loading import Attr
from perffix.project.terms import Attribute, Call, Combined, Named
from perffix.project.values import Own
from perffix.semantic import facts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.project.frames import Frame
    from perffix.project.orm.graph import Model
    from perffix.project.terms import Ref

_OPERATORS = {"==": "exact", "<": "lt", "<=": "lte", ">": "gt", ">=": "gte", "!=": "not"}
_SWAPPED = {"lt": "gt", "lte": "gte", "gt": "lt", "gte": "lte"}


def conditions_of(frame: Frame, model: Model, method: str, ref: Ref) -> list[Condition] | None:
    """Return the conditions that a method of a query adds; None when they are not all known.

    Args:
        frame: where the call stands.
        model: whose rows the query gives.
        method: what is called.
        ref: the entry of the call.
    """
    known = facts.load("sqlalchemy")["queries"]
    if method == "filter_by":
        return by_keywords(frame, model, ref, lookup="exact")
    if method not in ("filter", "where"):
        return [] if method in known["unconditional"] else None
    term = frame.body.entries[ref].term if ref >= 0 else None
    if not isinstance(term, Call) or term.keywords:
        return None
    found: list[Condition] = []
    for argument in term.arguments:
        more = _read(frame, argument, ref)
        if more is None:
            return None
        found += more
    return found


def _read(frame: Frame, argument: Ref, ref: Ref) -> list[Condition] | None:
    """Return what one condition asks: `Book.title == title`, `Book.id.in_(keys)`, `and_(...)`; None for others."""
    term = frame.body.entries[argument].term
    if isinstance(term, Combined):
        if term.operator == "&":
            sides = [_read(frame, each, ref) for each in (term.left, term.right)]
            return None if None in sides else [each for side in sides if side is not None for each in side]
        return _compared(frame, term, ref)
    if not isinstance(term, Call):
        return None
    called = frame.body.entries[term.function].term
    if isinstance(called, Named) and called.name.rpartition(".")[2] == "and_":
        parts = [_read(frame, each, ref) for each in term.arguments]
        return None if None in parts else [each for part in parts if part is not None for each in part]
    return list(_asked_of_attribute(frame, term, ref)) or None


def _compared(frame: Frame, term: Combined, ref: Ref) -> list[Condition] | None:
    lookup = _OPERATORS.get(term.operator)
    left, right = (_attribute(frame, each) for each in (term.left, term.right))
    if lookup is None or (left is None) == (right is None):
        return None  # two columns are a join
    if left is not None:
        return [Condition(left.model, left.name, lookup, term.right, frame.site(ref))]
    assert right is not None
    return [Condition(right.model, right.name, _SWAPPED.get(lookup, lookup), term.left, frame.site(ref))]


def _asked_of_attribute(frame: Frame, term: Call, ref: Ref) -> Iterator[Condition]:
    """Yield what a method of a column asks: `Book.id.in_(keys)`."""
    called = frame.body.entries[term.function].term
    lookup, owner = "", None
    if isinstance(called, Attribute):
        lookup, owner = called.name, _attribute(frame, called.value)
    elif isinstance(called, Named):
        name, _, lookup = called.name.rpartition(".")
        value = frame.named(name, ref) if name else None
        owner = value.value if isinstance(value, Own) and isinstance(value.value, Attr) else None
    if owner is not None and term.arguments:
        lookup = "in" if lookup == "in_" else lookup
        yield Condition(owner.model, owner.name, lookup, term.arguments[0], frame.site(ref))


def _attribute(frame: Frame, ref: Ref) -> Attr | None:
    value = frame.value(ref)
    return value.value if isinstance(value, Own) and isinstance(value.value, Attr) else None
