"""Reads Django's templates: which variables they look up, loop over and show.

A template becomes the summary of a module whose body has an entry for each look-up. Its variables are parameters of
the body. Of tags that are not Django's own nothing is known but that they look up their arguments.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from perffix.model import Span
from perffix.project.summary import ModuleSummary
from perffix.project.terms import (
    NO_LOOP,
    Body,
    Each,
    Entry,
    Include,
    Item,
    Literal,
    Lookup,
    Loop,
    Parameter,
    Text,
    Unknown,
    asking,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perffix.project.terms import Ref, Term

_TAG = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}")
_WORD = re.compile(r"""(?:[^\s'"]*(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')[^\s'"]*)+|\S+""")
_FILTER = re.compile(r"""\|(?=(?:[^'"]|"[^"]*"|'[^']*')*$)""")
_VARIABLE = re.compile(r"[^\W\d]\w*(?:\.\w+)*$")
# The tags whose arguments are names or words for the tag itself, and those that end a block.
_WITHOUT_ARGUMENTS = ("load", "block", "extends", "csrf_token", "spaceless", "autoescape", "filter", "now", "debug")
_OPERATORS = ("and", "or", "not", "in", "is", "==", "!=", "<", ">", "<=", ">=", "as", "by", "only", "count", "with")


def read_template(path: str, text: str) -> ModuleSummary:
    """Return the summary of a template."""
    reader = _Reader(text)
    reader.run()
    body = Body(tuple(reader.entries), tuple(reader.loops), (), (), (), (), asking(reader.entries))
    return ModuleSummary(path, {}, (), body, {}, {}, {})


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self.entries: list[Entry] = []
        self.loops: list[Loop] = []
        self._scopes: list[dict[str, Ref]] = [{}]
        self._loop = NO_LOOP
        self._depths: list[tuple[str, int, bool]] = []  # open blocks: the tag, the loop around, sometimes around
        self._sometimes = False
        self._place = Span(1, 0, 1, 0)

    def run(self) -> None:
        """Read all tags in the order of the text."""
        skipped = ""
        line, start = 1, 0
        for found in _TAG.finditer(self._text):
            line += self._text.count("\n", start, found.start())
            start = found.start()
            begin = self._text.rfind("\n", 0, start) + 1
            column = len(self._text[begin:start].encode())
            self._place = Span(line, column, line, column + len(found[0].encode()))
            content = found[0][2:-2].strip()
            if found[0].startswith("{{"):
                if not skipped:
                    self._add(Text(self._expression(content)))
            elif found[0].startswith("{%") and content:
                words = [match[0] for match in _WORD.finditer(content)]
                if skipped:
                    skipped = "" if words[0] == skipped else skipped
                elif words[0] in ("comment", "verbatim"):
                    skipped = f"end{words[0]}"
                else:
                    self._tag(words)

    def _add(self, term: Term) -> Ref:
        line = self._place.line
        self.entries.append(Entry(term, "", self._place, (line, line), self._loop, self._sometimes))
        return len(self.entries) - 1

    # Tags

    def _tag(self, words: list[str]) -> None:
        name, arguments = words[0], words[1:]
        if name.startswith("end"):
            self._end(name[3:])
        elif name == "for":
            self._for(arguments)
        elif name in ("if", "ifchanged"):
            self._open(name)
            self._all(arguments)
            self._sometimes = True
        elif name in ("elif", "else", "empty"):
            self._all(arguments)
            self._sometimes = True
        elif name == "with" or name in ("blocktranslate", "blocktrans"):
            self._open(name)
            self._scopes[-1].update(self._pairs(arguments))
        elif name == "include":
            self._include(arguments)
        elif name == "regroup" and len(arguments) >= 5:
            self._regroup(arguments)
        elif name not in _WITHOUT_ARGUMENTS:
            self._all(arguments)

    def _open(self, name: str) -> None:
        self._depths.append((name, self._loop, self._sometimes))
        self._scopes.append({})

    def _end(self, name: str) -> None:
        """Close a block; blocks of tags that are not known have not been opened."""
        for index in range(len(self._depths) - 1, -1, -1):
            if self._depths[index][0] == name:
                _, self._loop, self._sometimes = self._depths[index]
                del self._depths[index:]
                del self._scopes[index + 1 :]
                return

    def _for(self, words: list[str]) -> None:
        reverse = words[-1:] == ["reversed"]
        words = words[:-1] if reverse else words
        if "in" not in words:
            return
        split = words.index("in")
        names = [name for name in "".join(words[:split]).split(",") if name]
        if "," not in "".join(words[:split]):
            names = words[:split]
        iterable = self._expression(" ".join(words[split + 1 :]))
        self._open("for")
        self.loops.append(Loop(iterable, self._loop, False, self._place))
        self._loop, self._sometimes = len(self.loops) - 1, False
        element = self._add(Each(iterable, self._loop))
        if len(names) == 1:
            self._scopes[-1][names[0]] = element
        for number, name in enumerate(names if len(names) > 1 else ()):
            key = self._add(Literal(number))
            self._scopes[-1][name] = self._add(Item(element, key))
        self._scopes[-1]["forloop"] = self._add(Unknown())

    def _regroup(self, words: list[str]) -> None:
        """Read `regroup books by author as groups`: the attribute of each row is read."""
        iterable = self._expression(words[0])
        outer = self._loop
        self.loops.append(Loop(iterable, outer, False, self._place))
        self._loop = len(self.loops) - 1
        value = self._add(Each(iterable, self._loop))
        for part in words[2].split("."):
            value = self._add(Lookup(value, part))
        self._loop = outer
        self._scopes[-1][words[4]] = self._add(Unknown())

    def _include(self, words: list[str]) -> None:
        if not words:
            return
        only = words[-1] == "only"
        pairs = self._pairs(words[2:] if words[1:2] == ["with"] else [])
        visible = {} if only else {name: ref for scope in self._scopes for name, ref in scope.items()}
        template = self._expression(words[0])
        self._add(Include(template, tuple({**visible, **pairs}.items()), not only))

    def _pairs(self, words: Sequence[str]) -> dict[str, Ref]:
        """Return what `name=value` and `value as name` bind."""
        found: dict[str, Ref] = {}
        for index, word in enumerate(words):
            name, equals, value = word.partition("=")
            if equals and name.isidentifier():
                found[name] = self._expression(value)
            elif word == "as" and 0 < index < len(words) - 1:
                found[words[index + 1]] = self._expression(words[index - 1])
        return found

    def _all(self, words: Sequence[str]) -> None:
        """Look up all arguments of a tag; `as name` binds a name to what nobody knows."""
        for index, word in enumerate(words):
            if word in _OPERATORS:
                continue
            if index and words[index - 1] == "as":
                self._scopes[-1][word] = self._add(Unknown())
                continue
            name, equals, value = word.partition("=")
            self._expression(value if equals and name.isidentifier() else word)

    # Expressions

    def _expression(self, text: str) -> Ref:
        """Read a variable or literal with its filters."""
        first, *filters = _FILTER.split(text.strip())
        ref = self._variable(first.strip())
        for each in filters:
            name, _, argument = each.strip().partition(":")
            if argument:
                self._variable(argument)
            if name == "first":
                ref = self._add(Item(ref, self._add(Literal(0))))
            elif name not in ("default", "default_if_none", "dictsort", "dictsortreversed", "safe", "slice"):
                self._add(Text(ref)) if name in ("lower", "upper", "title", "truncatechars", "escape") else None
                ref = self._add(Unknown())
        return ref

    def _variable(self, text: str) -> Ref:
        if text[:1] in ("'", '"'):
            return self._add(Literal(text[1:-1]))
        if not _VARIABLE.match(text):
            return self._add(Unknown())
        name, *parts = text.split(".")
        ref = next((scope[name] for scope in reversed(self._scopes) if name in scope), None)
        if ref is None:
            ref = self._add(Parameter(name))
        for part in parts:
            ref = self._add(Lookup(ref, part))
        return ref
