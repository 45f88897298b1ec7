"""Which codes are on, for which file, and why."""

from __future__ import annotations

from typing import Any

import pytest

from perffix.config import Config, ConfigError, Selector, build
from perffix.engine.own_rules import OWN_RULES
from perffix.engine.runner import check_source
from perffix.engine.selection import Selection
from perffix.model import Group, Impact, Severity
from perffix.rules.rule import Rule
from perffix.source import SourceFile

ROOT = "/project"


def rule(
    code: str,
    name: str,
    group: Group = Group.DEFAULT,
    *,
    impact: Impact | None = Impact.ASYMPTOTIC,
    variants: dict[str, str] | None = None,
    before: tuple[int, int] | None = None,
) -> Rule:
    security = code.startswith("SEC")
    return Rule(
        code=code,
        name=name,
        summary="s",
        help="h",
        impact=None if security else impact,
        severity=Severity.LOW if security else None,
        group=group,
        variants=variants,
        before=before,
    )


RULES = (
    rule("PERF101", "list-cast"),
    rule("PERF203", "try-in-loop", Group.PEDANTIC, before=(3, 11), impact=Impact.CONSTANT),
    rule("PERF401", "manual-list"),
    rule("PERF405", "manual-sum", Group.PEDANTIC),
    rule("PERF504", "list-pop-front"),
    rule("PERF505", "slow-constant", impact=Impact.CONSTANT),
    rule("SEC101", "assert-used", Group.AUDIT),
    rule("SEC105", "hard-coded-password", variants={"SEC106": "argument", "SEC107": "default"}),
    rule("SEC608", "sql-built-from-input"),
    rule("SEC801", "hard-coded-token"),
)
DEFAULT_ON = {"PERF101", "PERF401", "PERF504", "PERF505", "SEC105", "SEC106", "SEC107", "SEC608", "SEC801"}
OWN_ON = {"PERF000", "PERF001"}


def selection(**options: object) -> Selection:
    return Selection(RULES, build(ROOT, options))


def on(path: str = "a.py", /, **options: object) -> set[str]:
    """Return the active codes for a file without those that are always on."""
    codes = set(selection(**options).plan(f"{ROOT}/{path}").codes)
    assert codes >= OWN_ON
    return codes - OWN_ON


def from_file(table: dict[str, object], options: dict[str, object] | None = None) -> set[str]:
    chosen = Selection(RULES, build(ROOT, options, file="perffix.toml", table=table))
    return set(chosen.plan(f"{ROOT}/a.py").codes) - OWN_ON


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, DEFAULT_ON | {"PERF002"}),
        ({"pedantic": True}, DEFAULT_ON | {"PERF002", "PERF203", "PERF405"}),
        ({"audit": True}, DEFAULT_ON | {"PERF002", "SEC101"}),
        ({"select": "all"}, DEFAULT_ON | {"PERF002", "PERF203", "PERF405", "SEC101"}),
        ({"select": "pedantic"}, {"PERF203", "PERF405"}),
        ({"select": "audit,PERF002"}, {"SEC101", "PERF002"}),
        ({"select": "default"}, DEFAULT_ON | {"PERF002"}),
        ({"extend_select": "pedantic"}, DEFAULT_ON | {"PERF002", "PERF203", "PERF405"}),
        ({"select": "PERF"}, {"PERF002", "PERF101", "PERF401", "PERF504", "PERF505"}),
        ({"select": "PER"}, {"PERF002", "PERF101", "PERF401", "PERF504", "PERF505"}),
        ({"select": "SEC"}, {"SEC105", "SEC106", "SEC107", "SEC608", "SEC801"}),
        ({"select": "PERF4"}, {"PERF401"}),
        ({"select": "PERF4", "pedantic": True}, {"PERF401", "PERF405"}),
        ({"select": "PERF405"}, {"PERF405"}),
        ({"select": "perf405"}, {"PERF405"}),
        ({"select": "manual-sum"}, {"PERF405"}),
        ({"select": "hard-coded-password"}, {"SEC105", "SEC106", "SEC107"}),
        ({"select": "SEC106"}, {"SEC106"}),
        ({"select": "SEC10"}, {"SEC105", "SEC106", "SEC107"}),
        ({"select": "SEC10", "audit": True}, {"SEC101", "SEC105", "SEC106", "SEC107"}),
        ({"select": "PERF504", "audit": True, "pedantic": True}, {"PERF504"}),
        ({"select": []}, set()),
        ({"select": [], "extend_select": "PERF1"}, {"PERF101"}),
        ({"ignore": "PERF,SEC1"}, {"SEC608", "SEC801"}),
        ({"ignore": "all"}, set()),
        ({"select": "PERF", "ignore": "PERF4,PERF002"}, {"PERF101", "PERF504", "PERF505"}),
        ({"select": "PERF401", "ignore": "PERF4"}, {"PERF401"}),
        ({"select": "PERF4", "ignore": "PERF401"}, set()),
        ({"select": "PERF401", "ignore": "PERF401"}, set()),
        ({"select": "PERF401", "ignore": "manual-list"}, set()),
        ({"select": "PERF504", "ignore": "SEC"}, {"PERF504"}),
        ({"select": "all", "ignore": "PERF,SEC"}, set()),
        ({"select": "PERF1", "ignore": "all"}, {"PERF101"}),
    ],
)
def test_selectors(options: dict[str, object], expected: set[str]) -> None:
    assert on(**options) == expected


