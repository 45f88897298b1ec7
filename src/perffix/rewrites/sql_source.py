"""Source text cut and pasted: parts of an expression replaced, and its lines moved to another indentation."""

from __future__ import annotations

import ast
import io
import tokenize
from typing import TYPE_CHECKING, NamedTuple

from perffix.model import Span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perffix.semantic.model import SemanticModel


class Patch(NamedTuple):
    """New text for the source between two places, each a line and a byte column; insertion where they are equal."""

    start: tuple[int, int]
    end: tuple[int, int]
    text: str


def patched(node: ast.expr, patches: Sequence[Patch], model: SemanticModel) -> str:
    """Return the source of a node with patches inside of it made."""
    span = Span.of(node)
    pieces = []
    place = span.start
    for patch in sorted(patches):
        pieces += [model.source.segment(Span(*place, *patch.start)), patch.text]
        place = patch.end
    pieces.append(model.source.segment(Span(*place, *span.end)))
    return "".join(pieces)


def dedented(source: str, indent: int) -> str:
    """Return an expression over several lines without so many columns before each line that is not in a string."""
    if "\n" not in source or not indent:
        return source
    inside = _lines_in_strings(source)
    lines = source.split("\n")
    for number in range(1, len(lines)):
        if number + 1 not in inside:
            blank = len(lines[number]) - len(lines[number].lstrip(" \t"))
            lines[number] = lines[number][min(indent, blank) :]
    return "\n".join(lines)


def _lines_in_strings(source: str) -> set[int]:
    """Return the numbers of the lines, from 1, that begin inside of a string."""
    found: set[int] = set()
    opened: list[int] = []
    start_of_string = getattr(tokenize, "FSTRING_START", None)
    end_of_string = getattr(tokenize, "FSTRING_END", None)
    wrapped = f"({source}\n)"
    for token in tokenize.generate_tokens(io.StringIO(wrapped).readline):
        if token.type == tokenize.STRING:
            found.update(range(token.start[0] + 1, token.end[0] + 1))
        elif token.type == start_of_string:
            opened.append(token.start[0])
        elif token.type == end_of_string:
            found.update(range(opened.pop() + 1, token.end[0] + 1))
    return found


def parenthesised(root: ast.expr, text: str, model: SemanticModel) -> str:
    """Return new text in parentheses when it goes over lines and nothing around it is in brackets."""
    if "\n" not in text:
        return text
    try:
        ast.parse(text, mode="eval")
    except SyntaxError:
        before = model.source.line(root.lineno).encode()[: root.col_offset].decode().rstrip()
        line = root.lineno - 1
        while not before and line > 0:
            before = model.source.line(line).partition("#")[0].rstrip()
            line -= 1
        if not before.endswith(("(", "[", "{", ",")):
            return f"({text})"
    return text
