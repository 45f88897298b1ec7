from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from perffix.cli import main
from perffix.evidence.benchmark import PROCESSES, VALUES, PyperfMissingError, measure
from perffix.evidence.contract import BenchError, UnequalResultsError
from perffix.evidence.fixtures import RuleFolder, rule_folders
from perffix.evidence.worker import MIN_VALUES

if TYPE_CHECKING:
    from pathlib import Path


def folder_with(folder: Path, text: str) -> RuleFolder:
    (folder / "bench.py").write_text(text, encoding="utf-8")
    return RuleFolder("PERF999", "some-rule", folder)


def test_a_rule_is_measured_in_pairs_over_several_processes() -> None:
    (rule,) = rule_folders("PERF402")
    evidence = measure(rule, seconds=0.1, sizes=(3, 30))
    assert (evidence.code, evidence.name) == ("PERF402", "manual-list-copy")
    assert [measured.variant for measured in evidence.variants] == ["copy", "extend"]
    for measured in evidence.variants:
        assert [row.size for row in measured.rows] == [3, 30]
        for row in measured.rows:
            assert PROCESSES * MIN_VALUES <= row.pairs <= PROCESSES * VALUES
            assert 0 < row.low <= row.ratio <= row.high
    assert len(evidence.suite.get_benchmark("copy n=3 slow").get_runs()) == PROCESSES


def test_a_side_that_uses_its_input_up_gets_a_new_one_for_each_call(tmp_path: Path) -> None:
    rule = folder_with(
        tmp_path,
        '"""Title."""\n'
        "def make(n): return list(range(n))\n"
        "def check(data, n=[]):\n"
        "    if not data: raise RuntimeError('an input was given twice')\n"
        "    data.clear()\n    sum(range(3000))\n"
        "    return 1\n"
        "slow = fast = check\n",
    )
    assert [row.size for row in measure(rule, seconds=0.1, sizes=(5, 10)).variants[0].rows] == [5, 10]


def test_unequal_sides_are_not_measured(tmp_path: Path) -> None:
    text = '"""Title."""\ndef make(n): return n\ndef slow(data): return data\ndef fast(data): return min(data, 50)\n'
    with pytest.raises(UnequalResultsError, match="size 100"):
        measure(folder_with(tmp_path, text), seconds=0.1)


def test_a_failing_worker_is_reported_with_its_reason(tmp_path: Path) -> None:
    text = (
        '"""Title."""\n'
        "import sys\n"
        "if 'perffix.evidence.worker' in getattr(sys.modules['__main__'].__spec__, 'name', ''):\n"
        "    raise RuntimeError('not in a worker')\n"
        "def make(n): return n\n"
        "def slow(data): return data\n"
        "def fast(data): return data\n"
    )
    with pytest.raises(BenchError, match="not in a worker"):
        measure(folder_with(tmp_path, text), seconds=0.1)


def test_without_pyperf_one_line_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyperf", None)
    (rule,) = rule_folders("PERF504")
    with pytest.raises(PyperfMissingError, match=r"^benchmarks need pyperf: pip install 'perffix\[bench\]'$"):
        measure(rule)


def test_the_command_prints_a_table_and_writes_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    numbers, values = tmp_path / "numbers.json", tmp_path / "values.json"
    options = ["--sizes", "3,30", "--seconds", "0.1", "--json", str(numbers), "--pyperf", str(values)]
    assert main(["bench", "list-pop-front", *options]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("PERF504 list-pop-front on ")
    assert "size" in printed
    (rule,) = json.loads(numbers.read_text())["rules"]
    assert rule["code"] == "PERF504"
    assert [row["size"] for row in rule["variants"][0]["sizes"]] == [3, 30]
    assert "drain n=3 slow" in values.read_text()


def test_json_on_standard_output_stands_alone(capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--sizes", "3,30", "--seconds", "0.1", "--json", "-"]
    assert main(["bench", "PERF402", *options]) == 0
    assert json.loads(capsys.readouterr().out)["rules"][0]["name"] == "manual-list-copy"


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["PERF599"], "no rule with fixtures"),
        (["PERF504", "--sizes", "3"], "two or more positive integers"),
        (["PERF504", "--sizes", "3,x"], "invalid sizes value"),
        (["PERF504", "PERF505", "--pyperf", "x.json"], "one rule"),
        ([], "RULE"),
    ],
)
def test_wrong_usage_is_one_line(arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", *arguments]) == 2
    error = capsys.readouterr().err
    assert complaint in error
    assert error.count("\n") == 1
