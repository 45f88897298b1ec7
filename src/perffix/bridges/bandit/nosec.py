"""`# nosec` comments, read and applied exactly as the installed bandit does."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from perffix.source import SourceFile


class Nosec:
    """The `# nosec` comments of one file.

    Args:
        lines: for each line with such a comment the ids that it lists; none stands for all.
    """

    def __init__(self, lines: dict[int, set[str]]) -> None:
        self._lines = lines

    @classmethod
    def of(cls, source: SourceFile) -> Nosec:
        """Return the comments of a file; it is tokenised only when the word stands in it."""
        if b"nosec" not in source.data:
            return cls({})
        # bandit's reading has its own ways with lists: of `B301,B602` only the last counts. Asking it is the one
        # way to say the same in every version.
        from bandit.core.manager import _parse_nosec_comment as parse

        listed = ((comment.line, parse(comment.text)) for comment in source.comments if "nosec" in comment.text)
        return cls({line: ids for line, ids in listed if ids is not None})

    def suppresses(self, bandit_id: str, line: int | None, lines: Iterable[int]) -> bool:
        """Tell whether a finding is suppressed.

        Args:
            bandit_id: its id.
            line: the line that the test itself has named, None if it has named none; its comment counts.
            lines: those of the node that the test looked at; of the comments on them the first counts.
        """
        if not self._lines:
            return False
        on_node = next((self._lines[number] for number in lines if number in self._lines), None)
        on_line = self._lines.get(line) if line is not None else None
        if on_node is None and on_line is None:
            return False
        listed = (on_node or set()) | (on_line or set())
        return not listed or bandit_id in listed
