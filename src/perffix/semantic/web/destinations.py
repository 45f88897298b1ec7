"""Destinations: which part of a URL says where it leads, and whether input stands there.

`https://shop.example/item/{x}` leads to the shop whatever `x` is; `https://{x}/item` and `{x}` lead anywhere, and so
does `/{x}` in a browser, which takes `//evil.example` for another host.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, NamedTuple

from perffix.semantic.flow.folding import fold
from perffix.semantic.flow.input import input_in
from perffix.semantic.scopes import How
from perffix.semantic.strings import Literal, build_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.semantic.flow.input import Origin
    from perffix.semantic.model import SemanticModel
    from perffix.semantic.strings import Part

_UNKNOWN = "\0"
_DEPTH = 5
# After such a beginning the next text is still a part of the scheme or the host.
_OPEN = re.compile(r"(?i)\s*([a-z\0][a-z0-9+.\0-]*:(//?[^/?#\\]*)?|[/\\]{2}[^/?#\\]*|[/\\]?)")
_JOINING = ("urllib.parse.urljoin", "requests.compat.urljoin", "six.moves.urllib.parse.urljoin")


class Leading(NamedTuple):
    """The part of a URL that decides where it leads, with where it enters the program."""

    part: ast.expr
    origin: Origin


def leading_input(expr: ast.expr, kind: str, model: SemanticModel, depth: int = _DEPTH) -> Leading | None:
    """Return the input that decides where a URL leads, or None when there is none or it is not proved.

    Args:
        expr: the URL.
        kind: the kind of sink, `redirect` or `url`.
        model: the module.
    """
    origin = input_in(expr, model, kind)
    if origin is None or depth == 0:
        return None
    if isinstance(expr, ast.Call) and model.qualified_name(expr.func) in _JOINING and len(expr.args) > 1:
        found = (leading_input(each, kind, model, depth - 1) for each in expr.args[:2])
        return next((each for each in found if each is not None), None)
    built = build_of(expr, model)
    if built is not None:
        return _in_parts(built.parts, kind, model, depth)
    given = list(_values_of(expr, model))
    if not given:
        return Leading(expr, origin)
    found = (leading_input(each, kind, model, depth - 1) for each in given)
    leading = next((each for each in found if each is not None), None)
    return leading and Leading(expr, origin)


def _in_parts(parts: tuple[Part, ...], kind: str, model: SemanticModel, depth: int) -> Leading | None:
    """Return the first input that stands where the URL still says where it leads."""
    begun = ""
    for part in parts:
        if isinstance(part, Literal):
            begun += part.text
            continue
        if _OPEN.fullmatch(begun) is None or (begun == "/" and kind == "url"):
            return None
        value = fold(part.value, model)
        if isinstance(value, str):
            begun += value
            continue
        found = leading_input(part.value, kind, model, depth - 1)
        if found is not None:
            return found
        if begun == "" and not _is_scheme(parts, part):
            return None  # an address of the program's own, as far as is known
        begun += _UNKNOWN
    return None


def _is_scheme(parts: tuple[Part, ...], part: Part) -> bool:
    """Tell whether a part is followed by `://`."""
    after = parts[parts.index(part) + 1 :]
    return bool(after) and isinstance(after[0], Literal) and after[0].text.startswith("://")


def _values_of(expr: ast.expr, model: SemanticModel) -> Iterator[ast.expr]:
    """Yield the values that a name or a choice has, when all of them are written in sight."""
    if isinstance(expr, ast.IfExp):
        yield from (expr.body, expr.orelse)
        return
    if isinstance(expr, ast.BoolOp):
        yield from expr.values
        return
    binding = model.binding_of(expr) if isinstance(expr, ast.Name) else None
    if binding is None:
        return
    given = [each for each in binding.assignments if each.how in (How.ASSIGNED, How.ANNOTATED, How.WALRUS)]
    if len(given) == len(binding.assignments) and all(each.value is not None for each in given):
        yield from (each.value for each in given if each.value is not None)
