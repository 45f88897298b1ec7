"""Fixing one file: rounds of fixes, each verified, until nothing is left that may be fixed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from perffix.fixing.errors import FixError, RefusedError
from perffix.fixing.overlaps import apart
from perffix.fixing.rewriter import PreparedFix, Rewriter
from perffix.fixing.verification import Identity, State, verified
from perffix.model import Applicability

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from perffix.model import Finding
    from perffix.source import SourceFile

MOST_ROUNDS = 10


class Rejection(NamedTuple):
    """A fix that was asked for and not applied. The finding's place is in the final text."""

    finding: Finding
    reason: str

    @property
    def code(self) -> str:
        """The rule's code."""
        return self.finding.code

    @property
    def line(self) -> int:
        """The line of the finding."""
        return self.finding.span.line


class FixOutcome(NamedTuple):
    """What became of a file.

    Attributes:
        data: its bytes now; the same as before when nothing could be fixed.
        applied: the findings that were fixed, in the order of the rounds.
        rejected: the fixes that were allowed and could not be applied, each with the reason.
        refused: why the file as a whole was left alone, or None.
        rounds: how many rounds changed something.
    """

    data: bytes
    applied: tuple[Finding, ...] = ()
    rejected: tuple[Rejection, ...] = ()
    refused: str | None = None
    rounds: int = 0


def fix_source(
    source: SourceFile, check: Callable[[SourceFile], Sequence[Finding]], allowed: Applicability
) -> FixOutcome:
    """Apply the fixes of a file's findings, nothing else, and return what became of it. No disk is touched.

    Of fixes that overlap the first is applied and the others wait for the next round. After each round the result
    must parse to exactly the intended tree, the findings that were fixed must be gone, no worse one may be new, and
    no comment may be lost unless unsafe fixes are allowed. Fixes that break this are left out and reported.

    Args:
        source: the file.
        check: finds what is to be fixed; findings without a fix, or with one that is not allowed, only count as
            findings that may not multiply. What it raises is passed on, `SourceError` of an unreadable file too.
        allowed: the lowest applicability that is applied; fixes that are only to be shown never are.
    """
    return _Fixing(check, allowed).run(State(source, check(source)))


class _Fixing:
    """The state of one call of `fix_source`."""

    def __init__(self, check: Callable[[SourceFile], Sequence[Finding]], allowed: Applicability) -> None:
        self.check = check
        self.allowed = Applicability.UNSAFE if allowed is Applicability.DISPLAY else allowed
        self.applied: list[Finding] = []
        self._failed: dict[Identity, list[str]] = {}

    def run(self, state: State) -> FixOutcome:
        rounds = 0
        refused: str | None = None
        while candidates := self._candidates(state):
            try:
                if rounds == MOST_ROUNDS:
                    raise RefusedError(f"the file still changes after {MOST_ROUNDS} rounds")
                after = self._round(state, apart(candidates))
            except RefusedError as error:
                if rounds == 0:
                    refused = str(error)
                for finding in candidates if rounds else ():
                    self._reject(state, finding, error)
                break
            rounds += after is not state
            state = after
        return FixOutcome(state.source.data, tuple(self.applied), self._rejected(state), refused, rounds)

    def _rejected(self, state: State) -> tuple[Rejection, ...]:
        """Return why the findings that are left were not fixed.

        One whose line another fix has changed was tried again and has a newer reason; the older is forgotten.
        """
        reasons = {identity: iter(reasons) for identity, reasons in self._failed.items()}
        rejected: list[Rejection] = []
        for finding in sorted(state.findings, key=lambda finding: finding.sort_key):
            reason = next(reasons.get(state.identity(finding), iter(())), None)
            if reason is not None:
                rejected.append(Rejection(finding, reason))
        return tuple(rejected)

    def _candidates(self, state: State) -> list[Finding]:
        """Return the findings whose fixes may be tried: those allowed, without those that have failed before."""
        failed = {identity: len(reasons) for identity, reasons in self._failed.items()}
        candidates: list[Finding] = []
        for finding in sorted(state.findings, key=lambda finding: finding.sort_key):
            fix = finding.fix
            if fix is None or not (fix.edits or fix.adds or fix.removes):
                continue
            if fix.applicability.rank < self.allowed.rank:
                continue
            identity = state.identity(finding)
            if failed.get(identity):
                failed[identity] -= 1
            else:
                candidates.append(finding)
        return candidates

    def _round(self, state: State, candidates: Sequence[Finding]) -> State:
        """Apply the fixes that can be applied together, and reject those that cannot be applied at all."""
        rewriter = Rewriter(state.source)
        prepared: list[tuple[Finding, PreparedFix]] = []
        for finding in candidates:
            assert finding.fix is not None
            try:
                prepared.append((finding, rewriter.prepare(finding.fix)))
            except FixError as error:
                self._reject(state, finding, error)
        kept: list[tuple[Finding, PreparedFix]] = []
        result = self._settle(rewriter, state, state, kept, prepared)
        self.applied += [finding for finding, _ in kept]
        return result

    def _settle(
        self,
        rewriter: Rewriter,
        start: State,
        reached: State,
        kept: list[tuple[Finding, PreparedFix]],
        more: Sequence[tuple[Finding, PreparedFix]],
    ) -> State:
        """Add fixes to those kept, halving them until those that spoil the result stand alone.

        Args:
            rewriter: of the file at the start of the round.
            start: the state at the start of the round.
            reached: the state with the fixes kept so far.
            kept: these fixes; those that hold are added to it.
            more: the fixes to add.
        """
        if not more:
            return reached
        together = [*kept, *more]
        try:
            after = rewriter.rewrite([prepared for _, prepared in together])
            fixed = [finding for finding, _ in together]
            state = verified(start, fixed, after, self.check, self.allowed)
        except FixError as error:
            if len(more) == 1:
                self._reject(start, more[0][0], error)
                return reached
            middle = len(more) // 2
            reached = self._settle(rewriter, start, reached, kept, more[:middle])
            return self._settle(rewriter, start, reached, kept, more[middle:])
        kept.extend(more)
        return state

    def _reject(self, state: State, finding: Finding, error: FixError | RefusedError) -> None:
        self._failed.setdefault(state.identity(finding), []).append(str(error))
