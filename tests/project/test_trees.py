"""The trees of modules, asked for by rules that have a suspect in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from perffix.config import Configurations
from perffix.engine.checking import check_paths
from perffix.model import NodeRef, Span
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
from .models import cheap_books


def number():
    return len(cheap_books())


def titles():
    return [book.title for book in cheap_books()]
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
