"""Elements that a loop drops from the front of a list one by one, dropped with one `del` of a slice instead."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.model import Applicability, Code, Fix, NodeRef, Replace
from perffix.semantic.containers.queues import taken_from_front
from perffix.semantic.loop_variables import are_private

if TYPE_CHECKING:
    from perffix.semantic.containers.queues import Queue
    from perffix.semantic.model import SemanticModel
    from perffix.semantic.scopes import Binding

_BY_HAND = "Count the elements to drop, and drop them with one `del {}[:count]`"


def dropping_fix(taken: ast.expr, queue: Queue, model: SemanticModel) -> Fix | None:
    """Return the rewrite of a loop that does nothing but drop first elements, or None where a deque serves better.

    `for _ in range(n): xs.pop(0)` becomes `del xs[:n]`, and `while len(xs) > n: xs.pop(0)` becomes a `del` of what
    is too much. Of any other `while`, the fix is DISPLAY. A `while` that comes again and again drops a few elements
    each time: that is what a deque is for.

    Args:
        taken: the call `xs.pop(0)`, or the `xs[0]` of `del xs[0]`.
        queue: the list with all of its uses.
        model: the module.
    """
    loop, dropped = _loop_of_drops(taken, model), taken_from_front(taken)
    if dropped is None:
        return None
    if isinstance(loop, ast.For) and are_private(loop, model) and (number := _number_of_turns(loop, model)) is not None:
        return _fix(loop, dropped, number, "$count", model)
    only = model.working_loops(taken, queue.binding) == [loop] and len(queue.front_takes) == 1
    if not isinstance(loop, ast.While) or not queue.binding.is_local or not only:
        return None
    number = _length_that_is_left(loop.test, queue.binding, model)
    if number is not None:
        return _fix(loop, dropped, number, "max(len($list) - $count, 0)", model)
    return Fix(Applicability.DISPLAY, _BY_HAND.format(model.text(dropped, 40)))


def _fix(loop: ast.stmt, dropped: ast.expr, number: ast.expr, count: str, model: SemanticModel) -> Fix:
    pieces = {"list": NodeRef.of(dropped), "count": NodeRef.of(number)}
    shown = count.replace("$list", model.text(dropped, 40)).replace("$count", model.text(number, 40))
    space = " " if "(" in count else ""  # as formatters have it
    edit = Replace(NodeRef.of(loop), Code(f"del $list[:{space}{count}]", pieces))
    fix = Fix(
        Applicability.SAFE, f"Drop the elements together: `del {model.text(dropped, 40)}[:{space}{shown}]`", (edit,)
    )
    return fix.lowered(Applicability.UNSAFE, "a number below 0 or beyond the length of the list means something else")


def _loop_of_drops(taken: ast.expr, model: SemanticModel) -> ast.stmt | None:
    """Return the loop of which a statement that drops the first element is the whole body."""
    statement = model.parent(taken)
    if not isinstance(statement, (ast.Expr, ast.Delete)):
        return None
    if isinstance(statement, ast.Delete) and len(statement.targets) > 1:
        return None
    loop = model.parent(statement)
    if not isinstance(loop, (ast.For, ast.While)) or loop.body != [statement] or loop.orelse:
        return None
    return loop


def _number_of_turns(loop: ast.For, model: SemanticModel) -> ast.expr | None:
    """Return the `n` of `for _ in range(n)`."""
    turns = loop.iter
    if not isinstance(turns, ast.Call) or not model.names.is_builtin(turns.func, "range"):
        return None
    plain = len(turns.args) == 1 and not turns.keywords and not isinstance(turns.args[0], ast.Starred)
    return turns.args[0] if plain else None


def _length_that_is_left(test: ast.expr, binding: Binding, model: SemanticModel) -> ast.expr | None:
    """Return the `n` of `while len(xs) > n`, when it is a name or a number."""
    if not isinstance(test, ast.Compare) or len(test.ops) != 1 or not isinstance(test.ops[0], ast.Gt):
        return None
    length, number = test.left, test.comparators[0]
    if not isinstance(length, ast.Call) or not model.names.is_builtin(length.func, "len") or len(length.args) != 1:
        return None
    if model.binding_of(length.args[0]) is not binding:
        return None
    return number if isinstance(number, (ast.Name, ast.Constant)) else None
