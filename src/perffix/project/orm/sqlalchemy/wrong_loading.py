"""Options of SQLAlchemy's queries that load what they cannot, or load it badly."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from perffix.project.index import Class
from perffix.project.orm.graph import Kind
from perffix.project.orm.loadings import Wrong
from perffix.project.place import Place
from perffix.project.summaries.terms import Attribute, Call, Display, Literal, Named
from perffix.semantic import facts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from perffix.project.evaluation.values import Site
    from perffix.project.index import Module
    from perffix.project.orm.graph import Field, Model
    from perffix.project.orm.loadings import Loading
    from perffix.project.project import Project
    from perffix.project.summaries.terms import Body, Ref

_COLUMNS = ("Column", "mapped_column", "Mapped", "Field", "column_property", "deferred")
_OWN_QUERY = ("dynamic", "write_only")
_LOOPS = ("", "list", "tuple", "sorted", "set", "frozenset")
_JOINS = frozenset({"join", "outerjoin", "select_from", "join_from", "outerjoin_from", "from_statement", "add_entity"})


class _Step(NamedTuple):
    """A loader function and the relation that it is given: `joinedload(Author.books)`.

    Attributes:
        loader: its name.
        field: the relation or column.
        model: whose it is.
        path: the relations from the rows of the query, this one included.
        place: the call.
        joined: whether the statement of the query itself loads it and all that leads there.
    """

    loader: str
    field: Field
    model: Model
    path: tuple[Field, ...]
    place: Place
    joined: bool

    @property
    def is_collection(self) -> bool:
        """Whether it leads to several rows."""
        return self.field.kind is Kind.TO_MANY


class SqlalchemyLoadings:
    """Looks at the options of SQLAlchemy's queries, and at how the results are read.

    Args:
        project: the project.
    """

    def __init__(self, project: Project) -> None:
        self._evaluator = project.evaluator
        self._index = project.index
        self._graph = project.models
        known = facts.load("sqlalchemy")
        self._loaders = known["loaders"]
        self._sessions = known["sessions"]
        self._lazy = known["lazy"]
        self._raising = frozenset(known["queries"]["not_unique"])
        self._steps_at: dict[Site, tuple[_Step, ...]] = {}
        self._told: set[Site] = set()
        self._read: set[tuple[Site, ...]] = set()

    def wrong(self, loading: Loading) -> Iterator[Wrong]:
        """Yield what is wrong with one call."""
        if loading.method == "options":
            model = loading.query.model
            steps = self._steps(loading.site, model)
            if steps and steps[0].path[0].name in model.fields:
                yield from self._cannot(steps)
                yield from self._multiplied(loading, steps)
            return
        sites = loading.query.sites
        if not sites or self._evaluator.method_at(sites[0]) not in ("select", "query"):
            return
        methods = [self._evaluator.method_at(site) for site in sites]
        every = [step for site in loading.query.sites for step in self._steps(site, loading.query.model)]
        yield from self._joined_twice(loading, every)
        yield from self._without_join(loading, every, [*methods, loading.method])
        yield from self._streamed(every, methods)
        if methods[0] == "select":
            yield from self._not_unique(loading, every, [*methods, loading.method])

    # Options

    def _cannot(self, steps: tuple[_Step, ...]) -> Iterator[Wrong]:
        for step in steps:
            field, loader = step.field, step.loader
            if field.kind is Kind.COLUMN:
                if field.by in _COLUMNS and loader not in self._loaders["columns"]:
                    message = f"`{loader}` gets `{field.name}`, which is a column of `{step.model.name}`"
                    yield Wrong(step.place, f"{message} and leads to no row", "Leave it out", field=field)
            elif field.lazy in _OWN_QUERY and loader not in self._loaders["never"]:
                message = f"`{loader}` gets `{field.name}`, whose rows are asked for by a query of their own"
                help = "Ask for all of them by one query with `in_()`, or declare the relation without `lazy`"
                yield Wrong(step.place, message, help, evidence=(f"it is declared {field.lazy}",), field=field)
            elif loader == "immediateload":
                each = step.model.asked_for_each(field)
                message = f"`immediateload` asks for `{field.name}` by a query for each {each}"
                name = "joinedload" if field.kind is Kind.TO_ONE else "selectinload"
                yield Wrong(step.place, message, f"Write `{name}`, which asks once for all", field=field)

    def _multiplied(self, loading: Loading, steps: tuple[_Step, ...]) -> Iterator[Wrong]:
        """Yield the second of two collections that the same statement joins, neither of which leads to the other."""
        before = [step for site in loading.query.sites for step in self._steps(site, loading.query.model)]
        for wrong in _side_by_side(before, steps):
            if loading.query.sites[0] not in self._told:  # one finding is enough for a statement
                self._told.add(loading.query.sites[0])
                yield wrong

    def of_model(self, model: Model) -> Iterator[Wrong]:
        """Yield what is wrong with the way in which the relations of a model load themselves."""
        joined = ""
        for field in model.relations():
            if field.declared is None or model.abstract:
                continue
            span = field.declared.span
            place = Place(field.declared.path, span, (span.line, span.end_line))
            if field.lazy == "immediate":
                each = model.asked_for_each(field)
                message = f"`{field.name}` is loaded with each `{model.name}` by a query for each {each}"
                name = "selectin" if field.kind is Kind.TO_MANY else "joined"
                yield Wrong(place, message, f'Write `lazy="{name}"`', evidence=("it is declared immediate",))
            elif field.kind is Kind.TO_MANY and field.lazy in ("joined", "False"):
                if joined:
                    message = f"`{field.name}` is joined into each query of `{model.name}` beside `{joined}`"
                    evidence = f"each row of `{joined}` comes once for each row of `{field.name}`"
                    help = 'Write `lazy="selectin"` for all but one of them'
                    yield Wrong(place, f"{message}, which multiplies the rows of both", help, False, (evidence,))
                joined = joined or field.name

    def beside(self, module: Module, body: Body) -> Iterator[Wrong]:
        """Yield what is wrong with lists of options that are handed to code which is not followed."""
        for entry in body.entries:
            if isinstance(entry.term, Display) and len(entry.term.items) > 1:
                steps = [step for ref in entry.term.items for step in self._chain(body, module, ref, None)]
                roots = {step.model for step in steps if len(step.path) == 1}
                if len(roots) == 1:
                    yield from _side_by_side([], steps)

    # Queries that run

    def _without_join(self, loading: Loading, steps: list[_Step], methods: list[str]) -> Iterator[Wrong]:
        conditions = loading.query.conditions
        model = loading.query.model
        if conditions is None or any(each.model is not model for each in conditions) or not _JOINS.isdisjoint(methods):
            return
        for step in steps:
            if step.loader == "contains_eager" and len(step.path) == 1:
                message = f"`contains_eager` expects a join with `{step.field.name}`, and the query has none"
                evidence = ("without one the database pairs each row with every row of the other table",)
                yield Wrong(step.place, message, "Join the relation, or write `joinedload`", True, evidence, step.field)

    def _joined_twice(self, loading: Loading, steps: list[_Step]) -> Iterator[Wrong]:
        """Yield the options that join a single row which the query joins already."""
        joined = set()
        for site in loading.query.sites:
            if self._evaluator.method_at(site) in ("join", "outerjoin"):
                body = self._evaluator.body_of(site)
                call = body.entries[site.ref].term
                arguments = call.arguments if isinstance(call, Call) else ()
                named = (
                    self._field(body, self._evaluator.module_of(site), arguments[0]) if len(arguments) == 1 else None
                )
                if named is not None and named[1].kind is Kind.TO_ONE:
                    joined.add(named[1])
        for step in steps:
            if step.loader == "joinedload" and len(step.path) == 1 and step.field in joined:
                message = f"`joinedload` joins `{step.field.name}` once more, beside the `join()` of the query"
                help = "Write `contains_eager`, which takes the rows of the join that is there"
                yield Wrong(step.place, message, help, sure=False, field=step.field)

    def _streamed(self, steps: list[_Step], methods: list[str]) -> Iterator[Wrong]:
        if "yield_per" not in methods or "enable_eagerloads" in methods:
            return
        for step in steps:
            if step.loader.startswith("subqueryload") or (step.joined and step.is_collection):
                message = f"`yield_per` does not go together with `{step.loader}` of `{step.field.name}`"
                yield Wrong(
                    step.place, message, "Write `selectinload`, which asks once for each batch", field=step.field
                )

    def _not_unique(self, loading: Loading, steps: list[_Step], methods: list[str]) -> Iterator[Wrong]:
        """Yield a place that reads a result with joined collections as it is, which raises."""
        executing = {*self._sessions["rows"], *self._sessions["elements"], *self._sessions["adapting"]}
        is_executed = not executing.isdisjoint(methods[1:])
        is_raising = loading.method in self._raising or (
            loading.method in _LOOPS and self._raising.isdisjoint(methods) and loading.query.sites not in self._read
        )
        if not is_executed or "unique" in methods or "paginate" in methods or not is_raising:
            return
        self._read.add(loading.query.sites)
        step = next((step for step in steps if step.joined and step.is_collection), None)
        field = step.field if step is not None else self._joined_by_itself(loading.query.model, steps)
        if field is None:
            return
        how = f"by `{step.loader}`" if step is not None else "by itself"
        message = f"the result holds `{field.name}`, a collection joined {how}, and is read without `unique()`"
        evidence = ("SQLAlchemy raises InvalidRequestError",)
        help = "Call `unique()` on the result, or load the collection by `selectinload`"
        yield Wrong(loading.place, message[0].upper() + message[1:], help, True, evidence, field)

    def _joined_by_itself(self, model: Model, steps: list[_Step]) -> Field | None:
        said = {step.path[0].name for step in steps}
        fields = (each for each in model.relations() if each.kind is Kind.TO_MANY and each.name not in said)
        return next((each for each in fields if each.lazy in ("joined", "False")), None)

    # Reading options

    def _steps(self, site: Site, model: Model) -> tuple[_Step, ...]:
        """Return what the options say that are written as arguments of a call of `options`."""
        found = self._steps_at.get(site)
        if found is None:
            found = ()
            if self._evaluator.method_at(site) == "options":
                body, module = self._evaluator.body_of(site), self._evaluator.module_of(site)
                term = body.entries[site.ref].term
                refs = term.arguments if isinstance(term, Call) else ()
                found = tuple(step for ref in refs for step in self._chain(body, module, ref, model))
            self._steps_at[site] = found
        return found

    def _chain(self, body: Body, module: Module, ref: Ref, start: Model | None) -> list[_Step]:
        """Return the steps of an option: `joinedload(Author.books).selectinload(Book.tags)`."""
        call = body.entries[ref].term
        if not isinstance(call, Call):
            return []
        function = body.entries[call.function].term
        before: list[_Step] = []
        if isinstance(function, Attribute):
            name = function.name
            before = self._chain(body, module, function.value, start)
            if not before:
                return []
        elif isinstance(function, Named):
            name = function.name.rpartition(".")[2].lstrip(":")
            if name not in self._known or not self._is_library(function.name, module):
                return []
        else:
            return []
        if name not in self._known or len(call.arguments) != 1:
            return before
        target = self._graph.models.get(before[-1].field.target or "") if before else start
        named = self._field(body, module, call.arguments[0], target)
        if named is None:
            return []
        model, field = named
        entry = body.entries[ref]
        place = Place(module.summary.path, entry.span, entry.lines)
        joined = name in self._loaders["joined"] and all(step.joined for step in before)
        path = (*(step.field for step in before), field)
        return [*before, _Step(name, field, model, path, place, joined)]

    @property
    def _known(self) -> frozenset[str]:
        groups = ("joined", "prefetched", "each", "never")
        return frozenset(name for group in groups for name in self._loaders[group])

    def _is_library(self, name: str, module: Module) -> bool:
        definition, _ = self._index.resolve(name, module)
        return str(getattr(definition, "name", "")).startswith("sqlalchemy.orm") or "." in name.lstrip(".:")

    def _field(self, body: Body, module: Module, ref: Ref, start: Model | None = None) -> tuple[Model, Field] | None:
        """Return the relation or column that an argument names: `Author.books`, or `"books"` of a known model."""
        term = body.entries[ref].term
        if isinstance(term, Literal) and isinstance(term.value, str) and start is not None:
            return (start, start.fields[term.value]) if term.value in start.fields else None
        if not isinstance(term, Named) or not term.name:
            return None
        definition, rest = self._index.resolve(term.name, module)
        model = self._graph.of_class(definition) if isinstance(definition, Class) and len(rest) == 1 else None
        field = None if model is None else model.fields.get(rest[0])
        return None if model is None or field is None else (model, field)


def _side_by_side(before: list[_Step], steps: Iterable[_Step]) -> Iterator[Wrong]:
    """Yield the first collection that a statement joins beside another one of the same rows.

    Args:
        before: what earlier options load.
        steps: further options.
    """
    known = [step for step in before if step.joined and step.is_collection]
    beside: list[tuple[_Step, _Step]] = []
    for step in steps:
        if step.joined and step.is_collection:
            other = next((each for each in known if _multiply(each, step)), None)
            if other is not None:
                beside.append((other, step))
            known.append(step)
    if not beside:
        return
    other, step = beside[0]
    message = (
        f"`{step.loader}` joins `{step.field.name}` beside `{other.field.name}`, which multiplies the rows of both"
    )
    evidence = [f"each row of `{other.field.name}` comes once for each row of `{step.field.name}`"]
    names = ", ".join(f"`{more.field.name}`" for _, more in beside[1:])
    if names:
        evidence.append(f"and all of them once for each row of {names}")
    help = "Write `selectinload` for all but one of them"
    yield Wrong(step.place, message, help, sure=False, evidence=tuple(evidence), field=step.field)


def _multiply(one: _Step, other: _Step) -> bool:
    """Tell whether two paths part where both lead to several rows; single rows there may exclude each other."""
    for mine, theirs in zip(one.path, other.path, strict=False):
        if mine != theirs:
            return mine.kind is theirs.kind is Kind.TO_MANY
    return False
