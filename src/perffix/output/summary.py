"""What a run comes to, in a line or two: all that most runs have to say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.model import Applicability

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

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
    return f"Found {_counted(findings, '')} ({checked} checked){_fixable(findings)}\n"


def summary_of_fixes(fixed: Iterable[tuple[str, int]], left: Iterable[Finding], checked: int, *, written: bool) -> str:
    """Return the closing line of a check that fixed something, or showed what it would fix.

    Args:
        fixed: how many problems were fixed, by path.
        left: what is found then.
        checked: how many files were looked at.
        written: whether the files were written.
    """
    numbers = [number for _, number in fixed]
    left = list(left)
    done = f"{'Fixed' if written else 'Would fix'} {count(sum(numbers), 'problem')} in {count(len(numbers), 'file')}"
    if not left:
        rest = "none left" if written else "leave none"
        scope = count(checked, "file")
    else:
        rest = _counted(left, " left") if written else f"leave {_counted(left, '')}"
        scope = str(checked)
    return f"{done}{', ' if written else ' and '}{rest} ({scope} checked){_fixable(left)}\n"


def _counted(findings: Sequence[Finding], word: str) -> str:
    files = len({finding.path for finding in findings})
    return f"{count(len(findings), 'problem')}{word} in {count(files, 'file')}"


def _fixable(findings: Iterable[Finding]) -> str:
    """Return how many of some findings which option would fix, after a comma; nothing when there are none."""
    levels = [finding.fix.applicability for finding in findings if finding.fix is not None]
    safe, unsafe = levels.count(Applicability.SAFE), levels.count(Applicability.UNSAFE)
    text = f", {safe} fixable with --apply" if safe else ""
    if unsafe:
        text += f", {unsafe} {'more' if safe else 'fixable'} with --apply --unsafe-fixes"
    return text
