"""Bodies of code on their way from one process to another.

Pickled one by one, entries and terms take twice as long. So a body travels as columns of plain tuples, names and
numbers, the terms beside their classes. What bodies share is shared again where it arrives.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from perffix.project.summaries.shared_terms import NAMED, NUMBERS, TEXTS, number_lines, shared_entry
from perffix.project.summaries.terms import Body, Either, Entry, Literal, Named, new

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def packed(body: Body) -> tuple[Callable[..., Body], tuple[object, ...]]:
    """Return what pickle makes a body of: `unpacked` and its arguments."""
    entries = body.entries
    terms = [entry.term for entry in entries]
    columns = (
        [type(term) for term in terms],
        [tuple(term) for term in terms],
        [entry.kind for entry in entries],
        [entry.lines for entry in entries],
        [entry.loop for entry in entries],
        [entry.sometimes for entry in entries],
        [entry.line for entry in entries],
        [entry.column for entry in entries],
        [entry.end_line for entry in entries],
        [entry.end_column for entry in entries],
    )
    return unpacked, (columns, *body[1:])


def unpacked(columns: Sequence[Sequence[Any]], *others: Any) -> Body:
    """Return a body; takes the columns of its entries, and all else that it has."""
    entries: list[Entry] = []
    number_lines(max(columns[8], default=0))
    for cls, parts, kind, lines, loop, sometimes, line, column, end_line, end_column in zip(*columns, strict=True):
        if not kind and cls is not Either:
            entries.append(shared_entry(new(cls, parts)))
            continue
        entry = Entry()
        if cls is Named:
            entry.term = NAMED[parts[0]]
        elif cls is Literal and type(parts[0]) is str:
            entry.term = TEXTS[parts[0]]
        else:
            entry.term = new(cls, parts)
        entry.kind = kind
        entry.lines = lines
        entry.loop = loop
        entry.sometimes = sometimes
        entry.line, entry.column = NUMBERS[line], column
        entry.end_line, entry.end_column = NUMBERS[end_line], end_column
        entries.append(entry)
    return Body(tuple(entries), *others)
