"""The result of a run for programs: one JSON object."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from perffix.model import Finding, Related, Span
    from perffix.output.masking import Mask
    from perffix.output.result import Result
    from perffix.output.sources import Sources
    from perffix.source import SourceFile


def report_object(result: Result, sources: Sources) -> dict[str, object]:
    """Return a result as values that JSON knows."""
    from perffix import __version__

    findings = [
        finding_object(finding, source, mask)
        for source, mask, run in sources.by_file(result.findings)
        for finding in run
    ]
    suppressed = [
        {
            "code": item.finding.code,
            "name": item.finding.name,
            "path": item.finding.path,
            "line": item.finding.span.line,
            "reason": item.reason,
        }
        for item in result.suppressed
    ]
    return {
        "version": __version__,
        "findings": findings,
        "files_checked": result.files,
        "suppressed": suppressed,
        "fixed": [{"path": path, "count": number} for path, number in result.fixed],
        "diffs": [{"path": diff.path, "diff": diff.text} for diff in result.diffs],
        "errors": [{"path": problem.path, "message": problem.message} for problem in result.problems],
        "exit_status": result.status,
    }


def statistics_object(findings: Iterable[Finding]) -> list[dict[str, object]]:
    """Return how often each rule found something, in the order of codes."""
    counts: dict[tuple[str, str], int] = {}
    for finding in findings:
        key = finding.code, finding.name
        counts[key] = counts.get(key, 0) + 1
    return [{"code": code, "name": name, "count": counts[code, name]} for code, name in sorted(counts)]


def finding_object(finding: Finding, source: SourceFile | None, mask: Mask) -> dict[str, object]:
    """Return a finding as values that JSON knows.

    Lines and columns count from 1, columns count characters, and the end is exclusive. `source` is None for a
    file that could not be read; `mask` hides its secrets.
    """
    fix = finding.fix
    return {
        "code": finding.code,
        "name": finding.name,
        "path": finding.path,
        **_place(finding.span, source),
        "message": mask.hide(finding.message),
        "help": mask.hide(finding.help),
        "severity": finding.severity.value if finding.severity is not None else None,
        "confidence": finding.confidence.value,
        "impact": finding.impact.value if finding.impact is not None else None,
        "cwe": finding.cwe,
        "evidence": [mask.hide(fact) for fact in finding.evidence],
        "related": [_related(related, finding, source, mask.hide(related.message)) for related in finding.related],
        "fix": None
        if fix is None
        else {"applicability": fix.applicability.value, "description": mask.hide(fix.description)},
    }


def _related(related: Related, finding: Finding, source: SourceFile | None, message: str) -> dict[str, object]:
    here = related.path is None or related.path == finding.path
    return {
        "path": related.path or finding.path,
        **_place(related.span, source if here else None),
        "message": message,
    }


def _place(span: Span, source: SourceFile | None) -> dict[str, object]:
    def column(line: int, column: int) -> int:
        return 1 + (column if source is None else source.characters(line, column))

    return {
        "line": span.line,
        "column": column(span.line, span.column),
        "end_line": span.end_line,
        "end_column": column(span.end_line, span.end_column),
    }


def dumped(report: dict[str, object]) -> str:
    """Return a report as text in ASCII, so that it can be written in any encoding and holds any file name."""
    import json

    return json.dumps(report, indent=2) + "\n"
