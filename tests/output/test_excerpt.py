from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perffix.output.excerpt import excerpt
from perffix.output.masking import MASK
from perffix.output.terminal import cells


def _marked(line: str, part: str, **options: object) -> tuple[str, str]:
    """Return the shown line and what of it stands above the marks."""
    start = line.index(part)
    shown = excerpt(line, start, start + len(part), **options)  # type: ignore[arg-type]
    column, above = 0, ""
    for character in shown.text:
        if shown.indent <= column < shown.indent + shown.width:
            above += character
        column += cells(character)
    return shown.text, above


@pytest.mark.parametrize(
    ("line", "part", "text", "above"),
    [
        ("x = queue.pop(0)", "queue.pop(0)", "x = queue.pop(0)", "queue.pop(0)"),
        ("\tx\t= pop()", "pop()", "    x   = pop()", "pop()"),
        ("日本 = pop()", "pop()", "日本 = pop()", "pop()"),
        ("x = 日本[0]", "日本", "x = 日本[0]", "日本"),
        ("s = 'e\u0301\u0301' + pop()", "pop()", "s = 'e\u0301\u0301' + pop()", "pop()"),
        ("s = '\x1b[2J\u202e' + pop()", "pop()", r"s = '\x1b[2J\u202e' + pop()", "pop()"),
        ("s = '\x1b'", "\x1b", r"s = '\x1b'", r"\x1b"),
        ("x = pop()   ", "pop()", "x = pop()", "pop()"),
    ],
)
def test_the_mark_lies_under_what_is_marked(line: str, part: str, text: str, above: str) -> None:
    assert _marked(line, part) == (text, above)


def test_an_empty_span_is_marked_by_one_cell() -> None:
    assert excerpt("abc", 1, 1)[1:] == (1, 1)
    assert excerpt("abc", 3, 3)[1:] == (3, 1)
    assert excerpt("", 7, 9) == ("", 0, 1)


def test_what_the_output_cannot_encode_is_escaped_before_it_is_measured() -> None:
    line, above = _marked("é日 = pop()", "pop()", encoding="latin-1")
    assert (line, above) == ("é\\u65e5 = pop()", "pop()")


@pytest.mark.parametrize(
    ("before", "after"), [("a" * 500, ""), ("", "b" * 500), ("a" * 500, "b" * 500), ("日" * 500, "本" * 500)]
)
def test_long_lines_are_cut_around_the_mark(before: str, after: str) -> None:
    line, above = _marked(f"{before} pop() {after}".strip(), "pop()", limit=60)
    assert above == "pop()"
    assert cells(line) <= 60
    assert cells(line) >= 55
    assert line.startswith("...") is bool(before)
    assert line.endswith("...") is bool(after)


def test_a_mark_longer_than_the_line_is_cut() -> None:
    shown = excerpt("x = " + "y" * 1000, 4, 1004, limit=50)
    assert shown.text == "x = " + "y" * 40 + "..."
    assert (shown.indent, shown.width) == (4, 40)


def test_a_huge_line_is_not_read_in_full() -> None:
    line = "a" * 5_000_000 + "pop()" + "b" * 5_000_000
    shown = excerpt(line, 5_000_000, 5_000_005)
    assert "apop()b" in shown.text


@pytest.mark.parametrize("hidden", [[(5, 12)], [(5, 12), (20, 23)]])
def test_hidden_ranges_become_masks_of_one_length(hidden: list[tuple[int, int]]) -> None:
    line = "p = 'hunter2'; q = 'abc'"
    shown = excerpt(line, 4, 13, hidden=hidden)
    assert shown.text.startswith(f"p = '{MASK}'")
    assert (shown.indent, shown.width) == (4, len(MASK) + 2)
    assert ("abc" in shown.text) is (len(hidden) == 1)


def test_a_hidden_range_is_hidden_when_the_cut_goes_through_it() -> None:
    line = "p = '" + "s3cret" * 100 + "'; pop()"
    start = line.index("pop()")
    shown = excerpt(line, start, start + 5, hidden=[(5, line.index("';"))], limit=40)
    assert "s3cret" not in shown.text
    assert MASK in shown.text


@given(
    st.text(st.characters(blacklist_characters="\r\n")),
    st.integers(0, 50),
    st.integers(0, 50),
    st.integers(20, 120),
)
def test_any_line_is_shown_within_its_limit(line: str, start: int, more: int, limit: int) -> None:
    shown = excerpt(line, start, start + more, limit=limit)
    assert cells(shown.text) <= limit
    assert shown.width >= 1
