"""With what the conditions of a query change: with a loop, or with the rows of another query."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.project.evaluation.values import Row
from perffix.project.orm.comparing import Attr, asked_attribute, attribute_at, conditions_in, last_name
from perffix.project.orm.library import note_repeated
from perffix.project.summaries.terms import Attribute, Call, Combined

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from perffix.project.evaluation.frames import Frame
    from perffix.project.evaluation.values import Query
    from perffix.project.orm.graph import Model
    from perffix.project.summaries.terms import Ref

Turns = frozenset[tuple[int, int] | Row]
NEVER: Turns = frozenset()

_MANY = ("in_", "not_in", "notin_")  # of many keys at once: the loop goes through them in batches
_AROUND = ("or_", "and_", "not_")
_COMPARING = ("==", "!=", "<", "<=", ">", ">=")


def by_conditions(frame: Frame, ref: Ref) -> Turns:
    """Return the loops and rows with which the conditions change that a call is given: `filter(Book.id == key)`.

    A condition on an attribute whose name is computed does not count, and none on the key of a row that is at hand.
    """
    return NEVER.union(*map(frame.varies_with, _compared(frame, ref)))


def by_keywords(frame: Frame, model: Model, ref: Ref) -> Turns:
    """Return the same for conditions that are given by name: `filter_by(id=key)`."""
    term = frame.body.entries[ref].term if ref >= 0 else None
    named = [each for each in term.keywords if each[0] is not None] if isinstance(term, Call) else []
    values = (
        value
        for name, value in named
        if name is not None and not name.endswith("__in") and not _is_own_key(frame, Attr(model, name), value)
    )
    return NEVER.union(*map(frame.varies_with, values))


def by_values(frame: Frame, model: Model, refs: Iterable[Ref], key: str = "id") -> Turns:
    """Return the same for keys: `get(key)`."""
    return NEVER.union(*(frame.varies_with(each) for each in refs if not _is_own_key(frame, Attr(model, key), each)))


def ask_again(frame: Frame, query: Query, ref: Ref, method: str) -> None:
    """Note that a query runs at an entry, if that is in each turn of a loop."""
    if query.varies and ref >= 0 and not _has_session_of_its_own(frame, ref):
        note_repeated(frame, query, ref, method)


def _has_session_of_its_own(frame: Frame, ref: Ref) -> bool:
    """Tell whether each turn of a loop opens another session for what a call asks: it is a transaction of its own."""
    entries, loops = frame.body.entries, frame.body.loops_around(ref)
    start = entries[ref].span.start
    part = ref
    while True:
        entry = entries[part]
        if isinstance(entry.term, Call):
            if entry.span.start != start and entry.loop in loops:
                return True
            part = entry.term.function
        elif isinstance(entry.term, Attribute):
            part = entry.term.value
        else:
            return False


def _compared(frame: Frame, ref: Ref) -> Iterator[Ref]:
    """Yield what the conditions among the arguments of a call compare attributes with."""
    entries = frame.body.entries
    for condition in conditions_in(frame, ref):
        term = entries[condition].term
        if isinstance(term, Combined) and term.operator in _COMPARING:
            left, right = attribute_at(frame, term.left), attribute_at(frame, term.right)
            if left is not None and right is None and not _is_own_key(frame, left, term.right):
                yield term.right
            elif right is not None and left is None and not _is_own_key(frame, right, term.left):
                yield term.left
        elif isinstance(term, Call):
            method = last_name(frame, term.function)
            if method in _AROUND:
                yield from _compared(frame, condition)
            elif method not in _MANY and asked_attribute(frame, term.function) is not None:
                yield from term.arguments


def _is_own_key(frame: Frame, attribute: Attr, ref: Ref) -> bool:
    """Tell whether a value is the same attribute of a row of the same model, which is at hand: it may have changed."""
    read = frame.body.entries[ref].term
    row = frame.value(read.value) if isinstance(read, Attribute) and read.name == attribute.name else None
    return isinstance(row, Row) and row.model is attribute.model
