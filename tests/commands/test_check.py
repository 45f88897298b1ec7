from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import perffix as package

if TYPE_CHECKING:
    from made_up_rules import Run

SLOW_FINDING = """\
a.py:2:5: PERF991 slow-call: `slow` is slow
  |
2 | x = slow(1)
  |     ^^^^^^^
  = why: `slow(1)` was measured
  = see: a.py:1:1: the file begins here
  = help: Call fast() in its place
  = fix: safe, --apply: Call fast

"""


def _write(name: str, *lines: str) -> Path:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def test_nothing_found(perffix: Run) -> None:
    _write("a.py", "x = 1")
    ran = perffix("check", "a.py")
    assert (ran.status, ran.out, ran.err) == (0, "No problems found (1 file checked)\n", "")


def test_a_finding(perffix: Run) -> None:
    _write("a.py", "", "x = slow(1)")
    _write("b.py", "")
    ran = perffix("check", "a.py", "b.py")
    assert ran.out == SLOW_FINDING + "Found 1 problem in 1 file (2 checked), 1 fixable with --apply\n"
    assert (ran.status, ran.err) == (1, "")


def test_check_is_the_default_command_and_this_folder_the_default_path(perffix: Run) -> None:
    _write("a.py", "", "x = slow(1)")
    expected = perffix("check", "a.py").out
    assert perffix("a.py").out == expected
    assert perffix("check").out == expected
    assert perffix("--select", "PERF", ".").out == expected


def test_quiet_is_one_line_each(perffix: Run) -> None:
    _write("a.py", "slow()", "plain()")
    ran = perffix("a.py", "--quiet")
    assert ran.out == ("a.py:1:1: PERF991 slow-call: `slow` is slow\na.py:2:1: PERF991 slow-call: `plain` is slow\n")
    assert ran.status == 1


def test_statistics(perffix: Run) -> None:
    _write("a.py", "slow()", "plain()", "x = 's3cr3t'")
    assert perffix("a.py", "--statistics", "--quiet").out.endswith("2  PERF991 slow-call\n1  SEC991 hidden-value\n")


def test_options_may_stand_between_paths(perffix: Run) -> None:
    _write("a.py", "slow()")
    _write("b.py", "slow()")
    expected = perffix("a.py", "b.py", "-q").out
    assert perffix("a.py", "-q", "b.py").out == expected
    assert perffix("-q", "a.py", "--select", "PERF", "--", "b.py").out == expected


def test_exit_zero_forgives_findings_but_no_failure(perffix: Run) -> None:
    _write("a.py", "slow()")
    _write("b.py", "def")
    assert perffix("a.py", "--exit-zero").status == 0
    assert perffix("a.py", "b.py", "--exit-zero").status == 2


@pytest.mark.parametrize(
    ("options", "codes"),
    [
        ([], {"PERF991", "SEC991"}),
        (["--select", "PERF"], {"PERF991"}),
        (["--select", "SEC9,slow-call"], {"PERF991", "SEC991"}),
        (["--ignore", "slow-call"], {"SEC991"}),
        (["--pedantic"], {"PERF991", "PERF993", "SEC991"}),
        (["--extend-select", "PERF993"], {"PERF991", "PERF993", "SEC991"}),
        (["--select", "all"], {"PERF991", "PERF993", "SEC991"}),
        (["--per-file-ignores", "a.py:PERF", "--pedantic"], {"SEC991"}),
        (["--isolated"], {"PERF991", "SEC991"}),
    ],
)
def test_selection(perffix: Run, options: list[str], codes: set[str]) -> None:
    _write("a.py", "slow(lambda: 's3cr3t')")
    found = json.loads(perffix("a.py", "--output-format", "json", *options).out)["findings"]
    assert {finding["code"] for finding in found} == codes


def test_settings_file_and_isolation(perffix: Run) -> None:
    _write("a.py", "slow()")
    _write("pyproject.toml", "[tool.perffix]", 'ignore = ["PERF991"]')
    _write("other.toml", 'output-format = "json"')
    assert perffix("a.py").status == 0
    assert perffix("a.py", "--isolated").status == 1
    assert json.loads(perffix("a.py", "--config", "other.toml").out)["exit_status"] == 1


def test_what_is_passed_over(perffix: Run) -> None:
    for name in ("a.py", "build/b.py", "mine/c.py"):
        _write(name, "slow()")
    assert perffix(".").out.count("PERF991") == 1 + 1
    assert perffix(".", "--extend-exclude", "mine/").out.count("PERF991") == 1
    assert perffix(".", "--exclude", "mine/").out.count("PERF991") == 1 + 1
    assert "0 files checked" in perffix("a.py", "--exclude", "a.py", "--force-exclude").out
    assert perffix("a.py", "--exclude", "a.py").status == 1


