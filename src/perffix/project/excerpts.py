"""Excerpts of modules: one function with all of its module that may matter to it, each line in its place.

To read a large file again for one function of it costs more than all that is asked about the function. What its values
are, and what becomes of them, follows also from code around it: from what the module says outside of functions, from
functions that this one calls, methods that set the same attributes, code that fills the same containers. All of that
stays. Other functions, and the other classes, become empty lines.
"""

from __future__ import annotations

import builtins
import re
from functools import cached_property
from typing import TYPE_CHECKING

from perffix.project.summaries.operands import made_of
from perffix.project.summaries.terms import Attribute, Call, Literal, Named, Parameter, Table
from perffix.semantic import facts
from perffix.source import SourceError, SourceFile

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from perffix.project.summaries.summary import ClassSummary, FunctionSummary, ModuleSummary
    from perffix.project.summaries.terms import Body, Ref

_MAKERS = ("builtins.list", "builtins.set", "builtins.sorted", "collections.deque")


def function_around(line: int, summary: ModuleSummary) -> FunctionSummary | None:
    """Return the function at module level, or the method of a class there, that a line is part of."""
    return next((each for each, _ in _functions(summary) if each.first <= line <= each.last), None)


def excerpt_for(
    functions: Collection[FunctionSummary], source: SourceFile, summary: ModuleSummary
) -> SourceFile | None:
    """Return what matters of a module to functions of it; None where the file cannot be decoded any more.

    Args:
        functions: what `function_around` gave.
        source: the file of the module.
        summary: what the module says.
    """
    try:
        lines = list(source.lines)
    except SourceError:
        return None
    for each in _Module(source, summary).left_out(functions):
        lines[each.first - 1 : each.last] = [""] * (each.last - each.first + 1)
    return SourceFile(source.path, "\n".join(lines).encode(source.encoding), source.place)


def _classes(summary: ModuleSummary) -> Iterator[ClassSummary]:
    """Yield the classes that begin a line: without what stands below an `if`, nothing might be left there."""
    return (each for name, each in summary.classes.items() if name == each.name and not each.span.column)


def _functions(summary: ModuleSummary) -> Iterator[tuple[FunctionSummary, str]]:
    """Yield the functions that begin a line, and the methods of such classes, each with the name of its class."""
    for name, function in summary.functions.items():
        if name == function.name and not function.span.column:
            yield function, ""
    for cls in _classes(summary):
        yield from ((method, cls.name) for method in cls.methods.values())


class _Function:
    """A function at module level, or a method of a class there.

    Attributes:
        summary: what it says.
        owner: the name of its class; empty without one.
        name: its own name.
    """

    def __init__(self, summary: FunctionSummary, owner: str, source: SourceFile) -> None:
        self.summary = summary
        self.owner = owner
        self.name = summary.name
        self._source = source

    @cached_property
    def _text(self) -> str:
        return "\n".join(self._source.lines[self.summary.first - 1 : self.summary.last])

    @cached_property
    def words(self) -> frozenset[str]:
        """All names that stand in it."""
        return frozenset(re.findall(r"[^\W\d]\w*", self._text))

    @cached_property
    def attributes(self) -> frozenset[str]:
        """The names of the attributes of its object that it reads, sets or calls: `self.total`."""
        if not self.owner or not self.summary.parameters:
            return frozenset()
        # Without a look at what stands before the name: `re` looks for a pattern that begins with text much faster.
        return frozenset(re.findall(rf"{self.summary.parameters[0].name}\s*\.\s*(\w+)", self._text))

    @property
    def sets(self) -> Iterator[str]:
        """The attributes that it gives values of which something may be known."""
        return (store.name for store in self.summary.body.stores if not self._is_unknown(store.value))

    def _is_unknown(self, ref: Ref) -> bool:
        """Tell whether a value is a parameter that says nothing of it, or an attribute of one."""
        entries, parameters = self.summary.body.entries, self.summary.parameters
        term = entries[ref].term
        while isinstance(term, Attribute):
            term = entries[term.value].term
        if not isinstance(term, Parameter) or term.name == parameters[0].name:
            return False
        return all(each.annotation is None for each in parameters if each.name == term.name)

    @property
    def tells_result(self) -> bool:
        """Whether it may be known what a call of it gives."""
        summary = self.summary
        return bool(summary.body.returns) and not (summary.decorators or summary.is_async or summary.yields)

    def holds(self, line: int) -> bool:
        """Tell whether a line is part of it."""
        return self.summary.first <= line <= self.summary.last


