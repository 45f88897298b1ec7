"""Queries look rows up by a column that has no index.

## What it does

Reports a column of a model by which queries of the project look up few rows of many, `filter(token=token)` or
`where(Order.customer_id == key)`, and which no index, unique constraint or primary key begins with: neither in the
class, its bases and its `Meta` or `__table_args__`, nor in a migration. Models of Django, SQLAlchemy (SQLModel and
Flask-SQLAlchemy, too), Peewee and Tortoise are known.

That few rows are wanted is told by the query, which asks for one row by this column alone (`get`, `one`), by the type
(a UUID, an e-mail address, a foreign key) or by the name (`token`, `serial_number`, `invoice_id`).

The finding stands at the column; the queries are told with it.

## Why it is slow

Without an index the database reads the whole table to find the row. That goes unnoticed while the table is small, and
gets slower with each row. `perffix bench PERF707` shows it even where little of the time is the database's: among fifty
thousand rows in memory, a look-up by Django takes several times as long.

Django, Peewee and Tortoise make an index for each foreign key. SQLAlchemy and SQLModel do not, and of the databases
MySQL alone does so by itself.

## Example

```python
from django.db import models


class Customer(models.Model):
    name = models.CharField(max_length=100)


class Order(models.Model):
    customer = models.ForeignKey(Customer, models.CASCADE)
    token = models.CharField(max_length=40)


def order_of(token: str) -> Order:
    return Order.objects.get(token=token)
```

## Use instead

```python
from django.db import models


class Customer(models.Model):
    name = models.CharField(max_length=100)


class Order(models.Model):
    customer = models.ForeignKey(Customer, models.CASCADE)
    token = models.CharField(max_length=40, unique=True)


def order_of(token: str) -> Order:
    return Order.objects.get(token=token)
```

## When it stays silent

- An index begins with the column: `db_index`, `index`, `unique`, `primary_key`, a `SlugField`, `Meta.indexes`,
  `constraints`, `unique_together`, `__table_args__`, an `Index` beside the class, `AddIndex`, `create_index` or
  `CREATE INDEX` in a migration. Where that is computed, too.
- Another column of the same query has an index; or the query starts from a row, `customer.orders`.
- The query has conditions that are not all known: `Q` objects, computed keywords, joins, subqueries.
- The values tell few rows apart: truth values, choices, numbers and dates by their type, a `status` or `kind` by its
  name; or the column is compared with the same constant each time.
- The comparison leaves many rows, or no plain index serves it: `exclude`, ranges, `contains`.
- Nothing shows that the table grows: it has neither a foreign key that is always set nor a time of creation. Or its
  name says that it stays small: settings, types, plans.
- The rows are changed or deleted by it only; or a management command or a script alone asks.
- The function with the query is handed the column or serves several models.
- The model is not managed by Django, or its table is made elsewhere.
- The code stands in a test or a migration.

## Fix safety

No fix is offered: an index takes a migration, room, and some time of each write.

## References

- [Django: db_index](https://docs.djangoproject.com/en/stable/ref/models/fields/#db-index)
- [Django: Meta.indexes](https://docs.djangoproject.com/en/stable/ref/models/options/#indexes)
- [SQLAlchemy: indexes](https://docs.sqlalchemy.org/en/20/core/constraints.html#indexes)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.model import Confidence, Impact, Related
from perffix.rules.rule import ProjectContext, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.model import Finding
    from perffix.project.orm.unindexed import Unindexed

rule = Rule(
    code="PERF707",
    name="filter-on-unindexed-column",
    summary="Queries look rows up by a column that has no index",
    help="Give the column an index, by a migration",
    impact=Impact.ASYMPTOTIC,
)

_MOST_QUERIES = 5  # that are told
_OPTIONS = {"django": "db_index=True", "tortoise": "db_index=True", "peewee": "index=True", "sqlalchemy": "index=True"}


@rule.on_project
def detect(at: ProjectContext) -> Iterator[Finding]:
    """Yield one finding for each column that needs an index."""
    if not at.project.evaluator.asked:
        return
    from perffix.project.orm.unindexed import unindexed
    from perffix.project.place import Place

    for found in unindexed(at.project):
        column, span = found.column, found.column.declared.span
        queries = "a query looks" if len(found.uses) == 1 else f"{len(found.uses)} queries look"
        yield at.finding(
            Place(column.declared.path, span, (span.line, span.end_line)),
            f"`{column.name}` has no index, and {queries} rows of `{found.model.name}` up by it",
            confidence=Confidence.HIGH if _is_sure(found) else Confidence.MEDIUM,
            help=_help(found),
            evidence=list(_evidence(found)),
            related=list(_related(found, at)),
        )


def _is_sure(found: Unindexed) -> bool:
    """Tell whether the text shows that few rows are wanted of many, or several functions want some."""
    return any(use.is_one_row for use in found.uses) or len({use.asked.function for use in found.uses}) > 1


def _help(found: Unindexed) -> str:
    name, option = found.column.name, _OPTIONS[found.model.library]
    if found.model.library == "django" and all(use.lookup == "iexact" for use in found.uses):
        return f'Index what is compared, `Index(Upper("{name}"), name=...)` in `Meta.indexes`, by a migration'
    if any(use.is_one_row for use in found.uses):
        return f"Write `unique=True` if each value belongs to one row, else `{option}`, and make a migration"
    others = {use.others for use in found.uses}
    if len(others) == 1 and (second := next(iter(others))):
        columns = ", ".join(f"`{each}`" for each in (name, *second))
        return f"Write `{option}`, or an index on {columns} together, and make a migration"
    return f"Write `{option}` and make a migration"


def _evidence(found: Unindexed) -> Iterator[str]:
    yield "no index, unique constraint or primary key that the models or migrations make begins with it"
    if found.column.key:
        yield "SQLAlchemy makes no index for a foreign key by itself"
    yield f"the table grows: {found.grows}"


def _related(found: Unindexed, at: ProjectContext) -> Iterator[Related]:
    for use in found.uses[:_MOST_QUERIES]:
        place = at.project.evaluator.place_of(use.condition.site)
        others = "".join(f" and `{each}`" for each in use.others)
        message = f"rows are looked up by `{found.column.name}`{others} here"
        yield Related(place.span, message, place.path)
