"""What one run has to say, before it takes a form."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from perffix.engine.discovery import Problem
    from perffix.engine.runner import Suppressed
    from perffix.model import Finding


class Diff(NamedTuple):
    """What fixes change in a file: its path and the unified diff, without secrets, in the file's encoding."""

    path: str
    data: bytes
    encoding: str

    @property
    def text(self) -> str:
        """The diff as text."""
        return self.data.decode(self.encoding, "backslashreplace")


class Result(NamedTuple):
    """What one run has to say.

    Attributes:
        findings: what is to be reported, sorted: all that was found, or with fixes what they leave.
        files: how many files were looked at.
        suppressed: what comments in the files suppressed.
        problems: paths that could not be read, fixed or written, and why.
        fixed: how many findings fixes have removed, by path.
        diffs: what fixes would change; only when that was asked for.
        status: the exit status that follows.
    """

    findings: tuple[Finding, ...]
    files: int
    suppressed: tuple[Suppressed, ...] = ()
    problems: tuple[Problem, ...] = ()
    fixed: tuple[tuple[str, int], ...] = ()
    diffs: tuple[Diff, ...] = ()
    status: int = 0
