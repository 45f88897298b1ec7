"""Liveness: whether the value that a loop gives to a name may be read before the name gets another one.

The statements are followed in the order in which they may run, along every path, branches and exceptions included.
What is not followed exactly counts as a read: the answer False is certain, True is not.
"""

from __future__ import annotations

import ast
import enum
from typing import TYPE_CHECKING

from perffix.semantic.places import is_within
from perffix.semantic.scopes import How
from perffix.semantic.walk import ScopeKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from perffix.semantic.names import NameTable
    from perffix.semantic.scopes import Binding, ScopeTable
    from perffix.semantic.walk import Scope

_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_BOUNDARIES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Module)
_TRIES: tuple[type[ast.Try], ...] = (ast.Try, getattr(ast, "TryStar", ast.Try))  # `except*` has the same fields
_SEE_ALL_NAMES = ("locals", "eval", "exec", "vars", "dir")
_CONSUMERS = ("all", "any", "dict", "frozenset", "list", "max", "min", "set", "sorted", "sum", "tuple")
_SEE_ONE_OBJECT = ("vars", "dir")  # when they get one


class _Exit(enum.Enum):
    """A way in which a block may be left with the value still in the name."""

    END = "end"
    BREAK = "break"
    CONTINUE = "continue"


_NONE: frozenset[_Exit] = frozenset()
_END = frozenset({_Exit.END})


class _ReadError(Exception):
    """The value may be read: the search is over."""


class LivenessTable:
    """Answers about the values of names in one module."""

    def __init__(self, parents: dict[ast.AST, ast.AST], scopes: ScopeTable, names: NameTable) -> None:
        self._parents = parents
        self._scopes = scopes
        self._names = names

    def may_be_read(self, target: ast.Name) -> bool:
        """Tell whether the value that a `for` loop or comprehension gives to this target name may ever be read.

        Names that outlive the code around them or are seen from elsewhere may always be read: those of a module or
        class, `global` and `nonlocal` ones, and those in a function that looks at all its names, as `locals()` does.
        """
        binding = self._scopes.binding_of(target)
        scope = self._scopes.scope_of(target)
        if binding is None or binding.scope is not scope or scope.kind in (ScopeKind.CLASS, ScopeKind.MODULE):
            return True
        if self.sees_all_names(scope):
            return True
        if scope.kind is ScopeKind.COMPREHENSION:
            return bool(binding.uses)
        if not binding.uses and len(binding.assignments) == 1:
            return False
        if self._is_seen_by_a_closure(binding):
            return True
        loop = self._parents[target]
        while not isinstance(loop, ast.stmt):
            loop = self._parents[loop]
        if not isinstance(loop, (ast.For, ast.AsyncFor)):
            return True
        try:
            _Search(self._parents, binding).from_loop(loop)
        except _ReadError:
            return True
        return False

    def may_outlive(self, target: ast.Name, loop: ast.For | ast.AsyncFor) -> bool:
        """Tell whether anything but the body of a loop may read a value that the loop gives to this target name.

        That other modules may read the names of a module is not considered here.
        """
        binding = self._scopes.binding_of(target)
        scope = self._scopes.scope_of(loop)
        if binding is None or binding.scope is not scope or scope.kind is ScopeKind.CLASS or self.sees_all_names(scope):
            return True
        if self._is_seen_by_a_closure(binding, loop.body):
            return True
        try:
            _Search(self._parents, binding).from_end_of(loop)
        except _ReadError:
            return True
        return False

    def sees_all_names(self, scope: Scope) -> bool:
        """Tell whether code of a scope looks at its names as data, as `locals()` and `eval` do."""
        for name in _SEE_ALL_NAMES:
            for node in scope.names.get(name, ()):
                call = self._parents.get(node)
                if not isinstance(call, ast.Call) or call.func is not node:
                    continue
                if not (name in _SEE_ONE_OBJECT and call.args) and self._names.is_builtin(call.func, name):
                    return True
        return False

    def _is_seen_by_a_closure(self, binding: Binding, apart_from: Sequence[ast.stmt] = ()) -> bool:
        """Tell whether code that may run at another time uses the name: functions and generator expressions.

        What stands in some statements does not count.
        """
        assigned = (each.node for each in binding.assignments if each.how is not How.PARAMETER)
        if any(self._scopes.scope_of(node) is not binding.scope for node in assigned):
            return True
        return any(
            self.is_read_later(use, binding) and not is_within(use, apart_from, self._parents) for use in binding.uses
        )

    def is_read_later(self, use: ast.AST, binding: Binding) -> bool:
        """Tell whether a use of a name may happen at another time than its place says: in a function or generator."""
        scope: Scope | None = self._scopes.scope_of(use)
        while scope is not None and scope is not binding.scope:
            if scope.kind is not ScopeKind.COMPREHENSION or not self.is_used_up_at_once(scope.node):
                return True
            scope = scope.parent
        return False

    def is_used_up_at_once(self, comprehension: ast.AST) -> bool:
        """Tell whether a comprehension runs where it stands; a generator does when a builtin or `join` takes all."""
        if not isinstance(comprehension, ast.GeneratorExp):
            return True
        call = self._parents.get(comprehension)
        if not isinstance(call, ast.Call) or comprehension not in call.args:
            return False
        if isinstance(call.func, ast.Attribute):
            return call.func.attr == "join"
        return self._names.is_builtin(call.func, *_CONSUMERS)


