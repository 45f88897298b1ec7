"""The databases themselves are asked: how many statements and commits loops take, and how many when they are mended."""

from __future__ import annotations

import contextlib
import sqlite3
import textwrap
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy
from counted import ROWS, counted
from databases import statements_of, tables_of
from fixture_files import findings_in, fixed_text
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from perffix.model import Applicability
from perffix.rules.performance import commit_in_loop, write_per_row

if TYPE_CHECKING:
    from perffix.rules.rule import Rule

DJANGO = """\
from django.db import models
from django.db.models import F


class Author(models.Model):
    name = models.CharField(max_length=50, unique=True)


class Book(models.Model):
    title = models.CharField(max_length=50)
    price = models.IntegerField(default=1)
    author = models.ForeignKey(Author, models.CASCADE, null=True)


"""
# Each is reported, and takes at least one statement for each of ten rows; what the help says takes a few in all.
WRITTEN = {
    "created": (
        "for title in titles:\n    Book.objects.create(title=title)",
        "Book.objects.bulk_create(Book(title=title) for title in titles)",
    ),
    "saved": (
        "for title in titles:\n    book = Book(title=title)\n    book.save()",
        "Book.objects.bulk_create(Book(title=title) for title in titles)",
    ),
    "changed": (
        "for book in Book.objects.all():\n    book.price += 1\n    book.save()",
        "books = list(Book.objects.all())\n"
        'for book in books:\n    book.price += 1\nBook.objects.bulk_update(books, ["price"])',
    ),
    "deleted": (
        "for book in Book.objects.filter(price=1):\n    book.delete()",
        "Book.objects.filter(price=1).delete()",
    ),
    "ensured": (
        "for name in authors:\n    Author.objects.get_or_create(name=name)",
        "known = set(Author.objects.filter(name__in=authors).values_list('name', flat=True))\n"
        "Author.objects.bulk_create(Author(name=name) for name in authors if name not in known)",
    ),
    "updated": (
        "for key in keys:\n    Book.objects.filter(pk=key).update(price=2)",
        "Book.objects.filter(pk__in=keys).update(price=2)",
    ),
    "upserted": (
        "for name in authors:\n    Author.objects.update_or_create(name=name)",
        "Author.objects.bulk_create(\n    [Author(name=name) for name in authors],\n"
        "    update_conflicts=True, unique_fields=['name'], update_fields=['name'],\n)",
    ),
    "set_alike": (
        "for book in Book.objects.all():\n    book.price = 7\n    book.save()",
        "Book.objects.update(price=7)",
    ),
    "several_updated": (
        "for name in authors:\n    Book.objects.filter(author__name=name).update(price=2)",
        "Book.objects.filter(author__name__in=authors).update(price=2)",
    ),
    "several_deleted": (
        "for name in authors:\n    Book.objects.filter(author__name=name).delete()",
        "Book.objects.filter(author__name__in=authors).delete()",
    ),
}


def _django(name: str, code: str) -> str:
    return f"{DJANGO}def {name}(titles, authors, keys):\n{textwrap.indent(code, '    ')}\n"


