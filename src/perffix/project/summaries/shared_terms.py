"""Parts of summaries that many modules have in common: equal ones are one object.

A project says `models.CharField`, `self` and `"pk"` thousands of times. Whoever reads its modules keeps each once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from perffix.project.summaries.terms import NO_LOOP, Entry, Literal, Named, Parameter, Unknown, entry_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from perffix.project.summaries.terms import Term

K = TypeVar("K")
T = TypeVar("T")
_MOST = 100_000  # terms of a kind: a server of an editor reads on and on


class _Shared(dict[K, T]):
    """One term or entry for each of some values."""

    def __init__(self, make: Callable[[K], T]) -> None:
        self._make = make

    def __missing__(self, value: K) -> T:
        if len(self) >= _MOST:
            self.clear()
        term = self[value] = self._make(value)
        return term


NAMED = _Shared(Named)
TEXTS = _Shared(Literal)

# Entries for what has no place of its own and is the same wherever it is said.


def _entry(term: Term) -> Entry:
    return entry_of(term, "", (1, 1), NO_LOOP, False, 1, 0, 1, 0)


OF_NAME = _Shared[str, Entry](lambda name: _entry(NAMED[name]))
OF_TEXT = _Shared[str, Entry](lambda text: _entry(TEXTS[text]))
OF_PARAMETER = _Shared[str, Entry](lambda name: _entry(Parameter(name)))
OF_PLAIN = _Shared[tuple[type, float | bool | None], Entry](lambda key: _entry(Literal(key[1])))
UNKNOWN = _entry(Unknown())


def shared_entry(term: Named | Literal | Parameter | Unknown) -> Entry:
    """Return the entry that bodies share for a value."""
    if type(term) is Named:
        return OF_NAME[term.name]
    if type(term) is Parameter:
        return OF_PARAMETER[term.name]
    if type(term) is Literal:
        value = term.value
        return OF_TEXT[value] if isinstance(value, str) else OF_PLAIN[value.__class__, value]
    return UNKNOWN


LINES: list[tuple[int, int]] = []  # of statements on one line
NUMBERS: list[int] = []  # of lines: the parser makes another object of the same number for each node


def number_lines(last: int) -> None:
    """Make sure that `NUMBERS` and `LINES` have all lines up to the last of a file."""
    for number in range(len(NUMBERS), last + 1):
        NUMBERS.append(number)
        LINES.append((number, number))
