"""Queries whose rows a template counts, or asks whether there are any, and does nothing else with."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from perffix.model import Related
from perffix.project.evaluation.values import Query
from perffix.project.orm.counts import has_own_ways
from perffix.project.orm.users import Users
from perffix.project.summaries.terms import (
    Attribute,
    Call,
    Combined,
    Extends,
    Include,
    Literal,
    Lookup,
    Named,
    Parameter,
    Slice,
    Table,
)
from perffix.semantic import facts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.project.evaluation.values import Site
    from perffix.project.frameworks.templates import Templates
    from perffix.project.index import Module
    from perffix.project.place import Place
    from perffix.project.project import Project
    from perffix.project.summaries.terms import Body, Entry, Ref

LENGTH, TRUTH, COUNTED, COUNTED_FOR_TRUTH, OTHER = "length", "truth", "count", "count for truth", "other"
_NEUTRAL = ("exists",)  # asks the database by itself, whatever is in memory
_WITH_ZERO = ((">", 0), (">=", 1), ("!=", 0), ("==", 0), ("<=", 0), ("<", 1))
_DEPTH = 8  # templates within templates


class Use(NamedTuple):
    """What a template does with a variable.

    Attributes:
        kind: `LENGTH` and `TRUTH` load all rows, `COUNTED` and `COUNTED_FOR_TRUTH` let the database count.
        module: the template.
        entry: where it does.
    """

    kind: str
    module: Module
    entry: Entry


class CountedInTemplate(NamedTuple):
    """A query of whose rows templates want no more than a number, or whether there are any.

    Attributes:
        query: the query.
        name: the variable that holds it in the templates.
        kinds: what the templates do with it.
        place: where the query is handed over.
        related: where the templates are rendered, and what they do.
    """

    query: Query
    name: str
    kinds: frozenset[str]
    place: Place
    related: tuple[Related, ...]

    @property
    def wants_number(self) -> bool:
        """Whether their number is wanted; else whether there are any."""
        return LENGTH in self.kinds or COUNTED in self.kinds

    @property
    def loads(self) -> bool:
        """Whether all rows are loaded for that."""
        return not self.kinds.isdisjoint({LENGTH, TRUTH})


def counted_in_templates(project: Project) -> Iterator[CountedInTemplate]:
    """Yield the queries of views whose rows are only counted by all templates that they are handed to."""
    evaluator = project.evaluator
    found: dict[tuple[Site, ...], list[tuple[Query, str, tuple[Related, ...], list[Use]]]] = {}
    for rendering in evaluator.renderings:
        for name, value in rendering.context.items:
            if isinstance(value, Query) and value.sites:
                uses = list(_uses(rendering.template, name, evaluator.templates, _DEPTH))
                found.setdefault(value.sites, []).append((value, name, rendering.route, uses))
    for sites, groups in found.items():
        query, name, route, _ = groups[0]
        uses = [use for group in groups for use in group[3]]
        kinds = frozenset(each.kind for each in uses)
        if not all(group[3] for group in groups) or not _is_wasteful(kinds):
            continue
        if _is_plain(query, project) and _is_only_handed_over(sites[-1], project):
            told = [Related(each.entry.span, _told(each, name), each.module.summary.path) for each in uses[:2]]
            place = evaluator.place_of(sites[-1])
            yield CountedInTemplate(query, name, kinds, place, tuple(dict.fromkeys((*route[-1:], *told))))


def _is_wasteful(kinds: frozenset[str]) -> bool:
    """Tell whether rows are loaded for nothing else, or all counted to tell whether there are any."""
    return OTHER not in kinds and (bool(kinds & {LENGTH, TRUTH}) or kinds == {COUNTED_FOR_TRUTH})


def _told(use: Use, name: str) -> str:
    if use.kind == LENGTH:
        return f"all rows of `{name}` are loaded here to be counted"
    if use.kind == TRUTH:
        return f"all rows of `{name}` are loaded here to see whether there are any"
    return f"the rows of `{name}` are counted here"


# The view


def _is_plain(query: Query, project: Project) -> bool:
    """Tell whether nothing but the number of the rows depends on whether they are loaded."""
    if query.few or query.varies or has_own_ways(query, project.index) or query.evaluated:
        return False
    owner = query.owner
    if owner is not None and not query.narrowed:
        return False  # they may be in memory already
    evaluator = project.evaluator
    methods = [evaluator.method_at(site) for site in query.sites]
    terms = [evaluator.body_of(site).entries[site.ref].term for site in query.sites if site.ref >= 0]
    locking = "select_for_update" in methods or any(
        each in facts.load("django_queries")["streaming"] for each in methods
    )
    return query.model.library == "django" and not locking and not any(isinstance(each, Slice) for each in terms)


def _is_only_handed_over(site: Site, project: Project) -> bool:
    """Tell whether code does nothing with a query but to hand it over to a template, once."""
    if site.ref < 0 or not site.body:
        return False
    body = project.evaluator.body_of(site)
    users = Users(body)
    ref, entry = site.ref, body.entries[site.ref]
    if entry.kind != "Call" or ref in body.returns:
        return False
    while True:
        using = users.of(ref)
        if len(using) != 1 or any(store.value == ref for store in body.stores) or ref in body.tested:
            return ref in body.returns and not using and isinstance(body.entries[ref].term, Table)
        term = body.entries[using[0]].term
        if isinstance(term, Call):
            return ref != term.function and _renders(body, term)
        if not isinstance(term, Table) or sum(value == ref for _, value in term.items) + (term.base == ref) != 1:
            return False
        ref = using[0]


def _renders(body: Body, call: Call) -> bool:
    """Tell whether a call renders a template whose name is written out."""
    called = body.entries[call.function].term
    name = called.name if isinstance(called, (Named, Attribute)) else ""
    rendering = {each.rpartition(".")[2] for each in facts.load("django_views")["rendering"]}
    texts = [body.entries[each].term for each in (*call.arguments, *(value for _, value in call.keywords))]
    written = [
        each for each in texts if isinstance(each, Literal) and isinstance(each.value, str) and "." in each.value
    ]
    return name.rpartition(".")[2] in rendering and len(written) == 1


# Templates


def _uses(template: str, name: str, templates: Templates, depth: int) -> Iterator[Use]:
    """Yield what a template, and those that it includes or extends, do with a variable."""
    module = templates.module(template)
    if module is None or depth == 0:
        if module is not None:
            yield Use(OTHER, module, module.summary.body.entries[0])
        return
    body = module.summary.body
    users = Users(body)
    for ref, entry in enumerate(body.entries):
        term = entry.term
        if isinstance(term, Parameter) and term.name == name:
            yield from _of_entry(ref, body, users, module, templates, depth)
        elif isinstance(term, (Include, Extends)):
            whole = isinstance(term, Extends) or (term.whole and name not in dict(term.names))
            yield from _elsewhere(term.template, name, body, module, templates, depth) if whole else ()
    for macro in module.summary.functions.values():
        inside = macro.body.entries
        reads = any(isinstance(each.term, Parameter) and each.term.name == name for each in inside)
        if reads and name not in {each.name for each in macro.parameters if each.kind == "positional"}:
            yield Use(OTHER, module, body.entries[0])


def _elsewhere(template: Ref, name: str, body: Body, module: Module, templates: Templates, depth: int) -> Iterator[Use]:
    """Yield what another template does with a variable."""
    term = body.entries[template].term
    if not isinstance(term, Literal) or not isinstance(term.value, str) or templates.module(term.value) is None:
        yield Use(OTHER, module, body.entries[template])
    else:
        yield from _uses(term.value, name, templates, depth - 1)


def _of_entry(ref: Ref, body: Body, users: Users, module: Module, templates: Templates, depth: int) -> Iterator[Use]:
    """Yield what a template does with the value of an entry."""
    entry, using, handed = body.entries[ref], users.of(ref), False
    for other in body.entries:
        term = other.term
        if isinstance(term, Include):
            for name, value in term.names:
                if value == ref:
                    handed = True
                    yield from _elsewhere(term.template, name, body, module, templates, depth)
    if ref in body.tested:
        yield Use(TRUTH, module, entry)
    elif not using and not handed:
        yield Use(OTHER, module, entry)
    for user in using:
        term = body.entries[user].term
        if isinstance(term, Call) and _is_length(body, term):
            yield Use(LENGTH if not _is_for_truth(user, body, users) else TRUTH, module, body.entries[user])
        elif isinstance(term, Lookup) and term.name == "count":
            kind = COUNTED_FOR_TRUTH if _is_for_truth(user, body, users) else COUNTED
            yield Use(kind, module, body.entries[user])
        elif not isinstance(term, Lookup) or term.name not in _NEUTRAL:
            yield Use(OTHER, module, body.entries[user])


def _is_length(body: Body, call: Call) -> bool:
    called = body.entries[call.function].term
    return isinstance(called, Named) and called.name == "builtins.len"


def _is_for_truth(number: Ref, body: Body, users: Users) -> bool:
    """Tell whether a number serves only to tell whether there is anything."""
    using = users.of(number)
    if number in body.tested:
        return not using
    term = body.entries[using[0]].term if len(using) == 1 else None
    if not isinstance(term, Combined) or term.left != number:
        return False
    other = body.entries[term.right].term
    return isinstance(other, Literal) and (term.operator, other.value) in _WITH_ZERO
