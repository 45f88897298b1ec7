"""What the rules of a package are, kept between runs, so that a rule's module is imported when it has something to do.

Importing all rules costs more than the check of a small file. So all that a rule says about itself, but for its
documentation and its handlers, is kept beside the bytecode of the package, and under the same conditions: it is
written where bytecode may be written, and no longer believed when a file that it was made from has changed. Without
it the rules are imported, and nothing else is different.
"""

from __future__ import annotations

import ast
import importlib
import marshal
import os
import sys
from typing import TYPE_CHECKING, Any

import perffix
from perffix.model import Applicability, Group, Impact, Severity
from perffix.rules.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from types import ModuleType

    Stamp = tuple[str, int, int]  # a file with its size and the time of its last change
    Entry = tuple[
        str, dict[str, Any], list[str], list[str], bool
    ]  # a module, what its rule says, and what the rule wants

_PLAIN = (
    "code",
    "name",
    "summary",
    "help",
    "cwe",
    "variants",
    "names",
    "needs",
    "remote",
    "in_loops",
    "in_tests",
    "before",
)
_ENUMS = {"impact": Impact, "severity": Severity, "group": Group, "fix": Applicability}
_IN_THE_MODULE = ("documentation", "node_handlers", "list_handlers", "call_handlers", "project_handlers")
# What a rule says may come from these layers: the names of calls, for example, that its handlers want to see.
_LAYERS_BELOW = ("perffix.model", "perffix.rules.rule", "perffix.semantic", "perffix.rewrites")


class ListedRule(Rule):
    """A rule as the catalogue knows it. Its module is imported when its documentation or a handler is asked for."""

    def __init__(
        self, module: str, about: dict[str, Any], classes: Iterable[str], calls: Iterable[str], spans_files: bool
    ) -> None:
        enums = {key: kind(about[key]) for key, kind in _ENUMS.items() if about[key] is not None}
        super().__init__(**{**about, **enums})
        self.module = module
        self._classes = frozenset(getattr(ast, name) for name in classes)
        self._calls = frozenset(calls)
        self._spans_files = spans_files
        for name in _IN_THE_MODULE:
            delattr(self, name)

    @property
    def classes(self) -> frozenset[type[ast.AST]]:  # noqa: D102 - see Rule
        return self._classes

    @property
    def calls(self) -> frozenset[str]:  # noqa: D102 - see Rule
        return self._calls

    @property
    def spans_files(self) -> bool:  # noqa: D102 - see Rule
        return self._spans_files

    def __getattr__(self, name: str) -> object:
        """Import the module for what only it knows."""
        if name not in _IN_THE_MODULE:
            raise AttributeError(f"a rule has no {name}", name=name, obj=self)
        module = importlib.import_module(self.module)
        rule: Rule = module.rule
        self.documentation = module.__doc__ or ""
        self.node_handlers, self.list_handlers = rule.node_handlers, rule.list_handlers
        self.call_handlers = rule.call_handlers
        self.project_handlers = rule.project_handlers
        return self.__dict__[name]


def read(package: ModuleType, modules: Sequence[str]) -> list[Rule] | None:
    """Return the rules of a package without importing their modules, None where the catalogue is missing or old.

    Args:
        package: the package.
        modules: the full names of its modules, each of which assigns a rule.
    """
    path = _path(package)
    if path is None:
        return None
    try:
        with open(path, "rb") as stream:  # noqa: PTH123 - on the way to every check
            made_for, stamps, entries = marshal.load(stream)
        if made_for != _made_for(package, modules) or stamps != [_stamp(file) for file, *_ in stamps]:
            return None
        return [ListedRule(*entry) for entry in entries]
    except (OSError, EOFError, ValueError, TypeError, LookupError, AttributeError):  # missing, cut off or damaged
        return None


def write(package: ModuleType, rules: Mapping[str, Rule]) -> None:
    """Keep what the rules of a package say, by the full names of their modules, if this Python keeps bytecode."""
    path = _path(package)
    if path is None or sys.dont_write_bytecode:
        return
    own = f"{path}.{os.getpid()}"
    try:
        stamps = [_stamp(file) for file in sorted(set(_files(rules)))]
        entries = [_entry(module, rule) for module, rule in rules.items()]
        with open(own, "wb") as stream:  # noqa: PTH123 - see above
            marshal.dump((_made_for(package, rules), stamps, entries), stream)
        os.replace(own, path)  # noqa: PTH105 - whoever reads meanwhile sees the old file or the new one
    except OSError:  # a place that cannot be written or files that cannot be read: the next run imports the rules
        return


def _path(package: ModuleType) -> str | None:
    """Return where the catalogue of a package is kept: in the folder of its bytecode, for each kind of Python."""
    spec = package.__spec__
    if spec is None or spec.cached is None:
        return None
    folder, bytecode = os.path.split(spec.cached)
    return os.path.join(folder, f"rules{bytecode.removeprefix('__init__').removesuffix('.pyc')}.catalogue")  # noqa: PTH118


def _made_for(package: ModuleType, modules: Iterable[str]) -> tuple[str, str | None, list[str]]:
    """Return what a catalogue holds for alone: a copy of it may lie in another place, beside other modules."""
    return perffix.__version__, package.__file__, list(modules)


def _entry(module: str, rule: Rule) -> Entry:
    about = {name: getattr(rule, name) for name in _PLAIN}
    about |= {name: getattr(rule, name) and getattr(rule, name).value for name in _ENUMS}
    return module, about, sorted(cls.__name__ for cls in rule.classes), sorted(rule.calls), rule.spans_files


def _files(modules: Iterable[str]) -> Iterator[str]:
    """Yield the files that modules and the layers below them were read from, with the facts that lie there."""
    below = [name for name in sys.modules if name.startswith(_LAYERS_BELOW)]
    for module in [sys.modules[name] for name in {*modules, *below}]:
        if module.__file__ is not None:
            yield module.__file__
        for place in getattr(module, "__path__", ()):
            for folder, _, names in os.walk(place):
                yield from (os.path.join(folder, name) for name in names if name.endswith(".toml"))  # noqa: PTH118


def _stamp(file: str) -> Stamp:
    status = os.stat(file)  # noqa: PTH116 - on the way to every check
    return file, status.st_size, status.st_mtime_ns
