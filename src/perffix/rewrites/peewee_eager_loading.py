"""How a Peewee query is told to load a relation with its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.model import Applicability, Code, Fix, Import, Replace
from perffix.project.orm.graph import Kind
from perffix.project.orm.sqlalchemy.spelling import spelling_of
from perffix.project.summaries.terms import Call, Named

if TYPE_CHECKING:
    from perffix.project.evaluation.evaluator import Evaluator
    from perffix.project.orm.graph import Field, Model
    from perffix.project.orm.stories import Story

_JOINING = ("join", "left_outer_join", "join_from", "switch", "ensure_join")


def peewee_advice(story: Story, evaluator: Evaluator) -> str:
    """Return what to write, with the plain names of classes."""
    targets = [_target(field, evaluator) for field in story.path]
    names = ["..." if each is None else each.name for each in targets]
    if all(field.kind is Kind.TO_ONE for field in story.path):
        joins = "".join(f".join({name})" for name in names)
        return f"{story.model.name}.select({', '.join([story.model.name, *names])}){joins}"
    return f".prefetch({', '.join(names)})"


def peewee_fix(story: Story, evaluator: Evaluator) -> Fix:
    """Return the fix that joins what is missed; only advice where a join does not reach or was there before.

    It is unsafe: the rows stay the same, but the statement does not. What a prefetch fills is a plain list, on which
    other uses of the attribute fail, so that is only advised.
    """
    description = f"Load it with the rows: `{peewee_advice(story, evaluator)}`"
    display = Fix(Applicability.DISPLAY, description)
    first = story.steps[0]
    methods = [step.method for step in story.steps]
    if methods[0] != "select" or first.arguments or any(each in _JOINING for each in methods):
        return display
    site = next(each for each in story.accesses[0].row.sites if each.ref >= 0)
    module = evaluator.index.modules[site.module]
    entries = evaluator.body_of(site).entries
    term = entries[site.ref].term
    if not isinstance(term, Call) or term.keywords or term.arguments:
        return display
    if not isinstance(entries[term.function].term, Named):  # cls.select()
        return display
    names, joins, imports = [], [], []
    models: list[Model] = [story.model]
    for field in story.path:
        target = _target(field, evaluator)
        if target is None or target.cls is None or not _is_only_way(models[-1], field) or target in models:
            return display
        models.append(target)
    for model, hop in zip(models, (None, *story.path), strict=True):
        spelled = None if model.cls is None else spelling_of(evaluator.index, module, model.cls)
        if spelled is None:
            return display
        imports += [] if spelled.imported is None else [spelled.imported]
        names.append(spelled.text)
        if hop is not None and hop.nullable:
            imports.append(Import("peewee", "JOIN"))
            joins.append(f".join({spelled.text}, JOIN.LEFT_OUTER)")
        elif hop is not None:
            joins.append(f".join({spelled.text})")
    code = Code(f"{names[0]}.select({', '.join(names)}){''.join(joins)}")
    return Fix(Applicability.UNSAFE, description, (Replace(first.node, code),), tuple(dict.fromkeys(imports)))


def _target(field: Field, evaluator: Evaluator) -> Model | None:
    return None if field.target is None else evaluator.graph.models.get(field.target)


def _is_only_way(model: Model, field: Field) -> bool:
    """Tell whether a join of the target can only mean this relation."""
    ways = [each for each in model.relations() if each.target == field.target and each.kind is Kind.TO_ONE]
    return field.kind is Kind.TO_ONE and ways == [field]
