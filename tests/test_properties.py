"""What must hold for every program: checked on the running interpreter's whole library and on generated ones."""

from __future__ import annotations

import ast
import io
import sysconfig
import tokenize
import warnings
from collections import Counter
from functools import cache
from pathlib import Path

import hypothesmith
import pytest
from fixture_files import RULES, config_for
from hypothesis import HealthCheck, given, settings

from perffix.engine.own_rules import ALWAYS_ON
from perffix.engine.runner import check_source
from perffix.fixing.rounds import fix_source
from perffix.model import Applicability, Finding
from perffix.source import SourceError, SourceFile

LIBRARY = Path(sysconfig.get_paths()["stdlib"])
EVERYTHING = config_for(*(code for rule in RULES for code in rule.codes))


@cache
def library_files() -> tuple[Path, ...]:
    """Return all modules of the standard library that the interpreter itself can parse, tests included."""
    found = (path for path in sorted(LIBRARY.rglob("*.py")) if "site-packages" not in path.parts)
    return tuple(path for path in found if _parses(path))


def _parses(path: Path) -> bool:
    try:
        return bool(SourceFile(str(path), path.read_bytes()).tree)
    except SourceError:
        return False


@cache
def findings_in_library() -> dict[Path, list[Finding]]:
    """Return the findings of all rules by file, suppression off."""
    found = {}
    for path in library_files():
        found[path] = check_source(SourceFile(str(path), path.read_bytes()), EVERYTHING, suppress=False)
    return found


def test_no_rule_fails_on_the_standard_library() -> None:
    assert len(library_files()) > 500
    troubles = [f for found in findings_in_library().values() for f in found if f.code in ALWAYS_ON]
    assert troubles == []
    assert sum(map(len, findings_in_library().values())) > 100


def test_findings_lie_inside_of_their_file_and_statement() -> None:
    for path, found in findings_in_library().items():
        source = SourceFile(str(path), path.read_bytes())
        for finding in found:
            spans = [finding.span, *(related.span for related in finding.related if related.path is None)]
            for span in spans:
                assert 1 <= span.line <= span.end_line <= len(source.lines)
                assert span.start < span.end
                assert span.column <= len(source.line(span.line).encode())
                assert span.end_column <= len(source.line(span.end_line).encode())
            first, last = finding.statement
            assert first <= last
            assert first <= finding.span.line


def test_findings_keep_no_tree_alive() -> None:
    def parts(value: object) -> list[object]:
        nested = value if isinstance(value, (tuple, list)) else list(value.values()) if isinstance(value, dict) else []
        return [value, *(part for each in nested for part in parts(each))]

    for found in findings_in_library().values():
        assert not any(isinstance(part, ast.AST) for finding in found for part in parts(finding))


def _fixable(path: Path) -> bool:
    return any(f.fix and f.fix.applicability is Applicability.SAFE for f in findings_in_library()[path])


def test_safe_fixes_of_the_standard_library_parse_keep_comments_and_settle() -> None:
    changed = 0
    for path in filter(_fixable, library_files()):
        if "test" in path.parts:
            continue  # twice the library itself, in files that look alike
        before = SourceFile(str(path), path.read_bytes())
        outcome = fix_source(before, _check, Applicability.SAFE)
        if outcome.refused or not outcome.applied:
            continue
        changed += 1
        after = SourceFile(str(path), outcome.data)
        assert after.tree
        assert _comments(after) == _comments(before), path.name
        again = fix_source(after, _check, Applicability.SAFE)
        assert again.data == outcome.data, path.name
        assert not outcome.rejected, (path.name, outcome.rejected)
    assert changed > 10


def _check(source: SourceFile) -> list[Finding]:
    return check_source(source, EVERYTHING, suppress=False)


def _comments(source: SourceFile) -> Counter[str]:
    tokens = tokenize.generate_tokens(io.StringIO(source.text).readline)
    return Counter(token.string for token in tokens if token.type == tokenize.COMMENT)


@pytest.mark.filterwarnings("ignore::SyntaxWarning")
@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(hypothesmith.from_grammar())
def test_no_generated_program_makes_a_rule_fail(text: str) -> None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text)
    except (SyntaxError, ValueError):
        return
    found = check_source(SourceFile("generated.py", text.encode()), EVERYTHING)
    assert [finding for finding in found if finding.code in ALWAYS_ON] == []
