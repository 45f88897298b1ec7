"""From the paths that a user names to the files that are checked."""

# ruff: noqa: PTH100, PTH110, PTH114, PTH116, PTH118, PTH120
# The walk handles many paths, as plain text all along.

from __future__ import annotations

import errno
import os
import stat
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from perffix.config import SETTINGS_FILES, UsageError
from perffix.engine.patterns import entry_pattern

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from perffix.config import Config, Configurations
    from perffix.engine.ignored import Ignored

_SUFFIXES = (".py", ".pyi")
_NAME = attrgetter("name")
_TELLING = frozenset({*SETTINGS_FILES, ".git", ".gitignore"})  # what settles anything for a directory and those below
STDIN = "-"  # the path that stands for standard input; whoever calls has taken it out


class Problem(NamedTuple):
    """A path that could not be looked at, and why, in words that follow the path."""

    path: str
    message: str

    @classmethod
    def of(cls, path: str, error: OSError) -> Problem:
        """Return what is wrong with a path that the system refuses."""
        if isinstance(error, FileNotFoundError) and os.path.islink(path):
            return cls(path, "is a link that leads nowhere")
        if error.errno == errno.ELOOP:
            return cls(path, "is a link that leads back to itself")
        return cls(path, f"cannot be read: {error.strerror or error}")


class Found(NamedTuple):
    """A file to check: its path as the user would write it, its settings and its size in bytes."""

    path: str
    config: Config
    size: int


class Discovery(NamedTuple):
    """All files to check, sorted by path, and all trouble on the way."""

    files: tuple[Found, ...]
    problems: tuple[Problem, ...]


def find_files(paths: Iterable[str], configurations: Configurations) -> Discovery:
    """Return the files that the given paths stand for, each file once.

    A path to a file stands for that file, whatever its name; the patterns of `exclude` and of git leave it in, unless
    `force-exclude` is set. A directory stands for the `.py` and `.pyi` files below it. Links to directories are not
    followed; a link to a file counts unless the file itself is there too.

    Args:
        paths: files and directories.
        configurations: where the settings for each directory come from.

    Raises:
        UsageError: a path is empty or does not exist.
        ConfigError: settings on the way are wrong.
    """
    return _Search(configurations).run(paths)


class _Place(NamedTuple):
    """A directory of the walk: as shown, its absolute path, and what holds for its entries.

    `relative` is its path as patterns see it, with a slash at the end, and nothing for the root of the settings.
    """

    path: str
    full: str
    relative: str
    config: Config
    ignored: Ignored | None


