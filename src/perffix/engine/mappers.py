"""Whether a project uses a library that maps objects to tables: only then are its modules looked at together."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from perffix.engine.discovery import Found

_LIBRARIES = ("django", "sqlalchemy", "sqlmodel", "flask_sqlalchemy", "peewee", "playhouse", "tortoise")
# A mere mention would let the standard library be taken for a project.
_WORDS = tuple(f"{word} {name}".encode() for word in ("import", "from") for name in _LIBRARIES)


def mentions_mapper(data: bytes) -> bool:
    """Tell whether the text of a module names such a library."""
    return any(word in data for word in _WORDS)


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
