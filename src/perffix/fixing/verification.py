"""What must hold of a file after fixes: the fixed findings are gone, none is new that is worse, no comment is lost."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from perffix.fixing.errors import FixError
from perffix.model import Applicability
from perffix.source import SourceError, SourceFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from perffix.model import Finding

_NUMBER = re.compile(r"\d+")

Identity = tuple[str, str, str]


class State(NamedTuple):
    """A file and what is found in it."""

    source: SourceFile
    findings: Sequence[Finding]

    def identity(self, finding: Finding) -> Identity:
        """Return what a finding is still known by when its lines have moved."""
        message = _NUMBER.sub("#", finding.message)
        return finding.code, message, self.source.line(finding.span.line).strip()

    @property
    def identities(self) -> Counter[Identity]:
        """How many findings there are of each identity."""
        return Counter(self.identity(finding) for finding in self.findings)

    @property
    def codes(self) -> Counter[str]:
        """How many findings there are of each code."""
        return Counter(finding.code for finding in self.findings)


def verified(
    before: State,
    fixed: Iterable[Finding],
    after: SourceFile,
    check: Callable[[SourceFile], Sequence[Finding]],
    allowed: Applicability,
) -> State:
    """Return the state after fixes; raises `FixError` with the reason when it is not what it should be.

    New findings are told by the number of each code: fixing one finding may change the line, and thereby the
    identity, of another. What a fix lays bare is no reason to reject it when that costs no more, or is fixed next.
    Where only safe fixes are allowed, one that would lose a comment is not safe.
    """
    fixed = list(fixed)
    try:
        after.tree  # noqa: B018 - parsed for its error
    except SourceError as error:
        raise FixError(f"the result {error}") from error
    if allowed is Applicability.SAFE and _comments(before.source) - _comments(after):
        raise FixError("a comment would be lost")
    state = State(after, check(after))
    gone = Counter(before.identity(finding) for finding in fixed)
    expected, found = before.identities, state.identities
    if any(found[identity] > expected[identity] - count for identity, count in gone.items()):
        raise FixError("the finding would still be there")
    codes = before.codes
    codes.subtract(finding.code for finding in fixed)
    more = {code for code, count in state.codes.items() if count > codes[code]}
    new = [finding for finding in state.findings if finding.code in more and not expected[state.identity(finding)]]
    tolerated = {finding.code for finding in new}
    worse = more - tolerated | {finding.code for finding in new if _is_worse(finding, fixed, allowed)}
    if worse:
        raise FixError(f"the result would have a new finding, {', '.join(sorted(worse))}")
    return state


def _is_worse(new: Finding, fixed: Iterable[Finding], allowed: Applicability) -> bool:
    """Tell whether a finding that fixes lay bare costs more than all that is gone, and stays."""
    costs = [finding.impact.rank for finding in fixed if finding.impact is not None]
    if new.impact is None or not costs:
        return True
    is_fixed_next = new.fix is not None and new.fix.applicability.rank >= allowed.rank
    return not is_fixed_next and new.impact.rank > max(costs)


def _comments(source: SourceFile) -> Counter[str]:
    return Counter(comment.text for comment in source.comments)