class _Search:
    """The state of one search."""

    def __init__(self, configurations: Configurations) -> None:
        self._configurations = configurations
        self._problems: dict[str, Problem] = {}
        # By device and inode, or real path: whether reached by a link, the order of arrival, and the file.
        self._files: dict[tuple[int, int] | str, tuple[bool, int, Found]] = {}

    def run(self, paths: Iterable[str]) -> Discovery:
        given = list(paths)
        if "" in given:
            raise UsageError("a path is empty; write . for this directory")
        named = [os.path.normpath(path) for path in given]
        for path in named:
            if not _may_exist(path):
                raise UsageError(f"{path}: no such file or directory")
        for path in named:
            self._add_named(path)
        files = sorted((found for _, _, found in self._files.values()), key=lambda found: found.path)
        problems = sorted(self._problems.values())
        return Discovery(tuple(files), tuple(problems))

    def _add_named(self, path: str) -> None:
        """Add what a path of the user stands for."""
        try:
            status = os.stat(path)
        except OSError as error:
            self._problems[path] = Problem.of(path, error)
            return
        if stat.S_ISDIR(status.st_mode):
            self._walk(path)
            return
        config = self._configurations.for_file(path)
        if not (config.force_exclude and is_excluded(path, config)):
            self._add(path, status, config, linked=os.path.islink(path))

    def _add(self, path: str, status: os.stat_result, config: Config, *, linked: bool) -> None:
        """Add a file, unless it is there under a better path; refuse what is no regular file."""
        if not stat.S_ISREG(status.st_mode):
            self._problems[path] = Problem(path, "is not a regular file")
            return
        # Some file systems give no inode numbers.
        identity = (status.st_dev, status.st_ino) if status.st_ino else os.path.realpath(path)
        rank = (linked, len(self._files))
        known = self._files.get(identity)
        if known is None or rank < known[:2]:
            self._files[identity] = (*rank, Found(path, config, status.st_size))

    def _walk(self, top: str) -> None:
        """Add the Python files below a directory."""
        full = os.path.abspath(top)
        config = self._configurations.for_directory(full)
        repository = _repository(full) if config.respect_gitignore else None
        ignored = _ignored_above(repository, full) if repository else None
        pending = [_Place("" if top == os.curdir else top, full, _as_patterns_see(full, config), config, ignored)]
        while pending:
            place = pending.pop()
            try:
                with os.scandir(place.full) as listing:
                    entries = sorted(listing, key=_NAME)
            except OSError as error:
                path = place.path or os.curdir
                self._problems[path] = Problem.of(path, error)
                continue
            pending.extend(self._take(entries, self._settle(place, entries, below=place.full != full)))

    def _settle(self, place: _Place, entries: Iterable[os.DirEntry[str]], *, below: bool) -> _Place:
        """Return a place of the walk with what the directory itself says: settings, patterns, a new repository."""
        names = {entry.name for entry in entries}
        config, ignored = place.config, place.ignored
        if names.isdisjoint(_TELLING) and (ignored is None or config.respect_gitignore):
            return place  # nearly every directory
        relative = place.relative
        if below and not names.isdisjoint((*SETTINGS_FILES, ".git")):
            config = self._configurations.for_directory(place.full)
            relative = _as_patterns_see(place.full, config)
        if not config.respect_gitignore:
            ignored = None
        else:
            if below and ".git" in names:
                ignored = _ignored_above(place.full, place.full)
            if ".gitignore" in names:
                from perffix.engine.ignored import ignored_below

                ignored = ignored_below(place.full, ignored)
        return place._replace(relative=relative, config=config, ignored=ignored)

    def _take(self, entries: Iterable[os.DirEntry[str]], place: _Place) -> Iterator[_Place]:
        """Add the files among the entries of a directory and yield the directories to go on with."""
        path, _, relative, config, ignored = place
        pattern = entry_pattern(config.exclude + config.extend_exclude)
        for entry in entries:
            name = entry.name
            try:
                is_directory = entry.is_dir(follow_symlinks=False)
            except OSError as error:
                shown = os.path.join(path, name)
                self._problems[shown] = Problem.of(shown, error)
                continue
            if not is_directory and not name.endswith(_SUFFIXES):
                continue
            shown = os.path.join(path, name)
            if pattern is not None and pattern.fullmatch(f"{relative}{name}{'/' if is_directory else ''}"):
                continue
            if ignored is not None and ignored.matches(entry.path, is_directory):
                continue
            if is_directory:
                inside = "" if entry.path == config.root else f"{relative}{name}/"
                yield _Place(shown, entry.path, inside, config, ignored)
                continue
            linked = entry.is_symlink()
            try:
                status = entry.stat()
            except OSError as error:
                self._problems[shown] = Problem.of(shown, error)
                continue
            if not stat.S_ISDIR(status.st_mode):
                self._add(shown, status, config, linked=linked)


def _as_patterns_see(directory: str, config: Config) -> str:
    """Return the path of an absolute directory below the root of the settings, with a slash; empty for the root."""
    return "" if directory == config.root else f"{config.relative(directory)}/"


def _may_exist(path: str) -> bool:
    try:
        os.lstat(path)
    except PermissionError:
        return True  # what stands in the way is told when it is read
    except (OSError, ValueError):
        return False
    return True


def is_excluded(path: str, config: Config) -> bool:
    """Tell whether a file, or a directory between it and the settings file, is excluded by pattern or by git."""
    pattern = entry_pattern(config.exclude + config.extend_exclude)
    if pattern is not None:
        parts = config.relative(path).split("/")
        above = ["/".join(parts[:count]) + "/" for count in range(1, len(parts))]
        if any(pattern.fullmatch(entry) for entry in (*above, "/".join(parts))):
            return True
    full = os.path.abspath(path)
    repository = _repository(os.path.dirname(full)) if config.respect_gitignore else None
    if repository is None:
        return False
    from perffix.engine.ignored import lies_in_ignored

    return lies_in_ignored(repository, full)


def _ignored_above(repository: str, directory: str) -> Ignored | None:
    from perffix.engine.ignored import ignored_in_repository

    return ignored_in_repository(repository, directory)


def _repository(directory: str) -> str | None:
    """Return the directory with a `.git` at or above an absolute directory, None without one."""
    while not os.path.exists(os.path.join(directory, ".git")):
        parent = os.path.dirname(directory)
        if parent == directory:
            return None
        directory = parent
    return directory
