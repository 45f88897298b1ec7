"""Which rules run on a file: what can be said for all files is worked out once for each set of rules."""

from __future__ import annotations

import ast
from keyword import iskeyword
from typing import TYPE_CHECKING

from perffix.model import Impact
from perffix.semantic.paths import is_test_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from perffix.model import Finding
    from perffix.rules.rule import Rule, Version
    from perffix.semantic.model import SemanticModel

_LOOPS: tuple[type[ast.AST], ...] = (ast.For, ast.While, ast.comprehension, ast.AsyncFor)


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
        # Which rules: a bit for the number of each.
        self._wanting: dict[type[ast.AST] | str, int] = {}  # by what they want to see
        self._naming: dict[str, int] = {}  # by a name of which they need one
        self._telling: dict[
            type[ast.AST] | str, int
        ] = {}  # by a call that spells out what they need: nobody has to look for it
        self._nameless = self._remote = self._in_loops = self._not_in_tests = 0
        self._needs = [_Needs(rule.needs) for rule in self.rules]
        for number, rule in enumerate(self.rules):
            self._enter(rule, self._needs[number], 1 << number)
        classes = {cls for rule in self.rules for cls in rule.classes}
        self.classes = frozenset(classes.union(_LOOPS) if self._in_loops else classes)
        self.calls = frozenset(name for rule in self.rules for name in rule.calls)
        self._literals = frozenset(literal.lower() for rule in self.rules for literal in rule.needs)
        self._any_text = any(not rule.needs for rule in self.rules)

    def _enter(self, rule: Rule, needs: _Needs, bit: int) -> None:
        """Note what a rule goes by."""
        wanted: frozenset[type[ast.AST] | str] = rule.classes | rule.calls
        for each in wanted:
            self._wanting[each] = self._wanting.get(each, 0) | bit
        for name in rule.names:
            self._naming[name] = self._naming.get(name, 0) | bit
        for name in rule.calls:
            if needs.stand_in(name, name.lower(), name):
                self._telling[name] = self._telling.get(name, 0) | bit
        self._nameless |= 0 if rule.names else bit
        self._remote |= bit if rule.remote else 0
        self._in_loops |= bit if rule.in_loops else 0
        self._not_in_tests |= 0 if rule.in_tests else bit

    def wants(self, finding: Finding) -> bool:
        """Tell whether a finding is asked for: its code is active, and it is no milder than its rule promises."""
        return finding.code in self.codes and (finding.impact is not Impact.CONSTANT or finding.code in self.mild)

    def concerns(self, text: str) -> bool:
        """Tell whether a text has what one of the rules needs, so that it is worth a walk."""
        if self._any_text:
            return True
        lowered = text.lower()
        return any(literal in lowered for literal in self._literals)

    def rules_for(self, model: SemanticModel) -> list[Rule]:
        """Return the rules that may find something in a module: each wants what was met there and has what it needs.

        Args:
            model: the module, made for `classes` and `calls`.
        """
        asked = told = 0
        met = model.met()
        for each in met:
            asked |= self._wanting.get(each, 0)
            told |= self._telling.get(each, 0)
        names, named = model.written_names, self._nameless
        for name in self._naming.keys() & names:
            named |= self._naming[name]
        asked &= named
        if asked & self._in_loops and not any(loop in met for loop in _LOOPS):
            asked &= ~self._in_loops
        if asked & self._not_in_tests and is_test_path(model.source.place):
            asked &= ~self._not_in_tests
        if asked & self._remote:
            from perffix.semantic.flow.entrances import may_enter

            if not may_enter(names, model.written_strings, remote=True):
                asked &= ~self._remote
        words, text = "\n".join(model.written_words()), model.source.text
        lowered = words.lower()
        return [
            rule
            for number, rule in enumerate(self.rules)
            if asked >> number & 1 and (told >> number & 1 or self._needs[number].stand_in(words, lowered, text))
        ]


class _Needs:
    """The literals of which one must stand in a file that a rule is to look at; without any, every file will do."""

    __slots__ = ("_any_case", "_as_written", "_phrases", "_without")

    def __init__(self, literals: Iterable[str]) -> None:
        parts = {literal: _words_in(literal) for literal in literals}
        words = [literal for literal, within in parts.items() if within == (literal,)]
        self._any_case = tuple(word for word in words if word.islower())
        self._as_written = tuple(word for word in words if not word.islower())
        # The words of a phrase are looked for first: the whole text is much longer.
        self._phrases = tuple((literal, within) for literal, within in parts.items() if within != (literal,))
        self._without = not parts

    def stand_in(self, words: str, lowered: str, text: str) -> bool:
        """Tell whether one of them stands in a file.

        Args:
            words: the names and strings of its code.
            lowered: the same in lower case.
            text: its whole text.
        """
        for word in self._any_case:  # for every rule and file: several times as fast as `any`
            if word in lowered:
                return True
        for word in self._as_written:
            if word in words:
                return True
        for literal, within in self._phrases:
            if all(part in words for part in within) and literal in text:
                return True
        return self._without


def _words_in(literal: str) -> tuple[str, ...]:
    """Return the parts of a literal that stand in the names or strings of all code that it stands in.

    A single word is its own part, also a keyword: it is meant as a part of names, such as `pass` of `pass_phrase`.
    """
    if literal.isidentifier():
        return (literal,)
    parts = "".join(each if each.isidentifier() or each.isdigit() else " " for each in literal).split()
    return tuple(part for part in parts if part.isidentifier() and not iskeyword(part))
