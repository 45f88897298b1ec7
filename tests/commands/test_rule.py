from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from made_up_rules import Run


@pytest.mark.parametrize("word", ["PERF991", "perf991", "slow-call"])
def test_one_rule_by_code_or_name(perffix: Run, word: str) -> None:
    ran = perffix("rule", word)
    assert ran.status == 0
    assert ran.out.startswith("PERF991 slow-call: A slow function is called\n\nimpact: constant\n")
    assert "PERF992" not in ran.out


def test_several_rules_by_the_beginning_of_their_codes(perffix: Run) -> None:
    out = perffix("rule", "PERF99").out
    assert [code for code in ("PERF991", "PERF992", "PERF993", "SEC991") if f"{code} " in out] == [
        "PERF991",
        "PERF992",
        "PERF993",
    ]


def test_an_unknown_rule(perffix: Run) -> None:
    ran = perffix("rule", "slow-cal")
    assert (ran.status, ran.out) == (2, "")
    assert ran.err == 'perffix: error: no rule is called "slow-cal"; did you mean "slow-call"?\n'


def test_all_rules(perffix: Run) -> None:
    lines = perffix("rules").out.splitlines()
    assert [line.split()[0] for line in lines] == [
        "PERF000",
        "PERF001",
        "PERF002",
        "PERF991",
        "PERF992",
        "PERF993",
        "SEC991",
    ]
    assert lines[3].split(maxsplit=5)[1:] == ["slow-call", "default", "constant", "safe", "A slow function is called"]


@pytest.mark.parametrize("options", [["--json"], ["--output-format", "json"]])
def test_all_rules_for_programs(perffix: Run, options: list[str]) -> None:
    rules = json.loads(perffix("rules", *options).out)["rules"]
    assert {rule["code"]: rule["fix"] for rule in rules}["PERF991"] == "safe"
    assert all(rule["summary"] and rule["help"] for rule in rules)


def test_all_rules_for_the_readme(perffix: Run) -> None:
    assert "| PERF991 | slow-call | A slow function is called | constant | safe | default |\n" in (
        perffix("rules", "--output-format", "markdown").out
    )
