"""Rows that are written one by one, in each turn of a loop, where one statement could write them all."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from perffix.project.evaluation.values import Row
from perffix.project.index import External
from perffix.project.summaries.terms import Attribute, Call, Each, Item, Named, Parameter
from perffix.semantic import facts

if TYPE_CHECKING:
    from perffix.project.evaluation.frames import Frame
    from perffix.project.evaluation.values import Value
    from perffix.project.index import Function
    from perffix.project.orm.graph import Model
    from perffix.project.place import Place
    from perffix.project.summaries.terms import Body, Ref

_DELETING = ("delete", "adelete", "delete_instance")
# Packages whose rows keep more than one row in order when they are saved: trees, translations, histories.
_KEEPING_ORDER = ("mptt.", "treebeard.", "polymorphic.", "parler.", "modelcluster.", "simple_history.", "wagtail.")
_LOCKING = ("select_for_update", "for_update")
# What a `save()` may call to fill columns.
_FILLING = ("save", "asave", "super", "slugify", "uuid4", "full_clean", "clean", "get_random_string", "dumps")
_VIEWS = ("items", "keys", "values")  # of a dictionary that may be written out
_PASSING = ("builtins.enumerate", "builtins.sorted", "builtins.reversed", "builtins.list", "builtins.tuple")
# Methods of a row that write it.
OF_ROWS = ("save", "asave", *_DELETING)


class Write(NamedTuple):
    """A place that writes a row, or the rows of a query, in a loop.

    Attributes:
        model: the table.
        method: the method that writes.
        place: the call.
        fresh: whether the row is made by the program, not read from the database.
        overridden: whether the project defines `save()` itself.
        of_query: whether the rows of a query are written, which changes with the loop.
        several: whether these may be more than one in a turn.
        alike: whether they get the same values in all turns.
        columns: what the query compares with a value of the turn, where that is known; for a row that is looked for
            first, the columns by which it is found, where a table holds their values once.
    """

    model: Model
    method: str
    place: Place
    fresh: bool
    overridden: bool = False
    of_query: bool = False
    several: bool = False
    alike: bool = False
    columns: tuple[str, ...] = ()

    @property
    def of_row(self) -> bool:
        """Whether the method is called on the row itself."""
        return self.method in OF_ROWS and not self.of_query

    @property
    def saves(self) -> bool:
        """Whether a row is made or saved by itself, so that whoever waits for that is told."""
        return not self.of_query and self.method not in _DELETING


def note_row(frame: Frame, row: Value | None, method: str, ref: Ref) -> None:
    """Write down that a method of a row is called that writes it, if a loop writes another row in each turn."""
    if method not in OF_ROWS or not isinstance(row, Row) or frame.name.rpartition(".")[2] in OF_ROWS:
        return
    owner = _owner(frame, ref)
    if owner is None or not _changes(frame, owner, ref):
        return
    evaluator, fresh = frame.evaluator, not row.sites
    if any(evaluator.method_at(site) in _LOCKING for site in row.sites) or (method in _DELETING and fresh):
        return
    note_write(frame, ref, Write(row.model, method, frame.place(ref), fresh))


def note_made(frame: Frame, model: Model, method: str, ref: Ref, columns: tuple[str, ...] = ()) -> None:
    """Write down that a row is made in the database, if that happens in a loop, with the columns it is found by."""
    if ref >= 0 and loops_with_many_turns(frame, ref):
        note_write(frame, ref, Write(model, method, frame.place(ref), fresh=True, columns=columns))


def note_write(frame: Frame, ref: Ref, write: Write) -> None:
    """Write something down that a loop writes, unless rows of its model are written one by one for a reason."""
    model = write.model
    if model.cls is None or model.parents:
        return  # of a package, or in several tables
    if _has_loops_of_its_own(frame.body, ref):
        return  # the tree would show the same, at a higher price
    index = frame.evaluator.index
    if any(isinstance(each, External) and each.name.startswith(_KEEPING_ORDER) for each in index.ancestors(model.cls)):
        return
    if write.of_query:
        frame.evaluator.writes.append(write)
        return
    overriding = index.method(model.cls, "delete" if write.method in _DELETING else "save")
    if overriding is None:
        if write.method not in _DELETING or model.complete:
            frame.evaluator.writes.append(write)
    elif write.method not in _DELETING and _only_fills_columns(overriding):
        frame.evaluator.writes.append(write._replace(overridden=True))


def _has_loops_of_its_own(body: Body, ref: Ref) -> bool:
    """Tell whether the innermost loop around an entry surely has another `for` with many turns in each of its own."""
    innermost = body.entries[ref].loop
    for number, loop in enumerate(body.loops):
        if loop.outer == innermost and not loop.few and loop.iterable is not None:
            # Clauses of comprehensions are loops, too, but all in them belongs to the same statement.
            is_statement = any(each.loop == number and each.lines[0] > loop.span.end_line for each in body.entries)
            if is_statement and _has_many_elements(body, loop.iterable):
                return True
    return False


def _has_many_elements(body: Body, ref: Ref) -> bool:
    """Tell whether nothing at a value shows how many elements it has: it is no list that is written out."""
    term = body.entries[ref].term
    if isinstance(term, Call):
        function = body.entries[term.function].term
        if isinstance(function, Attribute):
            return function.name not in _VIEWS
        passing = isinstance(function, Named) and function.name in _PASSING and bool(term.arguments)
        return passing and _has_many_elements(body, term.arguments[0])
    return isinstance(term, (Attribute, Each, Item, Parameter))


def _only_fills_columns(function: Function) -> bool:
    """Tell whether a `save()` of the project does nothing besides, so that somebody else can do it as well."""
    entries = function.summary.body.entries
    for entry in entries:
        if not isinstance(entry.term, Call):
            continue
        called = entries[entry.term.function].term
        name = called.name if isinstance(called, (Named, Attribute)) else ""
        if name.startswith("builtins."):
            continue
        if name.rpartition(".")[2].lstrip(":") not in (*facts.load("turns")["quick"], *_FILLING):
            return False
    return True


def loops_with_many_turns(frame: Frame, ref: Ref) -> list[int]:
    """Return the loops that evaluate an entry in each of many turns, innermost first."""
    return [loop for loop in frame.body.loops_around(ref) if not frame.has_few_turns(loop)]


def _owner(frame: Frame, ref: Ref) -> Ref | None:
    """Return the entry that a method is called on."""
    entries = frame.body.entries
    term = entries[ref].term if ref >= 0 else None
    called = entries[term.function].term if isinstance(term, Call) else None
    return called.value if isinstance(called, Attribute) else None


def _changes(frame: Frame, owner: Ref, ref: Ref) -> bool:
    """Tell whether each turn of a loop has another row."""
    varies, made_in = frame.varies_with(owner), frame.body.loops_around(owner)
    return any(loop in made_in or (frame.number, loop) in varies for loop in loops_with_many_turns(frame, ref))
