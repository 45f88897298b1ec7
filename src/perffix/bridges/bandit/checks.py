"""bandit's checks as the environment has them, those of installed bandit plugins among them, and a rule for each.

bandit keeps the selection of its blacklists in attributes of functions, so that two of its test sets with different
selections disturb each other. Here there is one for the process, with everything in it; what is wanted of it is
picked afterwards.
"""

from __future__ import annotations

import logging
import re
import warnings
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from perffix.model import Group, Severity
from perffix.rules.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

_NUMBERED = re.compile(r"B([1-7]\d\d)")
_BLACKLIST = "B001"  # the one test behind all entries of the blacklists


class Check(NamedTuple):
    """One of bandit's test functions: its id, and its settings as further arguments."""

    id: str
    function: Callable[..., Any]
    arguments: tuple[object, ...]


ByKind = dict[str, tuple[Check, ...]]  # by the kind of node that they look at


def code_of(bandit_id: str) -> str:
    """Return the code of a bandit id: SEC608 for B608. An id of another form stays whole, to be mistaken for none."""
    number = _NUMBERED.fullmatch(bandit_id)
    return f"SEC{number[1] if number else bandit_id.upper()}"


class Checks:
    """All checks of the installed bandit.

    Args:
        tests: bandit's test functions by kind of node.
        rules: a rule for each bandit id, by the id.
    """

    def __init__(self, tests: ByKind, rules: Mapping[str, Rule]) -> None:
        self._tests = tests
        self._picked: dict[frozenset[str], ByKind] = {}
        self.rules = rules

    def tests_for(self, codes: frozenset[str]) -> ByKind:
        """Return the tests that can give findings with these codes, by kind of node."""
        picked = self._picked.get(codes)
        if picked is None:
            picked = {kind: tuple(_wanted(tests, codes)) for kind, tests in self._tests.items()}
            picked = self._picked[codes] = {kind: tests for kind, tests in picked.items() if tests}
        return picked

    def name_and_help(self, bandit_id: str) -> tuple[str, str]:
        """Return bandit's name for an id and where to read about it; an id without a check is its own name."""
        rule = self.rules.get(bandit_id)
        return (rule.name, rule.help) if rule is not None else (bandit_id, "")


def _wanted(tests: Collection[Check], codes: Collection[str]) -> Iterator[Check]:
    return (test for test in tests if test.id == _BLACKLIST or code_of(test.id) in codes)


@lru_cache(maxsize=1)
def load() -> Checks:
    """Import bandit and return its checks, once in a process.

    Raises:
        ImportError: bandit is not installed, or cannot be imported.
    """
    formatting = warnings.formatwarning
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # between bandit and its own dependencies
            from bandit.core import config, docs_utils, extension_loader, test_set
    finally:
        warnings.formatwarning = formatting  # bandit puts its own there
    logging.getLogger("bandit").addHandler(logging.NullHandler())  # what it would say to users of its own program
    from perffix.bridges.bandit import pages

    found = test_set.BanditTestSet(config.BanditConfig())
    tests = {kind: tuple(map(_test, functions)) for kind, functions in found.tests.items()}
    manager = extension_loader.MANAGER
    rules: dict[str, Rule] = {}
    for plugin in manager.plugins:
        bandit_id = plugin.plugin._test_id
        page = pages.of_test(bandit_id, plugin.plugin)
        rules[bandit_id] = _rule(bandit_id, plugin.name, page, docs_utils.get_url(bandit_id))
    for entry in manager.blacklist_by_id.values():
        page = pages.of_entry(entry, [kind for kind, entries in manager.blacklist.items() if entry in entries])
        severity = Severity.__members__.get(entry.get("level", "MEDIUM"))
        cwe = entry.get("cwe") or None
        name = str(entry["name"])  # before bandit makes an address of it, by changing the entry
        rules[entry["id"]] = _rule(entry["id"], name, page, docs_utils.get_url(entry["id"]), severity, cwe)
    return Checks(tests, rules)


def _test(function: Any) -> Check:
    # Taken now: whoever makes another test set in this process changes the attribute.
    arguments = (function._config,) if hasattr(function, "_config") else ()
    return Check(function._test_id, function, arguments)


def _rule(
    bandit_id: str,
    name: str,
    page: tuple[str, str],
    address: str,
    severity: Severity | None = None,
    cwe: int | None = None,
) -> Rule:
    """Return the rule that stands for a bandit id; its findings carry the severity and CWE that bandit gives them."""
    summary, documentation = page
    rule = Rule(
        code=code_of(bandit_id),
        name=name,
        summary=summary,
        help=f"bandit explains {bandit_id} at {address}",
        severity=severity,
        cwe=cwe,
        group=Group.AUDIT,
    )
    rule.documentation = documentation
    return rule
