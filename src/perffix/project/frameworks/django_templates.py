"""Reads Django's templates: which variables they look up, loop over and show.

A template becomes the summary of a module whose body has an entry for each look-up. Its variables are parameters of
the body. Of tags that are not Django's own nothing is known but that they look up their arguments.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from perffix.project.frameworks.template_reader import TemplateReader
from perffix.project.summaries.terms import Combined, Include, Item, Literal, Lookup, Text, Unknown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perffix.project.summaries.summary import ModuleSummary
    from perffix.project.summaries.terms import Ref

_TAG = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}")
_WORD = re.compile(r"""(?:[^\s'"]*(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')[^\s'"]*)+|\S+""")
_FILTER = re.compile(r"""\|(?=(?:[^'"]|"[^"]*"|'[^']*')*$)""")
_VARIABLE = re.compile(r"[^\W\d]\w*(?:\.\w+)*$")
# The tags whose arguments are names or words for the tag itself, and those that end a block.
_WITHOUT_ARGUMENTS = ("load", "extends", "csrf_token", "spaceless", "autoescape", "filter", "now", "debug")
_COMPARING = ("==", "!=", "<", ">", "<=", ">=")
_OPERATORS = ("and", "or", "not", "in", "is", "==", "!=", "<", ">", "<=", ">=", "as", "by", "only", "count", "with")


def read_template(path: str, text: str) -> ModuleSummary:
    """Return the summary of a template."""
    reader = _Reader(text)
    reader.run()
    return reader.summary(path)


class _Reader(TemplateReader):
    tag = _TAG

    def run(self) -> None:
        """Read all tags in the order of the text."""
        skipped = ""
        for found in self.tags():
            content = found[2:-2].strip()
            if found.startswith("{{"):
                if not skipped:
                    self._add(Text(self._expression(content)))
            elif found.startswith("{%") and content:
                quoted = '"' in content or "'" in content
                words = [match[0] for match in _WORD.finditer(content)] if quoted else content.split()
                if skipped:
                    skipped = "" if words[0] == skipped else skipped
                elif words[0] in ("comment", "verbatim"):
                    skipped = f"end{words[0]}"
                else:
                    self._tag(words)

    # Tags

    def _tag(self, words: list[str]) -> None:
        name, arguments = words[0], words[1:]
        if name.startswith("end"):
            self._end(name[3:])
        elif name == "for":
            self._for(arguments)
        elif name in ("if", "elif"):
            if name == "if":
                self._open(name)
            self._condition(arguments)
            self._sometimes = True
        elif name == "ifchanged":
            self._open(name)
            self._all(arguments)
            self._sometimes = True
        elif name in ("else", "empty"):
            self._sometimes = True
        elif name == "block":
            self._open_block(arguments[0] if arguments else "")
        elif name == "extends" and arguments:
            self._extended = (self._expression(arguments[0]), self._place)
        elif name == "with" or name in ("blocktranslate", "blocktrans"):
            self._open(name)
            self._scopes[-1].update(self._pairs(arguments))
        elif name == "include":
            self._include(arguments)
        elif name == "regroup" and len(arguments) >= 5:
            self._regroup(arguments)
        elif name not in _WITHOUT_ARGUMENTS:
            self._all(arguments)

    def _condition(self, words: Sequence[str]) -> None:
        """Read `books and books.count > 0 or not other`."""
        part: list[str] = []
        for word in (*words, "and"):
            if word not in ("and", "or"):
                part.append(word)
                continue
            operands = [each for each in part if each != "not"]
            if len(operands) == 1:
                self.tested.append(self._expression(operands[0]))
            elif len(operands) == 3 and operands[1] in _COMPARING:
                left, right = self._expression(operands[0]), self._expression(operands[2])
                self._add(Combined(operands[1], left, right))
            else:
                self._all(operands)
            part = []

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
        self._enter_loop(iterable, names)
        self._scopes[-1]["forloop"] = self._add(Unknown())

    def _regroup(self, words: list[str]) -> None:
        """Read `regroup books by author as groups`: the attribute of each row is read."""
        iterable = self._expression(words[0])
        self._read_of_each(iterable, words[2])
        self._scopes[-1][words[4]] = self._add(Unknown())

    def _include(self, words: list[str]) -> None:
        if not words:
            return
        only = words[-1] == "only"
        pairs = self._pairs(words[2:] if words[1:2] == ["with"] else [])
        visible = {} if only else self._visible()
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
        first, *filters = _FILTER.split(text.strip()) if "|" in text else (text,)
        ref = self._variable(first.strip())
        for each in filters:
            name, _, argument = each.strip().partition(":")
            if argument:
                self._variable(argument)
            if name == "length":
                ref = self._length(ref)
            elif name == "first":
                ref = self._add(Item(ref, self._add(Literal(0))))
            elif name not in ("default", "default_if_none", "dictsort", "dictsortreversed", "safe", "slice"):
                self._add(Text(ref)) if name in ("lower", "upper", "title", "truncatechars", "escape") else None
                ref = self._add(Unknown())
        return ref

    def _variable(self, text: str) -> Ref:
        if text[:1] in ("'", '"'):
            return self._add(Literal(text[1:-1]))
        if text.isdecimal():
            return self._add(Literal(int(text)))
        if not _VARIABLE.match(text):
            return self._add(Unknown())
        name, *parts = text.split(".")
        if text == "block.super":
            self._shows_replaced()
        ref = self._name(name)
        for part in parts:
            ref = self._add(Lookup(ref, part))
        return ref
