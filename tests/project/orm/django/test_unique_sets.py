"""Queries that ask for all columns of a unique set; the numbers of queries are Django's."""

from __future__ import annotations

from counted import counted

from perffix import check_source

SHOP = """
from django.db import models


class Shelf(models.Model):
    name = models.CharField(max_length=50)


class Publisher(models.Model):
    name = models.CharField(max_length=50, unique=True)
    shelf = models.ForeignKey(Shelf, models.CASCADE)


class Author(models.Model):
    name = models.CharField(max_length=50)
    town = models.CharField(max_length=50)
    code = models.CharField(max_length=50, null=True, unique=True)
    shelf = models.ForeignKey(Shelf, models.CASCADE)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["name"], name="one_name"),
            models.UniqueConstraint(fields=["town"], condition=models.Q(name="x"), name="one_town"),
        ]


class Book(models.Model):
    title = models.CharField(max_length=50)
    volume = models.CharField(max_length=50)
    author = models.ForeignKey(Author, models.CASCADE, related_name="books")
    shelf = models.ForeignKey(Shelf, models.CASCADE)

    class Meta:
        unique_together = [("author", "title")]


def one_publisher():
    return [each.shelf.name for each in Publisher.objects.filter(name="name 3")]


def one_author():
    return [each.shelf.name for each in Author.objects.filter(name__exact="name 3").order_by("town")]


def one_book():
    return [each.shelf.name for each in Book.objects.filter(author_id=3).filter(title="x")]


def one_book_of_an_author():
    author = Author.objects.get(pk=3)
    return [each.shelf.name for each in author.books.filter(title="x")]


def some_books():
    return [each.shelf.name for each in Book.objects.filter(title="x")]  # expect


def some_titles():
    return [each.shelf.name for each in Book.objects.filter(title="x", author__in=range(20))]  # expect


def some_books_of_an_author():
    author = Author.objects.get(pk=3)
    return [each.shelf.name for each in author.books.filter(volume="volume 3")]  # expect


def under_a_condition():
    return [each.shelf.name for each in Author.objects.filter(town="town 3")]  # expect


def perhaps_null():
    return [each.shelf.name for each in Author.objects.filter(code=None)]  # expect
"""
COSTS = {
    "one_publisher": 2,
    "one_author": 2,
    "one_book": 2,
    "one_book_of_an_author": 3,
    "some_books": 11,
    "some_titles": 11,
}


def test_a_query_for_a_unique_set_gives_one_row_at_most() -> None:
    found = counted({"shop": SHOP})["shop"]
    assert {name: found[name].queries for name in COSTS} == COSTS
    expected = [number for number, line in enumerate(SHOP.splitlines(), 1) if line.endswith("# expect")]
    assert [each.span.line for each in check_source(SHOP, select=["PERF701"])] == expected
