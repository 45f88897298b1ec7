"""Rows that views of Django REST framework hand to serializers, across the modules of a project."""

from __future__ import annotations

import pytest
from projects import project, told

MODELS = """
    from django.db import models

    class Publisher(models.Model):
        name = models.CharField(max_length=50)

    class Author(models.Model):
        name = models.CharField(max_length=50)
        publisher = models.ForeignKey(Publisher, models.CASCADE)

    class Book(models.Model):
        title = models.CharField(max_length=50)
        author = models.ForeignKey(Author, models.CASCADE, related_name="books")
        editor = models.ForeignKey(Author, models.CASCADE, related_name="+")

    class Cover(models.Model):
        book = models.OneToOneField(Book, models.CASCADE)
"""
SERIALIZERS = """
    from rest_framework import serializers
    from .models import Author, Book

    class AuthorSerializer(serializers.ModelSerializer):
        class Meta:
            model = Author
            fields = ["name"]

    class Keys(serializers.ModelSerializer):
        class Meta:
            model = Book
            fields = ["title", "author"]

    class Nested(Keys):
        author = AuthorSerializer()

    class Both(Nested):
        editor = AuthorSerializer()

        class Meta(Nested.Meta):
            fields = (*Nested.Meta.fields, "editor")

    class Chosen(Nested):
        def __init__(self, *args, **options):
            names = options.pop("names", ())
            super().__init__(*args, **options)
            for name in names:
                self.fields.pop(name)
"""
START = """
from rest_framework import generics, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response
from .models import *
from .serializers import *

"""


def accesses(views: str) -> list[str]:
    """Return what the views of a project cost."""
    texts = {"shop.__init__": "", "shop.models": MODELS, "shop.serializers": SERIALIZERS, "shop.views": START + views}
    return sorted({told(access).partition(" line")[0] for access in project(texts).accesses})


VIEW = "class View(viewsets.ModelViewSet):\n    queryset = Book.objects.all()\n"


@pytest.mark.parametrize(
    ("views", "found"),
    [
        (f"{VIEW}    serializer_class = Keys", []),
        (f"{VIEW}    serializer_class = Nested", ["relation author"]),
        (f"{VIEW}    serializer_class = Both", ["relation editor"]),  # which others it lists is not known
        (f"{VIEW}    serializer_class = Chosen", ["relation author"]),
        (f"{VIEW}    def get_serializer_class(self):\n        return Nested", ["relation author"]),
        (f"{VIEW}    def get_serializer_class(self):\n        return Nested if self.many else Keys", []),
        (f"{VIEW}    def get_serializer_class(self):\n        return self.chosen()", []),
        (f"{VIEW}    serializer_class = Nested\n    def list(self, request):\n        pass", []),
        (
            f"{VIEW}    serializer_class = Nested\n    def list(self, request):\n        super().list(request)",
            ["relation author"],
        ),
        (f"{VIEW}    serializer_class = Nested\n    def get_serializer(self, *args):\n        return Keys(*args)", []),
        (
            f"{VIEW}    serializer_class = Nested\n    def filter_queryset(self, queryset):\n        return unknown()",
            [],
        ),
        (
            f"{VIEW}    serializer_class = Keys\n    @action(detail=False)\n    def recent(self, request):\n"
            "        return Response(Nested(self.get_queryset(), many=True).data)",
            ["relation author"],
        ),
        ("def view():\n    return [Nested(book).data for book in Book.objects.all()]", ["relation author"]),
        ("def view():\n    return Chosen(Book.objects.all(), many=True, names=['author']).data", []),
        ("def view():\n    return Nested(Book.objects.first()).data", []),
        ("def view(data):\n    return Nested(Book.objects.all(), data, many=True).data", []),
        (
            "from django.db.models import prefetch_related_objects\n"
            "def loaded():\n    books = list(Book.objects.all())\n    prefetch_related_objects(books, 'author')\n"
            "    return books\n"
            "def view():\n    return Nested(loaded(), many=True).data",
            [],
        ),
    ],
)
def test_what_views_show_costs_what_their_serializers_ask_for(views: str, found: list[str]) -> None:
    assert accesses(views) == found
