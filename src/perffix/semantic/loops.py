"""Loops: which ones run a piece of code again and again, and whether the number of turns can matter."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.semantic.children import children_of
from perffix.semantic.scopes import How

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from perffix.semantic.names import NameTable
    from perffix.semantic.scopes import Binding, ScopeTable

Loop = ast.For | ast.AsyncFor | ast.While | ast.comprehension
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_BOUNDARIES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef, ast.Module)
FEW = 8  # a loop over this many written-out elements or fewer is no loop worth a finding
_TRANSPARENT = ("enumerate", "reversed", "sorted", "list", "tuple", "set", "iter")


class LoopTable:
    """Answers about loops in one module."""

    def __init__(self, parents: dict[ast.AST, ast.AST], scopes: ScopeTable, names: NameTable) -> None:
        self._parents = parents
        self._scopes = scopes
        self._names = names

    def loops_around(self, node: ast.AST) -> Iterator[Loop]:
        """Yield the loops of the same function that run this node once per turn, innermost first.

        The iterable of a `for` and its `else` are outside of that loop; the test of a `while` is inside. Parts of
        a comprehension belong to those of its `for` clauses that stand before them.
        """
        child, parent = node, self._parents.get(node)
        while parent is not None and not isinstance(parent, _BOUNDARIES):
            if isinstance(parent, (ast.For, ast.AsyncFor)):
                if child in parent.body:
                    yield parent
            elif isinstance(parent, ast.While):
                if child not in parent.orelse:
                    yield parent
            elif isinstance(parent, ast.comprehension):
                if child is not parent.iter:
                    yield parent
            elif isinstance(parent, COMPREHENSIONS):
                yield from _clauses_before(parent, child)
            child, parent = parent, self._parents.get(parent)

    def repeating_loops(self, node: ast.AST) -> Iterator[Loop]:
        """Yield those loops around a node whose number of turns is not a small constant, innermost first."""
        return (loop for loop in self.loops_around(node) if not self.has_few_turns(loop))

    def innermost(self, node: ast.AST) -> Loop | None:
        """Return the innermost loop with more than a few turns, if there is one."""
        return next(self.repeating_loops(node), None)

    def loops_sharing(self, node: ast.AST, binding: Binding, growing: Collection[ast.AST] = ()) -> list[Loop]:
        """Return the repeating loops whose turns run a node on one and the same object, innermost first.

        A loop that gives the name a new value starts afresh with it, and so do the loops around that one. `x += y`
        gives no new value, nor do the statements `growing`. A loop that is always left after the node runs it once,
        and is no loop for it.
        """
        fresh: set[Loop] = set()
        for assignment in binding.assignments:
            if assignment.how is not How.AUGMENTED and assignment.statement not in growing:
                fresh.update(self.loops_around(assignment.node))
            if isinstance(assignment.statement, (ast.For, ast.AsyncFor, ast.comprehension)):
                fresh.add(assignment.statement)
        found: list[Loop] = []
        for loop in self.repeating_loops(node):
            if loop in fresh:
                break
            if self.runs_again(node, loop):
                found.append(loop)
        return found

    def runs_again(self, node: ast.AST, loop: Loop) -> bool:
        """Tell whether a node in a loop may run in more than one turn: what follows may stay in the loop."""
        if isinstance(loop, ast.comprehension):
            return True
        child, parent = node, self._parents.get(node)
        while parent is not None and child is not loop:
            if isinstance(child, (ast.Return, ast.Raise)):
                return False
            if isinstance(child, ast.stmt):
                innermost = next(self.loops_around(child), None) is loop
                for later in _later_in_block(parent, child):
                    if any(isinstance(each, ast.Continue) for each in own_nodes([later])):
                        return True
                    if isinstance(later, (ast.Return, ast.Raise)) or (innermost and isinstance(later, ast.Break)):
                        return False
            child, parent = parent, self._parents.get(parent)
        return True

    def is_picked_out(self, node: ast.AST, loop: Loop) -> bool:
        """Tell whether a node of a loop is guarded so that it may run in single turns only.

        Such guards are an equality, an identity, `in`, `hasattr` or `isinstance`, a flag that the guarded code itself
        sets, and an `except`. Other conditions are taken to hold for a share of the turns.
        """
        if isinstance(loop, ast.comprehension):
            return False
        child, parent = node, self._parents.get(node)
        while parent is not None and child is not loop:
            if isinstance(parent, ast.ExceptHandler):
                return True
            if isinstance(parent, ast.If) and child in parent.body and self._is_selective(parent):
                return True
            if isinstance(parent, ast.IfExp) and child is parent.body and self._is_selective(parent):
                return True
            child, parent = parent, self._parents.get(parent)
        return False

    def _is_selective(self, guard: ast.If | ast.IfExp) -> bool:
        for node in ast.walk(guard.test):
            if isinstance(node, ast.Compare) and any(isinstance(op, (ast.Eq, ast.Is, ast.In)) for op in node.ops):
                return True
            if isinstance(node, ast.Call) and self._names.is_builtin(node.func, "hasattr", "isinstance", "callable"):
                return True
        flags = {node.id for node in ast.walk(guard.test) if isinstance(node, ast.Name)}
        body = guard.body if isinstance(guard, ast.If) else []
        return any(
            isinstance(statement, ast.Assign)
            and isinstance(statement.value, ast.Constant)
            and any(isinstance(target, ast.Name) and target.id in flags for target in statement.targets)
            for statement in body
        )

    def has_few_turns(self, loop: Loop) -> bool:
        """Tell whether a loop is known to end after a small constant number of turns.

        That is: over up to `FEW` written-out elements, over `range` of such a constant, or with a body that always
        leaves in its first turn.
        """
        if not isinstance(loop, ast.comprehension) and leaves_at_once(loop.body):
            return True
        if isinstance(loop, ast.While):
            return isinstance(loop.test, ast.Constant) and not loop.test.value
        return self._is_few(loop.iter)

    def _is_few(self, iterable: ast.expr, depth: int = 3) -> bool:
        if isinstance(iterable, (ast.Tuple, ast.List, ast.Set)):
            elements = iterable.elts
            return len(elements) <= FEW and not any(isinstance(each, ast.Starred) for each in elements)
        if isinstance(iterable, ast.Dict):
            return len(iterable.keys) <= FEW and None not in iterable.keys
        if isinstance(iterable, ast.Constant):
            return isinstance(iterable.value, (str, bytes)) and len(iterable.value) <= FEW
        if isinstance(iterable, ast.Call):
            return self._is_few_call(iterable, depth)
        if isinstance(iterable, ast.Name) and depth:
            binding = self._scopes.binding_of(iterable)
            single = None if binding is None else binding.single
            return (
                single is not None
                and single.how in (How.ASSIGNED, How.ANNOTATED)
                and isinstance(single.value, (ast.Tuple, ast.Constant))  # a list might grow
                and self._is_few(single.value, depth - 1)
            )
        return False

    def _is_few_call(self, call: ast.Call, depth: int) -> bool:
        func = call.func
        if isinstance(func, ast.Attribute) and func.attr in ("items", "keys", "values") and not call.args:
            return isinstance(func.value, ast.Dict) and self._is_few(func.value, depth)
        if self._names.is_builtin(func, "range"):
            numbers = [constant_int(argument) for argument in call.args]
            known = [number for number in numbers if number is not None]
            return bool(known) and len(known) == len(numbers) and 0 not in known[2:] and len(range(*known)) <= FEW
        if self._names.is_builtin(func, *_TRANSPARENT):
            return bool(call.args) and self._is_few(call.args[0], depth)
        if self._names.is_builtin(func, "zip"):
            return any(self._is_few(argument, depth) for argument in call.args)
        return False


def constant_int(expr: ast.expr) -> int | None:
    """Return the value of an integer literal, also a negative one, else None."""
    if isinstance(expr, ast.UnaryOp) and isinstance(expr.op, ast.USub):
        value = constant_int(expr.operand)
        return None if value is None else -value
    if isinstance(expr, ast.Constant) and type(expr.value) is int:
        return expr.value
    return None


def _clauses_before(comprehension: ast.AST, child: ast.AST) -> Iterator[ast.comprehension]:
    generators: list[ast.comprehension] = comprehension.generators  # type: ignore[attr-defined]
    end = generators.index(child) if isinstance(child, ast.comprehension) else len(generators)
    yield from reversed(generators[:end])


def leaves_at_once(body: list[ast.stmt]) -> bool:
    """Tell whether a loop body runs at most once because its end always leaves the loop."""
    if not isinstance(body[-1], (ast.Return, ast.Raise, ast.Break)):
        return False
    return not any(isinstance(node, ast.Continue) for node in own_nodes(body))


def _later_in_block(parent: ast.AST, statement: ast.AST) -> list[ast.stmt]:
    """Return the statements that follow a statement in its block."""
    for field in ("body", "orelse", "finalbody"):
        block = getattr(parent, field, None)
        if isinstance(block, list) and statement in block:
            return block[block.index(statement) + 1 :]
    return []


def own_nodes(nodes: Sequence[ast.AST]) -> Iterator[ast.AST]:
    """Yield all nodes below some statements, leaving out the bodies of nested functions, classes and lambdas."""
    pending: list[ast.AST] = list(reversed(nodes))
    while pending:
        node = pending.pop()
        yield node
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            pending += reversed(children_of(node))
