"""SEC105 and SEC801 together: who answers for what, and that no finding shows the secret that it found."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest
from fixture_files import RULES, findings_in, folder_of, read_fixture

from perffix.model import Severity, Span
from perffix.semantic.secrets.tokens import crc32_base62

if TYPE_CHECKING:
    from perffix.rules.rule import Rule

PASSWORDS = next(rule for rule in RULES if rule.code == "SEC105")
TOKENS = next(rule for rule in RULES if rule.code == "SEC801")
GITHUB = "ghp" + "_" + "MadeUpMadeUpMadeUpMadeUpMadeUp" + crc32_base62("MadeUpMadeUpMadeUpMadeUpMadeUp")


def text_of(node: ast.AST) -> str:
    """Return what a literal holds; of an f-string the longest part."""
    parts = [part.value for part in ast.walk(node) if isinstance(part, ast.Constant)]
    return max((part if isinstance(part, str) else str(part) for part in parts), key=len, default="")


@pytest.mark.parametrize("rule", [PASSWORDS, TOKENS], ids=lambda rule: rule.code)
def test_findings_mark_the_literal_and_never_show_it(rule: Rule) -> None:
    text = read_fixture(folder_of(rule) / "flagged.py").text
    literals = [node for node in ast.walk(ast.parse(text)) if isinstance(node, (ast.Constant, ast.JoinedStr))]
    values = {Span.of(node): text_of(node) for node in reversed(literals)}
    findings = findings_in(text, rule)
    assert findings
    for finding in findings:
        assert finding.secret
        assert finding.fix is not None
        value = values[finding.span]
        assert len(value) >= 4
        assert value not in str(finding)
        assert value[4:] not in str(finding._replace(path="", span=Span(0, 0, 0, 0)))


def test_one_rule_answers_for_one_literal() -> None:
    text = f'api_key = "{GITHUB}"\ndatabase_password = "postgresql://billing:kT4!vRw9-zLq@db.internal/x"\n'
    assert findings_in(text, PASSWORDS) == []
    assert [finding.span.line for finding in findings_in(text, TOKENS)] == [1, 2]


def test_a_key_that_is_a_secret_itself_is_not_shown() -> None:
    other = GITHUB.replace("MadeUp", "Madeup")
    other = other[:-6] + crc32_base62(other[4:-6])
    findings = findings_in(f'owners = {{"{GITHUB}": "{other}"}}\n', TOKENS)
    assert len(findings) == 2
    for finding in findings:
        assert GITHUB not in str(finding)
        assert other not in str(finding)


def test_in_tests_only_what_a_checksum_proves() -> None:
    text = f'token = "{GITHUB}"\npassword = "kT4!vRw9-zLq"\nurl = "mysql://app:kT4!vRw9@db1.prod.net/app"\n'
    path = "tests/test_login.py"
    assert findings_in(text, PASSWORDS, path) == []
    (found,) = findings_in(text, TOKENS, path)
    assert (found.span.line, found.severity) == (1, Severity.LOW)
    assert found.fix is not None
    assert found.fix.edits == ()


def test_non_ascii_lines_and_nested_strings() -> None:
    text = 'größe, password = "ü", "kT4!vRw9-zLq"\nf"{connect(password=\'kT4!vRw9-zLr\')}"\n'
    first, second = findings_in(text, PASSWORDS)
    assert first.span == Span(1, 26, 1, 40)
    assert second.span.line == 2


def test_what_its_checksum_refutes_is_no_secret_under_any_name() -> None:
    forged = GITHUB[:-1] + ("a" if GITHUB[-1] != "a" else "b")
    text = f'github_token = "{forged}"\n'
    assert findings_in(text, PASSWORDS) == findings_in(text, TOKENS) == []
