"""Columns that Django's queries leave out, and what is said of them; the numbers of queries are Django's."""

from __future__ import annotations

import pytest
from counted import counted

from perffix import check_source
from perffix.model import Applicability

SHOP = """
from django.db import models
from django.db.models import Prefetch


class Titles(models.Manager):
    def get_queryset(self):
        return super().get_queryset().defer("text")


class Shelves(models.Manager):
    def names(self):
        return [each.name for each in self.filter(number=1).only("number")]


class Named(models.Manager):
    def names(self):
        return [each.name for each in self.filter(number=1).only("number")]


class Shelf(models.Model):
    name = models.CharField(max_length=50)
    number = models.IntegerField()
    objects = Shelves()


class Shop(models.Model):
    name = models.CharField(max_length=50)
    number = models.IntegerField()
    objects = Named()


class Town(models.Model):
    name = models.CharField(max_length=50)
    number = models.IntegerField()
    objects = Named()


class Author(models.Model):
    name = models.CharField(max_length=50)
    town = models.CharField(max_length=50)


class Film(models.Model):
    title = models.CharField(max_length=50)


class Book(models.Model):
    title = models.CharField(max_length=50)
    price = models.IntegerField()
    text = models.TextField()
    author = models.ForeignKey(Author, models.CASCADE, related_name="books")
    objects = models.Manager()
    short = Titles()


def _titles(rows):
    return [row.price if isinstance(row, Book) else 0 for row in rows.only("title")]


def shared():
    return _titles(Book.objects.all()), _titles(Film.objects.all())


def _rows_of(model):
    return model.objects.filter(number=1)


def _names(model):
    return [row.name for row in _rows_of(model=model).only("number")]


def _names_of(number):
    return [row.name for row in Shelf.objects.filter(number=number).only("number")]


def through_a_helper():
    return _names(Shelf)


def of_a_number():
    return _names_of(1)


def in_its_manager():
    return Shelf.objects.names()


def in_a_manager_of_two():
    return Shop.objects.names(), Town.objects.names()


def by_its_manager():
    return [book.text for book in Book.short.filter(price=1)]


def by_its_manager_mended():
    return [book.text for book in Book.short.filter(price=1).defer(None)]


def by_its_manager_and_named():
    return [book.text for book in Book.short.only("title", "text")]


def by_its_manager_and_named_mended():
    return [book.text for book in Book.short.defer(None).only("title", "text")]


def on_purpose():
    return [book.text for book in Book.objects.defer("text").order_by("title")]


def streamed():
    return [book.text for book in Book.objects.defer("text").iterator()]


def by_chance():
    return [book.price for book in Book.objects.defer("price").order_by("title")]


def of_a_prefetch():
    books = Book.objects.prefetch_related(Prefetch("author", Author.objects.only("name")))
    return [book.author.town for book in books]


def of_a_prefetch_mended():
    books = Book.objects.prefetch_related(Prefetch("author", Author.objects.only("name", "town")))
    return [book.author.town for book in books]
"""

COSTS = {
    "shared": 12,
    "through_a_helper": 11,
    "of_a_number": 11,
    "in_its_manager": 11,
    "in_a_manager_of_two": 22,
    "by_its_manager": 11,
    "by_its_manager_mended": 1,
    "by_its_manager_and_named": 11,
    "by_its_manager_and_named_mended": 1,
    "on_purpose": 11,
    "streamed": 11,
    "by_chance": 11,
    "of_a_prefetch": 12,
    "of_a_prefetch_mended": 2,
}
# The query stands in what these call.
HELPED = {"shared", "through_a_helper", "of_a_number", "in_its_manager", "in_a_manager_of_two"}


def _told() -> dict[str, tuple[Applicability, str, str]]:
    lines = SHOP.splitlines()
    found = {}
    for each in check_source(SHOP, select=["PERF701"]):
        headers = [line for line in lines[: each.span.line] if line.startswith(("def ", "class "))]
        name = headers[-1].partition(" ")[2].partition("(")[0]
        assert each.fix is not None
        found[name] = (each.fix.applicability, each.fix.description, each.message)
    return found


def test_columns_cost_what_is_said_and_the_remedies_load_them() -> None:
    found = counted({"shop": SHOP})["shop"]
    assert {name: ran.queries for name, ran in found.items() if not name.startswith("_")} == COSTS
    expensive = {name for name, queries in COSTS.items() if queries > 10} - HELPED
    assert set(_told()) == {*expensive, "_titles", "_names", "_names_of", "Shelves", "Named"}


@pytest.mark.parametrize(
    ("name", "applicability", "words"),
    [
        ("_titles", Applicability.DISPLAY, "for rows of `Book` alone"),
        ("_names", Applicability.DISPLAY, "for rows of `Shelf` alone"),
        ("_names_of", Applicability.UNSAFE, 'Add `"name"` to `only()`'),
        ("Shelves", Applicability.UNSAFE, 'Add `"name"` to `only()`'),
        ("Named", Applicability.DISPLAY, "alone"),
        ("by_its_manager", Applicability.DISPLAY, "`.defer(None)` in this query"),
        ("by_its_manager_and_named", Applicability.DISPLAY, "`.defer(None)` in this query, before `only()`"),
        ("on_purpose", Applicability.DISPLAY, "if the rows can be sorted and kept"),
        ("streamed", Applicability.DISPLAY, "if the rows can be sorted and kept"),
        ("by_chance", Applicability.UNSAFE, 'Take `"price"` out of `defer()`'),
        ("of_a_prefetch", Applicability.DISPLAY, 'name `"town"` in the `only()` of the query that `Prefetch` has'),
    ],
)
def test_a_column_is_edited_in_where_nothing_else_depends_on_the_call(
    name: str, applicability: Applicability, words: str
) -> None:
    found = _told()[name]
    assert found[0] is applicability
    assert words in found[1]


def test_rows_that_share_a_prefetched_row_are_not_counted_one_by_one() -> None:
    ran = counted({"shop": SHOP}, shared=True)["shop"]
    assert ran["of_a_prefetch"].queries == 3
    assert _told()["of_a_prefetch"][2].endswith("loads the column `author.town` by a query for each `Author`")
