"""A body of code while it is read: its entries so far, and what its names hold."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.project.summaries.shared_terms import NUMBERS, OF_NAME, OF_PLAIN, OF_TEXT, UNKNOWN
from perffix.project.summaries.terms import NO_LOOP, Body, Either, Entry, Guard, Loop, Named, new

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perffix.model import Span
    from perffix.project.summaries.definitions import Definitions
    from perffix.project.summaries.guards import Condition
    from perffix.project.summaries.terms import Ref, Store, Term

Names = dict[str, "Ref"]
_KINDS = {each: each.__name__ for each in ast.expr.__subclasses__()}


class BodyReader:
    """What is known of one body of code as far as it was read.

    Args:
        module: what all bodies of the module share.
        outer: the reader of the body around it.
    """

    is_function = False

    def __init__(self, module: Definitions, outer: BodyReader | None) -> None:
        self.module = module
        self.outer = outer
        self.entries: list[Entry] = []
        self.asking: list[Ref] = []
        self.loops: list[Loop] = []
        self.returns: list[Ref] = []
        self.gives_none = False  # by a `return` of its own
        self.yields: list[Ref] = []
        self.stores: list[Store] = []
        self.tested: list[Ref] = []
        self.discarded: list[Ref] = []
        self.guards: list[Guard] = []
        self.names: Names | None = {}  # what local names hold here; None where control never comes
        self.assigned: dict[str, list[Ref]] = {} if outer is not None else module.names  # all that names ever held
        self.bound: list[str] = []  # local names in the order in which they were given values
        self.loop = NO_LOOP
        self.sometimes = False
        self.lines = (1, 1)
        self._functions: tuple[BodyReader, ...] = ()  # those around it, the innermost first
        if outer is not None:
            self._functions = (outer, *outer._functions) if outer.is_function else outer._functions
        # Entries for names that the body does not bind.
        self._outside: dict[str, Ref] = {} if outer is not None else module.refs
        self._plain: dict[tuple[type, object], Ref] = {}  # entries for numbers and the like
        self._texts: dict[str, Ref] = {}  # entries for texts of which nobody asks where they stand
        self._unknown: Ref | None = None

    def finish(self) -> Body:
        """Return the body."""
        return Body(
            tuple(self.entries),
            tuple(self.loops),
            tuple(self.yields or self.returns),
            tuple(self.stores),
            tuple(self.tested),
            tuple(self.discarded),
            tuple(self.asking),
            tuple(self.guards),
        )

    # Entries

    def add(self, term: Term, node: ast.expr) -> Ref:
        """Make an entry; the node says where it stands."""
        entry, entries, numbers = Entry(), self.entries, NUMBERS
        entry.term = term
        entry.kind = _KINDS[type(node)]
        entry.lines = self.lines
        entry.loop = self.loop
        entry.sometimes = self.sometimes
        entry.line = line = numbers[node.lineno]
        entry.column = node.col_offset
        entry.end_line = numbers[node.end_lineno or line]
        entry.end_column = node.end_col_offset or 0
        ref = len(entries)
        entries.append(entry)
        return ref

    def ask(self, term: Term, node: ast.expr) -> Ref:
        """Make an entry whose evaluation may ask the database for something."""
        ref = self.add(term, node)
        self.asking.append(ref)
        return ref

    def share(self, entry: Entry) -> Ref:
        """Let the body have an entry that other bodies have, too."""
        entries = self.entries
        entries.append(entry)
        return len(entries) - 1

    def plain(self, value: float | bool | None) -> Ref:
        """Return the one entry of this body for a number, a truth value or None."""
        key = value.__class__, value  # 1 and True are equal
        ref = self._plain.get(key)
        if ref is None:
            ref = self._plain[key] = self.share(OF_PLAIN[key])
        return ref

    def text(self, value: str) -> Ref:
        """Return the one entry of this body for a text of which nobody asks where it stands."""
        ref = self._texts.get(value)
        if ref is None:
            ref = self._texts[value] = self.share(OF_TEXT[value])
        return ref

    def unknown(self) -> Ref:
        """Return the one entry of this body for values of which nothing is said."""
        ref = self._unknown
        if ref is None:
            ref = self._unknown = self.share(UNKNOWN)
        return ref

    def either(self, *refs: Ref) -> Ref:
        """Return an entry for the values that meet after branches."""
        entries = self.entries
        options: dict[Ref, None] = {}
        for ref in refs:
            term = entries[ref].term
            if type(term) is Either:
                options.update(dict.fromkeys(term.options))
            else:
                options[ref] = None
        first = entries[refs[0]]
        entry = Entry()
        entry.term = new(Either, (tuple(options),))
        entry.kind = ""
        entry.lines = self.lines
        entry.loop = self.loop
        entry.sometimes = self.sometimes
        entry.line, entry.column = first.line, first.column
        entry.end_line, entry.end_column = first.end_line, first.end_column
        return self.share(entry)

    # Names

    def bind(self, name: str, ref: Ref) -> None:
        """Let a name hold an entry from here on."""
        if self.names is not None:
            self.names[name] = ref
            self.bound.append(name)
        if not self.is_function:
            self.assigned.setdefault(name, []).append(ref)
            if self.outer is None:
                self.module.change(name)

    def lookup(self, name: str) -> Ref:
        """Return what a name holds here."""
        names = self.names
        ref = None if names is None else names.get(name)
        return self.from_outside(name) if ref is None else ref

    def from_outside(self, name: str) -> Ref:
        """Return the one entry of this body for what a name stands for that it does not bind."""
        ref = self._outside.get(name)
        if ref is None:
            ref = self._outside[name] = self.share(self._meaning(name))
        return ref

    def _meaning(self, name: str) -> Entry:
        """Return what a name that this body does not bind stands for."""
        for outer in self._functions:
            if outer.names is not None and name in outer.names:
                term = outer.entries[outer.names[name]].term
                return OF_NAME[term.name if isinstance(term, Named) else ""]
        return self.module.meaning(name)

    def imported(self, name: str, target: str) -> None:
        """Note that a name is imported for the whole module, by statements outside of functions."""
        self.module.add_import(name, target)
        reader: BodyReader | None = self
        while reader is not None:
            if not reader.is_function:
                reader._outside.clear()
            reader = reader.outer

    def meet(self, one: Names | None, other: Names | None, since: int) -> Names | None:
        """Return what names hold where two ways meet; the first of them is changed.

        Args:
            one: what they hold at the end of one way, None if it does not end here.
            other: the same of the other way.
            since: how many names had been bound where the ways parted.
        """
        if one is None or other is None:
            return other if one is None else one
        for name in dict.fromkeys(self.bound[since:]):
            held, ref = one.get(name), other.get(name)
            if held is None and ref is not None:
                one[name] = ref
            elif held != ref and held is not None and ref is not None:
                one[name] = self.either(held, ref)
        return one

    # Loops and conditions

    def enter_loop(self, iterable: Ref | None, few: bool, span: Span) -> tuple[int, bool]:
        """Let all that follows be evaluated in every turn of a new loop; return the state to go back to."""
        state = self.loop, self.sometimes
        self.loops.append(Loop(iterable, self.loop, few, span))
        self.loop, self.sometimes = len(self.loops) - 1, False
        return state

    def leave_loop(self, state: tuple[int, bool]) -> None:
        """Go back to the state before a loop."""
        self.loop, self.sometimes = state

    def guard(self, start: Ref, conditions: Sequence[Condition]) -> None:
        """Note that the entries from one on are evaluated under conditions."""
        end = len(self.entries)
        if end > start:
            for name, wanted, none, plain, among in conditions:
                self.guards.append(Guard(start, end, name, wanted, none, plain, among))
