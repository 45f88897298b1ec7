"""Reads how a text is spelled in the source: its literals, what they say, and the holes in them.

What cannot be read so that it says exactly what is known about the text is refused.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, NamedTuple

from perffix.model import Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from perffix.semantic.model import SemanticModel
    from perffix.semantic.sql.texts import Region
    from perffix.semantic.strings import Hole

_LITERAL = re.compile(r"(?P<prefix>[rRfFuU]{0,2})(?P<quote>\"\"\"|'''|\"|')")
_PERCENT = re.compile(r"%(?:%|(?:\([^)]*\))?[-#0 +]*\d*(?:\.\d+)?[hlL]?[diouxXeEfFgGcrsa])")
_ESCAPE = re.compile(r"\\(?:\r\n|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|N\{[^}]*\}|[0-7]{1,3}|.)", re.DOTALL)
_KNOWN_ESCAPES = "\\'\"abfnrtvxuUN01234567"


class SpellingError(Exception):
    """The text is spelled in a way that cannot be rewritten; nothing for the user."""


class Unit(NamedTuple):
    """A piece of a literal: what it says, and its source as it would stand in a plain literal."""

    text: str
    source: str


class Mark(NamedTuple):
    """A hole inside of a literal: the source of its value, and what follows it: `!r`, `:>10`."""

    value: str
    rest: str


class Token:
    """One string literal: its prefix without the f, its quotes, its content, and the source before it."""

    __slots__ = ("before", "content", "prefix", "quote")

    def __init__(self, prefix: str, quote: str, before: str) -> None:
        self.prefix = prefix
        self.quote = quote
        self.before = before
        self.content: list[Unit | Mark] = []

    @property
    def has_holes(self) -> bool:
        """Whether it has to be an f-string."""
        return any(isinstance(each, Mark) for each in self.content)


class Operand:
    """A value that `+` puts into the text: its source, and the source before it."""

    __slots__ = ("before", "source")

    def __init__(self, source: str, before: str) -> None:
        self.source = source
        self.before = before


Item = Token | Operand


class Spelling:
    """The source of a region, read.

    Attributes:
        items: its literals and operands in order.
        values: the source of the value in each hole, in order.
        comments: how many `#` stand in its source.
    """

    def __init__(self, region: Region, model: SemanticModel) -> None:
        """Read it; raises `SpellingError` when it does not come out as the text that is known."""
        self._region = region
        self._model = model
        self._source = model.source.segment(Span.of(region.root))
        self.values: list[str] = []
        self.items: list[Item] = []
        self.comments = self._source.count("#")
        self._read()
        said = "".join(_said(item) for item in self.items)
        if said != region.text or len(self.values) != len(region.holes):
            raise SpellingError

    # Reading

    def _read(self) -> None:
        end = Span.of(self._region.root).start
        holes = iter(self._region.holes)
        for leaf in _leaves(self._region.root):
            before = self._between(end, Span.of(leaf).start) if self.items else ""
            for item in self._items_of(leaf, before, holes):
                self.items.append(item)
            end = Span.of(leaf).end
        if not self.items:
            raise SpellingError

    def _between(self, start: tuple[int, int], end: tuple[int, int]) -> str:
        return self._model.source.segment(Span(*start, *end))

    def _items_of(self, leaf: ast.expr, before: str, holes: Iterator[Hole]) -> Iterator[Item]:
        if isinstance(leaf, (ast.Constant, ast.JoinedStr)):
            source = self._model.source.segment(Span.of(leaf))
            tokens = list(_tokens(source, before))
            for mark in (each for token in tokens for each in token.content if isinstance(each, Mark)):
                next(holes)
                self.values.append(mark.value)
            yield from tokens
        elif isinstance(leaf, ast.BinOp):
            yield from self._template(leaf.left, before, holes, _PERCENT)
        elif isinstance(leaf, ast.Call) and isinstance(leaf.func, ast.Attribute) and leaf.func.attr == "format":
            yield from self._template(leaf.func.value, before, holes, None)
        else:
            hole = next(holes, None)
            if hole is None or hole.value is not leaf:
                raise SpellingError
            source = self._value_source(leaf)
            self.values.append(source)
            yield Operand(source if _is_tight(leaf) else f"({source})", before)

    def _value_source(self, value: ast.expr) -> str:
        source = self._model.source.segment(Span.of(value))
        return ast.unparse(value) if "\n" in source or "#" in source else source

    def _template(
        self, template: ast.expr, before: str, holes: Iterator[Hole], pattern: re.Pattern[str] | None
    ) -> Iterator[Item]:
        """Yield the literals of a template of `%` or `format` with its values in them."""
        end = Span.of(template).start
        for number, leaf in enumerate(_leaves(template)):
            if not isinstance(leaf, ast.Constant):
                raise SpellingError
            gap = before if number == 0 else self._between(end, Span.of(leaf).start)
            end = Span.of(leaf).end
            for token in _tokens(self._model.source.segment(Span.of(leaf)), gap):
                raw = "r" in token.prefix.lower()
                token.content = list(self._with_values(token.content, holes, pattern, raw=raw))
                yield token

    def _with_values(
        self, content: Sequence[Unit | Mark], holes: Iterator[Hole], pattern: re.Pattern[str] | None, *, raw: bool
    ) -> Iterator[Unit | Mark]:
        """Yield the content of a template's literal with marks for its fields."""
        text = "".join(each.source for each in content if isinstance(each, Unit))
        escaped = not raw and "\\" in text
        position = 0
        for start, end, doubled in _fields(text, pattern):
            yield from _units(text[position:start], escaped=escaped)
            position = end
            if doubled:
                yield Unit(doubled, doubled)
                continue
            hole = next(holes, None)
            if hole is None:
                raise SpellingError
            source = self._value_source(hole.value)
            self.values.append(source)
            yield Mark(source if _is_plain(hole.value) else f"({source})", _rest_of(hole, percent=pattern is not None))
        yield from _units(text[position:], escaped=escaped)


