"""SEC831: what its fix leaves is nothing that another rule reports."""

from __future__ import annotations

from fixture_files import config_for

from perffix.engine.runner import check_source
from perffix.fixing.rounds import fix_source
from perffix.model import Applicability
from perffix.source import SourceFile

PAGE = """from flask import Flask, request
from jinja2 import Template

app = Flask(__name__)


@app.get("/")
def page():
    name = request.args["name"]
    return Template({text}).render()
"""


def _fixed(text: str) -> str:
    config = config_for("SEC701", "SEC831")
    source = SourceFile("pages.py", PAGE.replace("{text}", text).encode())
    outcome = fix_source(source, lambda each: check_source(each, config), Applicability.UNSAFE)
    assert not outcome.rejected
    return outcome.data.decode()


def test_a_page_escapes_the_values_that_it_is_handed() -> None:
    after = _fixed('f"<p>{name}</p>"')
    assert 'Template("<p>{{ name }}</p>", autoescape=True).render(name=name)' in after


def test_other_texts_are_left_as_they_were() -> None:
    assert 'Template("Dear {{ name }}").render(name=name)' in _fixed('f"Dear {name}"')
