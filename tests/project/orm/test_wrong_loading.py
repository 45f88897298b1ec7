"""Eager loads that are called wrong, against what Django, SQLAlchemy and Tortoise do with them."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import warnings
from types import ModuleType
from typing import Any

import pytest
from databases import statements_of, tables_of, tortoise_tables
from explained import explained
from fixture_files import FIXTURES, findings_in, read_fixture
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from tortoise.exceptions import FieldError, OperationalError
from views import Views

from perffix.rules.performance import wrong_eager_load

FOLDER = FIXTURES / "PERF713_wrong_eager_load"
# What is flagged because of what it costs.
COSTLY = {"all_relations", "of_none"}


def test_django_raises_where_something_is_flagged() -> None:
    errors = explained(read_fixture(FOLDER / "flagged.py").text, rows=True).errors
    assert {name for name, error in errors.items() if not error} == COSTLY
    known = {"FieldError", "ValueError", "TypeError", "NotSupportedError"}
    assert {error for name, error in errors.items() if name not in COSTLY} == known


def test_django_raises_nothing_where_nothing_is() -> None:
    errors = explained(read_fixture(FOLDER / "clean.py").text, rows=True).errors
    # These do not run: one gets names that are none, the other's query is none.
    assert {name for name, error in errors.items() if error} == {"computed", "not_a_query"}


MODELS = """\
from sqlalchemy import Column, ForeignKey, Integer, String, select
from sqlalchemy.orm import (
    Session, aliased, contains_eager, declarative_base, immediateload, joinedload, load_only, relationship,
    selectinload, subqueryload,
)

Base = declarative_base()


class Publisher(Base):
    __tablename__ = "publisher"
    id = Column(Integer, primary_key=True)


class Author(Base):
    __tablename__ = "author"
    id = Column(Integer, primary_key=True)
    name = Column(String(50))
    publisher_id = Column(ForeignKey("publisher.id"))
    publisher = relationship(Publisher)
    books = relationship("Book", back_populates="author")
    awards = relationship("Award")
    letters = relationship("Letter", lazy="dynamic")
    notes = relationship("Note", lazy="write_only")


class Book(Base):
    __tablename__ = "book"
    id = Column(Integer, primary_key=True)
    title = Column(String(50))
    author_id = Column(ForeignKey("author.id"))
    author = relationship(Author, back_populates="books")
    reviews = relationship("Review")


class Award(Base):
    __tablename__ = "award"
    id = Column(Integer, primary_key=True)
    author_id = Column(ForeignKey("author.id"))


class Letter(Base):
    __tablename__ = "letter"
    id = Column(Integer, primary_key=True)
    author_id = Column(ForeignKey("author.id"))


class Note(Base):
    __tablename__ = "note"
    id = Column(Integer, primary_key=True)
    author_id = Column(ForeignKey("author.id"))


class Review(Base):
    __tablename__ = "review"
    id = Column(Integer, primary_key=True)
    book_id = Column(ForeignKey("book.id"))


class Shelf(Base):
    __tablename__ = "shelf"
    id = Column(Integer, primary_key=True)
    boards = relationship("Board", lazy="joined")


class Board(Base):
    __tablename__ = "board"
    id = Column(Integer, primary_key=True)
    shelf_id = Column(ForeignKey("shelf.id"))


