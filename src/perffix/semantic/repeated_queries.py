"""Queries in loops that do not run in each turn with what the loop goes through, by the tree of their function."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.semantic.scopes import How
from perffix.semantic.written_names import last_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.semantic.model import SemanticModel
    from perffix.semantic.scopes import Binding

# Methods of all mappers that give a row or raise an error.
_GIVING_ROWS = (
    "get", "aget", "one", "scalar_one", "earliest", "latest", "aearliest", "alatest", "get_by_id", "get_one",
    "get_or_404", "one_or_404", "first_or_404", "get_object_or_404", "create", "acreate",
)  # fmt: skip
_LOOPS = (ast.For, ast.AsyncFor)


def is_once_or_in_a_chain(call: ast.Call, model: SemanticModel) -> bool:
    """Tell whether a query in a loop runs in one turn only, or asks for what depends on what a turn before found.

    In both cases no query before the loop could ask for what all turns ask for.
    """
    loop = model.loops.innermost(call)
    if not isinstance(loop, _LOOPS):
        return False
    return _runs_once(call, loop, model) or _goes_on_from_answer(call, loop, model)


def _runs_once(call: ast.Call, loop: ast.For | ast.AsyncFor, model: SemanticModel) -> bool:
    """Tell whether a query gives a row to a name, under the condition that the name is empty: `if book is None`."""
    target = _assigned(call, model)
    binding = None if target is None else model.binding_of(target)
    if target is None or binding is None or last_name(call.func) not in _GIVING_ROWS:
        return False
    guarded = any(
        isinstance(around, ast.If) and _is_in(child, around.body) and _is_for_none(around.test, binding, model)
        for child, around in _up_to(call, loop, model)
    )
    if not guarded or target.id in _bound_before(call, loop, model):
        return False
    inside = [each for each in binding.assignments if model.is_within(each.node, loop)]
    return all(each.how is How.ASSIGNED and _gives_row(each.value) for each in inside)


def _goes_on_from_answer(call: ast.Call, loop: ast.For | ast.AsyncFor, model: SemanticModel) -> bool:
    """Tell whether a query asks for what the same name held after the turn before: `node = get(parent=node)`."""
    target = _assigned(call, model)
    if target is None or target.id in _bound_before(call, loop, model):
        return False
    given = [*call.args, *(each.value for each in call.keywords)]
    return any(isinstance(node, ast.Name) and node.id == target.id for each in given for node in ast.walk(each))


def _assigned(call: ast.Call, model: SemanticModel) -> ast.Name | None:
    """Return the name that gets what a call returns."""
    parent = model.parent(call)
    if isinstance(parent, ast.Await):
        parent = model.parent(parent)
    target = parent.targets[0] if isinstance(parent, ast.Assign) and len(parent.targets) == 1 else None
    return target if isinstance(target, ast.Name) else None


def _is_for_none(test: ast.expr, binding: Binding, model: SemanticModel) -> bool:
    """Tell whether a test holds for a name that has no value yet: `book is None`, `not book`."""
    if isinstance(test, ast.Compare):
        none = isinstance(test.ops[0], ast.Is) and isinstance(test.comparators[0], ast.Constant)
        name = test.left if none else None
    else:
        name = test.operand if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not) else None
    return isinstance(name, ast.Name) and model.binding_of(name) is binding


def _gives_row(value: ast.expr | None) -> bool:
    if isinstance(value, ast.Await):
        value = value.value
    return isinstance(value, ast.Call) and last_name(value.func) in _GIVING_ROWS


def _bound_before(call: ast.Call, loop: ast.For | ast.AsyncFor, model: SemanticModel) -> set[str]:
    """Return the names that a turn surely or maybe binds before it comes to a call."""
    before: list[ast.AST] = [loop.target]
    for child, around in _up_to(call, loop, model):
        if isinstance(child, ast.stmt):
            block = model.block_of(child)
            before += block[: block.index(child)]
        if isinstance(around, (ast.With, ast.AsyncWith)):
            before += [item.optional_vars for item in around.items if item.optional_vars is not None]
    return set(model.effects.effects_of(before).binds) | {
        node.id for node in ast.walk(loop.target) if isinstance(node, ast.Name)
    }


def _up_to(call: ast.Call, loop: ast.For | ast.AsyncFor, model: SemanticModel) -> Iterator[tuple[ast.AST, ast.AST]]:
    """Yield each node around a call with the one around it, up to the loop."""
    child: ast.AST = call
    for around in model.ancestors(call):
        yield child, around
        if around is loop:
            return
        child = around


def _is_in(child: ast.AST, block: list[ast.stmt]) -> bool:
    return any(each is child for each in block)
