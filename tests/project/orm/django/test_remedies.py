"""Where eager loading would not help, or may not be written by an edit; Django itself counts the queries."""

from __future__ import annotations

import pytest
from counted import ROWS, counted

from perffix import check_source, fix_source
from perffix.model import Applicability

SHOP = """
from django.db import models


class Author(models.Model):
    name = models.CharField(max_length=50)


class Book(models.Model):
    name = models.CharField(max_length=50)
    author = models.ForeignKey(Author, models.CASCADE, related_name="books")
    editor = models.ForeignKey(Author, models.SET_NULL, null=True, related_name="+")


def added_up():
    for author in Author.objects.all():
        author.books.aggregate(models.Count("pk"))


def added_up_after_prefetch():
    for author in Author.objects.prefetch_related("books"):
        author.books.aggregate(models.Count("pk"))


def streamed_after_prefetch():
    for author in Author.objects.prefetch_related("books"):
        [book.name for book in author.books.iterator()]


def read_after_prefetch():
    for author in Author.objects.prefetch_related("books"):
        [book.name for book in author.books.all()]


def refreshed():
    for book in Book.objects.all():
        book.refresh_from_db()
        book.author.name


def refreshed_after_join():
    for book in Book.objects.select_related("author"):
        book.refresh_from_db()
        book.author.name


def both_by_themselves():
    for book in Book.objects.select_related():
        book.author.name, book.editor.name


def one_by_its_name():
    for book in Book.objects.select_related().select_related("editor"):
        book.author.name, book.editor.name


def both_by_name():
    for book in Book.objects.select_related().select_related("author", "editor"):
        book.author.name, book.editor.name

"""
HEAD = SHOP.partition("\ndef ")[0]


def told(name: str) -> list[tuple[str, str, str, Applicability | None]]:
    """Return what is said of one function of the shop: the rule, the message, the remedy and how safe its fix is."""
    body = SHOP.partition(f"\ndef {name}():")[2].partition("\n\n\n")[0]
    found = check_source(f"{HEAD}\ndef {name}():{body}\n", select=["PERF701", "PERF702", "PERF710"])
    return [(each.code, each.message, each.help or "", each.fix and each.fix.applicability) for each in found]


@pytest.fixture(scope="module")
def queries() -> dict[str, int]:
    return {name: ran.queries for name, ran in counted({"shop": SHOP})["shop"].items()}


def test_an_aggregate_asks_the_database_whatever_is_prefetched(queries: dict[str, int]) -> None:
    assert (queries["added_up"], queries["added_up_after_prefetch"]) == (1 + ROWS, 2 + ROWS)
    [(code, _message, told_to, fix)] = told("added_up")
    assert (code, fix) == ("PERF702", None)
    assert told_to.startswith("Annotate")
    assert [code for code, *_ in told("added_up_after_prefetch")] == ["PERF710"]


def test_rows_that_are_prefetched_need_no_stream(queries: dict[str, int]) -> None:
    assert (queries["streamed_after_prefetch"], queries["read_after_prefetch"]) == (2 + ROWS, 2)
    [(code, _message, told_to, _fix)] = told("streamed_after_prefetch")
    assert (code, told_to) == ("PERF710", "Loop over `all()`, which gives the rows that are prefetched")
    assert not told("read_after_prefetch")


def test_a_row_that_is_read_once_more_has_lost_what_came_with_it(queries: dict[str, int]) -> None:
    assert queries["refreshed"] == queries["refreshed_after_join"] == 1 + 2 * ROWS
    assert not told("refreshed")
    assert not told("refreshed_after_join")


def test_names_take_the_place_of_what_is_joined_without_them(queries: dict[str, int]) -> None:
    assert queries["both_by_themselves"] == queries["one_by_its_name"] == 1 + ROWS
    assert queries["both_by_name"] == 1
    [(_code, message, told_to, fix)] = told("both_by_themselves")
    assert "`editor`" in message
    assert "name all others that are asked for" in told_to
    assert fix is Applicability.DISPLAY
    assert ["`author`" in message for _code, message, *_ in told("one_by_its_name")] == [True]
    assert not told("both_by_name")


MANAGERS = """
from django.db import models


class OneRow{above}:
    def one(self, pk):
        return super().get(pk=pk)


class Manager({bases}):
    pass


class Author(models.Model):
    name = models.CharField(max_length=50)
    objects = Manager()


class Book(models.Model):
    name = models.CharField(max_length=50)
    author = models.ForeignKey(Author, models.CASCADE, related_name="books")
    editor = models.ForeignKey(Author, models.SET_NULL, null=True, related_name="+")
    objects = Manager()


def of_one_author(pk):
    author = Author.objects.one(pk)
    for book in author.books.all():
        book.editor.name
"""
ONE_BOOK = """

def name_of_one_book(pk):
    return Book.objects.one(pk).name
"""


