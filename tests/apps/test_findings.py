"""Every hole of the applications is found where it says, and the mended ones have none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fixture_files import FIXTURES, fix_name, read_fixture
from served_apps import added_lines, applied_sources_of, fixed_sources_of, sources_of

from perffix.config import Config
from perffix.engine.runner import check_source
from perffix.source import SourceFile

if TYPE_CHECKING:
    from pathlib import Path

    from perffix.model import Finding

APPS = ("flask_shop", "fastapi_notes", "django_board")
FILES = [path for name in APPS for path in sorted((FIXTURES / "apps" / name).glob("*.py"))]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_hole_is_found_where_it_says(path: Path) -> None:
    fixture = read_fixture(path)
    found = _found_in(path.name, fixture.text)
    expected = [(each.line, each.code, each.fix) for each in fixture.expected]
    assert sorted((each.span.line, each.code, fix_name(each)) for each in found) == sorted(expected)


def _found_in(name: str, text: str) -> list[Finding]:
    return check_source(SourceFile(name, text.encode()), Config(root="/"))


@pytest.mark.parametrize("app", APPS)
def test_the_mended_application_has_no_finding(app: str) -> None:
    assert [found for name, text in fixed_sources_of(app).items() for found in _found_in(name, text)] == []


@pytest.mark.parametrize("app", APPS)
def test_what_was_applied_stands_in_the_mended_application(app: str) -> None:
    broken, fixed = sources_of(app), fixed_sources_of(app)
    for name, text in applied_sources_of(app).items():
        lines = text.splitlines()
        reported = {line for each in _found_in(name, text) for line in lines[each.span.line - 1 : each.span.end_line]}
        assert added_lines(broken[name], text) - added_lines(broken[name], fixed[name]) - reported == set()
