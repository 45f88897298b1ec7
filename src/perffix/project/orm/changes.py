"""Which code changes rows of which tables, so that rows which were loaded before are not what the database holds.

A relation that is asked for when it is needed shows what was written until then. Loaded with the query, it shows what
was there when the query ran: a joined row is a copy for each row that leads to it, a prefetched list stays as it is.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from perffix.project.evaluation.values import Manager, ModelClass, Query, Row
from perffix.semantic import facts

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from perffix.project.evaluation.evaluator import Evaluator
    from perffix.project.evaluation.frames import Frame
    from perffix.project.evaluation.values import Value
    from perffix.project.index import Function, Index
    from perffix.project.orm.accesses import Access
    from perffix.project.orm.graph import Model
    from perffix.project.place import Place
    from perffix.project.summaries.terms import Body, Ref

_Name = tuple[str, str]  # of a body: its module, and the function or class there


class Change(NamedTuple):
    """A place that changes rows.

    Attributes:
        model: their table.
        place: where it stands.
    """

    model: Model
    place: Place


class Changes:
    """The places that change rows, and the calls of functions that do so, by the code in which they stand.

    Args:
        index: the modules.
    """

    def __init__(self, index: Index) -> None:
        self._index = index
        self._methods = frozenset(facts.load("writing")["methods"])
        self._changes: dict[_Name, dict[Ref, Change]] = {}
        self._calls: dict[_Name, set[tuple[Ref, _Name]]] = {}

    def note(self, frame: Frame, owner: Value, method: str, ref: Ref) -> None:
        """Write down that a method of something is called, if it changes rows."""
        if method in self._methods and ref >= 0 and isinstance(owner, (Row, Query, Manager, ModelClass)):
            change = Change(owner.model, frame.place(ref))
            self._changes.setdefault((frame.module.name, frame.name), {})[ref] = change

    def note_call(self, frame: Frame, function: Function, ref: Ref) -> None:
        """Write down that a function of the project is called."""
        called = (function.module.name, function.qualname)
        self._calls.setdefault((frame.module.name, frame.name), set()).add((ref, called))

    def of(self, name: _Name) -> Iterator[tuple[Ref, Change]]:
        """Yield what some code changes, itself or by the functions that it calls, with the entry that does so."""
        yield from self._changes.get(name, {}).items()
        for ref, called in sorted(self._calls.get(name, ())):
            yield from ((ref, change) for change in self._changes.get(called, {}).values())

    def same_calls(self, name: _Name, calls: Collection[Ref]) -> list[Ref]:
        """Return the entries of some code that call the same functions as some of its entries."""
        known = self._calls.get(name, ())
        called = {each for ref, each in known if ref in calls}
        return [ref for ref, each in known if each in called]

    def code_at(self, path: str, line: int) -> Function | None:
        """Return the innermost function that a line of a file is part of."""
        around = [each for each in self._functions.get(path, ()) if each.summary.first <= line <= each.summary.last]
        return max(around, key=lambda each: each.summary.first, default=None)

    @cached_property
    def _functions(self) -> dict[str, list[Function]]:
        """The functions by their files."""
        found: dict[str, list[Function]] = {}
        for function in self._index.functions():
            found.setdefault(function.module.summary.path, []).append(function)
        return found


def change_in_between(accesses: Iterable[Access], evaluator: Evaluator) -> Change | None:
    """Return a place that may change what rows lead to between their query and the code that asks for it.

    Looked at is all code through which the rows go, and the functions that it calls.

    Args:
        accesses: where rows of one query are asked for what it does not load.
        evaluator: the evaluation of the project.
    """
    graph = evaluator.graph.models
    for access in accesses:
        targets = {field.target for field in access.path if field.kind.is_relation}
        tables = {each for key in targets if key in graph for each in (key, *graph[key].parents)}
        for name, first, last in _ways(access, evaluator):
            for ref, change in evaluator.changes.of(name):
                if first <= ref <= last and not tables.isdisjoint((change.model.key, *change.model.parents)):
                    return change
    return None


def _ways(access: Access, evaluator: Evaluator) -> Iterator[tuple[_Name, Ref, Ref]]:
    """Yield the code through which rows go until they are asked, with the entries that may run in between."""
    site = next((each for each in reversed(access.row.sites) if each.ref >= 0), None)
    for path, span in (*[(each.path, each.span) for each in access.route], (access.place.path, access.place.span)):
        function = None if path is None else evaluator.changes.code_at(path, span.line)
        if function is None:
            continue
        name, body = (function.module.name, function.qualname), function.summary.body
        if site is not None and name == (site.module, site.body):
            asked = [ref for ref, entry in enumerate(body.entries) if entry.span == span]
            yield name, site.ref, _end(body, site.ref, [*asked, *evaluator.changes.same_calls(name, asked)])
        else:
            yield name, 0, len(body.entries)  # of any of them, it runs again for the next row


def _end(body: Body, query: Ref, asked: Sequence[Ref]) -> Ref:
    """Return the last entry that may run between a query and the last time that rows of it are asked for something.

    Args:
        body: the code.
        query: the entry of the query.
        asked: the entries that ask, or call a function that does.
    """
    loops, made_in = set[int](), body.loops_around(query)
    for ref in asked:
        loops.update([each for each in body.loops_around(ref) if each not in made_in][-1:])
    inside = (ref for ref in range(len(body.entries)) if not loops.isdisjoint(body.loops_around(ref)))
    return max([*inside, *asked], default=len(body.entries))