def test_a_file_that_does_not_parse(perffix: Run) -> None:
    _write("a.py", "def f(:", "    pass")
    _write("b.py", "slow()")
    ran = perffix(".")
    assert ran.status == 2
    assert "a.py:1:7: PERF001 unparsable-file: The file cannot be parsed" in ran.out
    assert "PERF991" in ran.out


def test_a_failing_rule_is_said_and_hides_nothing(perffix: Run) -> None:
    _write("a.py", "fail()", "slow()")
    ran = perffix("a.py")
    assert ran.status == 2
    assert "a.py:1:1: PERF000 internal-error: PERF992 (failing-rule) failed on this line: ZeroDivisionError" in ran.out
    assert "PERF991" in ran.out


def test_a_file_that_cannot_be_read(perffix: Run) -> None:
    Path("gone.py").symlink_to("nowhere.py")
    _write("a.py", "slow()")
    ran = perffix(".", "--quiet")
    assert ran.status == 2
    assert ran.err == "perffix: gone.py: is a link to nothing\n" or ran.err.startswith("perffix: gone.py: ")
    assert "PERF991" in ran.out


def test_suppressed_findings_are_listed_on_request(perffix: Run) -> None:
    _write("a.py", "slow()  # noqa: PERF991 -- only once")
    assert perffix("a.py").out == "No problems found (1 file checked)\n"
    assert perffix("a.py", "--show-suppressed", "--quiet").out == (
        "a.py:1:1: PERF991 slow-call: `slow` is slow (suppressed): only once\n"
    )


def test_json(perffix: Run) -> None:
    _write("a.py", "é = slow(", "    1)", "plain()  # noqa -- well", "p = 's3cr3t'")
    _write("b.py", "x = 1")
    ran = perffix("a.py", "b.py", "--output-format", "json", "--statistics")
    assert ran.status == 1
    assert ran.out.isascii()
    assert json.loads(ran.out) == {
        "version": package.__version__,
        "findings": [
            {
                "code": "PERF991",
                "name": "slow-call",
                "path": "a.py",
                "line": 1,
                "column": 5,
                "end_line": 2,
                "end_column": 7,
                "message": "`slow` is slow",
                "help": "Call fast() in its place",
                "severity": None,
                "confidence": "high",
                "impact": "constant",
                "cwe": None,
                "evidence": ["`slow( 1)` was measured"],
                "related": [
                    {
                        "path": "a.py",
                        "line": 1,
                        "column": 1,
                        "end_line": 1,
                        "end_column": 1,
                        "message": "the file begins here",
                    }
                ],
                "fix": {"applicability": "safe", "description": "Call fast"},
            },
            {
                "code": "SEC991",
                "name": "hidden-value",
                "path": "a.py",
                "line": 4,
                "column": 5,
                "end_line": 4,
                "end_column": 13,
                "message": "a secret stands here",
                "help": "Read it",
                "severity": "high",
                "confidence": "high",
                "impact": None,
                "cwe": 798,
                "evidence": [],
                "related": [],
                "fix": None,
            },
        ],
        "files_checked": 2,
        "suppressed": [{"code": "PERF991", "name": "slow-call", "path": "a.py", "line": 3, "reason": "well"}],
        "fixed": [],
        "diffs": [],
        "errors": [],
        "exit_status": 1,
        "statistics": [
            {"code": "PERF991", "name": "slow-call", "count": 1},
            {"code": "SEC991", "name": "hidden-value", "count": 1},
        ],
    }


def test_json_of_trouble(perffix: Run) -> None:
    Path("gone.py").symlink_to("nowhere.py")
    values = json.loads(perffix(".", "--output-format", "json").out)
    assert [error["path"] for error in values["errors"]] == ["gone.py"]
    assert values["exit_status"] == 2


def test_secrets_are_shown_nowhere(perffix: Run) -> None:
    _write("a.py", "slow('s3cr3t-one'); plain('s3cr3t-two')", "advice('s3cr3t-six')  # noqa: SEC991")
    for options in ([], ["--output-format", "json"], ["--quiet"], ["--show-suppressed"], ["--diff"], ["--apply"]):
        ran = perffix("a.py", *options)
        assert "s3cr3t" not in ran.out + ran.err, options
    shown = perffix("a.py").out
    assert "1 | fast('[secret]'); plain('[secret]')\n" in shown
    assert "why: `plain('[secret]')` was measured" in shown
    assert "2 | advice('[secret]')  # noqa: SEC991\n" in shown


