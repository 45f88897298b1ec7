"""How a Django query is told to load a column that `only` or `defer` leaves out; a relation needs that of its key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.model import Applicability, Code, Fix, Replace
from perffix.project.orm.graph import Kind

if TYPE_CHECKING:
    from perffix.model import NodeRef
    from perffix.project.orm.graph import Field
    from perffix.project.orm.stories import Step, Story


def column_fix(story: Story) -> Fix:
    """Return the fix that makes a query load a column; its description says what to write.

    It is unsafe: the rows stay the same, but the statement and the memory that it takes do not. Where the call that
    leaves the column out does not stand in the query itself, it is only advice.
    """
    *relations, column = story.path
    name = _name(column)
    before = "".join(f"{field.query_name}__" for field in relations)
    for step in reversed(story.steps):
        if step.method not in ("only", "defer") or step.texts is None:
            continue
        if step.method == "only" and (not before or any(text.startswith(before) for text in step.texts)):
            return _added(step, before + name)
        if step.method == "defer" and not {before + name, before + column.name}.isdisjoint(step.texts):
            return _taken_out(story, step, before + name, before + column.name)
    told = f'Load it with the rows: name `"{before}{name}"` in `only()`, or take it out of `defer()`'
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
    return _with_argument(step, relation.name, call)


def _goes_on(step: Step, relation: Field) -> bool:
    """Tell whether a call names columns of the rows that a relation leads to."""
    return any(text.startswith(f"{relation.name}__") for text in step.texts or ())


def _with_argument(step: Step, name: str, call: str = "") -> Code:
    assert step.function is not None
    pieces: dict[str, NodeRef | str] = {f"argument{number}": each for number, each in enumerate(step.arguments)}
    arguments = ", ".join([*(f"${key}" for key in pieces), f'"{name}"'])
    return Code(f"$function({arguments}){call}", {"function": step.function, **pieces})


def _added(step: Step, name: str) -> Fix:
    edit = Replace(step.node, _with_argument(step, name))
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
