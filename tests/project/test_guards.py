"""Code that runs for some arguments only is not followed for others."""

from __future__ import annotations

import pytest
from projects import project, told

MODELS = """
from django.db import models

class Author(models.Model):
    name = models.CharField(max_length=50)

class Book(models.Model):
    author = models.ForeignKey(Author, models.CASCADE)
"""


def accesses(helper: str, call: str) -> list[str]:
    """Return what a view costs that calls a helper with each book."""
    view = f"{MODELS}\n{helper}\ndef view(unknown):\n    return [{call} for book in Book.objects.all()]\n"
    return [told(each).partition(" line")[0] for each in project({"shop": view}).accesses]


IF = "def helper(book, names=False):\n    if names:\n        return book.author\n"
NOT = "def helper(book, *, short=True):\n    if not short:\n        return book.author\n"
CONDITIONAL = "def helper(book, names=None):\n    return book.author if names else book.pk\n"
ELSE = "def helper(book, short=True):\n    if short:\n        return book.pk\n    else:\n        return book.author\n"
BOTH = "def helper(book, names=False, other=1):\n    if other > 1 and names:\n        return book.author\n"
NONE = "def helper(book, names=None):\n    if names is not None:\n        return book.author\n"


@pytest.mark.parametrize(
    ("helper", "given"),
    [
        (IF, "names=True"),
        (NOT, "short=False"),
        (CONDITIONAL, "names=1"),
        (ELSE, "short=False"),
        (BOTH, "names=True"),
        (NONE, "names='x'"),
    ],
)
def test_a_branch_is_followed_with_the_arguments_that_lead_there(helper: str, given: str) -> None:
    assert accesses(helper, f"helper(book, {given})") == ["relation author"]
    assert accesses(helper, "helper(book)") == []


@pytest.mark.parametrize(
    ("helper", "arguments"),
    [
        (IF, "unknown"),
        (IF, "*unknown"),
        (IF, "**unknown"),
        (BOTH, "True, 2"),
    ],
)
def test_unknown_arguments_may_lead_anywhere(helper: str, arguments: str) -> None:
    assert accesses(helper, f"helper(book, {arguments})") == ["relation author"]


def test_a_query_that_stands_in_for_a_missing_argument() -> None:
    helper = "def helper(b, books=None):\n    if books is None:\n        books = Book.objects.all()\n    return books\n"
    assert accesses(helper, "[each.author for each in helper(book)]") == ["relation author"]
