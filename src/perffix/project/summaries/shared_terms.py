"""Parts of summaries that many modules have in common: equal ones are one object.

A project says `models.CharField`, `self` and `"pk"` thousands of times. Whoever reads its modules keeps each once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from perffix.project.summaries.terms import Literal, Named, Parameter

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
_MOST = 100_000  # terms of a kind: a server of an editor reads on and on


class _Shared(dict[str, T]):
    """One term for each text."""

    def __init__(self, make: Callable[[str], T]) -> None:
        self._make = make

    def __missing__(self, text: str) -> T:
        if len(self) >= _MOST:
            self.clear()
        term = self[text] = self._make(text)
        return term


NAMED = _Shared(Named)
TEXTS = _Shared(Literal)
PARAMETERS = _Shared(Parameter)

LINES: list[tuple[int, int]] = []  # of statements on one line
NUMBERS: list[int] = []  # of lines: the parser makes another object of the same number for each node


def number_lines(last: int) -> None:
    """Make sure that `NUMBERS` and `LINES` have all lines up to the last of a file."""
    for number in range(len(NUMBERS), last + 1):
        NUMBERS.append(number)
        LINES.append((number, number))
