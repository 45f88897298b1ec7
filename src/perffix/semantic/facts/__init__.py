"""Facts about Python and libraries as data: TOML files beside this module, each read once and on first use.

Reading TOML takes longer than the check of a small file. So what was read is kept beside the bytecode of this module,
and under the same conditions: it is written where bytecode may be written, and no longer believed when the file that
it was made from has changed.
"""

from __future__ import annotations

import marshal
import os
import sys
from functools import cache
from typing import Any

Facts = dict[str, Any]


@cache
def load(name: str) -> Facts:
    """Return the content of `facts/NAME.toml`.

    Raises:
        FileNotFoundError: there is no such file.
    """
    kept = _kept_at(name)
    stamp = None if kept is None else _stamp(name)
    if kept is None or stamp is None:
        return _read(name)
    try:
        with open(kept, "rb") as stream:  # noqa: PTH123 - on the way to many checks
            made_from, facts = marshal.load(stream)
        if made_from == stamp and isinstance(facts, dict):
            return facts
    except (OSError, EOFError, ValueError, TypeError):  # missing, cut off or damaged
        pass
    facts = _read(name)
    if not sys.dont_write_bytecode:
        _keep(kept, stamp, facts)
    return facts


@cache
def load_or_empty(name: str) -> Facts:
    """Return what `load` does, or nothing when there is no such file."""
    if os.path.isdir(os.path.dirname(__file__)) and _stamp(name) is None:  # noqa: PTH112, PTH120 - nothing to import
        return {}
    try:
        return load(name)
    except FileNotFoundError:
        return {}


def _read(name: str) -> Facts:
    """Return the content of a file. What that takes is imported here: few runs need it."""
    from importlib.resources import files

    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    return tomllib.loads(files(__name__).joinpath(f"{name}.toml").read_text("utf-8"))


def _kept_at(name: str) -> str | None:
    """Return where a file is kept when it has been read: in the folder of this module's bytecode."""
    cached = None if __spec__ is None else __spec__.cached
    if cached is None:
        return None
    folder, bytecode = os.path.split(cached)
    tag = bytecode.removeprefix("__init__").removesuffix(".pyc")
    return os.path.join(folder, f"{name.replace('/', '.')}{tag}.facts")  # noqa: PTH118


def _stamp(name: str) -> tuple[str, int, int] | None:
    """Return what tells one state of a file from others, None where it is no file of its own."""
    path = os.path.join(os.path.dirname(__file__), f"{name}.toml")  # noqa: PTH118, PTH120
    try:
        status = os.stat(path)  # noqa: PTH116
    except OSError:  # in an archive, or there is none
        return None
    return path, status.st_size, status.st_mtime_ns


def _keep(kept: str, stamp: tuple[str, int, int], facts: Facts) -> None:
    own = f"{kept}.{os.getpid()}"
    try:
        with open(own, "wb") as stream:  # noqa: PTH123
            marshal.dump((stamp, facts), stream)
        os.replace(own, kept)  # noqa: PTH105 - whoever reads meanwhile sees the old state or the new one
    except (OSError, ValueError):  # a place that cannot be written, or a date: the next run reads the file again
        return
