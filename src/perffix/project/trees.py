"""The syntax trees of modules, read once more for the few questions that a summary does not answer.

A summary says what expressions hold, not what becomes of a name in all of its function. A rule that has a suspect asks
for the tree around it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.project.excerpts import excerpt_for, function_around
from perffix.semantic.model import SemanticModel
from perffix.source import SourceError

if TYPE_CHECKING:
    import ast
    from collections.abc import Callable, Collection, Iterable, Iterator

    from perffix.model import NodeRef
    from perffix.project.place import Place
    from perffix.project.summaries.summary import ModuleSummary
    from perffix.source import SourceFile

    _Key = tuple[str | int, ...]

_MOST_KEPT = 2


class Tree:
    """The tree of a module, or of a part of it, with what it means.

    Whoever keeps what the model says keeps the tree as well: without it, the model can be asked no more.

    Attributes:
        model: what the module means.
    """

    def __init__(self, model: SemanticModel) -> None:
        self.model = model
        self._found: dict[type[ast.expr], dict[tuple[int, int, int | None, int | None], ast.expr]] = {}

    def __del__(self) -> None:
        self.model.close()  # else it lives on until the collector finds it

    def node(self, ref: NodeRef) -> ast.expr | None:
        """Return the expression at a place; None when the file holds another text by now."""
        import ast

        cls = getattr(ast, ref.kind)
        if cls not in self._found:
            nodes = self.model.every(cls)
            places = ((each.lineno, each.col_offset, each.end_lineno, each.end_col_offset) for each in nodes)
            self._found[cls] = dict(zip(places, nodes, strict=True))
        return self._found[cls].get(ref.span)


class Trees:
    """The trees of a project's modules, each read when it is first asked for.

    Args:
        read: reads a file; None when it cannot be read.
        summaries: what the modules say.

    The last ones stay: trees are large, and those who ask go through the modules one after another.
    """

    def __init__(self, read: Callable[[str], SourceFile | None], summaries: Iterable[ModuleSummary] = ()) -> None:
        self._read = read
        self._summaries = {each.path: each for each in summaries}
        self._trees: dict[_Key, Tree | None] = {}  # by file and the first lines of functions
        self._last: tuple[str, SourceFile | None] = ("", None)  # the file that was read last

    def of(self, path: str) -> Tree | None:
        """Return the tree of a file; None when it cannot be read or parsed any more."""
        key: _Key = (path,)
        if key not in self._trees:
            self._keep(key, _tree(self._source(path)))
        return self._trees[key]

    def around(self, path: str, lines: Iterable[int]) -> Tree | None:
        """Return a tree that says of the functions around some lines what that of the whole file says; None as `of`.

        It says so of no other function: most of them are not in it.
        """
        summary = self._summaries.get(path)
        functions = [] if summary is None else [function_around(line, summary) for line in lines]
        found = [each for each in functions if each is not None]
        key: _Key = (path, *sorted({each.first for each in found}))
        if summary is None or len(found) < len(functions) or (path,) in self._trees:
            return self.of(path)
        if key not in self._trees:
            source = self._source(path)
            self._keep(key, None if source is None else _tree(excerpt_for(found, source, summary)))
        # Without a tree, the file is another one by now, or it cannot be taken apart.
        return self._trees[key] or self.of(path)

    def at(self, places: Collection[Place]) -> Iterator[tuple[Place, Tree | None]]:
        """Yield places in order, with the tree around each as `around` gives it; a file is read once for its places."""
        lines: dict[str, set[int]] = {}
        for place in places:
            lines.setdefault(place.path, set()).add(place.span.line)
        for place in sorted(places):
            yield place, self.around(place.path, lines[place.path])

    def _source(self, path: str) -> SourceFile | None:
        if self._last[0] != path:
            self._last = (path, self._read(path))
        return self._last[1]

    def _keep(self, key: _Key, tree: Tree | None) -> None:
        self._trees[key] = tree
        if len(self._trees) > _MOST_KEPT:
            del self._trees[next(iter(self._trees))]


def _tree(source: SourceFile | None) -> Tree | None:
    """Return the tree of a file, None when it cannot be parsed: that it could be when the project was read."""
    try:
        return None if source is None else Tree(SemanticModel(source, (), ()))
    except SourceError:
        return None
