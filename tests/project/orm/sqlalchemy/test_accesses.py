"""What code costs with SQLAlchemy; the numbers of queries behind the cases are those of the library itself."""

from __future__ import annotations

import textwrap

import pytest
from projects import project, told
from sqlalchemy_shop import MODELS


def accesses(code: str) -> list[str]:
    """Return what a function with this body costs; its first line is 8."""
    head = (
        "from shop.models import *\nfrom shop.db import db\nimport sqlalchemy as sa\nfrom sqlalchemy import orm\n\n\n"
    )
    view = f"{head}def view(session, unknown):\n{textwrap.indent(textwrap.dedent(code), '    ')}\n"
    made = project({"shop.__init__": "", "shop.models": MODELS, "shop.views": view})
    return [told(each) for each in made.accesses]


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("for b in session.query(Book):\n    b.author.name", ["relation author line 9"]),
        ("[b.author for b in session.query(Book).filter(Book.title == 'x').all()]", ["relation author line 8"]),
        ("for b in unknown.session().query(Book).all():\n    b.author", ["relation author line 9"]),
        ("for b in db.session.query(Book).order_by(Book.title):\n    b.author", ["relation author line 9"]),
        ("for b in session.scalars(sa.select(Book)):\n    b.author", ["relation author line 9"]),
        ("for b in db.session.execute(db.select(Book)).scalars().all():\n    b.author", ["relation author line 9"]),
        ("for (b,) in session.execute(select(Book)):\n    b.author", ["relation author line 9"]),
        ("for row in session.execute(select(Book, Tag.name)):\n    row.Book.author", ["relation author line 9"]),
        ("for row in session.execute(select(Book)).all():\n    row[0].author", ["relation author line 9"]),
        ("for b, name in session.query(Book, Author.name):\n    b.editor", ["relation editor line 9"]),
        ("for b in Book.query.filter_by(title='x'):\n    b.author", ["relation author line 9"]),
        ("for b in Book.query.paginate(page=1).items:\n    b.author", ["relation author line 9"]),
        ("for b in db.paginate(select(Book)).items:\n    b.author", ["relation author line 9"]),
        ("for b in session.exec(select(Book)).all():\n    b.author", ["relation author line 9"]),
        ("for b in session.scalars(select(Book)).unique():\n    b.author", ["relation author line 9"]),
        ("for b in session.query(aliased(Book)):\n    b.author", ["relation author line 9"]),
        ("for b in list(session.query(Book)):\n    b.author", ["relation author line 9"]),
        ("for b in session.query(Book).join(Book.author):\n    b.author", ["relation author line 9"]),
        (
            "query = select(Book)\nif unknown:\n    query = query.where(Book.title == 'x')\n"
            "for b in session.scalars(query):\n    b.author",
            ["relation author line 12"],
        ),
        ("for b in session.query(Book).options(joinedload(Book.author)):\n    b.editor", ["relation editor line 9"]),
        (
            "for b in session.query(Book).options(orm.joinedload(Book.author)):\n    b.author.publisher",
            ["relation author.publisher line 9"],
        ),
        (
            "for b in session.query(Book).options(joinedload('author')):\n    b.author.publisher",
            ["relation author.publisher line 9"],
        ),
        (
            "for b in session.query(Book).options(defaultload(Book.author).joinedload(Author.publisher)):\n"
            "    b.author.publisher",
            ["relation author line 9"],
        ),
        (
            "for a in session.query(Author):\n    for b in a.books:\n        b.tags",
            ["relation books line 9", "relation books.tags line 10"],
        ),
        (
            "for a in session.query(Author):\n    for b in unknown:\n        if b:\n"
            "            a.books\n            break",
            ["relation books line 11"],
        ),
        ("for b in session.query(Book).filter(*unknown):\n    b.author", ["relation author line 9"]),
        (
            "for b in session.query(Book).filter(Book.author_id.in_(unknown)):\n    b.author",
            ["relation author line 9"],
        ),
        (
            "for b in session.query(Book).join(Book.author).filter(Author.publisher_id == 1):\n    b.author.publisher",
            ["relation author line 9"],
        ),
        (
            "for b in session.query(Book):\n    b.author\nauthors = session.query(Author).all()",
            ["relation author line 9"],
        ),
        ("for a in session.query(Author):\n    a.letters.count()", ["relation letters line 9"]),
        ("for a in session.query(Author):\n    a.letters.filter(unknown).all()", ["query letters line 9"]),
        ("author = session.get(Author, 1)\nfor b in author.books:\n    b.tags", ["relation books.tags line 10"]),
        ("author = session.query(Author).first()\nfor b in author.books:\n    b.tags", ["relation books.tags line 10"]),
        ("for b in session.query(Book):\n    b.body", ["column body line 9"]),
        ("for b in session.query(Book).options(load_only(Book.title)):\n    b.author_id", ["column author_id line 9"]),
        ("for b in session.query(Book):\n    b.stars", ["relation reviews line 9", "relation reviews.critic line 9"]),
    ],
)
def test_a_query_for_each_row(code: str, found: list[str]) -> None:
    assert accesses(code) == found


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("for b in session.query(Book):\n    b.author_id", id="the key is a column of the row itself"),
        pytest.param("for b in session.query(Book).options(joinedload(Book.author)):\n    b.author", id="joined"),
        pytest.param(
            "for b in session.query(Book).options(Load(Book).joinedload(Book.author)):\n    b.author", id="Load"
        ),
        pytest.param("for b in session.query(Book).options(orm.selectinload('*')):\n    b.author", id="all of them"),
        pytest.param("for b in session.query(Book).options(raiseload(Book.author)):\n    b.author", id="forbidden"),
        pytest.param("for b in session.query(Book).options(unknown):\n    b.author", id="loads what is not known"),
        pytest.param("for b in session.query(Book).options(*unknown):\n    b.author", id="unknown options"),
        pytest.param("for b in unknown(session.query(Book)):\n    b.author", id="a function that is not known"),
        pytest.param(
            "for b in session.query(Book).filter_by(author=unknown):\n    b.author.publisher", id="one parent"
        ),
        pytest.param("for a in session.query(Author):\n    a.awards", id="joined by its declaration"),
        pytest.param("for a in session.query(Author):\n    a.letters", id="a dynamic relation that is not asked"),
        pytest.param("for x in session.query(Letter):\n    x.author.name", id="loaded by what the backref says"),
        pytest.param(
            "for a in session.query(Author).options(subqueryload(Author.books)):\n  for b in a.books:\n    b.author",
            id="the row it came from",
        ),
        pytest.param("for b in session.query(Book).limit(1):\n    b.author", id="at most one row"),
        pytest.param("for b in session.query(Book).filter(Book.id == 1):\n    b.author", id="the row with a key"),
        pytest.param("session.query(Book).first().author.publisher", id="the first row"),
        pytest.param("session.scalar(select(Book)).author", id="one row"),
        pytest.param("for b, a in session.query(Book, Author).join(Book.author):\n    b.author", id="selected with it"),
        pytest.param("for row in session.query(Book.title):\n    row.author", id="no rows of the model"),
        pytest.param("for row in session.execute(select(Book)).mappings():\n    row['author']", id="dictionaries"),
        pytest.param("for b in (Book(title=t) for t in unknown):\n    b.author", id="rows that are made here"),
        pytest.param("for b in session.query(Book):\n    b.author = unknown\n    b.author.name", id="given before"),
        pytest.param(
            "options = [joinedload(Book.author)]\nfor b in session.query(Book).options(*options):\n    b.author",
            id="options in a list",
        ),
        pytest.param(
            "session.get(Book, 1, options=[selectinload(Book.reviews).joinedload(Review.critic)]).reviews[0].critic",
            id="options of get",
        ),
        pytest.param(
            "option = joinedload(Book.author)\noption.joinedload(Author.publisher)\n"
            "for b in session.query(Book).options(option):\n    b.author.publisher",
            id="an option that is told more later",
        ),
        pytest.param(
            "for a in session.query(Author).options(selectinload(Author.books).selectinload(Book.reviews)):\n"
            "    [r.book.author for b in a.books for r in b.reviews]",
            id="back to where the way came from",
        ),
        pytest.param("for b in session.query(Book):\n    b.missing.author", id="no attribute of the model"),
        pytest.param(
            "authors = session.query(Author).all()\nfor b in session.query(Book):\n    b.author",
            id="rows that were fetched before",
        ),
        pytest.param(
            "ids = [a.id for a in unknown]\nfor b in session.query(Book).filter(Book.author_id.in_(ids)):\n  b.author",
            id="looked for by the keys of rows",
        ),
        pytest.param(
            "for b in session.query(Book).filter(sa.and_(Book.author_id == 1, Book.title == 'x')):\n    b.author",
            id="one parent, said in and_",
        ),
        pytest.param(
            "rows = [Book.title == 'x']\nrows.append(Book.author_id == unknown)\n"
            "for b in session.query(Book).filter(Book.id > 3, *rows):\n    b.author",
            id="one parent, said in a list",
        ),
        pytest.param(
            "for b in session.query(Book).join(Book.author).where(Author.id == unknown):\n    b.author",
            id="one parent, said of its own table",
        ),
        pytest.param(
            "for b in session.query(Book):\n    if b.title == unknown:\n        b.author\n        return",
            id="the turn in which the loop is left",
        ),
        pytest.param(
            "for b in session.query(Book):\n    if b.title == unknown:\n        b.author\n        break",
            id="the last turn",
        ),
        pytest.param(
            "for b in session.query(Book):\n    if b.title == unknown:\n        b.author\n        raise ValueError",
            id="the turn that fails",
        ),
    ],
)
def test_no_query_for_each_row(code: str) -> None:
    assert accesses(code) == []


