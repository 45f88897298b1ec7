"""The line of source that a finding is about, cut to size and made harmless, and where to draw the marks."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from perffix.output.masking import MASK
from perffix.output.terminal import cells, encodable, harmless

if TYPE_CHECKING:
    from collections.abc import Sequence

_TAB = 4
_CUT = "..."


class Excerpt(NamedTuple):
    """A line as it is shown; the mark begins after `indent` cells and is `width` cells wide, at least one."""

    text: str
    indent: int
    width: int


def excerpt(
    line: str,
    start: int,
    end: int,
    *,
    hidden: Sequence[tuple[int, int]] = (),
    limit: int = 110,
    encoding: str = "utf-8",
) -> Excerpt:
    """Return a line for display with its characters from `start` to `end` to be marked.

    Args:
        line: the source line without its line end.
        start: first marked character, counted from 0; may lie just behind the line.
        end: the character after the last marked one.
        hidden: ranges of characters to be masked.
        limit: the most cells that may be used; the line is cut around the mark, the ends of the cuts shown.
        encoding: that of the output; what it lacks is escaped here, so that the mark still lies right.
    """
    length = len(line)
    start = min(start, length)
    end = max(min(end, length), start)
    # No need to look at a megabyte of characters to show a hundred.
    low, high = max(0, start - limit), min(length, min(end, start + limit) + limit)
    shown = _display(line, low, high, hidden, encoding)
    widths = [cells(piece) for piece in shown]
    left, right = _window(widths, start - low, end - low, limit, low > 0, high < length)
    before = _CUT if low + left > 0 else ""
    after = _CUT if low + right < length else ""
    text = before + "".join(shown[left:right]) + after
    marked_end = min(end - low, right)
    return Excerpt(
        text.rstrip(" "),
        len(before) + sum(widths[left : start - low]),
        max(sum(widths[start - low : marked_end]), 1),
    )


def _display(line: str, low: int, high: int, hidden: Sequence[tuple[int, int]], encoding: str) -> list[str]:
    """Return what is shown for each character; of a masked range the mask stands at its first character."""
    unicode = encoding.lower().startswith("utf")
    shown: list[str] = []
    column = 0
    for index in range(low, high):
        character = line[index]
        mask = next((range_ for range_ in hidden if range_[0] <= index < range_[1]), None)
        if mask is not None:
            piece = MASK if index in (mask[0], low) else ""
        elif character == "\t":
            piece = " " * (_TAB - column % _TAB)
        else:
            piece = harmless(character)
            if not unicode:
                piece = encodable(piece, encoding)
        shown.append(piece)
        column += cells(piece)
    return shown


def _window(widths: list[int], start: int, end: int, limit: int, cut_before: bool, cut_after: bool) -> tuple[int, int]:
    """Return which characters to show so that the marked ones are seen with some of what surrounds them."""
    if not cut_before and not cut_after and sum(widths) <= limit:
        return 0, len(widths)
    room = limit - 2 * len(_CUT)
    left, right, used = start, start, 0
    context = room // 4
    while left > 0 and used + widths[left - 1] <= context:
        left -= 1
        used += widths[left]
    while right < len(widths) and used + widths[right] <= room:
        used += widths[right]
        right += 1
    while left > 0 and used + widths[left - 1] <= room:
        left -= 1
        used += widths[left]
    return left, right
