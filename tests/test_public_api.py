"""The functions of the package itself."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import perffix
from perffix.config import ConfigError, UsageError

LOOP = "def names():\n    users = {'a': 1}\n    for name, _ in users.items():\n        print(name)\n"
FIXED = "def names():\n    users = {'a': 1}\n    for name in users:\n        print(name)\n"
UNPROVED = "def names(users: dict[str, int]) -> None:\n    for name, _ in users.items():\n        print(name)\n"


def test_check_source() -> None:
    (finding,) = perffix.check_source(LOOP)
    assert (finding.code, finding.path, finding.span.line) == ("PERF102", "<string>", 3)
    assert perffix.check_source(LOOP, "a.py")[0].path == "a.py"
    assert perffix.check_source(LOOP.encode()) == [finding]
    assert perffix.check_source(LOOP, select="SEC") == []
    assert perffix.check_source(LOOP, "tests/a.py", per_file_ignores=["tests/:PERF"]) == []


def test_settings_files_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "perffix.toml").write_text('ignore = ["PERF"]\n')
    monkeypatch.chdir(tmp_path)
    assert perffix.check_source(LOOP, "a.py")
    (tmp_path / "a.py").write_text(LOOP)
    assert perffix.check_paths([tmp_path / "a.py"]).findings == ()


def test_wrong_settings() -> None:
    with pytest.raises(ConfigError, match=r'"selekt"; did you mean "select"\?$'):
        perffix.check_source(LOOP, selekt="PERF")
    with pytest.raises(UsageError, match="no such file"):
        perffix.check_paths(["does-not-exist.py"])


def test_check_paths(tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / f"m{number}.py").write_text(LOOP)
    report = perffix.check_paths([tmp_path, str(tmp_path / "m1.py")])
    assert [Path(finding.path).name for finding in report.findings] == ["m0.py", "m1.py", "m2.py"]
    assert report.complete
    assert perffix.check_paths([tmp_path], jobs=2) == perffix.check_paths([tmp_path])


def test_fix_source() -> None:
    assert perffix.fix_source(LOOP) == FIXED
    assert perffix.fix_source(LOOP.encode()) == FIXED.encode()
    assert perffix.fix_source(FIXED) is FIXED
    assert perffix.fix_source(LOOP, ignore="PERF102") is LOOP
    assert perffix.fix_source("x = (\n") == "x = (\n"


def test_unsafe_fixes_need_to_be_asked_for() -> None:
    assert perffix.fix_source(UNPROVED) is UNPROVED
    assert "items()" not in perffix.fix_source(UNPROVED, unsafe_fixes=True)


@pytest.mark.parametrize("start", ["\ufeff", "# coding: latin-1\n# é\n", "# coding: utf-8\n# é\n", "# é\r\n"])
def test_text_keeps_its_form(start: str) -> None:
    assert perffix.fix_source(start + LOOP) == start + FIXED
    (finding,) = perffix.check_source(start + LOOP)
    assert finding.code == "PERF102"


@pytest.mark.parametrize("text", ["# coding: nonsense\n", "x = '\ud800'\n", "\0", "x = (\n"])
def test_text_that_is_no_module(text: str) -> None:
    assert [finding.code for finding in perffix.check_source(text)] == ["PERF001"]
    assert perffix.fix_source(text) is text


def test_text_that_its_encoding_cannot_hold() -> None:
    with pytest.raises(UnicodeEncodeError):
        perffix.check_source("# coding: latin-1\nx = '\u20ac'\n")


def test_importing_the_package_imports_no_module_of_it() -> None:
    program = "import sys, perffix; print(*(name for name in sys.modules if name.startswith('perffix.')))"
    listed = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert listed.stdout.split() == []
