"""Writes in loops: which turns are passed over before the tree of their function is asked for."""

from __future__ import annotations

import textwrap

import pytest
from projects import project

HEAD = """\
from django.db import models


class Book(models.Model):
    title = models.CharField(max_length=50)


class Shop(models.Model):
    name = models.CharField(max_length=50)


"""


@pytest.mark.parametrize(
    ("turn", "noted"),
    [
        ("book.save()", 1),
        ("titles = [each.name for each in book.shops.all()]\nbook.save()", 1),
        ("titles = [\n    each.name\n    for each in book.shops.all()\n]\nbook.save()", 1),
        ("for name in ('a', 'b'):\n    print(name)\nbook.save()", 1),
        ("for key, name in {'a': 1}.items():\n    print(name)\nbook.save()", 1),
        ("for shop in book.shops.all():\n    print(shop)\nbook.save()", 0),
        ("for number, shop in enumerate(shops):\n    print(shop)\nbook.save()", 0),
    ],
)
def test_turns_with_loops_of_their_own_are_no_suspects(turn: str, noted: int) -> None:
    loop = f"for book in Book.objects.all():\n    book.title = 'x'\n{textwrap.indent(turn, '    ')}"
    text = f"{HEAD}def change(shops):\n{textwrap.indent(loop, '    ')}\n"
    writes = project({"shop": text}).evaluator.writes
    assert len({write.place for write in writes}) == noted
