"""What rules about rows find in SQLAlchemy's queries, and what their fixes do, by SQLAlchemy itself."""

from __future__ import annotations

from typing import Any

import pytest
from databases import statements_of, tables_of
from fixture_files import findings_in, fix_name, fixed_text
from sqlalchemy import event
from sqlalchemy.orm import Session
from sqlalchemy_shop import text_of

from perffix.model import Applicability
from perffix.rules.performance import count_by_loading, whole_rows_for_one_column

COUNT = count_by_loading.rule
COLUMN = whole_rows_for_one_column.rule


def ran(text: str) -> tuple[Any, int, int]:
    """Return what the view of a shop returns, how many queries it runs and how many rows become objects."""
    names: dict[str, Any] = {}
    exec(compile(text, "shop", "exec"), names)
    rows: list[object] = []
    with tables_of(names["Base"].metadata) as engine:
        with Session(engine) as session:
            for number in range(1, 11):
                session.add(names["Publisher"](name=f"publisher {number}"))
                session.add(names["Author"](name=f"author {number % 4}", publisher_id=number))
                session.add(names["Book"](title=f"title {number}", author_id=number))
            session.commit()
        with Session(engine) as session, statements_of(engine) as statements:
            event.listen(session, "loaded_as_persistent", lambda _session, row: rows.append(row))
            result = names["view"](session)
    return result, len(statements), len(rows)


@pytest.mark.parametrize(
    ("code", "wanted"),
    [
        ("return len(session.query(Book).all())", "return session.query(Book).count()"),
        (
            "return len(session.query(Book).filter(Book.author_id < 5).order_by(Book.title).all())",
            "return session.query(Book).filter(Book.author_id < 5).order_by(Book.title).count()",
        ),
        ("return len(list(session.query(Book).limit(3)))", None),
        # Joins without the word: each row of such a query comes once, whatever is counted.
        ("return len(session.query(Author).filter(Author.id == Book.author_id).all())", None),
        ("return len(session.query(Author).filter(Book.title.in_(['title 1', 'title 2'])).all())", None),
        ("books = session.query(Book).all()\nsession.query(Book).delete()\nreturn len(books)", None),
        (
            "return bool(session.query(Book).filter_by(author_id=4).all())",
            "return session.query(session.query(Book).filter_by(author_id=4).exists()).scalar()",
        ),
        (
            "return 1 if not session.query(Book).filter_by(author_id=40).all() else 2",
            "not session.query(session.query(Book).filter_by(author_id=40).exists()).scalar()",
        ),
        (
            "return session.query(Book).filter_by(author_id=4).count() > 0",
            "return session.query(session.query(Book).filter_by(author_id=4).exists()).scalar()",
        ),
        (
            "return len(session.scalars(select(Book)).all())",
            "return session.scalar(select(func.count()).select_from(Book))",
        ),
        (
            "return len(session.scalars(select(Author).where(Author.name == 'author 1')).unique().all())",
            None,
        ),
        (
            "return len(session.execute(select(Book).where(Book.id > 2).filter_by(author_id=4)).scalars().all())",
            "session.scalar(select(func.count()).select_from(Book).where(Book.id > 2).filter_by(author_id=4))",
        ),
        (
            "return bool(session.scalars(select(Book).where(Book.id > 2)).all())",
            "return session.scalar(select(select(Book).where(Book.id > 2).exists()))",
        ),
        # A join doubles rows, and a query of one class drops them again.
        ("return len(session.query(Author).join(Book, Book.author_id == Author.id).all())", None),
        (
            "books = session.query(Book).filter_by(author_id=4).all()\nreturn len(books)",
            "books = session.query(Book).filter_by(author_id=4)\n    return books.count()",
        ),
        (
            "books = session.query(Book).all()\nif not books:\n    return 1\nreturn 2",
            "if not session.query(books.exists()).scalar():",
        ),
        ("books = session.scalars(select(Book)).all()\nreturn len(books)", None),
    ],
)
def test_rows_are_counted_by_the_database(code: str, wanted: str | None) -> None:
    before = text_of(code)
    (finding,) = findings_in(before, COUNT)
    assert fix_name(finding) == ("display" if wanted is None else "unsafe")
    after = fixed_text(before, COUNT, Applicability.UNSAFE)
    assert wanted is None or wanted in after
    if wanted is not None:
        assert findings_in(after, COUNT) == []
        result, queries, rows = ran(before)
        assert (queries, rows > 0) == (1, ".count()" not in code and "40" not in code)
        assert ran(after) == (result, 1, 0)


