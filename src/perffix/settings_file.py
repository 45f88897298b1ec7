"""The files that settings stand in: `perffix.toml` and `pyproject.toml`, read and taken apart."""

# ruff: noqa: PTH116, PTH118, PTH119, PTH123
# On the path of every check; os.path is cheaper than pathlib.

from __future__ import annotations

import os
import re
import sys
from functools import lru_cache
from typing import Any

Version = tuple[int, int]

SETTINGS_FILES = ("perffix.toml", "pyproject.toml")  # in one directory the first wins
_PROJECT_FILE = "pyproject.toml"


class UsageError(Exception):
    """Something that the user asked for cannot be done; one sentence that says what and where."""


class ConfigError(UsageError):
    """A settings file or an option holds something wrong."""


def settings_in(path: str) -> dict[str, Any] | None:
    """Return perffix's table of a settings file; None when there is no such file or no such table in it.

    Raises:
        ConfigError: the file cannot be read or is not valid TOML.
    """
    content = _content(path, _stamp(path))
    if content is None or os.path.basename(path) != _PROJECT_FILE:
        return content
    tool = content.get("tool")
    table = tool.get("perffix") if isinstance(tool, dict) else None
    if table is not None and not isinstance(table, dict):
        raise ConfigError(f'{shown(path)}: "tool.perffix" must be a table')
    return table


def project_target(directory: str) -> Version | None:
    """Return the oldest Python that the project in a directory says to need, None if it says nothing.

    Raises:
        ConfigError: as `settings_in`.
    """
    path = os.path.join(directory, _PROJECT_FILE)
    project = (_content(path, _stamp(path)) or {}).get("project")
    return lower_bound(project.get("requires-python")) if isinstance(project, dict) else None


def lower_bound(requires: object) -> Version | None:
    """Return the oldest Python 3 that a `requires-python` value admits, None if it sets no such bound."""
    if not isinstance(requires, str):
        return None
    bounds = re.findall(r"(?:>=|~=|===?|>)\s*3(?:\.(\d+))?", requires)
    return (3, max(int(minor or 0) for minor in bounds)) if bounds else None


def shown(path: str) -> str:
    """Return a path as the user would write it: relative when it is below the working directory."""
    try:
        relative = os.path.relpath(path)
    except ValueError:  # on another drive
        return path
    return path if relative.startswith("..") else relative


def _stamp(path: str) -> tuple[int, int] | None:
    """Return what changes with a file, None when there is none."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


@lru_cache(maxsize=64)
def _content(path: str, stamp: tuple[int, int] | None) -> dict[str, Any] | None:
    """Return what a TOML file holds, None when there is none or nothing in it is of interest.

    A `pyproject.toml` that is no valid TOML is an error only when it speaks of perffix: others lie about as test
    data and concern nobody here.
    """
    if stamp is None:
        return None
    try:
        with open(path, "rb") as stream:
            data = stream.read()
    except IsADirectoryError:
        return None
    except OSError as error:
        raise ConfigError(f"{shown(path)}: cannot be read: {error.strerror}") from error
    foreign = os.path.basename(path) == _PROJECT_FILE and b"perffix" not in data
    if foreign and b"requires-python" not in data:
        return None
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        return tomllib.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        if foreign:
            return None
        reason, *_ = str(error).splitlines() or [""]
        raise ConfigError(f"{shown(path)}: not valid TOML: {reason}") from error
