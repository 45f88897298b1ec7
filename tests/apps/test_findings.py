"""Every hole of the applications is found where it says, and the mended ones have none."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from fixture_files import fix_name, read_fixture
from served_apps import added_lines, applied_sources_of, files_of, fixed_sources_of, sources_of, write_sources

from perffix.config import Configurations
from perffix.engine.checking import check_paths

if TYPE_CHECKING:
    from perffix.model import Finding

APPS = ("flask_shop", "fastapi_notes", "django_board", "django_shop", "sqlalchemy_shop")


@pytest.mark.parametrize("app", APPS)
def test_every_hole_is_found_where_it_says(app: str) -> None:
    expected = [
        (name, each.line, each.code, each.fix)
        for name, path in files_of(app).items()
        for each in read_fixture(path).expected
    ]
    found = _found_in(sources_of(app))
    assert sorted((name, each.span.line, each.code, fix_name(each)) for name, each in found) == sorted(expected)


def _found_in(sources: dict[str, str]) -> list[tuple[str, Finding]]:
    """Return what is found in an application, with the path of the file."""
    with tempfile.TemporaryDirectory() as folder:
        write_sources(sources, Path(folder))
        report = check_paths([folder], Configurations({"extend-select": ["PERF709"]}, isolated=True))
        return [(Path(each.path).relative_to(folder).as_posix(), each) for each in report.findings]


@pytest.mark.parametrize("app", APPS)
def test_the_mended_application_has_no_finding(app: str) -> None:
    assert _found_in(fixed_sources_of(app)) == []


@pytest.mark.parametrize("app", APPS)
def test_what_was_applied_stands_in_the_mended_application(app: str) -> None:
    broken, applied, fixed = sources_of(app), applied_sources_of(app), fixed_sources_of(app)
    reported: dict[str, set[str]] = {}
    for name, each in _found_in(applied):
        lines = applied[name].splitlines()[each.span.line - 1 : each.span.end_line]
        reported.setdefault(name, set()).update(lines)
    for name, text in applied.items():
        left = added_lines(broken[name], text) - added_lines(broken[name], fixed[name])
        assert left - reported.get(name, set()) == set(), name
