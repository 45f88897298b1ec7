from __future__ import annotations

from perffix.model import Applicability, Confidence, Finding, Fix, Related, Span
from perffix.output.masking import Mask
from perffix.output.summary import statistics, summary, summary_of_fixes
from perffix.output.terminal import Palette
from perffix.output.text import TextReport, painted_diff
from perffix.source import SourceFile

SOURCE = SourceFile(
    "app/jobs.py",
    (
        "def work(jobs):\n    queue = list(jobs)\n    while queue:\n        é = queue.pop(0)\n"
        "for x in y:  # all\n    f(x)\n"
    ).encode(),
)
FINDING = Finding(
    code="PERF504",
    name="list-pop-front",
    path="app/jobs.py",
    span=Span(4, 13, 4, 25),
    statement=(4, 4),
    message="`queue` is a list and each pop(0) moves all elements that remain",
    confidence=Confidence.HIGH,
)


def _shown(finding: Finding, source: SourceFile | None = SOURCE, **options: bool) -> str:
    return TextReport(**options).finding(finding, source, Mask(source, [finding]))  # type: ignore[arg-type]


def test_everything_that_a_finding_says() -> None:
    finding = FINDING._replace(
        help="Use collections.deque and popleft()",
        confidence=Confidence.MEDIUM,
        evidence=("`queue` is a list: list(...) at line 2", "the loop runs once per job"),
        related=(
            Related(Span(2, 4, 2, 9), "the list is made here"),
            Related(Span(7, 0, 7, 3), "and filled there", "app/other.py"),
        ),
        fix=Fix(Applicability.SAFE, "Replace the list with a deque"),
    )
    assert _shown(finding) == (
        "app/jobs.py:4:13: PERF504 list-pop-front: "
        "`queue` is a list and each pop(0) moves all elements that remain\n"
        "  |\n"
        "4 |         é = queue.pop(0)\n"
        "  |             ^^^^^^^^^^^^\n"
        "  = why: `queue` is a list: list(...) at line 2\n"
        "  = why: the loop runs once per job\n"
        "  = confidence: medium\n"
        "  = see: app/jobs.py:2:5: the list is made here\n"
        "  = see: app/other.py:7:1: and filled there\n"
        "  = help: Use collections.deque and popleft()\n"
        "  = fix: safe, --apply: Replace the list with a deque\n"
        "\n"
    )


def test_who_decides_about_a_fix() -> None:
    unsafe = _shown(FINDING._replace(fix=Fix(Applicability.UNSAFE, "Hoist a set")))
    advice = _shown(FINDING._replace(fix=Fix(Applicability.DISPLAY, "Build a dict of positions")))
    assert "fix: unsafe, --apply --unsafe-fixes: Hoist a set\n" in unsafe
    assert "fix: advice only: Build a dict of positions\n" in advice
    assert "fix:" not in _shown(FINDING)


def test_a_span_of_several_lines_is_marked_on_its_first() -> None:
    assert "5 | for x in y:  # all\n  | ^^^^^^^^^^^^^^^^^^ to line 6\n" in _shown(
        FINDING._replace(span=Span(5, 0, 6, 8))
    )


def test_brief_is_one_line_each() -> None:
    assert _shown(FINDING, brief=True).count("\n") == 1


def test_a_file_that_could_not_be_read_has_no_excerpt() -> None:
    shown = _shown(FINDING._replace(code="PERF001", span=Span(1, 0, 1, 0)), None)
    assert shown.startswith("app/jobs.py:1:1: PERF001 ")
    assert "|" not in shown


def test_what_the_analysed_code_says_is_made_harmless() -> None:
    finding = FINDING._replace(
        path="app/\x1b[2Jjobs\n.py",
        message="`\u202equeue` is\ra list",
        evidence=("\x07 bell",),
        related=(Related(Span(2, 4, 2, 9), "see\x9b"),),
        help="no\u2066t",
        fix=Fix(Applicability.SAFE, "de\nscription"),
    )
    shown = _shown(finding)
    assert all(character == "\n" or character.isprintable() for character in shown)
    assert shown.startswith(r"app/\x1b[2Jjobs\n.py:4:13: PERF504 list-pop-front: `\u202equeue` is\ra list")


def test_colours_change_nothing_but_colours() -> None:
    import re

    coloured = TextReport(Palette(True)).finding(FINDING, SOURCE, Mask(SOURCE, []))
    assert "\x1b[1;31mPERF504\x1b[0m" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == _shown(FINDING)


def test_statistics_rank_by_count_then_code() -> None:
    other = FINDING._replace(code="SEC324", name="weak-hash")
    third = FINDING._replace(code="PERF101", name="unnecessary-list-cast")
    assert statistics([other, FINDING, third, FINDING] + [third] * 9) == (
        "10  PERF101 unnecessary-list-cast\n 2  PERF504 list-pop-front\n 1  SEC324 weak-hash\n"
    )
    assert statistics([]) == ""


def test_summary() -> None:
    safe = FINDING._replace(fix=Fix(Applicability.SAFE, ""))
    unsafe = FINDING._replace(path="b.py", fix=Fix(Applicability.UNSAFE, ""))
    advice = FINDING._replace(path="b.py", fix=Fix(Applicability.DISPLAY, ""))
    assert summary([], 1) == "No problems found (1 file checked)\n"
    assert summary([], 0) == "No problems found (0 files checked)\n"
    assert summary([FINDING], 3) == "Found 1 problem in 1 file (3 checked)\n"
    assert summary([safe, advice, FINDING], 12) == (
        "Found 3 problems in 2 files (12 checked), 1 fixable with --apply\n"
    )
    assert summary([safe, unsafe], 2) == (
        "Found 2 problems in 2 files (2 checked), 1 fixable with --apply, 1 more with --apply --unsafe-fixes\n"
    )
    assert summary([unsafe], 2) == ("Found 1 problem in 1 file (2 checked), 1 fixable with --apply --unsafe-fixes\n")


def test_summary_of_fixes() -> None:
    two, three = [("a.py", 2)], [("a.py", 1), ("b.py", 2)]
    unsafe = FINDING._replace(path="b.py", fix=Fix(Applicability.UNSAFE, ""))
    assert summary_of_fixes(two, [], 1, written=True) == "Fixed 2 problems in 1 file, none left (1 file checked)\n"
    assert summary_of_fixes(three, [], 4, written=False) == (
        "Would fix 3 problems in 2 files and leave none (4 files checked)\n"
    )
    assert summary_of_fixes(two, [FINDING, unsafe], 4, written=True) == (
        "Fixed 2 problems in 1 file, 2 problems left in 2 files (4 checked), 1 fixable with --apply --unsafe-fixes\n"
    )
    assert summary_of_fixes(three, [FINDING], 4, written=False) == (
        "Would fix 3 problems in 2 files and leave 1 problem in 1 file (4 checked)\n"
    )


def test_a_painted_diff_is_harmless() -> None:
    patch = "--- a/x.py\n+++ b/x.py\n@@ -1 +1 @@\n-\told\x1b[2J\r\n+\tnew\n same\n"
    assert painted_diff(patch, Palette(False)) == patch.replace("\x1b", r"\x1b").replace("\r", "")
    painted = painted_diff(patch, Palette(True)).split("\n")
    assert painted[1] == "\x1b[1m+++ b/x.py\x1b[0m"
    assert painted[4] == "\x1b[32m+\tnew\x1b[0m"
