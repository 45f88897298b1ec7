"""The check of what the user names: from paths to one report. Reads files and writes nothing."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from perffix.config import Configurations
from perffix.engine.collector import age, uncollected
from perffix.engine.discovery import Discovery, Found, Problem, find_files
from perffix.engine.mappers import any_mentions_mapper
from perffix.engine.own_rules import ALWAYS_ON
from perffix.engine.runner import Looked, Outcome, Suppressed, look, settle
from perffix.engine.selection import selection_for
from perffix.source import SourceFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from perffix.engine.linked import LinkedProject
    from perffix.engine.plan import Plan
    from perffix.model import Finding, Span
    from perffix.rules.rule import Rule

R = TypeVar("R")


class Report(NamedTuple):
    """What a check gave.

    Attributes:
        findings: of all files, sorted.
        files: how many files were looked at.
        problems: paths that could not be looked at, sorted.
        suppressed: what comments in the files suppressed, sorted.
        seconds: time spent in each rule, by code; empty unless it was asked for.
        project: all files together, if some rule looked at them so.
        to_hide: where strings stand that a report must not show, by file, as far as somebody has looked for them.
    """

    findings: tuple[Finding, ...]
    files: int
    problems: tuple[Problem, ...] = ()
    suppressed: tuple[Suppressed, ...] = ()
    seconds: Mapping[str, float] = {}
    project: LinkedProject | None = None
    to_hide: Mapping[str, tuple[Span, ...]] = {}

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
    rules = _project_rules(discovery.files)
    if rules and any_mentions_mapper(discovery.files):
        results, project = _check_as_project(discovery.files, rules, jobs, timed)
        return _report(discovery, results)._replace(project=project)
    check: Callable[[Found], Outcome | Problem] = partial(check_file, timed=timed)
    return _report(discovery, _each(discovery.files, check, jobs))


@uncollected
def check_file(found: Found, *, timed: bool = False) -> Outcome | Problem:
    """Read and check one file; trouble with reading it becomes a problem. Raises ConfigError."""
    source = _read(found)
    if isinstance(source, Problem):
        return source
    plan = _plan(found)
    return settle(source, plan, look(source, plan, timed=timed))


@uncollected
def look_at_file(found: Found, *, timed: bool = False) -> Looked | Problem:
    """Read one file of a project and run the rules that need no other."""
    source = _read(found)
    if isinstance(source, Problem):
        return source
    plan = _plan(found)
    looked = look(source, plan, timed=timed, linked=bool(plan.project_rules) or not plan.aside)
    return looked._replace(suppressions=None)  # they hold the text and its tree


def _read(found: Found) -> SourceFile | Problem:
    try:
        return SourceFile.read(found.path, found.config.relative(found.path))
    except OSError as error:
        return Problem.of(found.path, error)


def _plan(found: Found) -> Plan:
    return selection_for(found.config).plan(found.path)


def _project_rules(files: Iterable[Found]) -> list[Rule]:
    """Return the rules that look at all modules together and are active in one of the files."""
    rules = {rule.code: rule for plan in {_plan(found) for found in files} for rule in plan.project_rules}
    return [rules[code] for code in sorted(rules)]


@uncollected  # summaries are many objects, and none of them garbage
def _check_as_project(
    files: Sequence[Found], rules: Sequence[Rule], jobs: int, timed: bool
) -> tuple[list[Outcome | Problem], LinkedProject]:
    """Look at each file, then at all together, and only then at what comments suppress."""
    from perffix.engine.linked import LinkedProject

    look_at: Callable[[Found], Looked | Problem] = partial(look_at_file, timed=timed)
    looked = _each(files, look_at, jobs)
    summaries = {
        found.path: each.summary
        for found, each in zip(files, looked, strict=True)
        if isinstance(each, Looked) and each.summary is not None
    }
    project = LinkedProject(summaries, rules)
    more = project.findings()
    settled = [_settle(found, each, more.get(found.path, ())) for found, each in zip(files, looked, strict=True)]
    age()
    return settled, project


def _settle(found: Found, looked: Looked | Problem, more: Sequence[Finding]) -> Outcome | Problem:
    if isinstance(looked, Problem):
        return looked
    source = _read(found) if looked.marked or more else SourceFile(found.path, b"")
    return source if isinstance(source, Problem) else settle(source, _plan(found), looked, more)


def _each(files: Sequence[Found], check: Callable[[Found], R | Problem], jobs: int) -> list[R | Problem]:
    """Do something to files here or in several processes; results are in the order of the files."""
    if jobs != 1 and len(files) > 1:
        from perffix.engine.parallel import check_in_processes, processes_for

        if (processes := processes_for(files, jobs)) > 1:
            return check_in_processes(files, processes, check)
    return [check(found) for found in files]


def _report(discovery: Discovery, results: Iterable[Outcome | Problem]) -> Report:
    """Put the results of all files together."""
    findings: list[Finding] = []
    suppressed: list[Suppressed] = []
    trouble = list(discovery.problems)
    to_hide: dict[str, tuple[Span, ...]] = {}
    seconds: dict[str, float] = {}
    files = 0
    for found, result in zip(discovery.files, results, strict=True):
        if isinstance(result, Problem):
            trouble.append(result)
            continue
        files += 1
        findings.extend(result.findings)
        suppressed.extend(result.suppressed)
        for code, spent in result.seconds:
            seconds[code] = seconds.get(code, 0.0) + spent
        if result.to_hide is not None:
            to_hide[found.path] = result.to_hide
    findings.sort(key=lambda finding: finding.sort_key)
    suppressed.sort(key=lambda item: item.finding.sort_key)
    return Report(tuple(findings), files, tuple(sorted(trouble)), tuple(suppressed), seconds, to_hide=to_hide)
