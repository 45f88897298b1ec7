"""Which templates are read at all: those that mention what may lead to rows, or come to one that does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from perffix.engine.template_files import TemplateFiles
from perffix.project.frameworks.templates import Templates

if TYPE_CHECKING:
    from pathlib import Path

TEXTS = {
    "plain.html": "<p>orders of today</p> {# orders #}",
    "shown.html": "{% for order in orders %}{{ order.number }}{% endfor %}",
    "argument.html": '{% total "}} of %}" sum=orders %}',
    "over\nlines.html": "{{\norders\n}}",
    "extending.html": "{% extends 'shown.html' %}",
    "including.html": '{% if user %}{%- include "extending.html" with title="All" %}{% endif %}',
    "one.html": '{% include "other.html" %}{{ orders_of_today }}',
    "other.html": '{% include "one.html" %}{% include name %}{% include "missing.html" %}',
}


@pytest.fixture
def templates() -> Templates:
    """Templates in memory."""
    return Templates(lambda name: (name, TEXTS[name]) if name in TEXTS else None)


@pytest.mark.parametrize(
    ("name", "mentioned"),
    [
        ("plain.html", False),
        ("shown.html", True),
        ("over\nlines.html", True),
        ("extending.html", True),
        ("including.html", True),
        ("one.html", False),
        ("missing.html", False),
    ],
)
def test_a_name_is_looked_for_in_the_tags_of_a_template_and_of_those_that_it_comes_to(
    templates: Templates, name: str, mentioned: bool
) -> None:
    assert templates.mentions(name, ["orders"]) is mentioned


def test_what_a_template_reads_it_mentions(templates: Templates) -> None:
    for name in TEXTS:
        assert all(templates.mentions(name, [read]) for read in templates.names_read(name))


def test_templates_are_found_by_name_in_the_folders_beside_modules(tmp_path: Path) -> None:
    folder = tmp_path / "shop" / "templates" / "shop"
    folder.mkdir(parents=True)
    (folder / "list.html").write_text("{{ orders }}", encoding="utf-8")
    views = tmp_path / "shop" / "views.py"
    views.write_text("", encoding="utf-8")
    files = TemplateFiles([str(views)])
    found = files.find("shop/list.html")
    assert found is not None
    assert found[1] == "{{ orders }}"
    assert files.find("shop/other.html") is None
    assert files.find("other/list.html") is None
