"""Every rule against its fixture folder: what it finds, what it leaves alone, and what its fix writes."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest
from equivalence import comparable_functions, outcomes
from fixture_files import RULES, Expectation, findings_in, fix_name, fixed_text, folder_of, read_fixture

from perffix.model import Applicability
from perffix.source import SourceFile

if TYPE_CHECKING:
    from perffix.rules.rule import Rule

every_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
every_fixable_rule = pytest.mark.parametrize("rule", [rule for rule in RULES if rule.fix], ids=lambda rule: rule.code)


@every_rule
def test_flagged_code_is_found_exactly_where_it_says(rule: Rule) -> None:
    fixture = read_fixture(folder_of(rule) / "flagged.py")
    source = SourceFile("module.py", fixture.text.encode())
    found = findings_in(fixture.text, rule)
    where = [(f.span.line, f.code, source.characters(f.span.line, f.span.column) + 1) for f in found]
    assert sorted((line, code) for line, code, _ in where) == sorted((e.line, e.code) for e in fixture.expected), [
        f"{f.span.line}: {f.code} {f.message}" for f in found
    ]
    for expected in fixture.expected:
        if expected.column is not None:
            assert (expected.line, expected.code, expected.column) in where


@every_rule
def test_fix_has_the_promised_applicability(rule: Rule) -> None:
    fixture = read_fixture(folder_of(rule) / "flagged.py")
    found = [(f.span.line, f.code, fix_name(f)) for f in findings_in(fixture.text, rule)]
    promised = [(e.line, e.code, e.fix) for e in fixture.expected if e.fix is not None]
    assert [each for each in promised if each not in found] == []


@every_rule
def test_known_gaps_are_still_open(rule: Rule) -> None:
    folder = folder_of(rule)
    for name in ("flagged.py", "clean.py"):
        fixture = read_fixture(folder / name)
        found = {(f.span.line, f.code) for f in findings_in(fixture.text, rule)}
        closed: list[Expectation] = [gap for gap in fixture.gaps if (gap.line, gap.code) in found]
        assert closed == [], "the gap is closed: turn `# gap:` into `# expect:`"


@every_rule
def test_clean_code_is_left_alone(rule: Rule) -> None:
    fixture = read_fixture(folder_of(rule) / "clean.py")
    assert [f"{f.span.line}: {f.code} {f.message}" for f in findings_in(fixture.text, rule)] == []


@every_rule
def test_there_are_at_least_as_many_innocent_cases_as_guilty_ones(rule: Rule) -> None:
    folder = folder_of(rule)
    guilty = len(read_fixture(folder / "flagged.py").expected)
    tree = ast.parse((folder / "clean.py").read_text("utf-8"))
    definitions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    innocent = sum(isinstance(node, definitions) for node in ast.walk(tree))
    innocent += sum(not isinstance(node, (*definitions, ast.Import, ast.ImportFrom)) for node in tree.body)
    assert guilty > 0
    assert innocent >= guilty


@every_fixable_rule
def test_fixed_code_is_what_all_fixes_write(rule: Rule) -> None:
    folder = folder_of(rule)
    fixture = read_fixture(folder / "flagged.py")
    fixed = fixed_text(fixture.text, rule, Applicability.UNSAFE)
    assert fixed == (folder / "fixed.py").read_bytes().decode()
    assert fixed_text(fixed, rule, Applicability.UNSAFE) == fixed, "a second run changes it again"


@every_fixable_rule
def test_fixed_code_has_no_fixable_finding_left(rule: Rule) -> None:
    fixed = (folder_of(rule) / "fixed.py").read_text("utf-8")
    assert [f for f in findings_in(fixed, rule) if fix_name(f) in ("safe", "unsafe")] == []


@every_fixable_rule
def test_safe_fixes_keep_behaviour(rule: Rule) -> None:
    text = read_fixture(folder_of(rule) / "flagged.py").text
    fixed = fixed_text(text, rule, Applicability.SAFE)
    if fixed == text:
        assert all(e.fix != "safe" for e in read_fixture(folder_of(rule) / "flagged.py").expected)
        return
    compared = comparable_functions(text, fixed)
    assert compared, "no function of flagged.py can be run: annotate the parameters of some with plain types"
    for name, strategy in compared.items():
        for arguments in strategy:
            before, after = outcomes(text, fixed, name, arguments)
            assert before == after, f"{name}{arguments!r} changed"
