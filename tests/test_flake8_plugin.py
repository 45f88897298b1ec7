"""perffix inside the real flake8: the one that is installed, and 6.1, the oldest that current Pythons run."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import Protocol

import pytest

from perffix import __version__, flake8_plugin
from perffix.flake8_plugin import PerformanceChecker, SecurityChecker

OLD = "6.1.0"

SAMPLE = """\
def drain(jobs: list[str]) -> None:
    while jobs:
        print("é", jobs.pop(0))


def copied(names: list[str]) -> list[str]:
    result = []
    for name in names:
        result.append(name.upper())
    return result


def guarded(names: list[str]) -> None:
    for name in names:
        try:
            print(int(name))
        except ValueError:
            return


password = "hunter2-W9x!kQ"
assert password
"""
POP = "PERF504 list-pop-front: "
LOOP = "PERF401 manual-list-comprehension: "
TRY = "PERF203 try-except-in-loop: "
PASSWORD = "SEC105 hard-coded-password: "


class Flake8(Protocol):
    def __call__(self, *arguments: str, stdin: str | None = None, status: int = 1) -> list[str]: ...


@pytest.fixture(scope="session", params=["installed", OLD])
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return a folder that hides the installed flake8 behind another release, or none."""
    registered = {point.name for point in entry_points(group="flake8.extension") if "perffix" in point.value}
    assert registered == {"PER", "SEC"}, "perffix must be installed here for flake8 to find it: make test"
    if request.param == "installed":
        return ""
    folder = tmp_path_factory.mktemp("flake8")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--target", str(folder), f"flake8=={request.param}"], check=True)
    return str(folder)


