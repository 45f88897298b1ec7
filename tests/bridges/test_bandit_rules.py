"""bandit's checks as rules: which take part, beside which of ours, and what becomes of their trouble."""

from __future__ import annotations

import pytest

from perffix import check_source
from perffix.bridges.bandit import checks, driver
from perffix.bridges.bandit.checks import Check, Checks, code_of
from perffix.config import UsageError, build
from perffix.engine import bandit_rules
from perffix.engine.bandit_rules import remaining_bandit_rules
from perffix.engine.registry import find_rules, load_rules
from perffix.engine.selection import Selection, selection_for
from perffix.model import Confidence, Group, Severity, Span

OWN = {code for rule in load_rules() for code in rule.codes}
TEXT = """\
import pickle
import hashlib, urllib.request

password = "hunter2-hunter2"
assert urllib.request.urlopen(hashlib.md5(b"").hexdigest())
"""


def codes(text: str = TEXT, /, **settings: object) -> list[str]:
    return [finding.code for finding in check_source(text, "a.py", **settings)]


def test_all_of_bandit_and_nothing_else() -> None:
    assert codes(bandit=True) == ["SEC403", "SEC105", "SEC101", "SEC310", "SEC324"]
    assert codes("def f(xs: list[int]):\n    while xs:\n        xs.pop(0)\n", bandit=True) == []


def test_the_remaining_checks_beside_our_own() -> None:
    ours = codes()
    assert "SEC101" not in ours
    beside = codes(audit=True)
    assert sorted(beside) == sorted([*ours, "SEC101", "SEC310", "SEC403"])


def test_a_number_of_ours_is_not_bandits() -> None:
    rules = load_rules()
    remaining = {rule.code for rule in remaining_bandit_rules(rules)}
    assert remaining
    assert remaining.isdisjoint(OWN)
    assert {"SEC105", "SEC324", "SEC608"} <= OWN
    assert remaining | OWN > {rule.code for rule in bandit_rules.bandit_rules()}
    assert all(rule.group is Group.AUDIT for rule in remaining_bandit_rules(rules))


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"select": "SEC310"}, ["SEC310"]),
        ({"select": "sec310"}, ["SEC310"]),
        ({"select": "import_pickle"}, ["SEC403"]),
        ({"select": "SEC3"}, ["SEC324"]),
        ({"select": "SEC4"}, []),
        ({"select": "SEC3,SEC4", "audit": True}, ["SEC403", "SEC310", "SEC324"]),
        ({"select": "audit"}, ["SEC403", "SEC101", "SEC310"]),
        ({"select": "PERF", "extend_select": "SEC101"}, ["SEC101"]),
        ({"select": "SEC1", "ignore": "SEC105", "audit": True}, ["SEC101"]),
        ({"select": "audit", "ignore": "urllib_urlopen,SEC403"}, ["SEC101"]),
        ({"bandit": True, "select": "SEC1"}, ["SEC105", "SEC101"]),
        ({"bandit": True, "ignore": "assert_used,SEC3"}, ["SEC403", "SEC105"]),
        ({"bandit": True, "builtin_defaults": True, "select": "SEC101"}, ["SEC101"]),
    ],
)
def test_selection(settings: dict[str, object], expected: list[str]) -> None:
    assert codes(**settings) == expected


@pytest.mark.parametrize("word", ["SEC199", "SEC9999", "asert_used"])
def test_a_word_that_bandit_does_not_know_either(word: str) -> None:
    with pytest.raises(UsageError, match="names no rule"):
        codes(select=word)


def test_ignoring_a_number_of_another_bandit_is_no_mistake() -> None:
    assert codes(ignore="SEC320") == codes()
    with pytest.raises(UsageError):
        codes(ignore="SEC8888")


def test_settings_meant_for_our_rules_are_not_for_bandit() -> None:
    table = {"select": ["PERF"], "ignore": ["SEC101"], "per-file-ignores": {"*": ["SEC3"]}}
    alone = selection_for(build(".", {"bandit": True}, file="perffix.toml", table=table))
    assert alone.verdict("SEC101").on
    assert alone.verdict("SEC310", "test_a.py").on
    beside = selection_for(build(".", file="perffix.toml", table={"bandit": True, "ignore": ["SEC101"]}))
    assert not beside.verdict("SEC101").on
    assert beside.verdict("SEC310").on


def test_tests_and_migrations_are_judged_as_everywhere_by_bandit() -> None:
    found = check_source(TEXT, "tests/test_a.py", bandit=True)
    assert [finding.code for finding in found] == codes(bandit=True)


