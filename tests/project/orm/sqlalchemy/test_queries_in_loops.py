"""The real library is asked: how many queries a loop runs, and how many when all is asked for before it."""

from __future__ import annotations

import pytest
from fixture_files import findings_in
from sqlalchemy_shop import queries, text_of

from perffix.rules.performance import query_in_loop


def found(code: str) -> list[tuple[str, str | None]]:
    """Return the messages and the advice for a function with this body."""
    return [(each.message, each.help) for each in findings_in(text_of(code), query_in_loop.rule)]


@pytest.mark.parametrize(
    ("code", "message", "advice", "instead"),
    [
        (
            "[session.get(Book, key) for key in range(1, 11)]",
            "`get()` asks for `Book` in each turn of a loop",
            "Fetch all rows before the loop, `select(Book).where(Book.id.in_(values))`, and put them into a dictionary",
            "books = {b.id: b for b in session.scalars(select(Book).where(Book.id.in_(range(1, 11))))}\n"
            "[books[key] for key in range(1, 11)]",
        ),
        (
            "[session.query(Book).filter_by(title=f'book {n}').first() for n in range(10)]",
            "`first()` asks for `Book` in each turn of a loop",
            "Fetch all rows before the loop, `select(Book).where(Book.title.in_(values))`, "
            "and put them into a dictionary",
            "titles = [f'book {n}' for n in range(10)]\n"
            "books = {b.title: b for b in session.scalars(select(Book).where(Book.title.in_(titles)))}\n"
            "[books[title] for title in titles]",
        ),
        (
            "for n in range(10):\n    session.execute(select(Book).where(Book.title == f'book {n}')).scalars().all()",
            "`execute()` asks for `Book` in each turn of a loop",
            "Fetch all rows before the loop, `select(Book).where(Book.title.in_(values))`, and group them",
            "list(session.scalars(select(Book).where(Book.title.in_([f'book {n}' for n in range(10)]))))",
        ),
        (
            "for key in range(1, 11):\n    for r in session.query(Review).filter(Review.book_id == key):\n        r.id",
            "Rows of `Review` are fetched in each turn of a loop",
            "Fetch all rows before the loop, `select(Review).where(Review.book_id.in_(values))`, and group them",
            "list(session.scalars(select(Review).where(Review.book_id.in_(range(1, 11)))))",
        ),
        (
            "for n in range(10):\n    session.query(func.count(Book.id)).filter(Book.title == f'book {n}').scalar()",
            "`scalar()` asks for `Book` in each turn of a loop",
            "Count for all before the loop, `select(Book.title, func.count()).group_by(Book.title)`, "
            "and put the numbers into a dictionary",
            "dict(session.execute(select(Book.title, func.count()).group_by(Book.title)).all())",
        ),
        (
            "for n in range(10):\n    session.query(Book).filter(Book.title == f'book {n}').count()",
            "`count()` asks for `Book` in each turn of a loop",
            "Count for all before the loop, `select(Book.title, func.count()).group_by(Book.title)`, "
            "and put the numbers into a dictionary",
            "dict(session.execute(select(Book.title, func.count()).group_by(Book.title)).all())",
        ),
        (
            "for n in range(10):\n    session.query(func.sum(Review.id)).filter(Review.book_id == n).one()[0]",
            "`one()` asks for `Review` in each turn of a loop",
            "Ask for all before the loop, `select(Review.book_id, func.sum(...)).group_by(Review.book_id)`, "
            "and put the numbers into a dictionary",
            "dict(session.execute(select(Review.book_id, func.sum(Review.id)).group_by(Review.book_id)).all())",
        ),
        (
            "for n in range(10):\n    session.query(Book).filter_by(title=f'book {n}', id=n).first()",
            "`first()` asks for `Book` in each turn of a loop",
            "Fetch all rows before the loop, `select(Book).where(tuple_(Book.title, Book.id).in_(values))`, "
            "and put them into a dictionary",
            "from sqlalchemy import tuple_\nvalues = [(f'book {n}', n) for n in range(10)]\n"
            "list(session.scalars(select(Book).where(tuple_(Book.title, Book.id).in_(values))))",
        ),
        (
            "for n in range(10):\n    session.query(Book).filter(Book.id == n, Book.title == 'x').first()",
            "`first()` asks for `Book` in each turn of a loop",
            "Fetch all rows before the loop, `select(Book).where(Book.id.in_(values))`, and put them into a dictionary",
            "list(session.scalars(select(Book).where(Book.id.in_(range(10)), Book.title == 'x')))",
        ),
        (
            "for n in range(10):\n    session.query(Book).filter(Book.id < n).first()",
            "`first()` asks for `Book` in each turn of a loop",
            "Fetch all rows before the loop, by one query of `Book`, and put them into a dictionary",
            "session.scalars(select(Book)).all()",
        ),
    ],
)
def test_a_query_in_each_turn(code: str, message: str, advice: str, instead: str) -> None:
    assert queries(text_of(code)) == 10
    assert found(code) == [(f"{message}, by a query of its own", advice)]
    assert queries(text_of(instead)) == 1
    assert found(instead) == []


def test_a_query_for_each_row() -> None:
    code = "for b in session.query(Book):\n    session.query(Review).filter(Review.book_id == b.id).count()"
    assert queries(text_of(code)) == 11
    assert [message for message, _ in found(code)] == [
        "`count()` asks for `Review` for each `Book`, by a query of its own"
    ]
    instead = "dict(session.execute(select(Review.book_id, func.count()).group_by(Review.book_id)).all())"
    assert queries(text_of(instead)) == 1


def test_dynamic_relations_of_one_row_and_of_each() -> None:
    one = "a = session.get(Author, 1)\nfor key in range(10):\n    a.letters.filter_by(id=key).first()"
    assert queries(text_of(one)) == 12  # one more for the author of the letter that is found
    assert len(found(one)) == 1
    each = "for a in session.scalars(select(Author)).unique():\n    a.letters.filter_by(id=1).first()"
    assert queries(text_of(each)) == 22
    assert [message for message, _ in found(each)] == [
        "`first()` asks for `Letter` for each `Author`, by a query of its own"
    ]


@pytest.mark.parametrize(
    ("code", "count"),
    [
        ("books = session.query(Book).all()\n[session.get(Book, key) for key in range(1, 11)]", 1),
        ("books = session.scalars(select(Book)).all()\n[session.get(Book, key) for key in range(1, 11)]", 1),
        ("for b in session.query(Book):\n    session.get(Book, b.id)", 1),
        ("for n in range(10):\n    session.query(Book).filter(session.query(Review).filter_by(id=n).exists())", 0),
        ("for n in range(10):\n    select(Book).where(Book.id == n).subquery()", 0),
    ],
)
def test_nothing_is_said_of_what_costs_nothing(code: str, count: int) -> None:
    assert queries(text_of(code)) == count
    assert found(code) == []
