"""The list of all rules: for a terminal, for the README and for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from perffix.output.terminal import Palette
    from perffix.rules.rule import Rule


def codes(rule: Rule) -> str:
    """Return all codes of a rule, a run of numbers as a range: `SEC105-107`."""
    numbers = [int(code[-3:]) for code in rule.codes] if rule.variants else []
    if len(numbers) > 2 and numbers == list(range(numbers[0], numbers[0] + len(numbers))):
        return f"{rule.code}-{rule.codes[-1][-3:]}"
    return ", ".join(rule.codes)


def weight(rule: Rule) -> str:
    """Return what a finding of the rule costs: its impact or its severity."""
    if rule.impact is not None:
        return rule.impact.value
    return f"{rule.severity.value} severity" if rule.severity is not None else ""


def _row(rule: Rule) -> tuple[str, ...]:
    fix = rule.fix.value if rule.fix is not None else ""
    return codes(rule), rule.name, rule.group.value, weight(rule), fix, rule.summary


def text_table(rules: Iterable[Rule], palette: Palette) -> str:
    """Return one line for each rule: codes, name, group, impact or severity, fix, summary."""
    rows = [_row(rule) for rule in rules]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(5)]
    return "".join(f"{line}\n" for line in _lines(rows, widths, palette))


def _lines(rows: list[tuple[str, ...]], widths: list[int], palette: Palette) -> Iterator[str]:
    for row in rows:
        code, name, *rest = (cell.ljust(width) for cell, width in zip(row, widths, strict=False))
        yield "  ".join((palette.paint("red", code), palette.paint("bold", name), *rest, row[-1])).rstrip()


def markdown_table(rules: Iterable[Rule]) -> str:
    """Return the table in Markdown, as the README shows it."""
    lines = ["| code | name | finds | impact or severity | fix | group |", "|---|---|---|---|---|---|"]
    for rule in rules:
        code, name, group, cost, fix, summary = _row(rule)
        lines.append(f"| {code} | {name} | {_escaped(summary)} | {cost} | {fix} | {group} |")
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")


def rule_object(rule: Rule) -> dict[str, object]:
    """Return a rule as values that JSON knows."""
    return {
        "code": rule.code,
        "codes": list(rule.codes),
        "name": rule.name,
        "summary": rule.summary,
        "help": rule.help,
        "group": rule.group.value,
        "impact": rule.impact.value if rule.impact is not None else None,
        "severity": rule.severity.value if rule.severity is not None else None,
        "cwe": rule.cwe,
        "fix": rule.fix.value if rule.fix is not None else None,
        "before": f"{rule.before[0]}.{rule.before[1]}" if rule.before is not None else None,
        "documentation": rule.documentation,
    }
