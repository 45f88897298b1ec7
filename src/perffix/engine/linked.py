"""The rules that look at all modules of a project together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.engine.collector import uncollected
from perffix.engine.discovery import Problem, find_files
from perffix.engine.migration_files import MigrationFiles
from perffix.engine.own_rules import failed_in_project
from perffix.engine.template_files import TemplateFiles
from perffix.project.naming import module_names
from perffix.project.project import Project
from perffix.project.summaries.reading import read_module
from perffix.rules.rule import ProjectContext
from perffix.source import SourceError, SourceFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from perffix.config import Configurations
    from perffix.model import Finding
    from perffix.project.summaries.summary import ModuleSummary
    from perffix.rules.rule import Rule


def read_project(paths: Iterable[str], configurations: Configurations) -> tuple[Project, list[Problem]]:
    """Return the project of files and of all Python files below directories, and what could not be read.

    Raises:
        UsageError: a path does not exist, or a setting is wrong (ConfigError).
    """
    discovery = find_files(paths, configurations)
    problems = list(discovery.problems)
    summaries = {}
    for found in discovery.files:
        try:
            summaries[found.path] = read_module(SourceFile.read(found.path, found.config.relative(found.path)))
        except OSError as error:
            problems.append(Problem.of(found.path, error))
        except SourceError as error:
            problems.append(Problem(found.path, str(error)))
        except RecursionError:
            problems.append(Problem(found.path, "is nested too deeply"))
    return _project(summaries), sorted(problems)


def _project(
    summaries: Mapping[str, ModuleSummary], read: Callable[[str], SourceFile | None] = lambda path: None
) -> Project:
    names = module_names(summaries)
    modules = {names[path]: summary for path, summary in summaries.items()}
    return Project(modules, TemplateFiles(summaries).find, read, MigrationFiles(summaries).texts)


class LinkedProject:
    """The summaries of a project's files, and what some rules find in all of them together.

    Args:
        summaries: the summary of each file by its path.
        rules: rules that look at all modules together.
    """

    def __init__(self, summaries: Mapping[str, ModuleSummary], rules: Iterable[Rule]) -> None:
        self._summaries = dict(summaries)
        self._rules = tuple(rules)
        self._given: dict[str, SourceFile] = {}

    @uncollected  # what is evaluated is kept, and there is much of it: looking for garbage doubles the time
    def findings(self) -> dict[str, list[Finding]]:
        """Return all findings by file. What a rule fails with becomes one of them (PERF000)."""
        project = _project(self._summaries, self._read)
        found: dict[str, list[Finding]] = {}
        for rule in self._rules:
            context = ProjectContext(rule, project)
            try:
                for handler in rule.project_handlers:
                    for finding in handler(context):
                        drawn = finding._replace(drawn_from=project.files_behind(finding))
                        found.setdefault(finding.path, []).append(drawn)
            except Exception as error:
                path = next(iter(self._summaries))
                found.setdefault(path, []).append(failed_in_project(rule, path, error))
        return found

    def take(self, source: SourceFile, summary: ModuleSummary) -> None:
        """Take a file for what is asked from now on whose text is another one, or that is new."""
        self._summaries[source.path] = summary
        self._given[source.path] = SourceFile(source.path, source.data, source.place)  # without its tree

    def _read(self, path: str) -> SourceFile | None:
        """Return a file of the project as it is now; None when it cannot be read any more."""
        given = self._given.get(path)
        if given is not None:
            return SourceFile(path, given.data, given.place)
        try:
            return SourceFile.read(path)
        except OSError:  # what was read for the summary has vanished since
            return None
