"""Folding: the value of an expression that the program itself decides, whatever it is given."""

from __future__ import annotations

import ast
import itertools
import operator
from typing import TYPE_CHECKING, Any

from perffix.semantic.scopes import How

if TYPE_CHECKING:
    from collections.abc import Callable

    from perffix.semantic.model import SemanticModel

UNKNOWN = object()  # the answer of `fold` when it cannot tell

_DEPTH = 12
_LARGEST = 1 << 64
_LONGEST = 2_000
_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
_COMPARED: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
    ast.In: lambda one, many: one in many,
    ast.NotIn: lambda one, many: one not in many,
}
_UNARY: dict[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.Not: operator.not_,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}
_PLAIN = (int, float, str, bytes, bool, type(None))


def truth_of(test: ast.expr, model: SemanticModel) -> bool | None:
    """Return how a test always comes out, or None when that depends on more than the program's text."""
    if isinstance(test, ast.BoolOp):
        decisive = isinstance(test.op, ast.Or)
        parts = [truth_of(each, model) for each in test.values]
        if decisive in parts:
            return decisive
        return None if None in parts else not decisive
    value = fold(test, model)
    return None if value is UNKNOWN else bool(value)


def fold(expr: ast.expr, model: SemanticModel, depth: int = _DEPTH) -> Any:
    """Return the value that an expression always has, or `UNKNOWN`.

    Literals, names with a single assignment, arithmetic, comparisons, items of literal text, lists and tables.
    """
    if isinstance(expr, ast.Constant):
        return expr.value if isinstance(expr.value, _PLAIN) else UNKNOWN
    if depth == 0:
        return UNKNOWN
    try:
        return _bounded(_folded(expr, model, depth - 1))
    except (ArithmeticError, TypeError, ValueError, LookupError):
        return UNKNOWN  # it raises where it stands


def _bounded(value: Any) -> Any:
    if isinstance(value, int) and abs(value) > _LARGEST:
        return UNKNOWN
    return UNKNOWN if isinstance(value, (str, bytes, tuple)) and len(value) > _LONGEST else value


def _folded(expr: ast.expr, model: SemanticModel, depth: int) -> Any:
    if isinstance(expr, ast.Name):
        return _of_name(expr, model, depth)
    if isinstance(expr, ast.UnaryOp) and type(expr.op) in _UNARY:
        operand = fold(expr.operand, model, depth)
        return UNKNOWN if operand is UNKNOWN else _UNARY[type(expr.op)](operand)
    if isinstance(expr, ast.BinOp) and type(expr.op) in _BINARY:
        left, right = fold(expr.left, model, depth), fold(expr.right, model, depth)
        if left is UNKNOWN or right is UNKNOWN or (isinstance(expr.op, ast.Mult) and _is_long(left, right)):
            return UNKNOWN
        return _BINARY[type(expr.op)](left, right)
    if isinstance(expr, ast.Compare):
        return _comparison(expr, model, depth)
    if isinstance(expr, (ast.Tuple, ast.List)):
        items = tuple(fold(each, model, depth) for each in expr.elts)
        return UNKNOWN if any(each is UNKNOWN for each in items) else items
    if isinstance(expr, ast.Subscript) and not isinstance(expr.slice, ast.Slice):
        return _item(expr, model, depth)
    if isinstance(expr, ast.IfExp):
        chosen = truth_of(expr.test, model)
        return UNKNOWN if chosen is None else fold(expr.body if chosen else expr.orelse, model, depth)
    if isinstance(expr, ast.Call) and model.names.is_builtin(expr.func, "len") and len(expr.args) == 1:
        value = fold(expr.args[0], model, depth)
        return UNKNOWN if value is UNKNOWN else len(value)
    return UNKNOWN


def _is_long(left: Any, right: Any) -> bool:
    sizes = (left, right)
    return any(not isinstance(each, (int, float)) for each in sizes) and any(
        isinstance(each, int) and each > _LONGEST for each in sizes
    )


def _of_name(name: ast.Name, model: SemanticModel, depth: int) -> Any:
    single = model.single_of(name)
    if single is None or single.value is None or single.how not in (How.ASSIGNED, How.ANNOTATED):
        return UNKNOWN
    value = fold(single.value, model, depth)
    # What is assigned at the top of a module other modules may replace; text and numbers of a function nobody can.
    return value if isinstance(value, _PLAIN) or not isinstance(single.value, ast.List) else UNKNOWN


def _comparison(expr: ast.Compare, model: SemanticModel, depth: int) -> Any:
    values = [fold(each, model, depth) for each in (expr.left, *expr.comparators)]
    if any(value is UNKNOWN for value in values):
        return UNKNOWN
    pairs = itertools.pairwise(values)
    return all(_COMPARED[type(op)](*pair) for op, pair in zip(expr.ops, pairs, strict=True))


def _item(expr: ast.Subscript, model: SemanticModel, depth: int) -> Any:
    key = fold(expr.slice, model, depth)
    if key is UNKNOWN:
        return UNKNOWN
    if isinstance(expr.value, ast.Dict):
        for each, value in zip(expr.value.keys, expr.value.values, strict=True):
            if each is None or fold(each, model, depth) is UNKNOWN:
                return UNKNOWN
            if fold(each, model, depth) == key:
                return fold(value, model, depth)
        return UNKNOWN
    whole = fold(expr.value, model, depth)
    return UNKNOWN if whole is UNKNOWN else whole[key]


def surely_turns(iterable: ast.expr, model: SemanticModel) -> bool:
    """Tell whether a loop has a turn at all: over elements that are written down, or a range of known numbers."""
    if isinstance(iterable, (ast.Tuple, ast.List, ast.Set)):
        return any(not isinstance(each, ast.Starred) for each in iterable.elts)
    if not isinstance(iterable, ast.Call) or not model.names.is_builtin(iterable.func, "range"):
        return False
    bounds = [fold(each, model) for each in iterable.args]
    numbers = [each for each in bounds if isinstance(each, int)]
    return len(numbers) == len(bounds) in (1, 2, 3) and 0 not in numbers[2:] and bool(range(*numbers))
