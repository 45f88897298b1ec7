"""Views of one row: what the row leads to cannot be loaded where the view gets the row itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from perffix.cli import main

if TYPE_CHECKING:
    import pytest

VIEWS = """\
from django.db import models
from django.views.generic import DetailView


class Author(models.Model):
    name = models.CharField(max_length=50)


class Book(models.Model):
    title = models.CharField(max_length=50)


class Review(models.Model):
    book = models.ForeignKey(Book, models.CASCADE, related_name="reviews")
    critic = models.ForeignKey(Author, models.CASCADE)


class OfOneBook(DetailView):
    template_name = "reviews.html"

    def get_queryset(self):
        return Book.objects.filter(title="x")

    def get_object(self, queryset=None):
        book = super().get_object(queryset)
        book.title = book.title.upper()
        return book
"""
TEMPLATE = "{% for review in object.reviews.all %}{{ review.critic.name }}{% endfor %}"


def test_what_gives_a_row_is_not_told_what_to_load(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("shop/templates").mkdir(parents=True)
    for name, text in {"__init__.py": "", "views.py": VIEWS, "templates/reviews.html": TEMPLATE}.items():
        Path("shop", name).write_text(text, "utf-8")
    main(["check", "--isolated", "--select", "PERF712", "--unsafe-fixes", "--apply", "."])
    assert Path("shop/views.py").read_text("utf-8") == VIEWS
    assert 'advice only: Load it with the rows: `.prefetch_related("reviews__critic")`' in capsys.readouterr().out
