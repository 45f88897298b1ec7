"""Ways to declare that books have authors; the real library says what each costs."""

from __future__ import annotations

import sys
import types

import pytest
from sqlalchemy import create_engine, event
from sqlalchemy.orm import Session

from perffix import check_source, fix_source

IMPORTS = """\
from dataclasses import dataclass, field

from sqlalchemy import Column, ForeignKey, Integer, String, Table, select
from sqlalchemy.orm import (
    DeclarativeBase, Mapped, MappedAsDataclass, backref, declarative_base, declared_attr, foreign, joinedload,
    mapped_as_dataclass, mapped_column, registry, relationship, remote, selectinload,
)

"""
TABLES = """\
reg = registry()
authors = Table("author", reg.metadata, Column("id", Integer, primary_key=True), Column("name", String))
books = Table(
    "book", reg.metadata, Column("id", Integer, primary_key=True), Column("author_id", ForeignKey("author.id"))
)


class Author:
    pass


class Book:
    pass


"""
DECLARED = """\
Base = declarative_base()


class Author(Base):
    __tablename__ = "author"
    id = Column(Integer, primary_key=True)
    name = Column(String)
    {author}


class Book(Base):
    __tablename__ = "book"
    id = Column(Integer, primary_key=True)
    {book}


"""
VIEWS = """

def names(session):
    return [book.author.name for book in session.scalars(select(Book))]


def numbers(session):
    return [len(author.books) for author in session.scalars(select(Author))]
"""
FOREIGN_KEY = 'author_id = Column(ForeignKey("author.id"))\n    '
WAYS = {
    "imperatively, at module level": TABLES
    + """\
reg.map_imperatively(Author, authors)
reg.map_imperatively(Book, books, properties={"author": relationship(Author, backref="books")})
""",
    "imperatively, in a function": TABLES
    + """\
def map_all():
    reg.map_imperatively(Author, authors, properties={"books": relationship(Book, back_populates="author")})
    reg.map_imperatively(
        Book, local_table=books, properties={"author": relationship(Author, back_populates="books")}
    )


map_all()
""",
    "with a table of its own": """\
Base = declarative_base()


class Author(Base):
    __table__ = Table("author", Base.metadata, Column("id", Integer, primary_key=True), Column("name", String))


books = Table(
    "book", Base.metadata, Column("id", Integer, primary_key=True), Column("writer", ForeignKey("author.id"), key="by")
)


class Book(Base):
    __table__ = books
    author = relationship(Author, backref=backref("books", order_by=books.c.id))
""",
    "by a decorator": """\
reg = registry()


@reg.mapped
class Author:
    __tablename__ = "author"
    id = Column(Integer, primary_key=True)
    name = Column(String)
    books = relationship("Book", back_populates="author")


@reg.mapped
class Book:
    __tablename__ = "book"
    id = Column(Integer, primary_key=True)
    author_id = Column(ForeignKey("author.id"))
    author = relationship(Author, back_populates="books")
""",
    "as dataclasses, by a decorator": """\
reg = registry()


@mapped_as_dataclass(reg)
class Author:
    __tablename__ = "author"
    id: Mapped[int] = mapped_column(init=False, primary_key=True)
    name: Mapped[str] = mapped_column(default="")
    books: Mapped[list["Book"]] = relationship(default_factory=list, back_populates="author")


@reg.mapped_as_dataclass
class Book:
    __tablename__ = "book"
    id: Mapped[int] = mapped_column(init=False, primary_key=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("author.id"), init=False)
    author: Mapped[Author] = relationship(init=False, back_populates="books")
""",
    "as dataclasses, by a base": """\
class Base(MappedAsDataclass, DeclarativeBase):
    pass


class Author(Base):
    __tablename__ = "author"
    id: Mapped[int] = mapped_column(init=False, primary_key=True)
    name: Mapped[str] = mapped_column(default="")
    books: Mapped[list["Book"]] = relationship(default_factory=list, back_populates="author")


class Book(Base):
    __tablename__ = "book"
    id: Mapped[int] = mapped_column(init=False, primary_key=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("author.id"), init=False)
    author: Mapped[Author] = relationship(init=False, back_populates="books")
""",
    "in a mixin": """\
class Base(DeclarativeBase):
    pass


class WithAuthor:
    @declared_attr
    def author_id(cls):
        return Column(ForeignKey("author.id"))

    @declared_attr
    def author(cls):
        return relationship("Author", backref="books")


class Author(Base):
    __tablename__ = "author"
    id = Column(Integer, primary_key=True)
    name = Column(String)


class Book(WithAuthor, Base):
    __tablename__ = "book"
    id = Column(Integer, primary_key=True)
""",
    "in a mixin with types": """\
class Base(DeclarativeBase):
    pass


class WithAuthor:
    author_id: Mapped[int] = mapped_column(ForeignKey("author.id"))

    @declared_attr
    def author(cls) -> Mapped["Author"]:
        return relationship(lambda: Author, back_populates="books")


class Author(Base):
    __tablename__ = "author"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    books: Mapped[list["Book"]] = relationship(back_populates="author")


class Book(WithAuthor, Base):
    __tablename__ = "book"
    id: Mapped[int] = mapped_column(primary_key=True)
""",
    "by a condition as text": DECLARED.format(
        author='books = relationship("Book", primaryjoin="Author.id == foreign(Book.author_id)", viewonly=True)',
        book="author_id = Column(Integer)\n    author = relationship(\n"
        '        "Author", primaryjoin="foreign(Book.author_id) == Author.id"\n    )',
    ),
    "by a condition": DECLARED.format(
        author='books = relationship(\n        "Book", viewonly=True,\n'
        "        primaryjoin=lambda: Author.id == foreign(Book.author_id)\n    )",
        book="author_id = Column(Integer)\n    author = relationship(\n"
        "        Author, primaryjoin=lambda: foreign(Book.author_id) == remote(Author.id)\n    )",
    ),
    "by a key as text": DECLARED.format(
        author='books = relationship("Book", primaryjoin="Author.id == Book.author_id", foreign_keys="Book.author_id")',
        book='author_id = Column(Integer)\n    author = relationship(\n        "Author", viewonly=True,\n'
        '        primaryjoin="Book.author_id == Author.id", foreign_keys="[Book.author_id]"\n    )',
    ),
    "by an object for the way back": DECLARED.format(
        author="", book=FOREIGN_KEY + 'author = relationship("Author", backref=backref("books", lazy="select"))'
    ),
}
SECONDARY = """\
Base = declarative_base()
links = Table(
    "link", Base.metadata, Column("a", ForeignKey("author.id")), Column("b", ForeignKey("book.id"))
)


class Author(Base):
    __tablename__ = "author"
    id = Column(Integer, primary_key=True)
    name = Column(String)
    books = relationship("Book", secondary="link", backref="authors")


class Book(Base):
    __tablename__ = "book"
    id = Column(Integer, primary_key=True)


def names(session):
    return [[author.name for author in book.authors] for book in session.scalars(select(Book))]


def numbers(session):
    return [len(author.books) for author in session.scalars(select(Author))]
"""


