from __future__ import annotations

import pytest

from perffix.semantic.flow.selectors import ELEMENT, KEY, VALUE, Path, after, attribute, into, item


@pytest.mark.parametrize(
    ("stored", "asked", "rest"),
    [
        ((), (item("a"),), (item("a"),)),
        ((item("a"),), (), ()),
        ((item("a"),), (item("a"),), ()),
        ((item("a"),), (item("a"), item("b")), (item("b"),)),
        ((item("a"), item("b")), (item("a"),), ()),
        ((item("a"),), (VALUE,), ()),
        ((VALUE,), (item("a"),), ()),
        ((item(0),), (ELEMENT,), ()),
        ((item(0),), (item(-1),), ()),
        ((KEY,), (KEY,), ()),
        ((KEY,), (ELEMENT,), ()),
        ((attribute("a"),), (attribute("a"),), ()),
        ((item("a"),), (item("b"),), None),
        ((item(0),), (item(1),), None),
        ((item("a"),), (ELEMENT,), None),
        ((item("a"),), (KEY,), None),
        ((KEY,), (item("a"),), None),
        ((attribute("a"),), (attribute("b"),), None),
        ((attribute("a"),), (), None),
        ((attribute("a"),), (item("a"),), None),
    ],
)
def test_what_a_store_answers_for(stored: Path, asked: Path, rest: Path | None) -> None:
    assert after(stored, asked) == rest


def test_paths_stay_short() -> None:
    path: Path = ()
    for number in range(10):
        path = into(item(number), path)
    assert len(path) == 4
    assert path[0] == item(9)
