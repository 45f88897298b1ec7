from __future__ import annotations

import pytest
from analysed import Analysed

from perffix.model import Applicability, Import
from perffix.semantic.imports import Spelling


def spelling(header: str, body: str = "HERE") -> Spelling | None:
    code = Analysed(f"{header}\ndef f():\n    {body}\n")
    return code.model.imports.spelling_of("collections", "deque", code.expr("HERE"))


@pytest.mark.parametrize(
    ("header", "text"),
    [
        ("from collections import deque", "deque"),
        ("from collections import deque as dq", "dq"),
        ("import collections", "collections.deque"),
        ("import collections as c", "c.deque"),
    ],
)
def test_an_import_that_is_there_is_used(header: str, text: str) -> None:
    assert spelling(header) == Spelling(text, None, Applicability.SAFE)


def test_an_import_is_proposed_when_none_is_there() -> None:
    found = spelling("import os")
    assert found is not None
    assert (found.text, found.adds) == ("deque", Import("collections", "deque"))


def test_a_new_public_name_of_a_module_without_other_imports_is_noticeable() -> None:
    found = spelling("")
    assert found is not None
    assert found.applicability is Applicability.UNSAFE


def test_all_keeps_a_new_name_private() -> None:
    found = spelling("__all__ = ['f']")
    assert found is not None
    assert found.applicability is Applicability.SAFE


@pytest.mark.parametrize(
    ("header", "body"),
    [
        ("deque = 1", "HERE"),
        ("import os", "deque = HERE"),
        ("import os", "print(deque, HERE)"),
        ("from tools import *", "HERE"),
        ("from other import deque", "HERE"),
    ],
)
def test_a_taken_name_is_not_touched(header: str, body: str) -> None:
    assert spelling(header, body) is None


def test_an_import_hidden_by_a_local_is_not_used() -> None:
    assert spelling("from collections import deque", "deque = 1; HERE") is None
