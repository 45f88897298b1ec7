"""What a mapper answers when code asks something of its models, queries and rows."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from perffix.project.evaluation.arguments import NO_ARGUMENTS, Arguments
from perffix.project.evaluation.values import Bound, BoundName, Manager, ModelClass, Own, Query, Row
from perffix.project.orm.accesses import Access, Repeated
from perffix.project.orm.conditions import compared_in_turns
from perffix.project.orm.writes import loops_with_many_turns

if TYPE_CHECKING:
    from perffix.project.evaluation.evaluator import Evaluator
    from perffix.project.evaluation.frames import Frame
    from perffix.project.evaluation.values import Value
    from perffix.project.index import Class, Function, Index
    from perffix.project.orm.accesses import Cost
    from perffix.project.orm.graph import Field, ModelGraph
    from perffix.project.summaries.terms import Ref


_OF_MODELS = (Row, Query, Manager, ModelClass)


class Library(ABC):
    """One mapper.

    Args:
        index: the modules.
        graph: the models.
    """

    name: str

    def __init__(self, index: Index, graph: ModelGraph) -> None:
        self._index = index
        self._graph = graph

    def attribute(self, frame: Frame, owner: Value, name: str, ref: Ref) -> Value | None:
        """Return an attribute of one of its values; reading it may cost a query."""
        if isinstance(owner, Row):
            return self._of_row(frame, owner, name, ref)
        if isinstance(owner, ModelClass):
            return self._of_model(frame, owner, name, ref)
        return self._of_query(owner, name)

    @abstractmethod
    def _of_row(self, frame: Frame, row: Row, name: str, ref: Ref) -> Value | None:
        """Return an attribute of a row; reading it may cost a query."""

    @abstractmethod
    def _of_model(self, frame: Frame, owner: ModelClass, name: str, ref: Ref) -> Value | None:
        """Return an attribute of a model."""

    def _of_query(self, owner: Value, name: str) -> Value | None:
        """Return an attribute of a query, or of whatever else this mapper makes."""
        return BoundName(owner, name)

    def _of_method(self, frame: Frame, row: Row, method: Function, ref: Ref) -> Value | None:
        """Return what a row gives under the name of a method: what a property returns, or the method itself."""
        if method.is_property:
            return frame.call_here(method, row, NO_ARGUMENTS, ref)
        return Bound(method, row)

    @abstractmethod
    def call(self, frame: Frame, owner: Value, name: str, arguments: Arguments, ref: Ref) -> Value | None:
        """Return what a method of one of its values returns that the project does not define."""

    def follows(self, name: str) -> bool:
        """Tell whether a function or value outside of the project matters to this mapper, by its dotted name."""
        return False

    def function(self, frame: Frame, name: str, arguments: Arguments, ref: Ref) -> Value | None:
        """Return what a function of a library returns, by its dotted name; None when it is none of this mapper's."""
        return None

    def construct(self, frame: Frame, cls: Class, arguments: Arguments, ref: Ref) -> Value | None:
        """Return what the call of a class of the project makes; None when this mapper has no say in it."""
        return None

    @abstractmethod
    def row_of(self, frame: Frame, query: Query, ref: Ref, loop: tuple[int, int] | None) -> Row | None:
        """Return a row of one of its queries, which runs here."""

    @abstractmethod
    def run(self, frame: Frame, query: Query, ref: Ref, method: str) -> None:
        """Note that one of its queries runs here."""

    def can_be_told_more(self, evaluator: Evaluator, query: Query) -> bool:
        """Tell whether a query can still be told, by a method that is called on it, what to load with its rows."""
        return not query.evaluated

    def element(self, frame: Frame, value: Own, ref: Ref, loop: tuple[int, int] | None) -> Value | None:
        """Return what one turn of a loop over a value gets that this mapper alone knows."""
        return None

    def behind(self, function: Function) -> Value | None:
        """Return the function of this mapper that a function of the project hands on to, if it does so."""
        return None

    def method_of_unknown(self, frame: Frame, name: str, arguments: Arguments, ref: Ref) -> Value | None:
        """Return what a method returns of which the arguments alone tell whether it is this mapper's: of a session."""
        return None


