"""The templates of a project, each read when something renders it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.project.frameworks.django_templates import read_template
from perffix.project.index import Module

if TYPE_CHECKING:
    from collections.abc import Callable

    Find = Callable[[str], "tuple[str, str] | None"]  # from the name of a template to its file and its text


class Templates:
    """The templates of a project.

    Args:
        find: finds the file and the text of a template by the name under which it is rendered.
    """

    def __init__(self, find: Find) -> None:
        self._find = find
        self._modules: dict[str, Module | None] = {}

    def module(self, name: str) -> Module | None:
        """Return a template as a module without names of its own, None when there is none of that name."""
        if name not in self._modules:
            found = self._find(name)
            self._modules[name] = None if found is None else Module(name, read_template(*found))
        return self._modules[name]
