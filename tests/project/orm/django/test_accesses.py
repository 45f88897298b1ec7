"""What code costs with Django's mapper; the numbers of queries behind each case are those of Django itself."""

from __future__ import annotations

import textwrap

import pytest
from projects import project, told

MODELS = """
    from django.db import models

    class Publisher(models.Model):
        name = models.CharField(max_length=50)

    class Author(models.Model):
        name = models.CharField(max_length=50)
        publisher = models.ForeignKey(Publisher, models.CASCADE)

        def __str__(self):
            return f"{self.name} ({self.publisher.name})"

        @property
        def house(self):
            return self.publisher.name

    class Profile(models.Model):
        author = models.OneToOneField(Author, models.CASCADE)

    class Tag(models.Model):
        name = models.CharField(max_length=50)

    class BookQuerySet(models.QuerySet):
        def with_authors(self):
            return self.select_related("author")

        def cheap(self):
            return self.filter(price__lt=10)

    class Book(models.Model):
        title = models.CharField(max_length=50)
        body = models.TextField()
        price = models.IntegerField()
        author = models.ForeignKey(Author, models.CASCADE, related_name="books")
        editor = models.ForeignKey(Author, models.SET_NULL, null=True, related_name="+")
        tags = models.ManyToManyField(Tag)
        objects = BookQuerySet.as_manager()

    class Review(models.Model):
        book = models.ForeignKey(Book, models.CASCADE)
        stars = models.IntegerField()
"""


def accesses(code: str) -> list[str]:
    """Return what a function with this body costs."""
    view = "from shop.models import *\n\n\ndef view(request, unknown):\n" + textwrap.indent(
        textwrap.dedent(code), "    "
    )
    made = project({"shop.__init__": "", "shop.models": MODELS, "shop.views": view})
    return [told(each) for each in made.accesses]


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("for b in Book.objects.all():\n    print(b.author.name)", ["relation author line 6"]),
        ("for b in Book.objects.all():\n    b.author.id", ["relation author line 6"]),
        ("[b.author.name for b in Book.objects.filter(price=1)]", ["relation author line 5"]),
        (
            "for b in Book.objects.all():\n    b.author.publisher.name",
            ["relation author line 6", "relation author.publisher line 6"],
        ),
        (
            "for b in Book.objects.select_related('author'):\n    b.author.publisher.name",
            ["relation author.publisher line 6"],
        ),
        ("for a in Author.objects.all():\n    a.profile", ["relation profile line 6"]),
        (
            "books = {b.pk: b for b in Book.objects.all()}\nfor b in books.values():\n    b.author.name",
            ["relation author line 7"],
        ),
        (
            "books = {b.pk: b for b in Book.objects.all()}\nfor key, b in sorted(books.items()):\n    b.author.name",
            ["relation author line 7"],
        ),
        ("for a in Author.objects.all():\n    hasattr(a, 'profile')", ["relation profile line 6"]),
        ("for a in Author.objects.all():\n    getattr(a, 'publisher')", ["relation publisher line 6"]),
        ("for a in Author.objects.all():\n    list(a.books.all())", ["relation books line 6"]),
        ("for a in Author.objects.all():\n    len(a.books.all())", ["relation books line 6"]),
        ("for a in Author.objects.all():\n    a.books.count()", ["relation books line 6"]),
        ("for a in Author.objects.all():\n    for b in a.books.all():\n        pass", ["relation books line 6"]),
        ("for b in Book.objects.all():\n    b.review_set.filter(stars=5).exists()", ["query review_set line 6"]),
        ("for b in Book.objects.all():\n    [t.name for t in b.tags.all()]", ["relation tags line 6"]),
        ("for b in Book.objects.only('title'):\n    b.body", ["column body line 6"]),
        ("for b in Book.objects.defer('body'):\n    b.body", ["column body line 6"]),
        ("for b in Book.objects.only('title'):\n    b.author_id", ["column author_id line 6"]),
        ("for a in Author.objects.all():\n    f'{a}'", ["relation publisher line 12"]),
        ("for a in Author.objects.all():\n    a.house", ["relation publisher line 16"]),
        ("for b in Book.objects.select_related('author'):\n    str(b.author)", ["relation author.publisher line 12"]),
        (
            "for a in Author.objects.prefetch_related('books'):\n    for b in a.books.all():\n        b.editor",
            ["relation books.editor line 7"],
        ),
        (
            "for b in Book.objects.prefetch_related('tags'):\n    b.tags.filter(name='x')[0]",
            ["defeated tags line 6"],
        ),
        ("for b in Book.objects.prefetch_related('tags'):\n    b.tags.first()", ["defeated tags line 6"]),
        ("for i, b in enumerate(Book.objects.all()):\n    b.author", ["relation author line 6"]),
        ("books = list(Book.objects.all())\nfor b in books:\n    b.author", ["relation author line 7"]),
        ("for b in sorted(Book.objects.all(), key=lambda x: x.author.name):\n    pass", ["relation author line 5"]),
        (
            "qs = Book.objects.all()\nif unknown:\n    qs = qs.filter(price=1)\nfor b in qs:\n    b.author",
            ["relation author line 9"],
        ),
        ("for b in Book.objects.cheap():\n    b.author", ["relation author line 6"]),
        ("author = Author.objects.get(pk=1)\nfor b in author.books.all():\n    b.editor", ["relation editor line 7"]),
        (
            "for b in Book.objects.select_related('author').select_related(None):\n    b.author",
            ["relation author line 6"],
        ),
    ],
)
def test_a_query_for_each_row(code: str, found: list[str]) -> None:
    assert accesses(code) == found


