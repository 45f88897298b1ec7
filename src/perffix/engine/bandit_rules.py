"""bandit's checks among the rules: all of them alone, or those whose number no rule of perffix answers for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.config import COMMAND_LINE, Config, Selector, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from perffix.rules.rule import Rule


def bandit_rules() -> tuple[Rule, ...]:
    """Return a rule for each check of the installed bandit and its plugins, sorted by code.

    Raises:
        UsageError: bandit cannot be imported.
    """
    from perffix.bridges.bandit.checks import load

    try:
        checks = load()
    except ImportError as error:
        raise UsageError(f"bandit's checks cannot be used: {error}") from error
    return tuple(sorted(checks.rules.values(), key=lambda rule: rule.code))


def remaining_bandit_rules(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """Return those of `bandit_rules` whose code and name none of the given rules has."""
    taken = {word for rule in rules for word in (*rule.codes, rule.name)}
    return tuple(rule for rule in bandit_rules() if taken.isdisjoint((rule.code, rule.name)))


def settings_for_bandit(config: Config) -> Config:
    """Return settings under which everything is on that bandit reports.

    What the settings select and ignore is meant for perffix's own rules; only what stands beside the switch itself,
    or on the command line, speaks of bandit's.
    """
    origin = config.origin_of("bandit")

    def meant(selectors: Iterable[Selector]) -> tuple[Selector, ...]:
        return tuple(selector for selector in selectors if selector.origin in (COMMAND_LINE, origin))

    beside = config.origin_of("per-file-ignores") == origin
    return config._replace(
        audit=True,
        builtin_defaults=False,
        select=meant(config.select or ()) or None,
        extend_select=meant(config.extend_select),
        ignore=meant(config.ignore),
        per_file_ignores=config.per_file_ignores if beside else (),
    )
