"""What a terminal does with text: what is dangerous in it, how wide it is, and if colours are welcome."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from perffix.engine.discovery import Problem

# Joiners are invisible, but emoji and several scripts are wrong without them.
_JOINERS = "\u200c\u200d"
# Vowels and final consonants of decomposed Hangul share the cell of the consonant before them.
_HANGUL_TAIL = range(0x1160, 0x1200)


def harmless(text: str) -> str:
    r"""Return text in which nothing can steer a terminal, reorder what is read or start a new line.

    Control characters, lone surrogates, line separators and invisible format characters, among them all those
    of bidirectional text, come out as Python would write them in a literal (`\x1b`, `\u202e`).
    """
    if text.isprintable():
        return text
    return "".join(map(_visible, text))


def _visible(character: str) -> str:
    if character.isprintable() or character in _JOINERS:
        return character
    import unicodedata

    if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp"):
        return character.encode("unicode_escape").decode("ascii")
    return character


def encodable(text: str, encoding: str) -> str:
    """Return text with every character that the encoding lacks as a backslash escape."""
    return text.encode(encoding, "backslashreplace").decode(encoding)


def cells(text: str) -> int:
    """Return how many columns of a terminal harmless text takes: 0 for combining, 2 for wide characters."""
    if text.isascii():
        return len(text)
    return sum(map(_cells_of, text))


def _cells_of(character: str) -> int:
    if character.isascii():
        return 1
    import unicodedata

    if unicodedata.category(character) in ("Mn", "Me", "Cf") or ord(character) in _HANGUL_TAIL:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def wants_colour(stream: TextIO | None, environ: Mapping[str, str]) -> bool:
    """Tell whether to colour a stream: if it is a terminal, unless `NO_COLOR` or `FORCE_COLOR` decides."""
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR"):
        return True
    if stream is None or environ.get("TERM") == "dumb" or not stream.isatty():
        return False
    # Old consoles of Windows print the escape sequences; those that understand them say so.
    return sys.platform != "win32" or any(name in environ for name in ("WT_SESSION", "ANSICON", "TERM"))


class Palette:
    """Paints words, or leaves them as they are; the empty style is plain.

    Args:
        on: whether escape sequences are wanted.
    """

    _CODES = {"bold": "1", "dim": "2", "red": "1;31", "green": "32", "yellow": "33", "cyan": "36", "": "0"}  # noqa: RUF012

    def __init__(self, on: bool) -> None:
        self.on = on

    def paint(self, style: str, text: str) -> str:
        """Return text in a style: bold, dim, red, green, yellow or cyan."""
        return f"\x1b[{self._CODES[style]}m{text}\x1b[0m" if self.on and text else text


def columns(stream: TextIO | None, otherwise: int = 120) -> int:
    """Return the width of the terminal behind a stream, from 40 to `otherwise`; without one, `otherwise`."""
    try:
        width = os.get_terminal_size(stream.fileno()).columns if stream is not None else 0
    except (OSError, ValueError):  # not a terminal, or not even a file
        width = 0
    return min(max(width, 40), otherwise) if width else otherwise


def tell(problems: Iterable[Problem]) -> None:
    """Write what is wrong with each path to standard error. Raises OSError as `write` does."""
    for problem in problems:
        write(sys.stderr, f"perffix: {harmless(problem.path)}: {harmless(problem.message)}\n")


def write(stream: TextIO | None, text: str) -> None:
    """Write text to a standard stream.

    Characters that the stream cannot encode are escaped. When nobody reads any more (`perffix . | head`), the
    rest is dropped without a word, as the exit status matters more.

    Raises:
        OSError: the stream cannot take the text for another reason, such as a full disk.
    """
    if stream is None:  # the program was started with the stream closed
        return
    try:
        try:
            stream.write(text)
        except UnicodeEncodeError:
            stream.write(encodable(text, stream.encoding or "ascii"))
        stream.flush()
    except BrokenPipeError:
        _discard(stream)
    except OSError:
        _discard(stream)
        raise


def _discard(stream: TextIO) -> None:
    """Send all that a stream still holds or is given to nowhere, so that closing it raises no error."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, stream.fileno())
    finally:
        os.close(nowhere)


def write_bytes(stream: TextIO | None, data: bytes) -> None:
    """Write bytes to a standard stream as they are; otherwise as `write`."""
    if stream is None:
        return
    try:
        stream.flush()
        stream.buffer.write(data)
        stream.buffer.flush()
    except BrokenPipeError:
        _discard(stream)
    except OSError:
        _discard(stream)
        raise
