"""Rows are loaded, or all counted, where their number or one of them would do.

## What it does

Reports queries of Django's mapper and SQLAlchemy whose rows a function loads to learn nothing but their number, or
whether there are any: `len(books)`, `if books:`, `list(books) == []`. With that, `books.count() > 0` where nobody reads
the rows: the database counts all of them to say yes. The same holds for what a view of Django hands to its templates,
where these say `{{ books|length }}`, `{% if books %}` or `{% if books.count > 0 %}` and nothing else of the rows.

## Why it is slow

Each row travels to the program and becomes an object there. For 20,000 rows that takes two hundred times as long as
`count()` and more (`perffix bench PERF706 --sizes 2000,20000`), and `exists()` stops at the first row it meets.

## Example

```python
from django.db import models


class Book(models.Model):
    title = models.CharField(max_length=100)


def is_known(title: str) -> bool:
    if Book.objects.filter(title=title):
        return True
    return False
```

## Use instead

```python
from django.db import models


class Book(models.Model):
    title = models.CharField(max_length=100)


def is_known(title: str) -> bool:
    if Book.objects.filter(title=title).exists():
        return True
    return False
```

## When it stays silent

- The rows are used: looped over, indexed, returned, stored, given to a function, or to a template that reads them, or
  is not known, or hands them to a tag of the project. One query brings them and their number. A `filter` that a manager
  of the project defines itself is such a function, too: it may loop over `book__in=books`.
- The name that holds the query may hold something else, is used by a nested function, or is asked again in each turn
  of a loop.
- The rows are in memory, or may be: prefetched, or a relation of a row that somebody else made.
- They are a relation of each row of a loop: see PERF701.
- The query is counted for another purpose: `books.count() > 1`.
- The rows are locked by being loaded: `select_for_update()`.
- The query is a slice, comes from a name or an attribute, or from a function that may keep it.
- A queryset or manager of the project counts in a way of its own: it defines `all`, `count`, `exists` or `__len__`.
- The rows are a set, and what is asked of it needs no database.
- It happens in a coroutine: there the query itself fails, and awaits for it are another story.
- The code stands in a test or a migration.

## Fix safety

Unsafe: the same number comes back, but the rows are not in memory afterwards. Nothing is edited inside of an f-string,
where something is called between a list of rows and its count, or where rows to be counted are ordered by columns of
others, which may double them. SQLAlchemy's `Query` drops rows that a join doubled, so a query with joins or conditions
on another model is not edited, nor are the rows of a `select()` that have a name: then the help says what to write.
Templates are not edited either.

## References

- [exists](https://docs.djangoproject.com/en/stable/ref/models/querysets/#exists)
- [Don't overuse count() and exists()](https://docs.djangoproject.com/en/stable/topics/db/optimization/#don-t-overuse-contains-count-and-exists)
- [Query.exists](https://docs.sqlalchemy.org/en/20/orm/queryguide/query.html#sqlalchemy.orm.Query.exists)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.model import Applicability, Confidence, Impact
from perffix.rules.rule import ProjectContext, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.model import Finding
    from perffix.project.orm.counts import Counted

rule = Rule(
    code="PERF706",
    name="count-by-loading",
    summary="Rows are loaded, or all counted, where their number or one of them would do",
    help="Ask the database for no more: `count()` or `exists()`",
    impact=Impact.LATENCY,
    fix=Applicability.UNSAFE,
)


@rule.on_project
def detect(at: ProjectContext) -> Iterator[Finding]:
    """Yield one finding for each place that wants a number and gets rows."""
    from perffix.project.orm.counts import counted
    from perffix.rewrites.counting import counting_advice, counting_fix

    for found in counted(at.project):
        yield at.finding(
            found.place,
            _message(found),
            confidence=Confidence.MEDIUM if found.query.few or found.held is None else Confidence.HIGH,
            help=counting_advice(found),
            fix=counting_fix(found),
        )


@rule.on_project
def detect_in_templates(at: ProjectContext) -> Iterator[Finding]:
    """Yield one finding for each query that templates count and do nothing else with."""
    from perffix.model import Fix
    from perffix.project.orm.counted_in_templates import counted_in_templates

    for found in counted_in_templates(at.project):
        model, name = found.query.model.name, found.name
        written = f"`{name}.count`" if found.wants_number else f"`{name}.exists`"
        purpose = "to be counted" if found.wants_number else "to tell whether there is one"
        told = f"Rows of `{model}` are loaded for a template {purpose}, and for nothing else"
        if not found.loads:
            told = f"`{name}.count` in a template counts all rows of `{model}` to tell whether there is one"
        advice = f"Ask for no more in the template: {written}"
        yield at.finding(
            found.place,
            told,
            confidence=Confidence.MEDIUM,
            help=advice,
            related=found.related,
            fix=Fix(Applicability.DISPLAY, advice),
        )


def _message(found: Counted) -> str:
    name = found.query.model.name
    if found.held is None:
        return f"`{found.method}()` counts all rows of `{name}` to tell whether there is one"
    if found.counting.wanted == "count":
        return f"Rows of `{name}` are loaded to be counted, and for nothing else"
    return f"Rows of `{name}` are loaded to tell whether there is one, and for nothing else"
