"""The syntax trees of modules, read once more for the few questions that a summary does not answer.

A summary says what expressions hold, not what becomes of a name in all of its function. A rule that has a suspect asks
for the tree of that one file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.model import NodeRef
from perffix.semantic.model import SemanticModel
from perffix.source import SourceError

if TYPE_CHECKING:
    import ast
    from collections.abc import Callable

    from perffix.source import SourceFile

_MOST_KEPT = 4


class Tree:
    """The tree of one module with what it means.

    Attributes:
        model: what the module means.
    """

    def __init__(self, model: SemanticModel) -> None:
        self.model = model
        self._found: dict[type[ast.expr], dict[NodeRef, ast.expr]] = {}

    def __del__(self) -> None:
        self.model.close()  # else it lives on until the collector finds it

    def node(self, ref: NodeRef) -> ast.expr | None:
        """Return the expression at a place; None when the file holds another text by now."""
        import ast

        cls = getattr(ast, ref.kind)
        if cls not in self._found:
            self._found[cls] = {NodeRef.of(node): node for node in self.model.every(cls)}
        return self._found[cls].get(ref)


class Trees:
    """The trees of a project's modules, each read when it is first asked for.

    Args:
        read: reads a file; None when it cannot be read.

    The last ones stay: trees are large, and those who ask go through the modules one after another.
    """

    def __init__(self, read: Callable[[str], SourceFile | None]) -> None:
        self._read = read
        self._trees: dict[str, Tree | None] = {}

    def of(self, path: str) -> Tree | None:
        """Return the tree of a file; None when it cannot be read or parsed any more."""
        if path in self._trees:
            tree = self._trees.pop(path)
        else:
            source = self._read(path)
            try:
                tree = None if source is None else Tree(SemanticModel(source, (), ()))
            except SourceError:  # it could be parsed when the project was read
                tree = None
        self._trees[path] = tree
        if len(self._trees) > _MOST_KEPT:
            del self._trees[next(iter(self._trees))]
        return tree
