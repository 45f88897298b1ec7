"""Rows that a template counts: how many are loaded, and how many when the template asks for no more than a number."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from counted import counted

from perffix import check_paths

if TYPE_CHECKING:
    from pathlib import Path

MODELS = """\
from django.db import models
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.views.generic import TemplateView


class Author(models.Model):
    name = models.CharField(max_length=50)


class Book(models.Model):
    title = models.CharField(max_length=50)
    author = models.ForeignKey(Author, models.CASCADE, related_name="books")


class OwnSet(models.QuerySet):
    def count(self):
        return len(self)


class Own(models.Model):
    title = models.CharField(max_length=50)
    objects = OwnSet.as_manager()


"""
PLAIN = "def shown(request):\n    return render(request, 'page.html', {'books': Book.objects.all(), 'title': 'x'})\n"
LOOP = "{% for book in books %}{{ book.title }}{% endfor %}"
# What a template says instead, and what each of both costs: queries, and rows that are made.
COUNTING = {
    "{{ books|length }}": ("{{ books.count }}", (1, 10), (1, 0)),
    "{% if books|length > 3 %}many{% endif %}": ("{% if books.count > 3 %}many{% endif %}", (1, 10), (1, 0)),
    "{% if books|length > 0 %}some{% endif %}": ("{% if books.exists %}some{% endif %}", (1, 10), (1, 0)),
    "{% if books %}some{% else %}none{% endif %}": (
        "{% if books.exists %}some{% else %}none{% endif %}", (1, 10), (1, 0)
    ),
    "{% if not books %}none{% endif %}": ("{% if not books.exists %}none{% endif %}", (1, 10), (1, 0)),
    "{% if books and title == 'x' %}some{% endif %}": (
        "{% if books.exists and title == 'x' %}some{% endif %}", (1, 10), (1, 0)
    ),
    "{% if books %}{{ books|length }}{% endif %}": (
        "{% with n=books.count %}{% if n %}{{ n }}{% endif %}{% endwith %}", (1, 10), (1, 0)
    ),
    "{% with all=books %}{{ all|length }}{% endwith %}": ("{{ books.count }}", (1, 10), (1, 0)),
    '{% include "number.html" %}': ("{{ books.count }}", (1, 10), (1, 0)),
    '{% include "rows.html" with rows=books only %}': ("{{ books.count }}", (1, 10), (1, 0)),
    '{% extends "whole.html" %}{% block title %}Books{% endblock %}': ("Books{{ books.count }}", (1, 10), (1, 0)),
    "{% if books.count > 0 %}some{% endif %}": ("{% if books.exists %}some{% endif %}", (1, 0), (1, 0)),
    "{% if books.count %}some{% endif %}": ("{% if books.exists %}some{% endif %}", (1, 0), (1, 0)),
}  # fmt: skip
OTHERS = {
    "number.html": "{{ books|length }}",
    "rows.html": "{{ rows|length }}",
    "all.html": LOOP,
    "whole.html": "{% block title %}{% endblock %}{{ books|length }}",
}


def messages(folder: Path, view: str, template: str) -> list[str]:
    """Return what PERF706 says of a view that renders a template."""
    (folder / "shop.py").write_text(MODELS + view, "utf-8")
    (folder / "templates").mkdir(exist_ok=True)
    for name, text in {**OTHERS, "page.html": template}.items():
        (folder / "templates" / name).write_text(text, "utf-8")
    return [each.message for each in check_paths([folder], select=["PERF706"]).findings]


def costs(folder: Path, view: str) -> tuple[tuple[int, int], str]:
    """Return how many queries a page takes and how many rows it makes, and what it says."""
    ran = counted({"shop": MODELS + view}, str(folder / "templates"))["shop"]["shown"]
    return (ran.queries, ran.rows), ran.result


@pytest.mark.parametrize("template", COUNTING)
def test_a_number_is_enough(tmp_path: Path, template: str) -> None:
    instead, before, after = COUNTING[template]
    assert len(messages(tmp_path, PLAIN, template)) == 1
    cost, text = costs(tmp_path, PLAIN)
    assert cost == before
    assert messages(tmp_path, PLAIN, instead) == []
    assert costs(tmp_path, PLAIN) == (after, text)


# What would cost more if it asked for a number, and how many queries that is.
READ = {
    "{{ books|length }}" + LOOP: ("{{ books.count }}" + LOOP, 2),
    "{% if books %}" + LOOP + "{% endif %}": ("{% if books.exists %}" + LOOP + "{% endif %}", 2),
    '{% if books %}{% include "all.html" %}{% endif %}': (
        '{% if books.exists %}{% include "all.html" %}{% endif %}', 2
    ),
    "{% if books|length > 3 %}{{ books.0.title }}{% endif %}": (
        "{% if books.count > 3 %}{{ books.0.title }}{% endif %}", 2
    ),
    '{% include "number.html" %}' + LOOP: ("{{ books.count }}" + LOOP, 2),
}  # fmt: skip


@pytest.mark.parametrize("template", READ)
def test_rows_that_are_read_are_counted_in_memory(tmp_path: Path, template: str) -> None:
    assert messages(tmp_path, PLAIN, template) == []
    (queries, _), text = costs(tmp_path, PLAIN)
    instead, more = READ[template]
    messages(tmp_path, PLAIN, instead)
    (others, _), same = costs(tmp_path, PLAIN)
    assert (queries, others, same) == (1, more, text)


@pytest.mark.parametrize(
    ("view", "template"),
    [
        (PLAIN, "{% if books.count > 1 %}many{% endif %}"),
        (PLAIN, "{% if books.count %}{{ books.count }}{% endif %}"),
        (PLAIN, "{% if books.count %}" + LOOP + "{% endif %}"),
        (PLAIN, "{{ books.count }}"),
        (PLAIN, "{% if books %}{{ books|join:', ' }}{% endif %}"),
        (PLAIN, "{{ books }}{{ books|length }}"),
        (PLAIN, "{% load own %}{{ books|length }}{% own_tag books %}"),
        (PLAIN, "{{ books|length }}{% include other %}"),
        (PLAIN, '{{ books|length }}{% include "missing.html" %}'),
        (PLAIN, "{% regroup books by title as groups %}{{ books|length }}"),
        (PLAIN.replace("all()", "all()[:5]"), "{{ books|length }}"),
        (PLAIN.replace("all()", "select_for_update()"), "{{ books|length }}"),
        (PLAIN.replace("Book.objects.all()", "list(Book.objects.all())"), "{{ books|length }}"),
        (PLAIN.replace("Book.objects", "Own.objects"), "{{ books|length }}"),
        (PLAIN.replace("Book.objects.all()", "request.author.books.all()"), "{{ books|length }}"),
        (
            "def shown(request):\n    books = Book.objects.all()\n    titles = [book.title for book in books]\n"
            "    return render(request, 'page.html', {'books': books, 'titles': titles})\n",
            "{{ books|length }}",
        ),
        (
            "def shown(request):\n    books = Book.objects.all()\n    noted(books)\n"
            "    return render(request, 'page.html', {'books': books})\n",
            "{{ books|length }}",
        ),
        (
            "def shown(request):\n    books = Book.objects.all()\n"
            "    return render(request, 'page.html', {'books': books, 'others': books})\n",
            "{{ books|length }}{% for other in others %}{{ other.title }}{% endfor %}",
        ),
        (
            "def shown(request, template):\n    context = {'books': Book.objects.all()}\n"
            "    if request.GET:\n        return render(request, template, context)\n"
            "    return render(request, 'page.html', context)\n",
            "{{ books|length }}",
        ),
        (
            "def shown(request):\n    context = {'books': Book.objects.all()}\n"
            "    if request.GET:\n        return render(request, 'all.html', context)\n"
            "    return render(request, 'page.html', context)\n",
            "{{ books|length }}",
        ),
    ],
)
def test_nothing_is_said_where_more_is_wanted_or_unknown(tmp_path: Path, view: str, template: str) -> None:
    assert messages(tmp_path, view, template) == []


@pytest.mark.parametrize(
    "view",
    [
        "def shown(request):\n    books = Book.objects.filter(title='x')\n"
        "    return render(request, 'page.html', {'books': books})\n",
        "def shown(request):\n    context = {'title': 'x'}\n    context['books'] = Book.objects.all()\n"
        "    return TemplateResponse(request, 'page.html', context)\n",
        "class Shown(TemplateView):\n    template_name = 'page.html'\n\n"
        "    def get_context_data(self, **kwargs):\n        context = super().get_context_data(**kwargs)\n"
        "        context['books'] = Book.objects.all()\n        return context\n",
    ],
)
def test_the_ways_to_a_template(tmp_path: Path, view: str) -> None:
    found = messages(tmp_path, view, "{{ books|length }}")
    assert found == ["Rows of `Book` are loaded for a template to be counted, and for nothing else"]


def test_the_length_of_a_relation_is_asked_for_each_row(tmp_path: Path) -> None:
    view = "def shown(request):\n    return render(request, 'page.html', {'authors': Author.objects.all()})\n"
    template = "{% for author in authors %}{{ author.books.all|length }}{% endfor %}"
    assert messages(tmp_path, view, template) == []
    found = check_paths([tmp_path], select=["PERF712"]).findings
    assert [each.message.split("`")[3] for each in found] == ["books"]
    assert costs(tmp_path, view)[0][0] == 11
    assert costs(tmp_path, view.replace("all()", "prefetch_related('books')"))[0][0] == 2