@pytest.mark.parametrize(
    "code",
    [
        "books = session.query(Book).all()\nif books:\n    return [book.title for book in books]",
        "books = session.query(Book).all()\nreturn books if books else None",
        "return bool(session.query(Book))",  # which is always true
        "return len(session.query(Book).limit(1).all())",
        "return session.query(Book).count()",
        "return [len(author.books) for author in session.query(Author)]",
    ],
)
def test_rows_that_are_used_are_loaded(code: str) -> None:
    assert findings_in(text_of(code), COUNT) == []


@pytest.mark.parametrize(
    ("code", "wanted"),
    [
        ("return [b.title for b in session.query(Book).filter(Book.author_id == Author.id)]", None),
        (
            "return [book.title for book in session.query(Book)]",
            "return [title for (title,) in session.query(Book.title)]",
        ),
        (
            "return [b.author_id for b in session.query(Book).filter(Book.id > 3).order_by(Book.title).all()]",
            "for (author_id,) in session.query(Book.author_id).filter(Book.id > 3).order_by(Book.title).all()]",
        ),
        (
            "books = session.query(Book).filter_by(title='title 3').all()\nreturn sum(book.id for book in books)",
            "sum(book_id for (book_id,) in books)",
        ),
        (
            "return [book.title for book in session.scalars(select(Book).where(Book.id > 2).order_by(Book.id))]",
            "[title for title in session.scalars(select(Book.title).where(Book.id > 2).order_by(Book.id))]",
        ),
        (
            "return [book.title for book in session.scalars(select(Book).filter_by(author_id=3)).all()]",
            "for title in session.scalars(select(Book.title).filter_by(author_id=3)).all()]",
        ),
        (
            "return [book.title for book in session.execute(select(Book).limit(3)).scalars()]",
            "for title in session.execute(select(Book.title).limit(3)).scalars()]",
        ),
        (
            "total = 0\nfor book in session.query(Book):\n    total += book.editor_id or 1\nreturn total",
            "for (editor_id,) in session.query(Book.editor_id):\n        total += editor_id or 1",
        ),
        ("return [f'{book.title}' for book in session.query(Book)]", None),
    ],
)
def test_columns_that_are_read_alone_are_selected_alone(code: str, wanted: str | None) -> None:
    before = text_of(code)
    (finding,) = findings_in(before, COLUMN)
    assert fix_name(finding) == ("display" if wanted is None else "unsafe")
    after = fixed_text(before, COLUMN, Applicability.UNSAFE)
    assert wanted is None or wanted in after
    if wanted is not None:
        assert findings_in(after, COLUMN) == []
        result, queries, rows = ran(before)
        assert queries == 1
        assert rows > 0
        assert ran(after) == (result, 1, 0)


@pytest.mark.parametrize(
    "code",
    [
        "return [book.author for book in session.query(Book)]",
        "return [book.body for book in session.query(Book)]",  # which does not come with the row
        "return [book.stars for book in session.query(Book)]",
        "return [author.house for author in session.query(Author)]",
        "return [(book.id, book.title) for book in session.query(Book)]",
        "return [book.title for book in session.query(Book).options(load_only(Book.title))]",
        "return [tag.name for tag in session.query(Tag)]",  # a small table
        "return [b.title for b in session.query(Book).join(Author, Book.author_id == Author.id)]",
        "return [book.title for book in session.query(Book).distinct()]",
        "books = session.query(Book).all()\nreturn [book.title for book in books], len(books)",
        "return [book.title for author in session.query(Author) for book in author.books]",
    ],
)
def test_rows_that_are_needed_are_loaded_whole(code: str) -> None:
    assert findings_in(text_of(code), COLUMN) == []
