"""Which handlers run on a file: worked out once for each set of rules, then looked up."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from perffix.model import Impact

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterable, Mapping

    from perffix.model import Finding
    from perffix.rules.rule import Rule, Version

_MOST_DISPATCHES = 4096  # so many different sets of rules are kept; a tree that needs more starts anew


class Dispatch(NamedTuple):
    """The rules that can find something in one text, and the nodes and calls that they want to see."""

    rules: tuple[Rule, ...]
    classes: frozenset[type[ast.AST]]
    calls: frozenset[str]


class Plan:
    """The active rules for all files that the same selection holds for.

    Attributes:
        codes: the active codes, those about the check itself among them.
        rules: the rules that have an active code.
        target: the oldest Python that the code must run on.
        words: the codes of every known rule, active or not, by its name.
        bandit: the active codes that checks of bandit answer for.
        mild: the active codes whose constant-factor forms are wanted, where the rule itself is about more than that.
        bandit_alone: whether the result is to be what bandit itself reports, with its reading of comments.
    """

    def __init__(
        self,
        rules: Iterable[Rule],
        codes: frozenset[str],
        target: Version,
        words: Mapping[str, tuple[str, ...]],
        *,
        mild: frozenset[str] = frozenset(),
        bandit: frozenset[str] = frozenset(),
        bandit_alone: bool = False,
    ) -> None:
        self.codes = codes
        self.rules = tuple(rule for rule in rules if not codes.isdisjoint(rule.codes))
        self.target = target
        self.words = words
        self.mild = mild.union(code for rule in self.rules if rule.impact is Impact.CONSTANT for code in rule.codes)
        self.bandit = bandit
        self.bandit_alone = bandit_alone
        needs: dict[str, int] = {}
        self._always = 0
        for number, rule in enumerate(self.rules):
            if not rule.needs:
                self._always |= 1 << number
            for literal in rule.needs:
                needs[literal] = needs.get(literal, 0) | 1 << number
        self._needs = tuple(needs.items())
        self._dispatches: dict[int, Dispatch] = {}

    def wants(self, finding: Finding) -> bool:
        """Tell whether a finding is asked for: its code is active, and it is no milder than its rule promises."""
        return finding.code in self.codes and (finding.impact is not Impact.CONSTANT or finding.code in self.mild)

    def dispatch(self, text: str) -> Dispatch:
        """Return the rules worth running on a text: those without needs and those of which one literal is in it."""
        mask = self._always
        for literal, rules in self._needs:
            if mask & rules != rules and literal in text:
                mask |= rules
        found = self._dispatches.get(mask)
        if found is None:
            if len(self._dispatches) >= _MOST_DISPATCHES:
                self._dispatches.clear()
            found = self._dispatches[mask] = self._build(mask)
        return found

    def _build(self, mask: int) -> Dispatch:
        rules = tuple(rule for number, rule in enumerate(self.rules) if mask >> number & 1)
        return Dispatch(
            rules,
            frozenset(cls for rule in rules for cls, _ in rule.node_handlers),
            frozenset(name for rule in rules for name, _ in rule.call_handlers),
        )
