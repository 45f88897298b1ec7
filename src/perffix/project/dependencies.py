"""Which files what is said of some files follows from: when none of them has changed, it is still so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.project.naming import absolute_name
from perffix.project.terms import Named

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from perffix.project.index import Index, Module
    from perffix.project.orm.graph import ModelGraph
    from perffix.project.summary import ClassSummary, ModuleSummary
    from perffix.project.terms import Body

_FOR_ALL = ("AUTH_USER_MODEL",)  # names of settings that say what a model of another module refers to


class Dependencies:
    """The uses of modules by each other.

    A module uses those that its names stand for, wherever they stand in it. The module of a model also uses those
    that declare relations to the model, for they give its rows attributes.

    Args:
        index: the modules.
        graph: the models.
    """

    def __init__(self, index: Index, graph: ModelGraph) -> None:
        self._index = index
        self._by_path = {module.summary.path: module for module in index.modules.values()}
        self._used: dict[str, frozenset[str]] = {}  # by path, direct uses alone
        self._declaring: dict[str, set[str]] = {}
        for model in graph.models.values():
            if model.cls is not None:
                paths = {field.declared.path for field in model.fields.values() if field.declared is not None}
                self._declaring.setdefault(model.cls.module.summary.path, set()).update(paths)
        modules = index.modules.values()
        self._settings = [each.summary.path for each in modules if any(name in each.summary.names for name in _FOR_ALL)]

    def of(self, paths: Iterable[str]) -> tuple[str, ...]:
        """Return the files that what is said of some files follows from, these among them, sorted."""
        found = {*paths, *self._settings}
        pending = list(found)
        while pending:
            for used in self._uses(pending.pop()):
                if used not in found:
                    found.add(used)
                    pending.append(used)
        return tuple(sorted(found))

    def _uses(self, path: str) -> frozenset[str]:
        found = self._used.get(path)
        if found is None:
            module = self._by_path.get(path)
            names = set() if module is None else set(_names(module.summary))
            modules = {self._module(name, module) for name in names} if module is not None else set()
            used = {each.summary.path for each in modules if each is not None}
            found = self._used[path] = frozenset(used | self._declaring.get(path, set()))
        return found

    def _module(self, name: str, module: Module) -> Module | None:
        """Return the module that a name of a module leads into."""
        parts = absolute_name(name, module.name, is_package=module.is_package).split(".")
        for length in range(len(parts), 0, -1):
            found = self._index.modules.get(".".join(parts[:length]))
            if found is not None:
                return found
        return None


def _names(summary: ModuleSummary) -> Iterator[str]:
    """Yield the names that stand for something outside of a module, imported or not."""
    for targets in summary.imports.values():
        yield from targets
    yield from summary.stars
    for body in _bodies(summary):
        for entry in body.entries:
            if isinstance(entry.term, Named) and not entry.term.name.startswith((":", "builtins.")):
                yield entry.term.name


def _bodies(summary: ModuleSummary) -> Iterator[Body]:
    yield summary.body
    yield from (function.body for function in summary.functions.values())
    pending: list[ClassSummary] = list(summary.classes.values())
    while pending:
        cls = pending.pop()
        yield cls.body
        yield from (method.body for method in cls.methods.values())
        pending.extend(cls.classes.values())
