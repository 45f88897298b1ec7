"""The folders in which files may lie that belong to modules but are none: templates, migrations."""

# ruff: noqa: PTH118, PTH120

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_MOST_LEVELS = 2  # above the folders of the modules


def folders_near(paths: Iterable[str], names: Iterable[str]) -> Iterator[str]:
    """Yield where folders of some names would lie beside or above modules, those beside them first.

    Args:
        paths: the modules.
        names: the names of the folders.
    """
    places = dict.fromkeys(os.path.dirname(path) or os.curdir for path in paths)
    for folder in list(places):
        for _ in range(_MOST_LEVELS):
            above = os.path.dirname(folder) if folder != os.curdir else ""
            if not above or above == folder:
                break
            folder = above
            places[folder] = None
    names = tuple(names)
    return (os.path.join(place, name) for place in places for name in names)
