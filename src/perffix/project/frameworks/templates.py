"""The templates of a project, each read when something renders it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.project.frameworks.django_templates import read_template
from perffix.project.frameworks.jinja_templates import read_jinja_template
from perffix.project.index import Module

if TYPE_CHECKING:
    from collections.abc import Callable

    from perffix.project.summary import ModuleSummary

    Find = Callable[[str], "tuple[str, str] | None"]  # from the name of a template to its file and its text


class Templates:
    """The templates of a project.

    Args:
        find: finds the file and the text of a template by the name under which it is rendered.
        jinja: whether templates are Jinja's wherever they are; else only those in folders of that name are.
    """

    def __init__(self, find: Find, *, jinja: bool = False) -> None:
        self._find = find
        self._jinja = jinja
        self._modules: dict[str, Module | None] = {}

    def module(self, name: str) -> Module | None:
        """Return a template as a module without names of its own, None when there is none of that name."""
        if name not in self._modules:
            found = self._find(name)
            self._modules[name] = None if found is None else Module(name, self._read(*found))
        return self._modules[name]

    def _read(self, path: str, text: str) -> ModuleSummary:
        is_jinja = self._jinja or "jinja2" in path.replace("\\", "/").split("/")[:-1]
        return read_jinja_template(path, text) if is_jinja else read_template(path, text)
