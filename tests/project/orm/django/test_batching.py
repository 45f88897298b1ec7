"""Libraries that load a relation for all rows at once, when the first of them is asked for it."""

from __future__ import annotations

import pytest

from perffix import check_source

MODELS = """
import auto_prefetch
from django.db import models
from pony.orm import Database, Required, select


class Author(auto_prefetch.Model):
    name = models.CharField(max_length=50)


class Tag(auto_prefetch.Model):
    name = models.CharField(max_length=50)


class Book(auto_prefetch.Model):
    author = auto_prefetch.ForeignKey(Author, models.CASCADE)
    tags = models.ManyToManyField(Tag)


class Plain(models.Model):
    author = models.ForeignKey(Author, models.CASCADE)


db = Database()


class Student(db.Entity):
    friend = Required("Student")


def shown():
    return {}
"""


@pytest.mark.parametrize(
    ("shown", "found"),
    [
        ("[book.author.name for book in Book.objects.all()]", []),
        ("[tag.name for book in Book.objects.all() for tag in book.tags.all()]", ["tags"]),
        ("[each.author.name for each in Plain.objects.all()]", ["author"]),
        ("[each.author.name for each in Plain.objects.fetch_mode(models.FETCH_PEERS)]", []),
        ("[each.friend.friend for each in select(s for s in Student)]", []),
    ],
)
def test_what_is_asked_for_row_by_row(shown: str, found: list[str]) -> None:
    told = check_source(MODELS.format(shown), select=["PERF7"])
    assert [each.message.split("`")[3] for each in told] == found
