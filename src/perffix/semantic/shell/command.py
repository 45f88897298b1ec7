"""Command lines as a POSIX shell reads them: the words, the quotes, and where the holes of a text stand."""

from __future__ import annotations

import enum
import re
from typing import NamedTuple

from perffix.semantic import facts

HOLE = "\0"

_ENDS_COMMAND = "|&;()\n`"
_SYNTAX = frozenset("|&;<>()$`\\*?[\n")
_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\+?=")
_BRACES = re.compile(r"\{[^{}]*(,|\.\.)[^{}]*\}")


class Role(enum.Enum):
    """What the shell takes the text of a hole for."""

    PROGRAM = "the program to run"
    ARGUMENT = "a word of the command"
    QUOTED = "text between quotes"
    SCRIPT = "a script for another shell"


class Place(NamedTuple):
    """Where a hole stands: its role, and the quote around it, empty when there is none."""

    role: Role
    quote: str


class Command(NamedTuple):
    """A command line.

    Attributes:
        words: the words with quotes removed and a NUL character for each hole, as far as no syntax is in the way.
        places: one for each hole, in the order of the text.
        needs_shell: some part of it means something only to a shell: a pipe, a redirection, a variable, a pattern.
        is_single: it is one command, without a pipe, `;` and the like.
    """

    words: tuple[str, ...]
    places: tuple[Place, ...]
    needs_shell: bool
    is_single: bool = True

    @property
    def program(self) -> str:
        """The first word, empty when the command is."""
        return self.words[0] if self.words else ""


def read(text: str) -> Command | None:
    """Return how a shell reads a text in which NUL characters stand for holes; None when a quote is left open."""
    reader = _Reader()
    for character in text:
        reader.take(character)
    if reader.quote:
        return None
    reader.end_word()
    needs_shell = reader.needs_shell or _is_more_than_words(reader.words)
    return Command(tuple(reader.words), tuple(reader.places), needs_shell, reader.is_single)


class _Reader:
    """Takes a command character by character, and knows at every point what the next one would mean."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.places: list[Place] = []
        self.needs_shell = False
        self.is_single = True
        self.quote = ""
        self._word = ""
        self._in_word = False
        self._bare = ""  # the unquoted part of the word
        self._command: list[str] = []  # the words of the simple command so far

    def take(self, character: str) -> None:
        if character == HOLE:
            self._take_hole()
        elif self.quote:
            self._take_quoted(character)
        elif character in "'\"":
            self.quote = character
            self._in_word = True
        elif character in _ENDS_COMMAND:
            self.needs_shell = True
            self.is_single = False
            self.end_word()
            self._command = []
        elif character in " \t":
            self.end_word()
        else:
            self.needs_shell = self.needs_shell or character in _SYNTAX
            if character in "<>":
                self.end_word()
                return
            self._add(character, bare=True)

    def _take_hole(self) -> None:
        if self._is_script():
            role = Role.SCRIPT
        elif self._starts_program() and not self.quote:
            role = Role.PROGRAM
        else:
            role = Role.QUOTED if self.quote else Role.ARGUMENT
        self.places.append(Place(role, self.quote))
        self._add(HOLE, bare=not self.quote)

    def _take_quoted(self, character: str) -> None:
        if character == self.quote:
            self.quote = ""
            return
        if self.quote == '"' and character in "$`\\":
            self.needs_shell = True
        self._add(character, bare=False)

    def _add(self, character: str, *, bare: bool) -> None:
        self._word += character
        self._in_word = True
        if bare:
            self._bare += character

    def end_word(self) -> None:
        """Finish the word in the making, if there is one."""
        if not self._in_word:
            return
        if self._bare.startswith(("~", "#")) or "=~" in self._bare or _BRACES.search(self._bare):
            self.needs_shell = True
        if _ASSIGNMENT.match(self._bare) and self._starts_program():
            self.needs_shell = True
        else:
            self._command.append(self._word)
        self.words.append(self._word)
        self._word = self._bare = ""
        self._in_word = False

    def _starts_program(self) -> bool:
        """Tell whether the word in the making names the program: it is the first, or follows `sudo` and the like."""
        known = facts.load("sinks/shell")["words"]
        for index, word in enumerate(self._command):
            name = word.rpartition("/")[2]
            if name not in known["wrappers"] and name not in known["reserved"] and not (index and word[:1] == "-"):
                return False
        return True

    def _is_script(self) -> bool:
        """Tell whether the word in the making is what `sh -c` runs."""
        known = facts.load("sinks/shell")["words"]
        if len(self._command) < 2 or not re.fullmatch(r"-[a-z]*c|/[cC]|-[Cc]ommand", self._command[-1]):
            return False
        return any(word.rpartition("/")[2] in known["shells"] for word in self._command[:-1])


def _is_more_than_words(words: list[str]) -> bool:
    """Tell it by the first word: a reserved word, or a command that only the shell knows."""
    if not words:
        return True
    known = facts.load("sinks/shell")["words"]
    first = words[0]
    return first in known["reserved"] or first in known["builtins"] or first.lower() in known["builtins_of_windows"]
