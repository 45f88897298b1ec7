"""Views of one row: what the row leads to is loaded by the query of the view, or by that of the rows it leads to."""

from __future__ import annotations

from pathlib import Path

import pytest

from perffix import check_source, fix_source
from perffix.cli import main
from perffix.model import Applicability

VIEWS = """\
from django.db import models
from django.views.generic import DetailView


class Author(models.Model):
    name = models.CharField(max_length=50)


class Book(models.Model):
    title = models.CharField(max_length=50)


class Review(models.Model):
    book = models.ForeignKey(Book, models.CASCADE, related_name="reviews")
    critic = models.ForeignKey(Author, models.CASCADE)


class OfOneBook(DetailView):
    template_name = "reviews.html"

    def get_queryset(self):
        return Book.objects.filter(title="x")

    def get_object(self, queryset=None):
        book = super().get_object(queryset)
        book.title = book.title.upper()
        return book
"""
TEMPLATE = "{% for review in object.reviews.all %}{{ review.critic.name }}{% endfor %}"


CONTEXT = """

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        context["title"] = "Reviews"
        return context
"""
QUERY = 'Book.objects.filter(title="x")'


@pytest.mark.parametrize("views", [VIEWS, VIEWS + CONTEXT], ids=["a row", "a context"])
def test_the_query_of_a_view_is_told_what_to_load_and_nothing_that_the_view_makes_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, views: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("shop/templates").mkdir(parents=True)
    for name, text in {"__init__.py": "", "views.py": views, "templates/reviews.html": TEMPLATE}.items():
        Path("shop", name).write_text(text, "utf-8")
    main(["check", "--isolated", "--select", "PERF712", "--unsafe-fixes", "--apply", "."])
    fixed = Path("shop/views.py").read_text("utf-8")
    assert fixed == views.replace(QUERY, f'{QUERY}.prefetch_related("reviews__critic")')


ACTIONS = """
from django.db import models
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response


class Author(models.Model):
    name = models.CharField(max_length=50)


class Book(models.Model):
    title = models.CharField(max_length=50)


class Review(models.Model):
    book = models.ForeignKey(Book, models.CASCADE, related_name="reviews")
    critic = models.ForeignKey(Author, models.CASCADE)


class ReviewSerializer(serializers.ModelSerializer):
    name = serializers.CharField(source="critic.name")

    class Meta:
        model = Review
        fields = ["name"]


class BookSerializer(serializers.ModelSerializer):
    class Meta:
        model = Book
        fields = ["title"]


class WithReviews(serializers.ModelSerializer):
    reviews = ReviewSerializer(many=True)

    class Meta:
        model = Book
        fields = ["title", "reviews"]


class Books(viewsets.ModelViewSet):
    queryset = Book.objects.all()
    serializer_class = BookSerializer

    @action(detail=True)
    def $(self, request, pk=None):
        return Response($.data)
"""


@pytest.mark.parametrize(
    ("shown", "fixed"),
    [
        (
            "ReviewSerializer(self.get_object().reviews.all(), many=True)",
            'ReviewSerializer(self.get_object().reviews.all().select_related("critic"), many=True)',
        ),
        ("WithReviews(self.get_object())", None),  # the help says what to write
    ],
)
def test_the_query_of_all_actions_does_not_load_what_one_of_them_needs(shown: str, fixed: str | None) -> None:
    text = ACTIONS.replace("Response($", f"Response({shown}").replace("$", "whole")
    [finding] = check_source(text, select=["PERF711"])
    assert finding.fix is not None
    assert finding.fix.applicability is (Applicability.DISPLAY if fixed is None else Applicability.UNSAFE)
    assert fix_source(text, select=["PERF711"], unsafe_fixes=True) == text.replace(shown, fixed or shown)
    assert fixed is not None or "in `get_queryset`" in (finding.help or "")
