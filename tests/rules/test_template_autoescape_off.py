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
