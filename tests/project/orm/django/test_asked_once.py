"""What to ask once before a loop, in words that fit the query; the numbers of queries are Django's."""

from __future__ import annotations

import textwrap

import pytest
from counted import counted
from fixture_files import findings_in

from perffix.rules.performance import query_in_loop

MODELS = """\
from django.db import models


class Author(models.Model):
    name = models.CharField(max_length=50)
    teacher = models.ForeignKey("self", models.CASCADE, null=True, related_name="pupils")

    def below(self):
        for pupil in self.pupils.filter():
            yield pupil
            yield from pupil.below()


class Book(models.Model):
    title = models.CharField(max_length=50)
    price = models.IntegerField(default=1)
    author = models.ForeignKey(Author, models.CASCADE)


"""


def text_of(code: str) -> str:
    return f"{MODELS}def view(titles, keys):\n{textwrap.indent(code, '    ')}\n"


@pytest.mark.parametrize(
    ("code", "message", "advice", "instead"),
    [
        (
            "for key in keys:\n    Book.objects.get(pk=key)",
            "`get()` asks for `Book` in each turn of a loop",
            "Fetch all rows before the loop: `in_bulk(keys)`",
            "Book.objects.in_bulk(keys)",
        ),
        (
            "for title in titles:\n    Book.objects.filter(price=1, title=title).first()",
            "`first()` asks for `Book` in each turn of a loop",
            "Fetch all rows before the loop: `filter(title__in=values)`, put into a dictionary",
            "{each.title: each for each in Book.objects.filter(price=1, title__in=titles)}",
        ),
        (
            "for key, title in zip(keys, titles):\n    Book.objects.filter(author=key, title=title).first()",
            "`first()` asks for `Book` in each turn of a loop",
            "Fetch all rows before the loop: `filter(author__in=values, title__in=values)`, put into a dictionary",
            "{(each.author_id, each.title): each for each in Book.objects.filter(author__in=keys, title__in=titles)}",
        ),
        (
            "for title in titles:\n    Book.objects.filter(title=title).count()",
            "`count()` asks for `Book` in each turn of a loop",
            'Ask once before the loop: `values("title")` with `annotate()`, or the keys that exist as a set',
            "dict(Book.objects.values('title').annotate(number=models.Count('pk')).values_list('title', 'number'))",
        ),
        (
            "for a in Author.objects.all():\n    for book in Book.objects.filter(author=a):\n        print(book.pk)",
            "Rows of `Book` are fetched for each `Author`",
            "Fetch all rows before the loop, `filter(author__in=values)`, and group them, "
            "or go through one query in this order with `itertools.groupby()`",
            "import itertools\n"
            "rows = Book.objects.filter(author__in=Author.objects.all()).order_by('author_id')\n"
            "for _, books in itertools.groupby(rows, lambda each: each.author_id):\n    print(list(books))",
        ),
    ],
)
def test_one_query_for_all_turns(code: str, message: str, advice: str, instead: str) -> None:
    (finding,) = findings_in(text_of(code), query_in_loop.rule)
    assert finding.message == f"{message}, by a query of its own"
    assert finding.help == advice
    assert findings_in(text_of(instead), query_in_loop.rule) == []
    ran = counted({"slow": text_of(code), "fast": text_of(instead)})
    assert ran["slow"]["view"].queries >= 10
    assert ran["fast"]["view"].queries == 1


def test_the_loop_with_which_a_query_changes_is_told() -> None:
    code = (
        "for author in Author.objects.all():\n"
        "    for title in titles:\n"
        "        Book.objects.filter(author=author, title=title).count()"
    )
    (finding,) = findings_in(text_of(code), query_in_loop.rule)
    assert finding.message == "`count()` asks for `Book` in each turn of a loop, by a query of its own"
    assert '`values("author", "title")`' in (finding.help or "")


def test_a_tree_is_gone_through_level_by_level() -> None:
    code = "for author in Author.objects.all():\n    list(author.below())"
    (finding,) = findings_in(text_of(code), query_in_loop.rule)
    level = "`Author.objects.filter(teacher__in=rows)`"
    assert finding.help == f"Ask level by level, {level}: a prefetch reaches a single one"
