"""Blocks with statements replaced, added and taken out: where their blank lines and comments go."""

# libcst names the methods of visitors after its nodes.
# ruff: noqa: N802

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import libcst as cst

if TYPE_CHECKING:
    from perffix.fixing.pieces import Statement

Block = cst.Module | cst.IndentedBlock | cst.SimpleStatementSuite

# Comments that tools obey mean something else on another line.
_DIRECTIVE = re.compile(r"#\s*(noqa|nosec|type:|pragma|pylint|mypy|pyright|ruff|flake8|fmt|yapf|isort|perffix)", re.I)


class Change(NamedTuple):
    """What becomes of one statement: others around it, and None or what stands in its place."""

    before: Sequence[Statement] = ()
    instead: Sequence[Statement] | None = None
    after: Sequence[Statement] = ()

    @property
    def in_line(self) -> bool:
        """Tell whether the outcome can stay between two semicolons."""
        if self.before or self.after:
            return False
        return self.instead is None or (len(self.instead) <= 1 and all(map(_is_plain, self.instead)))


Changes = Mapping[int, Change]


def changed_suite(
    original: cst.SimpleStatementSuite, updated: cst.SimpleStatementSuite, changes: Changes
) -> cst.BaseSuite:
    """Return the statements after a colon, as a block when they no longer fit there."""
    if all(changes.get(id(small), Change()).in_line for small in original.body):
        body = _in_line(original.body, updated.body, changes)
        return updated.with_changes(body=body or [cst.Pass()])
    lines = list(_split(original.body, updated.body, changes))
    return cst.IndentedBlock(lines, header=updated.trailing_whitespace)


def changed_body(
    original: Sequence[cst.CSTNode], updated: Sequence[cst.CSTNode], changes: Changes
) -> tuple[list[Statement], list[cst.EmptyLine]]:
    """Return the statements of a block, and comments that are left over behind the last of them.

    Args:
        original: the statements as they were parsed, by which changes are known.
        updated: the same statements with changes inside them.
        changes: by the identity of the original statement, small or compound.
    """
    result: list[Statement] = []
    carried: list[cst.EmptyLine] = []
    for before, now in zip(original, updated, strict=True):
        assert isinstance(now, (cst.SimpleStatementLine, cst.BaseCompoundStatement))
        lines, carried_on = _changed_statement(before, now, changes)
        if lines and carried:
            lines[0] = with_leading(lines[0], _joined(carried, leading(lines[0])))
            carried = []
        if lines and not result and now is not updated[0]:
            lines[0] = with_leading(lines[0], _at_top(leading(lines[0])))
        carried = _joined(carried, carried_on)
        result.extend(lines)
    return result, [line for line in carried if line.comment is not None]


def _changed_statement(
    original: cst.CSTNode, updated: Statement, changes: Changes
) -> tuple[list[Statement], list[cst.EmptyLine]]:
    """Return the statements in the place of one, or the lines that stay behind when there are none."""
    if isinstance(original, cst.SimpleStatementLine):
        assert isinstance(updated, cst.SimpleStatementLine)
        if not any(id(small) in changes for small in original.body):
            return [updated], []
        if len(original.body) > 1:
            return _changed_line(original, updated, changes)
        change = changes[id(original.body[0])]
    elif id(original) in changes:
        change = changes[id(original)]
    else:
        return [updated], []
    return _around(updated, change)


def _around(updated: Statement, change: Change) -> tuple[list[Statement], list[cst.EmptyLine]]:
    lines = list(leading(updated))
    middle: list[Statement] = [updated]
    if change.instead is not None:
        middle = list(change.instead)
        if isinstance(updated, cst.SimpleStatementLine) and middle:
            middle[-1] = _with_trailing(middle[-1], updated.trailing_whitespace)
        lines += _lost_comments(updated, middle)
    first = [*change.before, *middle, *change.after]
    if not first:
        return [], lines
    if middle and change.before:
        apart = _apart_count(lines)
        first[0] = with_leading(first[0], [*lines[:apart], *leading(first[0])])
        lines = lines[apart:]
    position = len(change.before) if middle else 0
    own = () if first[position] is updated else leading(first[position])
    first[position] = with_leading(first[position], [*lines, *own])
    return first, []


def _changed_line(
    original: cst.SimpleStatementLine, updated: cst.SimpleStatementLine, changes: Changes
) -> tuple[list[Statement], list[cst.EmptyLine]]:
    """Change some of the statements between the semicolons of a line."""
    if all(changes.get(id(small), Change()).in_line for small in original.body):
        body = _in_line(original.body, updated.body, changes)
        if body:
            return [updated.with_changes(body=body)], []
        return [], [*updated.leading_lines, *_lost_comments(updated, [])]
    lines = list(_split(original.body, updated.body, changes))
    lines[-1] = _with_trailing(lines[-1], updated.trailing_whitespace)
    lost = _lost_comments(updated, lines)
    lines[0] = with_leading(lines[0], [*updated.leading_lines, *lost, *leading(lines[0])])
    return lines, []


