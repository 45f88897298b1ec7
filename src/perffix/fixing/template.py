"""The text of a `Code` with a name in the place of every hole, so that both parsers can read it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from perffix.fixing.errors import FixError
from perffix.fixing.trees import parse_expression, parse_statements

if TYPE_CHECKING:
    from perffix.model import Code, NodeRef

_HOLE = re.compile(r"\$(?:(\$)|([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})")
_DOTTED_NAME = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*\Z")
_STAND_IN = "perffix_hole_"
_INDENT = "    "
_OVER_LINES = ('"""', "'''", "\\\n")


class Template(NamedTuple):
    """A text that can be parsed, and the piece that belongs in the place of each of its stand-in names."""

    text: str
    pieces: dict[str, NodeRef | str]


def read(code: Code, indent: str) -> Template:
    """Give each hole a stand-in name of its own, and four spaces at the beginning of a line the width of `indent`.

    A piece of text that is a name or a dotted name may stand where no expression can, such as after a dot or in
    an import, and one that is no code by itself, such as a clause, cannot be a node: these are put in at once.
    Raises `FixError` when a hole has no piece.
    """
    pieces: dict[str, NodeRef | str] = {}
    if _STAND_IN in code.text:
        raise FixError("the new code uses a reserved name")

    def stand_in(match: re.Match[str]) -> str:
        if match[1]:
            return "$"
        name = match[2] or match[3]
        if name not in code.pieces:
            raise FixError(f"the new code has no piece for ${name}")
        piece = code.pieces[name]
        if isinstance(piece, str) and (_DOTTED_NAME.match(piece) or not _is_code(piece)):
            return piece
        key = f"{_STAND_IN}{len(pieces)}_"
        pieces[key] = piece
        return key

    text = _HOLE.sub(stand_in, _indented(code.text, indent))
    return Template(text, pieces)


def _indented(text: str, indent: str) -> str:
    """Return a text indented as the module is, unless a string in it may go over the end of a line."""
    if indent == _INDENT or any(mark in text for mark in _OVER_LINES):
        return text
    return re.sub(rf"^(?:{_INDENT})+", lambda match: indent * (len(match[0]) // len(_INDENT)), text, flags=re.MULTILINE)


def _is_code(text: str) -> bool:
    for parse in (parse_expression, parse_statements):
        try:
            parse(text)
        except FixError:
            continue
        return bool(text.strip())
    return False
