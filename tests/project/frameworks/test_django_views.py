"""Pages of rows, asynchronous loops and generic views: what they cost in queries before and after the fix."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest
from counted import counted

from perffix import check_paths
from perffix.cli import main

if TYPE_CHECKING:
    from pathlib import Path

MODELS = """\
from itertools import islice

from asgiref.sync import async_to_sync
from django.core.exceptions import SynchronousOnlyOperation
from django.core.paginator import Paginator
from django.db import models
from django.shortcuts import get_list_or_404, render
from django.utils import timezone
from django.views import generic
from django.views.generic import dates


class Author(models.Model):
    name = models.CharField(max_length=50)


class Tag(models.Model):
    name = models.CharField(max_length=50)


class Book(models.Model):
    title = models.CharField(max_length=50)
    author = models.ForeignKey(Author, models.CASCADE, related_name="books")
    tags = models.ManyToManyField(Tag)
    published = models.DateField(default=timezone.now)


class Pages(Paginator):
    pass


"""
# What is evaluated, how many queries that takes before and after the fix, and the relations that are told.
FUNCTIONS = {
    "first_ones": ("return [book.author.name for book in islice(Book.objects.all(), 5)]", 6, 1, ["author"]),
    "page_of_rows": (
        "return [book.author.name for book in Paginator(Book.objects.order_by('pk'), 5).get_page(1)]",
        7,
        2,
        ["author"],
    ),
    "rows_of_a_page": (
        "page = Paginator(Book.objects.order_by('pk'), 5).page(1)\n"
        "    return [book.author.name for book in page.object_list]",
        7,
        2,
        ["author"],
    ),
    "all_pages": (
        "pages = Pages(Book.objects.order_by('pk'), 5)\n"
        "    return [book.author.name for page in pages for book in page]",
        13,
        3,
        ["author"],
    ),
    "pages_by_number": (
        "pages = Paginator(Book.objects.order_by('pk'), 5)\n"
        "    return [book.author.name for number in pages.page_range for book in pages.page(number)]",
        13,
        3,
        ["author"],
    ),
    "all_of_a_paginator": (
        "pages = Paginator(Book.objects.order_by('pk'), 5)\n"
        "    return [book.author.name for book in pages.object_list]",
        11,
        1,
        ["author"],
    ),
    "all_or_404": ("return [book.author.name for book in get_list_or_404(Book.objects.all())]", 11, 1, ["author"]),
    "loaded_pages": (
        "pages = Paginator(Book.objects.select_related('author').order_by('pk'), 5)\n"
        "    return [book.author.name for page in pages for book in page.object_list]",
        3,
        3,
        [],
    ),
    "titles_of_pages": (
        "return [book.title for page in Paginator(Book.objects.order_by('pk'), 5) for book in page]",
        3,
        3,
        [],
    ),
}
LOOP = "{% for book in $ %}{{ book.author.name }}{% endfor %}"
TEMPLATES = {
    "list.html": LOOP.replace("$", "object_list"),
    "page.html": LOOP.replace("$", "page_obj"),
    "rows.html": LOOP.replace("$", "page_obj.object_list"),
    "all.html": LOOP.replace("$", "paginator.object_list"),
    "latest.html": LOOP.replace("$", "latest"),
    "books.html": LOOP.replace("$", "books"),
    "others.html": LOOP.replace("$", "object_list") + LOOP.replace("$", "others"),
    "author.html": "{% for book in others %}{% for tag in book.tags.all %}{{ tag.name }}{% endfor %}{% endfor %}",
    "whole.html": "{% block title %}{% endblock %}{% block rows %}"
    + LOOP.replace("$", "object_list")
    + "{% endblock %}",
    "titled.html": "{% extends 'whole.html' %}{% block title %}Books{% endblock %}",
    "added.html": "{% extends 'titled.html' %}{% block rows %}{{ block.super }}!{% endblock %}",
    "emptied.html": "{% extends 'titled.html' %}{% block rows %}none{% endblock %}",
    "one.html": "{{ book.author.name }}{{ object.title }}",
}
BY_MONTH = """
    date_field = "published"
    allow_future = True
    month_format = "%m"

    def get_year(self):
        return str(timezone.now().year)

    def get_month(self):
        return str(timezone.now().month)

    def get_day(self):
        return str(timezone.now().day)
