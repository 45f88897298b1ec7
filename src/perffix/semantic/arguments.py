"""Arguments of calls: which value a call gives to a parameter, whether by its keyword or by its place."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def argument_of(call: ast.Call, name: str | tuple[str, ...], position: int | None = None) -> ast.expr | None:
    """Return the value that a call gives by a keyword, or one of several, or at a place.

    Returns:
        None when it is not there, and when what stands at the place may come out of `*arguments`.
    """
    names = (name,) if isinstance(name, str) else name
    for keyword in call.keywords:
        if keyword.arg in names:
            return keyword.value
    if position is None or not 0 <= position < len(call.args):
        return None
    given = call.args[: position + 1]
    return None if any(isinstance(each, ast.Starred) for each in given) else given[-1]


def argument_by_fact(call: ast.Call, fact: Mapping[str, Any]) -> ast.expr | None:
    """Return the argument that an entry of the facts describes by `keyword`, one or several, and `position`."""
    named = fact.get("keyword", ())
    return argument_of(call, named if isinstance(named, str) else tuple(named), fact.get("position"))


def unpacks(call: ast.Call) -> bool:
    """Tell whether a call gets arguments that are not written out."""
    return any(isinstance(each, ast.Starred) for each in call.args) or any(each.arg is None for each in call.keywords)
