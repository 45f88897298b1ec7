"""The real library is asked: how many queries code runs, and how many when it is fixed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from databases import statements_of, tables_of
from sqlalchemy.orm import Session
from sqlalchemy_shop import MODELS, findings, fixed, queries, text_of
from views import mended

from perffix.cli import main


@pytest.mark.parametrize(
    ("code", "before", "after", "option"),
    [
        ("for b in session.query(Book):\n    b.author.name", 11, 1, ".query(Book).options(joinedload(Book.author))"),
        ("for b in session.query(Book):\n    b.author is None", 11, 1, "joinedload(Book.author)"),
        (
            "for b in session.scalars(select(Book)):\n    b.author",
            11,
            2,
            "select(Book).options(selectinload(Book.author))",
        ),
        (
            "for r in session.scalars(select(Review)):\n    r.critic",
            11,
            1,
            "select(Review).options(joinedload(Review.critic))",
        ),
        ("for r, in session.execute(select(Review)):\n    r.critic", 11, 1, "joinedload(Review.critic)"),
        ("for row in session.execute(select(Review)):\n    row.Review.critic", 11, 1, "joinedload(Review.critic)"),
        (
            "for b in session.query(Book).all():\n    b.author.publisher.name",
            21,
            1,
            "joinedload(Book.author).joinedload(Author.publisher)",
        ),
        (
            "for b in session.query(Book).options(joinedload(Book.author)):\n    b.author.publisher.name",
            11,
            1,
            "options(joinedload(Book.author).joinedload(Author.publisher))",
        ),
        ("for a in session.query(Author):\n    len(a.books)", 21, 2, "selectinload(Author.books)"),
        ("for b in session.query(Book):\n    [t.name for t in b.tags]", 11, 2, "selectinload(Book.tags)"),
        ("for a in session.query(Author):\n    a.profile", 21, 1, "joinedload(Author.profile)"),
        (
            "for p in session.query(Publisher):\n    for a in p.authors:\n        a.name",
            21,
            2,
            "selectinload(Publisher.authors)",
        ),
        (
            "for a in session.query(Author).options(selectinload(Author.books)):\n  for b in a.books:\n    b.tags",
            12,
            3,
            "options(selectinload(Author.books).selectinload(Book.tags))",
        ),
        (
            "for a in session.query(Author):\n    for b in a.books:\n        b.reviews[0].critic",
            41,
            3,
            "options(selectinload(Author.books).selectinload(Book.reviews).joinedload(Review.critic))",
        ),
        (
            "for b in session.query(Book).options(selectinload(Book.tags)):\n    b.author",
            12,
            2,
            "options(selectinload(Book.tags), joinedload(Book.author))",
        ),
        (
            "for r in session.scalars(select(Review).limit(5)):\n    r.critic",
            6,
            1,
            "select(Review).options(joinedload(Review.critic)).limit(5)",
        ),
        ("for r in session.query(Review).distinct():\n    r.critic", 11, 2, "selectinload(Review.critic)"),
        (
            "for r in session.query(Review).filter(text('id > 0')):\n    r.critic",
            11,
            2,
            "selectinload(Review.critic)).filter(",
        ),
        (
            "for r in session.query(Review).order_by(text('id desc')):\n    r.critic",
            11,
            2,
            "selectinload(Review.critic)",
        ),
        (
            "def grouped():\n    return session.query(Review).group_by(Review.id)\n"
            "for r in grouped().order_by(Review.id):\n    r.critic",
            11,
            2,
            "selectinload(Review.critic)",
        ),
        ("for r in session.query(Review).join(Review.critic):\n    r.critic", 11, 1, "contains_eager(Review.critic)"),
        ("for r in session.query(Review).yield_per(5):\n    r.critic", 11, 1, "joinedload(Review.critic)"),
        ("for b in session.query(Book).yield_per(5):\n    b.tags", 11, 3, "selectinload(Book.tags)"),
        (
            "for b in session.query(Book).options(joinedload(Book.author, Author.publisher)):\n    b.author.publisher",
            11,
            1,
            "options(joinedload(Book.author, Author.publisher), joinedload(Book.author))",
        ),
        ("for b in session.query(Book).yield_per(5):\n    b.author", 11, 3, "selectinload(Book.author)"),
        (
            "for b in session.query(Book).options(load_only(Book.title)):\n    b.author.name",
            21,
            1,
            "options(load_only(Book.title), joinedload(Book.author))",
        ),
        (
            "for b in session.query(Book).join(Book.author).filter(Author.name != 'x').order_by(Author.name):\n"
            "    b.author",
            11,
            1,
            "options(contains_eager(Book.author)).join(Book.author)",
        ),
        (
            "for b in session.query(Book).filter(Book.id < 3).union(session.query(Book).filter(Book.id > 7)):\n"
            "    b.author",
            6,
            2,
            "options(selectinload(Book.author)).filter(Book.id < 3)",
        ),
        (
            "for a in session.query(Author).join(Author.books).options(contains_eager(Author.books)):\n"
            "    [b.tags for b in a.books]",
            11,
            2,
            "contains_eager(Author.books).selectinload(Book.tags)",
        ),
        (
            "query = select(Book)\nif unknown:\n    query = query.where(Book.id > 2)\n"
            "for b in session.scalars(query):\n    b.author",
            11,
            2,
            "query = select(Book).options(selectinload(Book.author))",
        ),
        (
            "for part in session.scalars(select(Book)).partitions(4):\n    [b.author for b in part]",
            11,
            2,
            "selectinload(Book.author)",
        ),
        (
            "for b, n in session.query(Book, func.count(Review.id)).outerjoin(Book.reviews).group_by(Book.id):\n"
            "    b.author",
            11,
            2,
            "query(Book, func.count(Review.id)).options(selectinload(Book.author))",
        ),
        (
            "for r in session.query(Review).options(selectinload(Review.book), immediateload(Review.critic)):\n"
            "    r.critic",
            12,
            2,
            ".options(selectinload(Review.book), joinedload(Review.critic))",
        ),
        (
            "for b in session.query(Book).options(selectinload(Book.author).load_only(Author.publisher_id)):\n"
            "    b.author.publisher",
            12,
            2,
            "load_only(Author.publisher_id), defaultload(Book.author).joinedload(Author.publisher))",
        ),
        (
            "for b in session.get(Author, 1).books:\n    b.tags",
            3,
            3,
            "options=[defaultload(Author.books).selectinload(Book.tags)]",
        ),
        ("for a in session.query(Author):\n    f'{a}'", 21, 1, "joinedload(Author.publisher)"),
        ("for a in session.query(Author):\n    a.house", 21, 1, "joinedload(Author.publisher)"),
        (
            "for b in session.query(Book):\n    list(b.stars)",
            21,
            2,
            "selectinload(Book.reviews).joinedload(Review.critic)",
        ),
        (
            "for r, b in session.query(Review, Book).join(Review.book):\n    r.critic",
            11,
            1,
            "query(Review, Book).options(joinedload(Review.critic))",
        ),
        ("reviews = sorted(session.query(Review), key=lambda r: r.critic.id)", 11, 1, "joinedload(Review.critic)"),
        ("for b in session.query(Book):\n    b.body", 11, 1, "session.query(Book).options(undefer(Book.body))"),
        (
            "for b in session.scalars(select(Book).options(selectinload(Book.tags))):\n    b.body",
            12,
            2,
            "options(selectinload(Book.tags), undefer(Book.body))",
        ),
        (
            "for b in session.query(Book).options(load_only(Book.title)):\n    b.author_id",
            11,
            1,
            "options(load_only(Book.title, Book.author_id))",
        ),
        (
            "for b in session.query(Book).options(Load(Book).load_only(Book.title)):\n    b.author_id",
            11,
            1,
            "options(Load(Book).load_only(Book.title), undefer(Book.author_id))",
        ),
        (
            "for b in session.query(Book).options(load_only(Book.title)):\n    (b.author_id, b.editor_id)",
            21,
            1,
            "options(load_only(Book.title, Book.author_id, Book.editor_id))",
        ),
        (
            "for b in session.query(Book).options(joinedload(Book.author).load_only(Author.publisher_id)):\n"
            "    b.author.name",
            11,
            1,
            "options(joinedload(Book.author).load_only(Author.publisher_id, Author.name))",
        ),
        (
            "for a in session.query(Author).options(selectinload(Author.books)):\n    [b.body for b in a.books]",
            12,
            2,
            "options(selectinload(Author.books).undefer(Book.body))",
        ),
        (
            "for b, r in session.query(Book, Review).join(Review.book).options(load_only(Review.critic_id)):\n"
            "    (b.title, r.book_id)",
            11,
            1,
            "options(load_only(Review.critic_id, Review.book_id))",
        ),
        (
            "for b in session.query(Book).options(defer(Book.title), selectinload(Book.tags)):\n    b.title",
            12,
            2,
            "session.query(Book).options(selectinload(Book.tags)):",
        ),
        ("for b in session.query(Book).options(defer(Book.title)):\n    b.title", 11, 1, "session.query(Book):"),
    ],
)
def test_a_fix_brings_the_queries_down(code: str, before: int, after: int, option: str) -> None:
    assert queries(text_of(code)) == before
    text = fixed(code)
    assert option in text
    assert option not in text_of(code)
    assert queries(text) == after
    assert mended(text) == text


@pytest.mark.parametrize(
    ("code", "count"),
    [
        ("for b in session.query(Book).options(joinedload(Book.author)):\n    b.author.name", 1),
        ("for b in session.query(Book).options(subqueryload(Book.author)):\n    b.author.name", 2),
        ("for b in session.query(Book).join(Book.author).options(contains_eager(Book.author)):\n    b.author", 1),
        (
            "for a in session.query(Author).options(selectinload(Author.books)):\n  for b in a.books:\n    b.author",
            2,
        ),
        ("for a in session.query(Author).filter(Author.id == 1):\n    for b in a.books:\n        b.author", 2),
        ("for b, a in session.query(Book, Author).join(Book.author):\n    b.author", 1),
        ("for b in session.query(Book).filter(Book.author_id == 1):\n    b.author", 2),
        ("for b in session.query(Book).filter_by(author_id=1):\n    b.author.publisher", 3),
        ("authors = session.query(Author).all()\nfor b in session.query(Book):\n    b.author", 2),
        (
            "authors = session.query(Author).all()\n"
            "for b in session.query(Book).filter(Book.author_id.in_(a.id for a in authors)):\n    b.author",
            2,
        ),
        (
            "for b in session.query(Book):\n    if b.title == 'book 3':\n        b.author\n        break",
            2,
        ),
        ("for b in session.query(Book):\n    b.author_id", 1),
        ("for a in session.query(Author):\n    a.awards", 1),
        ("for letter in session.query(Letter):\n    letter.author", 2),
        ("session.query(Book).first().author", 2),
        ("session.query(Book).first().body", 2),
        ("for b in session.query(Book):\n    (b.id, b.title)", 1),
        ("for b in session.query(Book).options(undefer(Book.body)):\n    b.body", 1),
        ("for b in session.query(Book).options(load_only(Book.title), undefer(Book.body)):\n    b.body", 1),
        ("for b in session.query(Book).options(load_only(Book.title)):\n    (b.id, b.title)", 1),
        ("for b in session.query(Book).options(load_only(Book.title), load_only(Book.body)):\n    b.body", 1),
        ("for b in session.query(Book).options(load_only(Book.title)):\n    b.body = 'x'\n    b.body", 1),
        ("for b in session.query(Book.title, Book.body):\n    b.body", 1),
        (
            "for b, r in session.query(Book, Review).join(Review.book).options(load_only(Book.title)):\n"
            "    (b.title, r.book_id)",
            1,
        ),
        ("for p in session.query(Plant).options(load_only(Plant.name)):\n    (p.code, p.kind)", 1),
        ("session.query(Book).options(selectinload(Book.reviews).joinedload(Review.critic)).all()[0].stars", 2),
    ],
)
def test_nothing_is_said_of_what_costs_nothing(code: str, count: int) -> None:
    assert queries(text_of(code)) == count
    assert fixed(code) == text_of(code)


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        (
            "for a in session.scalars(select(Author)).unique():\n    a.letters.count()",
            "Ask for the rows of all at once: no option loads a dynamic relation",
        ),
        (
            "def of(session, model):\n    return session.query(model)\n"
            "def all_of(session, model):\n    return [row.author for row in of(session, model)]\n"
            "all_of(session, Book)",
            "Load it with the rows: `.options(selectinload(Book.author))`, for `Book` alone",
        ),
        (
            "for b in session.query(aliased(Book)):\n    b.author",
            "Load it with the rows: `.options(joinedload(Book.author))`",
        ),
        (
            "for b in session.scalars(select(Book).union(select(Book))):\n    b.author",
            "Load it with the rows: `.options(selectinload(Book.author))`, on the statement around the combined ones",
        ),
        (
            "for b in session.query(Book).options(joinedload(Book.author).defer(Author.name)):\n    b.author.name",
            "Take `Author.name` out of `defer()`",
        ),
        (
            "for a in session.query(Author).all():\n    a.name = f'{a.name} {len(a.books)}'\n    session.commit()",
            "Load it with the rows: `.options(selectinload(Author.books))`, and end the transaction after the loop: "
            "each `commit()` makes the session load the rows anew, unless it is made with `expire_on_commit=False`",
        ),
        *(
            (
                "if unknown:\n    query = session.query(Book).filter(Book.id > 2)\n"
                f"else:\n    query = session.query(Book).filter(Book.id > 1)\n{read}",
                "Load it with the rows: `.options(selectinload(Book.author))`",
            )
            for read in (
                "for b in query.all():\n    b.author",
                "books = query.all()\nfor b in sorted(books, key=lambda b: b.title):\n    b.author",
            )
        ),
        *(
            (
                "if unknown:\n    statement = select(Review).where(Review.id > 2)\n"
                f"else:\n    statement = select(Review).where(Review.id > 1)\n{read}",
                "Load it with the rows: `.options(joinedload(Review.critic))`",
            )
            for read in (
                "for r in session.scalars(statement):\n    r.critic",
                "for r in session.execute(statement).scalars().all():\n    r.critic",
            )
        ),
    ],
)
def test_what_no_mechanical_edit_can_do_is_said(code: str, advice: str) -> None:
    assert [each.fix and each.fix.description for each in findings(code)] == [advice]
    assert fixed(code) == text_of(code)


MODULES = {
    "shop/__init__.py": "",
    "shop/models.py": MODELS,
    "shop/views.py": """\
