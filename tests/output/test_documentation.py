from __future__ import annotations

from perffix.model import Applicability, Group, Impact, Severity
from perffix.output.documentation import rule_page
from perffix.output.terminal import Palette
from perffix.rules.rule import Rule

RULE = Rule(
    code="PERF599",
    name="list-as-queue",
    summary="A list is used as a queue",
    help="Use collections.deque",
    impact=Impact.ASYMPTOTIC,
    group=Group.PEDANTIC,
    fix=Applicability.SAFE,
    before=(3, 11),
)
RULE.documentation = """A list is used as a queue.

## What it does
Reports `queue.pop(0)`, see [the manual](https://docs.python.org/3/), **always**.

## Example
```python
x = [1, 2]  # ## no heading, | no table
    indented = 1
```

| size | slow |
|---|--:|
| 10 | 1 |
| 10000 | a \\| b |

End.
"""


def test_page_without_colours() -> None:
    assert rule_page(RULE, Palette(False)) == (
        "PERF599 list-as-queue: A list is used as a queue\n"
        "\n"
        "impact: asymptotic\n"
        "group: pedantic (--pedantic)\n"
        "fix: safe\n"
        "holds for: code that still runs on Python below 3.11\n"
        "remedy: Use collections.deque\n"
        "\n"
        "A list is used as a queue.\n"
        "\n"
        "What it does\n"
        "Reports `queue.pop(0)`, see the manual <https://docs.python.org/3/>, always.\n"
        "\n"
        "Example\n"
        "    x = [1, 2]  # ## no heading, | no table\n"
        "        indented = 1\n"
        "\n"
        "  size   slow\n"
        "  10     1\n"
        "  10000  a | b\n"
        "\n"
        "End.\n"
    )


def test_page_with_colours() -> None:
    page = rule_page(RULE, Palette(True))
    assert "\x1b[1mWhat it does\x1b[0m\n" in page
    assert "Reports \x1b[36mqueue.pop(0)\x1b[0m, see" in page
    assert "\x1b[1malways\x1b[0m" in page


def test_variants_severity_and_weakness() -> None:
    rule = Rule(
        code="SEC105", name="hard-coded-password", summary="s", help="h", severity=Severity.LOW, cwe=259,
        variants={"SEC106": "as an argument"},
    )  # fmt: skip
    page = rule_page(rule, Palette(False))
    assert "severity: low\ncwe: CWE-259\ngroup: default\nfix: none\nvariant: SEC106 as an argument\n" in page


def test_documentation_cannot_steer_the_terminal() -> None:
    rule = Rule(code="PERF598", name="some-rule", summary="s", help="h")
    rule.documentation = "Plain.\x1b[2J\n\n```\n\x07\n```\n"
    assert "\x1b" not in rule_page(rule, Palette(False))
    assert "\x07" not in rule_page(rule, Palette(False))