def _said(item: Item) -> str:
    if isinstance(item, Operand):
        return "\0"
    return "".join(each.text if isinstance(each, Unit) else "\0" for each in item.content)


def _leaves(expr: ast.expr) -> Iterator[ast.expr]:
    """Yield the operands of a sum of strings."""
    if isinstance(expr, ast.BinOp) and isinstance(expr.op, ast.Add):
        yield from _leaves(expr.left)
        yield from _leaves(expr.right)
    else:
        yield expr


def _is_tight(expr: ast.expr) -> bool:
    return isinstance(expr, (ast.Name, ast.Attribute, ast.Call, ast.Subscript, ast.Constant, ast.List, ast.Tuple))


def _is_plain(expr: ast.expr) -> bool:
    """Tell whether an expression can stand in an f-string without parentheses."""
    return not isinstance(expr, (ast.Lambda, ast.Dict, ast.Set, ast.DictComp, ast.SetComp, ast.NamedExpr, ast.IfExp))


def _rest_of(hole: Hole, *, percent: bool) -> str:
    conversion = f"!{hole.conversion}" if hole.conversion else ""
    if not percent:
        return conversion + (f":{hole.spec}" if hole.spec else "")
    if hole.spec not in ("", "d"):
        return "\0"  # cannot be written in an f-string
    return conversion + (":d" if hole.spec else "")


def _fields(text: str, pattern: re.Pattern[str] | None) -> Iterator[tuple[int, int, str]]:
    """Yield the place of every field of a template, and of every doubled character with what it says."""
    if pattern is not None:
        for match in pattern.finditer(text):
            yield match.start(), match.end(), "%" if match[0] == "%%" else ""
        return
    for match in re.finditer(r"\{\{|\}\}|\{[^{}]*\}", text):
        yield match.start(), match.end(), match[0][0] if match[0] in ("{{", "}}") else ""


def _tokens(source: str, before: str) -> Iterator[Token]:
    """Yield the literals of an implicit concatenation; the source between them goes to the later one."""
    position = 0
    gap = before
    while position < len(source):
        match = _LITERAL.match(source, position)
        if match is None:
            end = _end_of_gap(source, position)
            gap += source[position:end]
            position = end
            continue
        letters = match["prefix"].lower()
        token = Token("".join(each for each in match["prefix"] if each not in "fF"), match["quote"], gap)
        position = _read_body(source, match.end(), token, raw="r" in letters, formatted="f" in letters)
        yield token
        gap = ""


def _end_of_gap(source: str, position: int) -> int:
    if source[position] == "#":
        end = source.find("\n", position)
        return len(source) if end < 0 else end
    if source[position] not in " \t\r\n\\()":
        raise SpellingError
    return position + 1


def _read_body(source: str, position: int, token: Token, *, raw: bool, formatted: bool) -> int:
    """Read the content of a literal into its token and return the place after its closing quotes."""
    while not source.startswith(token.quote, position):
        if position >= len(source):
            raise SpellingError
        character = source[position]
        if formatted and character in "{}":
            if source[position + 1 : position + 2] == character:
                token.content.append(Unit(character, character))
                position += 2
                continue
            end = _end_of_hole(source, position)
            token.content.append(_mark(source[position + 1 : end - 1]))
            position = end
            continue
        if character == "\\" and raw:
            token.content += [Unit("\\", "\\")]
            if source[position + 1 : position + 2] not in ("{", "}"):
                token.content.append(Unit(source[position + 1], source[position + 1]))
                position += 1
            position += 1
            continue
        unit = _unit(source, position)
        token.content.append(unit)
        position += len(unit.source)
    return position + len(token.quote)


def _unit(source: str, position: int) -> Unit:
    character = source[position]
    if character == "\r":
        return Unit("\n", "\r\n" if source.startswith("\r\n", position) else "\r")
    if character != "\\":
        return Unit(character, character)
    match = _ESCAPE.match(source, position)
    if match is None:
        raise SpellingError
    if match[0][1] in "\r\n":
        return Unit("", match[0])
    if match[0][1] not in _KNOWN_ESCAPES:
        return Unit(match[0], match[0])
    return Unit(ast.literal_eval(f'"{match[0]}"' if match[0] != '\\"' else "'\"'"), match[0])


def _units(text: str, *, escaped: bool) -> Iterator[Unit]:
    """Yield the units of the source of a plain literal's part."""
    position = 0
    while position < len(text):
        unit = _unit(text, position) if escaped else Unit(text[position], text[position])
        yield unit
        position += len(unit.source)


def _end_of_hole(source: str, start: int) -> int:
    """Return the place after the brace that closes a hole of an f-string."""
    depth = 0
    position = start
    while position < len(source):
        character = source[position]
        if character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
            if depth == 0:
                return position + 1
        elif character in "\"'":
            quote = character * 3 if source.startswith(character * 3, position) else character
            end = source.find(quote, position + len(quote))
            if end < 0:
                raise SpellingError
            position = end + len(quote) - 1
        position += 1
    raise SpellingError


def _mark(inside: str) -> Mark:
    """Split the inside of a hole of an f-string into its value and the rest."""
    depth = 0
    quote = ""
    for position, character in enumerate(inside):
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        elif character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
        elif depth == 0 and (character == ":" or (character == "!" and inside[position + 1 : position + 2] != "=")):
            return Mark(inside[:position].strip(), inside[position:])
    if inside.rstrip().endswith("="):
        raise SpellingError
    return Mark(inside.strip(), "")
