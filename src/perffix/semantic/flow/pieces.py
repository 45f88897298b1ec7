"""Pieces: the expressions whose values make up the value of an operation, a display or a comprehension."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.semantic.flow.folding import UNKNOWN, fold, truth_of
from perffix.semantic.flow.selectors import ELEMENT, VALUE, Path, into
from perffix.semantic.flow.texts import carried_parts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from perffix.semantic.model import SemanticModel

Asked = tuple[ast.expr, Path]

_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.GeneratorExp)


def pieces_of(expr: ast.expr, path: Path, kind: str, model: SemanticModel) -> Iterable[Asked]:
    """Return the expressions whose values make up an expression's value, with the part of each that counts."""
    if isinstance(expr, (ast.Await, ast.Starred, ast.NamedExpr)):
        return [(expr.value, path)]
    if isinstance(expr, ast.IfExp):
        truth = truth_of(expr.test, model)
        chosen = [expr.body] * (truth is not False) + [expr.orelse] * (truth is not True)
        return [(each, path) for each in chosen]
    if isinstance(expr, ast.BoolOp):
        values = expr.values if isinstance(expr.op, ast.Or) else expr.values[-1:]
        return [(each, path) for each in values]
    if isinstance(expr, (ast.JoinedStr, ast.BinOp)):
        return carried_parts(expr, path, kind, model)
    if isinstance(expr, (ast.List, ast.Tuple, ast.Set)):
        return _items_of(expr, path)
    if isinstance(expr, ast.Dict):
        return _entries_of(expr, path, model)
    if isinstance(expr, _COMPREHENSIONS):
        return [(expr.elt, path[1:])]
    if isinstance(expr, ast.DictComp):
        if path and path[0].kind in ("key", "element"):
            return [(expr.key, path[1:])]
        return [(expr.value, path[1:]), *([] if path else [(expr.key, ())])]
    return []


def _entries_of(expr: ast.Dict, path: Path, model: SemanticModel) -> Iterable[Asked]:
    found: list[Asked] = []
    for key, value in zip(expr.keys, expr.values, strict=True):
        if key is None:
            found.append((value, path))
            continue
        if not path or path[0].kind in ("key", "element"):
            found.append((key, path[1:]))
        known = fold(key, model)
        if not path or path[0] is VALUE or (path[0].kind == "item" and known in (UNKNOWN, path[0].key)):
            found.append((value, path[1:]))
    return found


def _items_of(expr: ast.List | ast.Tuple | ast.Set, path: Path) -> Iterable[Asked]:
    if path and path[0].kind == "item":
        index = path[0].key
        if not isinstance(index, int) or isinstance(expr, ast.Set):
            return []
        if not any(isinstance(each, ast.Starred) for each in expr.elts):
            inside = -len(expr.elts) <= index < len(expr.elts)
            return [(expr.elts[index], path[1:])] if inside else []
    if path and path[0].kind in ("key", "attribute"):
        return []
    rest = path[1:]
    return [(each.value, into(ELEMENT, rest)) if isinstance(each, ast.Starred) else (each, rest) for each in expr.elts]
