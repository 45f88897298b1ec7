"""Where the passwords stand that bandit's texts spell out: its text stays as it is, but no report may show them."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from perffix.model import Span

if TYPE_CHECKING:
    from collections.abc import Iterable

_SPELLED_OUT = frozenset({"B105", "B106", "B107"})


def passwords(bandit_id: str, text: str, node: Any) -> tuple[Span, ...]:
    """Return the places of the string literals that the text of a finding quotes, found from the node it is about."""
    if bandit_id not in _SPELLED_OUT:
        return ()
    return tuple(
        Span.of(literal)
        for literal in _literals(node)
        if isinstance(literal, ast.Constant) and isinstance(literal.value, str) and f"'{literal.value}'" in text
    )


def _literals(node: Any) -> Iterable[ast.AST | None]:
    """Return what may be the password: an argument, a default, or what is assigned, compared or paired."""
    if isinstance(node, ast.Call):
        return [keyword.value for keyword in node.keywords]
    if isinstance(node, ast.FunctionDef):
        return [*node.args.defaults, *node.args.kw_defaults]
    around: Any = node._bandit_parent
    in_subscript = isinstance(around, ast.Subscript)
    return ast.iter_child_nodes(around._bandit_parent if in_subscript else around)