def relations(text: str) -> dict[str, dict[str, tuple[str, str | None, str]]]:
    """Return the relations of all models of a module: kind, target and attribute back or how it is loaded."""
    made = project({"shop": text})
    return {
        model.name: {
            field.name: (field.kind.name, field.target and field.target.removeprefix("shop."), field.lazy)
            for field in model.relations()
        }
        for model in made.models.models.values()
    }


def test_annotations_say_what_a_relation_is() -> None:
    text = """
        from __future__ import annotations
        from typing import List, Optional
        from sqlalchemy import ForeignKey
        from sqlalchemy.orm import DeclarativeBase, DynamicMapped, Mapped, mapped_column, relationship

        class Base(DeclarativeBase):
            pass

        class Person(Base):
            __tablename__ = "person"
            id: Mapped[int] = mapped_column(primary_key=True)
            pets: Mapped[List["Pet"]] = relationship(back_populates="owner")
            letters: DynamicMapped["Pet"] = relationship()
            friend: Mapped["Optional[Person]"] = relationship(lazy="selectin")
            keyed: Mapped[dict[str, Pet]] = relationship()

        class Pet(Base):
            __tablename__ = "pet"
            id: Mapped[int] = mapped_column(primary_key=True)
            owner_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
            owner: Mapped[Person | None] = relationship(back_populates="pets")
    """
    assert relations(text) == {
        "Person": {
            "pets": ("TO_MANY", "Pet", ""),
            "letters": ("TO_MANY", "Pet", "dynamic"),
            "friend": ("REVERSE_ONE", "Person", "selectin"),
            "keyed": ("TO_MANY", "Pet", ""),
        },
        "Pet": {"owner": ("TO_ONE", "Person", "")},
    }


