"""The templates of a project, each read when something renders it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from perffix.project.frameworks.django_templates import read_template
from perffix.project.frameworks.jinja_templates import read_jinja_template
from perffix.project.index import Function, Module
from perffix.project.summaries.terms import Extends, Include, Literal, Parameter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from perffix.project.summaries.summary import ModuleSummary

    Find = Callable[[str], "tuple[str, str] | None"]  # from the name of a template to its file and its text


_TAG = re.compile(r"\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
_WORD = re.compile(r"\w+")
_LINK = re.compile(r"""\b(?:include|extends)\b[^"'%]*["']([^"']+)["']""")


class Templates:
    """The templates of a project.

    Args:
        find: finds the file and the text of a template by the name under which it is rendered.
        jinja: whether templates are Jinja's wherever they are; else only those in folders of that name are.
    """

    def __init__(self, find: Find, *, jinja: bool = False) -> None:
        self._find = find
        self._jinja = jinja
        self._files: dict[str, tuple[str, str] | None] = {}
        self._words: dict[str, tuple[frozenset[str], frozenset[str]]] = {}
        self._modules: dict[str, Module | None] = {}
        self._macros: dict[tuple[str, str], Function] = {}
        self._names: dict[str, frozenset[str]] = {}

    def has(self, name: str) -> bool:
        """Tell whether there is a template of that name."""
        return self._file(name) is not None

    def mentions(self, template: str, names: Iterable[str]) -> bool:
        """Tell whether a template, or one that it includes or goes on from, may read one of some names.

        They are looked for in the text alone: most templates are given no rows, and nobody needs to read these.
        """
        asked, seen = frozenset(names), {template}
        pending = [template]
        while pending:
            words, linked = self._said(pending.pop())
            if not words.isdisjoint(asked):
                return True
            pending.extend(linked - seen)
            seen |= linked
        return False

    def module(self, name: str) -> Module | None:
        """Return a template as a module without names of its own, None when there is none of that name."""
        if name not in self._modules:
            found = self._file(name)
            self._modules[name] = None if found is None else Module(name, self._read(*found))
        return self._modules[name]

    def _file(self, name: str) -> tuple[str, str] | None:
        if name not in self._files:
            self._files[name] = self._find(name)
        return self._files[name]

    def _said(self, name: str) -> tuple[frozenset[str], frozenset[str]]:
        """Return the words in the tags of a template, and the templates that it includes or goes on from by name."""
        if name not in self._words:
            file = self._file(name)
            tags = " ".join(_TAG.findall(file[1])) if file is not None else ""
            self._words[name] = frozenset(_WORD.findall(tags)), frozenset(_LINK.findall(tags))
        return self._words[name]

    def macro(self, template: str, name: str) -> Function | None:
        """Return a macro of a template as a function; None when there is none of that name."""
        module = self.module(template)
        summary = None if module is None else module.summary.functions.get(name)
        key = (template, name)
        if module is None or summary is None:
            return None
        if key not in self._macros:
            self._macros[key] = Function(module, name, summary)
        return self._macros[key]

    def names_read(self, template: str) -> frozenset[str]:
        """Return the names that a template, or one that it includes or goes on from, reads."""
        found = self._names.get(template)
        if found is None:
            self._names[template] = found = frozenset()  # for templates that include each other
            module = self.module(template)
            entries = () if module is None else module.summary.body.entries
            terms = [entry.term for entry in entries]
            names = {term.name for term in terms if isinstance(term, Parameter)}
            for term in terms:
                other = entries[term.template].term if isinstance(term, (Include, Extends)) else None
                if isinstance(other, Literal) and isinstance(other.value, str):
                    names |= self.names_read(other.value)
            self._names[template] = found = frozenset(names)
        return found

    def _read(self, path: str, text: str) -> ModuleSummary:
        is_jinja = self._jinja or "jinja2" in path.replace("\\", "/").split("/")[:-1]
        return read_jinja_template(path, text) if is_jinja else read_template(path, text)
