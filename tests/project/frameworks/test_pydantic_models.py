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
from typing import Annotated, Generic, List, Optional, TypeVar, Union

from fastapi import APIRouter, Depends, FastAPI
from pydantic import (
    AliasPath, BaseModel, ConfigDict, Field, RootModel, TypeAdapter, computed_field, field_validator, model_validator
)
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


T = TypeVar("T")


class Page(BaseModel, Generic[T]):
    items: list[T]
    total: int = 10


class Counted(Page[T], Generic[T]):
    number: int = 1


class BookPage(Counted[BookOut]):
    pass


class Books(RootModel[list[BookOut]]):
    pass


class Labelled(BookOut):
    @computed_field
    @property
    def label(self) -> str:
        return f"{self.title} by {self.author.name}"

    @model_validator(mode="after")
    def checked(self):
        return self


class Told(BaseModel):
    name: str

    @model_validator(mode="before")
    @classmethod
    def of(cls, book):
        return {"name": book.author.name}


class Passed(BookOut):
    @model_validator(mode="before")
    @classmethod
    def of(cls, book):
        return book


class TagNames(Titled):
    tags: list[str]

    @field_validator("tags", mode="before")
    @classmethod
    def names(cls, tags):
        return [tag.name for tag in tags]


class NameOfAuthor(Titled):
    author: str

    @field_validator("author", mode="before")
    @classmethod
    def name_of(cls, author):
        return author.name


many = TypeAdapter(list[BookOut])


def made(schema, books):
    return [schema.model_validate(book) for book in books]


