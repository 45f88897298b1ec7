"""Follows values through the code of a project: what each expression holds, across functions, methods and modules.

Functions are evaluated with what is known of their arguments, each call again with the arguments of that call. What
code does with the database is written down on the way. Nothing is run: where the text does not say what an
expression holds, it holds None here, and nothing is concluded from it.
"""

from __future__ import annotations

from collections import defaultdict
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from perffix.project.evaluation.arguments import FROM_NOBODY, NO_ARGUMENTS, UNKNOWN_ARGUMENTS, Arguments
from perffix.project.evaluation.binding import bind
from perffix.project.evaluation.builtin_calls import FOLLOWED
from perffix.project.evaluation.frames import Frame
from perffix.project.evaluation.values import (
    EVERYTHING,
    Bound,
    BoundName,
    Elements,
    Instance,
    Manager,
    Mapping,
    ModelClass,
    Outside,
    Record,
    Row,
    Several,
    Site,
    Value,
)
from perffix.project.frameworks.framework import Framework
from perffix.project.index import Class, External, Function, Module
from perffix.project.index import Value as Held
from perffix.project.orm.changes import Changes
from perffix.project.place import Place
from perffix.project.summaries.terms import Attribute, Call, Literal, Named, is_block_flag

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from collections.abc import Mapping as MappingOf

    from perffix.model import Related
    from perffix.project.evaluation.arguments import Handing
    from perffix.project.frameworks.templates import Templates
    from perffix.project.index import Index
    from perffix.project.orm.accesses import Access, Repeated
    from perffix.project.orm.conditions import Asked
    from perffix.project.orm.graph import ModelGraph
    from perffix.project.orm.library import Libraries
    from perffix.project.orm.loadings import Loading
    from perffix.project.orm.readings import Reading
    from perffix.project.orm.writes import Write
    from perffix.project.summaries.terms import Body, Ref, Term

_DEPTH = 8  # calls within calls that are followed
_MOST_FRAMES = 2_000  # so many calls are followed from one starting point at most
_UNASKED: Any = object()  # what a call returns is not known yet


class Rendering(NamedTuple):
    """A template that is rendered.

    Attributes:
        template: its name.
        context: what its variables hold.
        route: how they came there.
    """

    template: str
    context: Mapping
    route: tuple[Related, ...]


