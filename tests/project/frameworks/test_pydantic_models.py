"""FastAPI answers with models of Pydantic: how many queries a route runs, and how many when it is mended."""

from __future__ import annotations

import asyncio
import json
import sys
from types import ModuleType
from typing import Any

import pytest
from databases import statements_of, tables_of
from fixture_files import findings_in, fixed_text
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool

from perffix.model import Applicability
from perffix.rules.performance import n_plus_one_in_serializer

MODELS = """\
from typing import List, Optional

from fastapi import APIRouter, Depends, FastAPI
from pydantic import AliasPath, BaseModel, ConfigDict, Field, model_validator
from sqlalchemy import Column, ForeignKey, Integer, String, select
from sqlalchemy.orm import Session, declarative_base, joinedload, relationship, selectinload

app = FastAPI()
Base = declarative_base()


def get_session():
    raise NotImplementedError


class Author(Base):
    __tablename__ = "author"
    id = Column(Integer, primary_key=True)
    name = Column(String)
    books = relationship("Book", back_populates="author", order_by="Book.id")


class Book(Base):
    __tablename__ = "book"
    id = Column(Integer, primary_key=True)
    title = Column(String)
    author_id = Column(ForeignKey("author.id"))
    author = relationship(Author, back_populates="books")
    tags = relationship("Tag")

    @property
    def writer(self):
        return self.author.name


class Tag(Base):
    __tablename__ = "tag"
    id = Column(Integer, primary_key=True)
    name = Column(String)
    book_id = Column(ForeignKey("book.id"))


class TagOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    name: str


class AuthorOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    name: str


class Titled(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    title: str


class BookOut(Titled):
    author: Optional[AuthorOut]


class Tagged(Titled):
    tags: List[TagOut] = []


class Written(Titled):
    writer: str


class Whole(BookOut, Tagged):
    pass


class Shelf(AuthorOut):
    books: "list[Tagged]"


class Aliased(BaseModel):
    author: int = Field(validation_alias="author_id")


class Deep(BaseModel):
    name: str = Field(validation_alias=AliasPath("author", "name"))


class Own(BaseModel):
    author: str

    @model_validator(mode="before")
    @classmethod
    def of(cls, book):
        return {"author": str(book.author_id)}


"""


def text_of(route: str) -> str:
    """Return an application with this route at `/`."""
    return f"{MODELS}{route}"


def found(route: str) -> list[str]:
    """Return what is found of a route."""
    return [each.message for each in findings_in(text_of(route), n_plus_one_in_serializer.rule)]


def answered(text: str, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, int]:
    """Return the answer of an application for ten books, and how many queries it took."""
    module = ModuleType("pydantic_shop")
    monkeypatch.setitem(sys.modules, "pydantic_shop", module)
    exec(compile(text, "pydantic_shop.py", "exec", dont_inherit=True), module.__dict__)
    options = {"poolclass": StaticPool, "connect_args": {"check_same_thread": False}}
    with tables_of(module.Base.metadata, **options) as engine:
        with Session(engine) as session:
            for number in range(10):
                author = module.Author(name=f"author {number}")
                session.add(module.Book(title=f"book {number}", author=author, tags=[module.Tag(name="new")]))
            session.commit()
        with Session(engine) as session, statements_of(engine) as statements:
            module.app.dependency_overrides[module.get_session] = lambda: session
            status, body = asyncio.run(_got(module.app))
    assert status == 200, body
    return json.loads(body), len(statements)


async def _got(app: Any) -> tuple[int, bytes]:
    """Return the status and the body of what an application answers at `/`."""
    sent: list[dict[str, Any]] = []
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": "/", "raw_path": b"/", "query_string": b"", "headers": [], "server": ("test", 80),
        "client": ("test", 1), "root_path": "",
    }  # fmt: skip

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return sent[0]["status"], b"".join(each.get("body", b"") for each in sent[1:])


HEAD = "def books(session: Session = Depends(get_session))"
ALL = "session.scalars(select(Book).order_by(Book.id)).all()"


@pytest.mark.parametrize(
    ("route", "before", "after", "option"),
    [
        (f'@app.get("/", response_model=List[BookOut])\n{HEAD}:\n    return {ALL}\n', 11, 1, "joinedload(Book.author)"),
        (f'@app.get("/", response_model=list[Tagged])\n{HEAD}:\n    return {ALL}\n', 11, 2, "selectinload(Book.tags)"),
        (f'@app.get("/")\nasync {HEAD} -> list[Written]:\n    return {ALL}\n', 11, 1, "joinedload(Book.author)"),
        (f'@app.get("/", response_model=list[Deep])\n{HEAD}:\n    return {ALL}\n', 11, 1, "joinedload(Book.author)"),
        (f'@app.get("/", response_model=list[Whole])\n{HEAD}:\n    return {ALL}\n', 21, 2, "selectinload(Book.tags)"),
        (
            f'router = APIRouter()\n\n\n@router.get("/", response_model=list[BookOut])\n{HEAD}:\n'
            "    found = session.query(Book).order_by(Book.id)\n    return list(found)\n\n\n"
            "app.include_router(router)\n",
            11,
            1,
            "query(Book).options(joinedload(Book.author))",
        ),
        (
            f'@app.get("/")\n{HEAD}:\n    return [BookOut.model_validate(book) for book in {ALL}]\n',
            11,
            1,
            "joinedload(Book.author)",
        ),
        (
            f'@app.get("/", response_model=list[Shelf])\n{HEAD}:\n'
            "    return session.scalars(select(Author).order_by(Author.id)).all()\n",
            21,
            3,
            "selectinload(Author.books).selectinload(Book.tags)",
        ),
        (
            f'@app.get("/", response_model=Shelf)\n{HEAD}:\n    return session.get(Author, 1)\n',
            3,
            3,
            "options=[defaultload(Author.books).selectinload(Book.tags)]",
        ),
    ],
)
def test_a_fix_brings_the_queries_down(
    route: str, before: int, after: int, option: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    body, count = answered(text_of(route), monkeypatch)
    assert count == before
    assert found(route)
    text = fixed_text(text_of(route), n_plus_one_in_serializer.rule, Applicability.UNSAFE)
    assert option in text
    assert option not in text_of(route)
    assert answered(text, monkeypatch) == (body, after)


@pytest.mark.parametrize(
    ("route", "count"),
    [
        (f'@app.get("/", response_model=list[Titled])\n{HEAD}:\n    return {ALL}\n', 1),
        (f'@app.get("/", response_model=list[Aliased])\n{HEAD}:\n    return {ALL}\n', 1),
        (f'@app.get("/", response_model=list[Own])\n{HEAD}:\n    return {ALL}\n', 1),
        (f'@app.get("/", response_model=BookOut)\n{HEAD}:\n    return session.get(Book, 1)\n', 2),
        (
            f'@app.get("/", response_model=list[BookOut])\n{HEAD}:\n'
            "    return session.scalars(select(Book).options(joinedload(Book.author))).all()\n",
            1,
        ),
        (f'@app.get("/")\n{HEAD}:\n    return [Titled.model_validate(book) for book in {ALL}]\n', 1),
    ],
)
def test_nothing_is_said_of_what_costs_nothing(route: str, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    assert answered(text_of(route), monkeypatch)[1] == count
    assert found(route) == []
