"""Where the rows of a query are brought into memory, looped over, counted, or asked whether there are any."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from perffix.project.evaluation.values import Bound, Query
from perffix.project.index import Function
from perffix.project.summaries.terms import Attribute, Call, Either

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.project.evaluation.frames import Frame
    from perffix.project.summaries.terms import Ref

_BY_BUILTINS = ("len", "bool", "list", "tuple")
_BY_METHODS = ("count", "acount")
_READING = frozenset({"", *_BY_METHODS, *_BY_BUILTINS})


class Reading(NamedTuple):
    """An expression that holds a query, and the functions of the project that are called to make it.

    Attributes:
        query: what it holds.
        functions: what is called on the way to it, the last first.
        mixed: whether it holds rows of another model in another evaluation.
    """

    query: Query
    functions: tuple[Function, ...]
    mixed: bool = False

    @property
    def is_in_memory(self) -> bool:
        """Whether the rows are known to be prefetched already."""
        owner, field = self.query.owner, self.query.field
        if owner is None or field is None or owner.loaded.unknown:
            return False
        return owner.loaded.is_prefetched(field) and not self.query.narrowed

    @property
    def may_be_in_memory(self) -> bool:
        """Whether the rows are, or whoever made the row that they belong to may have prefetched them, or should."""
        owner = self.query.owner
        if owner is None or self.query.narrowed:
            return False
        return owner.loaded.unknown or self.is_in_memory or owner.many


def note_reading(frame: Frame, query: Query, ref: Ref, method: str) -> None:
    """Write down that the rows of a query are read at an entry: by a builtin, a method or, without one, a loop."""
    if ref < 0 or not frame.name or method not in _READING:
        return
    if method in _BY_BUILTINS:
        term = frame.body.entries[ref].term
        if not isinstance(term, Call) or not term.arguments:
            return
        ref = term.arguments[0]
    elif not method and not isinstance(frame.value(ref), Query):
        return  # an element that is picked out
    if frame.module.name not in frame.evaluator.index.modules:
        return  # a macro of a template
    for each in _options(frame, ref):
        _keep(frame, query, each)
    asked = _asked(frame, ref) if method in _BY_METHODS else -1
    for each in _options(frame, asked) if asked >= 0 else ():
        _keep(frame, query, each)


def note_tested(frame: Frame) -> None:
    """Write down which entries of a frame, of those that are tested for truth, hold queries."""
    for ref, query in frame.tested():
        if frame.name and frame.module.name in frame.evaluator.index.modules:
            for each in _options(frame, ref):
                _keep(frame, query, each)


def _asked(frame: Frame, ref: Ref) -> Ref:
    """Return what a method is called on; -1 where that is no value of the function."""
    entries = frame.body.entries
    term = entries[ref].term
    called = entries[term.function].term if isinstance(term, Call) else None
    return called.value if isinstance(called, Attribute) else -1


def _options(frame: Frame, ref: Ref) -> tuple[Ref, ...]:
    term = frame.body.entries[ref].term
    return term.options if isinstance(term, Either) else (ref,)


def _keep(frame: Frame, query: Query, ref: Ref) -> None:
    readings, site = frame.evaluator.readings, frame.site(ref)
    before = readings.get(site)
    if before is None:
        readings[site] = Reading(query, tuple(_functions(frame, ref)))
    elif before.query is not query:
        # Of several evaluations the one counts that knows most of where the rows are.
        now = before._replace(query=query, mixed=before.mixed or before.query.model is not query.model)
        readings[site] = now if _knowledge(now) > _knowledge(before) else before._replace(mixed=now.mixed)


def _knowledge(reading: Reading) -> int:
    return 2 if reading.is_in_memory else 0 if reading.may_be_in_memory else 1


def _functions(frame: Frame, ref: Ref) -> Iterator[Function]:
    """Yield the functions of the project that the links of a chain of calls call, the last first."""
    entries = frame.body.entries
    while isinstance(term := entries[ref].term, Call):
        called = frame.value(term.function)
        if isinstance(called, Bound):
            yield called.function
        elif isinstance(called, Function):
            yield called
        link = entries[term.function].term
        if not isinstance(link, Attribute):
            return
        ref = link.value


def names_in(function: Function) -> frozenset[str]:
    """Return all names and attributes that stand in a function, as a bound for what it may call."""
    found = set()
    for entry in function.summary.body.entries:
        name = getattr(entry.term, "name", None)
        if isinstance(name, str):
            found.add(name.rpartition(".")[2])
    return frozenset(found)
