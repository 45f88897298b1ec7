"""What git ignores: `.gitignore` files at every level and the repository's own `info/exclude`.

The user's global excludes file is not read, so that a check gives the same result for everybody. A file that git
tracks although a pattern matches it is ignored here all the same. Only this module imports pathspec.
"""

# ruff: noqa: PTH118, PTH120, PTH123
# The walk handles many paths, as plain text all along.

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pathspec import GitIgnoreSpec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class Ignored:
    """The patterns of one file, over those of the files above it. Paths are absolute.

    Args:
        base: the directory that the patterns are relative to.
        spec: the patterns.
        above: what holds where these patterns say nothing.
    """

    __slots__ = ("_above", "_prefix", "_spec")

    def __init__(self, base: str, spec: GitIgnoreSpec, above: Ignored | None) -> None:
        self._prefix = len(base.rstrip(os.sep)) + 1
        self._spec = spec
        self._above = above

    def matches(self, path: str, is_directory: bool) -> bool:
        """Tell whether a file or directory below the base is ignored, its parents left out of account."""
        level: Ignored | None = self
        while level is not None:
            relative = path[level._prefix :].replace(os.sep, "/")
            ignored = level._spec.check_file(f"{relative}/" if is_directory else relative).include
            if ignored is not None:
                return ignored
            level = level._above
        return False


def ignored_below(directory: str, above: Ignored | None) -> Ignored | None:
    """Return what is ignored below a directory, which may hold a `.gitignore`, given what holds above it."""
    spec = _spec(os.path.join(directory, ".gitignore"))
    return above if spec is None else Ignored(directory, spec, above)


def ignored_in_repository(repository: str, directory: str) -> Ignored | None:
    """Return what is ignored below a directory by the files of its repository that lie above it, not in it.

    A directory that is itself ignored was asked for on purpose: then nothing of that holds.

    Args:
        repository: absolute path of the directory that holds `.git`.
        directory: absolute path of that directory or one below it.
    """
    spec = _spec(os.path.join(_git_directory(repository), "info", "exclude"))
    ignored = None if spec is None else Ignored(repository, spec, None)
    for step in _steps(repository, directory):
        ignored = ignored_below(os.path.dirname(step), ignored)
        if ignored is not None and ignored.matches(step, True):
            return None
    return ignored


def lies_in_ignored(repository: str, path: str) -> bool:
    """Tell whether a file, or a directory between it and its repository, is ignored. Paths are absolute."""
    spec = _spec(os.path.join(_git_directory(repository), "info", "exclude"))
    ignored = None if spec is None else Ignored(repository, spec, None)
    for step in _steps(repository, path):
        ignored = ignored_below(os.path.dirname(step), ignored)
        if ignored is not None and ignored.matches(step, step != path):
            return True
    return False


def _steps(repository: str, path: str) -> Iterator[str]:
    """Yield the paths from just below the repository down to the given one."""
    at = len(repository.rstrip(os.sep)) + 1
    while at < len(path):
        at = path.find(os.sep, at)
        if at < 0:
            yield path
            return
        yield path[:at]
        at += 1


def _spec(path: str) -> GitIgnoreSpec | None:
    """Read a file of patterns; None when there is none or nothing in it. Invalid lines are left out, as git does."""
    try:
        with open(path, encoding="utf-8-sig", errors="surrogateescape") as stream:
            lines = stream.read().splitlines()
    except OSError:  # git itself passes over a file of patterns that it cannot read
        return None
    lines = [line for line in lines if line.strip() and not line.startswith("#")]
    if not lines:
        return None
    try:
        return GitIgnoreSpec.from_lines(lines)
    except ValueError:
        return GitIgnoreSpec.from_lines(_valid(lines))


def _valid(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        try:
            GitIgnoreSpec.from_lines([line])
        except ValueError:
            continue
        yield line


def _git_directory(repository: str) -> str:
    """Return the directory with the repository's own files; of a linked worktree or submodule it lies elsewhere."""
    git = os.path.join(repository, ".git")
    text = _first_line(git)
    if text.startswith("gitdir:"):
        git = os.path.join(repository, text.removeprefix("gitdir:").strip())
        git = os.path.join(git, _first_line(os.path.join(git, "commondir")))
    return git


def _first_line(path: str) -> str:
    """Return the first line of a small file, nothing if there is no such file."""
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as stream:
            return stream.readline().rstrip("\r\n")
    except OSError:
        return ""
