"""What `--apply` and `--diff` make of a report: fixes written or shown, and what they leave to be reported."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from perffix.engine.discovery import Problem
from perffix.engine.runner import Outcome, Suppressed, examine, look, settle
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
    from perffix.engine.plan import Plan
    from perffix.model import Finding


class _Fixed(NamedTuple):
    """A file before and after its fixes, and what became of them."""

    before: SourceFile
    after: SourceFile
    outcome: FixOutcome
    plan: Plan

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
    fixed: list[tuple[_Fixed, list[Finding]]] = []
    for path, findings in _by_path(report.findings):
        config = configurations.for_file(path)
        if not _may_fix(findings, config):
            result.findings += findings
            continue
        found = _fix_file(path, findings, config, report.project, paths if write else None)
        if isinstance(found, Problem):
            result.add_problem(found, findings)
        else:
            fixed.append((found, findings))
    for (each, findings), left in zip(fixed, _left([each for each, _ in fixed], report.project), strict=True):
        result.add(each, findings, left)
    return result.result()


def fix_stdin(source: SourceFile, report: Report, config: Config, *, write: bool) -> tuple[SourceFile, Result]:
    """Fix a text; return what it becomes, and the result as if it stood in a file."""
    result = _Collected(report, write=write)
    if not _may_fix(report.findings, config):
        result.findings += report.findings
        return source, result.result()
    fixed = _fix(source, report.findings, config, report.project)
    result.add(fixed, report.findings, *_left([fixed], report.project))
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

    def add_problem(self, problem: Problem, findings: Sequence[Finding]) -> None:
        """Add the reason why a file was not fixed, and what was found in it."""
        self._problems.append(problem)
        self.findings += findings

    def add(self, fixed: _Fixed, findings: Sequence[Finding], left: Outcome) -> None:
        """Add a file that was fixed, what had been found in it before, and what is found in it afterwards."""
        path = fixed.before.path
        self._problems += fixed.problems()
        if self._write:
            self.findings += left.findings
            self._rewritten[path] = left.suppressed
        else:  # the file is as it was, and so are the places of what a fix would leave
            self.findings += _not_fixed(findings, fixed.outcome.applied, left.findings)
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
            tuple(sorted(self.findings, key=lambda finding: finding.sort_key)),
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
    path: str,
    findings: Iterable[Finding],
    config: Config,
    project: LinkedProject | None,
    write_below: Sequence[str] | None,
) -> _Fixed | Problem:
    """Fix a file and write it if it lies below one of the given paths; None: write nothing."""
    try:
        source = SourceFile.read(path, config.relative(path))
    except OSError as error:
        return Problem.of(path, error)
    fixed = _fix(source, findings, config, project)
    if fixed.changed and write_below is not None:
        try:
            write_file(path, write_below, source.data, fixed.after.data)
        except WriteError as error:
            return Problem(path, f"was not fixed: {error}")
    return fixed


def _fix(source: SourceFile, findings: Iterable[Finding], config: Config, project: LinkedProject | None) -> _Fixed:
    plan = selection_for(config).plan(source.path)
    across_files = {code for rule in plan.project_rules for code in rule.codes}
    if not _may_fix([finding for finding in findings if finding.code in across_files], config):
        project = None  # looking at all of it after each round would take long, and tell nothing
    outcome = fix_source(source, lambda text: examine(text, plan, project).findings, _allowed(config))
    return _Fixed(source, SourceFile(source.path, outcome.data, source.place), outcome, plan)


def _left(fixed: Sequence[_Fixed], project: LinkedProject | None) -> list[Outcome]:
    """Return what is found in files after their fixes, the project looked at once for all of them."""
    if project is None:
        return [examine(each.after, each.plan) for each in fixed]
    looked = [look(each.after, each.plan, linked=bool(each.plan.project_rules)) for each in fixed]
    for each, seen in zip(fixed, looked, strict=True):
        if seen.summary is not None:
            project.take(each.after, seen.summary)
    more = project.findings() if fixed else {}
    return [
        settle(each.after, each.plan, seen, more.get(each.after.path, ()))
        for each, seen in zip(fixed, looked, strict=True)
    ]


def _not_fixed(findings: Iterable[Finding], applied: Iterable[Finding], left: Iterable[Finding]) -> Iterator[Finding]:
    """Yield those of the findings that are still there among what is left, though perhaps on another line.

    Of findings that say the same, those are taken to be left whose own fixes were not applied.
    """
    remaining = Counter(map(_identity, left))
    gone = {(finding.code, finding.span) for finding in applied}
    for finding in sorted(findings, key=lambda finding: (finding.code, finding.span) in gone):
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
