"""An eager load does not do what it is there for.

## What it does

Reports calls that shall load relations together with the rows of a query and do not, or do it badly:

- Django: `select_related` of a relation that leads to several rows, to rows of any table, or of what is no relation;
  `prefetch_related` of a column; `select_related` of a relation whose key `only()` or `defer()` leaves out, after
  `values()`, or after `union()`; `iterator()` without `chunk_size` after `prefetch_related`; and `select_related()`
  without names, which joins all that cannot be null.
- SQLAlchemy: a result with joined collections that is read without `unique()`; two collections joined side by side;
  `immediateload`, which asks for each row apart, and relations that are declared so; `contains_eager` without a join,
  and `joinedload` of a single row beside one; `joinedload` of a collection or `subqueryload` together with `yield_per`;
  options for columns and for dynamic or write-only relations.

- Tortoise: `select_related` of a relation that leads to several rows, which gives each row several times, or of a
  column, as `prefetch_related` of one.

## Why it is slow

Some of these raise an error as soon as there are rows. The others cost more than no eager load: two collections of a
hundred rows each, joined side by side, make ten thousand rows for each parent, and `immediateload` runs the very
queries that an eager load is to avoid.

## Example

```python
from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, joinedload, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class Author(Base):
    __tablename__ = "author"
    id: Mapped[int] = mapped_column(primary_key=True)
    books: Mapped[list["Book"]] = relationship()
    awards: Mapped[list["Award"]] = relationship()


class Book(Base):
    __tablename__ = "book"
    id: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("author.id"), index=True)


class Award(Base):
    __tablename__ = "award"
    id: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("author.id"), index=True)


def authors(session: Session) -> list[Author]:
    query = select(Author).options(joinedload(Author.books), joinedload(Author.awards))
    return list(session.scalars(query).unique())
```

## Use instead

```python
from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship, selectinload


class Base(DeclarativeBase):
    pass


class Author(Base):
    __tablename__ = "author"
    id: Mapped[int] = mapped_column(primary_key=True)
    books: Mapped[list["Book"]] = relationship()
    awards: Mapped[list["Award"]] = relationship()


class Book(Base):
    __tablename__ = "book"
    id: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("author.id"), index=True)


class Award(Base):
    __tablename__ = "award"
    id: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("author.id"), index=True)


def authors(session: Session) -> list[Author]:
    query = select(Author).options(selectinload(Author.books), selectinload(Author.awards))
    return list(session.scalars(query))
```

## When it stays silent

- The path leads to single rows all along: `select_related("author__publisher")`, a one-to-one relation from the other
  side, the way back of a foreign key that is unique.
- A name is not known: another package may add it, or `annotate` gives it.
- The names are computed, or the query comes from code that is not followed.
- A prefetch follows a to-one relation, or more is loaded than is asked for: that is no error. Nor is a join that is
  dropped again, before `count()` or `values()`.
- One collection leads to the other, `joinedload(Author.books).joinedload(Book.reviews)`; or the two stand below single
  rows of which there may be one only.
- The session uniquifies by itself: `session.query(...)`, `first()`, `scalar()`, `paginate()`.
- The other table is joined in another way: by `join`, `select_from`, or a condition that compares two tables.
- The code stands in a test or a migration.

## Fix safety

No fix is offered: what is to be loaded, only a person can tell.

## References

- [select_related](https://docs.djangoproject.com/en/stable/ref/models/querysets/#select-related)
- [iterator](https://docs.djangoproject.com/en/stable/ref/models/querysets/#iterator)
- [Relationship loading techniques](https://docs.sqlalchemy.org/en/20/orm/queryguide/relationships.html)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.model import Confidence, Impact, Related
from perffix.rules.rule import ProjectContext, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.model import Finding

rule = Rule(
    code="PERF713",
    name="wrong-eager-load",
    summary="An eager load does not do what it is there for",
    help="Load the relation in another way",
    impact=Impact.LATENCY,
)


@rule.on_project
def detect(at: ProjectContext) -> Iterator[Finding]:
    """Yield one finding for each call that loads what it cannot, or loads it badly."""
    if not at.project.models.models:
        return
    from perffix.project.orm.wrong_loading import wrong_loadings

    for wrong in wrong_loadings(at.project):
        declared = None if wrong.field is None else wrong.field.declared
        related = []
        if wrong.field is not None and declared is not None:
            related.append(Related(declared.span, f"`{wrong.field.name}` is declared here", declared.path))
        yield at.finding(
            wrong.place,
            wrong.message,
            confidence=Confidence.HIGH if wrong.sure else Confidence.MEDIUM,
            help=wrong.help,
            evidence=wrong.evidence,
            related=related,
        )
