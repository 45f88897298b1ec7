"""Queues: what is put into a list and taken out of it at which end."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from perffix.semantic.loops import constant_int
from perffix.semantic.scopes import How
from perffix.semantic.uses import UseKind

if TYPE_CHECKING:
    from perffix.semantic.loops import Loop
    from perffix.semantic.model import SemanticModel
    from perffix.semantic.scopes import Assignment, Binding
    from perffix.semantic.uses import Use, UseTable


class Queue(NamedTuple):
    """A list seen as a queue, every use of it sorted by what it does.

    Attributes:
        binding: the name or attribute.
        front_takes: the calls `q.pop(0)` and the subscripts in `del q[0]`.
        front_puts: the calls `q.insert(0, x)`.
        back_takes: the calls `q.pop()` and `q.pop(-1)`.
        back_puts: the calls `q.append(x)` and `q.extend(xs)`, and the assignments `q += xs`.
        others: all further uses.
    """

    binding: Binding
    front_takes: tuple[ast.Call | ast.Subscript, ...]
    front_puts: tuple[ast.Call, ...]
    back_takes: tuple[ast.Call, ...]
    back_puts: tuple[ast.AST, ...]
    others: tuple[Use, ...]

    @property
    def is_used_from_both_ends(self) -> bool:
        """Whether something is put in or taken out at each end, so that a list is the wrong structure."""
        return bool(self.front_takes and self.back_puts) or bool(self.front_puts and self.back_takes)


class QueueTable:
    """Finds the lists of one module that are used as queues."""

    def __init__(self, uses: UseTable) -> None:
        self._uses = uses
        self._known: dict[Binding, Queue] = {}

    def queue_of(self, binding: Binding) -> Queue:
        """Return what is done to the list behind a name or attribute, end by end."""
        found = self._known.get(binding)
        if found is None:
            found = self._known[binding] = self._sort(binding)
        return found

    def _sort(self, binding: Binding) -> Queue:
        front_takes: list[ast.Call | ast.Subscript] = []
        front_puts: list[ast.Call] = []
        back_takes: list[ast.Call] = []
        back_puts: list[ast.AST] = [each.statement for each in binding.assignments if is_extended_by(each)]
        others: list[Use] = []
        for use in self._uses.uses_of(binding):
            user = use.user
            if isinstance(user, ast.Call) and use.kind is UseKind.METHOD:
                if taken_from_front(user) is not None:
                    front_takes.append(user)
                elif put_at_front(user) is not None:
                    front_puts.append(user)
                elif _is_pop_from_back(user):
                    back_takes.append(user)
                elif use.detail in ("append", "extend") and len(user.args) == 1 and not user.keywords:
                    back_puts.append(user)
                else:
                    others.append(use)
            elif isinstance(user, ast.Subscript) and taken_from_front(user) is not None:
                front_takes.append(user)
            else:
                others.append(use)
        return Queue(binding, tuple(front_takes), tuple(front_puts), tuple(back_takes), tuple(back_puts), tuple(others))


def taken_from_front(node: ast.AST) -> ast.expr | None:
    """Return the list that `xs.pop(0)` or the `xs[0]` of `del xs[0]` takes the first element from, else None."""
    if isinstance(node, ast.Call):
        func = node.func
        if isinstance(func, ast.Attribute) and func.attr == "pop" and len(node.args) == 1 and not node.keywords:
            return func.value if constant_int(node.args[0]) == 0 else None
    elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Del):
        return node.value if constant_int(node.slice) == 0 else None
    return None


def put_at_front(call: ast.Call) -> ast.expr | None:
    """Return the list into which `xs.insert(0, x)` puts a first element, else None."""
    func = call.func
    if not isinstance(func, ast.Attribute) or func.attr != "insert" or len(call.args) != 2 or call.keywords:
        return None
    starred = any(isinstance(argument, ast.Starred) for argument in call.args)
    return func.value if not starred and constant_int(call.args[0]) == 0 else None


def is_extended_by(assignment: Assignment) -> bool:
    """Tell whether an assignment is `xs += ys`, which for a list is `xs.extend(ys)`."""
    statement = assignment.statement
    return (
        assignment.how is How.AUGMENTED and isinstance(statement, ast.AugAssign) and isinstance(statement.op, ast.Add)
    )


def _is_pop_from_back(call: ast.Call) -> bool:
    func = call.func
    if not isinstance(func, ast.Attribute) or func.attr != "pop" or call.keywords:
        return False
    return not call.args or (len(call.args) == 1 and constant_int(call.args[0]) == -1)


def why_list(taken: ast.expr, queue: Queue, model: SemanticModel) -> str | None:
    """Return how an expression is known to be a list; None when it is not."""
    known = model.type_here(taken)
    if known is not None:
        return known.because if known.name == "list" else None
    calls = any(isinstance(taken, ast.Call) for taken in queue.front_takes)
    if calls and any(isinstance(put, ast.Call) for put in queue.back_puts):
        return "it has `append()` and `pop(0)`, as lists do"
    return None


def is_filled_elsewhere(queue: Queue, node: ast.expr, model: SemanticModel) -> bool:
    """Tell whether elements are put in by another function, or in a loop, so that the list may become long.

    Not where the list is made anew on the way to the place that takes an element: that is one of each list.
    """
    if _is_made_before(queue.binding, node, model):
        return False
    here = model.function_of(node)
    block = model.block_of(model.statement_of(node))
    if any(model.statement_of(put) in block for put in queue.back_puts):
        return False  # one in, one out: it keeps its length
    return any(model.function_of(put) is not here or model.loops.innermost(put) is not None for put in queue.back_puts)


def is_moved_anyway(queue: Queue, loop: Loop, model: SemanticModel) -> bool:
    """Tell whether a loop puts elements into the middle of a list, which moves others whatever the structure is."""
    return any(
        use.kind is UseKind.METHOD and use.detail == "insert" and loop in model.loops.loops_around(use.node)
        for use in queue.others
    )


def _is_made_before(binding: Binding, node: ast.expr, model: SemanticModel) -> bool:
    """Tell whether the function assigns to a name or attribute whenever control comes to a node in it."""
    made = {each.statement for each in binding.assignments if isinstance(each.statement, (ast.Assign, ast.AnnAssign))}
    here = model.function_of(node)
    statement = model.statement_of(node)
    for parent in (statement, *model.ancestors(statement)):
        if parent is here:
            break
        if isinstance(parent, ast.stmt):
            block = model.block_of(parent)
            if not made.isdisjoint(block[: block.index(parent)]):
                return True
    return False
