"""A loop that does nothing but add to a list or string, written as the clauses of a list comprehension."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from perffix.model import NodeRef
from perffix.semantic.loop_variables import are_private

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from perffix.semantic.model import SemanticModel

_ONE_LINE = 88  # columns up to which a comprehension stays on one line
_AROUND = 24  # columns for what stands around it
_NOT_IN_A_COMPREHENSION = (ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr, ast.Lambda)
_NEEDS_ITS_FRAME = ("super", "locals", "vars", "dir", "eval", "exec")
_PLAIN_ITERABLES = ("list", "tuple", "set", "frozenset", "dict", "str", "range", "dict_keys", "dict_values")


class Filling(NamedTuple):
    """A loop whose only statement, perhaps under one `if`, adds something.

    Attributes:
        loop: the loop.
        elements: template text of the list of what it adds; for a mere copy, of the iterable.
        is_copy: whether it adds the elements of a builtin iterable as they are.
        pieces: the nodes in the text.
    """

    loop: ast.For | ast.AsyncFor
    elements: str
    is_copy: bool
    pieces: Mapping[str, NodeRef | str]


def filling(statement: ast.stmt, added: Sequence[ast.expr], model: SemanticModel) -> Filling | None:
    """Return the loop that an addition makes up, when a comprehension can do the same and nobody needs its variables.

    Args:
        statement: what adds.
        added: the expressions whose sum it adds.
        model: the module.
    """
    condition: ast.expr | None = None
    loop = model.parent(statement)
    if isinstance(loop, ast.If) and loop.body == [statement] and not loop.orelse:
        condition, statement, loop = loop.test, loop, model.parent(loop)
    if not isinstance(loop, (ast.For, ast.AsyncFor)) or loop.body != [statement] or loop.orelse:
        return None
    nodes = {"var": loop.target, "iter": loop.iter, **{f"item{n}": each for n, each in enumerate(added)}}
    if condition is not None:
        nodes["test"] = condition
    if not all(_may_move(each) for each in nodes.values()) or not are_private(loop, model):
        return None
    pieces = {name: NodeRef.of(node) for name, node in nodes.items()}
    item = " + ".join(f"$item{n}" for n in range(len(added)))
    if condition is None and len(added) == 1 and _is_copy(loop, added[0], model):
        return Filling(loop, "$iter", True, {"iter": pieces["iter"]})
    rows = [item, f"{'async for' if isinstance(loop, ast.AsyncFor) else 'for'} $var in $iter"]
    if condition is not None:
        rows.append("if $test")
    width = loop.col_offset + _AROUND + sum(len(model.text(each, 1000)) for each in nodes.values())
    fits = width <= _ONE_LINE and all(each.lineno == each.end_lineno for each in nodes.values())
    text = f"[{' '.join(rows)}]" if fits else "[\n    " + "\n    ".join(rows) + "\n]"
    return Filling(loop, text, False, pieces)


def _is_copy(loop: ast.For | ast.AsyncFor, item: ast.expr, model: SemanticModel) -> bool:
    if not isinstance(loop, ast.For) or not isinstance(item, ast.Name) or not isinstance(loop.target, ast.Name):
        return False
    known = model.type_of(loop.iter)
    return item.id == loop.target.id and known is not None and known.name in _PLAIN_ITERABLES and not known.optional


def _may_move(expr: ast.expr) -> bool:
    """Tell whether an expression means the same inside a comprehension."""
    return not any(
        isinstance(node, _NOT_IN_A_COMPREHENSION) or (isinstance(node, ast.Name) and node.id in _NEEDS_ITS_FRAME)
        for node in ast.walk(expr)
    )