class _Search:
    """Follows one value of one name. Every method raises `_ReadError` as soon as the value may be read."""

    def __init__(self, parents: dict[ast.AST, ast.AST], binding: Binding) -> None:
        self._parents = parents
        written = [each.node for each in binding.assignments]
        # `del x` needs a value, and `x += 1` reads it.
        read = [*binding.uses, *(node for node in written if _needs_value(node, parents))]
        self._writes = set(written)
        self._writing, self._reading = self._around(written), self._around(read)

    def _around(self, nodes: Iterable[ast.AST]) -> set[ast.AST]:
        """Return some nodes and all that they stand in: looked up in no time where trees would have to be walked."""
        found: set[ast.AST] = set()
        for node in nodes:
            around: ast.AST | None = node
            while around is not None and around not in found:
                found.add(around)
                around = self._parents.get(around)
        return found

    def from_loop(self, loop: ast.For | ast.AsyncFor) -> None:
        """Follow the value from the head of the loop that gives it until all paths have lost it."""
        self._look_at([loop.target])
        exits = self._block(loop.body)
        self._from(loop, self._block(loop.orelse) | (_END if _Exit.BREAK in exits else _NONE))

    def from_end_of(self, loop: ast.For | ast.AsyncFor) -> None:
        """Follow the value that the name has after a loop without breaks until all paths have lost it."""
        self._from(loop, self._block(loop.orelse))

    def _from(self, loop: ast.stmt, exits: frozenset[_Exit]) -> None:
        """Follow the value on from a statement that is left in these ways."""
        child: ast.AST = loop
        while True:
            parent = self._parents[child]
            exits = self._rest_of_block(parent, child, exits)
            if isinstance(parent, _BOUNDARIES):
                return
            exits = self._leave(parent, child, exits)
            child = parent

    def _rest_of_block(self, parent: ast.AST, child: ast.AST, exits: frozenset[_Exit]) -> frozenset[_Exit]:
        for _, block in ast.iter_fields(parent):
            if isinstance(block, list) and child in block and isinstance(child, ast.stmt):
                if _Exit.END not in exits:
                    return exits
                return (exits - _END) | self._block(block[block.index(child) + 1 :])
        return exits

    def _leave(self, parent: ast.AST, child: ast.AST, exits: frozenset[_Exit]) -> frozenset[_Exit]:
        """Return how the value leaves a compound statement when it leaves a block of it in these ways."""
        if isinstance(parent, _LOOPS) and child in parent.body:
            left = _END if _Exit.BREAK in exits else _NONE
            if exits - {_Exit.BREAK}:
                left |= self._statement(parent)  # the next turns, from the head
            return left
        if isinstance(parent, _TRIES):
            return self._leave_try(parent, child, exits)
        if isinstance(parent, (ast.With, ast.AsyncWith)):
            return exits | _END  # it may swallow an exception
        return exits

    def _leave_try(self, parent: ast.Try, child: ast.AST, exits: frozenset[_Exit]) -> frozenset[_Exit]:
        if child in parent.body:
            for handler in parent.handlers:
                exits |= self._handler(handler)
            exits |= self._block(parent.orelse)
        if parent.finalbody and child not in parent.finalbody:
            after = self._block(parent.finalbody)
            return exits | after if after else _NONE
        return exits

    def _block(self, statements: Sequence[ast.stmt]) -> frozenset[_Exit]:
        """Follow the value through statements one after the other and return how it may leave them."""
        left: frozenset[_Exit] = _NONE
        for statement in statements:
            exits = self._statement(statement)
            left |= exits - _END
            if _Exit.END not in exits:
                return left
        return left | _END

    def _statement(self, statement: ast.AST) -> frozenset[_Exit]:
        if isinstance(statement, ast.Break):
            return frozenset({_Exit.BREAK})
        if isinstance(statement, ast.Continue):
            return frozenset({_Exit.CONTINUE})
        if isinstance(statement, ast.If):
            self._look_at([statement.test])
            return self._block(statement.body) | self._block(statement.orelse)
        if isinstance(statement, (ast.For, ast.AsyncFor)):
            return self._for(statement)
        if isinstance(statement, ast.While):
            self._look_at([statement.test])
            return self._after_turns(self._block(statement.body), statement.orelse)
        if isinstance(statement, (ast.With, ast.AsyncWith)):
            self._look_at(statement.items)
            return self._block(statement.body) | _END
        if isinstance(statement, _TRIES):
            return self._leave_try(statement, statement.body[0], self._block(statement.body))
        if isinstance(statement, ast.Match):
            self._look_at([statement.subject, *(case.guard for case in statement.cases if case.guard)])
            return frozenset().union(_END, *(self._block(case.body) for case in statement.cases))
        self._look_at([statement])
        leaves = isinstance(statement, (ast.Return, ast.Raise)) or self._overwrites(statement)
        return _NONE if leaves else _END

    def _for(self, loop: ast.For | ast.AsyncFor) -> frozenset[_Exit]:
        self._look_at([loop.iter])
        if loop.target in self._writing:
            return self._block(loop.orelse)  # no turn at all; each turn begins with another value
        self._look_at([loop.target])
        return self._after_turns(self._block(loop.body), loop.orelse)

    def _after_turns(self, exits: frozenset[_Exit], orelse: list[ast.stmt]) -> frozenset[_Exit]:
        return self._block(orelse) | (_END if _Exit.BREAK in exits else _NONE)

    def _handler(self, handler: ast.ExceptHandler) -> frozenset[_Exit]:
        if handler.type is not None:
            self._look_at([handler.type])
        return self._block(handler.body)

    def _overwrites(self, statement: ast.AST) -> bool:
        """Tell whether a simple statement surely gives the name another value once it has run."""
        if isinstance(statement, ast.Assign):
            return any(target in self._writing for target in statement.targets)
        if isinstance(statement, ast.AnnAssign):
            return statement.value is not None and statement.target in self._writes
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            return any(alias in self._writes for alias in statement.names)
        return statement in self._writes

    def _look_at(self, nodes: Iterable[ast.AST]) -> None:
        if any(node in self._reading for node in nodes):
            raise _ReadError


def _needs_value(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> bool:
    return isinstance(node, ast.Name) and (isinstance(node.ctx, ast.Del) or isinstance(parents[node], ast.AugAssign))
