"""Marshmallow dumps rows: how many queries that takes, and how many when the query is mended."""

from __future__ import annotations

import pytest
from fixture_files import findings_in, fixed_text
from sqlalchemy_shop import MODELS, queries

from perffix.model import Applicability
from perffix.rules.performance import n_plus_one_in_serializer

SCHEMAS = """\
from marshmallow import Schema, fields, pre_dump


class CriticSchema(Schema):
    id = fields.Integer()


class PublisherSchema(Schema):
    name = fields.String()


class AuthorSchema(Schema):
    name = fields.String()
    publisher = fields.Nested(PublisherSchema)


class ReviewSchema(Schema):
    critic = fields.Nested("CriticSchema")


class Titles(Schema):
    title = fields.String()


class Written(Titles):
    by = fields.String(attribute="author.name")


class WithAuthor(Titles):
    author = fields.Nested(AuthorSchema)


class Listed(Titles):
    reviews = fields.List(fields.Nested(lambda: ReviewSchema()))


class Tagged(Titles):
    tags = fields.Nested(lambda: TagSchema(), many=True)


class TagSchema(Schema):
    name = fields.String()


class ByMethod(Titles):
    author = fields.Method("get_author")

    def get_author(self, book):
        return book.author.name


class Houses(Schema):
    house = fields.String()


class Prepared(WithAuthor):
    @pre_dump
    def plain(self, book, **options):
        return {"title": book.title}


class Some(WithAuthor):
    class Meta:
        fields = ("title",)


class Hidden(WithAuthor):
    class Meta:
        exclude = ("author",)


shelf = Tagged(many=True)


"""
BOOKS = "session.query(Book).all()"


def text_of(code: str) -> str:
    """Return a module with the shop, schemas for it and a function that does this."""
    return f"{MODELS}{SCHEMAS}def view(session, unknown=None):\n    {code}\n"


@pytest.mark.parametrize(
    ("code", "before", "after", "option"),
    [
        (f"Written(many=True).dump({BOOKS})", 11, 1, "joinedload(Book.author)"),
        (f"WithAuthor(many=True).dump({BOOKS})", 21, 1, "joinedload(Book.author).joinedload(Author.publisher)"),
        (f"WithAuthor().dump({BOOKS}, many=True)", 21, 1, "joinedload(Author.publisher)"),
        (f"[WithAuthor().dump(book) for book in {BOOKS}]", 21, 1, "joinedload(Author.publisher)"),
        (f"Listed(many=True).dump({BOOKS})", 21, 2, "selectinload(Book.reviews).joinedload(Review.critic)"),
        (f"shelf.dump({BOOKS})", 11, 2, "selectinload(Book.tags)"),
        (f"ByMethod(many=True).dump({BOOKS})", 11, 1, "joinedload(Book.author)"),
        ("Houses(many=True).dump(session.query(Author).all())", 21, 1, "joinedload(Author.publisher)"),
    ],
)
def test_a_fix_brings_the_queries_down(code: str, before: int, after: int, option: str) -> None:
    assert queries(text_of(code)) == before
    text = fixed_text(text_of(code), n_plus_one_in_serializer.rule, Applicability.UNSAFE)
    assert option in text
    assert option not in text_of(code)
    assert queries(text) == after
    assert fixed_text(text, n_plus_one_in_serializer.rule, Applicability.UNSAFE) == text


@pytest.mark.parametrize(
    ("code", "count"),
    [
        (f"Titles(many=True).dump({BOOKS})", 1),
        (f"Prepared(many=True).dump({BOOKS})", 1),
        (f"Some(many=True).dump({BOOKS})", 1),
        (f"Hidden(many=True).dump({BOOKS})", 1),
        (f"WithAuthor(only=('title',), many=True).dump({BOOKS})", 1),
        ("WithAuthor().dump(session.query(Book).first())", 3),
        (
            "WithAuthor(many=True).dump(\n"
            "        session.query(Book).options(joinedload(Book.author).joinedload(Author.publisher)).all()\n    )",
            1,
        ),
    ],
)
def test_nothing_is_said_of_what_costs_nothing(code: str, count: int) -> None:
    assert queries(text_of(code)) == count
    assert findings_in(text_of(code), n_plus_one_in_serializer.rule) == []
