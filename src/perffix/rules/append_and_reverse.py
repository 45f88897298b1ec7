"""A list that a loop fills at its front, filled at its end instead and turned round after the loop."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.model import Applicability, Code, Fix, InsertAfter, NodeRef, Replace
from perffix.semantic.interruption import Witness, witness

if TYPE_CHECKING:
    from perffix.model import Edit
    from perffix.rules.rule import Context
    from perffix.semantic.loops import Loop
    from perffix.semantic.queues import Queue


def reversal_fix(queue: Queue, loop: Loop, at: Context) -> Fix | None:
    """Return the rewrite that appends in the loop and reverses once after it, or None where the order would differ.

    The list must start with one element at most just before the loop, and the loop must do nothing with it but
    insert at its front.

    Args:
        queue: the list with all of its uses.
        loop: the outermost loop that inserts into this list.
        at: the module.
    """
    binding = queue.binding
    if isinstance(loop, ast.comprehension) or binding.is_attribute:
        return None
    start = at.model.locals.start_of(binding, loop)
    if start is None or not _holds_one_at_most(start.value):
        return None
    inserts = {call.func.value: call for call in queue.front_puts if isinstance(call.func, ast.Attribute)}
    touched = list(at.model.locals.places_in(binding, loop))
    calls = [inserts[place] for place in touched if place in inserts]
    if len(calls) < len(touched) or not all(isinstance(at.model.parent(call), ast.Expr) for call in calls):
        return None
    edits: list[Edit] = []
    for call in calls:
        assert isinstance(call.func, ast.Attribute)
        pieces = {"list": NodeRef.of(call.func.value), "item": NodeRef.of(call.args[1])}
        edits.append(Replace(NodeRef.of(call), Code("$list.append($item)", pieces)))
    edits.append(InsertAfter(NodeRef.of(loop), Code(f"{binding.name}.reverse()")))
    fix = Fix(Applicability.SAFE, f"Append to `{binding.name}` in the loop and reverse it after the loop", tuple(edits))
    known = at.model.types.type_of_binding(binding)
    if known is None or not known.exact:
        return fix.lowered(Applicability.UNSAFE, "it may be something else than a plain list")
    if not binding.is_local or binding.outside or at.model.locals.is_seen_dynamically(loop):
        return fix.lowered(Applicability.UNSAFE, f"other code may read `{binding.name}` during the loop")
    assert isinstance(start.statement, ast.stmt)
    if witness(loop, binding, start.statement, at.model) is not Witness.NONE:
        return fix.lowered(Applicability.UNSAFE, "after an exception the elements would be the other way round")
    return fix


def _holds_one_at_most(value: ast.expr | None) -> bool:
    if isinstance(value, ast.Call):
        return not value.args and not value.keywords
    if not isinstance(value, ast.List):
        return False
    return len(value.elts) <= 1 and not any(isinstance(each, ast.Starred) for each in value.elts)