def test_foreign_keys_say_what_a_relation_is() -> None:
    text = """
        from sqlalchemy import Column, ForeignKey, ForeignKeyConstraint, Integer
        from sqlalchemy.orm import declarative_base, declared_attr, relationship, backref

        Base = declarative_base()

        class Owned:
            owner_id = Column(ForeignKey("person.id"))

            @declared_attr
            def owner(cls):
                return relationship("Person")

        class Person(Base):
            __tablename__ = "person"
            id = Column(Integer, primary_key=True)
            boss_id = Column(ForeignKey("person.id"))
            boss = relationship("Person", remote_side=[id], backref=backref("team", lazy="joined"))
            pets = relationship(lambda: Pet)

        class Pet(Owned, Base):
            __tablename__ = "pet"
            id = Column(Integer, primary_key=True)
            a, b = Column(Integer), Column(Integer)
            collar = relationship("Collar", uselist=False, back_populates="pet")
            __table_args__ = (ForeignKeyConstraint(["a", "b"], ["house.a", "house.b"]),)
            house = relationship("House")

        class Collar(Base):
            __tablename__ = "collar"
            pet_id = Column(ForeignKey(Pet.id), primary_key=True)
            pet = relationship(Pet, back_populates="collar")

        class House(Base):
            __tablename__ = "house"
            a = Column(Integer, primary_key=True)
            b = Column(Integer, primary_key=True)
            unclear = relationship("Collar")
    """
    assert relations(text) == {
        "Person": {
            "boss": ("TO_ONE", "Person", ""),
            "team": ("TO_MANY", "Person", "joined"),
            "pets": ("TO_MANY", "Pet", ""),
        },
        "Pet": {
            "owner": ("TO_ONE", "Person", ""),
            "collar": ("REVERSE_ONE", "Collar", ""),
            "house": ("TO_ONE", "House", ""),
        },
        "Collar": {"pet": ("TO_ONE", "Pet", "")},
        "House": {},
    }


