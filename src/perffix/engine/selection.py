"""Which codes are on, for which file, and why.

A selector is a code (`PERF504`), a prefix of codes down to the family (`PERF5`, `PERF`), a rule's name
(`list-pop-front`, all codes of the rule) or a group word (`all`, `default`, `pedantic`, `audit`).

- A prefix takes in the rules of the default group, and those of a group whose switch (`pedantic`, `audit`) is on. A
  code, a name or a group word takes in the rule whatever its group. Without `select` the empty prefix holds: every
  family.
- Where `select` and `ignore` both match, the more specific one wins: a code or name before a prefix, the longer prefix
  before the shorter, a prefix before a group word. Among equals the command line wins over the file, then `ignore`
  over `select`.
- `per-file-ignores` always ignore. The built-in defaults for tests, examples and migrations yield to a rule that is
  selected by its own code or name.
- A rule that only holds below some Python version is off for a target that is not below it.
- bandit's checks are rules of the group audit, under the numbers that no rule of perffix has. They take part when
  `audit` or `all` is asked for, or a code or name that only bandit has. The setting `bandit` lets them all take part,
  and nothing else.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from perffix.config import COMMAND_LINE, DEFAULT, Config, ConfigError, Selector, nearest
from perffix.engine.own_rules import ALWAYS_ON, OWN_RULES
from perffix.engine.patterns import path_pattern
from perffix.engine.plan import Plan
from perffix.engine.registry import load_rules
from perffix.model import Group, Impact

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterable

    from perffix.rules.rule import Rule

_GROUP_WORDS = {"all": frozenset(Group), **{group.value: frozenset((group,)) for group in Group}}
_EXACT = 1000  # more than any prefix is long
_DEFAULT_SELECTOR = Selector("", DEFAULT)


class Verdict(NamedTuple):
    """Whether a code is on, and the reason in words for the user."""

    on: bool
    why: str


class Mildness(NamedTuple):
    """A built-in default: in files that match, codes that `spares` approves of are off."""

    name: str
    patterns: tuple[str, ...]
    spares: Callable[[Rule, str], bool]
    why: str


# A test chooses what it hashes and encrypts, whom it asks, what it unpacks and what it looks up in its database itself,
# and its servers have no strangers as clients.
_TESTS_OWN = frozenset({"SEC202", "SEC304", "SEC305", "SEC306", "SEC311", "SEC323", "SEC324", "SEC501", "SEC502"})
_TESTS_OWN |= {"SEC503", "SEC504", "SEC505", "SEC506", "SEC608", "SEC834"}
_TESTS_OWN |= {"SEC828", "SEC829", "SEC830", "SEC833"}

BUILTIN_DEFAULTS = (
    Mildness(
        "tests",
        ("test_*.py", "*_test.py", "tests.py", "conftest.py", "tests/", "test/", "testing/"),
        lambda rule, code: code.startswith(("SEC1", "PERF7")) or code in _TESTS_OWN or rule.impact is Impact.CONSTANT,
        "the built-in default for tests: made-up passwords, servers and databases of their own and constant factors do"
        " no harm there",
    ),
    Mildness(
        "examples",
        ("examples/", "example/", "samples/", "demos/", "demo/", "tutorials/", "tutorial/"),
        lambda rule, code: code == "SEC113",
        "the built-in default for examples: no service stops when one of them waits for ever",
    ),
    Mildness(
        "migrations",
        ("migrations/",),
        lambda rule, code: code == "SEC608" or code.startswith("PERF7") or rule.impact is Impact.CONSTANT,
        "the built-in default for migrations: they run once, without input from outside",
    ),
)


@lru_cache(maxsize=256)
def selection_for(config: Config) -> Selection:
    """Return the selection of the known rules under these settings. Raises UsageError."""
    rules = load_rules(config.plugins)
    if not config.bandit and not _asks_for_bandit(config, rules):
        return Selection(rules, config)
    from perffix.engine.bandit_rules import bandit_rules, remaining_bandit_rules, settings_for_bandit

    if config.bandit:
        return Selection((), settings_for_bandit(config), bandit_rules())
    return Selection(rules, config, remaining_bandit_rules(rules))


def _asks_for_bandit(config: Config, rules: Iterable[Rule]) -> bool:
    """Tell whether rules are wanted that only bandit may have. Importing it costs more than a small check."""
    if config.audit:
        return True
    selectors = (*(config.select or ()), *config.extend_select)
    return any(
        Group.AUDIT in _GROUP_WORDS.get(selector.text, ()) or not _means_some(selector.text, rules)
        for selector in selectors
    )


def _means_some(text: str, rules: Iterable[Rule]) -> bool:
    """Tell whether a selector is a group word, or the name, a code or the beginning of a code of some rule."""
    return text in _GROUP_WORDS or any(
        text == rule.name or any(code.startswith(text.upper()) for code in rule.codes) for rule in (*rules, *OWN_RULES)
    )


def _is_bandit_number(text: str) -> bool:
    """Tell whether a selector may be the number of a check in some version of bandit, known or not."""
    return len(text) == 6 and text[:3].upper() == "SEC" and text[3:].isdigit() and text[3] in "1234567"


class Selection:
    """Answers for each code and file whether it is on.

    Args:
        rules: all known rules, without those about the check itself.
        config: the settings.
        bandit: the rules that stand for checks of bandit.

    Raises:
        ConfigError: a selector names nothing; the message names what is nearest.
    """

    def __init__(self, rules: Iterable[Rule], config: Config, bandit: Iterable[Rule] = ()) -> None:
        self.config = config
        self._bandit = frozenset(bandit)
        self.rules = (*rules, *sorted(self._bandit, key=lambda rule: rule.code))
        self._owners = {code: rule for rule in (*self.rules, *OWN_RULES) for code in rule.codes}
        self._words = {rule.name: rule.codes for rule in (*self.rules, *OWN_RULES)}
        self._switched = {Group.DEFAULT}
        self._switched |= {Group.PEDANTIC} if config.pedantic else set()
        self._switched |= {Group.AUDIT} if config.audit else set()
        for key, selectors in (
            ("select", config.select or ()),
            ("extend-select", config.extend_select),
            ("ignore", config.ignore),
        ):
            for selector in selectors:
                self._check(selector.text, key, selector.origin)
        origin = config.origin_of("per-file-ignores")
        for _, ignored in config.per_file_ignores:
            for text in ignored:
                self._check(text, "per-file-ignores", origin)
        self._files = self._file_patterns()
        self._verdicts = {code: self._judge(code, rule) for code, rule in self._owners.items()}
        self._plans: dict[tuple[int, ...], Plan] = {}

    def verdict(self, code: str, path: str | None = None) -> Verdict:
        """Tell whether a known code is on, for one file or in general, and why. Raises KeyError if unknown."""
        verdict = self._verdicts[code]
        if path is None or not verdict.on:
            return verdict
        return self._in_files(code, self._matching(path)) or verdict

    def plan(self, path: str) -> Plan:
        """Return the active rules for a file; the same object for all files that are treated alike."""
        matching = self._matching(path)
        plan = self._plans.get(matching)
        if plan is None:
            codes = frozenset(
                code
                for code, verdict in self._verdicts.items()
                if verdict.on and self._in_files(code, matching) is None
            )
            plan = self._plans[matching] = self._plan(
                codes, aside=any(number >= len(self.config.per_file_ignores) for number in matching)
            )
        return plan

    def _plan(self, codes: frozenset[str], *, aside: bool) -> Plan:
        pedantic = self.config.pedantic
        mild = frozenset(code for code in codes if pedantic or self._named(code, self._owners[code]))
        return Plan(
            [rule for rule in self.rules if rule not in self._bandit],
            codes,
            self.config.target_version,
            self._words,
            mild=mild,
            bandit=codes & {rule.code for rule in self._bandit},
            bandit_alone=self.config.bandit,
            aside=aside,
        )

    def _check(self, text: str, key: str, origin: str) -> None:
        """Refuse a selector that names nothing. Ignoring what only another version of bandit has is no mistake."""
        if _means_some(text, self.rules) or (_is_bandit_number(text) and "ignore" in key):
            return
        known = (*self._owners, *self._words, *_GROUP_WORDS)
        raise ConfigError(f'{origin}: "{text}" in {key} names no rule{nearest(text, known)}')

    def _specificity(self, text: str, code: str, rule: Rule) -> int:
        """Return how specific a selector is for a code, -1 when it does not match it. Groups are not looked at."""
        if text in _GROUP_WORDS:
            return 0 if rule.group in _GROUP_WORDS[text] else -1
        if text == rule.name or text.upper() == code:
            return _EXACT
        return len(text) if code.startswith(text.upper()) and text not in self._words else -1

    def _judge(self, code: str, rule: Rule) -> Verdict:
        """Decide on a code for files that no pattern matches."""
        config = self.config
        if code in ALWAYS_ON:
            return Verdict(True, "always on")
        chosen = config.select if config.select is not None else (_DEFAULT_SELECTOR,)
        selected = self._strongest((*chosen, *config.extend_select), code, rule, selecting=True)
        if selected is None:
            if rule.group not in self._switched and rule.group is not Group.DEFAULT:
                return Verdict(False, f'in the group "{rule.group.value}", which is not switched on')
            return Verdict(False, f"not selected ({config.origin_of('select')})")
        ignored = self._strongest(config.ignore, code, rule, selecting=False)
        if ignored is not None and ignored[0] >= selected[0]:
            return Verdict(False, f'ignored by "{ignored[1].text}" ({ignored[1].origin})')
        if rule.before is not None and config.target_version >= rule.before:
            limit, target = (".".join(map(str, version)) for version in (rule.before, config.target_version))
            return Verdict(False, f"only holds below Python {limit}, the target is {target}")
        word = selected[1].text
        return Verdict(True, f'selected by "{word}" ({selected[1].origin})' if word else "on by default")

    def _strongest(
        self, selectors: Iterable[Selector], code: str, rule: Rule, *, selecting: bool
    ) -> tuple[tuple[int, bool], Selector] | None:
        """Return the most specific matching selector with its rank, None without one."""
        best: tuple[tuple[int, bool], Selector] | None = None
        for selector in selectors:
            specificity = self._specificity(selector.text, code, rule)
            if specificity < 0:
                continue
            by_prefix = specificity < _EXACT and selector.text not in _GROUP_WORDS
            if selecting and by_prefix and rule.group not in self._switched:
                continue
            rank = (specificity, selector.origin == COMMAND_LINE)
            if best is None or rank > best[0]:
                best = rank, selector
        return best

    def _file_patterns(self) -> tuple[re.Pattern[str] | None, ...]:
        """Return the expressions of `per-file-ignores`, then those of the built-in defaults."""
        patterns = [path_pattern((pattern,)) for pattern, _ in self.config.per_file_ignores]
        if self.config.builtin_defaults:
            patterns.extend(path_pattern(mildness.patterns) for mildness in BUILTIN_DEFAULTS)
        return tuple(patterns)

    def _matching(self, path: str) -> tuple[int, ...]:
        """Return the numbers of the patterns that match a file."""
        relative = self.config.relative(path)
        return tuple(
            number for number, pattern in enumerate(self._files) if pattern is not None and pattern.fullmatch(relative)
        )

    def _in_files(self, code: str, matching: Iterable[int]) -> Verdict | None:
        """Return the verdict that turns a code off in files that match these patterns, None if it stays on."""
        if code in ALWAYS_ON:
            return None
        rule = self._owners[code]
        own = self.config.per_file_ignores
        for number in matching:
            if number < len(own):
                pattern, selectors = own[number]
                for text in selectors:
                    if self._specificity(text, code, rule) >= 0:
                        origin = self.config.origin_of("per-file-ignores")
                        return Verdict(False, f'ignored by "{text}" in files like "{pattern}" ({origin})')
                continue
            mildness = BUILTIN_DEFAULTS[number - len(own)]
            if mildness.spares(rule, code) and not self._named(code, rule):
                return Verdict(False, mildness.why)
        return None

    def _named(self, code: str, rule: Rule) -> bool:
        """Tell whether a code is selected by itself or by its rule's name."""
        selectors = (*(self.config.select or ()), *self.config.extend_select)
        return any(self._specificity(selector.text, code, rule) == _EXACT for selector in selectors)
