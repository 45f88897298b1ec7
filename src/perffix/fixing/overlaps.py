"""Which fixes can be applied in one pass, because none touches what another touches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.model import AddArgument, NodeRef, Replace, SetArgument, Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from perffix.model import Edit, Finding, Fix


def apart(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings whose fixes can be applied together: of those that overlap, the first.

    Two fixes overlap when what one replaces, or the statement beside which it inserts, shares text with a target
    or a piece of the other. A statement counts whole: two fixes that put a line before nested loops may have
    chosen the same new name. A fix that renames something counts from its first edit to its last. Of a call that gets
    one more argument, only its end counts; what is added must differ.
    """
    taken: list[_Extent] = []
    chosen: list[Finding] = []
    for finding in findings:
        assert finding.fix is not None
        extent = _Extent(finding.fix)
        if not any(extent.overlaps(other) for other in taken):
            taken.append(extent)
            chosen.append(finding)
    return chosen


class _Extent:
    """The text that a fix changes, and the text that it only reads."""

    def __init__(self, fix: Fix) -> None:
        self.changed: Sequence[Span] = [_changed(edit) for edit in fix.edits]
        if any(isinstance(edit, Replace) and edit.target.kind == "Name" for edit in fix.edits):
            self.changed = [_around(self.changed)]  # a new name must not meet that of another fix
        self.added = {(edit.target, edit.code.text) for edit in fix.edits if isinstance(edit, AddArgument)}
        self.read: Sequence[Span] = list(_pieces(fix))

    def overlaps(self, other: _Extent) -> bool:
        return (
            _share(self.changed, other.changed)
            or _share(self.changed, other.read)
            or _share(self.read, other.changed)
            or not self.added.isdisjoint(other.added)
        )


def _changed(edit: Edit) -> Span:
    """Return the text that an edit changes; for one more argument the place before the closing parenthesis."""
    span = edit.target.span
    if not isinstance(edit, AddArgument):
        return span
    return Span(span.end_line, span.end_column - 1, span.end_line, span.end_column - 1)


def _around(spans: Sequence[Span]) -> Span:
    """Return the smallest span that holds all of some."""
    start, end = min(span.start for span in spans), max(span.end for span in spans)
    return Span(*start, *end)


def _pieces(fix: Fix) -> Iterator[Span]:
    for edit in fix.edits:
        for piece in edit.code.pieces.values():
            if isinstance(piece, NodeRef):
                yield piece.span


def _share(first: Iterable[Span], second: Sequence[Span]) -> bool:
    return any(one.overlaps(other) for one in first for other in second)


def conflict_within(fix: Fix) -> bool:
    """Tell whether two edits of one fix replace the same text, or insert into text that another replaces."""
    replaced = [edit.target for edit in fix.edits if isinstance(edit, Replace)]
    for index, target in enumerate(replaced):
        if any(target.span.overlaps(other.span) for other in replaced[index + 1 :]):
            return True
    others = [edit for edit in fix.edits if not isinstance(edit, Replace)]
    return any(
        target.span.contains(other.target.span)
        and (target.span != other.target.span or isinstance(other, (SetArgument, AddArgument)))
        for target in replaced
        for other in others
    )
