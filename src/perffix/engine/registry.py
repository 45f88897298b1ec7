"""All the rules there are: those of the package, found by walking it, and those of installed plugins.

A plugin is a distribution with an entry point in the group `perffix.rules` that names a rule, a module with a
`rule`, or a package of such modules. Looking up entry points costs more than checking a small file, so it is done
only for the names in the setting `plugins`: nothing takes part because it happens to be installed.
"""

from __future__ import annotations

import importlib
import os
import sys
from functools import lru_cache
from typing import TYPE_CHECKING

from perffix.config import UsageError, nearest
from perffix.engine import catalogue
from perffix.engine.own_rules import OWN_RULES
from perffix.rules.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import ModuleType

_PACKAGES = ("perffix.rules.performance", "perffix.rules.security")
_ENTRY_POINTS = "perffix.rules"


class RegistryError(UsageError):
    """Rules that cannot be used together, or a plugin that cannot be loaded; one sentence."""


@lru_cache(maxsize=8)
def load_rules(plugins: tuple[str, ...] = ()) -> tuple[Rule, ...]:
    """Return all rules, sorted by code, each with its `documentation`.

    A rule of the package may be a `ListedRule`, whose module is not imported yet.

    Args:
        plugins: names of entry points in the group `perffix.rules` to take further rules from.

    Raises:
        RegistryError: two rules share a code or a name, a module holds no rule, or a plugin is not installed.
    """
    rules = [rule for package in _PACKAGES for rule in _rules_of_package(package)]
    for name in plugins:
        rules.extend(_rules_of_plugin(name))
    _check_unique([*OWN_RULES, *rules])
    return tuple(sorted(rules, key=lambda rule: rule.code))


def find_rules(text: str, plugins: tuple[str, ...] = ()) -> tuple[Rule, ...]:
    """Return the rules that a person may mean: one for a code, a variant's code or a name, several for a prefix.

    The rules about the check itself are among them; bandit is asked for what only it may have.

    Raises:
        UsageError: nothing is called so; the message names what is nearest.
    """
    rules = (*OWN_RULES, *load_rules(plugins))
    wanted = text.strip()
    found = _called(wanted, rules)
    if not found and wanted:
        from perffix.engine.bandit_rules import remaining_bandit_rules

        rules = (*rules, *remaining_bandit_rules(rules))
        found = _called(wanted, rules)
    if not found:
        known = [word for rule in rules for word in (*rule.codes, rule.name)]
        raise UsageError(f'no rule is called "{text}"{nearest(wanted, known)}')
    return found


def _called(wanted: str, rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """Return the rule with this name or code, else those whose codes begin so."""
    for rule in rules:
        if wanted == rule.name or wanted.upper() in rule.codes:
            return (rule,)
    return tuple(rule for rule in rules if wanted and any(code.startswith(wanted.upper()) for code in rule.codes))


def _rules_of_package(name: str) -> list[Rule]:
    """Return the rules of a package from its catalogue, or import them and write one."""
    package = importlib.import_module(name)
    modules = list(_modules_of(package))
    listed = catalogue.read(package, modules)
    if listed is not None:
        return list(listed)
    rules = {module: _rule_of(importlib.import_module(module)) for module in modules}
    catalogue.write(package, rules)
    return list(rules.values())


def _modules_of(package: ModuleType) -> Iterator[str]:
    """Yield the full names of the modules of a package, sorted, without importing them."""
    names: set[str] = set()
    for place in package.__path__:
        try:
            entries = os.listdir(place)  # noqa: PTH208 - names are all that is needed
        except OSError:  # not a directory: the package lies in a zip file
            import pkgutil

            names.update(module.name for module in pkgutil.iter_modules([place]))
            continue
        names.update(entry[:-3] for entry in entries if entry.endswith(".py"))
    names.discard("__init__")
    for name in sorted(names):
        yield f"{package.__name__}.{name}"


def _rule_of(module: ModuleType) -> Rule:
    """Return the rule that a module assigns, with the module's docstring as its documentation."""
    rule = getattr(module, "rule", None)
    if not isinstance(rule, Rule):
        raise RegistryError(f"the module {module.__name__} does not assign a Rule to the name rule")
    rule.documentation = module.__doc__ or ""
    return rule


def _rules_of_plugin(name: str) -> list[Rule]:
    """Load what an entry point names."""
    from importlib.metadata import entry_points

    points = entry_points(group=_ENTRY_POINTS)
    if name not in points.names:
        raise RegistryError(f'the plugin "{name}" is not installed{nearest(name, points.names)}')
    try:
        loaded = points[name].load()
        if isinstance(loaded, Rule):
            module = sys.modules.get(points[name].module)
            loaded.documentation = loaded.documentation or (module.__doc__ if module else None) or ""
            return [loaded]
        if hasattr(loaded, "__path__") and not hasattr(loaded, "rule"):
            return [_rule_of(importlib.import_module(part)) for part in _modules_of(loaded)]
        return [_rule_of(loaded)]
    except RegistryError:
        raise
    except Exception as error:
        raise RegistryError(f'the plugin "{name}" cannot be loaded: {type(error).__name__}: {error}') from error


def _check_unique(rules: Iterable[Rule]) -> None:
    """Refuse two rules that answer to the same code or name."""
    owners: dict[str, Rule] = {}
    for rule in rules:
        for word in (*rule.codes, rule.name):
            owner = owners.setdefault(word, rule)
            if owner is not rule:
                raise RegistryError(f"{word} is claimed by two rules: {owner!r} and {rule!r}")
        if len({*rule.codes, rule.name}) != len(rule.codes) + 1:
            raise RegistryError(f"{rule!r} lists a code twice")
