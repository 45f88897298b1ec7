"""What `--apply` and `--diff` make of a report: fixes written or shown, and what they leave to be reported."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from perffix.engine.discovery import Problem
from perffix.engine.runner import Outcome, Suppressed, examine
from perffix.engine.selection import selection_for
from perffix.fixing.diff import unified_diff
from perffix.fixing.rounds import FixOutcome, fix_source
from perffix.fixing.write import WriteError, write_file
from perffix.model import Applicability
from perffix.output.masking import Mask
from perffix.output.result import Diff, Result
from perffix.source import SourceFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from perffix.config import Config, Configurations
    from perffix.engine.checking import Report
    from perffix.engine.linked import LinkedProject
    from perffix.model import Finding


class _Fixed(NamedTuple):
    """A file before and after its fixes, what became of them, and what is found in it afterwards."""

    before: SourceFile
    after: SourceFile
    outcome: FixOutcome
    left: Outcome

    @property
    def changed(self) -> bool:
        return self.before.data != self.after.data

    def problems(self) -> Iterator[Problem]:
        """Yield what was to be fixed and could not be."""
        if self.outcome.refused is not None:
            yield Problem(self.before.path, f"was not fixed: {self.outcome.refused}")
        for rejection in self.outcome.rejected:
            place = f"line {rejection.line}: {rejection.code} was not fixed"
            yield Problem(self.before.path, f"{place}: {rejection.reason}")


def fix_files(report: Report, configurations: Configurations, paths: Sequence[str], *, write: bool) -> Result:
    """Fix what may be fixed in the files of a report.

    Args:
        report: what was found.
        configurations: where the settings for each file come from.
        paths: what the user named; nothing outside is written.
        write: whether the files are written; else their diffs are made.
    """
    result = _Collected(report, write=write)
    for path, findings in _by_path(report.findings):
        config = configurations.for_file(path)
        if _may_fix(findings, config):
            result.add(_fix_file(path, config, report.project, paths if write else None), findings)
        else:
            result.findings += findings
    return result.result()


def fix_stdin(source: SourceFile, report: Report, config: Config, *, write: bool) -> tuple[SourceFile, Result]:
    """Fix a text; return what it becomes, and the result as if it stood in a file."""
    result = _Collected(report, write=write)
    if not _may_fix(report.findings, config):
        result.findings += report.findings
        return source, result.result()
    fixed = _fix(source, config, report.project)
    result.add(fixed, report.findings)
    return fixed.after, result.result()


class _Collected:
    """Gathers what became of the files of a report.

    Args:
        report: what was found before.
        write: whether the files were written, so that findings are those of the new text.
    """

    def __init__(self, report: Report, *, write: bool) -> None:
        self._report = report
        self._write = write
        self._rewritten: dict[str, tuple[Suppressed, ...]] = {}
        self._fixed: list[tuple[str, int]] = []
        self._diffs: list[Diff] = []
        self._problems = list(report.problems)
        self.findings: list[Finding] = []

    def add(self, fixed: _Fixed | Problem, findings: Sequence[Finding]) -> None:
        """Add a file that was fixed, or the reason why it was not, and what had been found in it before."""
        if isinstance(fixed, Problem):
            self._problems.append(fixed)
            self.findings += findings
            return
        path = fixed.before.path
        self._problems += fixed.problems()
        if self._write:
            self.findings += fixed.left.findings
            self._rewritten[path] = fixed.left.suppressed
        else:  # the file is as it was, and so are the places of what a fix would leave
            self.findings += _not_fixed(findings, fixed.left.findings)
        if not fixed.changed:
            return
        self._fixed.append((path, len(fixed.outcome.applied)))
        if not self._write:
            known = [*findings, *(item.finding for item in self._report.suppressed if item.finding.path == path)]
            data = unified_diff(fixed.before, fixed.after.data, Mask(fixed.before, known).texts)
            self._diffs.append(Diff(path, data, fixed.before.encoding))

    def result(self) -> Result:
        """Return all of it, in order."""
        kept = [item for item in self._report.suppressed if item.finding.path not in self._rewritten]
        moved = [item for items in self._rewritten.values() for item in items]
        return Result(
            tuple(self.findings),
            self._report.files,
            tuple(sorted([*kept, *moved], key=lambda item: item.finding.sort_key)),
            tuple(sorted(self._problems)),
            tuple(self._fixed),
            tuple(self._diffs),
        )


def _may_fix(findings: Iterable[Finding], config: Config) -> bool:
    lowest = _allowed(config).rank
    return any(finding.fix is not None and finding.fix.applicability.rank >= lowest for finding in findings)


def _allowed(config: Config) -> Applicability:
    return Applicability.UNSAFE if config.unsafe_fixes else Applicability.SAFE


def _fix_file(
    path: str, config: Config, project: LinkedProject | None, write_below: Sequence[str] | None
) -> _Fixed | Problem:
    """Fix a file and write it if it lies below one of the given paths; None: write nothing."""
    try:
        source = SourceFile.read(path, config.relative(path))
    except OSError as error:
        return Problem.of(path, error)
    fixed = _fix(source, config, project)
    if fixed.changed and write_below is not None:
        try:
            write_file(path, write_below, source.data, fixed.after.data)
        except WriteError as error:
            return Problem(path, f"was not fixed: {error}")
    return fixed


def _fix(source: SourceFile, config: Config, project: LinkedProject | None) -> _Fixed:
    plan = selection_for(config).plan(source.path)
    outcome = fix_source(source, lambda text: examine(text, plan, project).findings, _allowed(config))
    after = SourceFile(source.path, outcome.data, source.place)
    return _Fixed(source, after, outcome, examine(after, plan, project))


def _not_fixed(findings: Iterable[Finding], left: Iterable[Finding]) -> Iterator[Finding]:
    """Yield those of the findings that are still there among what is left, though perhaps on another line."""
    remaining = Counter(map(_identity, left))
    for finding in findings:
        key = _identity(finding)
        if remaining[key]:
            remaining[key] -= 1
            yield finding


def _identity(finding: Finding) -> tuple[str, str]:
    return finding.code, re.sub(r"\d+", "", finding.message)


def _by_path(findings: Iterable[Finding]) -> list[tuple[str, list[Finding]]]:
    grouped: dict[str, list[Finding]] = {}
    for finding in findings:
        grouped.setdefault(finding.path, []).append(finding)
    return list(grouped.items())