class WhatIsLoaded(BaseModel):
    name: str = ""

    @model_validator(mode="before")
    @classmethod
    def of(cls, book):
        return {"name": book.author.name} if "author" in book.__dict__ else {}


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
        (
            "from sqlalchemy.orm import contains_eager\n\n\n"
            f'@app.get("/", response_model=list[BookOut])\n{HEAD}:\n'
            "    return session.query(Book).join(Book.author).options(contains_eager(Book.author)).all()\n",
            1,
        ),
    ],
)
def test_nothing_is_said_of_what_costs_nothing(route: str, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    assert answered(text_of(route), monkeypatch)[1] == count
    assert found(route) == []


TYPES = {
    "Page[BookOut]": (f"{{'items': {ALL}, 'total': 10}}", 11, 1),
    "Counted[BookOut]": (f"{{'items': {ALL}, 'total': 10}}", 11, 1),
    "BookPage": (f"{{'items': {ALL}}}", 11, 1),
    "Page[Tagged]": (f"{{'items': {ALL}}}", 11, 2),
    "Page[Page[BookOut]]": (f"{{'items': [{{'items': {ALL}}}]}}", 11, 1),
    "Books": (ALL, 11, 1),
    "list[Annotated[BookOut, Field(title='book')]]": (ALL, 11, 1),
    "Annotated[list[BookOut], Field(max_length=99)]": (ALL, 11, 1),
    "Optional[List[BookOut]]": (ALL, 11, 1),
    "list[BookOut] | None": (ALL, 11, 1),
    "list[Union[BookOut, TagOut]]": (ALL, 11, 1),
    "tuple[BookOut, ...]": (ALL, 11, 1),
    "dict[str, list[BookOut]]": (f"{{'all': {ALL}}}", 11, 1),
    "list[Labelled]": (ALL, 11, 1),
    "list[Told]": (ALL, 11, 1),
    "list[Passed]": (ALL, 11, 1),
    "list[TagNames]": (ALL, 11, 2),
    "list[NameOfAuthor]": (ALL, 11, 1),
}


@pytest.mark.parametrize("type_", TYPES)
@pytest.mark.parametrize("said", ["response_model", "annotation"])
def test_types_of_answers(type_: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    value, before, after = TYPES[type_]
    route = f'@app.get("/", response_model={type_})\n{HEAD}:\n    return {value}\n'
    if said == "annotation":
        route = f'@app.get("/")\n{HEAD} -> {type_}:\n    return {value}\n'
    body, count = answered(text_of(route), monkeypatch)
    assert count == before
    text = fixed_text(text_of(route), n_plus_one_in_serializer.rule, Applicability.UNSAFE)
    assert answered(text, monkeypatch) == (body, after)


@pytest.mark.parametrize(
    "value",
    [
        f"Page[BookOut](items={ALL})",
        f"Page[BookOut].model_validate({{'items': {ALL}}})",
        f"BookPage(items={ALL}, total=3)",
        f"Books.model_validate({ALL})",
        f"TypeAdapter(list[BookOut]).validate_python({ALL})",
        f"many.validate_python({ALL})",
        f"[TypeAdapter(BookOut).validate_python(book) for book in {ALL}]",
        f"[Labelled.model_validate(book) for book in {ALL}]",
        f"made(BookOut, {ALL})",
    ],
)
def test_models_that_code_makes(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    route = f'@app.get("/")\n{HEAD}:\n    return {value}\n'
    body, count = answered(text_of(route), monkeypatch)
    assert count == 11
    text = fixed_text(text_of(route), n_plus_one_in_serializer.rule, Applicability.UNSAFE)
    assert answered(text, monkeypatch) == (body, 1)


@pytest.mark.parametrize(
    ("route", "count"),
    [
        (f'@app.get("/", response_model=Page[Titled])\n{HEAD}:\n    return {{"items": {ALL}}}\n', 1),
        (f'@app.get("/", response_model=list[WhatIsLoaded])\n{HEAD}:\n    return {ALL}\n', 1),
        (f'@app.get("/", response_model=None)\n{HEAD} -> list[BookOut]:\n    return [1]\n', 0),
        (f'@app.get("/")\n{HEAD}:\n    return {ALL[:-6]}.first().title\n', 1),
        (f'@app.get("/")\n{HEAD}:\n    return TypeAdapter(list[Titled]).validate_python({ALL})\n', 1),
        (f'@app.get("/")\n{HEAD}:\n    return Page[int](items=[book.id for book in {ALL}])\n', 1),
        (
            f'@app.get("/")\n{HEAD} -> Page[BookOut]:\n'
            "    found = session.scalars(select(Book).options(joinedload(Book.author))).all()\n"
            "    return Page[BookOut](items=found)\n",
            1,
        ),
    ],
)
def test_nothing_is_said_of_types_that_read_nothing(route: str, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    assert answered(text_of(route), monkeypatch)[1] == count
    assert found(route) == []


def test_pages_of_fastapi_pagination() -> None:
    text = (
        "from fastapi_pagination import Page as Part\nfrom fastapi_pagination.ext.sqlalchemy import paginate\n"
        f'{MODELS}@app.get("/", response_model=Part[BookOut])\n{HEAD}:\n'
        "    return paginate(session, select(Book).order_by(Book.id))\n"
    )
    found = findings_in(text, n_plus_one_in_serializer.rule)
    assert ["`author`" in each.message for each in found] == [True]
    fixed = fixed_text(text, n_plus_one_in_serializer.rule, Applicability.UNSAFE)
    assert "select(Book).options(joinedload(Book.author)).order_by(Book.id)" in fixed


LISTED = """\
def listed(query, schema, exclude=None):
    query = query.limit(20)
    return [schema.model_validate(each).model_dump(exclude=exclude) for each in query.all()]


@app.get("/")
{head}:
    return listed(session.query(Book).order_by(Book.id), {schema})


@app.get("/authors")
def authors(session: Session = Depends(get_session)):
    return listed(session.query(Author), AuthorOut)
"""


def test_a_helper_for_several_models_is_no_place_for_an_option(monkeypatch: pytest.MonkeyPatch) -> None:
    """The option belongs to the query of books, which the helper gets beside those of authors."""
    text = text_of(LISTED.format(head=HEAD, schema="BookOut"))
    body, count = answered(text, monkeypatch)
    (finding,) = findings_in(text, n_plus_one_in_serializer.rule)
    assert finding.message.endswith("for `author`, by a query of its own, once for each different `Author`")
    assert "order_by" in text.splitlines()[finding.span.line - 1]
    fixed = fixed_text(text, n_plus_one_in_serializer.rule, Applicability.UNSAFE)
    assert "session.query(Book).options(joinedload(Book.author)).order_by(Book.id)" in fixed
    assert (count, answered(fixed, monkeypatch)) == (11, (body, 1))


@pytest.mark.parametrize("left_out", ["set()", '{"title"}'])
def test_fields_that_are_left_out_again(left_out: str) -> None:
    """No query is told to load what its reader throws away."""
    kept = LISTED.format(head=HEAD, schema=f"BookOut, {left_out}")
    assert len(found(kept)) == 1
    assert found(kept.replace(left_out, '{"title", "author"}')) == []
