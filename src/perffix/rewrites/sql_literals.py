"""Reads how the text of a statement is spelled in the source, and spells it anew with placeholders.

The new spelling keeps prefixes, quotes, line breaks and the split into several literals. Spellings with escapes,
conversions or format specifications are refused: what they say cannot be told from the characters alone.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from perffix.semantic.strings import Built, Hole

_LITERAL = re.compile(r"(?P<prefix>[rRfFuU]{0,2})(?P<quote>\"\"\"|'''|\"|')")
_PERCENT = re.compile(r"%(?:\([^)]*\))?[sd]")
_FORMAT = re.compile(r"\{[^{}]*\}")


class SpellingError(Exception):
    """The text is spelled in a way that cannot be rewritten; nothing for the user."""


class Fragment(NamedTuple):
    """One string literal: its prefix, its quote, its text with a NUL for each hole, and the source before it."""

    prefix: str
    quote: str
    text: str
    gap: str


def fragments_of(built: Built, source: str) -> list[Fragment]:
    """Return the literals that a statement's text is spelled with; holes between literals join the one before.

    Args:
        built: the text as it is put together.
        source: the source of its root expression.

    Raises:
        SpellingError: the spelling is not understood, or the holes do not come out as they are built.
    """
    if "\\" in source or "#" in source:
        raise SpellingError
    found = list(_scan(source, _hole_pattern(built.root)))
    if "".join(fragment.text for fragment in found) != built.text:
        raise SpellingError
    return found


def _hole_pattern(root: ast.expr) -> re.Pattern[str] | None:
    """Return what marks a hole inside of a plain literal of this expression."""
    if isinstance(root, ast.BinOp) and isinstance(root.op, ast.Mod):
        return _PERCENT
    if isinstance(root, ast.Call):
        return _FORMAT
    return None


def _scan(source: str, pattern: re.Pattern[str] | None) -> Iterator[Fragment]:
    position = 0
    gap_start = 0
    pending: Fragment | None = None
    while match := _LITERAL.search(source, position):
        gap = source[gap_start : match.start()]
        if pending is not None:
            operands = _operands_in(gap)
            if pattern is not None and operands:
                break  # the template has ended: what follows are its values
            yield pending._replace(text=pending.text + "\0" * operands)
        elif _operands_in(gap):
            raise SpellingError  # the statement begins with a value
        end, text = _body(source, match, pattern)
        pending = Fragment(match["prefix"], match["quote"], text, gap if pending else "")
        position = gap_start = end
    if pending is None:
        raise SpellingError
    rest = 0 if pattern is not None else _operands_in(source[gap_start:])
    yield pending._replace(text=pending.text + "\0" * rest)


def _operands_in(gap: str) -> int:
    """Return how many values stand between two literals that `+` joins."""
    return (
        sum(bool(part.strip(" \t\r\n()")) for part in gap.split("+"))
        if "+" in gap
        else int(bool(gap.strip(" \t\r\n()")))
    )


def _body(source: str, match: re.Match[str], pattern: re.Pattern[str] | None) -> tuple[int, str]:
    """Return the end of a literal and its text with a NUL for each hole."""
    quote, start = match["quote"], match.end()
    if "f" not in match["prefix"].lower():
        end = source.find(quote, start)
        if end < 0:
            raise SpellingError
        return end + len(quote), _plain_text(source[start:end], pattern)
    text: list[str] = []
    position = start
    while not source.startswith(quote, position):
        two = source[position : position + 2]
        if two in ("{{", "}}"):
            text.append(two[0])
            position += 2
        elif two.startswith("{"):
            position = _end_of_hole(source, position)
            text.append("\0")
        elif not two:
            raise SpellingError
        else:
            text.append(two[0])
            position += 1
    return position + len(quote), "".join(text)


def _plain_text(body: str, pattern: re.Pattern[str] | None) -> str:
    if pattern is _PERCENT:
        return _PERCENT.sub("\0", body).replace("%%", "%")
    if pattern is _FORMAT:
        if "{{" in body or "}}" in body:
            raise SpellingError
        return _FORMAT.sub("\0", body)
    return body


def _end_of_hole(source: str, start: int) -> int:
    """Return the place after the brace that closes a hole of an f-string."""
    depth = 0
    for position in range(start, len(source)):
        if source[position] in "([{":
            depth += 1
        elif source[position] in ")]}":
            depth -= 1
            if depth == 0:
                return position + 1
    raise SpellingError


class Replacement(NamedTuple):
    """New text for the characters from start to end of the statement's text."""

    start: int
    end: int
    text: str


def spell(
    fragments: Sequence[Fragment],
    replacements: Sequence[Replacement],
    kept: Mapping[int, Hole],
    *,
    double_percent: bool,
    indent: int,
) -> str:
    """Return the source of the statement's text with replacements made.

    Args:
        fragments: the literals as they stand.
        replacements: in order, without overlap, each within one literal or at the seam of several.
        kept: holes that stay, by their index in the text; they are spelled as f-string holes.
        double_percent: whether the driver reads `%%` as one `%`.
        indent: the indentation of the statement around it, which new code is given anew.
    """
    spelled: list[Fragment] = []
    offset = 0
    for fragment in fragments:
        end = offset + len(fragment.text)
        pieces = []
        holds_hole = False
        position = offset
        while position < end:
            replacement = next((each for each in replacements if each.start <= position < each.end), None)
            if replacement is not None:
                if position == replacement.start:
                    pieces.append(replacement.text)
                position = min(replacement.end, end)
                continue
            character = fragment.text[position - offset]
            if position in kept:
                pieces.append("\0" + ast.unparse(kept[position].value) + "\1")
                holds_hole = True
            else:
                pieces.append("%%" if character == "%" and double_percent else character)
            position += 1
        text = "".join(pieces)
        if holds_hole:
            text = text.replace("{", "{{").replace("}", "}}").replace("\0", "{").replace("\1", "}")
        prefix = "".join(each for each in fragment.prefix if each not in "fF") + "f" * holds_hole
        spelled.append(Fragment(prefix, fragment.quote, text, fragment.gap))
        offset = end
    return _joined(spelled, indent)


def _joined(fragments: Sequence[Fragment], indent: int) -> str:
    """Write the literals one after the other; those that `+` joined on one line become one."""
    written: list[Fragment] = []
    for fragment in fragments:
        last = written[-1] if written else None
        if last is not None and not fragment.text:
            continue
        alike = last is not None and (last.prefix, last.quote) == (fragment.prefix, fragment.quote)
        if last is not None and alike and "\n" not in fragment.gap:
            written[-1] = last._replace(text=last.text + fragment.text)
        else:
            written.append(fragment)
    parts: list[str] = []
    for fragment in written:
        newline = "\n" + fragment.gap.rpartition("\n")[2].strip("+()")[indent:] if "\n" in fragment.gap else " "
        parts.append((newline if parts else "") + fragment.prefix + fragment.quote + fragment.text + fragment.quote)
    return "".join(parts)
