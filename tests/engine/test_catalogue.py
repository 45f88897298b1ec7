"""What is kept about rules so that their modules need not be imported."""

from __future__ import annotations

import ast
import importlib
import marshal
import os
import sys
import textwrap
from typing import TYPE_CHECKING

import pytest

from perffix.config import build
from perffix.engine import catalogue, registry
from perffix.engine.catalogue import ListedRule
from perffix.engine.registry import RegistryError, load_rules
from perffix.engine.runner import examine
from perffix.engine.selection import Selection
from perffix.source import SourceFile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from perffix.model import Finding
    from perffix.rules.rule import Rule

MODULE = '''
"""The {name} rule."""
import ast
from perffix.model import Applicability, Group, Impact, Severity
from perffix.rules.rule import Rule

rule = Rule(code="{code}", name="{name}", summary="A summary", help="Help", {more})


@rule.on(ast.Pass, ast.While)
def detect(node, at):
    yield at.finding(node, "a statement")


@rule.on_all(ast.Assert)
def detect_all(nodes, at):
    yield at.finding(nodes[0], "statements")


@rule.on_call("shout", "whisper")
def detect_call(call, at):
    yield at.finding(call, "a call")
'''
FULL = (
    "impact=Impact.MEMORY, severity=Severity.HIGH, cwe=89, group=Group.PEDANTIC, fix=Applicability.UNSAFE, "
    'variants={"PERF942": "differs"}, names=("shout", "quiet"), needs=("quiet", "shout"), before=(3, 12)'
)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package `listed_rules` with two rules, the only ones there are; bytecode may be written."""
    before = set(sys.modules)
    package = tmp_path / "listed_rules"
    package.mkdir()
    (package / "__init__.py").write_text("")
    write_rule(package / "one.py", "PERF941", "one", FULL)
    write_rule(package / "two.py", "PERF943", "two", 'needs=("quiet",)')
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(registry, "_PACKAGES", ("listed_rules",))
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    load_rules.cache_clear()
    yield package
    forget(before)


def write_rule(path: Path, code: str, name: str, more: str) -> None:
    path.write_text(textwrap.dedent(MODULE.format(code=code, name=name, more=more)))


def forget(before: set[str] | None = None) -> None:
    """Let the next look at the rules be that of a new process."""
    for name in list(sys.modules):
        if name.startswith("listed_rules") and name not in (before or ()):
            del sys.modules[name]
    importlib.invalidate_caches()
    load_rules.cache_clear()


def listed() -> bool:
    """Tell whether the rules now come from the catalogue."""
    forget()
    kinds = {type(rule) for rule in load_rules()}
    assert len(kinds) == 1
    return kinds == {ListedRule}


def catalogue_of(package: Path) -> Path:
    (path,) = package.rglob("*.catalogue")
    return path


def test_the_second_look_imports_no_rule(place: Path) -> None:
    written = load_rules()
    assert "listed_rules.one" in sys.modules
    assert not any(isinstance(rule, ListedRule) for rule in written)
    assert listed()
    assert "listed_rules.one" not in sys.modules


def test_a_listed_rule_is_the_rule(place: Path) -> None:
    written = {rule.code: vars(rule) for rule in load_rules()}
    assert listed()
    for rule in load_rules():
        said = {key: value for key, value in vars(rule).items() if not key.startswith("_") and key != "module"}
        assert said == {key: value for key, value in written[rule.code].items() if key in said}
        assert rule.classes == {ast.Pass, ast.While, ast.Assert}
        assert rule.calls == {"shout", "whisper"}
        assert f"listed_rules.{rule.name}" not in sys.modules
        assert rule.documentation == f"The {rule.name} rule."
        assert [cls for cls, _ in rule.node_handlers] == [ast.Pass, ast.While]
        assert [cls for cls, _ in rule.list_handlers] == [ast.Assert]
        assert [name for name, _ in rule.call_handlers] == ["shout", "whisper"]
        assert vars(rule).keys() >= written[rule.code].keys()
        assert f"listed_rules.{rule.name}" in sys.modules
        assert not hasattr(rule, "such_thing")


@pytest.mark.parametrize("rule", load_rules(), ids=lambda rule: rule.code)
def test_real_rules_survive_the_catalogue(rule: Rule) -> None:
    kept = ListedRule(*marshal.loads(marshal.dumps(catalogue._entry("m", rule))))
    assert (kept.classes, kept.calls, kept.spans_files) == (rule.classes, rule.calls, rule.spans_files)
    plain = {key: value for key, value in vars(kept).items() if not key.startswith("_") and key != "module"}
    assert plain == {key: value for key, value in vars(rule).items() if key in plain}


def check(text: str) -> list[Finding]:
    config = build("/project", {"pedantic": True, "target_version": "3.10"})
    plan = Selection(load_rules(), config).plan("/project/a.py")
    return list(examine(SourceFile("/project/a.py", text.encode()), plan).findings)


def test_a_module_is_imported_when_a_file_has_what_its_rule_wants_and_needs(place: Path) -> None:
    load_rules()
    assert listed()
    for text in ("x = 1\n", "# quiet\nx = shut()\n", "while True: break\n"):
        assert check(text) == []
    assert not any(name.startswith("listed_rules.") for name in sys.modules)
    assert [finding.code for finding in check("shout()\n")] == ["PERF941"]
    assert "listed_rules.one" in sys.modules
    assert "listed_rules.two" not in sys.modules


def test_a_module_that_cannot_be_imported_any_more_fails_like_a_rule(place: Path) -> None:
    load_rules()
    assert listed()
    load_rules()
    (place / "one.py").write_text("import no_such_module\n")
    found = check("quiet = 1\npass\n")
    assert [finding.code for finding in found] == ["PERF000", "PERF943"]
    assert "no_such_module" in found[0].message


@pytest.mark.parametrize("change", ["edit", "touch", "add", "remove", "rename", "damage", "cut", "empty", "version"])
def test_what_is_old_or_damaged_is_not_believed(place: Path, monkeypatch: pytest.MonkeyPatch, change: str) -> None:
    load_rules()
    assert listed()
    codes = ["PERF941", "PERF943"]
    path = catalogue_of(place)
    if change == "edit":
        write_rule(place / "two.py", "PERF944", "two", "")
        codes[1] = "PERF944"
    elif change == "touch":
        os.utime(place / "two.py", (1, 1))
    elif change == "add":
        write_rule(place / "three.py", "PERF945", "three", "")
        codes.append("PERF945")
    elif change == "remove":
        (place / "two.py").unlink()
        del codes[1]
    elif change == "rename":
        (place / "two.py").rename(place / "zwei.py")
    elif change == "damage":
        path.write_bytes(marshal.dumps((*marshal.loads(path.read_bytes())[:2], [("one", {}, ["NoNode"], [])])))
    elif change == "cut":
        path.write_bytes(path.read_bytes()[:-20])
    elif change == "empty":
        path.write_bytes(b"")
    else:
        monkeypatch.setattr("perffix.__version__", "0")
    assert not listed()
    assert [rule.code for rule in load_rules()] == codes
    assert listed()
    assert [rule.code for rule in load_rules()] == codes


def test_a_copy_of_the_package_has_a_catalogue_of_its_own(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import shutil

    load_rules()
    assert listed()
    copy = tmp_path / "elsewhere"
    shutil.copytree(place, copy / "listed_rules")
    monkeypatch.syspath_prepend(str(copy))
    assert not listed()


def test_no_catalogue_where_no_bytecode_is_wanted(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    load_rules()
    assert not listed()
    assert not list(place.rglob("*.catalogue"))


def test_a_place_that_cannot_be_written_does_no_harm(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (place / "__pycache__").write_text("a file in the way")
    assert [rule.code for rule in load_rules()] == ["PERF941", "PERF943"]
    assert not listed()
    assert not list(place.rglob("*.catalogue*"))


def test_what_is_wrong_with_rules_is_said_every_time(place: Path) -> None:
    write_rule(place / "two.py", "PERF942", "two", "")
    for _ in range(3):
        forget()
        with pytest.raises(RegistryError, match="PERF942 is claimed by two rules"):
            load_rules()
    (place / "two.py").write_text("x = 1\n")
    for _ in range(3):
        forget()
        with pytest.raises(RegistryError, match="does not assign a Rule"):
            load_rules()


def test_nothing_is_left_beside_the_catalogue(place: Path) -> None:
    load_rules()
    assert [path.name for path in (place / "__pycache__").iterdir() if path.suffix != ".pyc"] == [
        catalogue_of(place).name
    ]