def test_secrets_are_still_hidden_where_a_fix_has_moved_them(perffix: Run) -> None:
    text = "word = 1\nslow(); plain('s3cr3t-one')\nadvice('s3cr3t-six')  # noqa: SEC991"
    _write("a.py", text.replace("slow()", "slow(word, word, word, word)"))
    ran = perffix("a.py", "--apply", "--show-suppressed")
    assert "s3cr3t" not in ran.out
    assert "3 | advice('[secret]')  # noqa: SEC991\n" in ran.out
    assert "2 | fast(word, word, word, word); plain('[secret]')\n" in ran.out


def test_json_of_standard_input_with_fixes(perffix: Run) -> None:
    shown = perffix("-", "--diff", "--output-format", "json", stdin=b"slow()\n")
    assert json.loads(shown.out)["diffs"][0]["diff"].endswith("-slow()\n+fast()\n")
    applied = perffix("-", "--apply", "--output-format", "json", stdin=b"slow()\n")
    assert applied.out == "fast()\n"
    assert json.loads(applied.err)["fixed"] == [{"path": "<stdin>", "count": 1}]


def test_standard_input(perffix: Run) -> None:
    ran = perffix("check", "-", "--stdin-filename", "a.py", stdin=b"\nx = slow(1)\n")
    assert ran.out == SLOW_FINDING + "Found 1 problem in 1 file (1 checked), 1 fixable with --apply\n"
    assert ran.status == 1


def test_standard_input_under_a_name_has_its_settings(perffix: Run) -> None:
    _write("pyproject.toml", "[tool.perffix.per-file-ignores]", '"*_x.py" = ["PERF991"]')
    assert perffix("-", "--stdin-filename", "some_x.py", stdin=b"slow()").status == 0
    assert perffix("-", "--stdin-filename", "some_y.py", stdin=b"slow()").status == 1
    ran = perffix("-", stdin=b"slow()")
    assert ran.out.startswith("<stdin>:1:1: PERF991")


def test_standard_input_fixed(perffix: Run) -> None:
    text = "# coding: latin-1\r\né = slow(1)\r\nrisky()\r\n"
    ran = perffix("-", "--apply", stdin=text.encode("latin-1"))
    assert ran.data == text.replace("slow", "fast").encode("latin-1")
    assert ran.status == 1
    assert "Fixed 1 problem in 1 file, 1 problem left in 1 file (1 checked)" in ran.err


def test_standard_input_without_anything_to_fix_comes_back(perffix: Run) -> None:
    ran = perffix("-", "--apply", stdin=b"x = 1\n")
    assert (ran.status, ran.out, ran.err) == (0, "x = 1\n", "No problems found (1 file checked)\n")


def test_standard_input_as_a_diff(perffix: Run) -> None:
    ran = perffix("-", "--diff", "--stdin-filename", "a.py", stdin=b"slow()\n")
    assert "-slow()\n+fast()\n" in ran.out
    assert ran.status == 1


def test_apply_writes_the_safe_fixes(perffix: Run) -> None:
    path = _write("a.py", "x = slow(1)  # kept", "risky()", "plain()")
    ran = perffix("--apply", "a.py")
    assert path.read_text() == "x = fast(1)  # kept\nrisky()\nplain()\n"
    assert ran.status == 1
    assert ran.out.endswith(
        "Fixed 1 problem in 1 file, 2 problems left in 1 file (1 checked), 1 fixable with --apply --unsafe-fixes\n"
    )
    assert "a.py:2:1: PERF991" in ran.out


def test_apply_of_everything_leaves_nothing_to_report(perffix: Run) -> None:
    path = _write("a.py", "x = slow(1)", "risky()")
    ran = perffix("--fix", "--unsafe-fixes", "a.py")
    assert path.read_text() == "x = fast(1)\nfast()\n"
    assert (ran.status, ran.out) == (0, "Fixed 2 problems in 1 file, none left (1 file checked)\n")


def test_diff_shows_changes_nothing_and_hides_no_finding_without_a_fix(perffix: Run) -> None:
    path = _write("a.py", "x = slow(1)", "plain()")
    ran = perffix("--diff", "a.py")
    assert path.read_text() == "x = slow(1)\nplain()\n"
    assert ran.out == "--- a/a.py\n+++ b/a.py\n@@ -1,2 +1,2 @@\n-x = slow(1)\n+x = fast(1)\n plain()\n"
    assert ran.err.startswith("a.py:2:1: PERF991 slow-call: `plain` is slow\n")
    assert ran.err.endswith("Would fix 1 problem in 1 file and leave 1 problem in 1 file (1 checked)\n")
    assert ran.status == 1


def test_diff_tells_which_of_two_findings_that_say_the_same_it_leaves(perffix: Run) -> None:
    _write("a.py", "slow()", "slow2()")  # numbers in messages may change with the fixes, and are passed over
    assert perffix("--diff", "a.py").err.startswith("a.py:2:1: PERF991 slow-call: `slow2` is slow\n")


