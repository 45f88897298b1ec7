"""Numbers of bandit that a rule of perffix answers for: with `--audit` nothing is reported twice."""

from __future__ import annotations

from collections import defaultdict

import pytest
from fixture_files import FIXTURES, RULES, read_fixture

from perffix.config import Config, Selector
from perffix.engine.bandit_rules import bandit_rules, remaining_bandit_rules
from perffix.engine.runner import check_source
from perffix.source import SourceFile

OWN = ["SEC113", "SEC202", "SEC301", "SEC302", "SEC304", "SEC305", "SEC306", "SEC311", "SEC323", "SEC501", "SEC502"]
OWN += ["SEC503", "SEC504", "SEC505", "SEC506", "SEC614"]


def test_each_number_is_one_of_bandit_that_perffix_answers_for() -> None:
    assert set(OWN) <= {rule.code for rule in bandit_rules()}
    assert set(OWN) <= {code for rule in RULES for code in rule.codes}
    assert {rule.code for rule in remaining_bandit_rules(RULES)}.isdisjoint(OWN)


@pytest.mark.parametrize(
    "folder", [path.name for path in sorted(FIXTURES.iterdir()) if path.name[:6] in (*OWN, "SEC834")]
)
def test_a_weakness_is_reported_once(folder: str) -> None:
    config = Config(
        root="/", select=(Selector("SEC", "test"),), audit=True, target_version=(3, 10), builtin_defaults=False
    )
    text = read_fixture(FIXTURES / folder / "flagged.py").text
    found = defaultdict(set)
    for finding in check_source(SourceFile("module.py", text.encode()), config):
        found[finding.span].add(finding.code)
    assert {span: codes for span, codes in found.items() if len(codes) > 1} == {}
    assert found


@pytest.mark.parametrize("path", ["tests/load.py", "test_load.py"])
def test_what_a_test_chooses_itself_is_left_to_it(path: str) -> None:
    text = "import requests\nrequests.get(url, verify=False)\n"
    config = Config(root="", select=(Selector("SEC", "test"),))
    assert check_source(SourceFile(path, text.encode()), config) == []
    assert {each.code for each in check_source(SourceFile("load.py", text.encode()), config)} == {"SEC113", "SEC501"}
    named = Config(root="", select=(Selector("SEC501", "test"),))
    assert [each.code for each in check_source(SourceFile(path, text.encode()), named)] == ["SEC501"]
