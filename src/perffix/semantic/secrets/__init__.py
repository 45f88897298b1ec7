"""Secrets in source code: names that promise one, values that are one, and where to read them from instead.

What is asked about nearly every string of every module stands here; the rest is imported when there is a suspect.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

SHORTEST = 4  # characters of a value that can be a secret
SHORTEST_TOKEN = 16
# Tokens hold a digit among letters, or are of a kind that begins so.
_MAYBE_TOKEN = re.compile(r"[0-9][\w-]{4}|A[KSBC][IC]A")
_PROMISING = ("pass", "pwd", "secret", "key", "token", "credential", "auth", "salt")
_MAYBE_SECRET_NAME = re.compile(f"(?i){'|'.join(_PROMISING)}")
WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+\d*|[A-Z]+\d*|\d+")


@lru_cache(maxsize=1 << 14)
def may_promise_secret(name: str) -> bool:
    """Tell cheaply that `judgement.name_kind` would answer None; the same few names come again and again."""
    return _MAYBE_SECRET_NAME.search(name) is not None


def lines_that_may_promise_secret(text: str) -> set[str]:
    """Return the lines of a text for which `may_promise_secret` holds: faster than to ask of each of many names."""
    lowered = text.lower()
    if len(lowered) != len(text):  # few letters have a lower case of two: then places differ
        return set(filter(may_promise_secret, text.split("\n")))
    found: set[str] = set()
    for part in _PROMISING:
        at = lowered.find(part)
        while at >= 0:
            end = lowered.find("\n", at)
            end = len(text) if end < 0 else end
            found.add(text[lowered.rfind("\n", 0, at) + 1 : end])
            at = lowered.find(part, end)
    return found


def words_of(name: str) -> tuple[str, ...]:
    """Split a name at everything that is no letter or digit and at camel case, in lower case.

    >>> words_of("dbPassword_2")
    ('db', 'password', '2')
    """
    return tuple(word.lower() for word in WORD.findall(name))


def telling_words(name: str, table: Mapping[str, Any]) -> list[str]:
    """Return the words of a name up to the last one that tells something; none where one of them tells otherwise.

    Args:
        name: the name.
        table: the words that tell nothing (`neutral`), and those that tell otherwise (`refused`).
    """
    words = list(words_of(name))
    while len(words) > 1 and (words[-1].isdigit() or words[-1] in table["neutral"]):
        words.pop()
    if not words or not set(words).isdisjoint(table["refused"]):
        return []
    words[-1] = words[-1].rstrip("0123456789")
    return words


def endings_of(words: list[str]) -> set[str]:
    """Return the last word, the last two and the last three; nothing where there is none."""
    return {" ".join(words[-count:]) for count in (1, 2, 3)} if words else set()


def may_hold_token(text: str) -> bool:
    """Tell cheaply, for most strings within a microsecond, that `tokens.recognise` would find nothing."""
    return len(text) >= SHORTEST_TOKEN and (
        "://" in text
        or _MAYBE_TOKEN.search(text) is not None
        or "hf_" in text
        or "PRIVATE KEY" in text
        or "assword=" in text
        or "wd=" in text
    )