"""
PAGED = "model = Book\n    paginate_by = 5\n    ordering = 'pk'"
VIEWS = {
    "Listed": ("generic.ListView", PAGED, "list", 7, 2, ["author"]),
    "Paged": ("generic.ListView", PAGED, "page", 7, 2, ["author"]),
    "RowsOfPage": ("generic.ListView", PAGED, "rows", 7, 2, ["author"]),
    "AllOfPages": ("generic.ListView", PAGED, "all", 12, 2, ["author"]),
    "Named": (
        "generic.ListView",
        "queryset = Book.objects.all()\n    context_object_name = 'books'",
        "books",
        11,
        1,
        ["author"],
    ),
    "WithOthers": (
        "generic.ListView",
        "queryset = Book.objects.select_related('author')\n\n"
        "    def get_context_data(self, **kwargs):\n"
        "        context = super().get_context_data(**kwargs)\n"
        "        context['others'] = Book.objects.filter(title='x')\n"
        "        return context",
        "others",
        12,
        2,
        ["author"],
    ),
    "OfTemplate": (
        "generic.TemplateView",
        "def get_context_data(self, **kwargs):\n"
        "        return super().get_context_data(books=Book.objects.all(), **kwargs)",
        "books",
        11,
        1,
        ["author"],
    ),
    "OfObject": (
        "generic.DetailView",
        "model = Author\n\n"
        "    def get_context_data(self, **kwargs):\n"
        "        context = super().get_context_data(**kwargs)\n"
        "        context['others'] = self.object.books.all()\n"
        "        return context",
        "author",
        12,
        3,
        ["books.tags"],
    ),
    "Extended": ("generic.ListView", "queryset = Book.objects.all()", "titled", 11, 1, ["author"]),
    "Added": ("generic.ListView", "queryset = Book.objects.all()", "added", 11, 1, ["author"]),
    "Emptied": ("generic.ListView", "queryset = Book.objects.all()", "emptied", 0, 0, []),
    "One": ("generic.DetailView", "model = Book", "one", 2, 2, []),
    "Archive": ("dates.ArchiveIndexView", "model = Book" + BY_MONTH, "latest", 12, 2, ["author"]),
    "ArchiveOfListView": ("dates.ArchiveIndexView", "model = Book" + BY_MONTH, "books", 2, 2, []),
    "Year": (
        "generic.YearArchiveView",
        "make_object_list = True\n    model = Book" + BY_MONTH,
        "list",
        14,
        4,
        ["author"],
    ),
    "YearWithoutRows": ("generic.YearArchiveView", "model = Book" + BY_MONTH, "list", 4, 4, []),
    "Month": ("dates.MonthArchiveView", "queryset = Book.objects.all()" + BY_MONTH, "list", 14, 4, ["author"]),
    "Today": ("dates.TodayArchiveView", "model = Book" + BY_MONTH, "list", 15, 5, ["author"]),
    "OneOfDay": ("dates.DateDetailView", "model = Book" + BY_MONTH, "one", 2, 2, []),
}


def told(folder: Path) -> dict[str, list[str]]:
    """Return the relations that are told of each function and class of `shop.py`."""
    body = ast.parse((folder / "shop.py").read_text("utf-8")).body
    found: dict[str, list[str]] = {
        each.name: [] for each in body if isinstance(each, (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef))
    }
    for finding in check_paths([folder], select=["PERF701", "PERF712"]).findings:
        around = [each for each in body if each.lineno <= finding.span.line <= (each.end_lineno or 0)]
        found[getattr(around[0], "name", "")].append(finding.message.split("`")[3])
    return found


def test_pages_cost_what_their_rows_ask_for(tmp_path: Path) -> None:
    text = MODELS
    for name, (body, _, _, _) in FUNCTIONS.items():
        text += f"def {name}():\n    {body}\n\n\n"
    (tmp_path / "shop.py").write_text(text, "utf-8")
    relations = told(tmp_path)
    main(["check", "--isolated", "--select", "PERF701", "--apply", "--unsafe-fixes", str(tmp_path)])
    ran = counted({"shop": text, "fixed": (tmp_path / "shop.py").read_text("utf-8")})
    before, after = ran["shop"], ran["fixed"]
    costs = {name: (before[name].queries, after[name].queries, relations[name]) for name in FUNCTIONS}
    assert costs == {name: each[1:] for name, each in FUNCTIONS.items()}
    assert {name: before[name].result for name in FUNCTIONS} == {name: after[name].result for name in FUNCTIONS}


def test_generic_views_cost_what_their_templates_ask_for(tmp_path: Path) -> None:
    text = MODELS
    for name, (base, body, template, _, _, _) in VIEWS.items():
        text += f'class {name}({base}):\n    template_name = "{template}.html"\n    {body}\n\n\n'
    (tmp_path / "shop.py").write_text(text, "utf-8")
    (tmp_path / "templates").mkdir()
    for template, content in TEMPLATES.items():
        (tmp_path / "templates" / template).write_text(content, "utf-8")
    relations = told(tmp_path)
    main(["check", "--isolated", "--select", "PERF701,PERF712", "--apply", "--unsafe-fixes", str(tmp_path)])
    sources = {"shop": text, "fixed": (tmp_path / "shop.py").read_text("utf-8")}
    ran = counted(sources, str(tmp_path / "templates"), shared=True)
    before, after = ran["shop"], ran["fixed"]
    costs = {name: (before[name].queries, after[name].queries, relations[name]) for name in VIEWS}
    assert costs == {name: each[3:] for name, each in VIEWS.items()}
    assert {name: before[name].result for name in VIEWS} == {name: after[name].result for name in VIEWS}


LOOP_OVER = """found = []
        async for book in {}:
            found.append(book.author.name)
        return found"""
LOOPS = {
    "comprehension": "return [book.author.name async for book in Book.objects.all()]",
    "loop": LOOP_OVER.format("Book.objects.filter(title='x')"),
    "stream": LOOP_OVER.format("Book.objects.all().aiterator()"),
}


@pytest.mark.parametrize("name", LOOPS)
def test_a_fixed_coroutine_no_longer_fails(tmp_path: Path, name: str) -> None:
    text = (
        f"{MODELS}def shown():\n    async def names():\n        {LOOPS[name]}\n\n"
        "    try:\n        return async_to_sync(names)()\n"
        "    except SynchronousOnlyOperation:\n        return 'fails'\n"
    )
    (tmp_path / "shop.py").write_text(text, "utf-8")
    assert told(tmp_path)["shown"] == ["author"]
    main(["check", "--isolated", "--select", "PERF701", "--apply", "--unsafe-fixes", str(tmp_path)])
    ran = counted({"shop": text, "fixed": (tmp_path / "shop.py").read_text("utf-8")})
    assert (ran["shop"]["shown"].result, ran["fixed"]["shown"].queries) == ("fails", 1)
    assert "name 10" in ran["fixed"]["shown"].result
