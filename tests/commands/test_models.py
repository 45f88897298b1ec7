"""`perffix models` and `perffix explain`: what perffix understood of a project, to look into."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from perffix.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable

    Run = Callable[..., tuple[int, str]]

MODELS = """\
from django.db import models


class Author(models.Model):
    name = models.CharField(max_length=50)


class Book(models.Model):
    author = models.ForeignKey(Author, models.SET_NULL, null=True, related_name="books")
    tags = models.ManyToManyField("Tag")


class Tag(models.Model):
    word = models.CharField(max_length=50, unique=True)
"""
VIEWS = """\
from django.shortcuts import render

from .models import Book


def names():
    books = Book.objects.select_related("author")
    return [book.author.name for book in books]


def other():
    return 1


def page(request):
    books = Book.objects.prefetch_related("tags")
    return render(request, "shop/books.html", {"books": books})
"""
TEMPLATE = """\
{% for book in books %}
  {{ book.author.name }} {{ book.tags.first.word }}
{% endfor %}
"""


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.chdir(tmp_path)
    Path("shop").mkdir()
    Path("shop/__init__.py").touch()
    Path("shop/models.py").write_text(MODELS, "utf-8")
    Path("shop/views.py").write_text(VIEWS, "utf-8")
    Path("shop/templates/shop").mkdir(parents=True)
    Path("shop/templates/shop/books.html").write_text(TEMPLATE, "utf-8")

    def run(*arguments: str) -> tuple[int, str]:
        status = main([*arguments, "--isolated"])
        captured = capsys.readouterr()
        return status, captured.out.replace("\\", "/") + captured.err

    return run


def test_models_as_text(run: Run) -> None:
    assert run("models", "shop") == (
        0,
        "shop.Author  shop/models.py:4\n"
        "    books  reverse ForeignKey -> shop.Book\n"
        "\n"
        "shop.Book  shop/models.py:8\n"
        "    author  ForeignKey, may be null -> shop.Author\n"
        "    tags    ManyToManyField -> shop.Tag\n"
        "\n"
        "shop.Tag  shop/models.py:13\n"
        "    book_set  reverse ManyToManyField -> shop.Book\n"
        "\n"
        "3 models, 4 relations\n",
    )


def test_models_as_json(run: Run) -> None:
    status, text = run("models", "--output-format", "json")
    models = {model["key"]: model for model in json.loads(text)["models"]}
    assert status == 0
    assert models.keys() == {"shop.models.Author", "shop.models.Book", "shop.models.Tag"}
    fields = {field["name"]: field for field in models["shop.models.Book"]["fields"]}
    assert fields["author"]["target"] == "shop.models.Author"
    assert fields["author"]["inverse"] == "books"
    assert fields["author_id"]["kind"] == "column"


def test_models_as_graph(run: Run) -> None:
    status, text = run("models", "--output-format", "dot")
    assert status == 0
    assert text.startswith("digraph models {\n")
    assert '"shop.Book" -> "shop.Tag" [label="tags", style=dashed];' in text


def test_no_models(run: Run) -> None:
    Path("shop/models.py").write_text("", "utf-8")
    assert run("models") == (1, "No models found\n")


def test_models_of_files_that_cannot_be_read(run: Run) -> None:
    Path("shop/broken.py").write_text("x = (\n", "utf-8")
    status, text = run("models")
    assert status == 2
    assert "shop/broken.py: cannot be parsed" in text
    assert "shop.Book" in text


def test_a_line_is_explained(run: Run) -> None:
    status, text = run("explain", "shop/views.py:8")
    assert status == 0
    told = "shop/views.py:8: book\n  each row of shop.Book\n  joined: author\n  the query is made at shop/views.py:7\n"
    assert told in text


def test_a_line_of_a_template_is_explained_with_what_it_costs(run: Run) -> None:
    status, text = run("explain", "shop/templates/shop/books.html:2")
    assert status == 0
    told = (
        "{{ book.author.name }}\n"
        "  each row of shop.Author, reached by author from a row of shop.Book\n"
        "  no relation is loaded with it\n"
        "  `author` is not loaded: a query for each shop.Book\n"
        "  the query is made at shop/views.py:16\n"
        "  shop/views.py:17: `shop/books.html` is rendered here\n"
    )
    assert told in text
    assert "`tags` is prefetched, but `first` asks past that: a query for each shop.Book\n" in text


def test_a_column_that_is_left_out_is_explained_with_what_it_costs(run: Run) -> None:
    text = """
        from shop.models import Tag

        def words():
            return [tag.word for tag in Tag.objects.only("pk")]
    """
    Path("shop/words.py").write_text(textwrap.dedent(text), "utf-8")
    status, told = run("explain", "shop/words.py:5")
    assert status == 0
    assert "  only these columns: pk\n" in told
    assert "  the column `word` is left out: a query for each shop.Tag\n" in told


def test_a_line_without_queries(run: Run) -> None:
    assert run("explain", "shop/views.py:12") == (
        1,
        "shop/views.py:12: nothing on this line is known to have to do with a query\n",
    )


@pytest.mark.parametrize(
    ("place", "complaint"),
    [
        ("shop/views.py", "perffix: error: shop/views.py is no place: write FILE:LINE\n"),
        ("shop/gone.py:1", "perffix: error: shop/gone.py is no file\n"),
    ],
)
def test_a_place_that_is_none(run: Run, place: str, complaint: str) -> None:
    assert run("explain", place) == (2, complaint)