def test_django_writes_each_row_by_a_statement() -> None:
    slow = {name: _django(name, before) for name, (before, _) in WRITTEN.items()}
    fast = {f"{name}_fast": _django(name, after) for name, (_, after) in WRITTEN.items()}
    assert [name for name, text in slow.items() if len(findings_in(text, write_per_row.rule)) != 1] == []
    assert [name for name, text in fast.items() if findings_in(text, write_per_row.rule)] == []
    ran = counted(slow | fast)
    for name in WRITTEN:
        assert ran[name][name].queries >= ROWS, name
        assert ran[f"{name}_fast"][name].queries <= 6, name


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        ("book = Book(title=title)\nbook.save()", "`bulk_create()`"),
        ("book.pk = None\nbook.save()", "`bulk_create()`"),
        ("book.price = 2\nbook.save(force_insert=True)", "`bulk_create()`"),
        ("book.price = 2\nbook.save()", "`update(price=...)` of a query"),
        ("book.price, book.title = 2, 'x'\nbook.save()", "`bulk_update()`"),
        ("book.price += 2\nbook.save()", "`bulk_update()`"),
        ("book.title = title\nbook.save()", "`bulk_update()`"),
        ("if book.price:\n    book.price = 2\nbook.save()", "`bulk_update()`"),
        ("book.price = 2\nawait_later(book)\nbook.save()", "`bulk_update()`"),
        ("book.delete()", "`filter(pk__in=...).delete()`"),
        (
            "Author.objects.update_or_create(name=title, defaults={})",
            '`bulk_create(update_conflicts=True, unique_fields=["name"], update_fields=[...])`',
        ),
        ("Author.objects.update_or_create(pk=title, defaults={})", 'unique_fields=["pk"]'),
        ("Book.objects.update_or_create(title=title)", "`bulk_update()` and the others with `bulk_create()`"),
        ("Author.objects.update_or_create(name=title, pk__gt=5)", "`bulk_update()` and the others with"),
        (
            "_, new = Author.objects.update_or_create(name=title)\nif new:\n    print(title)",
            "`bulk_update()` and the others with `bulk_create()`",
        ),
        ("Author.objects.get_or_create(name=title)", "sends no signals"),
    ],
)
def test_the_advice_fits_what_is_written(code: str, advice: str) -> None:
    loop = f"for book, title in zip(Book.objects.all(), titles):\n{textwrap.indent(code, '    ')}"
    (finding,) = findings_in(_django("written", loop), write_per_row.rule)
    assert advice in finding.help


OF_QUERIES = [
    ("Book.objects.filter(pk=key).update(price=2)", "One row of `Book` is written", "`filter(pk__in=...).update(...)`"),
    ("Book.objects.filter(pk=key).update(price=key)", "One row of `Book` is written", "`bulk_update()`"),
    ("Book.objects.filter(pk=key).delete()", "One row of `Book` is written", "`filter(pk__in=...).delete()`"),
    (
        "Author.objects.filter(name=name).update(name='x')",
        "One row of `Author` is written",
        "`filter(name__in=...).update(...)`",
    ),
    ("Author.objects.filter(name=name).update(name=key)", "One row of `Author` is written", "`bulk_update()`"),
    (
        "Book.objects.filter(title=name).update(price=2)",
        "Rows of `Book` are changed",
        "`filter(title__in=...).update(...)`",
    ),
    (
        "Book.objects.filter(author_id=key).delete()",
        "Rows of `Book` are deleted",
        "`filter(author_id__in=...).delete()`",
    ),
    ("Book.objects.filter(title=name, price=key).delete()", "Rows of `Book` are deleted", "`Q(...) | Q(...)`"),
    (
        "Book.objects.filter(title=name).exclude(price=1).delete()",
        "Rows of `Book` are deleted",
        "`filter(title__in=...)",
    ),
]


@pytest.mark.parametrize(("code", "said", "advice"), OF_QUERIES)
def test_how_many_rows_a_query_changes_is_said(code: str, said: str, advice: str) -> None:
    (finding,) = findings_in(_django("changed", f"for key, name in enumerate(titles):\n    {code}"), write_per_row.rule)
    assert finding.message.startswith(f"{said} in each turn of the loop")
    assert advice in (finding.help or "")


@pytest.mark.parametrize(
    "code",
    [
        # Each turn changes many rows, and those of each in another way.
        "Book.objects.filter(title=name).update(price=key)",
        # A row that is looked up twice is counted twice.
        "Book.objects.filter(pk=key).update(price=F('price') - 1)",
        "Book.objects.filter(pk=key).update(price=1 + F('price') * 2)",
        # The rows of other turns are kept.
        "Book.objects.filter(title=name).exclude(pk=key).delete()",
        # There is no list of values to ask for.
        "Book.objects.filter(title__iexact=name).delete()",
    ],
)
def test_what_one_statement_would_not_do(code: str) -> None:
    text = _django("changed", f"for key, name in enumerate(titles):\n    {code}")
    assert findings_in(text, write_per_row.rule) == []


def test_a_row_is_counted_once_by_one_statement() -> None:
    head = "Book.objects.filter(pk=1).update(price=100)\n"
    loop = "for _key in (1, 1, 1):\n    Book.objects.filter(pk=_key).update(price=F('price') - 1)\n"
    once = "Book.objects.filter(pk__in=[1, 1, 1]).update(price=F('price') - 1)\n"
    tail = "return Book.objects.get(pk=1).price"
    ran = counted({"often": _django("often", head + loop + tail), "once": _django("once", head + once + tail)})
    assert (ran["often"]["often"].result, ran["once"]["once"].result) == ("97", "99")


