from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import perffix
from perffix.evidence.fixtures import FixturesMissingError, fixtures_folder, rule_folders

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty package below `src` of an empty checkout."""
    folder = tmp_path / "src" / "perffix"
    folder.mkdir(parents=True)
    monkeypatch.setattr(perffix, "__file__", str(folder / "__init__.py"))
    return folder


def test_a_rule_is_found_by_code_name_and_prefix() -> None:
    (by_code,) = rule_folders("PERF504")
    assert (by_code.code, by_code.name) == ("PERF504", "list-pop-front")
    assert rule_folders("perf504") == rule_folders("list-pop-front") == [by_code]
    assert by_code in rule_folders("PERF5")
    assert by_code in rule_folders("PERF")
    assert by_code in rule_folders()


def test_an_unknown_rule_is_an_error() -> None:
    for rule in ("PERF599", "no-such-rule", "P", ""):
        with pytest.raises(FixturesMissingError, match="no rule with fixtures"):
            rule_folders(rule)


def test_an_installed_package_uses_its_own_folder(package: Path) -> None:
    for folder in (package, package.parent.parent):
        (folder / "fixtures" / "PERF504_list_pop_front").mkdir(parents=True)
    assert fixtures_folder() == package / "fixtures"


def test_a_checkout_uses_the_folder_at_its_top(package: Path) -> None:
    top = package.parent.parent / "fixtures"
    (top / "PERF504_list_pop_front").mkdir(parents=True)
    (top / "README.md").touch()
    assert fixtures_folder() == top
    assert [folder.code for folder in rule_folders()] == ["PERF504"]


def test_missing_fixtures_are_named_with_both_places(package: Path) -> None:
    (package.parent.parent / "fixtures").mkdir()
    with pytest.raises(FixturesMissingError) as caught:
        fixtures_folder()
    assert str(package / "fixtures") in str(caught.value)
    assert str(package.parent.parent / "fixtures") in str(caught.value)
