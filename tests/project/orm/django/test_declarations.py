"""Ways to declare relations; the numbers of queries are Django's, for tags those of django-taggit 6.1."""

from __future__ import annotations

import ast

import pytest
from counted import counted
from projects import project, told

from perffix import check_source, fix_source

MODELS = """
from django.db import models
from django.db.models import ForeignKey as Key


class OwnKey(models.ForeignKey):
    def __init__(self, to, **options):
        options.setdefault("on_delete", models.CASCADE)
        super().__init__(to, **options)


class Author(models.Model):
    name = models.CharField(max_length=50)


class Book(models.Model):
    title = models.CharField(max_length=50)
    author = Key(Author, models.CASCADE, related_name="books")
    editor = OwnKey("Author", related_name="+")


class Novel(Book):
    book = models.OneToOneField(Book, models.CASCADE, parent_link=True, related_name="novel")
    genre = models.CharField(max_length=50)


def under_another_name():
    return [book.author.name for book in Book.objects.all()]


def by_a_field_of_the_project():
    return [book.editor.name for book in Book.objects.all()]


def the_parent():
    return [novel.book.title for novel in Novel.objects.all()]
"""
FOUND = {
    "under_another_name": (11, 1),
    "by_a_field_of_the_project": (11, 1),
}


def test_relations_are_found_however_they_are_declared() -> None:
    lines = [each.span.line for each in check_source(MODELS, select=["PERF701"])]
    functions = [each for each in ast.parse(MODELS).body if isinstance(each, ast.FunctionDef)]
    told_in = [each.name for line in lines for each in functions if each.lineno <= line <= (each.end_lineno or 0)]
    assert told_in == list(FOUND)
    found = counted({"shop": MODELS, "fixed": fix_source(MODELS, select=["PERF701"], unsafe_fixes=True)})
    before, after = found["shop"], found["fixed"]
    assert {name: (before[name].queries, after[name].queries) for name in FOUND} == FOUND
    assert before["the_parent"].queries == 1
    assert {name: each.result for name, each in before.items()} == {name: each.result for name, each in after.items()}


TAGGED = """
    from django.contrib.contenttypes.fields import GenericForeignKey, GenericRelation
    from django.contrib.contenttypes.models import ContentType
    from django.db import models
    from taggit.managers import TaggableManager
    from taggit.models import TaggedItemBase, TagBase, GenericTaggedItemBase

    class Topic(TagBase):
        parent = models.ForeignKey("self", models.CASCADE, null=True)

    class ByTopic(GenericTaggedItemBase):
        tag = models.ForeignKey(Topic, models.CASCADE)

    class ByTag(TaggedItemBase):
        page = models.ForeignKey("Page", models.CASCADE)

    class Author(models.Model):
        name = models.CharField(max_length=50)

    class Note(models.Model):
        content_type = models.ForeignKey(ContentType, models.CASCADE)
        object_id = models.PositiveIntegerField()
        about = GenericForeignKey()

    class Page(models.Model):
        notes = GenericRelation(Note)
        author = models.ForeignKey(Author, models.CASCADE)
        plain = TaggableManager()
        tags = TaggableManager(through=ByTag)
        topics = TaggableManager(through="ByTopic")
        unknown = TaggableManager(through=elsewhere())
"""


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("page.author.name", ["relation author"]),  # the manager of tags is not that of the model
        ("[tag.name for tag in page.plain.all()]", ["relation plain"]),
        ("[tag.slug for tag in page.tags.all()]", ["relation tags"]),
        ("[topic.parent for topic in page.topics.all()]", ["relation topics", "relation topics.parent"]),
        ("[tag.name for tag in page.unknown.all()]", []),
        ("len(page.notes.all())", ["relation notes"]),
    ],
)
def test_tags_and_generic_relations_are_found(code: str, expected: list[str]) -> None:
    view = f"from shop.models import Page\n\ndef view():\n    for page in Page.objects.all():\n        {code}\n"
    made = project({"shop.__init__": "", "shop.models": TAGGED, "shop.views": view})
    assert [told(each).partition(" line")[0] for each in made.accesses] == expected
    loaded = view.replace("all():\n", "prefetch_related('plain', 'notes', 'tags', 'topics__parent', 'author'):\n", 1)
    made = project({"shop.__init__": "", "shop.models": TAGGED, "shop.views": loaded})
    assert not made.accesses
