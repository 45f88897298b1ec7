"""Secrets stay out of reports: a report is read by more people, and kept longer, than the code it quotes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from perffix.model import Finding, Span
    from perffix.source import SourceFile

MASK = "[secret]"
_CUT = "..."  # stands in messages for the middle of long code
_TELLING = 4  # so many characters of a secret tell something

_OPENING = re.compile(r"[A-Za-z]{0,2}('''|\"\"\"|'|\")")
# In prose such text is more likely part of the message than the secret: only its quoted form is hidden.
_WORD = re.compile(r"[^\W\d_]{1,15}|.{1,3}")


class Mask:
    """The secrets of one file: where they stand and how they are written.

    Args:
        source: the file; without one there is nothing to hide.
        findings: its findings, also those that are not shown; the ones about secrets count. What else of the file
            may be a secret is hidden whether a rule has looked for it or not.
        to_hide: where that stands; None when nobody has looked for it yet.
    """

    def __init__(
        self, source: SourceFile | None, findings: Iterable[Finding], to_hide: Iterable[Span] | None = None
    ) -> None:
        self._source = source
        self._ranges: dict[int, list[tuple[int, int]]] = {}
        self._texts: set[str] = set()
        if source is None:
            return
        for finding in findings:
            for span in (finding.span, *finding.hidden) if finding.secret else finding.hidden:
                self._add(source, span)
        if to_hide is None:
            from perffix.semantic.secrets.hiding import spans_to_hide  # what looked at the file did that as a rule

            to_hide = spans_to_hide(source)
        for span in to_hide:
            self._add(source, span)

    def __bool__(self) -> bool:
        return bool(self._ranges)

    def _add(self, source: SourceFile, span: Span) -> None:
        quote = ""
        for number in range(span.line, span.end_line + 1):
            line = source.line(number)
            start = source.characters(number, span.column) if number == span.line else 0
            end = source.characters(number, span.end_column) if number == span.end_line else len(line)
            if number == span.line and (opening := _OPENING.match(line, start, end)):
                quote = opening[1]
                start = opening.end()
            if number == span.end_line and quote and line.endswith(quote, start, end):
                end -= len(quote)
            if start < end:
                self._ranges.setdefault(number, []).append((start, end))
                secret = line[start:end]
                self._hide(secret, prose=span.line == span.end_line, quoted=bool(quote))
        value = _value(source.segment(span))
        if value:
            self._hide(value, prose=True, quoted=True)

    def _hide(self, secret: str, *, prose: bool, quoted: bool) -> None:
        """Add a text to those that are hidden, or only its quoted forms when it is a mere word."""
        if len(secret) > 3 and not (prose and _WORD.fullmatch(secret)):
            self._texts.add(secret)
        elif quoted:
            self._texts.update((f"'{secret}'", f'"{secret}"'))

    @property
    def texts(self) -> frozenset[str]:
        """What must not stand in any text, a line or less each."""
        return frozenset(self._texts)

    def ranges(self, line: int) -> list[tuple[int, int]]:
        """Return the ranges of characters, counted from 0, that are not to be shown of a line.

        A secret is none of the places alone where a rule finds it: the same text elsewhere is hidden, too.
        """
        ranges = set(self._ranges.get(line, ()))
        text = self._source.line(line) if self._source is not None else ""
        for secret in self._texts:
            for found in re.finditer(re.escape(secret), text):
                is_quoted = secret[0] == secret[-1] and secret[0] in "'\""
                ranges.add((found.start() + is_quoted, found.end() - is_quoted))
        return _united(ranges)

    def hide(self, text: str) -> str:
        """Return text, such as a message or a diff, with every secret that stands in it masked."""
        for secret in sorted(self._texts, key=len, reverse=True):
            if secret in text:
                quote = secret[0] if secret[0] == secret[-1] and secret[0] in "'\"" else ""
                text = text.replace(secret, f"{quote}{MASK}{quote}")
            if _CUT in text:
                text = _without_ends_at_cuts(text, secret)
        return text


def _without_ends_at_cuts(text: str, secret: str) -> str:
    """Return text without the beginning of a secret right before a cut and the end of one right behind a cut."""
    pieces = text.split(_CUT)
    for number, piece in enumerate(pieces):
        for length in range(len(secret) - 1, _TELLING - 1, -1):
            if number < len(pieces) - 1 and piece.endswith(secret[:length]):
                piece = piece[:-length] + MASK
                break
        for length in range(len(secret) - 1, _TELLING - 1, -1):
            if number > 0 and piece.startswith(secret[-length:]):
                piece = MASK + piece[length:]
                break
        pieces[number] = piece
    return _CUT.join(pieces)


def _united(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return ranges in order, those that overlap as one."""
    united: list[tuple[int, int]] = []
    for start, end in sorted(ranges):
        if united and start < united[-1][1]:
            united[-1] = united[-1][0], max(end, united[-1][1])
        else:
            united.append((start, end))
    return united


def _value(literal: str) -> str:
    """Return what a string literal stands for, which may look otherwise; nothing for other code."""
    import ast

    try:
        value = ast.literal_eval(f"({literal})")
    except (SyntaxError, ValueError):
        return ""
    return value if isinstance(value, str) else ""
