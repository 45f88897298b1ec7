"""Loop variables: whether anybody but the loop itself needs what a `for` binds.

A comprehension keeps its variables to itself, so a loop may only become one when nothing else reads them. The
answers follow the order in which statements run, as far as blocks, branches and enclosing loops show it.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.semantic.scopes import How
from perffix.semantic.walk import ScopeKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.semantic.model import SemanticModel
    from perffix.semantic.scopes import Binding

_READING = (How.DELETED, How.AUGMENTED)  # they need the old value
_CONSUMERS = ("all", "any", "dict", "frozenset", "list", "max", "min", "set", "sorted", "sum", "tuple")
_SEES_ALL_NAMES = ("locals", "exec", "eval")
_SEES_ALL_NAMES_WITHOUT_ARGUMENTS = ("vars", "dir")


def target_names(target: ast.expr) -> list[ast.Name] | None:
    """Return the names that a loop target binds; None when it also binds attributes or items."""
    if isinstance(target, ast.Name):
        return [target]
    if isinstance(target, ast.Starred):
        return target_names(target.value)
    if not isinstance(target, (ast.Tuple, ast.List)):
        return None
    found: list[ast.Name] = []
    for each in target.elts:
        inner = target_names(each)
        if inner is None:
            return None
        found.extend(inner)
    return found


def are_private(loop: ast.For | ast.AsyncFor, model: SemanticModel) -> bool:
    """Tell whether the variables of a loop are certainly used by nothing but its body.

    The answer is False for variables that are read, deleted or declared `global` or `nonlocal` elsewhere in a way
    that the loop's values may reach, for those that a closure outside of the loop sees, in a class body, and where
    `locals()`, `exec` or `eval` see all names. Variables of a module are attributes that other modules may read:
    that is not looked at here.
    """
    scope = model.scopes.scope_of(loop)
    names = target_names(loop.target)
    if names is None or scope.kind is ScopeKind.CLASS or sees_all_names(loop, model):
        return False
    for name in names:
        binding = model.scopes.binding_of(name)
        if binding is None or binding.scope is not scope or not _is_private(binding, loop, model):
            return False
    return True


def sees_all_names(loop: ast.For | ast.AsyncFor, model: SemanticModel) -> bool:
    """Tell whether the function or module of a loop looks at its names as data."""
    names = model.scopes.scope_of(loop).names
    for function in (*_SEES_ALL_NAMES, *_SEES_ALL_NAMES_WITHOUT_ARGUMENTS):
        for node in names.get(function, ()):
            call = model.parent(node)
            if not (isinstance(call, ast.Call) and call.func is node):
                continue
            if function in _SEES_ALL_NAMES or not call.args:
                return True
    return False


def is_lazy(node: ast.AST, binding: Binding, model: SemanticModel) -> bool:
    """Tell whether code reads a name later than its place says: from a function, a lambda or a generator."""
    scope = model.scopes.scope_of(node)
    while scope is not binding.scope:
        if scope.kind is not ScopeKind.COMPREHENSION or not is_run_at_once(scope.node, model):
            return True
        if scope.parent is None:
            return False
        scope = scope.parent
    return False


def is_run_at_once(comprehension: ast.AST, model: SemanticModel) -> bool:
    """Tell whether a comprehension is used up right where it stands; a generator is when a builtin takes it whole."""
    if not isinstance(comprehension, ast.GeneratorExp):
        return True
    call = model.parent(comprehension)
    if not isinstance(call, ast.Call) or comprehension not in call.args:
        return False
    if isinstance(call.func, ast.Attribute):
        return call.func.attr == "join"
    return model.names.is_builtin(call.func, *_CONSUMERS)


def reads_of(binding: Binding) -> Iterator[ast.AST]:
    """Yield all places that need the value of a name: uses, augmented assignments and deletions."""
    yield from binding.uses
    for assignment in binding.assignments:
        if assignment.how in _READING:
            yield assignment.node


def is_inside(node: ast.AST, *roots: ast.AST, model: SemanticModel) -> bool:
    """Tell whether a node is one of some others or lies below it."""
    return node in roots or any(each in roots for each in model.ancestors(node))


def _is_private(binding: Binding, loop: ast.For | ast.AsyncFor, model: SemanticModel) -> bool:
    for assignment in binding.assignments:
        if model.scopes.scope_of(assignment.node) is not binding.scope and assignment.how is not How.PARAMETER:
            return False  # a nested function rebinds it, which it cannot when the name is gone
    for read in reads_of(binding):
        if is_inside(read, *loop.body, model=model):
            continue
        if is_lazy(read, binding, model) or _may_reach(loop, read, binding, model):
            return False
    return True


def _may_reach(loop: ast.For | ast.AsyncFor, read: ast.AST, binding: Binding, model: SemanticModel) -> bool:
    """Tell whether a value that the loop gives to the name may still be there when `read` runs."""
    around = {loop, *model.ancestors(loop)}
    child: ast.AST = read
    for parent in model.ancestors(read):
        if parent is not loop:  # its iterable and target are no part of its body
            verdict = _reached_within(parent, child, binding, around)
            if verdict is not None:
                return verdict
        if parent is binding.scope.node:
            break
        child = parent
    return False  # the loop comes later, and nothing leads back


def _reached_within(parent: ast.AST, child: ast.AST, binding: Binding, around: set[ast.AST]) -> bool | None:
    """Follow the ways to a read backwards through one node; None when they lead out of it unchanged."""
    for field in ("body", "orelse", "finalbody"):
        block = _block(parent, field)
        if child not in block:
            continue
        for before in reversed(block[: block.index(child)]):
            if before in around:
                return True
            if _always_binds(before, binding):
                return False
    in_body = child in _block(parent, "body")
    if in_body and _binds_for_body(parent, binding):
        return False
    if isinstance(parent, (ast.For, ast.AsyncFor, ast.While)):
        repeats = in_body or (isinstance(parent, ast.While) and child is parent.test)
        after = child in parent.orelse
        return True if parent in around and (repeats or after) else None
    if isinstance(parent, ast.Try) or type(parent).__name__ == "TryStar":
        return True if parent in around and child not in around and not in_body else None
    return None


def _block(node: ast.AST, field: str) -> list[ast.AST]:
    """Return a block of a compound statement, empty when there is none."""
    block = getattr(node, field, None)
    return block if isinstance(block, list) else []


def _always_binds(statement: ast.AST, binding: Binding) -> bool:
    """Tell whether the name has another value after a statement, whatever happens in it."""
    if not isinstance(statement, (ast.Assign, ast.AnnAssign, ast.Import, ast.ImportFrom, ast.With, ast.AsyncWith)):
        return False
    return any(
        (each.statement is statement or each.statement in getattr(statement, "items", ()))
        and not (each.how is How.ANNOTATED and each.value is None)
        for each in binding.assignments
    )


def _binds_for_body(parent: ast.AST, binding: Binding) -> bool:
    """Tell whether a compound statement gives the name a value each time before its body runs."""
    if isinstance(parent, (ast.For, ast.AsyncFor, ast.ExceptHandler)):
        return any(each.statement is parent for each in binding.assignments)
    if isinstance(parent, (ast.With, ast.AsyncWith)):
        return any(each.statement in parent.items for each in binding.assignments)
    return False
