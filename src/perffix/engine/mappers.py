"""Whether a project uses a library that maps objects to tables: only then are its modules looked at together."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from perffix.engine.discovery import Found

_NAMES = (b"django", b"sqlalchemy", b"sqlmodel", b"peewee", b"playhouse", b"tortoise")
_IMPORT = b"import "


def mentions_mapper(data: bytes) -> bool:
    """Tell whether the text of a module imports such a library."""
    place = data.find(_IMPORT)
    while place >= 0:  # one search for all libraries: every file is asked
        end = data.find(b"\n", place)
        line = data[data.rfind(b"\n", 0, place) + 1 : None if end < 0 else end]
        if any(_imports(name, line) for name in _NAMES if name in line):
            return True
        place = data.find(_IMPORT, place + 1)
    return False


def _imports(name: bytes, line: bytes) -> bool:
    """Tell it for one library; a mere mention would let the standard library be taken for a project."""
    names = (name, b"flask_" + name)
    return any(word + each in line for word in (b"import ", b"from ") for each in names)


def any_mentions_mapper(files: Iterable[Found]) -> bool:
    """Tell whether the text of some file names such a library; files that cannot be read do not."""
    for found in files:
        try:
            with open(found.path, "rb") as stream:  # noqa: PTH123 - cheaper than a Path for each file
                if mentions_mapper(stream.read()):
                    return True
        except OSError:  # the check of the file says so
            continue
    return False
