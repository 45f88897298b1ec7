"""A session keeps its rows: those that lead to the same row ask for it once, and messages say no more."""

from __future__ import annotations

import sys
import types
from typing import TYPE_CHECKING

from databases import statements_of, tables_of
from sqlalchemy.orm import Session

from perffix import check_source

if TYPE_CHECKING:
    import pytest

PROGRAM = """
from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class Town(Base):
    __tablename__ = "town"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class Author(Base):
    __tablename__ = "author"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    town_id: Mapped[int] = mapped_column(ForeignKey("town.id"))
    town: Mapped[Town] = relationship()
    books: Mapped[list["Book"]] = relationship(back_populates="author")


class Book(Base):
    __tablename__ = "book"
    id: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("author.id"))
    author: Mapped[Author] = relationship(back_populates="books")


def names(session):
    return [book.author.name for book in session.scalars(select(Book))]


def towns(session):
    return [book.author.town.name for book in session.scalars(select(Book))]


def sizes(session):
    return [len(author.books) for author in session.scalars(select(Author))]
"""


def test_a_row_that_several_lead_to_is_asked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten books of two authors cost one query and two besides; the messages tell them from lists of rows."""
    shop = types.ModuleType("shop_of_kept_rows")
    monkeypatch.setitem(sys.modules, shop.__name__, shop)
    exec(PROGRAM, vars(shop))
    with tables_of(shop.Base.metadata) as engine, Session(engine) as session:
        authors = [shop.Author(name=str(number), town=shop.Town(name=str(number))) for number in range(2)]
        session.add_all(shop.Book(author=authors[number % 2]) for number in range(10))
        session.commit()
        session.expunge_all()
        with statements_of(engine) as statements:
            shop.names(session)
        assert len(statements) == 3
        session.expunge_all()
        with statements_of(engine) as statements:
            shop.towns(session)
        assert len(statements) == 5
    findings = [finding for finding in check_source(PROGRAM) if finding.code == "PERF701"]
    assert {finding.message for finding in findings} == {
        "Each `Book` of this query loads `author.town` by two queries of its own, once for each different `Author`",
        "Each `Book` of this query loads `author` by a query of its own, once for each different `Author`",
        "Each `Author` of this query loads `books` by a query of its own",
    }
    facts = {fact for finding in findings for fact in finding.evidence}
    assert "`town` is a relationship: a query for each different `Town`" in facts
    assert "`books` is a relationship: a query for each `Author`" in facts
