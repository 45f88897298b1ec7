"""A query runs in each turn of a loop.

## What it does

Reports a query of Django's mapper, SQLAlchemy (SQLModel and Flask-SQLAlchemy, too), Peewee or Tortoise that runs in
each turn of a loop and asks for something else in each: a `get`, `first`, `count` or `exists`, or rows that are looped
over, whose conditions change with the loop, or which belong to a relation of the row at hand:
`author.books.filter(price=1).count()`. The loop may stand in the function that calls the one with the query, or be
that of a serializer or of Django's admin.

## Why it is slow

The database answers each query after a round trip. What a loop over a hundred keys fetches one by one, one query with
`filter(pk__in=keys)`, `in_bulk(keys)` or `where(Book.id.in_(keys))` brings at once; what it counts for each row, an
annotation counts with the rows.

## Example

```python
from django.db import models


class Book(models.Model):
    title = models.CharField(max_length=100)


def titles(keys: list[int]) -> list[str]:
    return [Book.objects.get(pk=key).title for key in keys]
```

## Use instead

```python
from django.db import models


class Book(models.Model):
    title = models.CharField(max_length=100)


def titles(keys: list[int]) -> list[str]:
    books = Book.objects.in_bulk(keys)
    return [books[key].title for key in keys]
```

## When it stays silent

- The conditions do not change with the loop.
- The loop has few turns, or is left in its first; the query stands in the `return` that leaves it.
- The query stands in an `except` block.
- It runs once, to fill a name that is empty: `if book is None: book = ...get(...)`. It asks for what depends on the
  answer of the turn before: `node = ...get(parent=node)`.
- A row that is at hand is asked for once more, `get(pk=book.pk)`: it may have changed.
- The column of the condition changes with the loop: no other query asks for all at once.
- The query asks for many keys at once, `pk__in=keys`: the loop goes through them in batches.
- The rows are locked, `select_for_update()`, `with_for_update()`: they are wanted one by one.
- SQLAlchemy's session is likely to hold the row, which `session.get(...)` looks at first: the code fetched rows of that
  table before.
- Each turn opens a session of its own: it is a transaction of its own.
- The query asks for all rows of a relation, or for some of a prefetched one: see PERF701 and PERF710.
- The rows are streamed, `iterator()`: there are too many of them to fetch them for all turns at once.
- A template asks.
- The query runs in what `save()` or `delete()` of a model does besides.
- The query is more than one call away from the loop.
- The code stands in a test or a migration.

## Fix safety

No fix is offered: what is asked once must be handed to the places that asked, and a missing row is noticed elsewhere.

## References

- [in_bulk](https://docs.djangoproject.com/en/stable/ref/models/querysets/#in-bulk)
- [Session.get](https://docs.sqlalchemy.org/en/20/orm/session_basics.html#get-by-primary-key)
- [Exists and Subquery](https://docs.djangoproject.com/en/stable/ref/models/expressions/#exists-subqueries)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.model import Confidence, Impact, NodeRef
from perffix.rules.rule import ProjectContext, Rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from perffix.model import Finding
    from perffix.project.orm.accesses import Repeated
    from perffix.project.place import Place

rule = Rule(
    code="PERF702",
    name="query-in-loop",
    summary="A query runs in each turn of a loop",
    help="Ask once before the loop",
    impact=Impact.LATENCY,
)

_MOST_CALLS = 1  # between the loop and the query
_ONE_BY_ONE = ("select_for_update", "with_for_update", "for_update", "iterator", "aiterator", "yield_per")


@rule.on_project
def detect(at: ProjectContext) -> Iterator[Finding]:
    """Yield one finding for each place that runs a query again and again."""
    from perffix.rewrites.asked_once import asked_once

    first: dict[Place, Repeated] = {}
    for repeated in (*at.project.evaluator.repeated, *_of_relations(at)):
        if repeated.place not in first and _is_worth_it(repeated, at):
            first[repeated.place] = repeated
    for place in _asked_otherwise(first.values(), at):
        del first[place]
    routes = [repeated.route for repeated in first.values()]
    told = set()
    for repeated in first.values():
        if repeated.route in told:
            continue  # the loop calls a function with several queries: one finding is enough
        others = routes.count(repeated.route) - 1 if repeated.route else 0
        if repeated.route:
            told.add(repeated.route)
        model, method = repeated.query.model.name, repeated.method
        asked = f"`{method}()` asks for `{model}`" if method else f"Rows of `{model}` are fetched"
        when = "in each turn of a loop" if repeated.row is None else f"for each `{repeated.row.model.name}`"
        yield at.finding(
            repeated.place,
            f"{asked} {when}, by a query of its own",
            confidence=Confidence.MEDIUM if repeated.sometimes else Confidence.HIGH,
            help=asked_once(repeated, at.project.evaluator),
            evidence=[f"the function asks {others} more of them"] if others else [],
            related=repeated.route,
        )


def _of_relations(at: ProjectContext) -> Iterator[Repeated]:
    """Yield the queries that ask a relation of each row for some of its rows."""
    from perffix.project.orm.accesses import Cost, Repeated
    from perffix.project.orm.stories import route_since_query

    for access in at.project.accesses:
        if access.cost is not Cost.QUERY or access.query is None or access.asker == "template":
            continue
        calls = [each for each in access.route if each.message.endswith("` is called here")]
        by_framework = 1 if access.asker else 0
        if len(calls) > (0 if access.sometimes else _MOST_CALLS) + by_framework:
            continue
        route = route_since_query(access, at.project.evaluator)
        yield Repeated(access.query, access.method, access.place, access.row, access.sometimes, route)


def _is_worth_it(repeated: Repeated, at: ProjectContext) -> bool:
    from perffix.project.orm.stories import happens_in_writing

    if repeated.query.model.cls is None:
        return False
    if repeated.query.owner is None and len(repeated.route) > _MOST_CALLS:
        return False
    evaluator = at.project.evaluator
    methods = {evaluator.method_at(site) for site in repeated.query.sites}
    if not methods.isdisjoint(_ONE_BY_ONE):
        return False
    return not happens_in_writing(repeated.route)


def _asked_otherwise(queries: Iterable[Repeated], at: ProjectContext) -> list[Place]:
    """Return where a query runs in one turn only, or asks for what the turn before has found."""
    import ast

    from perffix.semantic.repeated_queries import is_once_or_in_a_chain

    found = []
    for place, tree in at.project.trees.at([each.place for each in queries if each.method and not each.route]):
        call = None if tree is None else tree.node(NodeRef("Call", place.span))
        if tree is not None and isinstance(call, ast.Call) and is_once_or_in_a_chain(call, tree.model):
            found.append(place)
    return found
