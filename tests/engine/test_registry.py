"""Finding all rules."""

from __future__ import annotations

import sys
import textwrap
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import perffix.rules.performance
from perffix.config import UsageError
from perffix.engine import registry
from perffix.engine.registry import RegistryError, find_rules, load_rules

if TYPE_CHECKING:
    from collections.abc import Iterator

MODULE = '''
"""{title}."""
from perffix.rules.rule import Rule
rule = Rule(code="{code}", name="{name}", summary="s", help="h")
'''


def module_text(code: str, name: str, title: str = "A title") -> str:
    return textwrap.dedent(MODULE.format(code=code, name=name, title=title))


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A directory on the import path; what is loaded from it is forgotten afterwards."""
    load_rules()
    before = set(sys.modules)
    monkeypatch.syspath_prepend(str(tmp_path))
    load_rules.cache_clear()
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]
    load_rules.cache_clear()


def write_package(place: Path, name: str, **modules: str) -> None:
    package = place / name
    package.mkdir()
    (package / "__init__.py").write_text("")
    for module, text in modules.items():
        (package / f"{module}.py").write_text(text)


def install(place: Path, points: str) -> None:
    """Put the metadata of a distribution with entry points beside the packages."""
    info = place / "plugged-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: plugged\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[perffix.rules]\n{points}\n")


def test_every_module_below_the_two_packages_is_a_rule() -> None:
    rules = load_rules()
    assert [rule.code for rule in rules] == sorted(rule.code for rule in rules)
    here = Path(perffix.rules.performance.__file__).parent.parent
    modules = [path for path in here.glob("*/*.py") if path.name != "__init__.py"]
    assert len(rules) == len(modules)
    assert all(rule.documentation for rule in rules)
    assert load_rules() is rules


def test_modules_in_a_directory_and_in_a_zip_file(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_package(place, "flat_rules", two=module_text("PERF902", "two"), one=module_text("PERF901", "one"))
    with zipfile.ZipFile(place / "packed.zip", "w") as archive:
        archive.writestr("zipped_rules/__init__.py", "")
        archive.writestr("zipped_rules/three.py", module_text("PERF903", "three", "Third"))
        archive.writestr("zipped_rules/notes.txt", "no module")
    monkeypatch.syspath_prepend(str(place / "packed.zip"))
    monkeypatch.setattr(registry, "_PACKAGES", ("zipped_rules", "flat_rules"))
    rules = load_rules()
    assert [rule.code for rule in rules] == ["PERF901", "PERF902", "PERF903"]
    assert rules[2].documentation == "Third."


def test_a_module_without_a_rule_is_an_error(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_package(place, "empty_rules", helper="x = 1\n")
    monkeypatch.setattr(registry, "_PACKAGES", ("empty_rules",))
    with pytest.raises(RegistryError, match=r"^the module empty_rules\.helper does not assign a Rule"):
        load_rules()


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        (("PERF901", "a"), ("PERF901", "b"), "PERF901 is claimed by two rules"),
        (("PERF901", "same"), ("PERF902", "same"), "same is claimed by two rules"),
        (("PERF001", "a"), ("PERF902", "b"), "PERF001 is claimed by two rules"),
    ],
)
def test_codes_and_names_are_unique(
    place: Path,
    monkeypatch: pytest.MonkeyPatch,
    first: tuple[str, str],
    second: tuple[str, str],
    message: str,
) -> None:
    write_package(place, "double_rules", one=module_text(*first), two=module_text(*second))
    monkeypatch.setattr(registry, "_PACKAGES", ("double_rules",))
    with pytest.raises(RegistryError, match=f"^{message}"):
        load_rules()


def test_a_code_listed_twice(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = module_text("SEC901", "a").replace('help="h"', 'help="h", variants={"SEC901": "again"}')
    write_package(place, "repeated_rules", one=text)
    monkeypatch.setattr(registry, "_PACKAGES", ("repeated_rules",))
    with pytest.raises(RegistryError, match=r"lists a code twice$"):
        load_rules()


def test_plugins(place: Path) -> None:
    write_package(
        place, "plugged", one=module_text("ACME001", "acme-one"), two=module_text("ACME002", "acme-two", "Two")
    )
    (place / "single.py").write_text(module_text("ACME003", "acme-three", "Three"))
    install(place, "acme = plugged\nlone = single\ndirect = single:rule\nbroken = nowhere\nwrong = textwrap:dedent")
    own = {rule.code for rule in load_rules()}
    assert not any(code.startswith("ACME") for code in own)
    assert {rule.code for rule in load_rules(("acme", "lone"))} - own == {"ACME001", "ACME002", "ACME003"}
    (direct,) = find_rules("acme-three", ("direct",))
    assert direct.documentation == "Three."
    with pytest.raises(RegistryError, match=r'^the plugin "acne" is not installed; did you mean "acme"\?$'):
        load_rules(("acne",))
    with pytest.raises(RegistryError, match=r'^the plugin "broken" cannot be loaded: ModuleNotFoundError: '):
        load_rules(("broken",))
    with pytest.raises(RegistryError, match=r"does not assign a Rule"):
        load_rules(("wrong",))


def test_entry_points_are_not_looked_up_without_plugins(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("entry points were looked up")

    monkeypatch.setattr("importlib.metadata.entry_points", refuse)
    assert load_rules()


@pytest.mark.parametrize("text", ["PERF002", "perf002", "unused-suppression", " PERF002 "])
def test_find_one_rule(text: str) -> None:
    assert [rule.code for rule in find_rules(text)] == ["PERF002"]


def test_find_by_prefix() -> None:
    assert {rule.code for rule in find_rules("PERF00")} == {"PERF000", "PERF001", "PERF002"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("unused-supression", 'no rule is called "unused-supression"; did you mean "unused-suppression"?'),
        ("PERF0022", 'no rule is called "PERF0022"; did you mean "PERF002"?'),
        ("", 'no rule is called ""'),
    ],
)
def test_unknown_rules_name_the_nearest(text: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        find_rules(text)
    assert str(caught.value) == message
