"""One file: its bytes, its text, and what is read from them on demand, each once."""

from __future__ import annotations

import ast
import io
import re
import sys
import warnings
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from perffix.model import Span

# The line ends of Python's own lexer. `str.splitlines` would also split at form feeds, U+2028 and others.
_LINE_END = re.compile(r"\r\n|\r|\n")
# A comment, a string with its quotes, or three quotes that are never closed. As text: most files are never asked.
_COMMENT_OR_STRING = (
    r"#[^\n]*"
    r'|"""[^"\\]*(?:(?:\\[\s\S]|"(?!""))[^"\\]*)*"""' r"|'''[^'\\]*(?:(?:\\[\s\S]|'(?!''))[^'\\]*)*'''"
    r'|"""' r"|'''"
    r'|"[^"\\\n]*(?:\\[\s\S][^"\\\n]*)*"' r"|'[^'\\\n]*(?:\\[\s\S][^'\\\n]*)*'"
)  # fmt: skip
_QUOTES = ('"""', "'''")
_FIELDS_HOLD_ANYTHING = sys.version_info >= (3, 12)


class SourceError(Exception):
    """A file that cannot be analysed, in one sentence for the user.

    Attributes:
        line: the line of the trouble, counted from 1.
        column: the byte column of the trouble, counted from 0.
        newer_syntax: whether the text could be valid for another Python version; worth asking a second parser.
    """

    def __init__(self, message: str, line: int = 1, column: int = 0, *, newer_syntax: bool = False) -> None:
        super().__init__(message)
        self.line = line
        self.column = column
        self.newer_syntax = newer_syntax


class Comment(NamedTuple):
    """A comment: its line (from 1), the byte column of its `#`, and its text with the `#`."""

    line: int
    column: int
    text: str


