"""Which rules run on a file: what can be said for all files is worked out once for each set of rules."""

from __future__ import annotations

from keyword import iskeyword
from typing import TYPE_CHECKING

from perffix.model import Impact

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterable, Mapping

    from perffix.model import Finding
    from perffix.rules.rule import Rule, Version
    from perffix.semantic.model import SemanticModel


class Plan:
    """The active rules for all files that the same selection holds for.

    Attributes:
        codes: the active codes, those about the check itself among them.
        rules: the rules that have an active code and look at a file alone.
        project_rules: the rules that have an active code and look at all modules together; some do both.
        classes: the node classes that any of them wants to see.
        calls: the called names that any of them wants to see.
        target: the oldest Python that the code must run on.
        words: the codes of every known rule, active or not, by its name.
        bandit: the active codes that checks of bandit answer for.
        mild: the active codes whose constant-factor forms are wanted, where the rule itself is about more than that.
        bandit_alone: whether the result is to be what bandit itself reports, with its reading of comments.
        aside: whether the files are tests or migrations: nothing else in the project depends on them.
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
        aside: bool = False,
    ) -> None:
        self.codes = codes
        active = [rule for rule in rules if not codes.isdisjoint(rule.codes)]
        self.rules = tuple(rule for rule in active if not rule.spans_files or rule.classes or rule.calls)
        self.project_rules = tuple(rule for rule in active if rule.spans_files)
        self.target = target
        self.words = words
        self.mild = mild.union(code for rule in active if rule.impact is Impact.CONSTANT for code in rule.codes)
        self.bandit = bandit
        self.bandit_alone = bandit_alone
        self.aside = aside
        self._wanting: dict[type[ast.AST] | str, int] = {}  # which rules: a bit for the number of each
        for number, rule in enumerate(self.rules):
            wanted: frozenset[type[ast.AST] | str] = rule.classes | rule.calls
            for each in wanted:
                self._wanting[each] = self._wanting.get(each, 0) | 1 << number
        self.classes = frozenset(cls for rule in self.rules for cls in rule.classes)
        self.calls = frozenset(name for rule in self.rules for name in rule.calls)
        # The calls of each rule that spell out what it needs: where one was met, nobody has to look for that.
        self._telling = [
            frozenset(name for name in rule.calls if any(literal in name for literal in rule.needs))
            for rule in self.rules
        ]
        self._needs = {literal: _words_in(literal) for rule in self.rules for literal in rule.needs}
        self._any_text = any(not rule.needs for rule in self.rules)

    def wants(self, finding: Finding) -> bool:
        """Tell whether a finding is asked for: its code is active, and it is no milder than its rule promises."""
        return finding.code in self.codes and (finding.impact is not Impact.CONSTANT or finding.code in self.mild)

    def concerns(self, text: str) -> bool:
        """Tell whether a text has what one of the rules needs, so that it is worth a walk."""
        return self._any_text or any(literal in text for literal in self._needs)

    def rules_for(self, model: SemanticModel) -> list[Rule]:
        """Return the rules that may find something in a module: each wants what was met there and has what it needs.

        Args:
            model: the module, made for `classes` and `calls`.
        """
        met = model.met()
        mask = 0
        for each in met:
            mask |= self._wanting[each]
        names, words, text = model.written_names, "\n".join(model.written_words()), model.source.text
        known: dict[str, bool] = {}  # several rules need the same

        def stands(literal: str) -> bool:
            found = known.get(literal)
            if found is None:
                within = self._needs.get(literal, (literal,))
                # The words of a literal are looked for first: the whole text is much longer.
                found = literal in words if literal in within else all(map(stands, within)) and literal in text
                known[literal] = found
            return found

        reached: bool | None = None
        chosen = []
        for number, rule in enumerate(self.rules):
            if not mask >> number & 1 or (rule.names and names.isdisjoint(rule.names)):
                continue
            if rule.remote:
                if reached is None:
                    from perffix.semantic.flow.entrances import may_enter

                    reached = may_enter(names, model.written_strings, remote=True)
                if not reached:
                    continue
            if not rule.needs or not self._telling[number].isdisjoint(met) or any(map(stands, rule.needs)):
                chosen.append(rule)
        return chosen


def _words_in(literal: str) -> tuple[str, ...]:
    """Return the parts of a literal that stand in the names or strings of all code that it stands in."""
    parts = "".join(each if each.isidentifier() or each.isdigit() else " " for each in literal).split()
    return tuple(part for part in parts if part.isidentifier() and not iskeyword(part))
