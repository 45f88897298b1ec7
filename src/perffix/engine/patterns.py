"""Patterns for paths, as in `exclude` and `per-file-ignores`; they read like those of `.gitignore`.

A pattern without a slash matches a name at any depth. One with a slash at its start or inside matches from the
directory of the settings file. `*` and `?` do not cross a slash, `**` does, `[abc]` is one of these characters. A
pattern that matches a directory holds for all that is below it; with a slash at its end it matches only
directories. There is no negation.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_BELOW = r"(?:/.*)?"
_ONLY_BELOW = r"/.*"


@lru_cache(maxsize=256)
def entry_pattern(patterns: tuple[str, ...]) -> re.Pattern[str] | None:
    """Return an expression that fully matches the entries named by the patterns, but not what is below them.

    Entries are matched by their relative path, directories with a slash at the end. None without patterns.
    """
    return _compile(patterns, "/?", "/")


@lru_cache(maxsize=256)
def path_pattern(patterns: tuple[str, ...]) -> re.Pattern[str] | None:
    """Return an expression that fully matches the files named by the patterns or below a directory so named."""
    return _compile(patterns, _BELOW, _ONLY_BELOW)


def _compile(patterns: Iterable[str], entry_end: str, directory_end: str) -> re.Pattern[str] | None:
    """Join patterns into one expression, each with the end that fits it."""
    parts = []
    for pattern in patterns:
        body = pattern.replace("\\", "/").removeprefix("./")
        end = directory_end if body.endswith("/") else entry_end
        body = body.rstrip("/")
        if body:
            start = "" if "/" in body else "(?:.*/)?"
            parts.append(start + _translate(body.lstrip("/")) + end)
    return re.compile("|".join(parts), re.DOTALL) if parts else None


def _translate(pattern: str) -> str:
    """Turn one pattern without slashes at its ends into a regular expression."""
    parts: list[str] = []
    at = 0
    while at < len(pattern):
        if pattern.startswith("**/", at):
            parts.append("(?:.*/)?")
            at += 3
        elif pattern.startswith("**", at):
            parts.append(".*")
            at += 2
        elif pattern[at] == "*":
            parts.append("[^/]*")
            at += 1
        elif pattern[at] == "?":
            parts.append("[^/]")
            at += 1
        elif pattern[at] == "[" and (close := pattern.find("]", at + 2)) > 0:
            inside = pattern[at + 1 : close].replace("\\", "\\\\").replace("[", "\\[")
            parts.append(f"[^/{inside[1:]}]" if inside[0] in "!^" else f"[{inside}]")
            at = close + 1
        else:
            parts.append(re.escape(pattern[at]))
            at += 1
    return "".join(parts)
