"""What the user has asked for: the keys, their values, and where each value came from.

Settings stand in the table `[tool.perffix]` of a `pyproject.toml`, or at the top level of a `perffix.toml`, which
wins where both stand in one directory. The nearest file with settings at or above the checked file holds, alone:
settings of several files are not mixed. The keys are spelled like the options of the command line, which are laid
over the file: `ignore` and the `extend-` keys add to it, every other option replaces the value of the file, and
`select` also drops the file's `extend-select`.
"""

# ruff: noqa: PTH100, PTH109, PTH110, PTH118, PTH120
# On the path of every check; os.path is cheaper than pathlib.

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from perffix.settings_file import (
    SETTINGS_FILES,
    ConfigError,
    UsageError,
    Version,
    project_target,
    settings_in,
    shown,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

__all__ = [
    "COMMAND_LINE",
    "DEFAULT",
    "KEYS",
    "SETTINGS_FILES",
    "Config",
    "ConfigError",
    "Configurations",
    "Key",
    "Selector",
    "UsageError",
    "build",
    "nearest",
    "read_options",
]

COMMAND_LINE = "command line"
DEFAULT = "default"
_REQUIRES = "requires-python"
OLDEST_TARGET: Version = (3, 10)
DEFAULT_EXCLUDE = (
    ".bzr", ".direnv", ".eggs", ".git", ".hg", ".ipynb_checkpoints", ".mypy_cache", ".nox", ".pants.d",
    ".pyenv", ".pytest_cache", ".pytype", ".ruff_cache", ".svn", ".tox", ".venv", ".vscode", "__pycache__",
    "__pypackages__", "_build", "build", "buck-out", "dist", "node_modules", "site-packages", "venv",
)  # fmt: skip
OUTPUT_FORMATS = ("text", "json")


class Selector(NamedTuple):
    """A word that selects rules (code, prefix, name or group) and where it was written."""

    text: str
    origin: str


class Config(NamedTuple):
    """The settings for one file. Immutable, hashable and picklable; `origin_of` tells where a value came from.

    Attributes:
        root: absolute directory that patterns are relative to: that of the settings file, else where the project
            begins (a `pyproject.toml` or `.git`), else the working directory.
        file: the settings file as shown to the user, None without one.
        select: selectors that replace the default selection; None means the default selection.
        target_version: the oldest Python that the checked code must run on.
        jobs: number of processes; 0 lets the number of files and processors decide.
        bandit: report what bandit reports, and nothing else.
        plugins: entry points of the group `perffix.rules` whose rules take part.
        origins: pairs of key and origin for every value that is not the default.
    """

    root: str
    file: str | None = None
    select: tuple[Selector, ...] | None = None
    extend_select: tuple[Selector, ...] = ()
    ignore: tuple[Selector, ...] = ()
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    pedantic: bool = False
    audit: bool = False
    bandit: bool = False
    builtin_defaults: bool = True
    target_version: Version = OLDEST_TARGET
    exclude: tuple[str, ...] = DEFAULT_EXCLUDE
    extend_exclude: tuple[str, ...] = ()
    force_exclude: bool = False
    respect_gitignore: bool = True
    unsafe_fixes: bool = False
    output_format: str = "text"
    jobs: int = 0
    plugins: tuple[str, ...] = ()
    origins: tuple[tuple[str, str], ...] = ()

    def origin_of(self, key: str) -> str:
        """Return where the value of a key, in either spelling, came from."""
        return dict(self.origins).get(key.replace("_", "-"), DEFAULT)

    def relative(self, path: str) -> str:
        """Return a path relative to `root` with forward slashes; a path outside of it as it is."""
        full = os.path.abspath(path)
        above = os.path.join(self.root, "")
        inside = full[len(above) :] if full.startswith(above) else path
        return inside.replace(os.sep, "/")


class Key(NamedTuple):
    """A setting: its name, how its value is read, what the value must be, and what it does."""

    name: str
    read: Callable[[Any], object]
    expected: str
    meaning: str


def _boolean(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _strings(value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) and item for item in value):
        raise TypeError
    return tuple(value)


def _table(value: object) -> tuple[tuple[str, tuple[str, ...]], ...]:
    if not isinstance(value, dict):
        raise TypeError
    return tuple((pattern, _strings(selectors)) for pattern, selectors in value.items())


def _format(value: object) -> str:
    if value not in OUTPUT_FORMATS:
        raise TypeError
    return str(value)


def _count(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise TypeError
    return value


def _version(value: object) -> Version:
    match = re.fullmatch(r"(?:py)?3\.?(\d{1,2})", value) if isinstance(value, str) else None
    if match is None:
        raise TypeError
    return 3, int(match[1])


_LIST = "a list of strings"
_TRUTH = "true or false"
KEYS: Mapping[str, Key] = {
    key.name: key
    for key in (
        Key("select", _strings, _LIST, "codes, prefixes, names or groups to report, in place of the default"),
        Key("extend-select", _strings, _LIST, "further ones to report"),
        Key("ignore", _strings, _LIST, "codes, prefixes, names or groups not to report"),
        Key("per-file-ignores", _table, "a table of patterns and lists of strings", "what to ignore in which files"),
        Key("pedantic", _boolean, _TRUTH, "whether families and prefixes take in the pedantic rules"),
        Key("audit", _boolean, _TRUTH, "whether families and prefixes take in the audit rules"),
        Key("bandit", _boolean, _TRUTH, "whether to report exactly what bandit does, in place of everything else"),
        Key("builtin-defaults", _boolean, _TRUTH, "whether tests and migrations are judged more mildly"),
        Key("target-version", _version, 'a version such as "3.10"', "the oldest Python that the code runs on"),
        Key("exclude", _strings, _LIST, "patterns of files and directories to pass over, in place of the default"),
        Key("extend-exclude", _strings, _LIST, "further patterns of files and directories to pass over"),
        Key("force-exclude", _boolean, _TRUTH, "whether files that are named one by one are excluded too"),
        Key("respect-gitignore", _boolean, _TRUTH, "whether to pass over what git ignores"),
        Key("unsafe-fixes", _boolean, _TRUTH, "whether fixes that may change behaviour are applied"),
        Key("output-format", _format, " or ".join(f'"{name}"' for name in OUTPUT_FORMATS), "the form of the report"),
        Key("jobs", _count, "a number, 0 for automatic", "number of processes"),
        Key("plugins", _strings, _LIST, "installed entry points of the group perffix.rules to take rules from"),
    )
}
_SELECTORS = frozenset({"select", "extend-select", "ignore"})
_ADDING = frozenset({"ignore", "extend-select", "extend-exclude", "per-file-ignores"})


def nearest(word: str, known: Iterable[str]) -> str:
    """Return `; did you mean ...?` with the known word that is nearest, or nothing if none is near."""
    import difflib

    matches = difflib.get_close_matches(word.lower(), [item.lower() for item in known], n=1, cutoff=0.5)
    if not matches:
        return ""
    return f'; did you mean "{next(item for item in known if item.lower() == matches[0])}"?'


def read_values(table: Mapping[str, object], origin: str) -> dict[str, object]:
    """Check and convert raw settings.

    Args:
        table: raw values by key; keys are spelled with hyphens.
        origin: where they stand, for messages.

    Raises:
        ConfigError: a key is unknown or a value is of the wrong kind.
    """
    values: dict[str, object] = {}
    for name, raw in table.items():
        key = KEYS.get(name)
        if key is None:
            raise ConfigError(f'{origin}: unknown key "{name}"{nearest(name, KEYS)}')
        try:
            value = key.read(raw)
        except TypeError:
            raise ConfigError(f'{origin}: "{name}" must be {key.expected}') from None
        if name in _SELECTORS:
            value = tuple(Selector(text, origin) for text in _strings(value))
        values[name] = value
    return values


def read_options(options: Mapping[str, object]) -> dict[str, object]:
    """Check and convert options of the command line, or keyword arguments of the programming interface.

    Names may be spelled with underscores; None stands for an option that was not given. Lists may also be one
    string, and their items may hold several words apart by commas. `per_file_ignores` may be a list of
    `pattern:selector`.

    Raises:
        ConfigError: as `read_values`.
    """
    table: dict[str, object] = {}
    for name, raw in options.items():
        if raw is None:
            continue
        key = KEYS.get(name.replace("_", "-"))
        if key is not None and key.read is _strings:
            parts = [raw] if isinstance(raw, str) else list(raw) if isinstance(raw, list | tuple) else raw
            if isinstance(parts, list) and all(isinstance(part, str) for part in parts):
                raw = [word.strip() for part in parts for word in part.split(",") if word.strip()]
        elif key is not None and key.read is _table and isinstance(raw, list | tuple):
            raw = _split_pairs(raw)
        table[name.replace("_", "-")] = raw
    return read_values(table, COMMAND_LINE)


def _split_pairs(pairs: Iterable[object]) -> dict[str, list[str]]:
    """Turn `pattern:selector,selector` items into a table; a pattern may come more than once."""
    table: dict[str, list[str]] = {}
    for pair in pairs:
        pattern, colon, selectors = str(pair).rpartition(":")
        if not colon or not pattern:
            raise ConfigError(f'{COMMAND_LINE}: "{pair}" is not of the form pattern:selector')
        table.setdefault(pattern, []).extend(word.strip() for word in selectors.split(",") if word.strip())
    return table


def build(
    root: str,
    options: Mapping[str, object] | None = None,
    *,
    file: str | None = None,
    table: Mapping[str, object] | None = None,
    target: Version | None = None,
) -> Config:
    """Return the settings made of a file's table with options laid over it.

    Args:
        root: directory that patterns are relative to.
        options: options of the command line; see `read_options`.
        file: the settings file as shown to the user.
        table: the raw settings in it.
        target: the target version when neither says one, from the project's `requires-python`.

    Raises:
        ConfigError: a key is unknown or a value is of the wrong kind.
    """
    values = read_values(table or {}, file or DEFAULT)
    origins = dict.fromkeys(values, file or DEFAULT)
    if target is not None and "target-version" not in values:
        values["target-version"] = target
        origins["target-version"] = _REQUIRES
    given = read_options(options or {})
    if "select" in given:
        values.pop("extend-select", None)
    for name, value in given.items():
        before = values.get(name)
        if name in _ADDING and isinstance(before, tuple) and isinstance(value, tuple):
            values[name] = before + value
            origins[name] = f"{origins[name]} and {COMMAND_LINE}"
        else:
            values[name] = value
            origins[name] = COMMAND_LINE
    fields: dict[str, Any] = {name.replace("-", "_"): value for name, value in values.items()}
    full = os.path.abspath(root) if root else ""
    return Config(root=full, file=file, origins=tuple(origins.items()), **fields)


class Configurations:
    """Finds the settings that hold in a directory; each directory and each file is looked at once.

    Args:
        options: options of the command line, laid over whatever is found; see `read_options`.
        isolated: use no files, only the options.
        file: use this settings file for everything instead of looking for one.
    """

    def __init__(
        self, options: Mapping[str, object] | None = None, *, isolated: bool = False, file: str | None = None
    ) -> None:
        self._options = dict(options or {})
        self._known: dict[str, Config] = {}
        self._fixed: Config | None = None
        if isolated:
            self._fixed = build(os.curdir, self._options)
        elif file is not None:
            self._fixed = self._from_file(file)

    def for_file(self, path: str) -> Config:
        """Return the settings for a file, which need not exist. Raises ConfigError."""
        return self.for_directory(os.path.dirname(path))

    def for_directory(self, directory: str) -> Config:
        """Return the settings for the files in a directory. Raises ConfigError."""
        if self._fixed is not None:
            return self._fixed
        full = os.path.abspath(directory)
        config = self._at(full)
        if config.root:
            return config
        # Nothing tells where the project begins: patterns are relative to the working directory, or, for what lies
        # elsewhere, to where the user pointed.
        working = os.getcwd()
        inside = full == working or full.startswith(os.path.join(working, ""))
        return config._replace(root=working if inside else full)

    def _at(self, directory: str) -> Config:
        """Return the settings for a directory: its own, or those above it; without a `root` if nothing is found."""
        known = self._known.get(directory)
        if known is None:
            parent = os.path.dirname(directory)
            known = self._own(directory)
            if known is None:
                above = build("", self._options) if parent == directory else self._at(parent)
                known = self._adapted(above, directory)
            self._known[directory] = known
        return known

    def _own(self, directory: str) -> Config | None:
        """Return the settings that stand in a directory, None if there are none."""
        for name in SETTINGS_FILES:
            path = os.path.join(directory, name)
            table = settings_in(path)
            if table is not None:
                return build(directory, self._options, file=shown(path), table=table, target=project_target(directory))
        return None

    def _adapted(self, config: Config, directory: str) -> Config:
        """Return settings from above as they hold in a directory that may begin a project without settings."""
        is_project = os.path.exists(os.path.join(directory, "pyproject.toml"))
        if config.file is None and (is_project or os.path.exists(os.path.join(directory, ".git"))):
            config = config._replace(root=directory)
        target = project_target(directory) if is_project else None
        if target is None or config.origin_of("target-version") not in (DEFAULT, _REQUIRES):
            return config
        origins = dict(config.origins) | {"target-version": _REQUIRES}
        return config._replace(target_version=target, origins=tuple(origins.items()))

    def _from_file(self, file: str) -> Config:
        """Read one named settings file."""
        table = settings_in(file)
        if table is None:
            if not os.path.exists(file):
                raise ConfigError(f"{file}: no such file")
            raise ConfigError(f"{file}: has no table [tool.perffix]")
        directory = os.path.dirname(file) or os.curdir
        return build(directory, self._options, file=file, table=table, target=project_target(directory))
