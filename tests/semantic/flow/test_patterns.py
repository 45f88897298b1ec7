from __future__ import annotations

import pytest

from perffix.semantic.flow.patterns import beginning_without, group_keeps_out, has_group, keeps_out, takes_each


@pytest.mark.parametrize(
    ("pattern", "function"),
    [
        ("[a-z]+", "fullmatch"),
        ("^[a-z]+$", "match"),
        ("[a-z]+$", "match"),
        (r"^[a-z]+\Z", "search"),
        (r"\w{1,20}", "fullmatch"),
        (r"(\d+|[a-f]+)-?", "fullmatch"),
        (r"(?:[A-Z]\d)*", "fullmatch"),
        (r"(?P<a>[a-z]+)(?P=a)?", "fullmatch"),
        (r"(?!x)[a-z]+", "fullmatch"),
    ],
)
def test_keeps_quotes_out(pattern: str, function: str) -> None:
    assert keeps_out(pattern, "'\"", function)


@pytest.mark.parametrize(
    ("pattern", "function"),
    [
        ("[a-z]+", "match"),
        ("[a-z]+$", "search"),
        ("^[a-z]+", "match"),
        (".*", "fullmatch"),
        ("[^a-z]+", "fullmatch"),
        (r"\W+", "fullmatch"),
        (r"\S+", "fullmatch"),
        ("[a-z']+", "fullmatch"),
        ("[ -~]+", "fullmatch"),
        ("a|'", "fullmatch"),
        ("(", "fullmatch"),
        ("", "match"),
    ],
)
def test_lets_quotes_through(pattern: str, function: str) -> None:
    assert not keeps_out(pattern, "'\"", function)


def test_no_class_keeps_out_what_has_no_characters() -> None:
    assert not keeps_out("[a-z]+", "", "fullmatch")


def test_groups() -> None:
    assert group_keeps_out(r"(\d+)/(.*)", 1, "'")
    assert not group_keeps_out(r"(\d+)/(.*)", 2, "'")
    assert group_keeps_out(r"(?P<a>\d+)/(.*)", "a", "'")
    assert not group_keeps_out(r"(\d+)/(.*)", 0, "'")
    assert group_keeps_out(r"x(?:(\d+))?", 1, "'")
    assert not group_keeps_out(r"(\d+)", 5, "'")
    assert has_group(r"(\d+)", 1)
    assert not has_group(r"(\d+)", 2)
    assert has_group(r"(?P<a>x)", "a")
    assert not has_group("(", 1)


def test_what_a_replacement_takes_away() -> None:
    assert takes_each("[^a-z]", "'\"/")
    assert takes_each(r"\W", "'\"/")
    assert not takes_each("[<>]", "<>'")
    assert not takes_each("[^a-z/]", "/")
    assert not takes_each("(", "/")
    assert takes_each(".*/", "/")
    assert not takes_each("^/", "/")
    assert not takes_each("/(?=x)", "/")


@pytest.mark.parametrize(
    ("pattern", "length"),
    [
        (r"([a-f0-9]{40})_([^_]+)_x", 41),
        (r"^[a-z]{3}-\d{4}/.*", 8),
        (r"abc", 3),
        (r"a+b", 2),
        (r"(ab){3}c", 7),
        (r"[^/]{8}", 0),
        (r".{40}", 0),
        (r"ab|c", 0),
        (r"", 0),
        (r"(", 0),
    ],
)
def test_how_many_certain_characters_a_match_begins_with(pattern: str, length: int) -> None:
    assert beginning_without(pattern, "/\\.") == length
