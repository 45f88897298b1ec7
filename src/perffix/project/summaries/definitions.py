"""What a module imports and defines, while it is read."""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING

from perffix.project.summaries.shared_terms import OF_NAME

if TYPE_CHECKING:
    from perffix.project.summaries.summary import ClassSummary, FunctionSummary
    from perffix.project.summaries.terms import Entry, Ref

_BUILTINS = frozenset(dir(builtins))


class Definitions:
    """What the readers of all bodies of one module share.

    Attributes:
        imports: what imported names stand for; several when branches import differently.
        stars: modules of which all public names are imported.
        names: the entries of the module's own body that a name may hold.
        refs: the entries of the module's own body for what other names stand for.
        functions: by name, those inside of functions as `outer.<locals>.inner`.
        classes: by name, as functions.
        for_types: imported names that are there for type checkers alone.
        renamed: what functions import under another name.
        inner_imports: what functions import, under whatever name.
    """

    def __init__(self) -> None:
        self.imports: dict[str, tuple[str, ...]] = {}
        self.stars: list[str] = []
        self.names: dict[str, list[Ref]] = {}
        self.functions: dict[str, FunctionSummary] = {}
        self.classes: dict[str, ClassSummary] = {}
        self.for_types: set[str] = set()
        self.renamed: set[str] = set()
        self.inner_imports: set[str] = set()
        self.refs: dict[str, Ref] = {}
        self._meanings: dict[str, Entry] = {}

    def add_import(self, name: str, target: str) -> None:
        """Note that a name is imported outside of functions."""
        known = self.imports.get(name, ())
        if target not in known:
            self.imports[name] = (*known, target)
        self.change(name)

    def add_function(self, name: str, summary: FunctionSummary) -> None:
        """Note a function that is no method."""
        self.functions[name] = summary
        self.change(name)

    def add_class(self, name: str, summary: ClassSummary) -> None:
        """Note a class that stands in no other."""
        self.classes[name] = summary
        self.change(name)

    def change(self, name: str) -> None:
        """Note that a name of the module may mean something else from here on."""
        self._meanings.pop(name, None)
        self.refs.pop(name, None)

    def meaning(self, name: str) -> Entry:
        """Return what a name that no function binds stands for, as far as the module was read."""
        found = self._meanings.get(name)
        if found is None:
            found = self._meanings[name] = OF_NAME[self._dotted(name)]
        return found

    def _dotted(self, name: str) -> str:
        if name in self.imports:
            return self.imports[name][0]
        if name in _BUILTINS and not (name in self.names or name in self.functions or name in self.classes):
            return f"builtins.{name}"
        return f":{name}"
