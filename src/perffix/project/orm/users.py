"""What uses the entries of a body, to pass over queries that are read in other ways than a rule looks for."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from perffix.project.summaries.operands import operands
from perffix.project.summaries.terms import Attribute, Call, Combined, Each, Either, Literal

if TYPE_CHECKING:
    from perffix.project.summaries.terms import Body, Ref

_COMPARING = ((">", 0), (">=", 1), ("!=", 0), ("==", 0), ("<=", 0), ("<", 1))
_COMPARING_MIRRORED = (("<", 0), ("<=", 1), ("!=", 0), ("==", 0), (">=", 0), (">", 1))


class Users:
    """What uses the entries of a body: enough to pass over most of those that are read in other ways.

    Args:
        body: the body.
    """

    def __init__(self, body: Body) -> None:
        self._entries = body.entries
        self._tested = frozenset(body.tested)
        self._kept = {*body.returns, *(store.value for store in body.stores)}
        self._looped = {loop.iterable for loop in body.loops}

    @cached_property
    def _of(self) -> dict[Ref, list[Ref]]:
        found: dict[Ref, list[Ref]] = {}
        for ref, entry in enumerate(self._entries):
            for part in operands(entry.term):
                found.setdefault(part, []).append(ref)
        return found

    def of(self, ref: Ref) -> list[Ref]:
        """Return the entries that use an entry."""
        return self._of.get(ref, [])

    @cached_property
    def _columns(self) -> dict[Ref, set[str]]:
        """The attributes that are read of the elements of entries: quicker to see than all that uses them."""
        terms = [entry.term for entry in self._entries]
        elements = {ref: term.value for ref, term in enumerate(terms) if term.__class__ is Each}
        found: dict[Ref, set[str]] = {}
        for term in terms if elements else ():
            if term.__class__ is Attribute and term.value in elements:
                found.setdefault(elements[term.value], set()).add(term.name)
        return found

    def counts(self, ref: Ref) -> bool:
        """Tell whether an entry seems to be counted or tested, and nothing else to be done with its rows."""
        if ref in self._kept or ref in self._looped:
            return False
        seen = ref in self._tested
        for user in self._of.get(ref, ()):
            term = self._entries[user].term
            if isinstance(term, Attribute):
                continue
            if isinstance(term, Call) and ref in term.arguments:
                name = getattr(self._entries[term.function].term, "name", "")
                counted = name in ("builtins.len", "builtins.bool")
                if not counted and not (name in ("builtins.list", "builtins.tuple") and self.counts(user)):
                    return False
                seen = True
            elif isinstance(term, Either):
                used = user in self._tested or user in self._of
                if user in self._kept or user in self._looped or (used and not self.counts(user)):
                    return False
                seen = seen or used
            elif isinstance(term, Combined):
                seen = True
            elif not isinstance(term, Call) or not self._is_condition(term, ref):
                return False
        return seen

    def _is_condition(self, call: Call, ref: Ref) -> bool:
        """Tell whether an entry is part of the condition of another query: `filter(book__in=books)`."""
        return any(value == ref and (name or "").endswith("__in") for name, value in call.keywords)

    def is_compared(self, ref: Ref) -> bool:
        """Tell whether a number seems to serve only to tell whether there are rows."""
        users = [each for each in self._of.get(ref, ()) if not self._is_dropped(each)]
        if len(users) != 1:
            return not users and ref in self._tested
        term = self._entries[users[0]].term
        if isinstance(term, Call):
            return getattr(self._entries[term.function].term, "name", "") == "builtins.bool"
        if not isinstance(term, Combined):
            return False
        comparing, other = (_COMPARING, term.right) if term.left == ref else (_COMPARING_MIRRORED, term.left)
        number = self._entries[other].term
        return isinstance(number, Literal) and (term.operator, number.value) in comparing

    def _is_dropped(self, ref: Ref) -> bool:
        """Tell whether an entry is what a name holds, or a condition gives, where nobody reads it."""
        return isinstance(self._entries[ref].term, Either) and ref not in self._of and ref not in self._kept

    def column(self, ref: Ref) -> str | None:
        """Return the one attribute that is read of each element of an entry; None when more is done with them."""
        if len(self._columns.get(ref, ())) != 1:
            return None
        names: set[str] = set()
        for element in self._of.get(ref, ()):
            if not isinstance(self._entries[element].term, Each):
                continue
            for user in self._of.get(element, ()):
                term = self._entries[user].term
                if self._is_dropped(user):
                    continue
                if not isinstance(term, Attribute) or element in self._kept:
                    return None
                names.add(term.name)
        return names.pop() if len(names) == 1 else None
