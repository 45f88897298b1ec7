"""Arguments added to calls and taken out of them, in the layout that the call has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from perffix.fixing import parentheses
from perffix.fixing.errors import FixError
from perffix.fixing.statements import comments_in, is_directive

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perffix.fixing.build import NewArgument

_NO_SPACE = cst.SimpleWhitespace("")


def with_arguments(call: cst.Call, new: Sequence[NewArgument]) -> cst.Call:
    """Return a call after each argument is added at the end, or taken out where it has no value."""
    for argument in new:
        call = _without(call, argument.name) if argument.node is None else _with(call, argument.name, argument.node)
    return call


def _with(call: cst.Call, name: str, value: cst.CSTNode) -> cst.Call:
    assert isinstance(value, cst.BaseExpression)
    new = cst.Arg(value)
    if name:
        new = new.with_changes(keyword=cst.Name(name), equal=cst.AssignEqual(_NO_SPACE, _NO_SPACE))
    if not call.args:
        return call.with_changes(args=[new])
    *others, last = call.args
    if isinstance(last.value, cst.GeneratorExp) and not last.value.lpar:
        last = last.with_changes(value=parentheses.wrapped(last.value))
    between = _space_between(call)
    if isinstance(last.comma, cst.Comma):
        end = last.comma.whitespace_after
        last = last.with_changes(comma=last.comma.with_changes(whitespace_after=_after_comma(end, between)))
        new = new.with_changes(comma=cst.Comma(whitespace_after=parentheses.without_comments(end)))
    else:
        end = last.whitespace_after_arg
        comma = cst.Comma(whitespace_after=_after_comma(end, between))
        last = last.with_changes(comma=comma, whitespace_after_arg=_NO_SPACE)
        new = new.with_changes(whitespace_after_arg=parentheses.without_comments(end))
    return call.with_changes(args=[*others, last, new])


def _space_between(call: cst.Call) -> cst.BaseParenthesizableWhitespace:
    """Return what stands between two arguments of a call: a space, or the beginning of a new line."""
    for argument in reversed(call.args[:-1]):
        if isinstance(argument.comma, cst.Comma):
            return parentheses.without_comments(argument.comma.whitespace_after)
    before = parentheses.without_comments(call.whitespace_before_args)
    return before if isinstance(before, cst.ParenthesizedWhitespace) else cst.SimpleWhitespace(" ")


def _after_comma(
    end: cst.BaseParenthesizableWhitespace, between: cst.BaseParenthesizableWhitespace
) -> cst.BaseParenthesizableWhitespace:
    """Return what stands behind an argument that is no longer the last one: its comments stay with it."""
    if not isinstance(end, cst.ParenthesizedWhitespace):
        return between
    if isinstance(between, cst.ParenthesizedWhitespace):
        return between.with_changes(first_line=end.first_line, empty_lines=end.empty_lines)
    if end.first_line.comment is None and not end.empty_lines:
        return between
    return end


def _without(call: cst.Call, name: str) -> cst.Call:
    found = [index for index, each in enumerate(call.args) if each.keyword is not None and each.keyword.value == name]
    if not found:
        raise FixError(f"the call has no argument {name}")
    index = found[0]
    gone = call.args[index]
    args = [*call.args[:index], *call.args[index + 1 :]]
    between = _in_its_place(_space_before(call, index), gone, closing=index == len(args))
    if not args:
        return call.with_changes(args=[], whitespace_before_args=between if comments_in(between) else _NO_SPACE)
    if index == 0:
        return call.with_changes(args=args, whitespace_before_args=between)
    if index == len(args):  # it was the last one: the one before it ends the call now
        args[-1] = _ending_with(args[-1], gone.comma, between)
    else:
        args[index - 1] = _followed_by(args[index - 1], between)
    return call.with_changes(args=args)


def _space_before(call: cst.Call, index: int) -> cst.BaseParenthesizableWhitespace:
    comma = call.args[index - 1].comma if index else None
    return comma.whitespace_after if isinstance(comma, cst.Comma) else call.whitespace_before_args


def _followed_by(argument: cst.Arg, space: cst.BaseParenthesizableWhitespace) -> cst.Arg:
    comma = argument.comma if isinstance(argument.comma, cst.Comma) else cst.Comma()
    return argument.with_changes(comma=comma.with_changes(whitespace_after=space))


def _ending_with(
    argument: cst.Arg, comma: cst.Comma | cst.MaybeSentinel, space: cst.BaseParenthesizableWhitespace
) -> cst.Arg:
    """Return an argument that ends a call, with a comma as the one had that ended it before."""
    if isinstance(comma, cst.Comma):
        return argument.with_changes(comma=comma.with_changes(whitespace_after=space), whitespace_after_arg=_NO_SPACE)
    return argument.with_changes(comma=comma, whitespace_after_arg=space)


def _in_its_place(
    before: cst.BaseParenthesizableWhitespace, gone: cst.Arg, *, closing: bool
) -> cst.BaseParenthesizableWhitespace:
    """Return what stands between the neighbours of an argument that is gone: the comments around it stay.

    One that stood on its line gets a line of its own, unless its neighbour stands on that line, too.
    """
    behind = gone.comma.whitespace_after if isinstance(gone.comma, cst.Comma) else gone.whitespace_after_arg
    if not comments_in(gone) and not comments_in(before):
        return behind if closing else before
    if not isinstance(before, cst.ParenthesizedWhitespace):
        return behind
    last = behind if closing and isinstance(behind, cst.ParenthesizedWhitespace) else before
    own = [text for text in comments_in(gone) if not is_directive(text)]
    lines = [cst.EmptyLine(before.indent, before.last_line, cst.Comment(text)) for text in own]
    return last.with_changes(first_line=before.first_line, empty_lines=[*before.empty_lines, *lines])
