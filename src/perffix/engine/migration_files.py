"""The migrations of a project: files in folders named `migrations` or `alembic` beside or above its modules."""

# ruff: noqa: PTH118, PTH123, PTH202

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from perffix.engine.near_folders import folders_near

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_FOLDERS = ("migrations", "db_migrations", "alembic", "versions")
_LARGEST = 1_000_000  # bytes: data that is loaded once says nothing of indexes


class MigrationFiles:
    """Reads the migrations that belong to some modules.

    Args:
        paths: the modules of the project.
    """

    def __init__(self, paths: Iterable[str]) -> None:
        self._paths = paths

    def texts(self) -> Iterator[tuple[str, str]]:
        """Yield the file and the text of each migration that can be read."""
        seen: set[str] = set()
        for near in folders_near(self._paths, _FOLDERS):
            for folder, _, files in os.walk(near):
                for file in sorted(files):
                    path = os.path.join(folder, file)
                    if file.endswith((".py", ".sql")) and path not in seen:
                        seen.add(path)
                        yield from _read(path)


def _read(path: str) -> Iterator[tuple[str, str]]:
    try:
        if os.path.getsize(path) <= _LARGEST:
            with open(path, encoding="utf-8") as stream:
                yield path, stream.read()
    except (OSError, UnicodeDecodeError):  # a file that nobody can read tells nothing
        return
