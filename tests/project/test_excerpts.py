"""Excerpts of modules: what of a module is kept for a question about one function."""

from __future__ import annotations

import ast

import pytest

from perffix.project.excerpts import excerpt_for, function_around
from perffix.project.summaries.reading import read_module
from perffix.source import SourceFile

MODULE = """\
# A module.
import os
from decimal import Decimal

LIMITS = [1, 2]
RATES = {"a": 1}


def helper():
    return [Decimal(1)]


def procedure():
    print("nothing is returned")


def filling():
    LIMITS.append(3)


class Other:
    def method(self):
        return os.getcwd()


class Shop(Other):
    title = "shop"

    def __init__(self, owner):
        self.owner = owner
        self.books = []

    def count(self):
        return len(self.books)

    def unrelated(self):
        return \"\"\"
def text():
    pass
\"\"\"

    @property
    def name(self):
        return self.title

    def sell(self):
        for book in helper():
            procedure()
            self.books.append(book)
        return RATES, self.owner
"""


def excerpt_of(text: str, line: int, encoding: str = "utf-8") -> str:
    source = SourceFile("shop.py", text.encode(encoding))
    summary = read_module(source)
    function = function_around(line, summary)
    assert function is not None
    found = excerpt_for([function], source, summary)
    assert found is not None
    ast.parse(found.data)
    return found.text


def defined_in(text: str) -> list[str]:
    found = [node for node in ast.walk(ast.parse(text)) if isinstance(node, (ast.FunctionDef, ast.ClassDef))]
    return [node.name for node in sorted(found, key=lambda node: node.lineno)]


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


def test_what_may_matter_to_a_function_stays() -> None:
    found = excerpt_of(MODULE, line_of(MODULE, "procedure()\n            self"))
    assert defined_in(found) == ["helper", "Shop", "__init__", "count", "sell"]


def test_each_line_keeps_its_place() -> None:
    found = excerpt_of(MODULE, line_of(MODULE, "len(self"))
    lines = MODULE.split("\n")
    assert len(found.split("\n")) == len(lines)
    assert all(line in ("", lines[number]) for number, line in enumerate(found.split("\n")))


def test_a_function_by_itself_needs_no_other() -> None:
    assert defined_in(excerpt_of(MODULE, line_of(MODULE, "print("))) == ["procedure"]


def test_what_fills_a_container_of_the_module_stays() -> None:
    text = MODULE + "\n\ndef limits():\n    return max(LIMITS)\n"
    assert defined_in(excerpt_of(text, line_of(text, "max("))) == ["filling", "limits"]


def test_functions_that_change_names_of_the_module_stay() -> None:
    text = "def first():\n    global rate\n    rate = 1\n\n\ndef sorted():\n    pass\n\n\ndef third():\n    return 3\n"
    assert defined_in(excerpt_of(text, line_of(text, "return 3"))) == ["first", "sorted", "third"]


def test_functions_that_give_variables_their_values_stay() -> None:
    text = "def made():\n    return []\n\n\nBOOKS = made()\n\n\ndef third():\n    return BOOKS\n"
    assert defined_in(excerpt_of(text, line_of(text, "return BOOKS"))) == ["made", "third"]


def test_a_name_that_is_imported_too_stays() -> None:
    text = "from shop import made\n\n\ndef made():\n    pass\n\n\ndef third():\n    return made()\n"
    assert defined_in(excerpt_of(text, line_of(text, "return made"))) == ["made", "third"]


def test_definitions_below_a_condition_stay() -> None:
    text = "if True:\n    def first():\n        return 1\n\n\ndef second():\n    return 2\n"
    assert defined_in(excerpt_of(text, line_of(text, "return 2"))) == ["first", "second"]


@pytest.mark.parametrize("part", ["LIMITS = ", "import os", "title = "])
def test_code_outside_of_functions_has_no_excerpt(part: str) -> None:
    summary = read_module(SourceFile("shop.py", MODULE.encode()))
    assert function_around(line_of(MODULE, part), summary) is None


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_line_ends_count_as_in_the_file(line_end: str) -> None:
    line = line_of(MODULE, "len(self")
    found = excerpt_of(MODULE.replace("\n", line_end), line)
    assert found.split("\n")[line - 1] == MODULE.split("\n")[line - 1]


@pytest.mark.parametrize("encoding", ["latin-1", "utf-8-sig"])
def test_the_encoding_of_the_file_is_kept(encoding: str) -> None:
    cookie = "" if encoding == "utf-8-sig" else f"# -*- coding: {encoding} -*-\n"
    text = f"{cookie}def first():\n    pass\n\n\ndef second():\n    return 'é'\n"
    assert "return 'é'" in excerpt_of(text, line_of(text, "return"), encoding)
