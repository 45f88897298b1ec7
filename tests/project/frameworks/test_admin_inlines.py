"""Rows that Django's admin shows on the page of another row."""

from __future__ import annotations

import pytest
from django_people import relations

MODELS = """
from django.contrib import admin
from django.db import models


class Author(models.Model):
    name = models.CharField(max_length=50)


class Book(models.Model):
    author = models.ForeignKey(Author, models.CASCADE)


class Quote(models.Model):
    book = models.ForeignKey(Book, models.CASCADE)


class Review(models.Model):
    book = models.ForeignKey(Book, models.CASCADE)
    critic = models.ForeignKey(Author, models.CASCADE)

    def __str__(self):
        return self.critic.name


"""
INLINE = "class Inline(admin.TabularInline):\n    model = "
METHOD = "    def writer(self, quote):\n        return quote.book.author.name\n"
LOADED = "    def get_queryset(self, request):\n        return super().get_queryset(request)"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"{INLINE}Review\n", ["critic"]),
        (f"{INLINE}Quote\n    readonly_fields = ['writer']\n{METHOD}", ["book.author"]),
        (f"{INLINE}Quote\n    fields = ['writer']\n{METHOD}", []),
        (f"{INLINE}Quote\n", []),
        (f"{INLINE}Review\n    template = 'plain.html'\n", []),
        (f"{INLINE}Review\n{LOADED}.select_related('critic')\n", []),
        (f"{INLINE}Review\n{LOADED}.filter(pk__gt=1)\n", ["critic"]),
        ("from somewhere import Shown\nclass Inline(Shown, admin.TabularInline):\n    model = Review\n", []),
    ],
)
def test_the_rows_of_an_inline(text: str, found: list[str]) -> None:
    assert relations(MODELS + text) == found