class Libraries:
    """All mappers that a project uses.

    Args:
        graph: the models.
        libraries: the mappers.

    Attributes:
        tell_of_unknown: whether some mapper is asked what methods of unknown objects return.
    """

    def __init__(self, graph: ModelGraph, libraries: tuple[Library, ...]) -> None:
        self.graph = graph
        self._libraries = libraries
        self._by_name = {library.name: library for library in libraries}
        unasked = Library.method_of_unknown
        self._telling = [each for each in libraries if type(each).method_of_unknown is not unasked]
        self.tell_of_unknown = bool(self._telling)

    def of(self, value: Value) -> Library | None:
        """Return the mapper that a value belongs to."""
        if isinstance(value, _OF_MODELS):
            return self._by_name.get(value.model.library)
        return self._by_name.get(value.library) if isinstance(value, Own) else None

    def behind(self, function: Function) -> Value | None:
        """Return what a function of the project stands for, if that is a function of a mapper."""
        return next((found for each in self._libraries if (found := each.behind(function)) is not None), None)

    def follow(self, name: str) -> bool:
        """Tell whether some mapper answers for something outside of the project, by its dotted name."""
        return any(each.follows(name) for each in self._libraries)

    def function(self, frame: Frame, name: str, arguments: Arguments, ref: Ref) -> Value | None:
        """Return what a function of some library returns."""
        for library in self._libraries:
            found = library.function(frame, name, arguments, ref)
            if found is not None:
                return found
        return None

    def method_of_unknown(self, frame: Frame, name: str, arguments: Arguments, ref: Ref) -> Value | None:
        """Return what a method of an unknown object returns, where its arguments tell that it is a mapper's."""
        for library in self._telling:
            found = library.method_of_unknown(frame, name, arguments, ref)
            if found is not None:
                return found
        return None

    def construct(self, frame: Frame, cls: Class, arguments: Arguments, ref: Ref) -> Value | None:
        """Return what the call of a class of the project makes, if a mapper has a say in it."""
        for library in self._libraries:
            found = library.construct(frame, cls, arguments, ref)
            if found is not None:
                return found
        return None


def note(
    frame: Frame, cost: Cost, row: Row, field: Field, ref: Ref, query: Query | None = None, method: str = ""
) -> None:
    """Write down that an entry costs a query, if it does so once for each of several rows."""
    if ref < 0 or not row.sites or not frame.is_per_row(row, ref):
        return
    sometimes = frame.is_sometimes((row,), ref)
    evaluator, place = frame.evaluator, frame.place(ref)
    evaluator.accesses.append(Access(cost, row, field, place, sometimes, frame.route, query, method, evaluator.asker))


def note_repeated(frame: Frame, query: Query, ref: Ref, method: str) -> None:
    """Write down that a query runs at an entry, if a loop runs it again with other conditions."""
    if ref < 0:
        return
    around = loops_with_many_turns(frame, ref)
    rows = [each for each in query.varies if isinstance(each, Row) and frame.is_per_row(each, ref)]
    inner = next((loop for loop in around if (frame.number, loop) in query.varies), None)
    of_loop = rows if inner is None else [each for each in rows if each.loop == (frame.number, inner)]
    row = max(of_loop, key=_nearness, default=None)
    if row is None and inner is None:
        return
    turns = {*rows, *((frame.number, loop) for loop in around)}
    compared = tuple(dict.fromkeys((each.model, each.path) for each in compared_in_turns(frame, query, turns)))
    sometimes = frame.is_sometimes((row,), ref)
    route = frame.route if inner is None else ()
    frame.evaluator.repeated.append(Repeated(query, method, frame.place(ref), row, sometimes, route, compared))


def _nearness(row: Row) -> tuple[tuple[int, int], int, str]:
    """Order rows: those of inner loops last, and of these the ones that the loop itself runs over."""
    return row.loop or (-1, -1), -len(row.path), row.model.key
