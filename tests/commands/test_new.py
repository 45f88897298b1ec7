from __future__ import annotations

import ast
import importlib.util
from typing import TYPE_CHECKING

import pytest
from fixture_files import read_fixture

from perffix.rules.rule import Rule

if TYPE_CHECKING:
    from pathlib import Path

    from made_up_rules import Run


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for folder in ("src/perffix/rules/performance", "src/perffix/rules/security", "fixtures"):
        (tmp_path / folder).mkdir(parents=True)
    return tmp_path


def _load(path: Path) -> Rule:
    spec = importlib.util.spec_from_file_location("scaffolded", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    rule = module.rule
    assert isinstance(rule, Rule)
    rule.documentation = module.__doc__ or ""
    return rule


def test_a_performance_rule(perffix: Run, checkout: Path) -> None:
    ran = perffix("new", "PERF999", "list-as-queue")
    assert ran.status == 0
    assert ran.out == (
        "created src/perffix/rules/performance/list_as_queue.py\n"
        "created fixtures/PERF999_list_as_queue/flagged.py\n"
        "created fixtures/PERF999_list_as_queue/clean.py\n"
        "created fixtures/PERF999_list_as_queue/fixed.py\n"
        "created fixtures/PERF999_list_as_queue/bench.py\n"
        "What is missing now: pytest tests/test_rule_contract.py -k PERF999\n"
    )
    rule = _load(checkout / "src/perffix/rules/performance/list_as_queue.py")
    assert (rule.code, rule.name, rule.summary) == ("PERF999", "list-as-queue", "")
    assert rule.impact is not None
    assert "## Why it is slow\n" in rule.documentation
    assert rule.node_handlers
    for path in checkout.rglob("*.py"):
        ast.parse(path.read_text(encoding="utf-8"))


def test_a_security_rule_has_no_benchmark(perffix: Run, checkout: Path) -> None:
    assert perffix("new", "sec999", "Unsafe-Thing").status == 0
    rule = _load(checkout / "src/perffix/rules/security/unsafe_thing.py")
    assert (rule.code, rule.name, rule.cwe) == ("SEC999", "unsafe-thing", None)
    assert "## Why it is dangerous\n" in rule.documentation
    assert not (checkout / "fixtures/SEC999_unsafe_thing/bench.py").exists()


def test_it_works_from_any_folder_of_the_checkout(
    perffix: Run, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(checkout / "fixtures")
    assert perffix("new", "PERF999", "list-as-queue").status == 0
    assert (checkout / "fixtures/PERF999_list_as_queue/clean.py").is_file()


def test_an_unfinished_rule_tells_what_is_missing(perffix: Run, checkout: Path) -> None:
    """The contract test speaks of the frame in sentences that name what is to be written."""
    import test_rule_contract as contract

    perffix("new", "PERF999", "list-as-queue")
    rule = _load(checkout / "src/perffix/rules/performance/list_as_queue.py")
    with pytest.raises(AssertionError, match="PERF999: write a summary and a help line"):
        contract.test_metadata_is_complete(rule)
    with pytest.raises(AssertionError, match=r"PERF999: write the sections \['What it does', .*'Why it is slow'\]"):
        contract.test_documentation_is_complete(rule)
    with pytest.raises(AssertionError, match="PERF999: write one ```python block in the section 'Example'"):
        contract.test_examples_are_true(rule)


@pytest.mark.parametrize(
    ("code", "name", "message"),
    [
        ("PERF99", "list-as-queue", "PERF99 is not a code: it is PERF or SEC and three digits, such as PERF504"),
        ("PERF001", "list-as-queue", "PERF001 is not a code"),
        ("ABC999", "list-as-queue", "ABC999 is not a code"),
        ("PERF999", "queue", "queue is not a rule name"),
        ("PERF999", "list_as_queue", "list_as_queue is not a rule name"),
        ("PERF999", "use-deque", "use-deque names a remedy"),
        ("PERF991", "list-as-queue", "PERF991 is taken by slow-call"),
        ("PERF999", "slow-call", "slow-call is the name of PERF991"),
    ],
)
def test_what_is_refused(perffix: Run, checkout: Path, code: str, name: str, message: str) -> None:
    ran = perffix("new", code, name)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith(f"perffix: error: {message}")
    assert list(checkout.rglob("*.py")) == []


@pytest.mark.parametrize(
    "taken",
    [
        "src/perffix/rules/performance/list_as_queue.py",
        "fixtures/PERF999_list_as_queue/bench.py",
        "fixtures/PERF999_other_name/clean.py",
    ],
)
def test_nothing_is_overwritten(perffix: Run, checkout: Path, taken: str) -> None:
    (checkout / taken).parent.mkdir(exist_ok=True)
    (checkout / taken).write_text("mine")
    ran = perffix("new", "PERF999", "list-as-queue")
    assert ran.status == 2
    assert ran.err.endswith("exists already\n")
    assert [path.relative_to(checkout).as_posix() for path in checkout.rglob("*.py")] == [taken]


def test_only_in_a_checkout(perffix: Run) -> None:
    ran = perffix("new", "PERF999", "list-as-queue")
    assert ran.status == 2
    assert "not a checkout of perffix" in ran.err


def test_the_scaffold_can_be_read_as_a_fixture(perffix: Run, checkout: Path) -> None:
    assert perffix("new", "PERF999", "list-as-queue").status == 0
    for name in ("flagged.py", "fixed.py"):
        fixture = read_fixture(checkout / "fixtures" / "PERF999_list_as_queue" / name)
        assert (fixture.expected, fixture.gaps) == ((), ())
