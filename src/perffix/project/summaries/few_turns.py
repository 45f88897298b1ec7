"""Values with so few elements that a loop over them is none worth a finding."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.project.summaries.terms import Attribute, Call, Display, Literal, Named, Slice, Table
from perffix.semantic.loops import FEW

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perffix.project.summaries.terms import Entry, Ref

_VIEWS = ("items", "keys", "values")
_PASSED_ON = ("builtins.enumerate", "builtins.sorted", "builtins.list")


def is_few(entries: Sequence[Entry], ref: Ref) -> bool:
    """Tell whether the value of an entry is known to have few elements."""
    term = entries[ref].term
    if isinstance(term, Display):
        return len(term.items) <= FEW
    if isinstance(term, Literal):
        return isinstance(term.value, str) and len(term.value) <= FEW
    if isinstance(term, Slice):
        return term.stop is not None and 0 <= term.stop <= 1
    if isinstance(term, Table):
        return term.base is None and len(term.items) <= FEW
    return isinstance(term, Call) and _is_few_from(entries, term)


def _is_few_from(entries: Sequence[Entry], call: Call) -> bool:
    """Tell whether a call is known to return few elements."""
    called = entries[call.function].term
    if not call.arguments:
        return isinstance(called, Attribute) and called.name in _VIEWS and is_few(entries, called.value)
    if not isinstance(called, Named):
        return False
    if called.name == "builtins.range":
        last = entries[call.arguments[-1]].term
        return len(call.arguments) == 1 and isinstance(last, Literal) and _is_small(last.value)
    return called.name in _PASSED_ON and is_few(entries, call.arguments[0])


def _is_small(value: object) -> bool:
    return isinstance(value, int) and value <= FEW
