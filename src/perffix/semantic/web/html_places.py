"""Places in HTML: where in a page a value stands that is put into its text, and whether escaping helps there."""

from __future__ import annotations

import enum
import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

_VALUE = "\0"  # stands for a value that was put in
_RAW = ("script", "style")
_URLS = frozenset(
    {"href", "src", "action", "formaction", "data", "poster", "background", "cite", "xlink:href", "ping", "manifest"}
)
_SCHEME = re.compile(r"\s*(?:[a-z][a-z0-9+.-]*:|/|\?|#|[^:/?#\0]+[/?#])", re.IGNORECASE)


class Kind(enum.Enum):
    """What kind of place it is; the value says it in words."""

    TEXT = "in the text of an element"
    QUOTED = "in a quoted attribute"
    SCRIPT = "inside of `<script>`"
    STYLE = "inside of `<style>`"
    EVENT = "in an event handler"
    STYLE_ATTRIBUTE = "in the attribute `style`"
    DOCUMENT = "in the attribute `srcdoc`"
    URL = "at the beginning of an address"
    UNQUOTED = "in an attribute without quotes"
    TAG = "in a tag, outside of its attributes"
    COMMENT = "in a comment"


class Place(NamedTuple):
    """Where a value stands.

    Attributes:
        kind: what kind of place it is.
        attribute: the name of the attribute, empty outside of one.
    """

    kind: Kind
    attribute: str = ""

    @property
    def is_escapable(self) -> bool:
        """Whether `<`, `>`, `&` and quotes written as entities keep the value from being more than text."""
        return self.kind in (Kind.TEXT, Kind.QUOTED)


def places_in(texts: Sequence[str | None]) -> list[Place]:
    """Return the place of each value in a page.

    Args:
        texts: the literal parts of the page in order, with None for each value.
    """
    scanner = _Scanner()
    found: list[Place] = []
    for text in texts:
        if text is None:
            found.append(scanner.place())
            scanner.feed(_VALUE)
        else:
            scanner.feed(text)
    return found


class _Scanner:
    """Reads HTML and knows where it is."""

    def __init__(self) -> None:
        self.mode = "text"  # text, opening (of a tag's name), tag, name, before value, value, comment, raw
        self.tag = ""
        self.attribute = ""
        self.quote = ""
        self.value = ""
        self.recent = ""

    def place(self) -> Place:
        """Return where it is."""
        if self.mode == "raw":
            return Place(Kind.SCRIPT if self.tag == "script" else Kind.STYLE)
        if self.mode == "comment":
            return Place(Kind.COMMENT)
        if self.mode == "text":
            return Place(Kind.TAG if self.recent.endswith("<") else Kind.TEXT)
        if self.mode in ("value", "before value"):
            return self._place_in_value()
        return Place(Kind.TAG)

    def _place_in_value(self) -> Place:
        name = self.attribute.lower()
        if name.startswith("on"):
            return Place(Kind.EVENT, name)
        if name == "style":
            return Place(Kind.STYLE_ATTRIBUTE, name)
        if name == "srcdoc":
            return Place(Kind.DOCUMENT, name)
        scheme = self.value.strip().lower()
        if name in _URLS and (
            scheme.startswith(("javascript:", "data:", "vbscript:")) or not _SCHEME.match(self.value)
        ):
            return Place(Kind.URL, name)
        return Place(Kind.QUOTED, name) if self.quote else Place(Kind.UNQUOTED, name)

    def feed(self, text: str) -> None:
        """Read on."""
        for character in text:
            self.recent = (self.recent + character)[-16:]
            getattr(self, f"_{self.mode.replace(' ', '_')}")(character)

    def _text(self, character: str) -> None:
        if self.recent.endswith("<!--"):
            self.mode = "comment"
        elif len(self.recent) > 1 and self.recent[-2] == "<" and (character.isalpha() or character in "/"):
            self.mode, self.tag = "opening", character

    def _opening(self, character: str) -> None:
        if character == ">":
            self._close()
        elif character.isspace():
            self.mode, self.attribute = "tag", ""
        else:
            self.tag += character

    def _close(self) -> None:
        self.tag = self.tag.lower().rstrip("/")
        self.mode = "raw" if self.tag in _RAW else "text"

    def _tag(self, character: str) -> None:
        if character == ">":
            self._close()
        elif character == "=" and self.attribute:
            self.mode, self.value, self.quote = "before value", "", ""
        elif not character.isspace() and character != "/":
            self.mode, self.attribute = "name", character

    def _name(self, character: str) -> None:
        if character == ">":
            self._close()
        elif character == "=":
            self.mode, self.value, self.quote = "before value", "", ""
        elif character.isspace():
            self.mode = "tag"
        else:
            self.attribute += character

    def _before_value(self, character: str) -> None:
        if character in "\"'":
            self.mode, self.quote = "value", character
        elif character == ">":
            self._close()
        elif not character.isspace():
            self.mode, self.value = "value", character

    def _value(self, character: str) -> None:
        if self.quote:
            if character == self.quote:
                self.mode, self.quote, self.attribute = "tag", "", ""
            else:
                self.value += character
        elif character == ">":
            self._close()
        elif character.isspace():
            self.mode, self.attribute = "tag", ""
        else:
            self.value += character

    def _comment(self, character: str) -> None:
        if self.recent.endswith("-->"):
            self.mode = "text"

    def _raw(self, character: str) -> None:
        if self.recent.lower().endswith(f"</{self.tag}"):
            self.mode, self.tag = "opening", f"/{self.tag}"
