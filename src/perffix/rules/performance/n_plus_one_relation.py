"""The rows of a query load a relation or column one by one.

## What it does

Reports a query of Django's mapper, SQLAlchemy (SQLModel and Flask-SQLAlchemy, too), Peewee or Tortoise whose rows are
asked for a relation that the query does not load, so that the database gets one more query for each row. The rows are
followed through loops, comprehensions, variables, `list`, `sorted` and `enumerate`, into functions, methods, properties
and `__str__`, across all modules of the project. Lists and inlines of Django's admin, feeds, sitemaps and the choices
of forms are followed, too: what their columns and methods ask each row for. Models may be asked for by their names:
`apps.get_model("shop", "Order")`, `get_user_model()`.

A column is missed in the same way: `only("title")` and `defer("body")` of Django, `load_only` and `defer` of
SQLAlchemy, and columns that are declared as deferred there, leave columns out, and each row that is asked for one of
them after all takes a query.

The finding stands at the query, where the remedy belongs; the places that ask for the relation are told with it.

## Why it is slow

The database answers each query after a round trip. A list of a hundred orders that shows the name of each customer
asks a hundred and one times, where one query with a join, or two, bring the same rows.

## Example

```python
from django.db import models


class Author(models.Model):
    name = models.CharField(max_length=100)


class Book(models.Model):
    title = models.CharField(max_length=100)
    author = models.ForeignKey(Author, models.CASCADE)


def titles():
    return [f"{book.title} by {book.author.name}" for book in Book.objects.all()]
```

## Use instead

```python
from django.db import models


class Author(models.Model):
    name = models.CharField(max_length=100)


class Book(models.Model):
    title = models.CharField(max_length=100)
    author = models.ForeignKey(Author, models.CASCADE)


def titles():
    return [f"{book.title} by {book.author.name}" for book in Book.objects.all().select_related("author")]
```

## When it stays silent

- The relation is loaded: by `select_related` or `prefetch_related`, in the query, in a method of its manager or
  queryset, in a branch before, or by `prefetch_related_objects` later.
- What the query loads is not known: its arguments are computed, or it came from code that is not followed.
- The key alone is read: `book.author_id` is a column of the row itself.
- It is asked for in an `except` block, or on the way to a `raise`.
- There is one row: `get()`, `filter(pk=...)`, a filter for all columns of a unique set, `first()`, `[0]`, `[:1]`, or a
  loop that is left in its first turn.
- The relation leads back to the row that the query came from, or was given a value before.
- A column is named by `only`, or by `only` of a later call, is part of the key of its row, or was given a value before.
  What `only` and `defer` say of another table counts where that is joined.
- The column must not be asked for: `raiseload=True`.
- The rows are dictionaries, tuples or single values: `values()`, `values_list()`.
- The relation is asked for other rows than all of its own: `filter()`, `first()`.
- The relation is more than three calls away from the query; or more than one, or in what `save()` does besides, where
  it is asked for some of the rows only.
- The choices of a form are not shown: the field has a widget for hidden or typed values, or of a package that is not
  known, or finds its choices itself.
- Templates alone ask for the relation: see PERF712. Serializers alone: see PERF711.
- The list of the admin is made in code of its own: `get_list_display`, or a base of a package that is not known.
- SQLAlchemy holds the row in memory, or may: the relation leads back to where the row came from, all rows share one by
  `filter_by(author=author)`, the query selects it, too, looks for the keys of rows at hand,
  `Book.author_id.in_(author.id for author in authors)`, or the code fetched rows of that table before. Relations that
  load themselves (`lazy="selectin"`) and those that must not be asked for (`raiseload`) cost nothing either.
- The block that asks for it leaves the loop: `break`, `return` or `raise` is its last statement.
- A branch asks for it that the given arguments do not lead to: `if with_author`, where that is `False`.
- The mapper is Pony: it loads a relation for all rows at once.
- The query stands in a test or a migration.

## Fix safety

Unsafe: the rows are the same, but the statement is another one. `select_related` is used where all relations lead to
one row, `prefetch_related` otherwise, or where the rows are locked; a call that is there gets one more argument.
Nothing is edited where the rows are combined or streamed, or where the related ones are only counted: then the help
says what to write. Neither is it where the code through which the
rows go, or a function that it calls, writes rows of a model on the way: what is asked for later shows that, what came
with the query does not, and each joined row is a copy, so that changes get lost. A column that is left out is added to
`only` (also the key of a relation that is to be joined) or taken out of `defer`, where that call stands in the query
and gets the rows of one model alone; a large column is left out of rows that are sorted or streamed. In the admin,
`list_select_related` is written or gets one more item, where Django joins nothing by itself; where it does, it no
longer would, and the help names all relations that the list asks for.

With SQLAlchemy the query gets `options(...)`, or what is there gets longer: `selectinload` for collections,
`joinedload` for single rows, or `selectinload` where a join would ask for `unique()`, meet `distinct()` or lock more
rows. A column is added to `load_only`, taken out of `defer`, or loaded by `undefer`. Where the query joins the
relation already, `contains_eager` uses that. Dynamic relations, aliases and helpers
that serve any model are not edited, nor are modules that lack the name of a class on the way. With Peewee and
Tortoise, single rows are joined; collections are only advised, because their attribute is used in another way once
they are loaded.

## References

- [select_related](https://docs.djangoproject.com/en/stable/ref/models/querysets/#select-related)
- [Relationship loading techniques](https://docs.sqlalchemy.org/en/20/orm/queryguide/relationships.html)
- [prefetch_related](https://docs.djangoproject.com/en/stable/ref/models/querysets/#prefetch-related)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.model import Applicability, Impact
from perffix.rules.rule import ProjectContext, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.model import Finding

rule = Rule(
    code="PERF701",
    name="n-plus-one-relation",
    summary="The rows of a query load a relation or column one by one",
    help="Load the relation with the query",
    impact=Impact.LATENCY,
    fix=Applicability.UNSAFE,
)


@rule.on_project
def detect(at: ProjectContext) -> Iterator[Finding]:
    """Yield one finding for each query and relation that it does not load."""
    from perffix.rewrites.eager_loading import eager_loading

    for story in at.project.stories:
        if story.in_template or story.in_serializer:
            continue  # PERF712 and PERF711 tell it
        subject = f"{story.subject[0].upper()}{story.subject[1:]}"
        message = f"{subject} loads {story.missed} by {story.cost}"
        yield at.of_story(story, message, eager_loading(story, at.project.evaluator))
