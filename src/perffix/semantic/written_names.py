"""Names as they are written, whatever they stand for: `names` tells what they mean."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def last_name(expr: ast.AST) -> str:
    """Return the name at the end of `a.b.name` or of `name`; empty for other expressions."""
    if isinstance(expr, ast.Attribute):
        return expr.attr
    return expr.id if isinstance(expr, ast.Name) else ""


def names_in(*nodes: ast.AST) -> Iterator[str]:
    """Yield the names of variables and attributes in code."""
    for root in nodes:
        for node in ast.walk(root):
            if isinstance(node, (ast.Name, ast.Attribute)):
                yield last_name(node)


def names_and_texts_in(*nodes: ast.AST) -> Iterator[str]:
    """Yield the names of variables and attributes in code, and its strings, which may be names of keys."""
    for root in nodes:
        for node in ast.walk(root):
            if isinstance(node, (ast.Name, ast.Attribute)):
                yield last_name(node)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value
