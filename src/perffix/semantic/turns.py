"""Turns of loops: whether a loop goes through what is there, one element after the other, each like all others.

A loop that waits for what it goes through, that tries again, that keeps each turn apart from the others or does
something slow in it has reasons of its own to finish the work of one turn before the next.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.semantic import facts
from perffix.semantic.loops import COMPREHENSIONS, own_nodes
from perffix.semantic.secrets import words_of
from perffix.semantic.written_names import last_name, names_in

if TYPE_CHECKING:
    from perffix.semantic.model import SemanticModel

_TRIES = (ast.Try, *((ast.TryStar,) if hasattr(ast, "TryStar") else ()))


def even_loop(node: ast.AST, model: SemanticModel) -> ast.For | ast.comprehension | None:
    """Return the loop that runs a node in each of its many turns, as one of many equal pieces of work; None for none.

    None, too, where the innermost loop with many turns is a `while` or an `async for`, goes through a stream or
    through batches, counts attempts, is a generator's, picks out single turns, or keeps each turn apart by a `try` or
    a transaction.
    """
    loop = model.loops.innermost(node)
    if not isinstance(loop, (ast.For, ast.comprehension)) or model.is_compiled(node):
        return None
    if isinstance(loop, ast.comprehension) and loop.is_async:
        return None
    if not model.loops.runs_again(node, loop) or _is_picked_out(node, loop, model):
        return None
    if _is_of_its_own(loop, model) or _is_kept_apart(node, loop, model) or _is_done_once(node, loop, model):
        return None
    return loop


def body_of(loop: ast.For | ast.comprehension, model: SemanticModel) -> list[ast.AST]:
    """Return all that a loop does in each turn, nested functions left out."""
    if isinstance(loop, ast.For):
        return list(own_nodes(loop.body))
    around = model.parent(loop)
    assert isinstance(around, COMPREHENSIONS)
    return [each for each in own_nodes([around]) if each is not loop.iter]


def slow_call(body: list[ast.AST], model: SemanticModel) -> ast.Call | None:
    """Return the first call that reaches out of the process or takes much longer than a write, by all that is seen."""
    known = facts.load("turns")
    for node in body:
        if not isinstance(node, ast.Call):
            continue
        name = model.qualified_name(node.func) or ""
        if name.partition(".")[0] in known["slow_modules"]:
            return node
        last = last_name(node.func)
        if not last[:1].isupper() and not set(words_of(last)).isdisjoint(known["slow"]):
            return node
    return None


def _is_of_its_own(loop: ast.For | ast.comprehension, model: SemanticModel) -> bool:
    """Tell by what a loop goes through that its turns are not equal pieces of one work."""
    known = facts.load("turns")
    words = {word for name in names_in(loop.iter, loop.target) for word in words_of(name)}
    if any(not words.isdisjoint(known[kind]) for kind in ("streams", "batches", "attempts")):
        return True
    if isinstance(loop.iter, ast.Call) and model.names.is_builtin(loop.iter.func, "range") and len(loop.iter.args) == 3:
        return True  # from batch to batch
    if isinstance(loop.target, ast.Name) and loop.target.id.strip("_") == "":
        return True  # so many times the same
    if isinstance(loop, ast.comprehension):
        return isinstance(model.parent(loop), ast.GeneratorExp) and not _is_used_up(loop, model)
    return any(isinstance(each, (ast.Yield, ast.YieldFrom)) for each in own_nodes(loop.body))


def _is_used_up(loop: ast.comprehension, model: SemanticModel) -> bool:
    """Tell whether a generator expression goes to a call that takes all that it gives."""
    around = model.parent(loop)
    call = None if around is None else model.parent(around)
    return isinstance(call, ast.Call) and model.names.is_builtin(call.func, "list", "tuple", "set", "sum", "sorted")


def _is_kept_apart(node: ast.AST, loop: ast.For | ast.comprehension, model: SemanticModel) -> bool:
    """Tell whether something between a node and its loop catches what goes wrong in one turn, or is undone by it."""
    apart = facts.load("turns")["apart"]
    child: ast.AST = node
    for parent in model.ancestors(node):
        if parent is loop or (isinstance(loop, ast.comprehension) and parent is model.parent(loop)):
            return False
        if isinstance(parent, _TRIES) and parent.handlers and child not in parent.finalbody:
            return True
        if isinstance(parent, (ast.With, ast.AsyncWith)):
            entered = {name for item in parent.items for name in names_in(item.context_expr)}
            if not entered.isdisjoint(apart) or any("lock" in words_of(name) for name in entered):
                return True
        child = parent
    return False


def _is_picked_out(node: ast.AST, loop: ast.For | ast.comprehension, model: SemanticModel) -> bool:
    """Tell whether a guard picks out single turns; one that looks for what is missing picks out many."""
    if not model.loops.is_picked_out(node, loop):
        return False
    child = node
    for parent in model.ancestors(node):
        if parent is loop:
            return False
        if isinstance(parent, ast.ExceptHandler):
            return True
        if isinstance(parent, (ast.If, ast.IfExp)) and child is not parent.test and _compares(parent.test):
            return True
        child = parent
    return True


def _compares(test: ast.expr) -> bool:
    """Tell whether a test compares with a value, looks into a container, or asks for a type."""
    for node in ast.walk(test):
        if isinstance(node, ast.Compare):
            absent = any(isinstance(each, ast.Constant) and each.value is None for each in node.comparators)
            if not absent and any(isinstance(each, (ast.Eq, ast.Is, ast.In)) for each in node.ops):
                return True
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("isinstance", "hasattr", "callable"):
            return True
    return False


def _is_done_once(node: ast.AST, loop: ast.For | ast.comprehension, model: SemanticModel) -> bool:
    """Tell whether a guard of a node looks at what the guarded code sets: `if first is None: first = ...`."""
    if isinstance(loop, ast.comprehension):
        return False
    top = next((each for each in loop.body if each is node or model.is_within(node, each)), loop.body[0])
    before = loop.body[: loop.body.index(top)]
    child: ast.AST = node
    for parent in model.ancestors(node):
        if parent is loop:
            break
        if isinstance(parent, ast.If) and child in parent.body:
            set_here = model.effects.effects_of(parent.body).binds
            anew = model.effects.effects_of([loop.target, *before]).binds
            if any(name in set_here and name not in anew for name in names_in(parent.test)):
                return True
        child = parent
    return False
