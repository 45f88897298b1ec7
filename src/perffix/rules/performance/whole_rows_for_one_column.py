"""Whole rows are loaded, and one column of each is read.

## What it does

Reports loops and comprehensions over a query of Django's mapper or SQLAlchemy that read one and the same column of
each row, and do nothing else with the row.

## Why it is slow

All columns travel to the program, and each row becomes an object there, with its state and its signals. For 20,000
rows of three columns that takes ten times as long as the values alone (`perffix bench PERF705 --sizes 2000,20000`).

## Example

```python
from django.db import models


class Book(models.Model):
    title = models.CharField(max_length=100)
    body = models.TextField()
    price = models.IntegerField()


def titles() -> list[str]:
    return [book.title for book in Book.objects.filter(price=1)]
```

## Use instead

```python
from django.db import models


class Book(models.Model):
    title = models.CharField(max_length=100)
    body = models.TextField()
    price = models.IntegerField()


def titles() -> list[str]:
    return list(Book.objects.filter(price=1).values_list("title", flat=True))
```

## When it stays silent

- More than one attribute of the row is read, or the row is passed on, called, printed, compared, stored or changed, or
  seen by `locals()`.
- The attribute is a relation, a property, a method, or a field whose value in a row is an object of its own: a file.
- The query says what it brings: `only()`, `defer()`, `values()`, `load_only()`.
- With one column it might give other rows: `distinct()`, `union()`, a join of SQLAlchemy.
- The rows are used again, or are in memory, or may be: prefetched, or a relation of a row that somebody else made.
- They are a relation of each row of a loop: PERF701 says to prefetch it, which `values_list` would make useless.
- There is one row only, the query is a slice, or begins with a parameter: rows of any model may come so.
- The table has hardly more columns than the one that is read.
- The model makes its rows in a way of its own: `__init__`, `from_db`, or a receiver of `post_init`.
- A queryset or manager of the project gives rows in a way of its own: it defines `all`, `iterator` or `values_list`.
- The code stands in a test or a migration.

## Fix safety

Unsafe: the values are those of the database, not those that a session of SQLAlchemy holds back under `no_autoflush`,
and no row becomes an object. A loop gets a name for the value. Nothing is edited where the column is read inside of an
f-string, where no name is free, or where a `Query` of SQLAlchemy speaks of another model: then the help says what to
write.

## References

- [values_list](https://docs.djangoproject.com/en/stable/ref/models/querysets/#values-list)
- [Selecting ORM attributes](https://docs.sqlalchemy.org/en/20/orm/queryguide/select.html#selecting-individual-attributes)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.model import Applicability, Impact
from perffix.rules.rule import ProjectContext, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.model import Finding

rule = Rule(
    code="PERF705",
    name="whole-rows-for-one-column",
    summary="Whole rows are loaded, and one column of each is read",
    help="Ask for the column alone",
    impact=Impact.LATENCY,
    fix=Applicability.UNSAFE,
)


@rule.on_project
def detect(at: ProjectContext) -> Iterator[Finding]:
    """Yield one finding for each loop that reads one column of whole rows."""
    from perffix.project.orm.one_column import one_column
    from perffix.rewrites.one_column import one_column_advice, one_column_fix

    for found in one_column(at.project):
        yield at.finding(
            found.place,
            f"Whole rows of `{found.query.model.name}` are loaded, and `{found.column}` alone is read of each",
            help=one_column_advice(found),
            fix=one_column_fix(found),
        )
