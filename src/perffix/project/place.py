"""Places in the files of a project."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from perffix.model import Span


class Place(NamedTuple):
    """An expression: its file, its span, and the first and last line of its statement."""

    path: str
    span: Span
    lines: tuple[int, int]
