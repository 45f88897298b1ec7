"""SEC701: names of pages that Flask does not take for HTML, and what its fixes do to them."""

from __future__ import annotations

import pytest
from fixture_files import RULES, findings_in, fix_name

RULE = next(rule for rule in RULES if rule.code == "SEC701")


@pytest.mark.parametrize("name", ["page.html.j2", "mail/page.html.jinja", "page.htm.tmpl"])
def test_pages_that_flask_does_not_escape(name: str) -> None:
    text = f'from flask import render_template\n\nrender_template("{name}", name="")\n'
    found = findings_in(text, RULE)
    assert [fix_name(finding) for finding in found] == ["display"]
    assert name in found[0].message


@pytest.mark.parametrize(
    "text",
    [
        'from flask import render_template\nrender_template("page.html")\n',
        'from flask import render_template\nrender_template("module.py.j2")\n',
        'from shop import render_template\nrender_template("page.html.j2")\n',
        'from flask import render_template\napp.jinja_env.autoescape = True\nrender_template("page.html.j2")\n',
    ],
)
def test_other_names_and_own_functions_are_left_alone(text: str) -> None:
    assert findings_in(text, RULE) == []


PAGE = "environment = Environment(loader=loader)\nenvironment.get_template('page.html').render(name=name)\n"


@pytest.mark.parametrize(
    ("path", "imports"),
    [
        ("shop/text.py", "from flask import request"),
        ("shop/text.py", "import flask_mail"),
        ("shop/text.py", "import smtplib"),
        ("shop/views.py", "import json"),
        ("shop/mail/text.py", "import json"),
    ],
)
def test_pages_for_other_people(path: str, imports: str) -> None:
    assert len(findings_in(f"from jinja2 import Environment\n{imports}\n{PAGE}", RULE, path)) == 1


@pytest.mark.parametrize("imports", ["from IPython.display import HTML", "from qtpy import QtWidgets", "import json"])
def test_pages_for_the_own_user(imports: str) -> None:
    text = f"from jinja2 import Environment, Template\n{imports}\n{PAGE}"
    assert findings_in(text, RULE, "shop/text.py") == []
    text += "with open('report.html') as file:\n    page = Template(file.read())\n"
    assert findings_in(text, RULE, "shop/text.py") == []
    text += "Template('<p>{{ name }}</p>')\n"
    assert len(findings_in(text, RULE, "shop/text.py")) == 1
