"""Findings for programs: one JSON object."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from perffix.model import Finding, Related, Span
    from perffix.output.masking import Mask
    from perffix.source import SourceFile


def finding_object(finding: Finding, source: SourceFile | None, mask: Mask | None) -> dict[str, object]:
    """Return a finding as values that JSON knows.

    Lines and columns count from 1, columns count characters, and the end is exclusive. `source` is None for a
    file that could not be read; `mask` hides its secrets.
    """

    def clean(text: str) -> str:
        return mask.hide(text) if mask is not None else text

    fix = finding.fix
    return {
        "code": finding.code,
        "name": finding.name,
        "path": finding.path,
        **_place(finding.span, source),
        "message": clean(finding.message),
        "help": clean(finding.help),
        "severity": finding.severity.value if finding.severity is not None else None,
        "confidence": finding.confidence.value,
        "impact": finding.impact.value if finding.impact is not None else None,
        "cwe": finding.cwe,
        "evidence": [clean(fact) for fact in finding.evidence],
        "related": [
            _related(related, finding, source, clean(related.message)) for related in finding.related
        ],
        "fix": None
        if fix is None
        else {"applicability": fix.applicability.value, "description": clean(fix.description)},
    }


def _related(
    related: Related, finding: Finding, source: SourceFile | None, message: str
) -> dict[str, object]:
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