@pytest.mark.parametrize(
    "code",
    [
        "books = {b.pk: b for b in Book.objects.all()}\nfor b in books:\n    b.author",
        "books = {b.pk: b for b in Book.objects.select_related('author')}\nfor b in books.values():\n    b.author",
        "books = {b.pk: b for b in Book.objects.all()}\nprint(books[1].author, books.get(2).author)",
        pytest.param("for b in Book.objects.all():\n    b.author_id", id="the key is a column of the row itself"),
        pytest.param("for b in Book.objects.select_related('author'):\n    b.author.name", id="joined"),
        pytest.param(
            "for b in Book.objects.with_authors():\n    b.author.name", id="joined by a method of the queryset"
        ),
        pytest.param("for b in Book.objects.prefetch_related('author'):\n    b.author.name", id="prefetched"),
        pytest.param("for a in Author.objects.prefetch_related('books'):\n    len(a.books.all())", id="from memory"),
        pytest.param("for a in Author.objects.prefetch_related('books'):\n    a.books.count()", id="counted in memory"),
        pytest.param("for a in Author.objects.all():\n    a.books", id="a manager runs nothing"),
        pytest.param("for b in Book.objects.values('author'):\n    b['author']", id="no rows of the model"),
        pytest.param("for n in Book.objects.values_list('title', flat=True):\n    n.author", id="texts"),
        pytest.param("b = Book.objects.get(pk=1)\nb.author", id="one row"),
        pytest.param("b = Book.objects.first()\nb.author.publisher", id="the first row"),
        pytest.param("for b in Book.objects.all()[:1]:\n    b.author", id="at most one row"),
        pytest.param("for b in Book.objects.all():\n    b.author\n    break", id="left in the first turn"),
        pytest.param("for b in Book.objects.all():\n    pass\nb.author", id="the last row, after the loop"),
        pytest.param("for b in Book.objects.all():\n    b.author = unknown\n    b.author.name", id="given before"),
        pytest.param(
            "a = Author.objects.get(pk=1)\nfor b in a.books.all():\n    b.author.name", id="the row it came from"
        ),
        pytest.param(
            "for a in Author.objects.prefetch_related('books'):\n    for b in a.books.all():\n        b.author.name",
            id="the row it came from, prefetched",
        ),
        pytest.param("for b in Book.objects.select_related(*unknown):\n    b.author", id="loads what is not known"),
        pytest.param("for b in Book.objects.select_related():\n    b.author", id="all that cannot be null"),
        pytest.param("for b in unknown(Book.objects.all()):\n    b.author", id="a function of which nothing is known"),
        pytest.param("for b in (Book(title='x') for _ in range(9)):\n    b.author", id="rows that are made here"),
        pytest.param(
            "from django.db.models import Prefetch\n"
            "for a in Author.objects.prefetch_related(Prefetch('books', Book.objects.select_related('editor'))):\n"
            "    for b in a.books.all():\n        b.editor",
            id="loaded by the query of a prefetch",
        ),
        pytest.param(
            "from django.db.models import prefetch_related_objects\nbooks = list(Book.objects.all())\n"
            "prefetch_related_objects(books, 'author')\nfor b in books:\n    b.author",
            id="loaded later",
        ),
        pytest.param(
            "qs = Book.objects.all()\nif unknown:\n    qs = qs.select_related('author')\nfor b in qs:\n    b.author",
            id="loaded on one way",
        ),
    ],
)
def test_no_query_for_each_row(code: str) -> None:
    assert accesses(code) == []


def test_a_parameter_is_read_where_a_loop_goes_over_it() -> None:
    views = """
        from .models import Author

        def names(books):
            # What is given stands nowhere itself.
            return [
                book.pk
                for book in books
            ]

        def shown():
            return [names(author.book_set.filter(pk=2)) for author in Author.objects.all()]
        """
    models = """
        from django.db import models

        class Author(models.Model):
            name = models.CharField(max_length=50)

        class Book(models.Model):
            author = models.ForeignKey(Author, models.CASCADE)
        """
    (access,) = project({"shop.__init__": "", "shop.models": models, "shop.views": views}).accesses
    assert told(access) == "query book_set line 8"
