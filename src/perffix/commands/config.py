"""Show which settings hold for a path and where each comes from, and which rules are on there and why."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from perffix.commands import OK, settings
from perffix.config import DEFAULT, KEYS, Config, Selector
from perffix.engine.own_rules import OWN_RULES
from perffix.output.terminal import Palette, harmless, wants_colour, write

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from perffix.engine.selection import Selection


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `perffix config`."""
    parser.add_argument(
        "path", nargs="?", default=".", metavar="PATH", help="a file or directory; by default this directory"
    )
    settings.add_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Print the settings and the rules. Raises UsageError when a setting is wrong."""
    from perffix.engine.selection import selection_for

    path: str = args.path
    found = settings.configurations(args)
    is_directory = os.path.isdir(path)  # noqa: PTH112 - as the discovery of files does it
    config = found.for_directory(path) if is_directory else found.for_file(path)
    palette = Palette(wants_colour(sys.stdout, os.environ))
    lines = [
        f"settings for {harmless(path)}",
        f"file: {config.file if config.file is not None else 'none'}",
        f"root: {config.root}",
        "",
        *_settings(config, palette),
        "",
        *_rules(selection_for(config), None if is_directory else path, palette),
    ]
    write(sys.stdout, "".join(f"{line}\n" for line in lines))
    return OK


def _settings(config: Config, palette: Palette) -> Iterator[str]:
    width = max(map(len, KEYS))
    for name in KEYS:
        origin = config.origin_of(name)
        value = _shown(getattr(config, name.replace("-", "_")))
        painted = palette.paint("dim" if origin == DEFAULT else "cyan", f"({origin})")
        yield f"{palette.paint('bold', name.ljust(width))} = {value} {painted}"


def _shown(value: object) -> str:
    """Return a value as a settings file would hold it."""
    if value is None:
        return "the default group"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return f'"{harmless(value)}"'
    if isinstance(value, Selector):
        return _shown(value.text)
    if not isinstance(value, tuple):
        raise TypeError(f"a setting is a {type(value).__name__}")
    if len(value) == 2 and all(isinstance(part, int) for part in value):
        return '"{}.{}"'.format(*value)
    if value and isinstance(value[0], tuple) and not isinstance(value[0], Selector):
        return "{" + ", ".join(f"{_shown(pattern)} = {_shown(ignored)}" for pattern, ignored in value) + "}"
    return "[" + ", ".join(map(_shown, value)) + "]"


def _rules(selection: Selection, path: str | None, palette: Palette) -> Iterator[str]:
    """Yield a line for each code: on or off, and why; for a file with what holds for it alone."""
    rows = [(code, rule.name) for rule in (*OWN_RULES, *selection.rules) for code in rule.codes]
    width = max((len(name) for _, name in rows), default=0)
    for code, name in rows:
        verdict = selection.verdict(code, path)
        state = palette.paint("green", "on ") if verdict.on else palette.paint("yellow", "off")
        yield f"{code.ljust(7)} {name.ljust(width)} {state} {harmless(verdict.why)}"
