"""A rule is complete or it is not a rule: what every rule module and fixture folder must have, said in sentences."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from fixture_files import FIXTURES, RULES, findings_in, folder_of

import perffix.rules
from perffix.model import Applicability, Group

if TYPE_CHECKING:
    from perffix.rules.rule import Rule

_BLOCK = re.compile(r"```python\n(.*?)```", re.DOTALL)
_SHARED = ("What it does", "Example", "Use instead", "When it stays silent", "Fix safety", "References")
_PACKAGE = Path(next(iter(perffix.rules.__path__)))

every_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)


def sections_of(rule: Rule) -> dict[str, str]:
    """Return the sections of a rule's documentation by title."""
    parts = re.split(r"^## (.+)$", rule.documentation, flags=re.MULTILINE)
    return dict(zip(parts[1::2], (part.strip() for part in parts[2::2]), strict=True))


def example_in(rule: Rule, title: str) -> str:
    """Return the one Python block of a section."""
    blocks = _BLOCK.findall(sections_of(rule).get(title, ""))
    assert len(blocks) == 1, f"{rule.code}: write one ```python block in the section {title!r}"
    return str(blocks[0])


def module_of(rule: Rule) -> Path:
    """Return the file in which a rule must stand."""
    folder = "performance" if rule.code.startswith("PERF") else "security"
    return _PACKAGE / folder / f"{rule.name.replace('-', '_')}.py"


@every_rule
def test_module_is_named_like_the_rule(rule: Rule) -> None:
    path = module_of(rule)
    assert path.is_file(), f"{rule.code}: the module must be {path.name}, after the rule's name"
    module = importlib.import_module(f"perffix.rules.{path.parent.name}.{path.stem}")
    assert module.rule.code == rule.code


@every_rule
def test_metadata_is_complete(rule: Rule) -> None:
    assert re.fullmatch(r"(PERF|SEC)[1-9]\d\d", rule.code)
    assert re.fullmatch(r"[a-z]+(-[a-z]+)+", rule.name)
    for text in (rule.summary, rule.help):
        assert text, f"{rule.code}: write a summary and a help line"
        assert text[0].isupper() or text[0] == "`", text
        assert not text.endswith("."), text
    if rule.code.startswith("PERF"):
        assert rule.impact is not None, f"{rule.code}: say what it costs with impact="
        assert rule.severity is None
    else:
        assert rule.severity is not None, f"{rule.code}: say how bad it is with severity="
        assert rule.cwe is not None, f"{rule.code}: name the weakness with cwe="
    assert rule.classes or rule.calls or rule.project_handlers, f"{rule.code}: no handler is registered"


@every_rule
def test_documentation_is_complete(rule: Rule) -> None:
    why = "Why it is slow" if rule.code.startswith("PERF") else "Why it is dangerous"
    sections = sections_of(rule)
    missing = [title for title in (*_SHARED, why) if not sections.get(title)]
    assert missing == [], f"{rule.code}: write the sections {missing} in the docstring of {module_of(rule).name}"
    first = rule.documentation.strip().split("\n")[0]
    assert first.endswith("."), f"{rule.code}: the docstring starts with one sentence"


@every_rule
def test_examples_are_true(rule: Rule) -> None:
    found = {finding.code for finding in findings_in(example_in(rule, "Example"), rule)}
    assert found
    assert found <= set(rule.codes)
    assert findings_in(example_in(rule, "Use instead"), rule) == []


@every_rule
def test_fixture_folder_is_complete(rule: Rule) -> None:
    folder = folder_of(rule)
    wanted = ["flagged.py", "clean.py"]
    if rule.fix in (Applicability.SAFE, Applicability.UNSAFE):
        wanted.append("fixed.py")
    if rule.code.startswith("PERF"):
        wanted.append("bench.py")
    missing = [name for name in wanted if not (folder / name).is_file()]
    assert missing == [], f"{rule.code}: write {missing} in fixtures/{folder.name}"


def test_every_fixture_folder_belongs_to_a_rule() -> None:
    folders = {path.name for path in FIXTURES.iterdir() if (path / "flagged.py").is_file()}
    assert folders == {folder_of(rule).name for rule in RULES}


def test_the_six_shared_codes_keep_their_names() -> None:
    names = {rule.code: rule.name for rule in RULES}
    shared = {
        "PERF101": "unnecessary-list-cast",
        "PERF102": "incorrect-dict-iterator",
        "PERF203": "try-except-in-loop",
        "PERF401": "manual-list-comprehension",
        "PERF402": "manual-list-copy",
        "PERF403": "manual-dict-comprehension",
    }
    assert {code: names[code] for code in shared} == shared


def test_rules_without_a_measured_gain_are_not_on_by_default() -> None:
    assert {rule.code for rule in RULES if rule.group is Group.PEDANTIC} >= {"PERF203"}