def test_command_line_wins_among_equals() -> None:
    ignoring: dict[str, object] = {"ignore": ["PERF401", "SEC"]}
    assert "PERF401" not in from_file(ignoring)
    assert from_file(ignoring, {"select": "PERF401"}) == {"PERF401"}
    assert "PERF401" not in from_file(ignoring, {"select": "PERF"})
    assert "SEC608" in from_file(ignoring, {"select": "SEC"})
    assert "PERF401" not in from_file({"select": ["PERF401"]}, {"ignore": "PERF401"})


def test_what_is_always_on_cannot_be_ignored() -> None:
    chosen = selection(ignore="PERF000,PERF001,all", per_file_ignores=["*.py:PERF"])
    assert set(chosen.plan(f"{ROOT}/a.py").codes) == OWN_ON
    assert chosen.verdict("PERF001") == (True, "always on")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"select": "PERF999"}, 'command line: "PERF999" in select names no rule; did you mean "PERF'),
        ({"ignore": "list-pop-frnt"}, '"list-pop-frnt" in ignore names no rule; did you mean "list-pop-front"?'),
        ({"extend_select": "pedantik"}, '"pedantik" in extend-select names no rule; did you mean "pedantic"?'),
        ({"per_file_ignores": ["a:XYZ9"]}, '"XYZ9" in per-file-ignores names no rule'),
    ],
)
def test_unknown_selectors_name_the_nearest(options: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        selection(**options)
    assert message in str(caught.value)


def test_unknown_selector_names_its_file() -> None:
    with pytest.raises(ConfigError, match=r'^perffix\.toml: "Q" in ignore names no rule'):
        from_file({"ignore": ["Q"]})


def test_per_file_ignores() -> None:
    options: dict[str, object] = {"per_file_ignores": ["scripts/:PERF4,list-pop-front", "*_gen.py:all"]}
    chosen = selection(select="PERF4,PERF405,PERF504,SEC6", **options)
    assert set(chosen.plan(f"{ROOT}/scripts/a.py").codes) - OWN_ON == {"SEC608"}
    assert set(chosen.plan(f"{ROOT}/x/a_gen.py").codes) == OWN_ON
    assert set(chosen.plan(f"{ROOT}/a.py").codes) - OWN_ON == {"PERF401", "PERF405", "PERF504", "SEC608"}
    assert chosen.verdict("PERF405", f"{ROOT}/scripts/a.py") == (
        False,
        'ignored by "PERF4" in files like "scripts/" (command line)',
    )


@pytest.mark.parametrize(
    "path", ["test_a.py", "x/a_test.py", "conftest.py", "tests/a.py", "x/test/y/a.py", "x/tests.py", "testing/a.py"]
)
def test_tests_are_judged_mildly(path: str) -> None:
    assert on(path) == DEFAULT_ON - {"SEC105", "SEC106", "SEC107", "SEC608", "PERF505"} | {"PERF002"}


@pytest.mark.parametrize("path", ["contest.py", "attesting/a.py", "a_tests.py", "latest_a.py", "src/a.py"])
def test_what_only_sounds_like_a_test(path: str) -> None:
    assert on(path) == DEFAULT_ON | {"PERF002"}


def test_a_directory_above_the_project_makes_no_test() -> None:
    chosen = Selection(RULES, build("/home/tests/project"))
    assert "SEC105" in chosen.plan("/home/tests/project/a.py").codes
    assert "SEC105" not in chosen.plan("/home/tests/project/tests/a.py").codes


def test_migrations_are_judged_mildly() -> None:
    assert on("shop/migrations/0001_a.py") == DEFAULT_ON - {"SEC608", "PERF505"} | {"PERF002"}


@pytest.mark.parametrize(("path", "expected"), [("shop/a.py", ["SEC113"]), ("shop/examples/a.py", [])])
def test_examples_are_judged_mildly(path: str, expected: list[str]) -> None:
    text = "import requests\n\nprint(requests.get('https://shop.example.com').text)\n"
    found = check_source(SourceFile(f"/{path}", text.encode()), Config(root="/"))
    assert [finding.code for finding in found] == expected


def test_builtin_defaults_can_be_overridden() -> None:
    path = "tests/a.py"
    assert on(path, builtin_defaults=False) == DEFAULT_ON | {"PERF002"}
    assert "SEC106" in on(path, extend_select="SEC106")
    assert "SEC105" not in on(path, extend_select="SEC106")
    assert "SEC105" in on(path, extend_select="hard-coded-password")
    assert "SEC105" not in on(path, extend_select="SEC1")


def test_reasons() -> None:
    chosen = selection(ignore="PERF4")
    assert chosen.verdict("PERF504") == (True, "on by default")
    assert chosen.verdict("PERF405") == (False, 'in the group "pedantic", which is not switched on')
    assert chosen.verdict("PERF401") == (False, 'ignored by "PERF4" (command line)')
    assert chosen.verdict("SEC105", f"{ROOT}/tests/a.py").why.startswith("the built-in default for tests")
    assert chosen.verdict("SEC105", f"{ROOT}/a.py").on
    assert selection(select="PERF5").verdict("PERF504") == (True, 'selected by "PERF5" (command line)')
    assert selection(select="PERF5").verdict("PERF101") == (False, "not selected (command line)")
    with pytest.raises(KeyError):
        chosen.verdict("PERF999")


@pytest.mark.parametrize(("target", "active"), [("3.10", True), ("3.9", True), ("3.11", False), ("3.13", False)])
def test_rules_for_older_pythons(target: str, active: bool) -> None:
    assert ("PERF203" in on(select="PERF203", target_version=target)) is active
    if not active:
        why = selection(select="PERF203", target_version=target).verdict("PERF203").why
        assert why == f"only holds below Python 3.11, the target is {target}"


def test_plans_are_shared() -> None:
    chosen = selection()
    assert chosen.plan(f"{ROOT}/a.py") is chosen.plan(f"{ROOT}/b/c.py")
    assert chosen.plan(f"{ROOT}/a.py") is not chosen.plan(f"{ROOT}/test_a.py")


def test_plan_holds_rules_with_an_active_code() -> None:
    plan = selection(select="SEC106,PERF504").plan(f"{ROOT}/a.py")
    assert [rule.code for rule in plan.rules] == ["PERF504", "SEC105"]
    assert plan.target == (3, 10)


def test_own_rules_have_documentation() -> None:
    assert all(rule.documentation and rule.help and rule.summary for rule in OWN_RULES)


def test_constant_factor_forms_of_a_weightier_rule_are_pedantic() -> None:
    text = "def f(words: list[str]) -> str:\n    s = ''\n    for word in words:\n        s += word\n    return s\n"
    source = SourceFile("module.py", text.encode())

    def found(**settings: Any) -> list[str]:
        return [finding.code for finding in check_source(source, Config(root="/", **settings))]

    assert found() == []
    assert found(select=(Selector("PERF", "test"),)) == []
    assert found(pedantic=True) == ["PERF501"]
    assert found(select=(Selector("PERF501", "test"),)) == ["PERF501"]
    assert found(extend_select=(Selector("string-concat-in-loop", "test"),)) == ["PERF501"]
