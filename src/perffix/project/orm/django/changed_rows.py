"""Rows that `update()` and `delete()` of Django's querysets change in each turn of a loop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.project.orm.conditions import compared_in_turns
from perffix.project.orm.writes import Write, loops_with_many_turns, note_write
from perffix.project.summaries.operands import made_of
from perffix.project.summaries.terms import Call, Literal, Named

if TYPE_CHECKING:
    from perffix.project.evaluation.frames import Frame
    from perffix.project.evaluation.values import Query
    from perffix.project.summaries.terms import Ref


def note_changed(frame: Frame, query: Query, method: str, ref: Ref) -> None:
    """Write down that rows of a query are changed or deleted, if its conditions change with a loop.

    Nothing is written down where one statement for all turns would do something else: of a column that is counted on
    from what the database holds, a row would be counted once; and rows that are not known to be single ones cannot get
    the values of their turn by it.
    """
    term = frame.body.entries[ref].term if ref >= 0 else None
    if not isinstance(term, Call):
        return
    loops = {(frame.number, loop) for loop in loops_with_many_turns(frame, ref)}
    if loops.isdisjoint(query.varies):
        return
    if any(_counts_on(frame, name, value) for name, value in term.keywords):
        return
    alike = all(loops.isdisjoint(frame.varies_with(value)) for _, value in term.keywords)
    columns = tuple(dict.fromkeys(each.path for each in compared_in_turns(frame, query, loops)))
    if not query.few and not (alike and columns):
        return
    write = Write(query.model, method, frame.place(ref), fresh=False, of_query=True)
    note_write(frame, ref, write._replace(several=not query.few, alike=alike, columns=columns))


def _counts_on(frame: Frame, name: str | None, value: Ref) -> bool:
    """Tell whether a column gets a value that is made of its own in the database: `n=F("n") + 1`."""
    entries = frame.body.entries
    for ref in made_of(entries, value):
        term = entries[ref].term
        called = entries[term.function].term if isinstance(term, Call) else None
        if isinstance(term, Call) and isinstance(called, Named) and called.name.rpartition(".")[2] == "F":
            column = entries[term.arguments[0]].term if term.arguments else None
            if not isinstance(column, Literal) or column.value == name:
                return True
    return False
