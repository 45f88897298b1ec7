"""From paths to one report, in one process and in several."""

from __future__ import annotations

import functools
import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from perffix import source
from perffix.config import ConfigError, Configurations, UsageError, build
from perffix.engine import checking, parallel, runner
from perffix.engine.checking import Report, check_file, check_paths
from perffix.engine.discovery import Found, Problem

if TYPE_CHECKING:
    import io

    from perffix.engine.plan import Plan
    from perffix.engine.runner import Looked
    from perffix.source import SourceFile

BROKEN = "x = (\n"
UNUSED = "x = 1  # noqa: PERF504\n"


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(name: str, text: str = "") -> None:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def rows(report: Report) -> list[tuple[str, str]]:
    return [(finding.path, finding.code) for finding in report.findings]


def test_a_report_of_several_files() -> None:
    write("b.py", BROKEN)
    write("a.py", UNUSED)
    write("clean.py", "x = 1\n")
    write("quiet.py", "x = 1  # noqa: PERF504, PERF002 -- later\n")
    report = check_paths(["."])
    assert rows(report) == [("a.py", "PERF002"), ("b.py", "PERF001")]
    assert report.files == 4
    assert report.problems == ()
    assert [(item.finding.path, item.reason) for item in report.suppressed] == [("quiet.py", "later")]
    assert report.seconds == {}


def test_completeness() -> None:
    write("a.py", UNUSED)
    assert check_paths(["a.py"]).complete
    write("b.py", BROKEN)
    assert not check_paths(["b.py"]).complete
    Path("c.py").symlink_to("nowhere.py")
    report = check_paths(["a.py", "c.py"])
    assert report.problems == (Problem("c.py", "is a link that leads nowhere"),)
    assert rows(report) == [("a.py", "PERF002")]
    assert not report.complete


def test_an_unreadable_file_loses_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    write("a.py", UNUSED)
    write("locked.py", UNUSED)
    write("z.py", UNUSED)

    def guarded(path: str, mode: str) -> io.BufferedReader:
        if path == "locked.py":
            raise PermissionError(13, "Permission denied", path)
        return Path(path).open("rb")

    monkeypatch.setattr(source, "open", guarded, raising=False)
    report = check_paths(["."])
    assert report.problems == (Problem("locked.py", "cannot be read: Permission denied"),)
    assert rows(report) == [("a.py", "PERF002"), ("z.py", "PERF002")]
    assert report.files == 2


def test_a_file_that_vanished() -> None:
    assert check_file(Found("gone.py", build("."), 0)) == Problem(
        "gone.py", "cannot be read: No such file or directory"
    )


def test_settings_of_the_place_hold() -> None:
    write("inner/perffix.toml", 'ignore = ["PERF002"]\n')
    write("inner/a.py", UNUSED)
    write("a.py", UNUSED)
    assert rows(check_paths(["."])) == [("a.py", "PERF002")]
    assert rows(check_paths(["."], Configurations(isolated=True))) == [
        ("a.py", "PERF002"),
        (str(Path("inner", "a.py")), "PERF002"),
    ]


def test_errors_of_usage() -> None:
    with pytest.raises(UsageError, match="no such file or directory"):
        check_paths(["nowhere"])
    write("a.py")
    with pytest.raises(ConfigError, match='"PERF999" in select names no rule'):
        check_paths(["a.py"], Configurations({"select": "PERF999"}), jobs=2)


def test_time_by_rule() -> None:
    write("a.py", "xs = [1]\nfor x in list(xs):\n    print(x)\n")
    write("b.py", "for x in list(xs):\n    print(x)\n")
    report = check_paths(["."], timed=True)
    assert report.seconds.keys() >= {"PERF101"}


@pytest.fixture
def tree() -> list[str]:
    """Many small files, some of which have something to report."""
    for number in range(60):
        text = {0: BROKEN, 1: UNUSED, 2: f"y = 1  # noqa: PERF504, PERF002\n{UNUSED}"}.get(number % 7, "x = 1\n")
        write(f"pkg{number % 3}/m{number}.py", text * (1 + number % 5))
    Path("pkg0/gone.py").symlink_to("nowhere")
    return ["."]


def test_several_processes_give_the_same_report(tree: list[str]) -> None:
    serial = check_paths(tree)
    assert serial.findings
    assert serial.problems
    assert serial.suppressed
    assert check_paths(tree, jobs=2) == serial


@pytest.mark.parametrize(
    ("count", "jobs", "expected"), [(10, 0, 1), (10, 4, 4), (3, 8, 3), (100, 1, 1), (100, 0, None)]
)
def test_number_of_processes(count: int, jobs: int, expected: int | None) -> None:
    files = [Found(f"{number}.py", build("."), 100) for number in range(count)]
    processes = parallel.processes_for(files, jobs)
    assert processes == expected or (expected is None and 1 <= processes <= (os.cpu_count() or 1))


def test_one_process_is_no_pool(tree: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("a pool was made")

    monkeypatch.setattr(parallel, "ProcessPoolExecutor", refuse)
    assert check_paths(tree, jobs=1).files == 60
    write("few/a.py")
    assert check_paths(["few"], jobs=0).files == 1


def test_batches_are_balanced() -> None:
    sizes = [900_000, 10, 70_000, 3_000_000, 20, 60_000, 5]
    files = [Found(f"{number}.py", build("."), size) for number, size in enumerate(sizes)]
    batches = list(parallel._batches(files, 2))
    assert sorted(number for batch in batches for number, _ in batch) == list(range(len(files)))
    assert [number for number, _ in batches[0]] == [3]
    assert all(len(batch) == 1 or sum(found.size for _, found in batch) <= parallel._LARGEST_BATCH for batch in batches)


@pytest.fixture
def deadly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the check of one file end a process of the pool, as a crash of the interpreter would."""
    own = os.getpid()
    # The changed check reaches only forked processes.
    forking = functools.partial(ProcessPoolExecutor, mp_context=multiprocessing.get_context("fork"))
    monkeypatch.setattr(parallel, "ProcessPoolExecutor", forking)

    def look(source: SourceFile, plan: Plan, *, timed: bool = False) -> Looked:
        if source.path.endswith("m8.py") and os.getpid() != own:
            os._exit(11)
        return runner.look(source, plan, timed=timed)

    monkeypatch.setattr(checking, "look", look)


@pytest.mark.usefixtures("deadly")
def test_a_file_that_kills_the_process_loses_nothing_else(tree: list[str]) -> None:
    serial = check_paths(tree)
    report = check_paths(tree, jobs=2)
    deadly = str(Path("pkg2", "m8.py"))
    assert report.problems == (
        *serial.problems,
        Problem(deadly, "made the Python that checked it end without a word"),
    )
    assert rows(report) == [row for row in rows(serial) if row[0] != deadly]
    assert report.files == serial.files - 1


@pytest.mark.parametrize("path", [".", "tests/project", "tests/project/shop/login.py"])
def test_folders_above_the_project_make_no_test_of_it(path: str, root: Path) -> None:
    text = "def log_in(password: str) -> None:\n    print(password)\n"
    for name in ("tests/project/shop/login.py", "tests/project/tests/login.py"):
        write(name, text)
    write("tests/project/pyproject.toml", "[tool.perffix]\n")
    for given in (path, str(root / path)):
        found = [Path(finding.path).as_posix() for finding in check_paths([given]).findings]
        assert [name.rpartition("project/")[2] for name in found] == ["shop/login.py"]
