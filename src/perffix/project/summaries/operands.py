"""The entries that a value is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from perffix.project.summaries.terms import (
    Added,
    Attribute,
    Call,
    Collected,
    Combined,
    Display,
    Each,
    Either,
    Function,
    Item,
    Lookup,
    Slice,
    Table,
    Text,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from perffix.project.summaries.terms import Entry, Ref, Term


def operands(term: Term) -> tuple[Ref, ...]:
    """Return the entries that a value is made of."""
    parts = _OPERANDS.get(term.__class__)
    return () if parts is None else parts(term)


def made_of(entries: Sequence[Entry], ref: Ref) -> list[Ref]:
    """Return an entry of a body and all that it is made of, each once."""
    found, seen = [ref], {ref}
    for each in found:  # more and more of them
        more = [part for part in dict.fromkeys(operands(entries[each].term)) if part not in seen]
        seen.update(more)
        found += more
    return found


def _call_operands(term: Call) -> tuple[Ref, ...]:
    if term.keywords:
        return (term.function, *term.arguments, *[ref for _, ref in term.keywords])
    return (term.function, *term.arguments)


def _table_operands(term: Table) -> tuple[Ref, ...]:
    parts = [ref for item in term.items for ref in item]
    return tuple(ref for ref in (term.base, *parts) if ref is not None)


_OPERANDS: dict[type, Callable[[Any], tuple[Ref, ...]]] = {
    **dict.fromkeys((Attribute, Slice, Text, Each, Lookup), lambda term: (term.value,)),
    Call: _call_operands,
    Item: lambda term: (term.value, term.key),
    Combined: lambda term: (term.left, term.right),
    Display: lambda term: term.items,
    Either: lambda term: term.options,
    Collected: lambda term: (term.element,),
    Added: lambda term: (term.base, term.element),
    Table: _table_operands,
    Function: lambda term: (term.result,),
}