def _in_line(
    original: Sequence[cst.BaseSmallStatement], updated: Sequence[cst.BaseSmallStatement], changes: Changes
) -> list[cst.BaseSmallStatement]:
    """Return the statements of a line whose changes all fit between semicolons."""
    body: list[cst.BaseSmallStatement] = []
    for before, now in zip(original, updated, strict=True):
        instead = changes.get(id(before), Change()).instead
        if instead is None:
            body.append(now)
            continue
        for statement in instead:
            assert isinstance(statement, cst.SimpleStatementLine)
            body.append(statement.body[0].with_changes(semicolon=cst.MaybeSentinel.DEFAULT))
        if instead:
            body[-1] = body[-1].with_changes(semicolon=now.semicolon)
    if body and len(body) != len(original):
        body[-1] = body[-1].with_changes(semicolon=original[-1].semicolon)
    return body


def _split(
    original: Sequence[cst.BaseSmallStatement], updated: Sequence[cst.BaseSmallStatement], changes: Changes
) -> Iterable[Statement]:
    """Give each statement of a line its own line."""
    for before, now in zip(original, updated, strict=True):
        change = changes.get(id(before), Change())
        yield from change.before
        if change.instead is None:
            yield cst.SimpleStatementLine([now.with_changes(semicolon=cst.MaybeSentinel.DEFAULT)])
        else:
            yield from change.instead
        yield from change.after


def _is_plain(statement: Statement) -> bool:
    """Tell whether a statement is a single small one without comments around it."""
    if not isinstance(statement, cst.SimpleStatementLine) or len(statement.body) != 1:
        return False
    return statement.trailing_whitespace.comment is None and not any(
        line.comment is not None for line in statement.leading_lines
    )


def leading(statement: Statement) -> Sequence[cst.EmptyLine]:
    """Return the blank lines and comments above a statement."""
    return statement.leading_lines


def with_leading(statement: Statement, lines: Sequence[cst.EmptyLine]) -> Statement:
    """Return a statement below other blank lines and comments."""
    return statement.with_changes(leading_lines=list(lines))


def _with_trailing(statement: Statement, trailing: cst.TrailingWhitespace) -> Statement:
    """Keep the comment at the end of a replaced line; one that the new line has itself stays."""
    if not isinstance(statement, cst.SimpleStatementLine) or statement.trailing_whitespace.comment is not None:
        return statement
    return statement.with_changes(trailing_whitespace=trailing)


def _blank_count(lines: Sequence[cst.EmptyLine]) -> int:
    return next((index for index, line in enumerate(lines) if line.comment is not None), len(lines))


def _apart_count(lines: Sequence[cst.EmptyLine]) -> int:
    """Count the lines up to the last blank one; the comments below it belong to the statement."""
    return next((index for index in range(len(lines), 0, -1) if lines[index - 1].comment is None), 0)


def _at_top(lines: Sequence[cst.EmptyLine]) -> Sequence[cst.EmptyLine]:
    """Return the lines above a statement that has become the first of its block: none that only parted it."""
    return lines[_blank_count(lines) :]


def _joined(carried: Sequence[cst.EmptyLine], own: Sequence[cst.EmptyLine]) -> list[cst.EmptyLine]:
    """Put the lines of a statement that is gone above those of the next; blank lines do not add up."""
    if not carried:
        return list(own)
    if any(line.comment is not None for line in carried):
        return [*carried, *own]
    blank = _blank_count(own)
    return [*(carried if len(carried) > blank else own[:blank]), *own[blank:]]


def _lost_comments(old: Statement, new: Sequence[Statement]) -> list[cst.EmptyLine]:
    """Return comments from inside a replaced statement that its replacement does not hold, as lines."""
    without_leading = with_leading(old, [])
    held = Counter(text for statement in new for text in comments_in(statement))
    lost: list[cst.EmptyLine] = []
    for text in comments_in(without_leading):
        if held[text]:
            held[text] -= 1
        elif not is_directive(text):
            lost.append(cst.EmptyLine(comment=cst.Comment(text)))
    return lost


def is_directive(comment: str) -> bool:
    """Tell whether a tool obeys a comment, which then means something only where it stands."""
    return _DIRECTIVE.match(comment) is not None


def comments_in(node: cst.CSTNode) -> list[str]:
    """Return the texts of all comments of a node, in order."""
    collector = _Comments()
    node.visit(collector)
    return collector.texts


class _Comments(cst.CSTVisitor):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def visit_Comment(self, node: cst.Comment) -> None:
        self.texts.append(node.value)
