"""Rows with relations that the program has given values, as a call gets them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.project.evaluation.values import Row
from perffix.project.summaries.terms import Attribute, Call, Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perffix.project.evaluation.arguments import Arguments
    from perffix.project.evaluation.values import Value
    from perffix.project.summaries.terms import Body, Ref, Store


def with_stores(body: Body, owner: Value | None, arguments: Arguments, ref: Ref) -> tuple[Value | None, Arguments]:
    """Return what a call at an entry is given, its rows with the relations that were given values before."""
    stores = [store for store in body.stores if store.at <= ref]
    term = body.entries[ref].term
    if not stores:
        return owner, arguments
    if not isinstance(term, Call):
        return _stored(owner, term.value if isinstance(term, (Attribute, Text)) else -1, stores), arguments
    called = body.entries[term.function].term
    owner = _stored(owner, called.value if isinstance(called, Attribute) else -1, stores)
    pairs = zip(arguments.positional, term.arguments, strict=False)
    positional = tuple(_stored(each, part, stores) for each, part in pairs)
    return owner, arguments._replace(positional=(*positional, *arguments.positional[len(positional) :]))


def _stored(value: Value | None, ref: Ref, stores: Sequence[Store]) -> Value | None:
    names = frozenset(store.name for store in stores if store.owner == ref)
    return value._replace(known=value.known | names) if names and isinstance(value, Row) else value
