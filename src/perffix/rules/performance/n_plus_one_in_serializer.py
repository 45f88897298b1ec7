"""A serializer asks the rows of a query for a relation that the query does not load.

## What it does

Reports a query whose rows the serializers of Django REST framework, models of Pydantic or schemas of marshmallow ask
for a relation that the query does not load, so that the database gets one more query for each row. Rows are followed
from `Serializer(rows, many=True)` and from the list and detail actions of generic views and viewsets into nested
serializers, `source=`, method fields, related fields, properties and `__str__` of the models.

Rows of SQLAlchemy and the other mappers are followed into models of Pydantic: those that routes of FastAPI answer with,
by `response_model` or by what they say to return, and those that code makes by `model_validate`, `from_orm`, a
`TypeAdapter` or the call of a model with rows for a field. Each field is an attribute of the row that is read, also by
validators that come before its type. Models within them are followed, in containers, unions, generic models such as
`Page[BookOut]` and root models. So are marshmallow's schemas, from `dump` into `Nested`, `Pluck`, `List` and `Method`
fields and those with `attribute=`.

A column that the query leaves out, by `only`, `defer` or `load_only`, is missed in the same way.

The finding stands at the query, in the view; the field of the serializer is told with it.

## Why it is slow

The database answers each query after a round trip. An endpoint that lists a hundred books with a nested author asks a
hundred and one times, and neither the view nor the serializer shows it.

## Example

```python
from django.db import models
from rest_framework import serializers, viewsets


class Author(models.Model):
    name = models.CharField(max_length=100)


class Book(models.Model):
    author = models.ForeignKey(Author, models.CASCADE)


class BookSerializer(serializers.ModelSerializer):
    author_name = serializers.CharField(source="author.name")

    class Meta:
        model = Book
        fields = ["id", "author_name"]


class BookViewSet(viewsets.ReadOnlyModelViewSet):
    queryset = Book.objects.all()
    serializer_class = BookSerializer
```

## Use instead

```python
from django.db import models
from rest_framework import serializers, viewsets


class Author(models.Model):
    name = models.CharField(max_length=100)


class Book(models.Model):
    author = models.ForeignKey(Author, models.CASCADE)


class BookSerializer(serializers.ModelSerializer):
    author_name = serializers.CharField(source="author.name")

    class Meta:
        model = Book
        fields = ["id", "author_name"]


class BookViewSet(viewsets.ReadOnlyModelViewSet):
    queryset = Book.objects.all().select_related("author")
    serializer_class = BookSerializer
```

## When it stays silent

- The query loads the relation, or what it loads is not known.
- A relation to one row is shown by its key alone, or by a link made from the key: the row has it.
- The field is left out again, as by `model_dump(exclude={"author"})`: a schema without it is the remedy.
- The field is only written, or the serializer does not list it.
- One row is shown: what it leads to is asked for once.
- The view chooses between serializers and not all of them ask for the relation.
- The serializer has a base of another package that is not known, or shows lists in a way of its own.
- The model is a table of SQLModel, which shows its columns alone, or has a `model_validator` of its own.
- The schema is made with `only` or `exclude`, or has a `pre_dump` of its own.
- Code asks for the relation, too: see PERF701.

## Fix safety

Unsafe, as PERF701: the rows are the same, but the statement is another one, also where the view changes or deletes a
single row.

## References

- [Database access optimization](https://docs.djangoproject.com/en/stable/topics/db/optimization/)
- [Response model of FastAPI](https://fastapi.tiangolo.com/tutorial/response-model/)
- [Serializer relations](https://www.django-rest-framework.org/api-guide/relations/)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.model import Applicability, Impact
from perffix.rules.rule import ProjectContext, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.model import Finding

rule = Rule(
    code="PERF711",
    name="n-plus-one-in-serializer",
    summary="A serializer asks the rows of a query for a relation that the query does not load",
    help="Load the relation with the query",
    impact=Impact.LATENCY,
    fix=Applicability.UNSAFE,
)


@rule.on_project
def detect(at: ProjectContext) -> Iterator[Finding]:
    """Yield one finding for each query and relation that only serializers ask for."""
    from perffix.rewrites.eager_loading import eager_loading

    for story in at.project.stories:
        if story.in_serializer:
            message = f"The serializer asks {story.subject} for {story.missed}, by {story.cost}"
            yield at.of_story(story, message, eager_loading(story, at.project.evaluator))
