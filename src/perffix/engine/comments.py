"""Comments that a fix would lose: its applicability is lowered, a person should look first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.model import Applicability, NodeRef, Replace

if TYPE_CHECKING:
    from collections.abc import Iterable

    from perffix.model import Finding, Fix
    from perffix.source import Comment, SourceFile

_WHY = "a comment would be lost"


def keep_comments(findings: Iterable[Finding], source: SourceFile) -> list[Finding]:
    """Return the findings, the SAFE fixes among them that would lose a comment of the file lowered to UNSAFE."""
    return [
        finding._replace(fix=finding.fix.lowered(Applicability.UNSAFE, _WHY))
        if finding.fix is not None
        and finding.fix.applicability is Applicability.SAFE
        and loses_comment(finding.fix, source)
        else finding
        for finding in findings
    ]


def loses_comment(fix: Fix, source: SourceFile) -> bool:
    """Tell whether a comment stands in what the fix replaces and in none of the pieces that it keeps."""
    return any(isinstance(edit, Replace) and _edit_loses_comment(edit, source) for edit in fix.edits)


def _edit_loses_comment(edit: Replace, source: SourceFile) -> bool:
    target = edit.target.span
    lines = range(target.line, target.end_line + 1)
    if not any("#" in source.line(number) for number in lines):
        return False
    kept = [piece.span for piece in edit.code.pieces.values() if isinstance(piece, NodeRef)]
    removed = not edit.code.text.strip()
    return any(
        (target.start <= place < target.end and not any(span.start <= place < span.end for span in kept))
        or (removed and comment.line == target.end_line and place >= target.end)
        for comment in source.comments
        for place in (_place(comment),)
    )


def _place(comment: Comment) -> tuple[int, int]:
    return comment.line, comment.column
