"""Queries and rows that functions of the project give: where it is said what comes with them, counted by Django."""

from __future__ import annotations

import pytest
from counted import ROWS, counted

from perffix import check_source, fix_source
from perffix.model import Applicability

SHOP = """
import itertools

from django.core.paginator import Paginator
from django.db import models
from django.shortcuts import get_list_or_404


class Author(models.Model):
    name = models.CharField(max_length=50)


class Book(models.Model):
    title = models.CharField(max_length=50)
    author = models.ForeignKey(Author, models.CASCADE, related_name="books")


def a_query(title):
    return Book.objects.filter(title=title)


def a_slice(number):
    return Book.objects.order_by("id")[:number]


def a_list(number):
    return get_list_or_404(Book, pk__lte=number)


def some(number):
    return itertools.islice(Book.objects.order_by("id"), number)


def a_page(number):
    return Paginator(Book.objects.order_by("id"), 20).get_page(number)


def a_stream(number):
    return Book.objects.filter(pk__lte=number).iterator()


def marked(rows):
    for row in rows:
        row.shelf = row.pk % 3
    return rows


def made_and_marked(number):
    rows = Book.objects.filter(pk__lte=number)
    for row in rows:
        row.shelf = row.pk % 3
    return rows


def made_and_tested(number):
    rows = Book.objects.filter(pk__lte=number)
    if not rows:
        raise ValueError(number)
    return rows


def combined(number):
    return Book.objects.filter(pk__lte=number).union(Book.objects.filter(title="y"))


def some_columns(number):
    return Book.objects.filter(pk__lte=number).only("title")


def perhaps(number):
    if not number:
        return None
    return Book.objects.filter(pk__lte=number)


def perhaps_nothing(number):
    if number:
        return Book.objects.filter(pk__lte=number)


def of_perhaps():
    books = perhaps(10)
    if books is None:
        return []
    return [book.author.name for book in books]


def of_none():
    books = perhaps(len([]))
    if books is None:
        return "none"
    return [book.author.name for book in books]


def of_perhaps_nothing():
    return [book.author.name for book in perhaps_nothing(10)]


def with_sql():
    return [book.author.name for book in Book.objects.extra(where=["id > 0"])]


def with_nothing():
    return [book.author.name for book in Book.objects.select_related("author").select_related(None)]


def of_a_query():
    return [book.author.name for book in a_query("x")]


def of_a_slice():
    return [book.author.name for book in a_slice(10)]


def of_a_list():
    return [book.author.name for book in a_list(10)]


def of_some():
    return [book.author.name for book in some(10)]


def of_a_page():
    return [book.author.name for book in a_page(1)]


def of_a_stream():
    return [book.author.name for book in a_stream(10)]


def of_marked():
    return [(book.author.name, book.shelf) for book in marked(Book.objects.filter(title="x"))]


def of_made_and_marked():
    return [(book.author.name, book.shelf) for book in made_and_marked(10)]


def of_made_and_tested():
    return [book.author.name for book in made_and_tested(10)]


def of_combined():
    return [book.author.name for book in combined(10)]


def of_some_columns():
    return [book.author.name for book in some_columns(10)]
"""
EDITED = {
    "of_a_query": 1, "of_a_slice": 1, "of_a_list": 1, "of_some": 1, "of_a_stream": 1, "of_marked": 1, "of_a_page": 2,
    "of_made_and_marked": 1, "of_made_and_tested": 1, "of_perhaps": 1, "of_perhaps_nothing": 1, "with_nothing": 1,
    "with_sql": 2,
}  # fmt: skip
ADVISED = {"of_combined": 1 + ROWS, "of_some_columns": 1 + 2 * ROWS}


def test_a_query_is_told_what_to_load_where_it_still_is_one() -> None:
    fixed = fix_source(SHOP, select=["PERF701"], unsafe_fixes=True)
    ran = counted({"shop": SHOP, "fixed": fixed})
    before, after = ran["shop"], ran["fixed"]
    assert {name: each.queries for name, each in after.items()} == EDITED | ADVISED | {"of_none": 0}
    unedited = dict.fromkeys(EDITED, 1 + ROWS) | {"of_a_page": 2 + ROWS}
    assert {name: before[name].queries for name in EDITED} == unedited
    assert {name: each.result for name, each in before.items()} == {name: each.result for name, each in after.items()}


@pytest.mark.parametrize(
    ("line", "advice"), [("union", "before the queries are combined"), ("some_columns(10)", "only()")]
)
def test_what_cannot_be_told_by_an_edit_is_advised(line: str, advice: str) -> None:
    told = {finding.span.line: finding for finding in check_source(SHOP, select=["PERF701"])}
    [finding] = [told[number] for number, text in enumerate(SHOP.split("\n"), 1) if line in text and number in told]
    assert finding.fix is not None
    assert finding.fix.applicability is Applicability.DISPLAY
    assert advice in finding.fix.description
