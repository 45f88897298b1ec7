"""Managers of which not all is known; the numbers of queries are Django's."""

from __future__ import annotations

from counted import counted

from perffix import check_source

SHOP = """
import functools

from django.db import models


def changed(rows):
    return functools.reduce(lambda before, _: before.all(), range(2), rows)


class BookManager(models.Manager):
    def get_queryset(self):
        return changed(super().get_queryset())


class Author(models.Model):
    name = models.CharField(max_length=50)


class Book(models.Model):
    title = models.CharField(max_length=50)
    author = models.ForeignKey(Author, models.CASCADE, related_name="books")
    objects = BookManager()


def one_by_one(keys):
    return [Book.objects.get(pk=key) for key in keys]


def of_each():
    return [author.books.filter(title="x").count() for author in Author.objects.all()]


def loaded_perhaps():
    return [book.author.name for book in Book.objects.all()]
"""


def test_queries_of_a_manager_that_nobody_follows_give_rows_with_which_anything_may_come() -> None:
    found = counted({"shop": SHOP})["shop"]
    assert {name: each.queries for name, each in found.items()} == {
        "one_by_one": 10,
        "of_each": 11,
        "loaded_perhaps": 11,
    }
    lines = SHOP.splitlines()
    told = [(each.code, lines[each.span.line - 2]) for each in check_source(SHOP, select=["PERF701", "PERF702"])]
    assert told == [("PERF702", "def one_by_one(keys):"), ("PERF702", "def of_each():")]