@pytest.mark.parametrize(
    "shop",
    [
        pytest.param(MANAGERS.format(above="", bases="OneRow, models.Manager"), id="a mixin, for any model"),
        pytest.param(MANAGERS.format(above="(models.Manager)", bases="OneRow") + ONE_BOOK, id="asked for two models"),
    ],
)
def test_what_serves_several_models_is_not_edited_for_one(shop: str) -> None:
    [found] = check_source(shop, select=["PERF701"])
    assert found.fix is not None
    assert found.fix.applicability is Applicability.DISPLAY
    assert not found.fix.edits
    assert "rows of other models" in (found.help or "")


def test_a_manager_of_one_model_is_edited() -> None:
    [found] = check_source(MANAGERS.format(above="(models.Manager)", bases="OneRow"), select=["PERF701"])
    assert found.fix is not None
    assert found.fix.applicability is Applicability.UNSAFE


POLYMORPHIC = """
from django.contrib import admin
from django.db import models
from polymorphic.models import PolymorphicModel


class Shape(PolymorphicModel):
    name = models.CharField(max_length=50)


class Circle(Shape):
    radius = models.IntegerField()


class Drawing(models.Model):
    shape = models.ForeignKey(Shape, models.CASCADE)


class Print(models.Model):
    drawing = models.ForeignKey(Drawing, models.CASCADE)
"""


@pytest.mark.parametrize(
    ("code", "help_text", "fix"),
    [
        (
            "def shown():\n    return [each.shape.name for each in Drawing.objects.all()]",
            'Add `.prefetch_related("shape")` to the query',
            Applicability.UNSAFE,
        ),
        (
            "def shown():\n    return [each.drawing.shape.name for each in Print.objects.all()]",
            'Add `.prefetch_related("drawing__shape")` to the query',
            Applicability.UNSAFE,
        ),
        (
            "@admin.register(Print)\nclass Prints(admin.ModelAdmin):\n    list_display = ['shown']\n\n"
            "    def shown(self, row):\n        return row.drawing.shape.name",
            'Override `get_queryset` and load it there: `.prefetch_related("drawing__shape")`',
            Applicability.DISPLAY,
        ),
    ],
)
def test_a_join_would_give_rows_of_the_base_class(code: str, help_text: str, fix: Applicability) -> None:
    """django-polymorphic finds out the classes of rows that a query gives, not of those that it joins."""
    [found] = check_source(f"{POLYMORPHIC}\n\n{code}\n", select=["PERF701"])
    assert (found.fix and found.fix.applicability, found.help) == (fix, help_text)


def test_rows_are_not_loaded_to_be_counted() -> None:
    counting = """

def numbers():
    return [author.books.count() for author in Author.objects.all()]


def annotated():
    return [author.number for author in Author.objects.annotate(number=models.Count("books", distinct=True))]


def titles_too():
    return [(author.books.count(), list(author.books.all())) for author in Author.objects.all()]


def beyond():
    return [book.author.books.exists() for book in Book.objects.select_related("author")]
"""
    found = check_source(HEAD + counting, select=["PERF701"])
    assert [(each.fix and each.fix.applicability, each.help) for each in found] == [
        (Applicability.DISPLAY, 'Annotate the rows with their number: `Count("books", distinct=True)`'),
        (Applicability.UNSAFE, 'Add `.prefetch_related("books")` to the query'),
        (Applicability.DISPLAY, 'Annotate the rows with their number: `Count("author__books", distinct=True)`'),
    ]
    ran = counted({"shop": HEAD + counting})["shop"]
    assert (ran["numbers"].queries, ran["annotated"].queries) == (1 + ROWS, 1)
    assert ran["numbers"].result == ran["annotated"].result


def test_rows_are_not_locked_for_what_they_lead_to() -> None:
    locking = """

def locked():
    return [(book.author.name, book.editor.name) for book in Book.objects.select_for_update().filter(pk__gt=0)]
"""
    fixed = fix_source(HEAD + locking, select=["PERF701"], unsafe_fixes=True)
    assert 'filter(pk__gt=0).prefetch_related("author", "editor")' in fixed


def test_what_is_only_counted_is_not_loaded_with_what_leads_to_it() -> None:
    reviews = (
        "class Review(models.Model):\n    book = models.ForeignKey(Book, models.CASCADE, related_name='reviews')\n"
    )
    code = "def shown():\n    for author in Author.objects.all():\n        for book in author.books.all():\n"
    found = check_source(f"{HEAD}\n\n{reviews}\n\n{code}            book.reviews.count()\n", select=["PERF701"])
    assert sorted((each.fix and each.fix.applicability.name, each.help) for each in found) == [
        (
            "DISPLAY",
            'Annotate each `Book`, in the query of a `Prefetch`, with their number: `Count("reviews", distinct=True)`',
        ),
        ("UNSAFE", 'Add `.prefetch_related("books")` to the query'),
    ]
