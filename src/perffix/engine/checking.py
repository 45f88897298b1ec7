"""The check of what the user names: from paths to one report. Reads files and writes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from perffix.config import Configurations
from perffix.engine.discovery import Found, Problem, find_files
from perffix.engine.own_rules import ALWAYS_ON
from perffix.engine.runner import Outcome, Suppressed, examine
from perffix.engine.selection import selection_for
from perffix.source import SourceFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from perffix.model import Finding


class Report(NamedTuple):
    """What a check gave.

    Attributes:
        findings: of all files, sorted.
        files: how many files were looked at.
        problems: paths that could not be looked at, sorted.
        suppressed: what comments in the files suppressed, sorted.
        seconds: time spent in each rule, by code; empty unless it was asked for.
    """

    findings: tuple[Finding, ...]
    files: int
    problems: tuple[Problem, ...] = ()
    suppressed: tuple[Suppressed, ...] = ()
    seconds: Mapping[str, float] = {}

    @property
    def complete(self) -> bool:
        """Whether every path was looked at and every rule came to its end; else the exit status is 2."""
        return not self.problems and not any(finding.code in ALWAYS_ON for finding in self.findings)


def check_paths(
    paths: Iterable[str],
    configurations: Configurations | None = None,
    *,
    jobs: int = 1,
    timed: bool = False,
) -> Report:
    """Check files and all Python files below directories.

    Args:
        paths: what to check.
        configurations: where settings come from; by default the files that hold for each path.
        jobs: how many processes; 0 decides by the number of files and processors. The result is the same.
        timed: whether to measure each rule.

    Raises:
        UsageError: a path does not exist, or settings are wrong (ConfigError).
    """
    configurations = configurations or Configurations()
    discovery = find_files(paths, configurations)
    for config in {found.config for found in discovery.files}:
        selection_for(config)  # a wrong selector is an error of usage, raised here and not in a process of the pool
    results = _check_all(discovery.files, jobs, timed)
    return _report(results, discovery.problems)


def check_file(found: Found, *, timed: bool = False) -> Outcome | Problem:
    """Read and check one file; trouble with reading it becomes a problem. Raises ConfigError."""
    try:
        with open(found.path, "rb") as stream:  # noqa: PTH123 - cheaper than a Path for each file
            data = stream.read()
    except OSError as error:
        return Problem(found.path, f"cannot be read: {error.strerror or error}")
    plan = selection_for(found.config).plan(found.path)
    return examine(SourceFile(found.path, data), plan, timed=timed)


def _check_all(files: Sequence[Found], jobs: int, timed: bool) -> list[Outcome | Problem]:
    """Check files here or in several processes; results are in the order of the files."""
    if jobs != 1 and len(files) > 1:
        from perffix.engine.parallel import check_in_processes, processes_for

        if (processes := processes_for(files, jobs)) > 1:
            return check_in_processes(files, processes, timed=timed)
    return [check_file(found, timed=timed) for found in files]


def _report(results: Iterable[Outcome | Problem], problems: Iterable[Problem]) -> Report:
    """Put the results of all files together."""
    findings: list[Finding] = []
    suppressed: list[Suppressed] = []
    trouble = list(problems)
    seconds: dict[str, float] = {}
    files = 0
    for result in results:
        if isinstance(result, Problem):
            trouble.append(result)
            continue
        files += 1
        findings.extend(result.findings)
        suppressed.extend(result.suppressed)
        for code, spent in result.seconds:
            seconds[code] = seconds.get(code, 0.0) + spent
    findings.sort(key=lambda finding: (finding.sort_key, finding.message))
    suppressed.sort(key=lambda item: (item.finding.sort_key, item.finding.message))
    return Report(tuple(findings), files, tuple(sorted(trouble)), tuple(suppressed), seconds)
