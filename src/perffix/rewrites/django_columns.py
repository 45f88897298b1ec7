"""How a Django query is told to load a column that `only` or `defer` leaves out; a relation needs that of its key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.model import AddArgument, Applicability, Code, Fix, Replace
from perffix.project.orm.django.one_model import serves_one_model
from perffix.project.orm.graph import Kind

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from perffix.model import NodeRef
    from perffix.project.evaluation.evaluator import Evaluator
    from perffix.project.evaluation.values import Site
    from perffix.project.orm.graph import Field
    from perffix.project.orm.stories import Step, Story


# Columns that may hold so much that a database cannot sort, or a program cannot keep, all rows with them.
_LARGE = ("JSONField", "TextField", "BinaryField")
_SORTED_OR_STREAMED = ("order_by", "iterator", "aiterator")


def column_fix(story: Story, evaluator: Evaluator) -> Fix:
    """Return the fix that makes a query load a column; its description says what to write.

    It is unsafe: the rows stay the same, but the statement and the memory that it takes do not. It is only advice where
    the call that leaves the column out does not stand in the query itself, may get rows of other models as well, or
    has a reason.
    """
    *relations, column = story.path
    name = _name(column)
    before = "".join(f"{field.query_name}__" for field in relations)
    names = {before + name, before + column.name}
    for step in reversed(story.steps):
        if step.method not in ("only", "defer") or step.texts is None:
            continue
        site = _site(story, step, evaluator)
        if step.method == "only" and _deferred_before(site, names, evaluator):
            continue
        if step.method == "only" and (not before or any(text.startswith(before) for text in step.texts)):
            return _unless_shared(_added(step, before + name), story, site, evaluator)
        if step.method == "defer" and not names.isdisjoint(step.texts):
            fix = _taken_out(story, step, before + name, before + column.name)
            return _unless_shared(_unless_large(fix, story), story, site, evaluator)
    return Fix(Applicability.DISPLAY, _told(story, before + name))


def _told(story: Story, path: str) -> str:
    """Return what to write where the code of the query itself does not leave the column out: its manager does."""
    *relations, column = story.path
    if not relations:
        later = ", before `only()`" if any(step.method == "only" for step in story.steps) else ""
        named = f', and name `"{path}"` there' if later else ""
        return f"Load all columns with the rows: `.defer(None)` in this query{later}{named}"
    owner, relation = story.accesses[-1].row.model.name, _path(relations)
    return (
        f'Load it with each `{owner}`: name `"{_name(column)}"` in the `only()` of the query that `Prefetch` has for '
        f'`"{relation}"`, or take it out of its `defer()`; where `"{relation}"` is joined, name `"{path}"` in those '
        "of this query"
    )


def _path(relations: Sequence[Field]) -> str:
    """Return the path of relations as Django's methods take it."""
    return "__".join(field.name for field in relations)


def _site(story: Story, step: Step, evaluator: Evaluator) -> Site:
    """Return the place in its body of a step of a query."""
    sites = (site for access in story.accesses for site in access.row.sites if site.ref >= 0)
    return next(site for site in sites if evaluator.place_of(site) == step.place)


def _deferred_before(site: Site, names: Collection[str], evaluator: Evaluator) -> bool:
    """Tell whether a column is deferred where `only` is called: it stays so, although that names it."""
    before = (loading.query.loaded.deferred for loading in evaluator.loadings if loading.site == site)
    return any("__".join(path) in names for deferred in before for path in deferred)


def _unless_shared(fix: Fix, story: Story, site: Site, evaluator: Evaluator) -> Fix:
    """Return a fix as advice where rows of another model, which may lack the column, may come there as well."""
    if serves_one_model(site, story.model, evaluator):
        return fix
    return Fix(Applicability.DISPLAY, f"{fix.description}, for rows of `{story.model.name}` alone")


def _unless_large(fix: Fix, story: Story) -> Fix:
    """Return a fix as advice where a large column may be left out on purpose."""
    streamed = any(step.method in _SORTED_OR_STREAMED for step in story.steps)
    if not streamed or not story.path[-1].by.endswith(_LARGE):
        return fix
    told = f"{fix.description}, if the rows can be sorted and kept with such columns"
    return Fix(Applicability.DISPLAY, told)


def _name(column: Field) -> str:
    """Return the name of a column: that of its field, for a key that of the relation."""
    return column.name.removesuffix("_id") if column.by.endswith(("ForeignKey", "OneToOneField")) else column.name


def leaves_key_out(step: Step, relation: Field) -> bool:
    """Tell whether a call of `only` or `defer` leaves the key of a relation out, or columns beyond it.

    A query that joins the relation fails then. Of a relation that other rows hold the key of, nothing is needed.
    """
    if step.method not in ("only", "defer") or relation.kind is not Kind.TO_ONE:
        return False
    if step.texts is None or _goes_on(step, relation):
        return True
    named = not {relation.name, f"{relation.name}_id"}.isdisjoint(step.texts)
    return named == (step.method == "defer")


def with_key(step: Step, relation: Field, call: str) -> Code | None:
    """Return a call of `only` that names the key of a relation, too, with another call after it, as code.

    None where that is not all that it lacks.
    """
    if step.method != "only" or step.texts is None or _goes_on(step, relation):
        return None
    assert step.function is not None
    pieces: dict[str, NodeRef | str] = {f"argument{number}": each for number, each in enumerate(step.arguments)}
    arguments = ", ".join([*(f"${key}" for key in pieces), f'"{relation.name}"'])
    return Code(f"$function({arguments}){call}", {"function": step.function, **pieces})


def _goes_on(step: Step, relation: Field) -> bool:
    """Tell whether a call names columns of the rows that a relation leads to."""
    return any(text.startswith(f"{relation.name}__") for text in step.texts or ())


def _added(step: Step, name: str) -> Fix:
    edit = AddArgument(step.node, Code(f'"{name}"'))
    return Fix(Applicability.UNSAFE, f'Add `"{name}"` to `only()`', (edit,))


def _taken_out(story: Story, step: Step, name: str, other: str) -> Fix:
    """Return the fix that takes a name out of a `defer()`, whichever of its two names stands there."""
    assert step.function is not None
    description = f'Take `"{name}"` out of `defer()`'
    kept = [each for each, text in zip(step.arguments, step.texts or (), strict=True) if text not in (name, other)]
    pieces: dict[str, NodeRef | str] = {f"argument{number}": each for number, each in enumerate(kept)}
    if kept:
        arguments = ", ".join(f"${key}" for key in pieces)
        code = Code(f"$function({arguments})", {"function": step.function, **pieces})
    elif step.owner is not None:
        # What stands before the first step is a manager, which is no query yet.
        code = Code("$owner.all()" if step is story.steps[0] else "$owner", {"owner": step.owner})
    else:
        return Fix(Applicability.DISPLAY, description)
    return Fix(Applicability.UNSAFE, description, (Replace(step.node, code),))