from typing import TYPE_CHECKING

from shop.models import Review

if TYPE_CHECKING:
    from shop.models import Book


def here(session):
    return [review.book.author for review in session.query(Review)]


def there(session):
    from shop.models import Book

    return [book.tags for book in session.query(Book)]
""",
    "shop/volumes.py": """\
def renamed(session):
    from shop.models import Book as Volume

    return [book.reviews for book in session.query(Volume)]
""",
    "shop/paths.py": """\
import shop.models


def there(session):
    return [book.tags for book in session.query(shop.models.Book)]
""",
}


def test_names_are_written_as_the_module_knows_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in MODULES.items():
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text(text, "utf-8")
    main(["check", "--isolated", "--select", "PERF701", "--unsafe-fixes", "--apply", "-q", "."])
    fixed = Path("shop/views.py").read_text("utf-8")
    # `Book` is there for types alone: what leads over it is only advised, where it is imported in place it is used.
    assert "session.query(Review)]" in fixed
    assert "session.query(Book).options(selectinload(Book.tags))" in fixed
    assert Path("shop/volumes.py").read_text("utf-8") == MODULES["shop/volumes.py"]
    assert "from sqlalchemy.orm import selectinload" in fixed
    assert "(shop.models.Book).options(selectinload(shop.models.Book.tags))" in Path("shop/paths.py").read_text("utf-8")


NOTES = """\
from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, DynamicMapped, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class Event(Base):
    __tablename__ = "event"
    id: Mapped[int] = mapped_column(primary_key=True)
    notes: DynamicMapped["Note"] = relationship(back_populates="event")

    def told(self):
        return [len(note.answers) for note in self.notes.filter(Note.parent_id.is_(None))]