class SourceFile:
    """The bytes of a module under the name that the user knows it by.

    Nothing is computed before it is asked for. `text`, `tree` and what hangs on them raise `SourceError`.

    Args:
        path: the name.
        data: the bytes.
        place: the path within the project, by which tests and examples are told: folders above the project say nothing
            about the file. Without it the name has to do.
    """

    def __init__(self, path: str, data: bytes, place: str | None = None) -> None:
        self.path = path
        self.data = data
        self.place = path if place is None else place

    @classmethod
    def read(cls, path: str, place: str | None = None) -> SourceFile:
        """Read a file. Raises OSError."""
        with open(path, "rb") as stream:  # noqa: PTH123 - cheaper than a Path for each file
            return cls(path, stream.read(), place)

    @classmethod
    def from_tree(cls, path: str, text: str, tree: ast.Module) -> SourceFile:
        """Wrap a module that somebody else has read and parsed already, such as flake8."""
        source = cls(path, text.encode("utf-8", "surrogatepass"))
        source.encoding = "utf-8"
        source.text = text
        source.tree = tree
        return source

    @cached_property
    def encoding(self) -> str:
        """The codec of the bytes: from the byte order mark or the coding comment, else UTF-8."""
        head = self.data.split(b"\n", 2)[:2]
        if not self.data.startswith(b"\xef\xbb\xbf") and not any(b"coding" in line for line in head):
            return "utf-8"

        import tokenize  # costs as much as this whole module, and few files need it

        try:
            return tokenize.detect_encoding(io.BytesIO(self.data).readline)[0]
        except SyntaxError as error:
            raise SourceError(f"cannot be decoded: {error.msg}") from error

    @cached_property
    def text(self) -> str:
        """The decoded text, line ends as they are, without a byte order mark."""
        try:
            text = self.data.decode(self.encoding)
        except (UnicodeError, LookupError) as error:  # some codecs raise a mere UnicodeError
            line = 1
            if isinstance(error, UnicodeDecodeError):
                line += self.data.count(b"\n", 0, error.start)
            raise SourceError(f"cannot be decoded as {self.encoding}", line) from error
        nul = text.find("\0")
        if nul >= 0:
            raise SourceError("contains a NUL byte", text.count("\n", 0, nul) + 1)
        return text

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax tree as the running Python sees it."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # an invalid escape in the analysed file is not our warning
                return ast.parse(self.data, self.path)
        except SyntaxError as error:
            line = error.lineno or 1
            column = max((error.offset or 1) - 1, 0)
            raise SourceError(f"cannot be parsed: {error.msg}", line, column, newer_syntax=True) from error
        except (RecursionError, MemoryError) as error:
            raise SourceError("cannot be parsed: nested too deeply") from error
        except ValueError as error:
            raise SourceError(f"cannot be parsed: {error}") from error

    @cached_property
    def lines(self) -> list[str]:
        """The lines of the text without their line ends."""
        if "\r" not in self.text:
            return self.text.split("\n")  # much cheaper
        return _LINE_END.split(self.text)

    def line(self, number: int) -> str:
        """Return a line by its number, counted from 1; past the end it is empty."""
        return self.lines[number - 1] if 0 < number <= len(self.lines) else ""

    def segment(self, span: Span) -> str:
        """Return the text of a span, line ends as `\\n`."""
        first, last = self.line(span.line), self.line(span.end_line)
        end = self.characters(span.end_line, span.end_column)
        start = self.characters(span.line, span.column)
        if span.line == span.end_line:
            return first[start:end]
        return "\n".join([first[start:], *self.lines[span.line : span.end_line - 1], last[:end]])

    def characters(self, line: int, column: int) -> int:
        """Convert a column of UTF-8 bytes to a column of characters (code points), both counted from 0."""
        text = self.line(line)
        if text.isascii():
            return min(column, len(text))
        return len(text.encode("utf-8", "surrogatepass")[:column].decode("utf-8", "ignore"))

    @cached_property
    def comments(self) -> tuple[Comment, ...]:
        """All comments in order; in a file that cannot be parsed, those before a string that does not end."""
        text = self.text
        if "#" not in text:
            return ()
        if "\r" in text:
            text = _LINE_END.sub("\n", text)
        places = _comments_between_strings(text)
        if places is None:
            places = _comments_by_tokenizer(text)
        found: list[Comment] = []
        line, reached = 1, 0
        for start, end in places:
            line += text.count("\n", reached, start)
            reached = start
            before = text[text.rfind("\n", 0, start) + 1 : start]
            found.append(Comment(line, len(before.encode("utf-8", "surrogatepass")), text[start:end]))
        return tuple(found)


def _comments_between_strings(text: str) -> list[tuple[int, int]] | None:
    """Return where comments begin and end: a `#` is one when it stands in no string.

    Python's tokenizer takes twenty times as long. None when only that can tell: since Python 3.12 the fields of an
    f-string hold quotes and comments of their own.
    """
    found: list[tuple[int, int]] = []
    for match in re.finditer(_COMMENT_OR_STRING, text):
        start, end = match.span()
        if text[start] == "#":
            found.append((start, end))
        elif match[0] in _QUOTES:
            break  # the string never ends
        elif _FIELDS_HOLD_ANYTHING and "{" in match[0] and _has_fields_of_its_own(text, start, match[0]):
            return None
    return found


def _has_fields_of_its_own(text: str, start: int, string: str) -> bool:
    """Tell whether what seems to be a string may be the beginning of an f-string, or one with a comment in it."""
    prefix = text[max(start - 2, 0) : start].lower()
    if "f" not in prefix and "t" not in prefix:
        return False
    fields = string.replace("{{", "").replace("}}", "")
    return "#" in string or fields.count("{") != fields.count("}")


def _comments_by_tokenizer(text: str) -> list[tuple[int, int]]:
    """Return where comments begin and end, as Python's own tokenizer finds them."""
    import tokenize

    starts = [0, *(match.end() for match in re.finditer("\n", text))]
    found: list[tuple[int, int]] = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                start = starts[token.start[0] - 1] + token.start[1]
                found.append((start, start + len(token.string)))
    except (tokenize.TokenError, SyntaxError):
        pass  # all comments before the trouble are found
    return found
