"""Where in the source of an f-string its fields are; on every Python, also where the parser loses their places."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

_OPENING = re.compile(r"(?P<prefix>[rRfFuUbB]{0,2})(?P<quote>\"\"\"|'''|\"|')")
_BRACKETS = {"(": ")", "[": "]", "{": "}"}


class Field(NamedTuple):
    """The expression of a field: where it begins and ends in the source, and where the whole field does."""

    start: int
    end: int
    outer_start: int
    outer_end: int


class Reading(NamedTuple):
    """An f-string, or several literals side by side, as far as their source tells.

    Attributes:
        source: the source.
        fields: the fields in order.
        lines: where further lines begin, lines inside of a literal left out.
        literals: where the literals begin.
    """

    source: str
    fields: tuple[Field, ...]
    lines: tuple[int, ...]
    literals: tuple[int, ...]

    def written(self, texts: Sequence[str | None], indent: int) -> str:
        """Return the source with other expressions in its fields; a field whose text is None stays.

        Args:
            texts: an expression or None for each field.
            indent: the indentation of the statement, which goes from the further lines, as new code begins at 0.
        """
        edits = [(each, each + min(indent, _spaces(self.source, each)), "") for each in self.lines]
        edits.extend(
            [(field.start, field.end, text) for field, text in zip(self.fields, texts, strict=True) if text is not None]
        )
        parts: list[str] = []
        position = 0
        for start, end, text in sorted(edits):
            parts += [self.source[position:start], text]
            position = end
        return "".join([*parts, self.source[position:]])


def _spaces(source: str, start: int) -> int:
    return len(source) - start - len(source[start:].lstrip(" "))


def read(source: str) -> Reading | None:
    """Return what the source of an f-string tells, or None when it cannot be read."""
    fields: list[Field] = []
    lines: list[int] = []
    literals: list[int] = []
    position = 0
    while position < len(source):
        if source[position] in " \t\r\n\\":
            if source[position] == "\n":
                lines.append(position + 1)
            position += 1
        elif source[position] == "#":
            end = source.find("\n", position)
            position = len(source) if end < 0 else end
        else:
            opening = _OPENING.match(source, position)
            after = None if opening is None else _literal(source, opening, fields)
            if after is None:
                return None
            literals.append(position)
            position = after
    return Reading(source, tuple(fields), tuple(lines), tuple(literals))


def _literal(source: str, opening: re.Match[str], fields: list[Field]) -> int | None:
    """Read one literal, add its fields and return where it ends."""
    quote, prefix = opening["quote"], opening["prefix"].lower()
    position = opening.end()
    while position < len(source):
        if source.startswith(quote, position):
            return position + len(quote)
        character = source[position]
        if character == "\\" and "r" not in prefix:
            named = source.startswith("\\N{", position)
            step = 1 if source[position + 1 : position + 2] in ("{", "}") else 2  # a brace is never escaped
            position = source.find("}", position) + 1 if named else position + step
        elif character == "\\":
            position += 2 if source[position + 1 : position + 2] in ("\\", quote[0]) else 1
        elif character in "{}" and "f" in prefix:
            if source[position + 1 : position + 2] == character:
                position += 2
                continue
            field = _field(source, position)
            if field is None or character == "}":
                return None
            fields.append(field)
            position = field.outer_end
        else:
            position += 1
    return None


def _field(source: str, opening: int) -> Field | None:
    """Read a field from its brace on."""
    position, depth = opening + 1, 0
    end = -1
    while position < len(source):
        character = source[position]
        if end < 0 and character in "\"'":
            string = _OPENING.match(source, position)
            after = None if string is None else _literal(source, string, [])
            if after is None:
                return None
            position = after
            continue
        if character in "([{":
            depth += 1
        elif character == "}" and depth == 0:
            return Field(opening + 1, position if end < 0 else end, opening, position + 1)
        elif character in ")]}":
            depth -= 1
        elif depth == 0 and end < 0 and _ends_expression(source, position):
            end = position
        position += 1
    return None


def _ends_expression(source: str, position: int) -> bool:
    """Tell whether a conversion, a format or the `=` of `{x=}` begins here."""
    character, following = source[position], source[position + 1 : position + 2]
    if character == ":":
        return following != "="
    if character == "!":
        return following != "="
    before = source[position - 1]
    return character == "=" and following in ("}", "!", ":") and before not in "=!<>"