class _Module:
    def __init__(self, source: SourceFile, summary: ModuleSummary) -> None:
        self._source = source
        self._summary = summary
        self._functions = [_Function(each, owner, source) for each, owner in _functions(summary)]

    def left_out(self, functions: Collection[FunctionSummary]) -> Iterator[FunctionSummary | ClassSummary]:
        """Yield the functions, methods and classes that do not matter to some functions."""
        firsts = {each.first for each in functions}
        kept = self._kept_for(each for each in self._functions if each.summary.first in firsts)
        owners = {each.owner for each in kept}
        for cls in _classes(self._summary):
            if self._has_other_meaning(cls.name):
                owners.add(cls.name)
            elif cls.name not in owners:
                yield cls
        for each in self._functions:
            if each not in kept and (not each.owner or each.owner in owners):
                yield each.summary

    def _kept_for(self, functions: Iterable[_Function]) -> set[_Function]:
        """Return some functions and those that matter to them, or to one of these."""
        kept = {*functions, *(each for each in self._functions if self._changes_names(each))}
        while more := set(self._that_matter_to(kept)) - kept:
            kept |= more
        return kept

    def _changes_names(self, function: _Function) -> bool:
        """Tell whether a function gives values to names of the module, or has one that means something else, too."""
        return any(map(function.holds, self._globals)) or (
            not function.owner and self._has_other_meaning(function.name)
        )

    def _has_other_meaning(self, name: str) -> bool:
        return hasattr(builtins, name) or name in self._summary.names or name in self._summary.imports

    def _that_matter_to(self, kept: Iterable[_Function]) -> Iterator[_Function]:
        owners = {each.owner for each in kept if each.owner}
        yield from self._related({name for each in kept for name in each.attributes}, owners)
        words = {word for each in kept for word in each.words}
        called = words | self._behind(words, owners)
        filled = self._filled & words
        for each in self._functions:
            is_called = each.tells_result and not each.owner and each.name in called
            if is_called or (filled and not filled.isdisjoint(each.words)):
                yield each

    def _related(self, attributes: set[str], owners: set[str]) -> Iterator[_Function]:
        """Yield the methods of some classes that say what attributes of an object hold, or give."""
        methods = [each for each in self._functions if each.owner in owners]
        classes = [each for each in _classes(self._summary) if each.name in owners]
        declared = {name for cls in classes for name in (*cls.names, *cls.annotations)}
        known = {name for each in methods for name in each.sets}
        known.update(store.name for each in methods for store in each.summary.body.stores if store.name in declared)
        known.update(name for cls in classes for name in _containers(cls.body, cls.names))
        known = attributes & (known | self._set_by_nested)
        for each in methods:
            has_other_meaning = each.name in declared or each.name in known
            is_called = each.name in attributes and (each.tells_result or has_other_meaning)
            if is_called or (known and not known.isdisjoint(each.attributes)):
                yield each

    @cached_property
    def _set_by_nested(self) -> frozenset[str]:
        """The attributes that functions inside of others set, of whatever object."""
        nested = (each.body for name, each in self._summary.functions.items() if name != each.name)
        return frozenset(store.name for body in nested for store in body.stores)

    def _behind(self, words: Iterable[str], owners: set[str]) -> set[str]:
        """Return the names from which variables of the module, and of some of its classes, get their values."""
        classes = (each for each in _classes(self._summary) if each.name in owners)
        places: list[ModuleSummary | ClassSummary] = [self._summary, *classes]
        found: set[str] = set()
        pending = set(words)
        while pending:
            pending = {
                name
                for each in places
                for variable in pending & each.names.keys()
                for ref in each.names[variable]
                for name in _names_in(each.body, ref)
            } - found
            found |= pending
        return found

    @cached_property
    def _filled(self) -> set[str]:
        """The names of the module that may hold something that functions fill."""
        return _containers(self._summary.body, self._summary.names)

    @cached_property
    def _globals(self) -> list[int]:
        """The lines that may let a function give a value to a name of the module."""
        if "global" not in self._source.text:
            return []
        return [number for number, line in enumerate(self._source.lines, 1) if "global" in line]


def _containers(body: Body, names: Mapping[str, Sequence[Ref]]) -> set[str]:
    """Return the names that may hold something that functions fill."""
    return {name for name, refs in names.items() if any(_may_be_container(body, ref) for ref in refs)}


def _names_in(body: Body, ref: Ref) -> Iterator[str]:
    """Yield the names that stand in the expression of a value."""
    terms = (body.entries[each].term for each in made_of(body.entries, ref))
    yield from (term.name.removeprefix(":") for term in terms if isinstance(term, Named))


def _may_be_container(body: Body, ref: Ref) -> bool:
    """Tell whether a value may be a list or set; what functions put into a dictionary is not followed."""
    term = body.entries[ref].term
    if isinstance(term, Call):
        called = body.entries[term.function].term
        name = called.name if isinstance(called, Named) else ":"
        return name.startswith(":") or name in _MAKERS or name in facts.load("library")["returns"]
    return not isinstance(term, (Literal, Table))