@pytest.fixture
def flake8(site: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Flake8:
    """Run flake8 in an empty folder that holds the sample as `a.py`; return the lines that it prints."""
    monkeypatch.chdir(tmp_path)
    Path("a.py").write_text(SAMPLE, encoding="utf-8")
    path = os.pathsep.join(filter(None, [site, os.environ.get("PYTHONPATH")]))

    def run(*arguments: str, stdin: str | None = None, status: int = 1) -> list[str]:
        ran = subprocess.run(
            [sys.executable, "-m", "flake8", *arguments],
            input=stdin,
            capture_output=True,
            encoding="utf-8",
            env={**os.environ, "PYTHONPATH": path, "PYTHONUTF8": "1"},
            check=False,
        )
        assert ran.stderr == ""
        assert ran.returncode == status
        return ran.stdout.splitlines()

    return run


def _codes(lines: list[str]) -> list[str]:
    """Return the code of each reported line, in order."""
    return [line.split(": ", 1)[1].split()[0] for line in lines if line.startswith("a.py:")]


def test_the_release(flake8: Flake8, site: str) -> None:
    (first, *_) = flake8("--version", status=0)
    assert first.startswith(OLD) is bool(site)
    assert f"perffix: {__version__}" in first


def test_place_code_name_and_message(flake8: Flake8) -> None:
    lines = flake8("--select", "PERF", "a.py")
    assert lines[0].startswith(f"a.py:3:20: {POP}")
    assert lines[1].startswith(f"a.py:9:9: {LOOP}")
    assert len(lines) == 2


def test_secrets_are_not_printed(flake8: Flake8) -> None:
    (line,) = flake8("--select", "SEC", "a.py")
    assert line.startswith(f"a.py:21:12: {PASSWORD}")
    assert "hunter2" not in line


@pytest.mark.parametrize(
    ("options", "codes"),
    [
        ([], ["PERF504", "PERF401", "SEC105"]),
        (["--select", "PERF,SEC"], ["PERF504", "PERF401", "SEC105"]),
        (["--select", "PERF4"], ["PERF401"]),
        (["--select", "PER"], ["PERF504", "PERF401"]),
        (["--select", "E"], []),
        (["--ignore", "PERF401"], ["PERF504", "SEC105"]),
        (["--extend-ignore", "PERF5,SEC"], ["PERF401"]),
        (["--per-file-ignores", "a.py:PERF504,SEC"], ["PERF401"]),
        (["--perffix-ignore", "manual-list-comprehension,SEC1"], ["PERF504"]),
        (["--perffix-ignore", "PERF4", "--select", "PERF"], ["PERF504"]),
        (["--perffix-enable", "PERF2", "--select", "PERF"], ["PERF504", "PERF401", "PERF203"]),
        (["--perffix-enable", "try-except-in-loop", "--select", "PERF2"], ["PERF203"]),
        (["--select", "PERF203"], ["PERF203"]),
        (["--select", "PERF2"], []),
        (["--extend-select", "PERF203", "--ignore", "SEC"], ["PERF504", "PERF401", "PERF203"]),
        (["--select", "SEC101"], ["SEC101"]),
        (["--select", "SEC10"], ["SEC105"]),
        (["--extend-select", "SEC101", "--ignore", "PERF"], ["SEC105", "SEC101"]),
        (["--perffix-enable", "SEC101", "--select", "SEC"], ["SEC105", "SEC101"]),
        (["--perffix-enable", "assert_used", "--select", "SEC1", "--perffix-ignore", "SEC105"], ["SEC101"]),
    ],
)
def test_selection_by_option(flake8: Flake8, options: list[str], codes: list[str]) -> None:
    assert _codes(flake8(*options, "a.py", status=1 if codes else 0)) == codes


@pytest.mark.parametrize(
    ("lines", "codes"),
    [
        ("select = PERF", ["PERF504", "PERF401"]),
        ("select = PERF5,SEC", ["PERF504", "SEC105"]),
        ("extend-ignore = SEC105", ["PERF504", "PERF401"]),
        ("per-file-ignores = a.py:PERF401", ["PERF504", "SEC105"]),
        ("perffix-ignore = PERF401, SEC", ["PERF504"]),
        ("perffix_enable = PERF203", ["PERF504", "PERF401", "PERF203", "SEC105"]),
    ],
)
def test_selection_in_a_file_of_flake8(flake8: Flake8, lines: str, codes: list[str]) -> None:
    Path("setup.cfg").write_text(f"[flake8]\n{lines}\n")
    assert _codes(flake8("a.py")) == codes


def test_settings_of_perffix_are_the_defaults_and_options_override_them(flake8: Flake8) -> None:
    Path("pyproject.toml").write_text('[tool.perffix]\nselect = ["PERF401"]\nextend-select = ["PERF203"]\n')
    assert _codes(flake8("a.py")) == ["PERF401", "PERF203"]
    assert _codes(flake8("--select", "PERF,SEC", "a.py")) == ["PERF504", "PERF401", "SEC105"]
    assert _codes(flake8("--perffix-ignore", "PERF203", "a.py")) == ["PERF401"]


def test_suppression_is_that_of_flake8(flake8: Flake8) -> None:
    text = SAMPLE.replace("pop(0))", "pop(0))  # noqa: PERF504").replace('kQ"', 'kQ"  # nosec')
    Path("a.py").write_text(text, encoding="utf-8")
    assert _codes(flake8("a.py", "--extend-ignore", "E2")) == ["PERF401", "SEC105"]
    assert _codes(flake8("a.py", "--disable-noqa")) == ["PERF504", "PERF401", "SEC105"]


def test_statistics_and_count(flake8: Flake8) -> None:
    lines = flake8("--select", "PERF,SEC", "--quiet", "--statistics", "--count", "a.py")
    assert [line.split()[:2] for line in lines[1:4]] == [["1", "PERF401"], ["1", "PERF504"], ["1", "SEC105"]]
    assert lines[-1] == "3"


def test_standard_input_and_several_processes(flake8: Flake8) -> None:
    (line,) = flake8("--select", "PERF5", "--stdin-display-name", "b.py", "-", stdin=SAMPLE)
    assert line.startswith(f"b.py:3:20: {POP}")
    for name in ("b.py", "c.py"):
        Path(name).write_text(SAMPLE, encoding="utf-8")
    assert len(flake8("--select", "PERF,SEC", "--jobs", "2", ".")) == 9


def test_wrong_settings_are_said_in_one_line(flake8: Flake8) -> None:
    assert "perffix: " + 'no rule is called "PERF888"' in flake8("--perffix-ignore", "PERF888", "a.py")[1]
    Path("pyproject.toml").write_text("[tool.perffix]\nignroe = []\n")
    lines = flake8("a.py")
    assert lines[1] == 'perffix: pyproject.toml: unknown key "ignroe"; did you mean "ignore"?'


def test_wrong_settings_further_down_are_said_too(flake8: Flake8) -> None:
    Path("inner").mkdir()
    Path("inner/b.py").write_text(SAMPLE, encoding="utf-8")
    Path("inner/perffix.toml").write_text("jobs = true\n")
    lines = flake8("--jobs", "1", ".")
    assert any(line.endswith('inner/perffix.toml: "jobs" must be a number, 0 for automatic') for line in lines)


def test_a_file_with_a_syntax_error_is_the_affair_of_flake8(flake8: Flake8) -> None:
    Path("a.py").write_text("def f(:\n")
    assert flake8("--select", "PERF,SEC", "a.py", status=0) == []
    assert len(flake8("--select", "PERF,SEC,E9", "a.py")) == 1


def test_one_run_of_the_engine_serves_both_entry_points(monkeypatch: pytest.MonkeyPatch) -> None:
    runs = []

    def counted(source: object, *_: object, **__: object) -> list[object]:
        runs.append(source)
        return []

    monkeypatch.setattr(flake8_plugin, "check_source", counted)
    lines = SAMPLE.splitlines(keepends=True)
    for _ in range(2):
        tree = ast.parse(SAMPLE)
        for checker in (PerformanceChecker, SecurityChecker):
            assert list(checker(tree, lines, "a.py").run()) == []
    assert len(runs) == 2


def test_where_flake8_cannot_be_asked_every_code_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    from argparse import Namespace

    assert flake8_plugin._unreportable(Namespace()) == []
