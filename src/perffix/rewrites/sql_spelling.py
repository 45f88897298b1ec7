"""Spells a text anew with parts of it replaced.

The new spelling keeps prefixes, quotes, escapes, line breaks, comments and the split into several literals.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from perffix.rewrites.sql_literals import Mark, Operand, SpellingError, Token, Unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perffix.rewrites.sql_literals import Item, Spelling


class Replacement(NamedTuple):
    """What takes the place of the text from start to end: text, and code that is put in as a hole."""

    start: int
    end: int
    content: tuple[str | Mark, ...]


def respelled(spelling: Spelling, replacements: Sequence[Replacement], *, double_percent: bool) -> str:
    """Return the source of a text with replacements made.

    Args:
        spelling: how it is spelled.
        replacements: in order and without overlap, by places in the text.
        double_percent: whether every other `%` of the text has to be doubled.

    Raises:
        SpellingError: it cannot be written in this form.
    """
    items = _replaced(spelling.items, list(replacements), double_percent=double_percent)
    text = _joined(items)
    if text.count("#") < spelling.comments:
        raise SpellingError  # a comment would be lost
    return text


def _replaced(items: Sequence[Item], replacements: list[Replacement], *, double_percent: bool) -> list[Item]:
    """Return the items with replacements made; literals and operands that are replaced as a whole are gone."""
    result: list[Item] = []
    offset = 0
    skipped = ""
    for item in items:
        before = _wider(skipped, item.before)
        if isinstance(item, Operand):
            replacement = _at(replacements, offset)
            if replacement is None or replacement.content == (Mark(item.source, ""),):
                result.append(Operand(item.source, before))
                skipped = ""
            else:
                if replacement.start == offset:
                    last = result[-1] if result else None
                    if not isinstance(last, Token):
                        last = Token("", '"', before)
                        result.append(last)
                        before = ""
                    last.content += _inserted(replacement)
                skipped = before
            offset += 1
            continue
        token = Token(item.prefix, item.quote, before)
        for unit in item.content:
            length = len(unit.text) if isinstance(unit, Unit) else 1
            replacement = _at(replacements, offset)
            if replacement is None:
                token.content.append(_doubled(unit) if double_percent and isinstance(unit, Unit) else unit)
            else:
                if replacement.start == offset and length:
                    token.content += _inserted(replacement)
                if length > 1 and replacement.end < offset + length:
                    raise SpellingError
            offset += length
        skipped = ""
        result.append(token)
    return result


def _at(replacements: Sequence[Replacement], offset: int) -> Replacement | None:
    return next((each for each in replacements if each.start <= offset < each.end), None)


def _inserted(replacement: Replacement) -> list[Unit | Mark]:
    return [Unit(each, each) if isinstance(each, str) else each for each in replacement.content]


def _doubled(unit: Unit) -> Unit:
    if "%" not in unit.text:
        return unit
    if "%" not in unit.source:
        raise SpellingError
    return Unit(unit.text, unit.source.replace("%", "%%"))


def _wider(first: str, second: str) -> str:
    """Return the source to keep between two items when what stood between two pieces of source is gone."""
    if not first:
        return second
    return second if "\n" in second or "\n" not in first else first


def _joined(items: Sequence[Item]) -> str:
    """Write the items one after the other; literals of one kind on one line become one."""
    kept: list[Item] = []
    for item in items:
        last = kept[-1] if kept else None
        if isinstance(item, Token) and isinstance(last, Token):
            if not item.content and "#" not in item.before:
                continue
            alike = (last.prefix, last.quote) == (item.prefix, item.quote)
            if "\n" not in item.before and (alike or not last.content):
                last.content += item.content
                continue
        kept.append(item)
    if len(kept) > 1 and isinstance(kept[0], Token) and not kept[0].content and isinstance(kept[1], Token):
        kept[1].before = ""
        del kept[0]
    parts: list[str] = []
    for index, item in enumerate(kept):
        if index:
            both = isinstance(item, Token) and isinstance(kept[index - 1], Token)
            parts.append(_gap(item.before, plus=not both))
        parts.append(_written(item))
    return "".join(parts)


def _gap(before: str, *, plus: bool) -> str:
    """Return what stands between two items: line breaks and comments as they are, `+` where one is needed."""
    if "\n" not in before:
        return " + " if plus else " "
    lines = []
    for line in before.split("\n"):
        code, hash_sign, comment = line.partition("#")
        lines.append(re.sub(r"[+()]\s*", "", code) + hash_sign + comment)
    if not plus:
        return "\n".join([*(line if line.strip() else "" for line in lines[:-1]), lines[-1]])
    if "+" in before.rpartition("\n")[2]:
        lines[-1] += "+ "
    else:
        lines[0] = " +" + (lines[0] if lines[0].strip() else "")
    return "\n".join(lines)


def _written(item: Item) -> str:
    if isinstance(item, Operand):
        return item.source
    pieces = []
    for each in item.content:
        if isinstance(each, Mark):
            if "\0" in each.rest:
                raise SpellingError
            pieces.append("{" + _fitting(each.value, item.quote) + each.rest + "}")
        elif item.has_holes and not each.source.startswith("\\N"):
            pieces.append(each.source.replace("{", "{{").replace("}", "}}"))
        else:
            pieces.append(each.source)
    prefix = "f" + re.sub("[uU]", "", item.prefix) if item.has_holes else item.prefix
    return f"{prefix}{item.quote}{''.join(pieces)}{item.quote}"


def _fitting(value: str, quote: str) -> str:
    """Return the source of a value so that it may stand in an f-string with these quotes, on every Python."""
    if "\\" in value or "\n" in value or "#" in value:
        raise SpellingError
    if quote[0] not in value or len(quote) == 3:
        if quote in value:
            raise SpellingError
        return value
    other = "'" if quote == '"' else '"'
    if other in value:
        raise SpellingError
    return value.replace(quote, other)
