"""Templates of generic views that name none: which of them Django renders, and that perffix reads the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import django
import pytest
from counted import counted
from django.conf import settings
from django.utils.module_loading import import_string

from perffix import check_paths
from perffix.semantic import facts

if TYPE_CHECKING:
    from pathlib import Path

KNOWN = facts.load("django_views")
MODELS = """\
from django.db import models
from django.http import HttpResponse
from django.views import View, generic
from django.views.generic.base import TemplateResponseMixin
from django.views.generic.detail import SingleObjectMixin, SingleObjectTemplateResponseMixin
from django.views.generic.edit import BaseDeleteView


class Author(models.Model):
    name = models.CharField(max_length=50)


class Tag(models.Model):
    name = models.CharField(max_length=50)


class Book(models.Model):
    title = models.CharField(max_length=50)
    author = models.ForeignKey(Author, models.CASCADE, related_name="books")
    tags = models.ManyToManyField(Tag)


class Listed(generic.ListView):
    model = Author


class Shown(generic.DetailView):
    model = Author


class Changed(generic.UpdateView):
    model = Author
    fields = ["name"]


class Removed(generic.DeleteView):
    model = Author


class RemovedByParts(SingleObjectTemplateResponseMixin, BaseDeleteView):
    model = Author


class ShownAndRemoved(generic.DetailView, generic.DeleteView):
    model = Author


class Renamed(generic.DeleteView):
    model = Author
    template_name_suffix = "_gone"


class Toggled(SingleObjectMixin, View):
    model = Author

    def dispatch(self, *args, **kwargs):
        return HttpResponse(self.get_object().name)


class Made(generic.CreateView):
    model = Author
    fields = ["name"]

    def get_context_data(self, **kwargs):
        return super().get_context_data(others=Author.objects.all(), **kwargs)
"""
SHOW = "{% for book in author.books.all %}{% for tag in book.tags.all %}{{ tag.name }}{% endfor %}{% endfor %}"
ALL = "{% for author in $ %}{% for book in author.books.all %}{{ book.title }}{% endfor %}{% endfor %}"
# What a template holds, and how many queries each view takes that Django renders it for.
TEMPLATES: dict[str, tuple[str, dict[str, int]]] = {
    "author_list.html": (ALL.replace("$", "author_list"), {"Listed": 11}),
    "author_detail.html": (SHOW, {"Shown": 12, "RemovedByParts": 12}),
    "author_form.html": (SHOW + ALL.replace("$", "others"), {"Changed": 12, "Made": 11}),
    "author_confirm_delete.html": (SHOW, {"Removed": 12, "ShownAndRemoved": 12}),
    "author_gone.html": (SHOW, {"Renamed": 12}),
}
WITHOUT_ROWS = {"Listed": 0, "Made": 0}


@pytest.mark.parametrize("filled", TEMPLATES)
def test_each_view_shows_the_template_that_django_renders(tmp_path: Path, filled: str) -> None:
    folder = tmp_path / "templates" / "shop"
    folder.mkdir(parents=True)
    content, costs = TEMPLATES[filled]
    for name in TEMPLATES:
        (folder / name).write_text(content if name == filled else "", "utf-8")
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "__init__.py").write_text("", "utf-8")
    (tmp_path / "shop" / "models.py").write_text(MODELS, "utf-8")
    ran = counted({"shop": MODELS}, str(folder.parent), shared=True)["shop"]
    views = [
        line.split("(")[0][6:] for line in MODELS.split("\n") if line.startswith("class ") and "models" not in line
    ]
    assert {name: ran[name].queries for name in views} == {
        name: costs.get(name, WITHOUT_ROWS.get(name, 1)) for name in views
    }
    findings = check_paths([tmp_path], select=["PERF701", "PERF712"]).findings
    messages = [each.message for finding in findings for each in finding.related]
    told = {message.split("`")[1] for message in messages if "` renders `" in message}
    assert told == set(costs)


def test_the_names_are_those_of_django() -> None:
    if not settings.configured:
        settings.configure()
        django.setup()
    classes: dict[str, Any] = {
        name: import_string(name)
        for key in ("many", "single", "plain", "suffixes", "inherited_suffixes")
        for name in KNOWN[key]
    }
    listed = set(KNOWN["suffixes"]) | set(KNOWN["inherited_suffixes"])
    assert {name: classes[name].template_name_suffix for name in listed} == KNOWN["suffixes"] | KNOWN[
        "inherited_suffixes"
    ]
    assert {name for name, cls in classes.items() if hasattr(cls, "template_name_suffix")} == listed
    own = {name for name in listed if "template_name_suffix" in vars(classes[name])}
    assert own - set(KNOWN["inherited_suffixes"]) == set(KNOWN["suffixes"])
    rendering = {name for name, cls in classes.items() if hasattr(cls, "get_template_names")}
    assert rendering == listed | set(KNOWN["plain"])
