"""The trees of modules, asked for by rules that have a suspect in them."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

from perffix.config import Configurations
from perffix.engine.checking import check_paths
from perffix.model import NodeRef, Span
from perffix.project.summaries.reading import read_module
from perffix.project.trees import Trees
from perffix.source import SourceFile

if TYPE_CHECKING:
    from pathlib import Path

MODELS = """\
from django.db import models


class Book(models.Model):
    title = models.CharField(max_length=50)
    body = models.TextField()
    price = models.IntegerField()


def cheap_books():
    return Book.objects.filter(price=1)
"""
VIEWS = """\
from .models import Book, cheap_books


def number():
    return len(cheap_books())


def titles():
    return [book.title for book in cheap_books()]
"""
FURTHER = """

def numbers():
    few = Book.objects.filter(price=2).count() > 0
    return few, len(cheap_books())
"""
CALL = NodeRef("Call", Span(1, 4, 1, 12))


def trees_of(text: str) -> Trees:
    return Trees(lambda path: SourceFile(path, text.encode()) if path == "here.py" else None)


def test_a_call_is_found_by_its_place() -> None:
    tree = trees_of("x = len([1])\n").of("here.py")
    assert tree is not None
    assert tree.node(CALL) is not None


@pytest.mark.parametrize("text", ["y = 1\nx = len([1])\n", "x = len(\n"])
def test_a_file_that_holds_another_text_by_now_gives_nothing(text: str) -> None:
    tree = trees_of(text).of("here.py")
    assert tree is None or tree.node(CALL) is None


def test_a_file_that_has_vanished_has_no_tree() -> None:
    assert trees_of("").of("elsewhere.py") is None


def test_around_a_line_stands_what_matters_to_its_function() -> None:
    reads: list[str] = []

    def read(path: str) -> SourceFile:
        reads.append(path)
        return SourceFile(path, MODELS.encode())

    trees = Trees(read, [read_module(SourceFile("models.py", MODELS.encode()))])
    tree = trees.around("models.py", [11])
    assert tree is not None
    assert [node.name for node in tree.model.every(ast.FunctionDef)] == ["cheap_books"]
    assert not tree.model.every(ast.ClassDef)
    assert tree.node(NodeRef("Call", Span(11, 11, 11, 39))) is not None
    assert trees.around("models.py", [10]) is tree
    assert reads == ["models.py"]


@pytest.mark.parametrize("line", [1, 7])
def test_around_a_line_outside_of_functions_stands_the_module(line: int) -> None:
    trees = Trees(lambda path: SourceFile(path, MODELS.encode()), [read_module(SourceFile("m.py", MODELS.encode()))])
    assert trees.around("m.py", [11, line]) is trees.of("m.py")


def test_around_a_line_of_a_file_that_holds_another_text_by_now_stands_what_it_holds() -> None:
    trees = Trees(lambda path: SourceFile(path, b"x = (\n    1)\n"), [read_module(SourceFile("m.py", MODELS.encode()))])
    tree = trees.around("m.py", [11])
    assert tree is None or not tree.model.every(ast.Call)


@pytest.mark.parametrize("jobs", [1, 2])
def test_queries_are_followed_across_files(jobs: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shop = tmp_path / "shop"
    shop.mkdir()
    for name, text in (("__init__", ""), ("models", MODELS), ("views", VIEWS)):
        (shop / f"{name}.py").write_text(text, "utf-8")
    report = check_paths(["."], Configurations({"select": "PERF705,PERF706"}), jobs=jobs)
    found = [(finding.path.replace("\\", "/"), finding.span.line, finding.code) for finding in report.findings]
    assert found == [("shop/views.py", 5, "PERF706"), ("shop/views.py", 9, "PERF705")]


def test_what_a_rule_found_outlives_the_trees_that_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in (("models.py", MODELS), ("views.py", f"{VIEWS}{FURTHER}")):
        (tmp_path / name).write_text(text)
    expected = check_paths([str(tmp_path)], Configurations(isolated=True)).findings
    assert sorted(finding.code for finding in expected) == ["PERF705", "PERF706", "PERF706", "PERF706"]
    monkeypatch.setattr("perffix.project.trees._MOST_KEPT", 1)
    assert check_paths([str(tmp_path)], Configurations(isolated=True)).findings == expected
