"""perffix inside flake8: `flake8 --select PERF` and `flake8 --select SEC`.

flake8 allows three letters for an entry point, so there are two: `PER` reports codes that begin with PERF, `SEC`
those that begin with SEC. Both look at one file with one run of the engine, on the tree that flake8 has parsed.

flake8 itself suppresses (`noqa`, `per-file-ignores`), selects and counts. The settings of perffix hold below that:
what they switch off is not reported, and the options of flake8 are laid over them. Nothing is fixed here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

from perffix import __version__
from perffix.config import Configurations, UsageError
from perffix.engine.own_rules import OWN_RULES
from perffix.engine.registry import find_rules, load_rules
from perffix.engine.runner import check_source
from perffix.output.masking import Mask
from perffix.output.terminal import harmless
from perffix.source import SourceFile

if TYPE_CHECKING:
    import argparse
    import ast
    from collections.abc import Iterable, Iterator

    from flake8.options.manager import OptionManager

    from perffix.model import Finding

Row = tuple[int, int, str, type[Any]]


class _Checker:
    """What both entry points share.

    Args:
        tree: the module as flake8 parsed it.
        lines: its lines with their line ends, decoded.
        filename: its path, or the name that flake8 gives to standard input.
    """

    name = "perffix"
    version = __version__
    prefix: ClassVar[str]

    _settings: ClassVar[Configurations] = Configurations()
    # The last file, by its tree: the second entry point is handed the same object.
    _last: ClassVar[tuple[ast.Module, SourceFile, list[Finding]] | None] = None

    def __init__(self, tree: ast.Module, lines: list[str], filename: str) -> None:
        self._tree = tree
        self._lines = lines
        self._filename = filename

    def run(self) -> Iterator[Row]:
        """Yield line, column in characters, text and class for each finding of this entry point.

        Raises:
            flake8.exceptions.ExecutionError: a settings file is wrong; flake8 prints the message and fails.
        """
        try:
            source, findings = self._examined()
        except UsageError as error:
            raise _failure(error) from error
        mask = Mask(source, findings)
        for finding in findings:
            if finding.code.startswith(self.prefix):
                line, column = finding.span.start
                message = harmless(mask.hide(finding.message))
                text = f"{finding.code} {finding.name}: {message}"
                yield line, source.characters(line, column), text, type(self)

    def _examined(self) -> tuple[SourceFile, list[Finding]]:
        last = _Checker._last
        if last is None or last[0] is not self._tree:
            source = SourceFile.from_tree(self._filename, "".join(self._lines), self._tree)
            config = _Checker._settings.for_file(self._filename)
            last = _Checker._last = self._tree, source, check_source(source, config, suppress=False)
        return last[1], last[2]


class PerformanceChecker(_Checker):
    """The entry point `PER`: performance rules, and failures of perffix itself. It brings the options."""

    prefix = "PERF"

    @classmethod
    def add_options(cls, manager: OptionManager) -> None:
        """Declare the options, for the command line and the configuration files of flake8."""
        for name, text in (
            ("--perffix-ignore", "do not report these: codes, beginnings of codes or names of rules of perffix"),
            ("--perffix-enable", "report these too, also rules that are off by default"),
        ):
            manager.add_option(
                name, metavar="RULES", default=[], comma_separated_list=True, parse_from_config=True, help=text
            )

    @classmethod
    def parse_options(cls, manager: OptionManager, options: argparse.Namespace, args: list[str]) -> None:
        """Read what flake8 was told, once in each process and before any file.

        Raises:
            flake8.exceptions.ExecutionError: a setting is wrong; flake8 prints the message and fails.
        """
        _Checker._last = None
        try:
            ignored = _codes(options.perffix_ignore)
            enabled = _codes(options.perffix_enable)
            # A native ignore: so statistics and per-file-ignores treat it like any other.
            options.extend_ignore = [*(options.extend_ignore or []), *ignored]
            _Checker._settings = Configurations(
                {
                    "select": _ours(options.select) or None,
                    "extend_select": [*_ours(options.extend_select), *enabled],
                    "ignore": [*ignored, *_unreportable(options)],
                }
            )
            _Checker._settings.for_directory(".")
        except UsageError as error:
            raise _failure(error) from error


class SecurityChecker(_Checker):
    """The entry point `SEC`: security rules."""

    prefix = "SEC"


def _failure(error: UsageError) -> Exception:
    from flake8.exceptions import ExecutionError

    failure: Exception = ExecutionError(f"perffix: {error}")
    return failure


def _codes(words: Iterable[str]) -> list[str]:
    """Return all codes that the words name: codes, beginnings of codes and names. Raises UsageError."""
    codes = []
    for word in words:
        for rule in find_rules(word):
            exact = word == rule.name
            codes += [code for code in rule.codes if exact or code.startswith(word.upper())]
    return codes


def _all_codes() -> tuple[str, ...]:
    return tuple(code for rule in (*OWN_RULES, *load_rules()) for code in rule.codes)


def _ours(selected: Iterable[str] | None) -> list[str]:
    """Return what concerns perffix in a selection of flake8, whole numbers of bandit's checks too."""
    codes = _all_codes()
    return [
        text
        for text in selected or ()
        if any(code.startswith(text) for code in codes) or re.fullmatch(r"SEC[1-7]\d\d", text)
    ]


def _unreportable(options: argparse.Namespace) -> list[str]:
    """Return the codes that flake8 would drop, so that nobody looks for them.

    How flake8 decides is not part of what it promises to plugins: where asking it fails, it is given everything.
    """
    try:
        from flake8.style_guide import Decision, DecisionEngine

        decide = DecisionEngine(options)
        return [code for code in _all_codes() if decide.decision_for(code) is Decision.Ignored]
    except (ImportError, AttributeError, TypeError):
        return []
