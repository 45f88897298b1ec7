"""Findings in f-strings: before Python 3.12 the parser tells wrong places there."""

from __future__ import annotations

import sys

import pytest

import perffix

PLACES_ARE_RIGHT = sys.version_info >= (3, 12)
TEXTS = [
    "def f(d: dict[str, int]) -> str:\n    return f'{[x for x in list(d)]}'\n",
    "def f(d: dict[str, int]) -> str:\n    return f'''\n    {[f'{x:{len([y for y in list(d)])}}' for x in d]}'''\n",
]


@pytest.mark.parametrize("text", TEXTS)
def test_a_fix_inside_an_f_string_needs_a_parser_that_tells_its_place(text: str) -> None:
    (finding,) = perffix.check_source(text)
    assert finding.code == "PERF101"
    assert finding.fix is not None
    assert bool(finding.fix.edits) is PLACES_ARE_RIGHT
    if not PLACES_ARE_RIGHT:
        assert finding.span.start == (2, 11)  # the string's
    assert perffix.fix_source(text) == (text.replace("list(d)", "d") if PLACES_ARE_RIGHT else text)


def test_a_fix_outside_of_the_f_string_stays() -> None:
    known = "    known = [1, 2, 3, 4, 5, 6, 7, 8, 9, 0]\n"
    text = f"def f(words: list[str]) -> str:\n{known}    return f'{{[len(w) in known for w in words]}}'\n"
    assert "known = {1, 2" in perffix.fix_source(text)
