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


def findings_in_project(summaries: Mapping[str, ModuleSummary], rules: Iterable[Rule]) -> dict[str, list[Finding]]:
    """Return what rules find in a project, by file.

    Args:
        summaries: the summary of each file by its path.
        rules: rules that look at all modules together.
    """
    names = module_names(summaries)
    project = Project({names[path]: summary for path, summary in summaries.items()})
    found: dict[str, list[Finding]] = {}
    for rule in rules:
        context = ProjectContext(rule, project)
        try:
            for handler in rule.project_handlers:
                for finding in handler(context):
                    found.setdefault(finding.path, []).append(finding)
        except Exception as error:
            path = next(iter(summaries))
            found.setdefault(path, []).append(failed_in_project(rule, path, error))
    return found
