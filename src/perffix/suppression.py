"""Comments that suppress findings: `noqa`, `nosec` and whole-file ones, each with a note of whether it was used.

- `# noqa` suppresses every finding of its statement. `# noqa: PERF504, SEC6, list-pop-front` suppresses the codes,
  prefixes and names it lists; `S608` is taken for SEC608, as ruff and flake8-bandit spell it. A list in which nothing
  is a code or a known name is a remark, and the comment a blanket one, as flake8 has it.
- `# nosec` suppresses security findings; `# nosec B608` only that one, by bandit's number. bandit's names of tests are
  known when its checks take part; else with one of them it stands for all security findings.
- `# perffix: ignore-file` and `# flake8: noqa`, alone on a line, suppress everything in the file; followed by a colon
  and codes only these.

What follows ` -- ` or a second `#` is the reason. A comment counts on any line of the finding's statement and on the
first and last line of its span.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from perffix.model import Finding
    from perffix.source import Comment, SourceFile

SHARED_WITH_RUFF = frozenset({"PERF101", "PERF102", "PERF203", "PERF401", "PERF402", "PERF403"})

_MARKS = (b"noqa", b"nosec", b"perffix:")  # one of them stands in every directive
# Expressions as text: most files hold no such comment, and compiling them costs a part of the start-up.
_HINT = r"(?i)#.*?(?:noqa|nosec|perffix:)"
_LINE_DIRECTIVE = r"(?i)#\s*(?P<kind>noqa|nosec)\b(?P<colon>\s*:)?(?P<list>[^#]*)"
_FILE_DIRECTIVE = r"(?i)#\s*(?:perffix:\s*ignore-file|(?:flake8|ruff)\s*[:=]\s*noqa)\b\s*:?(?P<list>[^#]*)"
_REASON = r"(?:^|\s)--\s"
_CODE = r"[A-Z]+[0-9]+"
_BANDIT_TEST_NAME = r"[a-z][a-z0-9]*(?:_[a-z0-9]+)+"


class Token(NamedTuple):
    """One word of a directive's list.

    Attributes:
        text: the word as written.
        prefixes: the codes, or beginnings of codes, that it stands for.
        ours: whether it is spelled in a way that no other tool uses.
    """

    text: str
    prefixes: tuple[str, ...]
    ours: bool


class Unused(NamedTuple):
    """A word of a directive that suppresses nothing: its place, in byte columns, and the kind of the directive."""

    line: int
    column: int
    end_column: int
    text: str
    kind: str


class Directive:
    """One suppression in a comment; a comment may hold several.

    Attributes:
        comment: the comment that it stands in.
        kind: `noqa` or `nosec`, or `file` for one that holds for the whole file.
        tokens: what it lists; empty for a blanket one.
        reason: the words after ` -- ` or a second `#`.
        used: the words of its list that have suppressed something; the empty word for a blanket one.
    """

    __slots__ = ("comment", "kind", "reason", "tokens", "used")

    def __init__(self, comment: Comment, kind: str, tokens: tuple[Token, ...], reason: str) -> None:
        self.comment = comment
        self.kind = kind
        self.tokens = tokens
        self.reason = reason
        self.used: set[str] = set()

    def suppresses(self, code: str) -> bool:
        """Tell whether findings with this code are suppressed, and note what did it."""
        if self.kind == "nosec" and not code.startswith("SEC"):
            return False
        if not self.tokens:
            self.used.add("")
            return True
        matching = [token.text for token in self.tokens if code.startswith(token.prefixes)]
        self.used.update(matching)
        return bool(matching)


class Suppressions:
    """The suppression comments of one file; it is tokenised only when a comment may matter.

    Args:
        source: the file; its text must be decodable.
        words: the codes of every known rule by its name.
    """

    def __init__(self, source: SourceFile, words: Mapping[str, tuple[str, ...]]) -> None:
        self._source = source
        self._words = words
        self._hints: dict[int, str] = {}
        for number in _marked_lines(source.data):
            line = source.line(number)
            if hint := re.search(_HINT, line):
                self._hints[number] = line[hint.start() :]
        self._hinted_lines = list(self._hints)

    @classmethod
    def of(cls, source: SourceFile, words: Mapping[str, tuple[str, ...]]) -> Suppressions | None:
        """Return the suppressions of a file, None when no word in it could be one. Raises SourceError."""
        lowered = source.data.lower()  # much cheaper than a search that minds no case
        return cls(source, words) if any(mark in lowered for mark in _MARKS) else None

    @property
    def path(self) -> str:
        """The file's name."""
        return self._source.path

    def ignores_file(self) -> bool:
        """Tell whether a blanket comment suppresses everything in the file."""
        if not any(re.search(_FILE_DIRECTIVE, text) for text in self._hints.values()):
            return False
        return any(not directive.tokens for directive in self._for_file)

    def find(self, finding: Finding) -> Directive | None:
        """Return the directive that suppresses a finding, marked as used; None if there is none."""
        found: Directive | None = None
        for directive in self._around(finding):
            # All are asked, so that each that would do it counts as used.
            if directive.suppresses(finding.code) and found is None:
                found = directive
        return found

    def unused(self, codes: Collection[str]) -> Iterator[Unused]:
        """Yield the words that name active codes and have suppressed nothing, in order.

        Args:
            codes: the active codes whose rules have run to their end in this file.
        """
        if not any(token.ours for _, tokens, _ in self._candidates() for token in tokens):
            return
        for directive in self._all:
            for token in directive.tokens:
                named = [code for code in codes if code.startswith(token.prefixes)]
                if token.ours and named and token.text not in directive.used and SHARED_WITH_RUFF.isdisjoint(named):
                    yield _unused(directive, token)

    def _candidates(self) -> Iterator[tuple[str, tuple[Token, ...], str]]:
        """Yield what the hinted lines hold if they are comments."""
        for text in self._hints.values():
            yield from self._parse(text, alone=True)

    def _around(self, finding: Finding) -> Iterator[Directive]:
        """Yield the directives that may speak about a finding."""
        first, last = finding.statement
        lines = {finding.span.line, finding.span.end_line} & self._hints.keys()
        at = bisect_left(self._hinted_lines, first)
        while at < len(self._hinted_lines) and self._hinted_lines[at] <= last:
            lines.add(self._hinted_lines[at])
            at += 1
        for line in sorted(lines):
            yield from self._by_line.get(line, ())
        if self._may_hold_for_file:
            yield from self._for_file

    @cached_property
    def _may_hold_for_file(self) -> bool:
        return any(re.search(_FILE_DIRECTIVE, text) for text in self._hints.values())

    @cached_property
    def _all(self) -> list[Directive]:
        """All directives, in order, as the tokenizer finds their comments."""
        found: list[Directive] = []
        for comment in self._source.comments:
            if comment.line in self._hints:
                before = self._source.line(comment.line).partition("#")[0]
                alone = not before.strip()
                found.extend(
                    Directive(comment, kind, tokens, reason)
                    for kind, tokens, reason in self._parse(comment.text, alone=alone)
                )
        return found

    @cached_property
    def _for_file(self) -> list[Directive]:
        return [directive for directive in self._all if directive.kind == "file"]

    @cached_property
    def _by_line(self) -> dict[int, list[Directive]]:
        by_line: dict[int, list[Directive]] = {}
        for directive in self._all:
            if directive.kind != "file":
                by_line.setdefault(directive.comment.line, []).append(directive)
        return by_line

    def _parse(self, text: str, *, alone: bool) -> Iterator[tuple[str, tuple[Token, ...], str]]:
        """Yield kind, list and reason of the directives in a comment; `alone` tells if it has a line to itself."""
        if alone and (match := re.match(_FILE_DIRECTIVE, text)):
            yield "file", *self._list(match["list"], "noqa", text[match.end() :])
            return
        for match in re.finditer(_LINE_DIRECTIVE, text):
            kind = match["kind"].lower()
            listed = match["list"]
            if kind == "noqa" and not match["colon"]:
                reason = re.search(_REASON, listed)
                listed = listed[reason.start() :] if reason else ""
            yield kind, *self._list(listed, kind, text[match.end() :])

    def _list(self, text: str, kind: str, rest: str) -> tuple[tuple[Token, ...], str]:
        """Read a list of codes and names up to its first other word, and the reason behind it."""
        dashes = re.search(_REASON, text)
        reason = text[dashes.end() :] if dashes else rest.lstrip("#")
        words = (text[: dashes.start()] if dashes else text).replace(",", " ").split()
        if kind == "nosec" and any(re.fullmatch(_BANDIT_TEST_NAME, word) and word not in self._words for word in words):
            return (), reason.strip()
        tokens: list[Token] = []
        for word in words:
            token = self._token(word, kind)
            if token is None:
                break
            tokens.append(token)
        return tuple(tokens), reason.strip()

    def _token(self, word: str, kind: str) -> Token | None:
        """Return what a word stands for, None for a word of plain language."""
        if word in self._words:
            return Token(word, self._words[word], kind == "noqa" or "-" in word)  # bandit's names have no hyphens
        code = word.upper()
        ours = any(known.startswith(code) for codes in self._words.values() for known in codes)
        if re.fullmatch(_CODE, code):
            if not ours and kind == "nosec":  # an id of bandit, or of one of its plugins
                return Token(word, ("SEC" + code.removeprefix("B"), "SEC" + code), False)
            if not ours and code.rstrip("0123456789") == "S":
                return Token(word, ("SEC" + code[1:],), False)
            return Token(word, (code,), ours)
        return Token(word, (code,), True) if ours and word == code and len(word) > 2 else None


def _marked_lines(data: bytes) -> list[int]:
    """Return the numbers of the lines in which a mark stands, in order: they are few, so no other is looked at."""
    lowered = data.lower()
    if b"\r" in lowered:
        lowered = lowered.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    places = set()
    for mark in _MARKS:
        place = lowered.find(mark)
        while place >= 0:
            places.add(place)
            place = lowered.find(mark, place + 1)
    numbers = []
    number, reached = 1, 0
    for place in sorted(places):
        number += lowered.count(b"\n", reached, place)
        reached = place
        numbers.append(number)
    return list(dict.fromkeys(numbers))


def _unused(directive: Directive, token: Token) -> Unused:
    """Return the place of a word in its comment."""
    comment = directive.comment
    match = re.search(rf"(?<![\w-]){re.escape(token.text)}(?![\w-])", comment.text)
    before = comment.text[: match.start()] if match else ""
    column = comment.column + len(before.encode("utf-8", "surrogatepass"))
    width = len(token.text) if match else len(comment.text.encode("utf-8", "surrogatepass"))
    return Unused(comment.line, column, column + width, token.text, directive.kind)
