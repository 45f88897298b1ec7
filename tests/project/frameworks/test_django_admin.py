"""Rows that Django's admin lists, by the attributes of the classes that are registered for them."""

from __future__ import annotations

import pytest
from django_people import relations

from perffix import check_source, fix_source

BOOKS = "@admin.register(Book)\nclass Books(admin.ModelAdmin):\n"
MODELS = """
from django.contrib import admin
from django.contrib.sitemaps import Sitemap
from django.db import models


class Author(models.Model):
    name = models.CharField(max_length=50)


class Book(models.Model):
    title = models.CharField(max_length=50)
    author = models.ForeignKey(Author, models.CASCADE, related_name="books")
    editor = models.ForeignKey(Author, models.SET_NULL, null=True, related_name="+")

    def __str__(self):
        return self.author.name


"""
METHOD = "\n    def name_of_author(self, book):\n        return book.author.name\n"
SHOWN = f"list_display = ['title', 'name_of_author']\n{METHOD}"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "def name_of_author(book):\n    return book.author.name\n"
            f"{BOOKS}    list_display = ['title', name_of_author]",
            ["author"],
        ),
        (f"class Books(admin.ModelAdmin):\n    {SHOWN}\nadmin.site.register(Book, Books)", ["author"]),
        (f"class Books(admin.ModelAdmin):\n    {SHOWN}\nadmin.site.register([Author, Book], Books)", ["author"]),
        (f"{BOOKS}    {SHOWN}", ["author"]),
        (f"class Books(admin.ModelAdmin):\n    {SHOWN}", []),
        (f"{BOOKS}    list_select_related = True\n    {SHOWN}", []),
        (
            f"{BOOKS}    list_select_related = ('author',)\n    {SHOWN}",
            [],
        ),
        (f"{BOOKS}    list_select_related = names()\n    {SHOWN}", []),
        (f"from somewhere import Mixin\n@admin.register(Book)\nclass Books(Mixin, admin.ModelAdmin):\n    {SHOWN}", []),
        (
            f"{BOOKS}    {SHOWN}\n    def get_list_display(self, request):\n        return ['title']",
            [],
        ),
        (
            f"{BOOKS}    {SHOWN}\n"
            "    def get_queryset(self, request):\n"
            "        return super().get_queryset(request).select_related('author')",
            [],
        ),
        (
            f"{BOOKS}    {SHOWN}\n"
            "    def get_queryset(self, request):\n        return super().get_queryset(request).filter(title='x')",
            ["author"],
        ),
        (f"{BOOKS}    list_display = ['__str__']", ["author"]),
        (f"{BOOKS}    list_display = ['author', 'editor']", []),
        (
            f"{BOOKS}    list_display = ['author_id', 'author__name']",
            ["author"],
        ),
    ],
)
def test_lists_are_told_by_what_their_columns_ask_for(text: str, found: list[str]) -> None:
    assert relations(MODELS + text) == found


def test_several_relations_share_one_attribute() -> None:
    text = f"""{MODELS}@admin.register(Book)
class Books(admin.ModelAdmin):
    list_display = ["name_of_author", "name_of_editor"]
{METHOD}
    def name_of_editor(self, book):
        return book.editor and book.editor.name
"""
    fixed = fix_source(text, select=["PERF701"], unsafe_fixes=True)
    listed = '    list_display = ["name_of_author", "name_of_editor"]\n'
    assert fixed == text.replace(listed, f'{listed}    list_select_related = ["author", "editor"]\n')


def test_a_list_that_django_joins_by_itself_or_that_others_share_is_left_to_the_reader() -> None:
    joined = f"{BOOKS}    list_display = ['author', 'books_of']\n"
    joined += "    def books_of(self, book):\n        return book.editor.name\n"
    shared = f"class Base(admin.ModelAdmin):\n    {SHOWN}\n@admin.register(Book)\nclass Books(Base):\n    pass\n"
    for text in (MODELS + joined, MODELS + shared):
        assert len(check_source(text, select=["PERF701"])) == 1
        assert fix_source(text, select=["PERF701"], unsafe_fixes=True) == text


@pytest.mark.parametrize("told", ["", "    list_select_related = False\n"])
def test_what_django_joins_by_itself_is_named_beside_what_is_missed(told: str) -> None:
    text = f"{MODELS}{BOOKS}{told}    list_display = ['author', 'name_of_editor']\n"
    text += "    def name_of_editor(self, book):\n        return book.editor.name\n"
    (finding,) = check_source(text, select=["PERF701"])
    assert finding.fix is not None
    assert '`list_select_related = ["author", "editor"]`' in finding.fix.description
    assert fix_source(text, select=["PERF701"], unsafe_fixes=True) == text
