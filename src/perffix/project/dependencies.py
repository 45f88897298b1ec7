"""Which files what is said of some files follows from: when none of them has changed, it is still so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.project.naming import absolute_name
from perffix.project.summaries.terms import Named

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from perffix.project.index import Index, Module
    from perffix.project.orm.graph import ModelGraph
    from perffix.project.summaries.summary import ClassSummary, ModuleSummary
    from perffix.project.summaries.terms import Body

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
        self._leading: dict[str, str] = {}  # the file that an absolute name leads into, empty for none
        self._used: dict[str, frozenset[str]] = {}  # by path, direct uses alone
        self._behind: dict[str, frozenset[str]] = {}  # by path, all uses
        self._answers: dict[frozenset[str], tuple[str, ...]] = {}
        self._declaring: dict[str, set[str]] = {}
        for model in graph.models.values():
            if model.cls is not None:
                paths = {field.declared.path for field in model.fields.values() if field.declared is not None}
                self._declaring.setdefault(model.cls.module.summary.path, set()).update(paths)
        modules = index.modules.values()
        self._settings = [each.summary.path for each in modules if any(name in each.summary.names for name in _FOR_ALL)]

    def of(self, paths: Iterable[str]) -> tuple[str, ...]:
        """Return the files that what is said of some files follows from, these among them, sorted."""
        asked = frozenset(paths)
        found = self._answers.get(asked)
        if found is None:
            files: set[str] = set()
            for path in (*asked, *self._settings):
                if path not in files:
                    files |= self._all_behind(path)
            # Most modules use each other at last, so the same files come again and again: they are kept once.
            files_of_it = frozenset(files)
            if files_of_it not in self._answers:
                self._answers[files_of_it] = tuple(sorted(files_of_it))
            found = self._answers[asked] = self._answers[files_of_it]
        return found

    def _all_behind(self, path: str) -> frozenset[str]:
        """Return a file and all that it uses, and that these use."""
        behind = self._behind.get(path)
        if behind is None:
            found = {path}
            pending = [path]
            while pending:
                for used in self._uses(pending.pop()):
                    if used in found:
                        continue
                    if used in self._behind:
                        found |= self._behind[used]
                    else:
                        found.add(used)
                        pending.append(used)
            behind = self._behind[path] = frozenset(found)
        return behind

    def _uses(self, path: str) -> frozenset[str]:
        found = self._used.get(path)
        if found is None:
            module = self._by_path.get(path)
            used = set() if module is None else {self._led_into(name) for name in self._names(module)} - {""}
            found = self._used[path] = frozenset(used | self._declaring.get(path, set()))
        return found

    def _names(self, module: Module) -> Iterator[str]:
        """Yield the absolute names of what a module imports, and of what it uses of the packages among that."""
        summary, is_package = module.summary, module.is_package
        targets = [target for targets in summary.imports.values() for target in targets]
        targets += [*summary.inner_imports, *summary.stars]
        imported = {absolute_name(each, module.name, is_package=is_package) for each in targets}
        yield from imported
        if any(known.is_package for known in map(self._index.modules.get, imported) if known is not None):
            # A name may go on from a package into its modules: `shop.models.Book` after `import shop`.
            for body in _bodies(summary):
                for entry in body.entries:
                    if isinstance(entry.term, Named) and not entry.term.name.startswith((":", "builtins.")):
                        yield absolute_name(entry.term.name, module.name, is_package=is_package)

    def _led_into(self, name: str) -> str:
        """Return the file of the module that an absolute name leads into, empty for none."""
        path = self._leading.get(name)
        if path is None:
            module, around = self._index.modules.get(name), name.rpartition(".")[0]
            path = module.summary.path if module is not None else self._led_into(around) if around else ""
            self._leading[name] = path
        return path


def _bodies(summary: ModuleSummary) -> Iterator[Body]:
    yield summary.body
    yield from (function.body for function in summary.functions.values())
    pending: list[ClassSummary] = list(summary.classes.values())
    while pending:
        cls = pending.pop()
        yield cls.body
        yield from (method.body for method in cls.methods.values())
        pending.extend(cls.classes.values())
