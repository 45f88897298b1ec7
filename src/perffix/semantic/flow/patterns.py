"""Patterns: which characters a text can hold that a regular expression matches."""

from __future__ import annotations

import importlib
import re
import sys
from functools import cache
from typing import Any

_REPEATS = ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT")
_LINE_ENDS = ("AT_END", "AT_END_STRING", "AT_END_LINE")
_STARTS = ("AT_BEGINNING", "AT_BEGINNING_STRING", "AT_BEGINNING_LINE")


@cache
def _parse(pattern: str) -> Any:
    """Return the parsed pattern as the standard library sees it, or None when it is none."""
    parser = importlib.import_module("re._parser" if sys.version_info >= (3, 11) else "sre_parse")
    try:
        return parser.parse(pattern)
    except (re.error, OverflowError, RecursionError, ValueError):
        return None


def keeps_out(pattern: str, characters: str, function: str) -> bool:
    """Tell whether a text that `re.FUNCTION(pattern, text)` matches holds none of some characters.

    A line break after the last character, which `$` lets through, is not counted.
    """
    parsed = _parse(pattern)
    if parsed is None or not characters:
        return False
    items = list(parsed)
    if function != "fullmatch":
        if not items or not _is_anchor(items[-1], _LINE_ENDS):
            return False
        if function != "match" and not _is_anchor(items[0], _STARTS):
            return False
    return not any(_may_hold(parsed, each) for each in characters)


def group_keeps_out(pattern: str, group: int | str, characters: str) -> bool:
    """Tell whether what a group of a pattern matched holds none of some characters."""
    parsed = _parse(pattern)
    if parsed is None or not characters:
        return False
    number = parsed.state.groupdict.get(group) if isinstance(group, str) else group
    part = parsed if number == 0 else _group(parsed, number)
    return part is not None and not any(_may_hold(part, each) for each in characters)


def has_group(pattern: str, group: int | str) -> bool:
    """Tell whether a pattern has a group of this number or name."""
    parsed = _parse(pattern)
    if parsed is None:
        return False
    return group in parsed.state.groupdict if isinstance(group, str) else 0 < group < parsed.state.groups


def takes_each(pattern: str, characters: str) -> bool:
    """Tell whether `re.sub(pattern, "", text)` leaves none of some characters: `[^a-z]` does so for most of them.

    It does when the pattern matches each of them where it stands alone, and asks for nothing around it.
    """
    parsed = _parse(pattern)
    if not characters or parsed is None or _looks_around(parsed):
        return False
    compiled = re.compile(pattern)
    return all(compiled.sub("", each) == "" for each in characters)


def _looks_around(items: Any) -> bool:
    """Tell whether a pattern asks for what stands before or behind a match."""
    return any(
        str(code) in ("AT", "ASSERT", "ASSERT_NOT") or any(_looks_around(each) for each in _parts(str(code), argument))
        for code, argument in items
    )


def _is_anchor(item: Any, which: tuple[str, ...]) -> bool:
    code, argument = item
    return str(code) == "AT" and str(argument) in which


def beginning_without(pattern: str, characters: str) -> int:
    """Return how many characters a text that `re.match(pattern, text)` matches begins with that are none of some."""
    parsed = _parse(pattern)
    return 0 if parsed is None else _beginning(list(parsed), characters)[0]


def _beginning(items: list[Any], characters: str) -> tuple[int, bool]:
    """Return how many certain characters a sequence begins with, and whether it holds nothing else."""
    count = 0
    for code, argument in items:
        name = str(code)
        if name == "AT":
            continue
        if name == "SUBPATTERN":
            inner, whole = _beginning(list(argument[-1]), characters)
        elif name in _REPEATS:
            inner, whole = _beginning(list(argument[2]), characters)
            inner *= argument[0]
        elif name in ("LITERAL", "IN"):
            inner, whole = 1, not any(_may_hold([(code, argument)], each) for each in characters)
        else:
            return count, False
        if not whole:
            return count, False
        count += inner
    return count, True


def _group(items: Any, number: object) -> Any:
    for code, argument in items:
        if str(code) == "SUBPATTERN" and argument[0] == number:
            return argument[-1]
        for part in _parts(str(code), argument):
            found = _group(part, number)
            if found is not None:
                return found
    return None


def _parts(code: str, argument: Any) -> list[Any]:
    """Return the patterns inside of an item."""
    if code in _REPEATS:
        return [argument[2]]
    if code == "SUBPATTERN":
        return [argument[-1]]
    if code == "ATOMIC_GROUP":
        return [argument]
    if code == "BRANCH":
        return list(argument[1])
    if code == "GROUPREF_EXISTS":
        return [each for each in argument[1:] if each is not None]
    return []


def _may_hold(items: Any, character: str) -> bool:
    for code, argument in items:
        name = str(code)
        if name in ("AT", "ASSERT", "ASSERT_NOT", "GROUPREF"):
            continue
        inner = _parts(name, argument)
        if inner:
            if any(_may_hold(each, character) for each in inner):
                return True
        elif name == "LITERAL":
            if argument == ord(character):
                return True
        elif name == "NOT_LITERAL":
            if argument != ord(character):
                return True
        elif name == "IN":
            if _is_in(argument, character):
                return True
        elif name != "ANY" or character != "\n":
            return True
    return False


def _is_in(members: Any, character: str) -> bool:
    number = ord(character)
    negated = False
    found = False
    for code, argument in members:
        name = str(code)
        if name == "NEGATE":
            negated = True
        elif name == "LITERAL":
            found = found or argument == number
        elif name == "RANGE":
            found = found or argument[0] <= number <= argument[1]
        else:
            found = found or _is_of_category(str(argument), character)
    return found is not negated


def _is_of_category(category: str, character: str) -> bool:
    short = {"DIGIT": r"\d", "SPACE": r"\s", "WORD": r"\w"}.get(category.rpartition("_")[2], r"\w")
    return (re.match(short, character) is not None) is not ("_NOT_" in category)
