"""Selectors: which part of a value is asked for, `["name"]`, an element, an attribute."""

from __future__ import annotations

from typing import NamedTuple


class Selector(NamedTuple):
    """One step into a value.

    Attributes:
        kind: "item" (a known key or index), "value" (any item by an unknown key), "element" (what iteration yields),
            "key" (a key of a mapping), "attribute".
        key: the key, index or attribute of the kinds that have one.
    """

    kind: str
    key: object = None


Path = tuple[Selector, ...]

VALUE = Selector("value")
ELEMENT = Selector("element")
KEY = Selector("key")
LONGEST = 4


def item(key: object) -> Selector:
    """Return the selector of an item by a known key."""
    return Selector("item", key) if isinstance(key, (str, int, bytes)) else VALUE


def attribute(name: str) -> Selector:
    """Return the selector of an attribute."""
    return Selector("attribute", name)


def into(first: Selector, path: Path) -> Path:
    """Return the path that begins with another step."""
    return (first, *path)[:LONGEST]


def after(stored: Path, asked: Path) -> Path | None:
    """Return what is asked of a value that is stored under a path, None when another part is asked for.

    A store under `["a"]` answers for `["a"]["b"]` with `["b"]`, for the whole, for an element of unknown key, and not
    for `["c"]`. What is stored in an attribute answers only for that attribute.
    """
    for index, step in enumerate(stored):
        if index >= len(asked):
            return None if any(each.kind == "attribute" for each in stored[index:]) else ()
        wanted = asked[index]
        if "attribute" in (step.kind, wanted.kind):
            if step != wanted:
                return None
        elif not _may_meet(step, wanted):
            return None
    return asked[len(stored) :]


def anywhere(path: Path) -> Path:
    """Return the path with its first index forgotten: in a slice the places are others."""
    if path and path[0].kind == "item" and isinstance(path[0].key, int):
        return (VALUE, *path[1:])
    return path


def _may_meet(step: Selector, wanted: Selector) -> bool:
    """Tell whether what is stored by one selector may be read by another."""
    if "key" in (step.kind, wanted.kind):
        return wanted.kind == "element" or step.kind == wanted.kind
    if wanted.kind == "element":
        return not isinstance(step.key, str)  # iteration over a mapping yields its keys
    return step.kind != "item" or wanted.kind != "item" or _may_be_one(step.key, wanted.key)


def _may_be_one(one: object, other: object) -> bool:
    """Tell whether two keys are equal, or are indexes of which one counts from the end."""
    return one == other or (isinstance(one, int) and isinstance(other, int) and (one < 0) is not (other < 0))
