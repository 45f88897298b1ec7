"""Interruption: who can see what a piece of code leaves half done when an exception cuts it short."""

from __future__ import annotations

import ast
import enum
from typing import TYPE_CHECKING

from perffix.semantic import facts
from perffix.semantic.loop_variables import reads_of
from perffix.semantic.loops import own_nodes

if TYPE_CHECKING:
    from perffix.semantic.model import SemanticModel
    from perffix.semantic.scopes import Binding

_BOUNDARIES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef, ast.Module)
_LEAVES_FUNCTION = (ast.Return, ast.Raise)


class Witness(enum.Enum):
    """Whether code that still runs after an exception may read a name that the interrupted code was working on."""

    NONE = "nobody"
    POSSIBLE = "perhaps"
    CERTAIN = "a handler goes on and the name is read"


def witness(code: ast.stmt, binding: Binding, home: ast.stmt | None, model: SemanticModel) -> Witness:
    """Tell who may read a name after an exception has left `code` in the middle.

    Args:
        code: the statement that is interrupted.
        binding: the name.
        home: a statement that gives the name a new value and comes before `code` in the same block or around it.
        model: the module.
    """
    if not binding.is_local or binding.scope is not model.scopes.scope_of(code):
        return max(_guards(code, None, binding, model), Witness.POSSIBLE, key=_rank)
    boundary = None
    if home is not None and is_only_read_after(home, binding, model):
        boundary = model.parent(home)
        if boundary is model.parent(code):
            return Witness.NONE
    found = _guards(code, boundary, binding, model)
    if (
        found is Witness.NONE
        and boundary is None
        and any(model.liveness.is_read_later(read, binding) for read in reads_of(binding))
    ):
        return Witness.POSSIBLE
    return found


def is_only_read_after(home: ast.stmt, binding: Binding, model: SemanticModel) -> bool:
    """Tell whether every read of a name comes after `home` in the block of `home`, so that it is always run first."""
    block = model.block_of(home)
    rest = block[block.index(home) + 1 :]
    in_loop = next(model.loops.loops_around(home), None) is not None
    return all(
        model.is_within(read, *rest) and not (in_loop and model.liveness.is_read_later(read, binding))
        for read in reads_of(binding)
    )


def _rank(found: Witness) -> int:
    return list(Witness).index(found)


def _guards(code: ast.stmt, boundary: ast.AST | None, binding: Binding, model: SemanticModel) -> Witness:
    """Return what the `try` and `with` statements around some code, up to a boundary, let be seen."""
    worst = Witness.NONE
    child: ast.AST = code
    for parent in model.ancestors(code):
        if parent is boundary or isinstance(parent, _BOUNDARIES):
            break
        found = Witness.NONE
        if isinstance(parent, (ast.With, ast.AsyncWith)):
            found = max((_manager(item, model) for item in parent.items), key=_rank)
        elif isinstance(parent, ast.Try) or type(parent).__name__ == "TryStar":
            found = _handlers(parent, child, binding)
        worst = max(worst, found, key=_rank)
        child = parent
    return worst


def _handlers(statement: ast.AST, child: ast.AST, binding: Binding) -> Witness:
    """Judge a `try` statement around `child`, which stands in any of its blocks."""
    body: list[ast.stmt] = getattr(statement, "body", [])
    handlers: list[ast.ExceptHandler] = getattr(statement, "handlers", [])
    final: list[ast.stmt] = getattr(statement, "finalbody", [])
    if child in final:
        return Witness.NONE
    blocks = [handler.body for handler in handlers] if child in body else []
    for block in blocks:
        if not isinstance(block[-1], _LEAVES_FUNCTION) or _goes_on(block) or _mentions(block, binding.name):
            return Witness.CERTAIN
    if _mentions(final, binding.name) or _goes_on(final):
        return Witness.CERTAIN
    return Witness.NONE


def _goes_on(block: list[ast.stmt]) -> bool:
    """Tell whether a handler or `finally` may end the exception and stay in the function."""
    return any(isinstance(node, (ast.Break, ast.Continue)) for node in own_nodes(block))


def _mentions(block: list[ast.stmt], name: str) -> bool:
    return any(isinstance(node, ast.Name) and node.id == name for stmt in block for node in ast.walk(stmt))


def _manager(item: ast.withitem, model: SemanticModel) -> Witness:
    """Judge a context manager by its name: it may swallow exceptions unless it is known not to."""
    expr = item.context_expr
    func = expr.func if isinstance(expr, ast.Call) else expr
    known = facts.load("library")["context_managers"]
    name = model.qualified_name(func) or ""
    if name in known["keeps_exceptions"]:
        return Witness.NONE
    last = func.attr if isinstance(func, ast.Attribute) else name.rpartition(".")[2]
    if name in known["swallows_exceptions"] or last in known["swallowing_names"]:
        return Witness.CERTAIN
    return Witness.POSSIBLE
