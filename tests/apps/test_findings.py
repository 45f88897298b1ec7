"""Every hole of the applications is found where it says, and the mended ones have none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fixture_files import FIXTURES, fix_name, read_fixture
from served_apps import added_lines, applied, fixed_sources_of, perffix, sources_of

from perffix.config import Config
from perffix.engine.runner import check_source
from perffix.source import SourceFile

if TYPE_CHECKING:
    from pathlib import Path

APPS = ("flask_shop", "fastapi_notes", "django_board")
FILES = [path for name in APPS for path in sorted((FIXTURES / "apps" / name).glob("*.py"))]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_hole_is_found_where_it_says(path: Path) -> None:
    fixture = read_fixture(path)
    found = check_source(SourceFile(path.name, fixture.text.encode()), Config(root="/"))
    expected = [(each.line, each.code, each.fix) for each in fixture.expected]
    assert sorted((each.span.line, each.code, fix_name(each)) for each in found) == sorted(expected)


@pytest.mark.parametrize("app", APPS)
def test_the_mended_application_has_no_finding(app: str, tmp_path: Path) -> None:
    for name, text in fixed_sources_of(app).items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    run = perffix(".", folder=tmp_path)
    assert run.returncode == 0, run.stdout


@pytest.mark.parametrize("app", APPS)
def test_what_was_applied_stands_in_the_mended_application(app: str, tmp_path: Path) -> None:
    broken, fixed = sources_of(app), fixed_sources_of(app)
    for name, text in applied(broken, tmp_path).items():
        found = check_source(SourceFile(name, text.encode()), Config(root="/"))
        lines = text.splitlines()
        reported = {line for each in found for line in lines[each.span.line - 1 : each.span.end_line]}
        assert added_lines(broken[name], text) - added_lines(broken[name], fixed[name]) - reported == set()