def test_a_finding_says_what_bandit_says() -> None:
    found = next(finding for finding in check_source(TEXT, bandit=True) if finding.code == "SEC310")
    assert found.name == "urllib_urlopen"
    assert found.evidence == ("bandit's check B310 (urllib_urlopen)",)
    assert found.span == Span(5, 7, 5, 59)
    assert (found.severity, found.confidence, found.cwe) == (Severity.MEDIUM, Confidence.HIGH, 22)
    assert "b310" in found.help


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import pickle  # nosec B403\n", []),
        ("import pickle  # nosec import_pickle\n", []),
        ("import pickle  # noqa: SEC403\n", []),
        ("import pickle  # noqa: import_pickle\n", []),
        ("import pickle  # nosec B310\n", ["SEC403"]),
        ("import pickle  # nosec: telnetlib, ftplib\n", ["SEC403"]),
        ("import pickle  # noqa: SEC310\n", ["SEC403", "PERF002"]),
        ("# perffix: ignore-file\nimport pickle\n", []),
        ("try:\n    x()\nexcept Exception:\n    pass  # nosec\n", []),
        ("try:\n    x()  # nosec\nexcept Exception:\n    pass\n", ["SEC110"]),
        ("exec(\n    x,\n)  # nosec\n", []),
    ],
)
def test_comments_hold_for_the_checks_beside_ours(text: str, expected: list[str]) -> None:
    assert codes(text, select="audit,PERF002") == expected


def test_the_same_again_after_another_selection() -> None:
    """bandit itself loses findings when its tests are selected twice in a process."""
    first = codes(bandit=True)
    assert codes(select="SEC310") == ["SEC310"]
    assert codes(select="audit") != first
    assert codes(bandit=True) == first


@pytest.mark.parametrize(
    ("bandit_id", "code"), [("B608", "SEC608"), ("B101", "SEC101"), ("B901", "SECB901"), ("x17", "SECX17")]
)
def test_codes(bandit_id: str, code: str) -> None:
    assert code_of(bandit_id) == code


def test_only_tests_that_can_find_something_wanted_are_run() -> None:
    found = checks.load()
    assert {test.id for test in found.tests_for(frozenset({"SEC101"}))["Assert"]} == {"B101"}
    assert {test.id for test in found.tests_for(frozenset({"SEC608"}))["Str"]} == {"B608"}
    assert found.tests_for(frozenset({"SEC101"}))["Call"] == found.tests_for(frozenset({"SEC310"}))["Call"]


def test_a_failing_check_is_reported_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(context: object) -> None:
        raise KeyError("name")

    loaded = checks.load()
    tests = loaded.tests_for(frozenset({"SEC101", "SEC403"}))
    failing = Checks({**tests, "Assert": (Check("B101", fail, ()),)}, loaded.rules)
    monkeypatch.setattr(driver, "load", lambda: failing)
    found = check_source("import pickle\nassert x\nassert y  # nosec B101\n", bandit=True)
    assert [(finding.code, finding.span.line) for finding in found] == [("SEC403", 1), ("PERF000", 2)]
    assert found[1].message == "bandit's check B101 failed on this line: KeyError: 'name'"
    beside = check_source("assert y  # noqa: SEC101\n", select="SEC101,PERF002")
    assert [finding.code for finding in beside] == ["PERF000"]


def test_a_known_failure_of_bandit_is_not_hidden() -> None:
    found = check_source("import importlib\nimportlib.import_module()\n", bandit=True)
    assert [finding.code for finding in found] == ["PERF000"]


def test_without_bandit_there_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> Checks:
        raise ImportError("No module named 'bandit'")

    monkeypatch.setattr(checks, "load", missing)
    with pytest.raises(UsageError, match="bandit's checks cannot be used: No module named 'bandit'"):
        bandit_rules.bandit_rules()


def test_every_check_has_a_page() -> None:
    for rule in bandit_rules.bandit_rules():
        assert rule.summary == rule.summary.strip(" .*")
        assert rule.summary
        assert rule.documentation.startswith(f"bandit's B{rule.code[3:]}: ")
        assert len(rule.documentation.splitlines()) > 3, rule
        assert ".. " not in rule.documentation
        assert rule.documentation.count("```") % 2 == 0
        assert rule.help.startswith("bandit explains B")


def test_a_check_is_found_by_code_and_name() -> None:
    (by_code,) = find_rules("SEC310")
    (by_name,) = find_rules("urllib_urlopen")
    assert by_code is by_name
    assert "urlopen" in by_code.documentation
    assert find_rules("SEC608")[0].name == "sql-built-from-input"
    with pytest.raises(UsageError, match="assert_used"):
        find_rules("assert_usde")


def test_a_plan_without_them_does_not_know_them() -> None:
    plan = selection_for(build(".")).plan("a.py")
    assert plan.bandit == frozenset()
    assert not plan.bandit_alone
    rules = bandit_rules.bandit_rules()
    plan = Selection((), build(".", {"audit": True}), rules).plan("a.py")
    assert plan.rules == ()
    assert plan.bandit == {rule.code for rule in rules}


SECRETS = """\
password = "root"
password = "r\\x6fot-1234"
d = {"password": "hunter2-long"}
connect(user="x", password='t0psecret')
token = ("abcdef12"
    "ghijk")
if password == "r00t": pass
d["secret"] = "blerg!"
def f(password="Admin", *, token="k3y"): pass
"""


def test_passwords_are_in_the_text_of_a_finding_and_in_no_report() -> None:
    from perffix.output.masking import Mask
    from perffix.source import SourceFile

    found = check_source(SECRETS, bandit=True)
    assert len(found) == 8
    mask = Mask(SourceFile("a.py", SECRETS.encode()), found)
    assert found[1].message == "Possible hardcoded password: 'root-1234'"
    assert {mask.hide(finding.message) for finding in found} == {"Possible hardcoded password: '[secret]'"}
