"""A rule's documentation for a terminal: the Markdown of its module without what only a browser needs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from perffix.output.terminal import cells, harmless

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.output.terminal import Palette
    from perffix.rules.rule import Rule

_LINK = re.compile(r"\[([^\]]+)\]\((https?://[^)\s]+)\)")
_STRONG = re.compile(r"\*\*([^*]+)\*\*")
_CODE = re.compile(r"(`+)(.+?)\1")
_CELL = re.compile(r"(?<!\\)\|")


def rule_page(rule: Rule, palette: Palette) -> str:
    """Return what `perffix rule CODE` shows: the facts of a rule and its documentation."""
    paint = palette.paint
    lines = [f"{paint('red', rule.code)} {paint('bold', rule.name)}: {rule.summary}", ""]
    lines += [f"{paint('cyan', label)}: {value}" for label, value in rule_facts(rule)]
    lines += [f"{paint('cyan', 'variant')}: {code} {text}" for code, text in rule.variants.items()]
    lines += [f"{paint('cyan', 'remedy')}: {rule.help}", ""]
    lines += _rendered(rule.documentation, palette)
    return "\n".join(lines).rstrip() + "\n"


def rule_facts(rule: Rule) -> Iterator[tuple[str, str]]:
    """Yield label and value of what a rule declares about itself, without what it leaves open."""
    if rule.impact is not None:
        yield "impact", rule.impact.value
    if rule.severity is not None:
        yield "severity", rule.severity.value
    if rule.cwe is not None:
        yield "cwe", f"CWE-{rule.cwe}"
    yield "group", group_switch(rule)
    yield "fix", rule.fix.value if rule.fix is not None else "none"
    if rule.before is not None:
        yield "holds for", f"code that still runs on Python below {rule.before[0]}.{rule.before[1]}"


def group_switch(rule: Rule) -> str:
    """Return a rule's group and, if it is not on by default, the switch that brings it in."""
    group = rule.group.value
    return group if group == "default" else f"{group} (--{group})"


def _rendered(markdown: str, palette: Palette) -> Iterator[str]:
    table: list[list[str]] = []
    fenced = False
    for raw in markdown.strip().splitlines():
        line = raw.rstrip()
        if line.lstrip().startswith("```"):
            fenced = not fenced
            continue
        if not fenced and line.startswith("|"):
            table.append([_inline(cell.strip().replace("\\|", "|"), palette) for cell in _CELL.split(line)[1:-1]])
            continue
        yield from _aligned(table)
        table = []
        if fenced:
            yield f"    {harmless(line)}".rstrip()
        elif line.startswith("#"):
            yield palette.paint("bold", harmless(line.lstrip("#").strip()))
        else:
            yield _inline(line, palette)
    yield from _aligned(table)


def _inline(text: str, palette: Palette) -> str:
    text = _LINK.sub(r"\1 <\2>", harmless(text))
    text = _STRONG.sub(lambda found: palette.paint("bold", found[1]), text)
    if palette.on:
        text = _CODE.sub(lambda found: palette.paint("cyan", found[2]), text)
    return text


def _aligned(table: list[list[str]]) -> Iterator[str]:
    """Yield the rows of a table with its columns made equally wide; the rule under the head is dropped."""
    rows = [row for row in table if not all(re.fullmatch(r":?-+:?", cell) for cell in row)]
    if not rows:
        return
    widths = [max(_width(row[index]) for row in rows if index < len(row)) for index in range(max(map(len, rows)))]
    for row in rows:
        padded = (cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=False))
        yield ("  " + "  ".join(padded)).rstrip()


def _width(cell: str) -> int:
    return cells(re.sub(r"\x1b\[[0-9;]*m", "", cell))
