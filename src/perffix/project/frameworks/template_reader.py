"""What the readers of all kinds of templates share: entries, scopes of names, and blocks that are open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.model import Span
from perffix.project.summaries.summary import ModuleSummary
from perffix.project.summaries.terms import (
    NO_LOOP,
    Body,
    Call,
    Each,
    Entry,
    Extends,
    Guard,
    Item,
    Literal,
    Lookup,
    Loop,
    Named,
    Parameter,
    Unknown,
    asking,
    block_flag,
    entry_of,
)

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator, Sequence

    from perffix.project.summaries.summary import FunctionSummary
    from perffix.project.summaries.terms import Ref, Term


_OF_BODY = ("entries", "loops", "_scopes", "_depths", "_guards", "tested", "_loop", "_sometimes", "_open_blocks")


class TemplateReader:
    """Reads a template into the entries of a body; its variables are parameters of the body.

    Args:
        text: the template.
    """

    tag: re.Pattern[str]  # what is not plain text

    def __init__(self, text: str) -> None:
        self._text = text
        self.entries: list[Entry] = []
        self.loops: list[Loop] = []
        self._scopes: list[dict[str, Ref]] = [{}]
        self._loop = NO_LOOP
        self._depths: list[tuple[str, int, bool]] = []  # open blocks: the tag, the loop around, sometimes around
        self._sometimes = False
        self._place = Span(1, 0, 1, 0)
        self.macros: dict[str, FunctionSummary] = {}
        self._extended: tuple[Ref, Span] | None = None  # what it goes on from, and where it says so
        self._blocks: dict[str, Ref] = {}  # where each begins
        self._going_on: set[str] = set()  # those that show what they replace, too
        self._open_blocks: list[str] = []
        self._guards: list[Guard] = []
        self.tested: list[Ref] = []  # entries whose truth is asked
        self._bodies: list[dict[str, object]] = []  # what has been read of the bodies around this one

    def summary(self, path: str) -> ModuleSummary:
        """Return the template, once it is read, as a module without names of its own."""
        if self._extended is not None:
            replaced = tuple(block for block in self._blocks if block not in self._going_on)
            self._loop, self._sometimes = NO_LOOP, False
            self._place = self._extended[1]
            self._add(Extends(self._extended[0], replaced))
        return ModuleSummary(path, {}, (), self._body(), {}, self.macros, {})

    def _body(self) -> Body:
        entries, loops = tuple(self.entries), tuple(self.loops)
        return Body(entries, loops, (), (), tuple(self.tested), (), asking(entries), tuple(self._guards))

    def tags(self) -> Iterator[str]:
        """Yield what is not plain text, one after another; what is added meanwhile stands there."""
        line, before = 1, 0
        for found in self.tag.finditer(self._text):
            tag, start = found[0], found.start()
            line += self._text.count("\n", before, start)
            before = start
            begin = self._text.rfind("\n", 0, start) + 1
            column = len(self._text[begin:start].encode())
            end_line = line + tag.count("\n")
            last = len(tag.rpartition("\n")[2].encode()) if end_line > line else column + len(tag.encode())
            self._place = Span(line, column, end_line, last)
            yield tag

    def _add(self, term: Term) -> Ref:
        place = self._place
        lines = (place.line, place.end_line)
        self.entries.append(entry_of(term, "", lines, self._loop, self._sometimes, *place))
        return len(self.entries) - 1

    # Blocks and names

    def _open(self, name: str) -> None:
        self._depths.append((name, self._loop, self._sometimes))
        self._scopes.append({})

    def _begin_body(self) -> None:
        """Begin a body of its own, which belongs to no loop or block around."""
        self._bodies.append({name: vars(self)[name] for name in _OF_BODY})
        self.entries, self.loops, self._scopes, self._depths, self._guards = [], [], [{}], [], []
        self.tested = []
        self._loop, self._sometimes, self._open_blocks = NO_LOOP, False, []

    def _end_body(self) -> Body:
        """Return the body that was begun last, and go on with the one around."""
        body = self._body()
        vars(self).update(self._bodies.pop())
        return body

    def _open_block(self, name: str) -> None:
        """Open a block that another template may replace."""
        self._open("block")
        self._blocks[name] = len(self.entries)
        self._open_blocks.append(name)

    def _shows_replaced(self) -> None:
        """Note that the block that is open shows what it replaces, too."""
        self._going_on.update(self._open_blocks[-1:])

    def _end(self, name: str) -> None:
        """Close a block; blocks of tags that are not known have not been opened."""
        if name == "block" and self._open_blocks:
            block = self._open_blocks.pop()
            guard = Guard(self._blocks[block], len(self.entries), block_flag(block), wanted=True, none=False)
            self._guards.append(guard)
        for index in range(len(self._depths) - 1, -1, -1):
            if self._depths[index][0] == name:
                _, self._loop, self._sometimes = self._depths[index]
                del self._depths[index:]
                del self._scopes[index + 1 :]
                return

    def _enter_loop(self, iterable: Ref, names: Sequence[str]) -> None:
        """Open a loop whose turns bind names."""
        self._open("for")
        self.loops.append(Loop(iterable, self._loop, False, self._place))
        self._loop, self._sometimes = len(self.loops) - 1, False
        element = self._add(Each(iterable, self._loop))
        if len(names) == 1:
            self._scopes[-1][names[0]] = element
        for number, name in enumerate(names if len(names) > 1 else ()):
            key = self._add(Literal(number))
            self._scopes[-1][name] = self._add(Item(element, key))

    def _length(self, value: Ref) -> Ref:
        """Return how many elements a value has."""
        return self._add(Call(self._add(Named("builtins.len")), (value,), ()))

    def _read_of_each(self, iterable: Ref, path: str) -> Ref:
        """Read what a dotted path leads to from each element of a value; return it for one of them."""
        outer = self._loop
        self.loops.append(Loop(iterable, outer, False, self._place))
        self._loop = len(self.loops) - 1
        value = self._add(Each(iterable, self._loop))
        for part in path.split("."):
            value = self._add(Lookup(value, part))
        self._loop = outer
        return value

    def _name(self, name: str) -> Ref:
        """Return the entry of a name: of a block around, or of the context."""
        ref = next((scope[name] for scope in reversed(self._scopes) if name in scope), None)
        return self._add(Parameter(name)) if ref is None else ref

    def _visible(self) -> dict[str, Ref]:
        """Return all names that blocks around bind."""
        return {name: ref for scope in self._scopes for name, ref in scope.items()}

    def _unknown(self) -> Ref:
        return self._add(Unknown())