def counts(text: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """Return how many queries the functions of a module run on ten books and ten authors."""
    module = types.ModuleType("shop")
    monkeypatch.setitem(sys.modules, "shop", module)
    exec(compile(text, "shop.py", "exec"), vars(module))
    names = vars(module)
    metadata = names["reg"].metadata if "reg" in names else names["Base"].metadata
    engine = create_engine("sqlite://")
    metadata.create_all(engine)
    with Session(engine) as session:
        for number in range(10):
            author, book = names["Author"](), names["Book"]()
            author.name = f"author {number}"
            session.add(author)
            session.flush()
            if hasattr(book, "authors"):
                book.authors.append(author)
            elif hasattr(book, "author_id"):
                book.author_id = author.id
            else:
                book.author = author
            session.add(book)
        session.commit()
    found = {}
    for name in ("names", "numbers"):
        statements: list[str] = []
        event.listen(engine, "before_cursor_execute", lambda *given, said=statements: said.append(given[2]))
        with Session(engine) as session:
            names[name](session)
        found[name] = len(statements)
    engine.dispose()
    return found


@pytest.mark.parametrize("text", WAYS.values(), ids=WAYS)
def test_relations_are_found_however_they_are_declared(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    check(IMPORTS + text + VIEWS, ["author", "books"], {"names": 1, "numbers": 2}, monkeypatch)


def test_relations_over_a_table_that_is_named_by_a_text_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    check(IMPORTS + SECONDARY, ["authors", "books"], {"names": 2, "numbers": 2}, monkeypatch)


def check(text: str, relations: list[str], after: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    """Assert that perffix tells some relations of a module, which cost as much as it says, until they are loaded."""
    assert counts(text, monkeypatch) == {"names": 11, "numbers": 11}
    assert [each.message.split("`")[3] for each in check_source(text, select=["PERF701"])] == relations
    fixed = fix_source(text, select=["PERF701"], unsafe_fixes=True)
    assert counts(fixed, monkeypatch) == after
