"""Texts in the making: which of the values that are put into a text can do harm there."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from perffix.semantic.flow.folding import UNKNOWN, fold
from perffix.semantic.flow.selectors import Path
from perffix.semantic.strings import Hole, build_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from perffix.semantic.model import SemanticModel
    from perffix.semantic.strings import Part

Asked = tuple[ast.expr, Path]

_NUMBER_SPECS = "bcdoxXeEfFgGn%"
# The beginning of a URL after which nothing can change the host any more.
_FIXED_HOST = re.compile(
    r"(?i)([a-z][a-z0-9+.-]*:)?//[^/?#\\]*[^/?#\\:@][/?#]|[?#]|/[^/\\]|[^:/?#\\]+[/?#]|[./]+/[^/\\]"
)


def carried_parts(expr: ast.JoinedStr | ast.BinOp, path: Path, kind: str, model: SemanticModel) -> Iterable[Asked]:
    """Return the expressions that an f-string, a concatenation, a `%` or another operation is made from."""
    if isinstance(expr, ast.BinOp) and not isinstance(expr.op, (ast.Add, ast.Mod)):
        return _operands(expr, path)
    if isinstance(expr, ast.BinOp) and isinstance(expr.op, ast.Add):
        return _without_fixed_host([(each, path) for each in _flat(expr)], kind, model)
    built = build_of(expr, model)
    if built is None:
        assert isinstance(expr, ast.BinOp)
        return [(expr.left, ()), (expr.right, ())]
    return harmful_holes(built.parts, kind, model)


def harmful_holes(parts: Sequence[Part], kind: str, model: SemanticModel) -> list[Asked]:
    """Return the values among the parts of a text whose own text stands in it, and can do harm there."""
    asked: list[Asked] = []
    for part in parts:
        if isinstance(part, Hole):
            if not _is_number(part) and not (part.conversion in ("r", "a") and kind in ("log", "header")):
                asked.append((part.value, ()))
        elif part.text:
            asked.append((ast.Constant(part.text), ()))
    return _without_fixed_host(asked, kind, model)


def harmful_parts_of_join(
    items: Sequence[ast.expr], separator: ast.expr, kind: str, model: SemanticModel
) -> list[Asked]:
    """Return the items of `separator.join([...])` that can do harm in a URL."""
    asked: list[Asked] = []
    for each in items:
        if asked:
            asked.append((separator, ()))
        asked.append((each, ()))
    known = fold(separator, model)
    if known is UNKNOWN and len(items) > 1:
        return asked[:1]  # whatever separates the parts of a URL ends its host
    return _without_fixed_host(asked, kind, model)


def _is_number(hole: Hole) -> bool:
    return bool(hole.spec) and hole.spec != "*" and hole.spec[-1] in _NUMBER_SPECS


def _operands(expr: ast.BinOp, path: Path) -> list[Asked]:
    if isinstance(expr.op, (ast.Div, ast.BitOr, ast.Mult)):
        return [(expr.left, path), (expr.right, path)]
    return []


def _flat(expr: ast.expr) -> Iterator[ast.expr]:
    """Yield the operands of a chain of `+`, from the left."""
    operands: list[ast.expr] = []
    while isinstance(expr, ast.BinOp) and isinstance(expr.op, ast.Add):
        operands.append(expr.right)
        expr = expr.left
    yield expr
    yield from reversed(operands)


def _first_text(expr: ast.expr, model: SemanticModel) -> str:
    """Return the literal text that a part begins with, as far as it is a text in the making."""
    built = build_of(expr, model)
    first = built.parts[0] if built is not None and built.parts else None
    return "" if first is None or isinstance(first, Hole) else first.text


def _is_scheme(after: list[Asked], model: SemanticModel) -> bool:
    """Tell whether `://` stands behind a part."""
    text = fold(after[0][0], model) if after else None
    return isinstance(text, str) and text.startswith(":")


def _without_fixed_host(asked: list[Asked], kind: str, model: SemanticModel) -> list[Asked]:
    """Leave out, for URLs, what stands behind a beginning that fixes the host."""
    if kind not in ("url", "redirect"):
        return asked
    beginning = ""
    for index, (expr, _) in enumerate(asked):
        value = fold(expr, model)
        if isinstance(value, str):
            beginning += value
        elif value is UNKNOWN:
            if _FIXED_HOST.match(beginning + _first_text(expr, model)):
                return asked[:index]
            if not beginning and not _is_scheme(asked[index + 1 :], model):
                return asked[: index + 1]  # it is an address, as far as is known, and the rest is behind its host
            # A value before it stands for whatever the program wants: a slash after it ends the host.
            beginning += "x"
        if index and _FIXED_HOST.match(beginning) and value is not UNKNOWN:
            return asked[: index + 1]
    return asked
