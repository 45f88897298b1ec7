from __future__ import annotations

from perffix.model import Applicability, Group, Impact, Severity
from perffix.output.rule_table import codes, markdown_table, rule_object, text_table
from perffix.output.terminal import Palette
from perffix.rules.rule import Rule

ONE = Rule(
    code="PERF991",
    name="one-rule",
    summary="Finds `a | b`",
    help="Mend it",
    impact=Impact.MEMORY,
    fix=Applicability.UNSAFE,
)
MANY = Rule(
    code="SEC905",
    name="many-codes-rule",
    summary="Finds more",
    help="Mend it",
    severity=Severity.LOW,
    cwe=259,
    group=Group.AUDIT,
    variants={"SEC906": "in a call", "SEC907": "as a default"},
    before=(3, 11),
)


def test_codes() -> None:
    assert codes(ONE) == "PERF991"
    assert codes(MANY) == "SEC905-907"
    pair = Rule(code="SEC905", name="a-b", summary="", help="", variants={"SEC906": ""})
    apart = Rule(code="SEC905", name="a-b", summary="", help="", variants={"SEC907": "", "SEC909": ""})
    assert codes(pair) == "SEC905, SEC906"
    assert codes(apart) == "SEC905, SEC907, SEC909"


def test_text_table_is_aligned() -> None:
    assert text_table([ONE, MANY], Palette(False)) == (
        "PERF991     one-rule         default  memory        unsafe  Finds `a | b`\n"
        "SEC905-907  many-codes-rule  audit    low severity          Finds more\n"
    )


def test_markdown_table() -> None:
    assert markdown_table([ONE, MANY]) == (
        "| code | name | finds | impact or severity | fix | group |\n"
        "|---|---|---|---|---|---|\n"
        "| PERF991 | one-rule | Finds `a \\| b` | memory | unsafe | default |\n"
        "| SEC905-907 | many-codes-rule | Finds more | low severity |  | audit |\n"
    )


def test_rule_object() -> None:
    assert rule_object(MANY) == {
        "code": "SEC905",
        "codes": ["SEC905", "SEC906", "SEC907"],
        "name": "many-codes-rule",
        "summary": "Finds more",
        "help": "Mend it",
        "group": "audit",
        "impact": None,
        "severity": "low",
        "cwe": 259,
        "fix": None,
        "before": "3.11",
        "documentation": "",
    }
