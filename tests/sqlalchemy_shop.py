"""A small shop, mapped with SQLAlchemy: its text, and ways to run code on ten rows of each table."""

from __future__ import annotations

from typing import Any

from databases import statements_of, tables_of
from sqlalchemy.orm import Session
from views import Views

MODELS = """\
from sqlalchemy import Column, ForeignKey, Integer, String, Table, func, select, text
from sqlalchemy.ext.associationproxy import association_proxy
from sqlalchemy.orm import (
    Load, Session, aliased, backref, contains_eager, declarative_base, defaultload, defer, deferred, immediateload,
    joinedload, load_only, raiseload, relationship, selectinload, subqueryload, undefer,
)

Base = declarative_base()

book_tag = Table(
    "book_tag",
    Base.metadata,
    Column("book_id", ForeignKey("book.id"), primary_key=True),
    Column("tag_id", ForeignKey("tag.id"), primary_key=True),
)


class Publisher(Base):
    __tablename__ = "publisher"
    id = Column(Integer, primary_key=True)
    name = Column(String)


class Author(Base):
    __tablename__ = "author"
    id = Column(Integer, primary_key=True)
    name = Column(String)
    publisher_id = Column(ForeignKey("publisher.id"))
    publisher = relationship(Publisher, backref="authors")
    books = relationship("Book", back_populates="author", foreign_keys="Book.author_id")
    profile = relationship("Profile", back_populates="author", uselist=False)
    awards = relationship("Award", lazy="joined")
    letters = relationship("Letter", lazy="dynamic", backref=backref("author", lazy="selectin"))

    @property
    def house(self):
        return self.publisher.name

    def __repr__(self):
        return f"{self.name} ({self.publisher.name})"


class Profile(Base):
    __tablename__ = "profile"
    id = Column(Integer, primary_key=True)
    author_id = Column(ForeignKey("author.id"))
    author = relationship(Author, back_populates="profile")


class Award(Base):
    __tablename__ = "award"
    id = Column(Integer, primary_key=True)
    author_id = Column(ForeignKey("author.id"))


class Letter(Base):
    __tablename__ = "letter"
    id = Column(Integer, primary_key=True)
    author_id = Column(ForeignKey("author.id"))


class Tag(Base):
    __tablename__ = "tag"
    id = Column(Integer, primary_key=True)
    name = Column(String)


class Book(Base):
    __tablename__ = "book"
    id = Column(Integer, primary_key=True)
    title = Column(String)
    body = deferred(Column(String))
    author_id = Column(ForeignKey("author.id"))
    editor_id = Column(ForeignKey("author.id"))
    author = relationship(Author, back_populates="books", foreign_keys=[author_id])
    editor = relationship("Author", foreign_keys=[editor_id])
    tags = relationship(Tag, secondary=book_tag)
    reviews = relationship("Review", back_populates="book")
    stars = association_proxy("reviews", "critic")


class Critic(Base):
    __tablename__ = "critic"
    id = Column(Integer, primary_key=True)


class Review(Base):
    __tablename__ = "review"
    id = Column(Integer, primary_key=True)
    book_id = Column(ForeignKey("book.id"))
    critic_id = Column(ForeignKey("critic.id"))
    book = relationship(Book, back_populates="reviews")
    critic = relationship(Critic)


class Plant(Base):
    __tablename__ = "plant"
    code = Column(String, primary_key=True)
    kind = Column(String)
    name = Column(String)
    __mapper_args__ = {"polymorphic_on": kind, "polymorphic_identity": "plant"}


"""


VIEWS = Views(MODELS, "def view(session, unknown=None):")
text_of, findings, fixed = VIEWS.text, VIEWS.findings, VIEWS.fixed


def queries(text: str) -> int:
    """Return how many queries the function of a module runs on ten rows of each table."""
    names: dict[str, Any] = {}
    exec(compile(text, "shop.py", "exec"), names)
    with tables_of(names["Base"].metadata) as engine:
        with Session(engine) as session:
            tags = [names["Tag"](name=f"tag {number}") for number in range(2)]
            for number in range(10):
                author = names["Author"](name=f"author {number}", publisher=names["Publisher"](name=f"house {number}"))
                author.profile = names["Profile"]()
                author.awards = [names["Award"](), names["Award"]()]
                session.add(names["Letter"](author=author))
                editor = names["Author"](name=f"editor {number}", publisher=names["Publisher"]())
                book = names["Book"](title=f"book {number}", body="...", author=author, editor=editor, tags=list(tags))
                book.reviews = [names["Review"](critic=names["Critic"]())]
                session.add(book)
            session.commit()
        with Session(engine) as session, statements_of(engine) as statements:
            names["view"](session)
        return len(statements)