class Note(Base):
    __tablename__ = "note"
    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("note.id"))
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"))
    event: Mapped[Event] = relationship(back_populates="notes")
    answers: Mapped[list["Note"]] = relationship()
"""


def test_the_rows_of_a_dynamic_relation_are_told_by_their_own_class(tmp_path: Path) -> None:
    path = tmp_path / "notes.py"
    path.write_text(NOTES, "utf-8")
    before = _statements_of_notes(NOTES)
    main(["check", "--isolated", "--select", "PERF701", "--unsafe-fixes", "--apply", "-q", str(path)])
    assert "self.notes.options(selectinload(Note.answers)).filter(" in path.read_text("utf-8")
    assert (before, _statements_of_notes(path.read_text("utf-8"))) == (12, 3)


def _statements_of_notes(text: str) -> int:
    """Return how many statements it takes to tell of ten notes."""
    names: dict[str, Any] = {}
    exec(compile(text, "notes.py", "exec", dont_inherit=True), names)
    with tables_of(names["Base"].metadata) as engine, Session(engine) as session:
        session.add(names["Event"](notes=[names["Note"]() for _ in range(10)]))
        session.commit()
        with statements_of(engine) as statements:
            assert session.get_one(names["Event"], 1).told() == [0] * 10
        return len(statements)
