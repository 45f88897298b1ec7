"""A prefetched relation is asked in a way that prefetching does not answer.

## What it does

Reports a relation that a query prefetches and that is then asked, for each row, for other rows or in another order:
`filter()`, `order_by()`, `first()`, `values_list()`, or for its own rows anew: `iterator()`. Such a question goes to
the database again, and the prefetched rows stay unused.

## Why it is slow

It costs more than no prefetch at all: the query that prefetches, all its rows in memory, and one more query for each
row.

## Example

```python
from django.db import models


class Tag(models.Model):
    name = models.CharField(max_length=50)


class Book(models.Model):
    tags = models.ManyToManyField(Tag)


def first_tags():
    return [book.tags.order_by("name").first() for book in Book.objects.prefetch_related("tags")]
```

## Use instead

```python
from django.db import models
from django.db.models import Prefetch


class Tag(models.Model):
    name = models.CharField(max_length=50)


class Book(models.Model):
    tags = models.ManyToManyField(Tag)


def first_tags():
    sorted_tags = Prefetch("tags", queryset=Tag.objects.order_by("name"), to_attr="sorted_tags")
    return [next(iter(book.sorted_tags), None) for book in Book.objects.prefetch_related(sorted_tags)]
```

## When it stays silent

- The question is answered from memory: `all()`, `count()`, `exists()`, iteration, `len()`, `in`.
- The relation is not prefetched: see PERF701 and PERF702.
- What the query prefetches is not known.
- There is one row only.

## Fix safety

No fix is offered: which rows are wanted, and in what order, belongs into the query of a `Prefetch`. Other callers of
the code may hand it rows whose relation is not prefetched.

## References

- [Prefetch](https://docs.djangoproject.com/en/stable/ref/models/querysets/#prefetch-objects)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.model import Confidence, Impact, Related
from perffix.rules.rule import ProjectContext, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.model import Finding

rule = Rule(
    code="PERF710",
    name="defeated-prefetch",
    summary="A prefetched relation is asked in a way that prefetching does not answer",
    help="Prefetch what is asked for: `Prefetch(relation, queryset=..., to_attr=...)`",
    impact=Impact.LATENCY,
)

_STREAMING = ("iterator", "aiterator")  # which ask for the same rows
_FOR_ALL = "Loop over `all()`, which gives the rows that are prefetched"


@rule.on_project
def detect(at: ProjectContext) -> Iterator[Finding]:
    """Yield one finding for each place that passes over what is prefetched."""
    from perffix.project.orm.accesses import Cost

    seen = set()
    for access in at.project.accesses:
        if access.cost is not Cost.DEFEATED or access.place in seen or access.query is None:
            continue
        seen.add(access.place)
        name = access.field.name
        query = at.project.evaluator.place_of(access.row.sites[-1])
        yield at.finding(
            access.place,
            f"`{name}` is prefetched, and `{access.query.narrowed}()` asks the database again for each"
            f" `{access.row.model.name}`",
            confidence=Confidence.MEDIUM if access.sometimes else Confidence.HIGH,
            help=_FOR_ALL if access.query.narrowed in _STREAMING else None,
            related=[*access.route, Related(query.span, "this query prefetches it", query.path)],
        )
