"""The difference between a file and its fixed text, as `patch` and `git apply` read it."""

from __future__ import annotations

import difflib
import os
from pathlib import PurePath
from typing import TYPE_CHECKING

from perffix.model import Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from perffix.source import SourceFile

MASK = "[secret]"
_NO_LINE_END = b"\n\\ No newline at end of file\n"


def unified_diff(source: SourceFile, after: bytes, secrets: Iterable[str | Span] = ()) -> bytes:
    """Return a unified diff in the encoding of the file, empty when nothing changed.

    Only line feeds end a line, as for `git`: carriage returns belong to the lines.

    Args:
        source: the file as it was.
        after: its new bytes.
        secrets: texts, or places in the file as it was, that no line may show; each is masked wherever it stands.
            A diff that had something to mask is for reading and cannot be applied.
    """
    old, new = _lines(source.data), _lines(after)
    name = PurePath(source.path).as_posix().lstrip("/")
    differences = difflib.diff_bytes(
        difflib.unified_diff, old, new, _name(f"a/{name}"), _name(f"b/{name}"), lineterm=b"\n"
    )
    hidden = sorted(_spellings(source, secrets), key=len, reverse=True)
    mask = MASK.encode()
    shown: list[bytes] = []
    for number, line in enumerate(differences):
        if number >= 2:  # below the names of the files
            for secret in hidden:
                line = line.replace(secret, mask)
        shown.append(line if line.endswith(b"\n") else line + _NO_LINE_END)
    return b"".join(shown)


def _lines(data: bytes) -> list[bytes]:
    *lines, last = data.split(b"\n")
    return [*(line + b"\n" for line in lines), *([last] if last else [])]


def _name(name: str) -> bytes:
    """Spell a file name as git does: quoted when a character needs it, a tab after one with a space."""
    text = os.fsencode(name)
    if any(byte < 0x20 or byte in b'"\\' for byte in text):
        return b'"' + b"".join(_quoted(byte) for byte in text) + b'"'
    return text + b"\t" if b" " in text else text


def _quoted(byte: int) -> bytes:
    if byte in b'"\\':
        return b"\\" + bytes([byte])
    return b"\\%03o" % byte if byte < 0x20 else bytes([byte])


def _spellings(source: SourceFile, secrets: Iterable[str | Span]) -> Iterator[bytes]:
    """Yield what must not be shown, line by line, since a secret may spread over several."""
    for secret in secrets:
        text = _text_at(source, secret) if isinstance(secret, Span) else secret
        for line in text.splitlines():
            if line.strip():
                yield line.encode(source.encoding.removesuffix("-sig"), "replace")


def _text_at(source: SourceFile, span: Span) -> str:
    lines = [source.line(number) for number in range(span.line, span.end_line + 1)]
    if not lines:
        return ""
    lines[-1] = lines[-1][: source.characters(span.end_line, span.end_column)]
    lines[0] = lines[0][source.characters(span.line, span.column) :]
    return "\n".join(lines)