"""


VIEWS = Views(MODELS)


def told(code: str) -> list[str]:
    """Return what is found in a function with some code."""
    return [finding.message for finding in findings_in(VIEWS.text(code), wrong_eager_load.rule)]


class Result:
    """What SQLAlchemy does with some code: its error, its queries, and the rows that the database gives."""

    def __init__(self, code: str) -> None:
        names: dict[str, Any] = {}
        exec(compile(VIEWS.text(code), "shop", "exec"), names)
        self.error = ""
        with tables_of(names["Base"].metadata) as engine:
            with Session(engine) as session:
                for _ in range(10):
                    author = names["Author"](name="x", publisher=names["Publisher"]())
                    author.books = [names["Book"](title="x", reviews=[names["Review"]()]) for _ in range(3)]
                    author.awards = [names["Award"]() for _ in range(4)]
                    session.add_all([author, names["Shelf"](boards=[names["Board"](), names["Board"]()])])
                session.commit()
            with Session(engine) as session, statements_of(engine) as statements, warnings.catch_warnings():
                warnings.simplefilter("ignore")
                try:
                    names["view"](session)
                except (SQLAlchemyError, NotImplementedError) as error:
                    self.error = type(error).__name__
            self.queries = len(statements)
            with engine.connect() as connection:
                self.rows = sum(len(connection.exec_driver_sql(*each).fetchall()) for each in statements)


RAISING = [
    ("session.scalars(select(Author).options(joinedload(Author.books))).all()", "`books`"),
    ("session.execute(select(Author).options(joinedload(Author.books))).scalars().all()", "`books`"),
    ("session.execute(select(Author).options(joinedload(Author.books))).all()", "`books`"),
    ("session.scalars(select(Author).options(joinedload(Author.books)).where(Author.id == 1)).one()", "`books`"),
    ("session.execute(select(Author).options(joinedload(Author.books)).where(Author.id == 1)).scalar_one()", "`books`"),
    ("[each.id for each in session.scalars(select(Author).options(joinedload(Author.books)))]", "`books`"),
    ("session.scalars(select(Book).options(joinedload(Book.author).joinedload(Author.books))).all()", "`books`"),
    ("session.scalars(select(Author).join(Author.books).options(contains_eager(Author.books))).all()", "`books`"),
    ("session.scalars(select(Shelf)).all()", "`boards`"),
    ("session.query(Author).options(selectinload(Author.letters)).all()", "`letters`"),
    ("session.scalars(select(Author).options(selectinload(Author.notes))).all()", "`notes`"),
    ("session.query(Book).options(joinedload(Book.title)).all()", "`title`"),
    ("list(session.query(Author).options(joinedload(Author.books)).yield_per(5))", "`books`"),
    ("list(session.query(Author).options(subqueryload(Author.books)).yield_per(5))", "`books`"),
]
COSTING = [
    # The queries and rows with what is flagged, and with what the help says.
    (
        "[len(each.books) for each in session.query(Author).options(immediateload(Author.books))]",
        "[len(each.books) for each in session.query(Author).options(selectinload(Author.books))]",
        "`books`",
        (11, 40),
        (2, 40),
    ),
    (
        "session.query(Author).options(joinedload(Author.books), joinedload(Author.awards)).all()",
        "session.query(Author).options(selectinload(Author.books), selectinload(Author.awards)).all()",
        "`awards`",
        (1, 120),
        (3, 80),
    ),
    (
        "query = select(Author).options(joinedload(Author.books))\n"
        "session.scalars(query.options(joinedload(Author.awards))).unique().all()",
        "query = select(Author).options(joinedload(Author.books))\n"
        "session.scalars(query.options(selectinload(Author.awards))).unique().all()",
        "`awards`",
        (1, 120),
        (2, 70),
    ),
    (
        "session.query(Book).options(contains_eager(Book.author)).all()",
        "session.query(Book).join(Book.author).options(contains_eager(Book.author)).all()",
        "`author`",
        (1, 300),
        (1, 30),
    ),
    (
        "session.query(Book).join(Book.author).options(joinedload(Book.author)).filter(Author.name == 'x').all()",
        "session.query(Book).join(Book.author).options(contains_eager(Book.author)).filter(Author.name == 'x').all()",
        "`author`",
        (1, 30),
        (1, 30),
    ),
]
SILENT = [
    "session.scalars(select(Author).options(joinedload(Author.books))).unique().all()",
    "session.execute(select(Author).options(joinedload(Author.books))).unique().scalars().all()",
    "session.execute(select(Author).options(joinedload(Author.books))).scalars().unique().all()",
    "session.scalars(select(Author).options(joinedload(Author.books))).first()",
    "session.scalar(select(Author).options(joinedload(Author.books)))",
    "session.query(Author).options(joinedload(Author.books)).all()",
    "session.scalars(select(Book).options(joinedload(Book.author))).all()",
    "session.scalars(select(Author).options(selectinload(Author.books).joinedload(Book.author))).all()",
    "session.scalars(select(Book).options(selectinload(Book.author).joinedload(Author.books))).all()",
    "session.query(Author).options(joinedload(Author.books).joinedload(Book.reviews)).all()",
    "session.query(Author).options(joinedload(Author.books), selectinload(Author.awards)).all()",
    "session.query(Author).options(joinedload(Author.books), joinedload(Author.publisher)).all()",
    "session.query(Book).join(Book.author).options(contains_eager(Book.author)).all()",
    "session.query(Book).filter(Book.author_id == Author.id).options(contains_eager(Book.author)).all()",
    "session.query(Book).outerjoin(Author).options(contains_eager(Book.author)).all()",
    "session.query(Author).join(Author.books).options(joinedload(Author.books)).all()",  # the join leaves out some
    "list(session.query(Author).options(selectinload(Author.books)).yield_per(5))",
    "list(session.query(Book).options(joinedload(Book.author)).yield_per(5))",
    "session.query(Book).options(load_only(Book.title)).all()",
    "session.query(Shelf).all()",
]


@pytest.mark.parametrize(("code", "name"), RAISING)
def test_sqlalchemy_raises(code: str, name: str) -> None:
    messages = told(code)
    assert len(messages) == 1
    assert name in messages[0]
    assert Result(code).error


@pytest.mark.parametrize(("code", "better", "name", "before", "after"), COSTING)
def test_the_cost_with_sqlalchemy(
    code: str, better: str, name: str, before: tuple[int, int], after: tuple[int, int]
) -> None:
    messages = told(code)
    assert len(messages) == 1
    assert name in messages[0]
    assert told(better) == []
    for written, cost in ((code, before), (better, after)):
        result = Result(written)
        assert result.error == ""
        assert (result.queries, result.rows) == cost


@pytest.mark.parametrize("code", SILENT)
def test_sqlalchemy_does_as_it_is_told(code: str) -> None:
    assert told(code) == []
    assert Result(code).error == ""


def test_the_join_is_there_once_only_with_contains_eager() -> None:
    from sqlalchemy.orm import contains_eager, joinedload

    names: dict[str, Any] = {}
    exec(compile(MODELS, "shop", "exec"), names)
    query = names["select"](names["Book"]).join(names["Book"].author)
    assert str(query.options(joinedload(names["Book"].author))).count("JOIN") == 2
    assert str(query.options(contains_eager(names["Book"].author))).count("JOIN") == 1


TORTOISE = """\
from tortoise import fields
from tortoise.models import Model


