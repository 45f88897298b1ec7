"""Builds a semantic model from a text and finds the nodes that a test talks about."""

from __future__ import annotations

import ast
import textwrap

from perffix.semantic.model import SemanticModel
from perffix.source import SourceFile


class Analysed:
    """A text with its semantic model; nodes are named by their source."""

    def __init__(self, text: str) -> None:
        self.source = SourceFile("module.py", textwrap.dedent(text).encode())
        self.model = SemanticModel(self.source, (), ())

    def expr(self, text: str, nth: int = 0) -> ast.expr:
        """Return the n-th expression (in source order, negative from the end) written so, whatever its context."""
        found = [
            node for node in ast.walk(self.source.tree) if isinstance(node, ast.expr) and ast.unparse(node) == text
        ]
        found.sort(key=lambda node: (node.lineno, node.col_offset))
        assert found, f"no expression {text!r}"
        return found[nth]

    def name(self, text: str, nth: int = 0) -> ast.Name:
        """Return the n-th occurrence of a name."""
        node = self.expr(text, nth)
        assert isinstance(node, ast.Name)
        return node

    def loop(self, nth: int = 0) -> ast.For | ast.AsyncFor | ast.While:
        """Return the n-th loop statement in source order."""
        found = [node for node in ast.walk(self.source.tree) if isinstance(node, (ast.For, ast.AsyncFor, ast.While))]
        found.sort(key=lambda node: (node.lineno, node.col_offset))
        return found[nth]
