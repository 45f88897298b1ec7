"""The rules that look at all modules of a project together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.engine.own_rules import failed_in_project
from perffix.project.naming import module_names
from perffix.project.project import Project
from perffix.rules.rule import ProjectContext

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from perffix.model import Finding
    from perffix.project.summary import ModuleSummary
    from perffix.rules.rule import Rule


class LinkedProject:
    """The summaries of a project's files, and what some rules find in all of them together.

    Args:
        summaries: the summary of each file by its path.
        rules: rules that look at all modules together.
    """

    def __init__(self, summaries: Mapping[str, ModuleSummary], rules: Iterable[Rule]) -> None:
        self._summaries = dict(summaries)
        self._rules = tuple(rules)

    def findings(self) -> dict[str, list[Finding]]:
        """Return all findings by file. What a rule fails with becomes one of them (PERF000)."""
        names = module_names(self._summaries)
        project = Project({names[path]: summary for path, summary in self._summaries.items()})
        found: dict[str, list[Finding]] = {}
        for rule in self._rules:
            context = ProjectContext(rule, project)
            try:
                for handler in rule.project_handlers:
                    for finding in handler(context):
                        found.setdefault(finding.path, []).append(finding)
            except Exception as error:
                path = next(iter(self._summaries))
                found.setdefault(path, []).append(failed_in_project(rule, path, error))
        return found

    def findings_in(self, path: str, summary: ModuleSummary) -> list[Finding]:
        """Return the findings in a file whose text is another one now; so it stays for what is asked later."""
        self._summaries[path] = summary
        return self.findings().get(path, [])
