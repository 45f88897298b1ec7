"""Entries say where they stand, and those that have no place of their own are the same in all bodies."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING

from projects import project

if TYPE_CHECKING:
    from perffix.project.summaries.summary import ModuleSummary

TEXT = """\
from datetime import date

class Event:
    day: date
    until: date
    name: str = "none"

    def tell(self, key="name"):
        return date.today(), self.names[key], self.names["name"], None

    def ask(self):
        return date.today(), self.names["name"], None
"""


def summary() -> ModuleSummary:
    """Return the summary of the text."""
    return project({"events": TEXT}).index.modules["events"].summary


def test_types_of_members_stand_where_they_are_written() -> None:
    event = summary().classes["Event"]
    places = {name: event.body.entries[ref].span for name, ref in event.annotations.items()}
    assert {name: (place.line, place.column) for name, place in places.items()} == {
        "day": (4, 9),
        "until": (5, 11),
        "name": (6, 10),
    }


def test_what_has_no_place_is_shared() -> None:
    methods = summary().classes["Event"].methods
    tell, ask = ({entry.term: entry for entry in methods[name].body.entries} for name in ("tell", "ask"))
    shared = {term for term, entry in tell.items() if not entry.kind}
    assert {type(term).__name__ for term in shared} == {"Parameter", "Named", "Literal"}
    assert all(tell[term] is ask[term] for term in shared if term in ask)
    assert all(tell[term] is not ask[term] for term in tell if term not in shared and term in ask)


def test_a_summary_comes_back_from_another_process_as_it_was() -> None:
    made = summary()
    back = pickle.loads(pickle.dumps(made))
    assert back == made
    ask, same = (each.classes["Event"].methods["ask"].body.entries for each in (back, made))
    assert [entry for entry, other in zip(ask, same, strict=True) if entry.kind and entry is other] == []
    assert all(entry is other for entry, other in zip(ask, same, strict=True) if not entry.kind)
