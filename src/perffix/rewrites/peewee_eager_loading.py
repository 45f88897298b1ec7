"""How a Peewee query is told to load a relation with its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from perffix.model import Applicability, Code, Fix, Import, Replace
from perffix.project.orm.graph import Kind
from perffix.project.orm.peewee.other_uses import uses_of
from perffix.project.orm.sqlalchemy.spelling import spelling_of
from perffix.project.summaries.terms import Call, Named
from perffix.semantic import facts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from perffix.project.evaluation.evaluator import Evaluator
    from perffix.project.evaluation.values import Site
    from perffix.project.orm.graph import Field, Model
    from perffix.project.orm.peewee.other_uses import Uses
    from perffix.project.orm.stories import Story


class _Hop(NamedTuple):
    """A join from one table of a query to the next.

    Attributes:
        source: the name of the table that it starts from: a model or an alias of one.
        target: the name of the table that it leads to.
        model: the model of that table; None where it is not known.
        field: the key.
        outer: whether rows that lead to none must stay.
        aliased: whether the query has the table of the model already, so that this one needs another name.
        ambiguous: whether Peewee is not to find the key by itself, because there are several.
    """

    source: str
    target: str
    model: Model | None
    field: Field
    outer: bool
    aliased: bool
    ambiguous: bool

    def written(self, names: Mapping[str, str]) -> str:
        """Return the call of `join()`, with models under other names than their own."""
        parts = [names.get(self.target, self.target)]
        parts += ["JOIN.LEFT_OUTER"] if self.outer else []
        parts += [f"on={names.get(self.source, self.source)}.{self.field.name}"] if self.ambiguous else []
        return f".join({', '.join(parts)})"


def peewee_advice(story: Story, evaluator: Evaluator) -> str:
    """Return what to write, with the plain names of classes, in backticks."""
    hops = list(_hops(story, evaluator))
    if any(field.kind is not Kind.TO_ONE for field in story.path):
        targets = (_target(field, evaluator) for field in story.path)
        return f"`.prefetch({', '.join('...' if each is None else each.name for each in targets)})`"
    select = _select(story.model.name, hops, {})
    here = {step.method for step in story.steps}
    if here.isdisjoint(facts.load("peewee")["queries"]["joining"]) and _uses(story, evaluator).joined:
        select += f".switch({story.model.name})"  # in another branch, where the join goes on from the last table
    aliases = [f"`{hop.target} = {hop.model.name}.alias()`" for hop in hops if hop.model and hop.aliased]
    return f"`{select}`" + (f" with {' and '.join(aliases)}" if aliases else "")


def peewee_fix(story: Story, evaluator: Evaluator) -> Fix:
    """Return the fix that joins what is missed; only advice where a join does not reach or was there before.

    It is unsafe: the rows stay the same, but the statement does not. What a prefetch fills is a plain list, on which
    other uses of the attribute fail, so that is only advised.
    """
    description = f"Load it with the rows: {peewee_advice(story, evaluator)}"
    display = Fix(Applicability.DISPLAY, description)
    first, hops = story.steps[0], list(_hops(story, evaluator))
    if first.method != "select" or first.arguments:
        return display
    if any(field.kind is not Kind.TO_ONE for field in story.path) or any(hop.ambiguous for hop in hops):
        return display
    site = _site(story)
    module, body = evaluator.index.modules[site.module], evaluator.body_of(site)
    term = body.entries[site.ref].term
    if not isinstance(term, Call) or term.keywords or term.arguments:
        return display
    if not isinstance(body.entries[term.function].term, Named):  # cls.select()
        return display
    uses = _uses(story, evaluator)
    if uses.joined or uses.fixed:
        return display
    names: dict[str, str] = {}
    imports = [Import("peewee", "JOIN")] if any(hop.outer for hop in hops) else []
    for model in (story.model, *(hop.model for hop in hops)):
        spelled = None if model is None or model.cls is None else spelling_of(evaluator.index, module, model.cls)
        if model is None or spelled is None:
            return display
        imports += [] if spelled.imported is None else [spelled.imported]
        names[model.name] = spelled.text
    text = _select(story.model.name, hops, names)
    if uses.handed_on or not site.body:  # the next join begins where the last one led to
        text += f".switch({names[story.model.name]})"
    return Fix(Applicability.UNSAFE, description, (Replace(first.node, Code(text)),), tuple(dict.fromkeys(imports)))


def _site(story: Story) -> Site:
    """Return the expression that begins the query."""
    return next(each for each in story.accesses[0].row.sites if each.ref >= 0)


def _uses(story: Story, evaluator: Evaluator) -> Uses:
    site = _site(story)
    return uses_of(evaluator.body_of(site), site.ref)


def _select(root: str, hops: list[_Hop], names: Mapping[str, str]) -> str:
    """Return the query of all rows of a model with those that some joins lead to."""
    selected = ", ".join(names.get(each, each) for each in (root, *(hop.target for hop in hops)))
    return f"{names.get(root, root)}.select({selected}){''.join(hop.written(names) for hop in hops)}"


def _hops(story: Story, evaluator: Evaluator) -> Iterator[_Hop]:
    """Yield the joins that a path from row to row needs."""
    model: Model | None = story.model
    source, outer, taken = story.model.name, False, {story.model.name}
    for field in story.path:
        target = _target(field, evaluator)
        outer = outer or field.nullable  # an inner join would drop the rows that the outer one before has kept
        name = "..." if target is None else target.name
        aliased = name in taken
        if aliased:
            name = f"{field.name.title().replace('_', '')}{name}"
        relations = () if model is None else model.relations()
        keys = [each for each in relations if each.target == field.target and each.kind is Kind.TO_ONE]
        yield _Hop(source, name, target, field, outer, aliased, ambiguous=aliased or len(keys) > 1)
        taken.add(name)
        model, source = target, name


def _target(field: Field, evaluator: Evaluator) -> Model | None:
    return None if field.target is None else evaluator.graph.models.get(field.target)
