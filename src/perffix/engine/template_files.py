"""The template files of a project: those in folders named `templates` beside or above its modules."""

# ruff: noqa: PTH112, PTH113, PTH117, PTH118, PTH123, PTH208

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING

from perffix.engine.near_folders import folders_near

if TYPE_CHECKING:
    from collections.abc import Iterable

_FOLDERS = ("templates", "jinja2")


class TemplateFiles:
    """Finds templates by the names under which they are rendered.

    Args:
        paths: the modules of the project.
    """

    def __init__(self, paths: Iterable[str]) -> None:
        self._paths = tuple(paths)

    def find(self, name: str) -> tuple[str, str] | None:
        """Return file and text of a template; None when there is none, or none that can be read."""
        if os.path.isabs(name) or ".." in name.split("/"):
            return None
        parts = name.split("/")
        for folder, held in self._folders.items():
            path = os.path.join(folder, *parts)
            if parts[0] in held and os.path.isfile(path):
                try:
                    with open(path, encoding="utf-8") as stream:
                        return path, stream.read()
                except (OSError, UnicodeDecodeError):  # a template that nobody can read tells nothing
                    return None
        return None

    @cached_property
    def _folders(self) -> dict[str, frozenset[str]]:
        """The folders, with the names of what is directly in each."""
        found = [each for each in folders_near(self._paths, _FOLDERS) if os.path.isdir(each)]
        return {each: _held(each) for each in found}


def _held(folder: str) -> frozenset[str]:
    """Return the names of what is directly in a folder; nothing where nobody can read it."""
    try:
        return frozenset(os.listdir(folder))
    except OSError:
        return frozenset()
