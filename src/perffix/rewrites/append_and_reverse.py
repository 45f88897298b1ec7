"""A list that a loop fills at its front, filled at its end instead and turned round after the loop."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.model import Applicability, Code, Fix, InsertAfter, NodeRef, Replace
from perffix.rewrites.list_filling import filling
from perffix.semantic.containers.interruption import Witness, witness
from perffix.semantic.inference import is_empty_display

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perffix.model import Edit
    from perffix.rewrites.list_filling import Filling
    from perffix.semantic.containers.queues import Queue
    from perffix.semantic.loops import Loop
    from perffix.semantic.model import SemanticModel
    from perffix.semantic.scopes import Assignment


def reversal_fix(queue: Queue, loop: Loop, model: SemanticModel) -> Fix | None:
    """Return the rewrite that appends in the loop and reverses once after it, or None where the order would differ.

    The list must start with one element at most just before the loop, and the loop must do nothing with it but
    insert at its front.

    Args:
        queue: the list with all of its uses.
        loop: the outermost loop that inserts into this list.
        model: the module.
    """
    binding = queue.binding
    if isinstance(loop, ast.comprehension) or binding.is_attribute:
        return None
    start = model.locals.start_of(binding, loop)
    if start is None or not _holds_one_at_most(start.value):
        return None
    inserts = {call.func.value: call for call in queue.front_puts if isinstance(call.func, ast.Attribute)}
    touched = list(model.locals.places_in(binding, loop))
    calls = [inserts[place] for place in touched if place in inserts]
    if len(calls) < len(touched) or not all(isinstance(model.parent(call), ast.Expr) for call in calls):
        return None
    edits = _edits(queue, start, calls, loop, model)
    fix = Fix(Applicability.SAFE, f"Append to `{binding.name}` in the loop and reverse it after the loop", edits)
    known = model.types.type_of_binding(binding)
    if known is None or not known.exact:
        return fix.lowered(Applicability.UNSAFE, "it may be something else than a plain list")
    if not binding.is_local or binding.outside or model.locals.is_seen_dynamically(loop):
        return fix.lowered(Applicability.UNSAFE, f"other code may read `{binding.name}` during the loop")
    assert isinstance(start.statement, ast.stmt)
    if witness(loop, binding, start.statement, model) is not Witness.NONE:
        return fix.lowered(Applicability.UNSAFE, "after an exception the elements would be the other way round")
    return fix


def _edits(
    queue: Queue, start: Assignment, calls: Sequence[ast.Call], loop: ast.stmt, model: SemanticModel
) -> tuple[Edit, ...]:
    name = queue.binding.name
    edits: list[Edit] = []
    for call in calls:
        assert isinstance(call.func, ast.Attribute)
        found = filling(model.statement_of(call), [call.args[1]], model)
        if found is not None and found.loop is loop:
            return _whole_loop(name, start, found)
        if found is not None:  # an inner loop
            code = Code(f"{name}.extend({found.elements})", found.pieces)
            edits.append(Replace(NodeRef.of(found.loop), code))
        else:
            pieces = {"list": NodeRef.of(call.func.value), "item": NodeRef.of(call.args[1])}
            edits.append(Replace(NodeRef.of(call), Code("$list.append($item)", pieces)))
    edits.append(InsertAfter(NodeRef.of(loop), Code(f"{name}.reverse()")))
    return tuple(edits)


def _whole_loop(name: str, start: Assignment, found: Filling) -> tuple[Edit, ...]:
    """Return the edits for a loop that does nothing but insert: a comprehension takes its place."""
    statement, loop = start.statement, NodeRef.of(found.loop)
    refs: dict[str, NodeRef | str] = dict(found.pieces)
    if not is_empty_display(start.value) or not isinstance(statement, (ast.Assign, ast.AnnAssign)):
        return (Replace(loop, Code(f"{name}.extend({found.elements})\n{name}.reverse()", refs)),)
    made = f"list({found.elements})" if found.is_copy else found.elements
    text = f"{name} = {made}\n{name}.reverse()"
    if isinstance(statement, ast.AnnAssign):
        refs["annotation"] = NodeRef.of(statement.annotation)
        text = f"{name}: $annotation = {made}\n{name}.reverse()"
    first = NodeRef.of(statement)
    kept, dropped = (first, loop) if statement.end_lineno == found.loop.lineno - 1 else (loop, first)
    return (Replace(kept, Code(text, refs)), Replace(dropped, Code("")))


def _holds_one_at_most(value: ast.expr | None) -> bool:
    if isinstance(value, ast.Call):
        return not value.args and not value.keywords
    if not isinstance(value, ast.List):
        return False
    return len(value.elts) <= 1 and not any(isinstance(each, ast.Starred) for each in value.elts)
