"""What a run comes to, in a line or two: all that most runs have to say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.model import Applicability

if TYPE_CHECKING:
    from collections.abc import Iterable

    from perffix.model import Finding


def count(number: int, noun: str) -> str:
    """Return `1 problem`, `2 problems`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def statistics(findings: Iterable[Finding]) -> str:
    """Return one line for each rule, the most frequent first: how often, code and name."""
    counts: dict[tuple[str, str], int] = {}
    for finding in findings:
        key = finding.code, finding.name
        counts[key] = counts.get(key, 0) + 1
    width = max((len(str(number)) for number in counts.values()), default=0)
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return "".join(f"{number:>{width}}  {code} {name}\n" for (code, name), number in ranked)


def summary(findings: Iterable[Finding], checked: int) -> str:
    """Return the closing line of a check: how much was found where, and how much of it can be fixed."""
    findings = list(findings)
    if not findings:
        return f"No problems found ({count(checked, 'file')} checked)\n"
    files = len({finding.path for finding in findings})
    text = f"Found {count(len(findings), 'problem')} in {count(files, 'file')} ({checked} checked)"
    levels = [finding.fix.applicability for finding in findings if finding.fix is not None]
    safe, unsafe = levels.count(Applicability.SAFE), levels.count(Applicability.UNSAFE)
    if safe:
        text += f", {safe} fixable with --apply"
    if unsafe:
        text += f", {unsafe} {'more' if safe else 'fixable'} with --apply --unsafe-fixes"
    return text + "\n"


def summary_of_fixes(fixed: Iterable[tuple[str, int]], verb: str) -> str:
    """Return the line that says how many problems were fixed, or would be, in how many files."""
    numbers = [number for _, number in fixed]
    return f"{verb} {count(sum(numbers), 'problem')} in {count(len(numbers), 'file')}\n"
