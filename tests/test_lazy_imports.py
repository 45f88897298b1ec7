"""A hook that checks one file is mostly start-up: what is not needed for it must not be imported."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

_PROGRAM = """
import sys
before = set(sys.modules)
from perffix.cli import main
status = main(sys.argv[1:])
print("imported:", *sorted(set(sys.modules) - before))
sys.exit(status)
"""
# Dependencies, and modules of the standard library that are slow to import.
NEVER_FOR_A_CHECK = {
    "bandit",
    "concurrent.futures",
    "dataclasses",
    "difflib",
    "flake8",
    "importlib.metadata",
    "inspect",
    "json",
    "libcst",
    "logging",
    "multiprocessing",
    "pathlib",
    "pathspec",
    "rich",
    "safety",
    "sqlite3",
    "subprocess",
    "tempfile",
}

CLEAN = "x = 1\n"
FLAGGED = "def drain(jobs: list[str]) -> None:\n    while jobs:\n        print(jobs.pop(0))\n"


def _imported(*arguments: str, folder: Path, status: int) -> set[str]:
    """Return what running perffix imports beyond what the interpreter itself has imported."""
    ran = subprocess.run(
        [sys.executable, "-c", _PROGRAM, *arguments],
        capture_output=True,
        text=True,
        cwd=folder,
        check=False,
    )
    assert ran.returncode == status, ran.stderr
    return set(ran.stdout.rpartition("imported:")[2].split())


@pytest.mark.parametrize(("text", "status"), [(CLEAN, 0), (FLAGGED, 1)], ids=["clean", "flagged"])
def test_a_check_of_one_file(tmp_path: Path, text: str, status: int) -> None:
    (tmp_path / "a.py").write_text(text)
    imported = _imported("check", "a.py", folder=tmp_path, status=status)
    assert "perffix.commands.check" in imported
    assert imported & NEVER_FOR_A_CHECK == set()


def test_rules_are_imported_for_files_that_give_them_something_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    monkeypatch.setenv("PYTHONPYCACHEPREFIX", str(tmp_path / "bytecode"))
    (tmp_path / "clean.py").write_text("print('hello')\n")
    (tmp_path / "flagged.py").write_text(FLAGGED)
    _imported("check", "clean.py", folder=tmp_path, status=0)  # writes the catalogue
    for file, status, modules in (("clean.py", 0, set()), ("flagged.py", 1, {"list_pop_front"})):
        imported = _imported("check", "--select", "PERF", file, folder=tmp_path, status=status)
        package = "perffix.rules.performance."
        assert {name.removeprefix(package) for name in imported if name.startswith(package)} == modules


def test_a_check_with_a_settings_file_needs_only_its_parser(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(CLEAN)
    (tmp_path / "pyproject.toml").write_text("[tool.perffix]\npedantic = true\n")
    imported = _imported("a.py", folder=tmp_path, status=0)
    assert imported & {"tomllib", "tomli"}
    assert imported & (NEVER_FOR_A_CHECK - {"pathlib"}) == set()


@pytest.mark.parametrize(
    "options", [["--pedantic"], ["--select", "SEC3"], ["--select", "SEC608"], ["--ignore", "SEC301"]]
)
def test_bandit_is_imported_for_nothing_but_its_own_checks(tmp_path: Path, options: list[str]) -> None:
    (tmp_path / "a.py").write_text("import pickle\n")
    assert not _imported("check", "a.py", *options, folder=tmp_path, status=0) & NEVER_FOR_A_CHECK


@pytest.mark.parametrize("options", [["--bandit"], ["--audit"], ["--select", "SEC403"], ["--select", "import_pickle"]])
def test_bandit_is_imported_when_its_checks_are_asked_for(tmp_path: Path, options: list[str]) -> None:
    (tmp_path / "a.py").write_text("import pickle\n")
    assert "bandit" in _imported("check", "a.py", *options, folder=tmp_path, status=1)


def test_what_is_asked_for_is_imported(tmp_path: Path) -> None:
    """The check above can fail: these runs need what it forbids."""
    (tmp_path / "a.py").write_text("def f(:\n")
    assert "json" in _imported("a.py", "--output-format", "json", folder=tmp_path, status=2)
    assert "libcst" in _imported("a.py", folder=tmp_path, status=2)


@pytest.mark.parametrize("command", ["rule", "rules", "config"])
def test_other_commands_are_not_imported_for_one(tmp_path: Path, command: str) -> None:
    arguments = [command, "PERF504"] if command == "rule" else [command]
    imported = _imported(*arguments, folder=tmp_path, status=0)
    assert {name for name in imported if name.startswith("perffix.commands.")} <= {
        f"perffix.commands.{command}",
        "perffix.commands.settings",
    }
    assert imported & {"libcst", "flake8", "bandit", "safety", "rich", "pathspec"} == set()
