"""A string that a loop makes longer, put together from its parts after the loop."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.model import Applicability, Code, Fix, InsertAfter, InsertBefore, NodeRef, Replace
from perffix.rewrites.list_filling import filling
from perffix.semantic.containers.growth import Form
from perffix.semantic.containers.interruption import Witness, witness
from perffix.semantic.scopes import How

if TYPE_CHECKING:
    from perffix.model import Edit
    from perffix.semantic.containers.growth import Story
    from perffix.semantic.model import SemanticModel
    from perffix.semantic.scopes import Binding


def join_fix(story: Story, model: SemanticModel) -> Fix | None:
    """Return the rewrite of a growing string into one join, or None where the forms of growth are mixed.

    A loop that does nothing else becomes a comprehension; else a list of parts is filled and joined after the loop.
    """
    forms = {growth.form for growth in story.growths}
    if Form.FORMAT in forms or (Form.PREPEND in forms and len(forms) > 1):
        return None
    if not isinstance(story.growths[0].target, (ast.Name, ast.Attribute)):
        return None
    name = story.binding.name
    edits = _comprehension(story, model) or _parts(story, model)
    if edits is None:
        return None
    fix = Fix(Applicability.SAFE, f"Join the parts of `{name}` after the loop", edits)
    why = _doubt(story, model)
    return fix if why is None else fix.lowered(Applicability.UNSAFE, why)


def _doubt(story: Story, model: SemanticModel) -> str | None:
    """Return why the rewrite might be noticed, or None when it cannot be."""
    binding, loop, model = story.binding, story.loop, model
    if not binding.is_local or binding.scope is not model.scopes.scope_of(loop):
        return f"other code may read `{binding.name}` during the loop"
    if binding.outside or model.locals.is_seen_dynamically(loop):
        return f"other code may read `{binding.name}` during the loop"
    for growth in story.growths:
        for part in growth.added:
            known = model.type_of(part)
            if known is None or known.name != "str" or not known.exact or known.optional:
                return f"`{model.text(part, 40)}` is not surely a plain str"
    known_before = model.locals.is_bound_before(binding, loop) and _is_plain_string(binding, model)
    if story.start is None and not known_before:
        return f"`{binding.name}` is not surely a plain str before the loop"
    if witness(loop, binding, story.start, model) is not Witness.NONE:
        return "what was added before an exception would be lost"
    return None


def _is_plain_string(binding: Binding, model: SemanticModel) -> bool:
    """Tell whether every value that a name is given, and everything that is added to it, is exactly a str."""
    for assignment in binding.assignments:
        if assignment.value is None or assignment.how is How.PARAMETER:
            return False
        known = model.type_of(assignment.value)
        if known is None or known.name != "str" or not known.exact or known.optional:
            return False
    return True


# One statement for the whole loop


def _comprehension(story: Story, model: SemanticModel) -> tuple[Edit, ...] | None:
    growth = story.growths[0]
    found = filling(growth.statement, growth.added, model)
    if found is None or found.loop is not story.loop:
        return None
    refs: dict[str, NodeRef | str] = dict(found.pieces)
    elements = found.elements
    if growth.form is Form.PREPEND:
        elements = f"reversed(list({elements}))" if found.is_copy else f"reversed({elements})"
    starts_empty = story.first is not None and not story.first.value
    text = _assignment(story, f'"".join({elements})', anew=starts_empty)
    first, loop = story.start, story.loop
    if first is None or not starts_empty:
        return (Replace(NodeRef.of(loop), Code(text, refs)),)
    if isinstance(first, ast.AnnAssign):
        refs["annotation"] = NodeRef.of(first.annotation)
    kept, dropped = (first, loop) if first.end_lineno == loop.lineno - 1 else (loop, first)
    return (Replace(NodeRef.of(kept), Code(text, refs)), Replace(NodeRef.of(dropped), Code("")))


# A list of parts


def _parts(story: Story, model: SemanticModel) -> tuple[Edit, ...] | None:
    base = story.binding.name.rpartition(".")[2].lstrip("_") or "text"
    parts = model.locals.unused_name(f"{base}_parts", f"{base}_pieces", f"parts_of_{base}")
    if parts is None:
        return None
    edits: list[Edit] = []
    for growth in story.growths:
        found = filling(growth.statement, growth.added, model)
        if found is not None:  # an inner loop
            code = Code(f"{parts}.extend({found.elements})", found.pieces)
            edits.append(Replace(NodeRef.of(found.loop), code))
            continue
        pieces: dict[str, NodeRef | str] = {f"part{n}": NodeRef.of(each) for n, each in enumerate(growth.added)}
        text = " + ".join(f"${name}" for name in pieces)
        edits.append(Replace(NodeRef.of(growth.statement), Code(f"{parts}.append({text})", pieces)))
    loop = NodeRef.of(story.loop)
    joined = f'"".join(reversed({parts}))' if story.growths[0].form is Form.PREPEND else f'"".join({parts})'
    refs: dict[str, NodeRef | str] = {}
    if story.start is None:
        edits.append(InsertBefore(loop, Code(f"{parts} = []")))
    else:
        made = Code(f"{parts} = []")
        if story.first is not None and story.first.value:
            made = Code(f"{parts} = [$first]", {"first": NodeRef.of(story.first)})
        edits.append(Replace(NodeRef.of(story.start), made))
        if isinstance(story.start, ast.AnnAssign):
            refs["annotation"] = NodeRef.of(story.start.annotation)
    edits.append(InsertAfter(loop, Code(_assignment(story, joined, anew=story.start is not None), refs)))
    return tuple(edits)


def _assignment(story: Story, joined: str, *, anew: bool) -> str:
    """Return the template of the statement that gives the string its parts."""
    name = story.binding.name
    if anew:
        return f"{name}: $annotation = {joined}" if isinstance(story.start, ast.AnnAssign) else f"{name} = {joined}"
    if story.growths[0].form is Form.PREPEND:
        return f"{name} = {joined} + {name}"
    return f"{name} += {joined}"
