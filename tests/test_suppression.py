"""Comments that suppress findings."""

from __future__ import annotations

import pytest

from perffix.model import Confidence, Finding, Span
from perffix.source import SourceFile
from perffix.suppression import Suppressions

WORDS = {
    "unused-suppression": ("PERF002",),
    "manual-list-comprehension": ("PERF401",),
    "list-pop-front": ("PERF504",),
    "list-insert-front": ("PERF505",),
    "hard-coded-password": ("SEC105", "SEC106", "SEC107"),
    "sql-built-from-input": ("SEC608",),
}
CODES = frozenset(code for codes in WORDS.values() for code in codes)


def finding(code: str, line: int = 1, *, statement: tuple[int, int] | None = None, end: int | None = None) -> Finding:
    return Finding(
        code=code,
        name="n",
        path="a.py",
        span=Span(line, 0, end or line, 1),
        statement=statement or (line, line),
        message="m",
        confidence=Confidence.HIGH,
    )


def read(text: str) -> Suppressions | None:
    return Suppressions.of(SourceFile("a.py", text.encode()), WORDS)


def suppressed(text: str, code: str, line: int = 1) -> bool:
    found = read(text)
    return found is not None and found.find(finding(code, line)) is not None


def unused(text: str, *found: Finding, codes: frozenset[str] = CODES) -> list[str]:
    comments = read(text)
    if comments is None:
        return []
    for item in found:
        comments.find(item)
    return [item.text for item in comments.unused(codes)]


@pytest.mark.parametrize(
    ("comment", "codes"),
    [
        ("# noqa", CODES),
        ("#noqa", CODES),
        ("# NoQA", CODES),
        ("#  noqa  ", CODES),
        ("# noqa because it is short", CODES),
        ("# noqa PERF504", CODES),
        ("# noqa: because it is short", CODES),
        ("# noqa:", CODES),
        ("# type: ignore # noqa", CODES),
        ("# some words # noqa: PERF504", {"PERF504"}),
        ("# noqa: PERF504", {"PERF504"}),
        ("# noqa:PERF504", {"PERF504"}),
        ("# noqa : PERF504", {"PERF504"}),
        ("# noqa: perf504", {"PERF504"}),
        ("# noqa: PERF504,PERF505", {"PERF504", "PERF505"}),
        ("# noqa: PERF504, E501, PERF505", {"PERF504", "PERF505"}),
        ("# noqa: PERF504 PERF505", {"PERF504", "PERF505"}),
        ("# noqa: PERF5", {"PERF504", "PERF505"}),
        ("# noqa: PERF", {"PERF002", "PERF401", "PERF504", "PERF505"}),
        ("# noqa: PER", {"PERF002", "PERF401", "PERF504", "PERF505"}),
        ("# noqa: SEC1", {"SEC105", "SEC106", "SEC107"}),
        ("# noqa: SEC106", {"SEC106"}),
        ("# noqa: S106", {"SEC106"}),
        ("# noqa: S1", {"SEC105", "SEC106", "SEC107"}),
        ("# noqa: hard-coded-password", {"SEC105", "SEC106", "SEC107"}),
        ("# noqa: list-pop-front, SEC608", {"PERF504", "SEC608"}),
        ("# noqa: PERF504 -- SEC608 is for others", {"PERF504"}),
        ("# noqa: PERF504 # SEC608", {"PERF504"}),
        ("# noqa: PERF504 see SEC608", {"PERF504"}),
        ("# noqa: E501", set()),
        ("# noqa: B608", set()),
        ("# nosec", {"SEC105", "SEC106", "SEC107", "SEC608"}),
        ("# nosec: checked", {"SEC105", "SEC106", "SEC107", "SEC608"}),
        ("#nosec B608", {"SEC608"}),
        ("# nosec B105,B608", {"SEC105", "SEC608"}),
        ("# nosec: B105 B608", {"SEC105", "SEC608"}),
        ("# nosec SEC608", {"SEC608"}),
        ("# nosec sql-built-from-input", {"SEC608"}),
        ("# nosec hardcoded_sql_expressions", {"SEC105", "SEC106", "SEC107", "SEC608"}),
        ("# nosec B105, hardcoded_sql_expressions", {"SEC105", "SEC106", "SEC107", "SEC608"}),
        ("# nosec B101", set()),
        ("# nosec PERF504", set()),
        ("# noqa: PERF504 # nosec B608", {"PERF504", "SEC608"}),
        ("# nosecurity", set()),
        ("# noqaX", set()),
        ("# no qa", set()),
        ("# perffix: something", set()),
    ],
)
def test_what_a_comment_suppresses(comment: str, codes: set[str]) -> None:
    assert {code for code in CODES if suppressed(f"x = 1  {comment}\n", code)} == codes


def test_a_file_without_the_words_is_not_read() -> None:
    assert read("x = 1  # nothing here\n") is None


@pytest.mark.parametrize("text", ["x = '# noqa'\n", 'x = """\n# perffix: ignore-file\n"""\n', "x = f'# noqa'\n"])
def test_text_in_strings_is_no_comment(text: str) -> None:
    assert not suppressed(text, "PERF504")
    found = read(text)
    assert found is not None
    assert not found.ignores_file()


