"""perffix finds performance and security anti-patterns in Python code, proves them and rewrites them.

The functions here are the programming interface. Keyword arguments besides those named are settings, spelled like
the options of the command line with underscores: `check_source(text, select="PERF", target_version="3.12")`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, AnyStr

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable

    from perffix.engine.checking import Report
    from perffix.model import Finding
    from perffix.source import SourceFile

__all__ = ["__version__", "check_paths", "check_source", "fix_source"]
__version__ = "0.1.0"


def check_source(text: str | bytes, path: str = "<string>", **settings: object) -> list[Finding]:
    """Return the findings in a module's text, sorted; comments in it suppress as they do in a file.

    No file is read, none of settings either. A text that cannot be parsed gives one finding, PERF001.

    Args:
        text: the module, as text or as the bytes of a file.
        path: the name that findings carry and that patterns are matched against.
        settings: options of the command line.

    Raises:
        perffix.config.ConfigError: a setting is wrong.
        UnicodeEncodeError: the text holds what the encoding that it names cannot express.
    """
    from perffix.config import build
    from perffix.engine.runner import check_source as check

    return check(_source(text, path), build(".", settings))


def check_paths(paths: Iterable[str | os.PathLike[str]], **settings: object) -> Report:
    """Check files and all Python files below directories, under the settings files that hold for them.

    Args:
        paths: files and directories.
        settings: options of the command line, laid over the settings files. `jobs` is 1 unless given; with more,
            the calling program must guard its main module, as `multiprocessing` demands.

    Raises:
        perffix.config.UsageError: a path does not exist or a setting is wrong.
    """
    import os

    from perffix.config import Configurations, build
    from perffix.engine.checking import check_paths as check

    jobs = build(".", {"jobs": 1, **settings}).jobs
    return check([os.fspath(path) for path in paths], Configurations(settings), jobs=jobs)


def fix_source(text: AnyStr, path: str = "<string>", **settings: object) -> AnyStr:
    """Return a module's text after all fixes that may be applied, the text itself if there are none.

    Safe fixes are applied, with `unsafe_fixes=True` unsafe ones too. A fix that would not do what it promises is
    left out, and a text that cannot be parsed stays as it is.

    Args:
        text: the module, as text or as the bytes of a file.
        path: as in `check_source`.
        settings: options of the command line.

    Raises:
        perffix.config.ConfigError: a setting is wrong.
        UnicodeEncodeError: the text holds what the encoding that it names cannot express.
    """
    from perffix.config import build
    from perffix.engine.runner import check_source as check
    from perffix.fixing.rounds import fix_source as fix
    from perffix.model import Applicability
    from perffix.source import SourceError

    config = build(".", settings)
    source = _source(text, path)
    allowed = Applicability.UNSAFE if config.unsafe_fixes else Applicability.SAFE
    try:
        data = fix(source, lambda current: check(current, config), allowed).data
    except SourceError:
        return text
    if data == source.data:
        return text
    return data if isinstance(text, bytes) else data.decode(_codec(source))


def _source(text: str | bytes, path: str) -> SourceFile:
    """Return a module as a file; text is encoded as it says itself, so that both name the same columns."""
    from perffix.source import SourceError, SourceFile

    if isinstance(text, bytes):
        return SourceFile(path, text)
    source = SourceFile(path, text.encode("utf-8", "surrogatepass"))
    try:
        codec = _codec(source)
    except SourceError:
        return source  # the check says what is wrong with it
    return source if codec == "utf-8" else SourceFile(path, text.encode(codec))


def _codec(source: SourceFile) -> str:
    """Return the codec between a file's bytes and a text that keeps a byte order mark as a character."""
    return "utf-8" if source.encoding == "utf-8-sig" else source.encoding
