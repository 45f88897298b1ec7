from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from made_up_rules import Run

    from perffix.config import Key


def _lines(text: str) -> dict[str, str]:
    """Return the settings of the output by key, and the rules by code."""
    return {line.split()[0]: " ".join(line.split()[1:]) for line in text.splitlines() if line.strip()}


def test_defaults(perffix: Run) -> None:
    ran = perffix("config")
    assert ran.status == 0
    lines = _lines(ran.out)
    assert lines["file:"] == "none"
    assert lines["select"] == "= the default group (default)"
    assert lines["pedantic"] == "= false (default)"
    assert lines["target-version"] == '= "3.10" (default)'
    assert lines["jobs"] == "= 0 (default)"
    assert lines["PERF991"] == "slow-call on on by default"
    assert lines["PERF993"] == 'matter-of-taste off in the group "pedantic", which is not switched on'
    assert lines["PERF000"] == "internal-error on always on"


def test_every_key_is_shown(perffix: Run) -> None:
    from perffix.config import KEYS

    lines = _lines(perffix("config").out)
    key: Key
    for key in KEYS.values():
        assert key.name in lines


def test_where_each_setting_comes_from(perffix: Run, tmp_path: Path) -> None:
    Path("pyproject.toml").write_text(
        '[tool.perffix]\nselect = ["PERF", "hidden-value"]\ntarget-version = "3.12"\n'
        '[tool.perffix.per-file-ignores]\n"scripts/*" = ["PERF991"]\n'
    )
    lines = _lines(perffix("config", "a.py", "--ignore", "SEC991").out)
    assert lines["settings"] == "for a.py"
    assert lines["file:"] == "pyproject.toml"
    assert lines["root:"] == str(tmp_path)
    assert lines["select"] == '= ["PERF", "hidden-value"] (pyproject.toml)'
    assert lines["ignore"] == '= ["SEC991"] (command line)'
    assert lines["target-version"] == '= "3.12" (pyproject.toml)'
    assert lines["per-file-ignores"] == '= {"scripts/*" = ["PERF991"]} (pyproject.toml)'
    assert lines["SEC991"] == 'hidden-value off ignored by "SEC991" (command line)'
    assert lines["PERF991"] == 'slow-call on selected by "PERF" (pyproject.toml)'


@pytest.mark.parametrize(
    ("path", "verdict"),
    [
        ("scripts/a.py", 'off ignored by "PERF991" in files like "scripts/*" (pyproject.toml)'),
        ("tests/test_a.py", "off the built-in default for tests"),
        ("a.py", "on on by default"),
    ],
)
def test_a_file_is_judged_by_its_path(perffix: Run, path: str, verdict: str) -> None:
    Path("pyproject.toml").write_text('[tool.perffix.per-file-ignores]\n"scripts/*" = ["PERF991"]\n')
    assert _lines(perffix("config", path).out)["PERF991"].startswith(f"slow-call {verdict}")


def test_a_folder_is_judged_in_general(perffix: Run) -> None:
    Path("tests").mkdir()
    assert _lines(perffix("config", "tests").out)["PERF991"] == "slow-call on on by default"


def test_a_wrong_setting(perffix: Run) -> None:
    Path("perffix.toml").write_text("pedantic = 1\n")
    ran = perffix("config")
    assert (ran.status, ran.out) == (2, "")
    assert ran.err == 'perffix: error: perffix.toml: "pedantic" must be true or false\n'