BY_DRIVER = """\
import sqlite3


def store(connection: sqlite3.Connection, rows):
    {cursor}for title, price in rows:
        {receiver}.execute("INSERT INTO book VALUES (?, ?)", (title, {price}))
"""


@pytest.mark.parametrize(("cursor", "receiver"), [("", "connection"), ("cursor = connection.cursor()\n    ", "cursor")])
@pytest.mark.parametrize("price", ["price", "price * 2", "int(price)"])
def test_executemany_writes_the_same_rows(cursor: str, receiver: str, price: str) -> None:
    before = BY_DRIVER.format(cursor=cursor, receiver=receiver, price=price)
    after = fixed_text(before, write_per_row.rule, Applicability.UNSAFE)
    assert "executemany" in after
    assert _stored(before) == _stored(after)
    assert len(_stored(after)) == ROWS


def _stored(text: str) -> list[tuple[str, int]]:
    names: dict[str, Any] = {}
    exec(compile(text, "store.py", "exec"), names)
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE book (title TEXT, price INTEGER)")
        names["store"](connection, [(f"book {number}", number) for number in range(ROWS)])
        return connection.execute("SELECT title, price FROM book ORDER BY rowid").fetchall()


@pytest.mark.parametrize(
    ("loop", "reported"),
    [
        ("for title in titles:", True),
        ("for number, title in enumerate(titles):", True),
        ("for title in sorted(titles):", True),
        ("for title in ('a', 'b'):", False),
        ("for title in consumer:", False),
        ("for batch in batches:", False),
        ("while (title := titles.pop()):", False),
    ],
)
@pytest.mark.parametrize("rule", [write_per_row.rule, commit_in_loop.rule], ids=["write", "commit"])
def test_which_loops_count(rule: Rule, loop: str, reported: bool) -> None:
    body = "        c.execute('INSERT INTO book VALUES (?)', (title,))\n        c.commit()\n"
    text = f"import sqlite3\ndef f(c: sqlite3.Connection, titles, consumer, batches):\n    {loop}\n{body}"
    text = text.replace("(title,)", "(batch,)") if "batch in" in loop else text
    assert bool(findings_in(text, rule)) is reported


@pytest.mark.parametrize("receiver", ["session", "self.session", "self._session", "db.session", "db_session"])
def test_a_session_is_known_by_what_is_done_with_it(receiver: str) -> None:
    text = f"def f(self, session, db, xs):\n    for x in xs:\n        {receiver}.add(x)\n        {receiver}.commit()\n"
    (finding,) = findings_in(text, commit_in_loop.rule)
    assert finding.evidence == (f"`{receiver}` is used as a session of SQLAlchemy: `add()`, `commit()`",)
    assert findings_in(text.replace(".add(", ".put("), commit_in_loop.rule) == []


class Base(DeclarativeBase):
    pass


class Book(Base):
    __tablename__ = "book"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]


CHANGED = """\
from sqlalchemy import select
from sqlalchemy.orm import Session


def change(session: Session):
    for book in session.scalars(select(Book)).all():
        book.title = book.title.upper()
        session.commit()
"""


def test_one_commit_is_left_and_no_row_is_loaded_again() -> None:
    before, after = CHANGED, fixed_text(CHANGED, commit_in_loop.rule, Applicability.UNSAFE)
    slow, fast = _run(before), _run(after)
    assert slow == (ROWS, 1 + 2 * ROWS - 1)  # each commit lets the session forget the rows: the next turn reads one
    assert fast[0] == 1
    assert fast[1] <= 2


def _run(text: str) -> tuple[int, int]:
    """Return how many commits and statements the function of a module takes for ten rows."""
    names: dict[str, Any] = {"Book": Book}
    exec(compile(text, "change.py", "exec"), names)
    commits: list[object] = []
    with tables_of(Base.metadata) as engine, Session(engine) as session:
        session.add_all(Book(title=f"book {number}") for number in range(ROWS))
        session.commit()
        sqlalchemy.event.listen(engine, "commit", commits.append)
        with statements_of(engine) as statements:
            names["change"](session)
        titles = list(session.scalars(sqlalchemy.select(Book.title)))
    assert titles == [f"BOOK {number}" for number in range(ROWS)]
    return len(commits), len(statements)
