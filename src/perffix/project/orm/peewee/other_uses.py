"""What a body does with a query of Peewee beside looping over its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from perffix.project.summaries.operands import operands
from perffix.project.summaries.terms import (
    Attribute,
    Call,
    Collected,
    Combined,
    Each,
    Either,
    Item,
    Named,
    Slice,
)
from perffix.semantic import facts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.project.summaries.terms import Body, Ref

_LISTING = (Each, Collected, Item, Slice)
_COMBINING = ("in", "not in", "is", "is not")


class Uses(NamedTuple):
    """What uses of a query mean for other tables and columns that it is to have.

    Attributes:
        joined: whether more tables are joined to it.
        fixed: whether something relies on those that it has: a union, a subquery, rows of another shape.
        handed_on: whether it is given to code elsewhere, which may go on from it.
    """

    joined: bool
    fixed: bool
    handed_on: bool


def uses_of(body: Body, ref: Ref) -> Uses:
    """Return what becomes of the query that an entry makes, under all names and conditions that it is given there."""
    found = set(_kinds(body, ref))
    return Uses(_JOINED in found, _FIXED in found, _HANDED_ON in found)


_JOINED, _FIXED, _HANDED_ON = "joined", "fixed", "handed on"


def _kinds(body: Body, ref: Ref) -> Iterator[str]:
    known = facts.load("peewee")["queries"]
    queries, methods = {ref}, dict[int, str]()
    for number, entry in enumerate(body.entries):
        term = entry.term
        if isinstance(term, Call) and term.function in methods:
            if methods[term.function] in known["same"]:
                queries.add(number)
        elif queries.isdisjoint(operands(term)):
            continue
        elif isinstance(term, Attribute):
            methods[number] = term.name
            if term.name in known["joining"]:
                yield _JOINED
            elif term.name in known["of_columns"]:
                yield _FIXED
        elif isinstance(term, Either):
            queries.add(number)
        elif isinstance(term, Combined):
            if term.operator not in _COMBINING:
                yield _FIXED
        elif isinstance(term, Call):
            yield from _given(body, term, known["of_columns"])
        elif not isinstance(term, _LISTING):
            yield _HANDED_ON
    stored = (store.value for store in body.stores)
    if not queries.isdisjoint((*body.returns, *stored)):
        yield _HANDED_ON


def _given(body: Body, call: Call, of_columns: list[str]) -> Iterator[str]:
    """Yield what a call does with a query among its arguments: `list(query)`, `Tweet.user.in_(query)`."""
    called = body.entries[call.function].term
    name = called.name if isinstance(called, (Attribute, Named)) else ""
    if name.rpartition(".")[2] in of_columns:
        yield _FIXED
    elif not name.startswith("builtins."):
        yield _HANDED_ON
