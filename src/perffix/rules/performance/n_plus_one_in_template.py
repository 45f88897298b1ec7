"""A template asks the rows of a query for a relation that the query does not load.

## What it does

Reports a query of a view whose rows a template asks for a relation that the query does not load, so that the database
gets one more query for each row. Rows are followed from Django's `render` and its generic class-based views into
templates, through `{% for %}`, `{% with %}`, `{% if %}`, `{% regroup %}` and `{% include %}`, into the templates that
these extend, without the blocks that they replace, and into properties, methods and `__str__` of the models. So they
are from `render_template` of Flask and Quart and from `TemplateResponse` of Starlette and FastAPI into templates of
Jinja, there also through `{% set %}`, macros, imported or not, and filters such as `map(attribute="author.name")`,
whichever mapper gave them.

A column that the query leaves out, by `only`, `defer` or `load_only`, is missed in the same way.

The finding stands at the query, in the view; the place in the template is told with it. Templates are found by their
names in folders called `templates` beside the modules that are checked.

## Why it is slow

The database answers each query after a round trip. A page with a hundred orders that shows the name of each customer
asks a hundred and one times, and nothing in the view tells it.

## Example

The template `books.html` says `{% for book in books %}{{ book.author.name }}{% endfor %}`.

```python
from django.db import models
from django.shortcuts import render


class Author(models.Model):
    name = models.CharField(max_length=100)


class Book(models.Model):
    author = models.ForeignKey(Author, models.CASCADE)


def books(request):
    return render(request, "books.html", {"books": Book.objects.all()})
```

## Use instead

```python
from django.db import models
from django.shortcuts import render


class Author(models.Model):
    name = models.CharField(max_length=100)


class Book(models.Model):
    author = models.ForeignKey(Author, models.CASCADE)


def books(request):
    return render(request, "books.html", {"books": Book.objects.all().select_related("author")})
```

## When it stays silent

- The query loads the relation, or what it loads is not known.
- The template is not found, or its name is computed.
- The template shows the key alone: `{{ book.author_id }}`.
- The rows are dictionaries or tuples: `values()`.
- The template shows one row, and what that leads to at once: `{{ book.author.name }}` on the page of a book. Rows that
  belong to it are several, though: `{% for review in book.reviews.all %}{{ review.critic.name }}{% endfor %}`.
- A tag or filter that is not Django's or Jinja's own looks at the row: nobody knows what it does.
- A macro is not called, or a block is replaced by the template that extends this one.

## Fix safety

Unsafe, as PERF701: the rows are the same, but the statement is another one. A generic view that has only a `model` gets
a `queryset` beside it.

## References

- [Database access optimization](https://docs.djangoproject.com/en/stable/topics/db/optimization/)
- [Template designer documentation of Jinja](https://jinja.palletsprojects.com/en/stable/templates/)
- [Generic display views](https://docs.djangoproject.com/en/stable/ref/class-based-views/generic-display/)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.model import Applicability, Impact
from perffix.rules.rule import ProjectContext, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.model import Finding

rule = Rule(
    code="PERF712",
    name="n-plus-one-in-template",
    summary="A template asks the rows of a query for a relation that the query does not load",
    help="Load the relation with the query",
    impact=Impact.LATENCY,
    fix=Applicability.UNSAFE,
)


@rule.on_project
def detect(at: ProjectContext) -> Iterator[Finding]:
    """Yield one finding for each query and relation that only templates ask for."""
    from perffix.rewrites.eager_loading import eager_loading

    for story in at.project.stories:
        if story.in_template:
            message = f"The template asks {story.subject} for {story.missed}, by {story.cost}"
            yield at.of_story(story, message, eager_loading(story, at.project.evaluator))
