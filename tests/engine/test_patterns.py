"""Patterns for paths."""

from __future__ import annotations

import pytest

from perffix.engine.patterns import entry_pattern, path_pattern


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("a.py", "a.py", True),
        ("a.py", "x/y/a.py", True),
        ("a.py", "ba.py", False),
        ("a.py", "a.pyi", False),
        ("a.py", "a.py/b.py", True),
        ("a?py", "a.py", True),
        ("a?py", "a/py", False),
        ("test_*.py", "x/test_one.py", True),
        ("test_*.py", "test_dir/one.py", False),
        ("tests/", "tests/a.py", True),
        ("tests/", "x/tests/y/a.py", True),
        ("tests/", "tests", False),
        ("tests/", "mytests/a.py", False),
        ("/tests", "tests/a.py", True),
        ("/tests", "x/tests/a.py", False),
        ("src/*.py", "src/a.py", True),
        ("src/*.py", "src/b/a.py", False),
        ("src/*.py", "x/src/a.py", False),
        ("./src/*.py", "src/a.py", True),
        ("src/**/*.py", "src/a.py", True),
        ("src/**/*.py", "src/b/c/a.py", True),
        ("src/**", "src/b/c.txt", True),
        ("**/gen", "a/b/gen/c.py", True),
        ("src\\win.py", "src/win.py", True),
        ("[ab].py", "a.py", True),
        ("[ab].py", "c.py", False),
        ("[!ab].py", "c.py", True),
        ("[!ab].py", "a.py", False),
        ("[^ab].py", "/.py", False),
        ("[a-c].py", "b.py", True),
        ("[]].py", "].py", True),
        ("[.py", "[.py", True),
        ("a+(b).py", "a+(b).py", True),
        ("new\nline", "new\nline/a.py", True),
    ],
)
def test_path_pattern(pattern: str, path: str, matches: bool) -> None:
    compiled = path_pattern((pattern,))
    assert compiled is not None
    assert bool(compiled.fullmatch(path)) is matches


@pytest.mark.parametrize(
    ("pattern", "entry", "matches"),
    [
        ("build", "build/", True),
        ("build", "build", True),
        ("build/", "build/", True),
        ("build/", "build", False),
        ("build", "build/a.py", False),
        ("build/", "x/build/", True),
        ("/build", "x/build/", False),
        ("*.egg", "x.egg/", True),
    ],
)
def test_entry_pattern_leaves_what_is_below_alone(pattern: str, entry: str, matches: bool) -> None:
    compiled = entry_pattern((pattern,))
    assert compiled is not None
    assert bool(compiled.fullmatch(entry)) is matches


def test_several_patterns_and_none() -> None:
    both = path_pattern(("a.py", "b/"))
    assert both is not None
    assert both.fullmatch("a.py")
    assert both.fullmatch("b/c.py")
    assert path_pattern(()) is None
    assert path_pattern(("/", "")) is None