def test_diff_exits_1_when_only_fixable_findings_exist_and_when_none_is_fixable(perffix: Run) -> None:
    _write("a.py", "slow()")
    ran = perffix("--diff", "a.py")
    assert (ran.status, ran.err) == (1, "Would fix 1 problem in 1 file and leave none (1 file checked)\n")
    _write("a.py", "advice()")
    ran = perffix("--diff", "a.py")
    assert (ran.status, ran.out) == (1, "")
    assert "PERF991" in ran.err
    _write("a.py", "x = 1")
    assert perffix("--diff", "a.py").status == 0


def test_diff_in_json(perffix: Run) -> None:
    _write("a.py", "slow()", "plain()")
    values = json.loads(perffix("--diff", "a.py", "--output-format", "json").out)
    assert values["diffs"][0]["diff"].endswith("-slow()\n+fast()\n plain()\n")
    assert [finding["line"] for finding in values["findings"]] == [2]
    assert values["fixed"] == [{"path": "a.py", "count": 1}]


def test_a_fix_that_cannot_be_carried_out_is_an_error(perffix: Run) -> None:
    text = "try:\n    slow()\nexcept OSError :\n    pass\n"  # libcst loses the space before the colon
    path = _write("a.py", text)
    ran = perffix("--apply", "a.py")
    assert path.read_text() == f"{text}\n"
    assert ran.status == 2
    assert ran.err.startswith("perffix: a.py: was not fixed: ")
    assert "PERF991" in ran.out


def test_a_file_that_cannot_be_written_is_an_error(perffix: Run, tmp_path: Path) -> None:
    outside = tmp_path.parent / f"{tmp_path.name}-outside.py"
    outside.write_text("slow()\n")
    Path("link.py").symlink_to(outside)
    ran = perffix("--apply", ".")
    assert outside.read_text() == "slow()\n"
    assert ran.status == 2
    assert ran.err.startswith("perffix: link.py: ")


def test_colours(perffix: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    _write("a.py", "slow()")
    assert "\x1b" not in perffix("a.py").out
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[1;31mPERF991\x1b[0m" in perffix("a.py").out
    assert "\x1b[1;31m-slow()\x1b[0m\n" in perffix("a.py", "--diff").out
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in perffix("a.py").out


def test_a_hostile_file_name_and_source(perffix: Run) -> None:
    _write("a\x1b[2J\n.py", "slow('\x1b[31m\u202e')")
    ran = perffix(".")
    assert ran.out.startswith(r"a\x1b[2J\n.py:1:1: PERF991")
    assert all(character == "\n" or character.isprintable() for character in ran.out)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere.py"], "nowhere.py: no such file or directory"),
        ([""], "a path is empty; write . for this directory"),
        (["--selct", "PERF", "."], "unknown option --selct; did you mean --select?"),
        (["--apply", "--diff", "."], "argument --diff: not allowed with argument --apply"),
        (["--isolated", "--config", "x.toml", "."], "--isolated and --config contradict each other"),
        (["--config", "x.toml", "."], "x.toml: no such file"),
        (["--select", "PERF777", "."], 'command line: "PERF777" in select names no rule; did you mean'),
        (["--jobs", "many", "."], "argument --jobs: invalid int value: 'many'"),
        (["--jobs", "-1", "."], 'command line: "jobs" must be a number'),
        (["--target-version", "2.7", "."], 'command line: "target-version" must be a version'),
        (["--output-format", "xml", "."], "argument --output-format: invalid choice: 'xml'"),
        (["-", "a.py"], "- stands for standard input and must be the only path"),
        (["--stdin-filename", "a.py", "b.py"], "--stdin-filename goes with the path -"),
        (["--select"], "argument --select: expected one argument"),
    ],
)
def test_wrong_usage_is_one_clear_line(perffix: Run, arguments: list[str], message: str) -> None:
    ran = perffix("check", *arguments)
    assert ran.status == 2
    assert ran.out == ""
    assert ran.err.startswith(f"perffix: error: {message}")
    assert ran.err.count("\n") == 1


def test_a_wrong_settings_file_is_one_clear_line(perffix: Run) -> None:
    _write("a.py", "slow()")
    _write("pyproject.toml", "[tool.perffix]", "ignroe = []")
    ran = perffix("a.py")
    assert (ran.status, ran.out) == (2, "")
    assert ran.err == 'perffix: error: pyproject.toml: unknown key "ignroe"; did you mean "ignore"?\n'


def test_several_processes_give_the_same_report(perffix: Run) -> None:
    for number in range(4):
        _write(f"m{number}.py", "def f(:" if number == 2 else "x = 1")
    assert perffix(".", "--jobs", "2").out == perffix(".", "--jobs", "1").out
