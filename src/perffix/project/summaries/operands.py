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
    from collections.abc import Callable

    from perffix.project.summaries.terms import Ref, Term


def operands(term: Term) -> tuple[Ref, ...]:
    """Return the entries that a value is made of."""
    parts = _OPERANDS.get(term.__class__)
    return () if parts is None else parts(term)


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