class City(Model):
    id = fields.IntField(primary_key=True)
    name = fields.CharField(max_length=50)


class Tag(Model):
    id = fields.IntField(primary_key=True)
    name = fields.CharField(max_length=50)


class Tour(Model):
    id = fields.IntField(primary_key=True)
    city = fields.ForeignKeyField("models.City", related_name="tours")
    tags = fields.ManyToManyField("models.Tag", related_name="tours")


async def view():
    return len(await QUERY)
"""


@pytest.mark.parametrize(
    ("query", "flagged", "rows"),
    [
        ('City.all().select_related("tours")', True, 20),
        ('Tour.all().select_related("tags")', True, 40),
        ('Tour.all().select_related("city__tours")', True, None),
        ('City.all().select_related("name")', True, None),
        ('City.all().prefetch_related("name")', True, None),
        ('City.all().prefetch_related("tours__tags")', False, 10),
        ('Tour.all().select_related("city").prefetch_related("tags")', False, 20),
    ],
)
def test_tortoise(query: str, flagged: bool, rows: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    source = TORTOISE.replace("QUERY", query)
    assert len(findings_in(source, wrong_eager_load.rule)) == flagged
    module = ModuleType("tortoise_tours")
    exec(compile(source, "shop", "exec"), module.__dict__)
    monkeypatch.setitem(sys.modules, "tortoise_tours", module)
    assert asyncio.run(_rows_of_tortoise(module.__dict__)) == rows


async def _rows_of_tortoise(names: dict[str, Any]) -> int | None:
    """Return how many rows a query gives for ten cities with two tours with two tags each; None for an error."""
    async with tortoise_tables("tortoise_tours"):
        tags = [await names["Tag"].create(name="x") for _ in range(2)]
        for _ in range(10):
            city = await names["City"].create(name="x")
            for _ in range(2):
                await (await names["Tour"].create(city=city)).tags.add(*tags)
        found: int | None = None
        with contextlib.suppress(FieldError, OperationalError, AttributeError):
            found = await names["view"]()
        return found


@pytest.mark.parametrize(
    ("lazy", "names"), [("immediate", ["books", "awards"]), ("joined", ["awards"]), ("selectin", []), ("select", [])]
)
def test_relations_that_load_themselves(lazy: str, names: list[str]) -> None:
    models = MODELS.replace('"Award")', f'"Award", lazy="{lazy}")')
    models = models.replace('"Book", back_populates="author")', f'"Book", back_populates="author", lazy="{lazy}")')
    assert [finding.message.split("`")[1] for finding in findings_in(models, wrong_eager_load.rule)] == names


def test_a_list_of_options_for_other_code() -> None:
    code = "find(query_options=[joinedload(Author.books), joinedload(Author.awards)])"
    assert len(told(code)) == 1
    assert told(code.replace("joinedload(Author.awards)", "selectinload(Author.awards)")) == []


def test_single_rows_of_which_there_may_be_one_only() -> None:
    models = MODELS.replace(
        "    reviews = relationship",
        "    editor_id = Column(Integer)\n"
        "    editor = relationship(Author, primaryjoin='foreign(Book.editor_id) == Author.id', viewonly=True)\n"
        "    reviews = relationship",
    )
    options = "joinedload(Book.author).joinedload(Author.books), joinedload(Book.editor).joinedload(Author.awards)"
    source = f"{models}def view(session):\n    session.query(Book).options({options}).all()\n"
    assert findings_in(source, wrong_eager_load.rule) == []


def test_of_single_rows_it_is_told_that_each_is_asked_for_once() -> None:
    (option,) = told("[each.author for each in session.query(Book).options(immediateload(Book.author))]")
    assert option == "`immediateload` asks for `author` by a query for each different `Author`"
    models = MODELS.replace("relationship(Publisher)", 'relationship(Publisher, lazy="immediate")')
    (declared,) = findings_in(models, wrong_eager_load.rule)
    assert declared.message == "`publisher` is loaded with each `Author` by a query for each different `Publisher`"


@pytest.mark.parametrize(
    ("field", "help"),
    [
        ("models.IntegerField()", "Leave it out"),
        ("models.ForeignKey('self', models.CASCADE, null=True)", "Name the relations that are asked for"),
    ],
)
def test_what_joins_nothing_may_have_relations_to_name(field: str, help: str) -> None:
    head = "from django.db import models\n\n\n"
    view = "\n\ndef view():\n    return [each.day for each in Day.objects.select_related()]\n"
    (found,) = findings_in(f"{head}class Day(models.Model):\n    day = {field}\n{view}", wrong_eager_load.rule)
    assert found.help == help
