"""Facts about Python and libraries as data: TOML files beside this module, each read once and on first use."""

from __future__ import annotations

from functools import cache
from typing import Any

Facts = dict[str, Any]


@cache
def load(name: str) -> Facts:
    """Return the content of `facts/NAME.toml`.

    The TOML parser is imported here because a file without a single suspicion never needs it.
    """
    import sys
    from importlib.resources import files

    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    return tomllib.loads(files(__name__).joinpath(f"{name}.toml").read_text("utf-8"))


@cache
def load_or_empty(name: str) -> Facts:
    """Return what `load` does, or nothing when there is no such file."""
    try:
        return load(name)
    except FileNotFoundError:
        return {}