class Evaluator:
    """Evaluates the code of a project and collects what it asks of the database.

    Args:
        index: the modules.
        graph: the models.
        libraries: the mappers that the project uses.
        templates: its templates.
        keep: the file whose frames are kept.

    Attributes:
        kept: all evaluations of code of that file.
        frameworks: what calls the code of the project.
        accesses: what costs a query for each row of another query.
        repeated: the queries that run in each turn of a loop.
        writes: what writes rows in loops.
        changes: what changes rows, wherever that is.
        asked: the queries under known conditions that run somewhere.
        loadings: the calls that say what comes with the rows of a query.
        fetched: the models of which the code since the present starting point has fetched several rows, by key.
        refreshed: the rows that the code since the present starting point has read once more: nothing came with them.
        served: the models whose rows an expression gives, by key; a method of a manager may serve several.
        readings: the expressions that hold queries whose rows are looped over, counted or tested.
        asker: what runs the present code: `template`, `serializer` or `admin`; empty for other code.
        made: the places where a framework makes a query of its own, with the name of what makes it; `model` where a
            model stands for its rows.
        joined_by_itself: the relations, as lookups, that rows are asked for of which a framework joins some to its own
            query as long as it is told none; by the place of the query.
        renderings: the templates that code renders, as far as their names are known.
        names: what names of each module hold that no body binds, as far as that was asked and is always the same.
    """

    def __init__(
        self, index: Index, graph: ModelGraph, libraries: Libraries, templates: Templates, keep: str = ""
    ) -> None:
        self.index = index
        self.graph = graph
        self.libraries = libraries
        self.templates = templates
        self.accesses: list[Access] = []
        self.repeated: list[Repeated] = []
        self.writes: list[Write] = []
        self.changes = Changes(index)
        self.asked: list[Asked] = []
        self.loadings: list[Loading] = []
        self.readings: dict[Site, Reading] = {}
        self.fetched: set[str] = set()
        self.refreshed: set[Row] = set()
        self.served: dict[Site, set[str]] = {}
        self.kept: list[Frame] = []
        self.asker = ""
        self.made: dict[Site, str] = {}
        self.joined_by_itself: dict[Site, tuple[str, ...]] = {}
        self.renderings: list[Rendering] = []
        self.names: dict[Module, dict[str, Value | None]] = defaultdict(lambda: {"": None})
        self._keep = keep
        self._count = 0
        self.frameworks: tuple[Framework, ...] = ()
        self._last_frame = 0  # the number of the last that may be made for the present starting point
        self._results: dict[tuple[Function, tuple[tuple[str, Value | None], ...]], Value | None] = {}
        self._outside: dict[str, Outside | None] = {}
        self._running: list[Function] = []
        self._rendered: set[tuple[str, frozenset[tuple[str, Value | None]]]] = set()
        self._held: dict[tuple[str, str, tuple[Ref, ...]], Value | None] = {}

    def follows_unknown(self, called: Term) -> bool:
        """Tell whether the arguments of the call of something unknown may tell what follows: a method, by its name."""
        if isinstance(called, Attribute):
            return self.libraries.tell_of_unknown or called.name in self._methods_of_unknown
        if not isinstance(called, Named) or "." not in called.name:
            return False
        return self.libraries.tell_of_unknown or called.name.rpartition(".")[2] in self._methods_of_unknown

    def outside(self, name: str) -> Outside | None:
        """Return what a dotted name stands for that no module of the project defines, if somebody follows it."""
        if name not in self._outside:
            self._outside[name] = Outside(name) if self._is_followed(name) else None
        return self._outside[name]

    def _is_followed(self, name: str) -> bool:
        module, _, last = name.rpartition(".")
        if module == "builtins":
            return last in FOLLOWED
        return self.libraries.follow(name) or name in self.frameworks_by_function

    @cached_property
    def frameworks_by_function(self) -> dict[str, list[Framework]]:
        """The frameworks that follow a function, by its dotted name."""
        found: dict[str, list[Framework]] = {}
        for framework in self.frameworks:
            for name in framework.functions:
                found.setdefault(name, []).append(framework)
        return found

    @cached_property
    def inheriting(self) -> frozenset[str]:
        """The methods and attributes that some framework knows where classes of the project inherit them."""
        return frozenset().union(*[framework.inheriting for framework in self.frameworks])

    @cached_property
    def attributes(self) -> frozenset[str]:
        """Those of them that are not called."""
        return frozenset().union(*[framework.attributes for framework in self.frameworks])

    @cached_property
    def noting_objects(self) -> list[Callable[[Frame, Class, Arguments, Ref], None]]:
        """What some frameworks do when an object of a class of the project is made."""
        silent = Framework.constructed
        return [each.constructed for each in self.frameworks if type(each).constructed is not silent]

    @cached_property
    def _methods_of_unknown(self) -> frozenset[str]:
        return frozenset().union(*[framework.methods for framework in self.frameworks])

    def run_function(self, function: Function) -> None:
        """Evaluate a function as somebody unknown may call it: nothing but `self` is known."""
        owner = None if function.owner is None else self.of_class(function.owner)
        self.start()
        self.call_function(function, owner, UNKNOWN_ARGUMENTS)

    def start(self) -> None:
        """Begin with another starting point: from each only so much code is followed."""
        self._last_frame = self._count + _MOST_FRAMES
        self.fetched.clear()
        self.refreshed.clear()

    @contextmanager
    def trial(self) -> Iterator[list[Access]]:
        """Give a list that holds the accesses of what the block evaluates, at its end, and forget them elsewhere."""
        found: list[Access] = []
        notes: tuple[list[Any], ...] = (
            self.accesses, self.repeated, self.writes, self.asked, self.loadings, self.kept, self.renderings,
        )  # fmt: skip
        before = [len(each) for each in notes]
        yield found
        found += self.accesses[before[0] :]
        for each, length in zip(notes, before, strict=True):
            del each[length:]

    def run_template(self, name: str, context: Mapping, route: tuple[Related, ...], depth: int) -> None:
        """Evaluate a template of the project with what its variables hold; nothing happens when there is none."""
        found = self.templates.has(name)
        if depth <= 1 or not found:
            self.renderings.append(Rendering(name, context, route))
        shown = [each for each, value in context.items if _may_show(value)]
        if not found or depth > _DEPTH or not shown or not self.templates.mentions(name, shown):
            return
        read = self.templates.names_read(name)
        given = {each: value for each, value in context.items if each in read and each in shown}
        module = self.templates.module(name)
        if module is None or not given:
            return
        given |= {each: value for each, value in context.items if is_block_flag(each)}
        key = (name, frozenset(given.items()))
        if key in self._rendered:
            return
        self._rendered.add(key)
        before, self.asker = self.asker, "template"
        try:
            self._frame(module, "", module.summary.body, given, route, depth).run()
        finally:
            self.asker = before

    def run_module(self, module: Module) -> None:
        """Evaluate the statements at module level."""
        self._frame(module, "", module.summary.body, {}, (), 0).run()

    def module_of(self, site: Site) -> Module:
        """Return the module, or template, that a site is in."""
        module = self.index.modules.get(site.module) or self.templates.module(site.module)
        assert module is not None
        return module

    def body_of(self, site: Site) -> Body:
        """Return the body that a site is in."""
        module = self.module_of(site)
        if not site.body:
            return module.summary.body
        if site.body in module.summary.functions:
            return module.summary.functions[site.body].body
        cls = self.index.class_in(module, site.body)
        if cls is not None:
            return cls.summary.body
        outer, _, name = site.body.rpartition(".")
        owner = self.index.class_in(module, outer)
        assert owner is not None
        return owner.summary.methods[name].body

    def method_at(self, site: Site) -> str:
        """Return the name of the method that a site calls; empty where it calls none."""
        entries = self.body_of(site).entries
        term = entries[site.ref].term if site.ref >= 0 else None
        called = entries[term.function].term if isinstance(term, Call) else None
        if isinstance(called, Attribute):
            return called.name
        return called.name.rpartition(".")[2] if isinstance(called, Named) else ""

    def place_of(self, site: Site) -> Place:
        """Return where a site stands."""
        entry = self.body_of(site).entries[site.ref]
        return Place(self.module_of(site).summary.path, entry.span, entry.lines)

    def of_class(self, cls: Class) -> Value:
        """Return an object of a class; for a model, a row with which anything may have been loaded."""
        model = self.graph.of_class(cls)
        return Instance(cls) if model is None else Row(model, EVERYTHING)

    def call_function(
        self,
        function: Function,
        owner: Value | None,
        arguments: Arguments,
        handing: Callable[[], Handing] = lambda: FROM_NOBODY,
    ) -> Value | None:
        """Evaluate a function with some arguments and return what it returns.

        Args:
            function: the function or method.
            owner: what a method is called on.
            arguments: the values of the other parameters.
            handing: tells how they come there; asked when the function has not been evaluated with them before.
        """
        if function.is_idle and not self._keep:
            return None
        given = bind(function, owner, arguments)
        key = (function, tuple(given.items()))
        results = self._results
        known: Value | None = results.get(key, _UNASKED)
        if known is not _UNASKED:
            return known
        route, depth, sometimes = handing()
        if depth > _DEPTH or self._count >= self._last_frame:
            return None
        if isinstance(owner, Row) and function in self._running:
            return None  # from row to row: how far the data lead is not told by the text
        results[key] = None  # while it is being evaluated
        self._running.append(function)
        frame = self._frame(function.module, function.qualname, function.summary.body, given, route, depth)
        frame.sometimes = sometimes
        frame.run()
        result: Value | None = frame.joined(function.summary.body.returns)
        results[key] = result = Elements(result) if function.summary.yields else frame.returned(result)
        self._running.pop()
        return result

    def _frame(
        self,
        module: Module,
        name: str,
        body: Body,
        given: MappingOf[str, Value | None],
        route: tuple[Related, ...],
        depth: int,
    ) -> Frame:
        frame = Frame(self, self._count, module, name, body, given, route, depth)
        self._count += 1
        if self._keep and module.summary.path == self._keep:
            self.kept.append(frame)
        return frame

    def class_frame(self, cls: Class, route: tuple[Related, ...] = (), depth: int = 0) -> Frame:
        """Return a frame for the statements of a class."""
        return self._frame(cls.module, cls.qualname, cls.summary.body, {}, route, depth)

    def method_frame(self, function: Function, owner: Value) -> Frame:
        """Return a frame for a method that is called on an object with nothing else."""
        given = bind(function, owner, NO_ARGUMENTS)
        return self._frame(function.module, function.qualname, function.summary.body, given, (), 1)

    def frame_of(self, held: Held) -> Frame:
        """Return a frame for the body in which a name is given its value."""
        return self._frame(held.module, held.owner, held.body, {}, (), 1)

    def held(self, held: Held) -> Value | None:
        """Return what a name at module or class level holds."""
        key = (held.module.name, held.owner, held.refs)
        if key not in self._held:
            self._held[key] = None  # while it is being evaluated
            self._held[key] = self.frame_of(held).joined(held.refs)
        return self._held[key]

    def named(self, frame: Frame, name: str, ref: Ref) -> Value | None:
        """Return the value of a name that no body binds, an entry of a frame."""
        definition, rest = self.index.resolve(name, frame.module)
        found = self.definition(frame, definition, rest, ref)
        if _stays(found) or not (rest or isinstance(definition, Held)):
            frame.names[name] = found  # it is the same wherever this is asked
        return found

    def definition(self, frame: Frame, definition: object, rest: Sequence[str], ref: Ref = -1) -> Value | None:
        """Return the value of what a name stands for, an entry of a frame if there is one."""
        value: Value | None = None
        if isinstance(definition, Class):
            model = self.graph.of_class(definition)
            value = definition if model is None else ModelClass(model)
        elif isinstance(definition, Function):
            value = self.libraries.behind(definition) or definition
        elif isinstance(definition, Held):
            value = self.held(definition)
        elif isinstance(definition, External):
            model = self.graph.models.get(definition.name)
            value = self.outside(definition.name) if model is None else ModelClass(model)
        for name in rest:
            if value is None:
                return None
            value = frame.attribute(value, name, ref)
        return value


def _stays(value: Value | None) -> bool:
    """Tell whether a value that a name has once found out is the same wherever the name stands."""
    if isinstance(value, (Bound, BoundName)):
        value = value.owner
    return isinstance(value, (Class, Function, ModelClass, Manager, Instance, Outside, Literal))


def _may_show(value: Value | None) -> bool:
    """Tell whether a template may come to rows by a value that it is given."""
    if isinstance(value, (Literal, Outside)):
        return False
    if isinstance(value, Elements):
        return _may_show(value.element)
    if isinstance(value, (Several, Record)):
        return any(map(_may_show, value.items))
    if isinstance(value, Mapping):
        return any(_may_show(each) for _, each in value.items)
    return value is not None
