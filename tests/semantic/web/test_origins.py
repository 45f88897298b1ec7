"""Origins: whom a pattern lets in besides those that are meant."""

from __future__ import annotations

import pytest

from perffix.semantic.web.origins import stranger_by_pattern, stranger_by_wildcard


@pytest.mark.parametrize(
    ("pattern", "stranger"),
    [
        (".*", "https://evil.example"),
        ("https?://.+", "https://evil.example"),
        (r"https://.*example\.com", "https://evilexample.com"),
        (r"https://(.*\.)?shop\.example\.com", None),
        (r"https://[a-z-]+\.example\.com", None),
        (r"^https://shop\.example\.com$", None),
        ("https://shop.example.com", "https://shopxexample.com"),
        (r"https://.*\.vercel\.app", "https://evil.vercel.app"),
        (r"http://localhost:\d+", None),
        (r"https://192\.168\.\d+\.\d+", None),
        ("(a+)+", None),
        ("(", None),
        ("", None),
    ],
)
def test_patterns_that_match_the_whole_origin(pattern: str, stranger: str | None) -> None:
    assert stranger_by_pattern(pattern, whole=True) == stranger


@pytest.mark.parametrize(
    ("pattern", "stranger"),
    [
        (r"https://shop\.example\.com", "https://shop.example.com.evil.example"),
        (r"https://shop\.example\.com$", None),
        (r"http://localhost", "http://localhost.evil.example"),
        (r"^https://\w+\.example\.com$", None),
    ],
)
def test_patterns_that_match_the_beginning(pattern: str, stranger: str | None) -> None:
    assert stranger_by_pattern(pattern, whole=False) == stranger


@pytest.mark.parametrize(
    ("origins", "stranger"),
    [
        (("https://*.vercel.app",), "https://*.vercel.app"),
        (("https://*.com",), "https://*.com"),
        (("https://a.example", "http://*.ngrok.io:8000"), "http://*.ngrok.io:8000"),
        (("https://*.example.com", "https://*", "*"), None),
    ],
)
def test_wildcards(origins: tuple[str, ...], stranger: str | None) -> None:
    assert stranger_by_wildcard(origins) == stranger