def test_any_line_of_the_statement_and_the_ends_of_the_span_count() -> None:
    text = "a = [\n  1,  # noqa: PERF504\n  2,\n]\nb = 1\n"
    found = read(text)
    assert found is not None
    assert found.find(finding("PERF504", 1, statement=(1, 4)))
    assert not found.find(finding("PERF505", 1, statement=(1, 4)))
    assert not found.find(finding("PERF504", 5))
    assert found.find(finding("PERF504", 2, statement=(4, 4)))
    assert found.find(finding("PERF504", 1, end=2, statement=(1, 1)))
    assert not found.find(finding("PERF504", 1, end=4, statement=(1, 1)))


@pytest.mark.parametrize(
    ("comment", "codes"),
    [
        ("# perffix: ignore-file", CODES),
        ("#perffix:ignore-file", CODES),
        ("# flake8: noqa", CODES),
        ("# flake8=noqa", CODES),
        ("# ruff: noqa", CODES),
        ("# perffix: ignore-file -- generated", CODES),
        ("# perffix: ignore-file: PERF504", {"PERF504"}),
        ("# flake8: noqa: PERF504, S608", {"PERF504", "SEC608"}),
        ("# ruff: noqa: list-pop-front", {"PERF504"}),
        ("# flake8: noqa: E501", set()),
    ],
)
def test_whole_file(comment: str, codes: set[str]) -> None:
    text = f"x = 1\n    {comment}\ny = 2\n"
    found = read(text)
    assert found is not None
    assert found.ignores_file() is (codes == CODES)
    assert {code for code in CODES if suppressed(text, code, 3)} == codes


def test_a_whole_file_comment_needs_its_own_line() -> None:
    found = read("x = 1  # perffix: ignore-file\n")
    assert found is not None
    assert not found.ignores_file()
    assert not suppressed("x = 1  # perffix: ignore-file\n", "PERF504")


@pytest.mark.parametrize(
    ("comment", "reason"),
    [
        ("# noqa: PERF504 -- the list is short", "the list is short"),
        ("# noqa: PERF504 # the list is short", "the list is short"),
        ("# noqa -- the list is short", "the list is short"),
        ("# noqa: PERF504", ""),
        ("# nosec B608 -- constant", "constant"),
        ("# perffix: ignore-file -- generated", "generated"),
    ],
)
def test_reasons(comment: str, reason: str) -> None:
    found = read(f"{comment}\n")
    assert found is not None
    directive = found.find(finding("SEC608" if "B608" in comment else "PERF504"))
    assert directive is not None
    assert directive.reason == reason


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        ("# noqa: PERF504", ["PERF504"]),
        ("# noqa: list-pop-front", ["list-pop-front"]),
        ("# noqa: PERF504, PERF505", ["PERF504", "PERF505"]),
        ("# noqa: PERF5", ["PERF5"]),
        ("# nosec SEC608", ["SEC608"]),
        ("# perffix: ignore-file: PERF504", ["PERF504"]),
        ("# noqa", []),
        ("# noqa: E501", []),
        ("# noqa: PERF401", []),  # ruff may need it
        ("# noqa: manual-list-comprehension", []),
        ("# noqa: PERF4", []),
        ("# noqa: PERF", []),
        ("# noqa: S608", []),  # ruff's and flake8-bandit's spelling
        ("# nosec B608", []),  # bandit's spelling
        ("# nosec", []),
        ("# noqa: PERF777", []),  # no rule of ours
    ],
)
def test_unused(comment: str, expected: list[str]) -> None:
    assert unused(f"x = 1\n{comment}\n") == expected


def test_used_ones_are_not_unused() -> None:
    text = "x = 1  # noqa: PERF504, PERF505\n"
    assert unused(text, finding("PERF504")) == ["PERF505"]
    assert unused(text, finding("PERF504"), finding("PERF505")) == []
    assert unused("x = 1  # noqa: PERF5\n", finding("PERF505")) == []


def test_every_comment_that_would_do_it_is_used() -> None:
    text = "x = [  # noqa: PERF504\n  1,  # noqa: list-pop-front\n]\n"
    assert unused(text, finding("PERF504", statement=(1, 3))) == []


def test_codes_that_are_off_are_not_unused() -> None:
    assert unused("x = 1  # noqa: PERF504\n", codes=frozenset({"PERF505"})) == []


def test_place_of_an_unused_word() -> None:
    comments = read("x = 'é'  # ä noqa # noqa: PERF505, PERF504\n")
    assert comments is not None
    comments.find(finding("PERF505"))
    (item,) = comments.unused(CODES)
    line = "x = 'é'  # ä noqa # noqa: PERF505, PERF504".encode()
    assert item.line == 1
    assert line[item.column : item.end_column] == b"PERF504"
    assert item.kind == "noqa"


def test_comments_after_unusual_line_ends() -> None:
    text = "a = 1\r\nb = 2\rc = 3  # noqa: PERF504\r\n\x0cd = 4\n"
    assert suppressed(text, "PERF504", 3)
    assert not suppressed(text, "PERF504", 4)


def test_text_that_cannot_be_tokenised_to_its_end_does_no_harm() -> None:
    text = "a = 1  # noqa: PERF504\nb = '''\n# noqa"
    assert suppressed(text, "PERF504", 1)
    assert not suppressed(text, "PERF505", 3)
