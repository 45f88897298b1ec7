"""One evaluation of a body of code: what each of its entries holds for given parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from perffix.model import Related
from perffix.project.evaluation.arguments import NO_ARGUMENTS, Arguments, Handing
from perffix.project.evaluation.attributes import attribute
from perffix.project.evaluation.binding import excluded
from perffix.project.evaluation.calls import call_value
from perffix.project.evaluation.meeting import either
from perffix.project.evaluation.stores import with_stores
from perffix.project.evaluation.term_values import EVALUATE
from perffix.project.evaluation.values import (
    NOTHING,
    Bound,
    BoundName,
    Elements,
    Lambda,
    Loaded,
    Mapping,
    Own,
    Pages,
    Query,
    Record,
    Row,
    Several,
    Site,
    Super,
    Value,
)
from perffix.project.orm.readings import note_tested
from perffix.project.place import Place
from perffix.project.summaries.operands import operands
from perffix.project.summaries.terms import (
    NO_LOOP,
    Attribute,
    Call,
    Each,
    Either,
    Include,
    Literal,
    Named,
)
from perffix.project.summaries.terms import Function as LambdaTerm
from perffix.semantic.loops import FEW

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from collections.abc import Mapping as MappingOf

    from perffix.project.evaluation.evaluator import Evaluator
    from perffix.project.index import Function, Module
    from perffix.project.summaries.terms import Body, Ref, Term


class Frame:
    """One evaluation of a body with given parameters.

    Attributes:
        number: its number among all frames.
        module: the module of the code.
        name: the function or class, empty for a module.
        body: the code.
        route: how the parameters came here.
        depth: how many calls are around this one.
        sometimes: whether it is called for some of the rows only that it is given.
        extra: what was loaded later for the rows of an entry.
        given: what its parameters hold, as far as that is known.
        names: what names hold that the body does not bind, as far as that was asked in this module.
    """

    __slots__ = (
        "_dead", "_entries", "_values", "_varies", "body", "depth", "evaluator", "extra", "given", "module", "name",
        "names", "number", "route", "sometimes",
    )  # fmt: skip

    def __init__(
        self,
        evaluator: Evaluator,
        number: int,
        module: Module,
        name: str,
        body: Body,
        given: MappingOf[str, Value | None],
        route: tuple[Related, ...],
        depth: int,
    ) -> None:
        self.evaluator = evaluator
        self.number = number
        self.module = module
        self.name = name
        self.body = body
        self.route = route
        self.depth = depth
        self.sometimes = False
        self.extra: dict[Ref, Loaded] = {}
        self.given = given
        self.names = evaluator.names[module]
        self._entries = body.entries
        self._values: list[Any] = [_PENDING] * len(body.entries)
        self._varies: dict[Ref, frozenset[tuple[int, int] | Row]] = {}
        self._dead: frozenset[Ref] = excluded(body, given) if body.guards else _NONE_DEAD

    def run(self) -> None:
        """Evaluate all that may ask the database for something, in the order of the text."""
        values, dead, entries = self._values, self._dead, self._entries
        follows_unknown = self.evaluator.follows_unknown
        for ref in self.body.asking:
            if values[ref] is not _PENDING or ref in dead:
                continue
            term: Any = entries[ref].term
            values[ref] = None  # for entries that refer to themselves
            if values[term[0]] is None:  # as most of a program is: then nothing follows but from a few calls
                kind = term.__class__
                if kind is not Include and (kind is not Call or not follows_unknown(entries[term[0]].term)):
                    continue
            values[ref] = EVALUATE[term.__class__](self, term, ref)
        if self.body.tested:
            note_tested(self)

    def tested(self) -> Iterator[tuple[Ref, Query]]:
        """Yield the entries that hold queries whose truth is asked."""
        for ref in self.body.tested:
            if self._entries[ref].term.__class__ in _MADE_HERE and ref not in self._dead:
                value = self.value(ref)
                if isinstance(value, Query):
                    yield ref, value

    def value(self, ref: Ref) -> Value | None:
        """Return what an entry holds."""
        values = self._values
        found: Value | None = values[ref]
        if found is _PENDING:
            values[ref] = None  # for entries that refer to themselves
            term = self._entries[ref].term
            values[ref] = found = EVALUATE[term.__class__](self, term, ref)
        return found

    def possible(self, refs: Sequence[Ref]) -> list[Value | None]:
        """Return what those of some entries hold that may be evaluated."""
        return [self.value(ref) for ref in refs if ref not in self._dead]

    def joined(self, refs: Sequence[Ref]) -> Value | None:
        """Return what one of several entries holds, whichever it is."""
        if not refs:
            return None
        dead, later = self._dead, self.extra
        if len(refs) == 1 and not dead and not later:
            only = self.value(refs[0])
            return None if only == _NONE else only
        values: list[Value | None] = []
        for ref in refs:
            if ref not in dead:
                value = self.with_later(ref) if later else self.value(ref)
                if value is None or value != _NONE:
                    values.append(value)
        return either(values)

    def with_later(self, ref: Ref) -> Value | None:
        """Return what an entry holds, of a query with what was loaded for its rows after it ran."""
        value, extra = self.value(ref), self.extra.get(ref)
        return value._replace(loaded=value.loaded.merged(extra)) if extra and isinstance(value, Query) else value

    def site(self, ref: Ref) -> Site:
        """Return an entry as a place that others can refer to."""
        return _new(Site, (self.module.name, self.name, ref))

    def place(self, ref: Ref) -> Place:
        """Return where an entry stands; of one without a place, such as a parameter, the loop that runs over it."""
        entry = self.body.entries[ref]
        span, lines = entry.span, entry.lines
        if not entry.kind and not isinstance(entry.term, Either):
            loop = next((each for each in self.body.loops if each.iterable == ref), None)
            if loop is not None:
                span, lines = loop.span, (loop.span.line, loop.span.end_line)
        return Place(self.module.summary.path, span, lines)

    def varies_with(self, ref: Ref) -> frozenset[tuple[int, int] | Row]:
        """Return the loops and rows that an entry is another value for; lists of keys to look for do not count."""
        found = self._varies.get(ref)
        if found is None:
            self._varies[ref] = found = _NEVER  # for entries that refer to themselves
            term = self._entries[ref].term
            if isinstance(term, Literal):
                return found
            value = self.value(ref)
            if isinstance(value, Row) and value.many:
                found = found.union((value,))
            if isinstance(term, Each):
                found = found.union(((self.number, term.loop),))
            for part in varying_operands(term):
                found |= self.varies_with(part)
            self._varies[ref] = found
        return found

    def super(self) -> Value | None:
        """Return what `super()` stands for in a method."""
        cls = self.evaluator.index.class_in(self.module, self.name.rpartition(".")[0])
        owner = next(iter(self.given.values()), None)
        return None if cls is None or owner is None else Super(owner, cls)

    def loaded_later(self, ref: Ref, loaded: Loaded) -> None:
        """Note that a call loads something for rows that are in memory: its first argument."""
        term = self.body.entries[ref].term
        if isinstance(term, Call) and term.arguments:
            known = self.extra.get(term.arguments[0], NOTHING)
            self.extra[term.arguments[0]] = known.merged(loaded)

    # Attributes and calls

    def attribute(self, owner: Value, name: str, ref: Ref) -> Value | None:
        """Return an attribute of a value; reading it may cost a query."""
        return attribute(self, owner, name, ref)

    def call_method(self, function: Function, owner: Value | None, arguments: Arguments, ref: Ref) -> Value | None:
        """Evaluate a function that is called here."""
        if ref >= 0:
            self.evaluator.changes.note_call(self, function, ref)
        values = (owner, *arguments.positional)
        if arguments.keywords:
            values += tuple([value for _, value in arguments.keywords])
        kinds = {*map(type, values)}
        if ref >= 0 and Row in kinds and self.body.stores:
            owner, arguments = with_stores(self.body, owner, arguments, ref)
        if not _OF_LOOPS.isdisjoint(kinds):
            owner = None if owner is None else self.handed(owner, ref)
            positional = [None if each is None else self.handed(each, ref) for each in arguments.positional]
            keywords = [(name, None if each is None else self.handed(each, ref)) for name, each in arguments.keywords]
            arguments = Arguments(tuple(positional), tuple(keywords), arguments.complete)

        def handing() -> Handing:
            if ref < 0:
                return Handing(self.route, self.depth + 1, sometimes=False)
            route, sometimes = self.route, self.is_sometimes(values, ref)
            if not _TOLD.isdisjoint(kinds):
                place = self.place(ref)
                route = (*route, Related(place.span, f"`{function.qualname}` is called here", place.path))
            return Handing(route, self.depth + 1, sometimes)

        return self.evaluator.call_function(function, owner, arguments, handing)

    def call_here(self, function: Function, owner: Value | None, arguments: Arguments, ref: Ref) -> Value | None:
        """Evaluate a function that an entry calls itself, and no framework on behalf of it.

        Others may use the function, too: what a query that it makes shall load is said at the call. That is too late
        where it hands back what it was given, may have kept something in the rows, or the query cannot be told more.
        """
        result = self.call_method(function, owner, arguments, ref)
        if not isinstance(result, Query) or ref < 0 or function.runs_what_it_returns:
            return result
        if function.summary.may_give_none:
            return result  # nothing could be told that
        library = self.evaluator.libraries.of(result)
        if library is None or not library.can_be_told_more(self.evaluator, result):
            return result
        if function.hands_back and result in (owner, *arguments.positional, *dict(arguments.keywords).values()):
            return result
        return result._replace(sites=(self.site(ref),))

    def is_sometimes(self, values: Iterable[Value | None], ref: Ref) -> bool:
        """Tell whether an entry is evaluated for some only of the rows that some values stand for."""
        entry = self._entries[ref]
        if entry.sometimes:
            return True
        rows = [each for each in values if each.__class__ is Row]
        if not rows:
            return self.sometimes
        loops = [each.loop[1] for each in rows if each.loop is not None and each.loop[0] == self.number]
        if entry.loop not in (loops or [NO_LOOP]):
            return True  # another loop is around it, which may have no turn
        return self.sometimes and not loops

    def returned(self, value: Value | None) -> Value | None:
        """Return what a call of this function gives: of the rows of a loop in it, one."""
        if isinstance(value, Row) and value.loop is not None and value.loop[0] == self.number:
            many = any(isinstance(each, Row) and each.many for each in self.given.values())
            return value._replace(loop=None, many=many)
        if isinstance(value, (Several, Record)):
            return value._replace(items=tuple(self.returned(each) for each in value.items))
        return value

    def handed(self, value: Value, ref: Ref) -> Value:
        """Return a value as a function gets it that is called at an entry: there is no loop around it there."""
        if isinstance(value, Row) and value.many:
            many = self.is_per_row(value, ref)
            return value if many and value.loop is None else value._replace(loop=None, many=many)
        if isinstance(value, (Several, Record)):
            return value._replace(items=tuple(None if each is None else self.handed(each, ref) for each in value.items))
        return value

    def is_per_row(self, row: Row, ref: Ref) -> bool:
        """Tell whether an entry is evaluated once for each of the rows that a row stands for."""
        if not row.many or ref < 0:
            return row.many
        frame, loop = row.loop or (-1, NO_LOOP)
        if frame != self.number:
            return not self.body.is_failing(ref)  # of a row that is no use to anybody, once at most
        return loop in self.body.loops_around(ref) and not self.has_few_turns(loop)

    def named(self, name: str, ref: Ref) -> Value | None:
        """Return what a name stands for that this body does not bind."""
        return self.names[name] if name in self.names else self.evaluator.named(self, name, ref)

    def has_few_turns(self, loop: int) -> bool:
        """Tell whether a loop runs over few values that the program names one by one."""
        iterable = self.body.loops[loop].iterable
        if self.body.loops[loop].few or iterable is None:
            return self.body.loops[loop].few
        value, term = self.value(iterable), self.body.entries[iterable].term
        if isinstance(term, Call) and not term.arguments:
            called = self.body.entries[term.function].term
            if isinstance(called, Named):
                owner, _, method = called.name.rpartition(".")
                value = self.named(owner, iterable) if method in _VIEWS else None
            elif isinstance(called, Attribute) and called.name in _VIEWS:
                value = self.value(called.value)
        return isinstance(value, (Several, Mapping)) and 0 < len(value.items) <= FEW

    def element(self, value: Value, ref: Ref, loop: tuple[int, int] | None) -> Value | None:
        """Return what one turn of a loop over a value gets."""
        if isinstance(value, Elements):
            # Who goes through a dictionary itself gets its keys.
            return None if value.element is None or value.keyed else turned(value.element, loop)
        if isinstance(value, Query):
            return self.row_of(value, ref, loop)
        if isinstance(value, Pages):
            return self.in_memory(value.query, ref)
        if isinstance(value, Own):
            library = self.evaluator.libraries.of(value)
            return None if library is None else library.element(self, value, ref, loop)
        return None

    def row_of(self, query: Query, ref: Ref, loop: tuple[int, int] | None) -> Row | None:
        """Return a row of a query, which runs here."""
        library = self.evaluator.libraries.of(query)
        return None if library is None else library.row_of(self, query, ref, loop)

    def in_memory(self, query: Query, ref: Ref) -> Query:
        """Return the rows of a query as what is no query any more: a list, a page."""
        library = self.evaluator.libraries.of(query)
        if library is not None:
            library.run(self, query, ref, "")
        return query._replace(evaluated=True)

    def as_text(self, value: Value | None, ref: Ref) -> None:
        """Evaluate what turns a value into text at an entry."""
        if isinstance(value, Row) and value.model.cls is not None:
            method = self.evaluator.index.method(value.model.cls, "__str__")
            if method is None and value.model.library != "django":  # whose models all have a `__str__`
                method = self.evaluator.index.method(value.model.cls, "__repr__")
            if method is not None:
                self.call_method(method, value, NO_ARGUMENTS, ref)

    def looked_up(self, owner: Value, name: str, ref: Ref) -> Value | None:
        """Return an attribute of a value at an entry; what can be called is called."""
        found = self.attribute(owner, name, ref)
        if isinstance(found, Bound):
            return self.call_here(found.function, found.owner, NO_ARGUMENTS, ref)
        return call_value(self, found, NO_ARGUMENTS, ref) if isinstance(found, BoundName) else found

    def apply(self, called: Lambda, values: Sequence[Value | None]) -> Value | None:
        """Evaluate a lambda of this frame with some arguments."""
        term = self.body.entries[called.ref].term
        assert isinstance(term, LambdaTerm)
        if not term.parameters:
            return self.value(term.result)
        kept = self._values
        inside = range(term.parameters[0], called.ref)
        self._values = [*kept]
        self._values[inside.start : inside.stop] = [_PENDING] * len(inside)
        for number, parameter in enumerate(term.parameters):
            self._values[parameter] = values[number] if number < len(values) else None
        try:
            for ref in inside:
                self.value(ref)
            return self.value(term.result)
        finally:
            self._values = kept


def turned(value: Value, loop: tuple[int, int] | None) -> Value:
    """Return the element of a container as a turn of a loop over the container gets it."""
    if isinstance(value, Row):
        return value._replace(loop=loop)
    if isinstance(value, (Several, Record)):
        return value._replace(items=tuple(None if each is None else turned(each, loop) for each in value.items))
    return value


def varying_operands(term: Term) -> tuple[Ref, ...]:
    """Return the parts of a value that make it another one; `key__in=keys` asks for many at once."""
    if isinstance(term, Call):
        keywords = [ref for name, ref in term.keywords if name is None or not name.endswith("__in")]
        return (term.function, *term.arguments, *keywords)
    return operands(term)


_PENDING: Any = object()  # what an entry holds is not found out yet
_NONE = Literal(None)
_new = tuple.__new__  # of a named tuple, half as much as its own
_NONE_DEAD: frozenset[Ref] = frozenset()
_NEVER: frozenset[tuple[int, int] | Row] = frozenset()
_OF_LOOPS = frozenset({Row, Several, Record})  # what may change with a loop
_TOLD = frozenset({Row, Query, Elements})
_VIEWS = ("items", "keys", "values")
_MADE_HERE = frozenset({Call, Either})