def test_sqlmodel() -> None:
    text = """
        from sqlmodel import Field, Relationship, Session, SQLModel, select

        class Team(SQLModel, table=True):
            id: int | None = Field(default=None, primary_key=True)
            heroes: list["Hero"] = Relationship(back_populates="team")

        class Hero(SQLModel, table=True):
            id: int | None = Field(default=None, primary_key=True)
            team_id: int | None = Field(foreign_key="team.id")
            team: Team | None = Relationship(back_populates="heroes", sa_relationship_kwargs={"lazy": "selectin"})
            rival: "Team" = Relationship()

        def names(session: Session):
            return [(hero.team, hero.rival) for hero in session.exec(select(Hero)).all()]

        def members(session: Session):
            return [team.heroes for team in session.exec(select(Team))]
    """
    assert relations(text) == {
        "Team": {"heroes": ("TO_MANY", "Hero", "")},
        "Hero": {"team": ("TO_ONE", "Team", "selectin"), "rival": ("TO_ONE", "Team", "")},
    }
    assert [told(each) for each in project({"shop": text}).accesses] == [
        "relation rival line 15",
        "relation heroes line 18",
    ]


def test_flask_sqlalchemy() -> None:
    text = """
        from flask_sqlalchemy import SQLAlchemy

        db = SQLAlchemy()

        class Page(db.Model):
            id = db.Column(db.Integer, primary_key=True)
            user_account_id = db.Column(db.ForeignKey("user_account.id"))
            author = db.relationship("UserAccount", backref="pages")

        class UserAccount(db.Model):
            id = db.Column(db.Integer, primary_key=True)

            @classmethod
            def page_counts(cls):
                return [len(user.pages) for user in cls.query.order_by(cls.id)]

        def view():
            return [page.author for page in Page.query.options(db.joinedload(Page.author))] + [
                page.author for page in db.session.scalars(db.select(Page)).all()
            ]
    """
    assert relations(text) == {
        "Page": {"author": ("TO_ONE", "UserAccount", "")},
        "UserAccount": {"pages": ("TO_MANY", "Page", "")},
    }
    assert [told(each) for each in project({"shop": text}).accesses] == [
        "relation author line 20",
        "relation pages line 16",
    ]


def test_sessions_that_wait() -> None:
    text = """
        from sqlalchemy import Column, ForeignKey, Integer, select
        from sqlalchemy.ext.asyncio import AsyncAttrs
        from sqlalchemy.orm import DeclarativeBase, relationship

        class Base(AsyncAttrs, DeclarativeBase):
            pass

        class Author(Base):
            __tablename__ = "author"
            id = Column(Integer, primary_key=True)

        class Book(Base):
            __tablename__ = "book"
            id = Column(Integer, primary_key=True)
            author_id = Column(ForeignKey("author.id"))
            author = relationship(Author)

        async def view(session):
            for book in (await session.scalars(select(Book))).all():
                await book.awaitable_attrs.author
            async for book in await session.stream_scalars(select(Book)):
                await book.awaitable_attrs.author
    """
    assert [told(each) for each in project({"shop": text}).accesses] == [
        "relation author line 21",
        "relation author line 23",
    ]
