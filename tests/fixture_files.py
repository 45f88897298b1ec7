"""Reads the fixture folders: what each file promises, and the text without the promises."""

from __future__ import annotations

import os
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from perffix.config import Config, Selector
from perffix.engine.registry import load_rules
from perffix.engine.runner import check_source
from perffix.source import SourceFile

if TYPE_CHECKING:
    from perffix.model import Applicability, Finding
    from perffix.rules.rule import Rule

FIXTURES = Path(__file__).parent.parent / "fixtures"
RULES = load_rules()

_MARK = re.compile(r"[ \t]*#[ \t]*(?P<kind>expect|gap):[ \t]*(?P<list>[^#\n]*)")
_ITEM = re.compile(r"(?P<code>[A-Z]{3,4}\d{3})(?:@(?P<column>\d+))?(?:[ ]+(?P<fix>safe|unsafe|display|none))?\Z")


class Expectation(NamedTuple):
    """A promise on a line: a code, maybe the column (characters, from 1) and what fix the finding has."""

    line: int
    code: str
    column: int | None
    fix: str | None


class Fixture(NamedTuple):
    """A file of a fixture folder without its marks, the findings it expects and the known gaps."""

    text: str
    expected: tuple[Expectation, ...]
    gaps: tuple[Expectation, ...]


def folder_of(rule: Rule) -> Path:
    """Return the folder that shows a rule at work."""
    return FIXTURES / f"{rule.code}_{rule.name.replace('-', '_')}"


@cache
def read_fixture(path: Path) -> Fixture:
    """Return a fixture; a mark that cannot be read is an error, or a typing mistake would weaken the test."""
    found: dict[str, list[Expectation]] = {"expect": [], "gap": []}
    lines = path.read_bytes().decode("utf-8").split("\n")
    for number, line in enumerate(lines, 1):
        for mark in _MARK.finditer(line):
            for item in mark["list"].strip().split(","):
                match = _ITEM.match(item.strip())
                assert match, f"{path.name}:{number}: cannot read the mark {item.strip()!r}"
                column = int(match["column"]) if match["column"] else None
                found[mark["kind"]].append(Expectation(number, match["code"], column, match["fix"]))
        lines[number - 1] = _MARK.sub("", line)
    return Fixture("\n".join(lines), tuple(found["expect"]), tuple(found["gap"]))


def config_for(*codes: str, target: tuple[int, int] = (3, 10)) -> Config:
    """Return settings that select exactly these codes."""
    return Config(
        root=os.path.sep,
        select=tuple(Selector(code, "test") for code in codes),
        target_version=target,
        builtin_defaults=False,
    )


def findings_in(text: str, rule: Rule, path: str | None = None) -> list[Finding]:
    """Return what one rule finds in a text; errors about the check itself are among them.

    Unless it is said otherwise, the text stands in the rule's folder: templates of a page may lie there.
    """
    path = path or str(folder_of(rule) / "module.py")
    return check_source(SourceFile(path, text.encode()), config_for(*rule.codes))


def fix_name(finding: Finding) -> str:
    """Return the word by which fixtures call what a finding's fix is."""
    return "none" if finding.fix is None else finding.fix.applicability.value


def fixed_text(text: str, rule: Rule, allowed: Applicability) -> str:
    """Return a text with all fixes of a rule applied that are at least as applicable as allowed."""
    from perffix.fixing.rounds import fix_source

    config = config_for(*rule.codes)
    path = str(folder_of(rule) / "module.py")
    outcome = fix_source(SourceFile(path, text.encode()), lambda source: check_source(source, config), allowed)
    assert not outcome.refused, outcome.refused
    assert not outcome.rejected, outcome.rejected
    return outcome.data.decode()
