"""Accesses of one query put together: what it does not load, where that is missed, and where it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from perffix.model import NodeRef, Related
from perffix.project.index import External
from perffix.project.orm.graph import Kind
from perffix.project.orm.sqlalchemy.handed_on import before_helpers
from perffix.project.summaries.terms import Attribute, Call, Display, Literal, Named

if TYPE_CHECKING:
    from collections.abc import Iterable

    from perffix.project.evaluation.evaluator import Evaluator
    from perffix.project.evaluation.values import Site
    from perffix.project.orm.accesses import Access
    from perffix.project.orm.graph import Field, Model
    from perffix.project.place import Place
    from perffix.project.summaries.terms import Entry, Ref


_NUMBERS = {2: "two", 3: "three"}
_MOST_CALLS = 3  # between the query and the place that asks for the relation
_MOST_CALLS_SOMETIMES = 1  # where that happens for some of the rows
_WRITING = ("save", "delete", "clean", "full_clean")


class Step(NamedTuple):
    """One expression on the way in which a query is put together.

    Attributes:
        method: the method that is called there; empty for a name or an attribute.
        place: where it stands.
        node: the expression.
        function: what is called there.
        arguments: its arguments without names, or the items of a list.
        texts: their values where all are texts, else None.
        statement: the statement of a class, such as `model = Book`, whose value it is.
        name: the name that this statement gives the value.
        made: what makes a query here on behalf of a framework, or `model` for a model that stands for all its rows;
            empty where the expression itself is a query.
        owner: what the method is called on, where that is more than a variable.
        shared: whether it gives rows of other models, too, or is a method of a class that others add to theirs.
        joined: the relations, as lookups, that rows are asked for to which a framework joins some by itself; no longer
            once it is told one.
    """

    method: str
    place: Place
    node: NodeRef
    function: NodeRef | None
    arguments: tuple[NodeRef, ...]
    texts: tuple[str, ...] | None
    statement: NodeRef | None = None
    name: str = ""
    made: str = ""
    owner: NodeRef | None = None
    shared: bool = False
    joined: tuple[str, ...] = ()


class Story(NamedTuple):
    """What one query does not load although code asks each of its rows for it.

    Attributes:
        steps: how the query is put together, as far as it is in one piece of code, the last step last.
        model: whose rows it gives.
        path: the relations from those rows to what is missed, the last one included; that may be a column, too.
        accesses: where it is missed.
    """

    steps: tuple[Step, ...]
    model: Model
    path: tuple[Field, ...]
    accesses: tuple[Access, ...]

    @property
    def names(self) -> str:
        """The path as text, with dots."""
        return ".".join(field.name for field in self.path)

    @property
    def is_column(self) -> bool:
        """Whether a column is missed, not a relation."""
        return not self.path[-1].kind.is_relation

    @property
    def missed(self) -> str:
        """What is missed, as messages name it."""
        return f"the column `{self.names}`" if self.is_column else f"`{self.names}`"

    @property
    def subject(self) -> str:
        """Whose rows lack something: all of the query, or the one that it gives."""
        one = all(access.row.single for access in self.accesses)
        return f"{'the' if one else 'each'} `{self.model.name}` of this query"

    @property
    def cost(self) -> str:
        """How many queries that takes besides."""
        beyond = self.is_column and len(self.path) > 1  # rows of a prefetched relation belong to several of the query
        if beyond or any(not field.kind.is_one for field in self.path[:-1]):
            return f"a query for each `{self.accesses[-1].row.model.name}`"
        number = len({access.path for access in self.accesses})
        first = min(self.accesses, key=lambda access: len(access.path))
        queries = "a query of its own" if number == 1 else f"{_NUMBERS.get(number, number)} queries of its own"
        # Rows that lead to the same row share all that is missed beyond it.
        return f"{queries}, once for each different `{_target(first)}`" if _is_kept(first) else queries

    def evidence(self) -> list[str]:
        """Return the facts behind it: what the relations are, and which of them is asked for when."""
        missed = {access.field: access.row.model.asked_for_each(access.field) for access in self.accesses}
        return [
            _fact(field) + (f": a query for each {missed[field]}" if field in missed else "")
            for field in self.path
            if field.declared is not None
        ]

    @property
    def in_template(self) -> bool:
        """Whether all of it is missed in templates."""
        return all(access.asker == "template" for access in self.accesses)

    @property
    def in_serializer(self) -> bool:
        """Whether all of it is missed by serializers."""
        return all(access.asker == "serializer" for access in self.accesses)

    @property
    def always(self) -> bool:
        """Whether some place asks for it in every turn, and not for some of the rows only."""
        return not all(access.sometimes for access in self.accesses)

    @property
    def maker(self) -> Step | None:
        """The step that stands for a query which a framework makes, if there is one."""
        return next((step for step in self.steps if step.made and step.made != "model"), None)

    @property
    def place(self) -> Place:
        """Where the query is put together at last."""
        return self.steps[-1].place

    def related(self) -> list[Related]:
        """Return the other places of the story: hand-overs, accesses, the declaration."""
        first = self.accesses[0]
        found = list(first.route)
        for access in self.accesses[:3]:
            turns = "for some of the rows" if access.sometimes else "for each row"
            message = f"`{access.field.name}` is asked for here, {turns}"
            related = Related(access.place.span, message, access.place.path)
            if related not in found:
                found.append(related)
        declared = self.path[-1].declared
        if declared is not None:
            found.append(Related(declared.span, f"`{self.path[-1].name}` is declared here", declared.path))
        return found


def _is_kept(access: Access) -> bool:
    """Tell whether rows that lead to the same row ask for it once, as the session keeps it."""
    field = access.field
    return access.row.model.keeps_rows and field.kind is Kind.TO_ONE and field.target is not None


def _target(access: Access) -> str:
    """Return the name of the model that a relation leads to, which is asked for."""
    return (access.field.target or "").rpartition(".")[2]


def _fact(field: Field) -> str:
    """Return what a field is that stands on the way to what is missed, or is missed itself."""
    if field.kind.is_relation:
        return f"`{field.name}` is a {field.by}"
    return f"`{field.name}` is deferred where it is declared" if field.lazy else f"`{field.name}` is left out"


def stories(accesses: Iterable[Access], evaluator: Evaluator) -> list[Story]:
    """Return one story for each query and path; a path that another one goes on from is part of that one.

    Left out are accesses so many calls away from the query that its reader is not likely to see them coming.
    """
    queries: dict[tuple[Site, ...], dict[tuple[Field, ...], list[Access]]] = {}
    owned: dict[tuple[Site, ...], tuple[Site, ...]] = {}  # what of each query is written for it alone
    for access in accesses:
        since = access._replace(route=route_since_query(access, evaluator))
        if _is_near(since):
            row = access.row
            if row.root.library == "sqlalchemy" and row.sites not in owned:
                owned[row.sites] = before_helpers(row.sites, evaluator)
            queries.setdefault(owned.get(row.sites, row.sites), {}).setdefault(access.path, []).append(since)
    found = []
    for sites, paths in queries.items():
        steps = _steps(sites, evaluator)
        if not steps:
            continue
        for group in paths.values():
            group.sort(key=lambda access: (access.sometimes, len(access.route)))
        counted = {
            path for path, group in paths.items() if all(each.is_counted for each in group)
        }  # is annotated, not loaded
        for path, group in paths.items():
            if any(len(other) > len(path) and other[: len(path)] == path and other not in counted for other in paths):
                continue
            before = [
                access
                for other, more in paths.items()
                if path not in counted and len(other) < len(path) and path[: len(other)] == other
                for access in more
            ]
            found.append(Story(steps, group[0].row.root, path, (*before, *group)))
    return found


def _is_near(access: Access) -> bool:
    """Tell whether somebody who reads the query is likely to see what becomes of its rows."""
    if access.asker in ("template", "serializer"):
        return True  # they are there for these rows alone
    calls = [each.message for each in access.route if each.message.endswith("` is called here")]
    if not access.sometimes:
        return len(calls) <= _MOST_CALLS
    return len(calls) <= _MOST_CALLS_SOMETIMES and not happens_in_writing(access.route)


def happens_in_writing(route: Iterable[Related]) -> bool:
    """Tell whether the hand-overs to some code go through a method by which rows are written or checked."""
    return any(f".{name}` is called" in each.message for each in route for name in _WRITING)


def route_since_query(access: Access, evaluator: Evaluator) -> tuple[Related, ...]:
    """Return the hand-overs from the code that makes the query; how that code was reached does not matter."""
    site = next((each for each in access.row.sites if each.ref >= 0), None)
    if site is None:
        return access.route
    path = evaluator.module_of(site).summary.path
    spans = [entry.span for entry in evaluator.body_of(site).entries if entry.kind]
    if not spans or not site.body:
        return access.route
    first, last = min(span.line for span in spans), max(span.end_line for span in spans)
    if access.place.path == path and first <= access.place.span.line <= last:
        return ()
    for number, related in enumerate(access.route):
        if related.path == path and first <= related.span.line <= last:
            return access.route[number:]
    return access.route


def _steps(sites: Iterable[Site], evaluator: Evaluator) -> tuple[Step, ...]:
    """Return how a query is put together; empty where no expression of the source stands for it."""
    found: list[Step] = []
    for site in sites:
        entries = evaluator.body_of(site).entries
        if site.ref < 0 or not entries[site.ref].kind:
            continue
        found.append(_step(entries, site, evaluator))
    return tuple(found)


def _step(entries: tuple[Entry, ...], site: Site, evaluator: Evaluator) -> Step:
    entry = entries[site.ref]
    place = evaluator.place_of(site)
    node = NodeRef(entry.kind, entry.span)
    term = entry.term
    made = evaluator.made.get(site, "")
    if made or not isinstance(term, Call):
        name, statement = _statement(site, evaluator)
        items = term.items if isinstance(term, Display) else ()
        nodes, texts = _nodes(entries, items), _texts(entries, items)
        joined = evaluator.joined_by_itself.get(site, ())
        return Step("", place, node, None, nodes, texts, statement, name, made, joined=joined)
    called = entries[term.function]
    method = evaluator.method_at(site)
    texts = None if term.keywords else _texts(entries, term.arguments)
    function, owner = NodeRef(called.kind, called.span), _owner(entries, term)
    shared = len(evaluator.served.get(site, ())) > 1 or _is_for_any_model(entries, site, evaluator)
    return Step(method, place, node, function, _nodes(entries, term.arguments), texts, owner=owner, shared=shared)


def _is_for_any_model(entries: tuple[Entry, ...], site: Site, evaluator: Evaluator) -> bool:
    """Tell whether a mixin asks the class here that it is added to, such as a manager: `super().filter(...)`."""
    cls = evaluator.index.class_in(evaluator.module_of(site), site.body.rpartition(".")[0])
    if cls is None or any(
        isinstance(each, External) and each.name != "builtins.object" for each in evaluator.index.ancestors(cls)
    ):
        return False
    ref: Ref | None = site.ref
    while ref is not None:
        term = entries[ref].term
        if isinstance(term, Named):
            return term.name.rpartition(".")[2] == "super" or term.name.partition(".")[0] == "self"
        ref = term.function if isinstance(term, Call) else term.value if isinstance(term, Attribute) else None
    return False


def _owner(entries: tuple[Entry, ...], call: Call) -> NodeRef | None:
    """Return what a method is called on, as it is written before the dot; None for what a variable holds."""
    function = entries[call.function]
    ref = function.term.value if isinstance(function.term, Attribute) else call.function - 1
    owner = entries[ref]
    inside = owner.kind and function.span.start == owner.span.start and owner.span.end < function.span.end
    return NodeRef(owner.kind, owner.span) if inside else None


def _nodes(entries: tuple[Entry, ...], refs: tuple[Ref, ...]) -> tuple[NodeRef, ...]:
    return tuple(NodeRef(entries[each].kind, entries[each].span) for each in refs)


def _texts(entries: tuple[Entry, ...], refs: tuple[Ref, ...]) -> tuple[str, ...] | None:
    """Return the texts of some entries; None when not all of them are texts."""
    values = [entries[each].term for each in refs]
    texts = tuple(each.value for each in values if isinstance(each, Literal) and isinstance(each.value, str))
    return texts if len(texts) == len(values) else None


def _statement(site: Site, evaluator: Evaluator) -> tuple[str, NodeRef | None]:
    """Return the name that a class body gives the value of a site, and the statement that does so."""
    cls = evaluator.index.class_in(evaluator.module_of(site), site.body) if site.body else None
    if cls is None:
        return "", None
    for name, refs in cls.summary.names.items():
        if site.ref in refs and name in cls.summary.statements:
            return name, NodeRef("Assign", cls.summary.statements[name])
    return "", None
