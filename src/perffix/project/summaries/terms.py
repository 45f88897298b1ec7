"""Values as the text of a module describes them, in a form that outlives the syntax tree.

A body of code (a function, a class, a module) becomes a list of entries. Each entry says what one expression is in
terms of earlier entries: an attribute of entry 3, the call of entry 5 with entries 6 and 7, one element of entry 2.
Names of local variables are gone: an entry refers to what the variable held at that place. Nothing here depends on
other files, on types or on any library, so a summary can be made in another process and kept for as long as the text
of the file stays the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from perffix.model import Span

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


Ref = int  # the number of an entry in its body
NO_LOOP = -1
FAILING = -2  # in the place of a loop: what is evaluated on the way to a `raise` alone
new = tuple.__new__  # makes a term of a tuple of all its parts, in half the time that its class takes


class Named(NamedTuple):
    """A name that the body does not bind itself, with attributes that follow it: `models.ForeignKey`.

    The name is dotted: absolute as imported (`django.db.models.ForeignKey`), relative as imported (`.models.Book`),
    of the same module with a colon in front (`:Book.objects`), or a builtin (`builtins.len`).
    """

    name: str


class Parameter(NamedTuple):
    """What a parameter of the function holds when it is called; `self` is one."""

    name: str


class Literal(NamedTuple):
    """A value written in the program."""

    value: str | float | bool | None


class Display(NamedTuple):
    """A tuple, list or set that is written out."""

    items: tuple[Ref, ...]


class Table(NamedTuple):
    """A dictionary that is written out, or grown by `d[key] = value`; a key of None spreads another mapping."""

    items: tuple[tuple[Ref | None, Ref], ...]
    base: Ref | None = None  # the mapping that is grown


class Attribute(NamedTuple):
    """An attribute of a value."""

    value: Ref
    name: str


class Call(NamedTuple):
    """The call of a value; keywords without a name spread a mapping."""

    function: Ref
    arguments: tuple[Ref, ...]
    keywords: tuple[tuple[str | None, Ref], ...]


class Each(NamedTuple):
    """One element of a value, another in each turn of a loop of the body."""

    value: Ref
    loop: int


class Item(NamedTuple):
    """What a value holds under an index or key."""

    value: Ref
    key: Ref


class Slice(NamedTuple):
    """A slice of a value; the bounds are known when they are literals."""

    value: Ref
    stop: int | None


class Collected(NamedTuple):
    """A list, set or generator of one element for each turn of a loop: a comprehension; pairs for a dictionary."""

    element: Ref
    loop: int
    keyed: bool = False


class Added(NamedTuple):
    """A container that an element, or all elements of another, was added to."""

    base: Ref
    element: Ref
    all: bool = False


class Either(NamedTuple):
    """One of several values, depending on the way that control took."""

    options: tuple[Ref, ...]


class Combined(NamedTuple):
    """Two values around an operator: `|`, `+`, `==`, `in`."""

    operator: str
    left: Ref
    right: Ref


class Text(NamedTuple):
    """A value turned into text: by an f-string, `str`, `format` or `%`."""

    value: Ref


class Function(NamedTuple):
    """A lambda: the entries that stand for its parameters, and its result."""

    parameters: tuple[Ref, ...]
    result: Ref


class Lookup(NamedTuple):
    """What a template means by a dot: an attribute or a key, called if it can be."""

    value: Ref
    name: str


class Include(NamedTuple):
    """Another template, with the names that it sees; `whole` says that it also sees all parameters of this one."""

    template: Ref
    names: tuple[tuple[str, Ref], ...]
    whole: bool


class Extends(NamedTuple):
    """The template that this one goes on from, without the blocks that this one replaces."""

    template: Ref
    replaced: tuple[str, ...]


class Macro(NamedTuple):
    """A macro of a template; of this one where the name of the template is empty."""

    template: str
    name: str


class Argument(NamedTuple):
    """What a parameter of a lambda holds."""

    name: str


class Spread(NamedTuple):
    """The elements of a value, as arguments or items: `*conditions`."""

    value: Ref


class Unknown(NamedTuple):
    """A value of which nothing is said."""


Term = (
    Named
    | Parameter
    | Literal
    | Display
    | Table
    | Attribute
    | Call
    | Each
    | Item
    | Slice
    | Collected
    | Added
    | Either
    | Combined
    | Text
    | Function
    | Lookup
    | Include
    | Extends
    | Macro
    | Argument
    | Spread
    | Unknown
)


class Entry:
    """One expression of a body.

    There are more of these than of anything else, so it is no tuple: of a plain object with slots, an attribute is read
    in half the time. Nobody changes one that a body has.

    Attributes:
        term: what it is.
        kind: the class of its `ast` node; empty for values that no single expression stands for.
        lines: first and last line of its statement (of a compound statement: of the header).
        loop: the innermost loop that evaluates it in every turn, or `NO_LOOP` or `FAILING`.
        sometimes: whether it is evaluated in some turns (or calls) only.
        line: where it begins, as all of a `Span`: there is an entry for each expression, and none has one of its own.
    """

    __slots__ = ("column", "end_column", "end_line", "kind", "line", "lines", "loop", "sometimes", "term")

    term: Term
    kind: str
    lines: tuple[int, int]
    loop: int
    sometimes: bool
    line: int
    column: int
    end_line: int
    end_column: int

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Entry) and self._parts() == other._parts()

    def __hash__(self) -> int:
        return hash(self._parts())

    def _parts(self) -> tuple[object, ...]:
        return self.term, self.kind, self.lines, self.loop, self.sometimes, self.span

    @property
    def span(self) -> Span:
        """Where it stands."""
        return Span(self.line, self.column, self.end_line, self.end_column)


def entry_of(term: Term, kind: str, lines: tuple[int, int], loop: int, sometimes: bool, *place: int) -> Entry:
    """Make an entry; the place is given as the four numbers of a `Span`."""
    entry = Entry()
    entry.term, entry.kind, entry.lines, entry.loop, entry.sometimes = term, kind, lines, loop, sometimes
    entry.line, entry.column, entry.end_line, entry.end_column = place
    return entry


class Loop(NamedTuple):
    """A loop of a body.

    Attributes:
        iterable: what it runs over; None for `while`.
        outer: the loop around it, or `NO_LOOP` or `FAILING`.
        few: whether it is known to end after few turns.
        span: its header.
    """

    iterable: Ref | None
    outer: int
    few: bool
    span: Span


class Store(NamedTuple):
    """`owner.name = value`: the entries of both sides, and how many entries the body had when it ran."""

    owner: Ref
    name: str
    value: Ref
    at: int


ACTION = "self.action"  # the page of a view that is asked for, as a parameter of guards


class Guard(NamedTuple):
    """Entries that are evaluated only when a parameter holds a value that is true, or none that is.

    The parameter may be `self.action`, by which a view of several pages tells them apart.

    Attributes:
        start: the first of the entries.
        end: the entry after the last.
        parameter: the name of the parameter.
        wanted: whether the test must hold.
        none: whether the test is `is None`; else it is for truth.
        plain: whether the test is for a number or a text, `isinstance(key, int)`.
        among: the texts of which the test wants one, if it does.
    """

    start: Ref
    end: Ref
    parameter: str
    wanted: bool
    none: bool
    plain: bool = False
    among: tuple[str, ...] = ()

    def excludes(self, value: str | float | bool | None) -> bool:
        """Tell whether the entries are not evaluated with a value of the parameter."""
        if self.among:
            return (value in self.among) != self.wanted
        return (value is None if self.none else bool(value)) != self.wanted


_BLOCK = "block "  # a space keeps it apart from the names of variables


def block_flag(block: str) -> str:
    """Return the parameter of a template that says whether a block of it is shown, or another has taken its place."""
    return _BLOCK + block


def is_block_flag(name: str) -> bool:
    """Tell whether a parameter of a template says so of a block."""
    return name.startswith(_BLOCK)


def asking(entries: Sequence[Entry]) -> tuple[Ref, ...]:
    """Return the entries whose evaluation may ask a database for something."""
    return tuple([ref for ref, entry in enumerate(entries) if type(entry.term) in ASKING])


ASKING = frozenset({Attribute, Call, Each, Item, Text, Lookup, Include, Extends})


class Body(NamedTuple):
    """The expressions of a function, class or module in the order in which they are first evaluated.

    Attributes:
        entries: all of them.
        loops: the loops that entries stand in.
        returns: what it returns (or yields, for a generator).
        stores: attributes that it gives values to.
        tested: entries whose truth is asked: `if x`, `not x`, `while x`, `x and y`.
        discarded: entries that are statements of their own.
        asking: entries whose evaluation may ask the database for something.
        guards: entries that are evaluated for some values of a parameter only.
    """

    entries: tuple[Entry, ...]
    loops: tuple[Loop, ...]
    returns: tuple[Ref, ...]
    stores: tuple[Store, ...]
    tested: tuple[Ref, ...]
    discarded: tuple[Ref, ...]
    asking: tuple[Ref, ...]
    guards: tuple[Guard, ...] = ()

    def __reduce__(self) -> tuple[Callable[..., Body], tuple[object, ...]]:
        from perffix.project.summaries.packing import packed

        return packed(self)

    def loops_around(self, ref: Ref) -> list[int]:
        """Return the loops that evaluate an entry in every turn, innermost first."""
        found = []
        loop = self.entries[ref].loop
        while loop >= 0:
            found.append(loop)
            loop = self.loops[loop].outer
        return found

    def is_failing(self, ref: Ref) -> bool:
        """Tell whether an entry is evaluated on the way to a `raise` alone."""
        loop = self.entries[ref].loop
        while loop >= 0:
            loop = self.loops[loop].outer
        return loop == FAILING
