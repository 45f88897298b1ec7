"""SEC821: what settings say, and when a view is left alone."""

from __future__ import annotations

import pytest
from fixture_files import RULES, findings_in

RULE = next(rule for rule in RULES if rule.code == "SEC821")
SESSIONS = '"django.contrib.sessions.middleware.SessionMiddleware"'
VIEW = """\
from django.views.decorators.csrf import csrf_exempt
{imports}
@csrf_exempt
{decorator}def view(request):
    request.user.name = request.POST["name"]
    {more}
"""


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f'ROOT_URLCONF = "x"\nMIDDLEWARE = [{SESSIONS}]\nSECRET_KEY = ""\n', 1),
        (f'ROOT_URLCONF = "x"\nMIDDLEWARE = ({SESSIONS},)\nDATABASES = {{}}\n', 1),
        (f'ROOT_URLCONF = "x"\nMIDDLEWARE = [{SESSIONS}, "shop.middleware.CsrfCheck"]\nDATABASES = {{}}\n', 0),
        (f'ROOT_URLCONF = "x"\nMIDDLEWARE = [{SESSIONS}, *MORE]\nDATABASES = {{}}\n', 0),
        (f'ROOT_URLCONF = "x"\nMIDDLEWARE = [{SESSIONS}] + MORE\nDATABASES = {{}}\n', 0),
        (f'ROOT_URLCONF = "x"\nMIDDLEWARE = [{SESSIONS}]\nMIDDLEWARE += MORE\nDATABASES = {{}}\n', 0),
        (f'ROOT_URLCONF = "x"\nMIDDLEWARE = [{SESSIONS}]\nMIDDLEWARE.append(MORE)\nDATABASES = {{}}\n', 0),
        (f'ROOT_URLCONF = "x"\nMIDDLEWARE = [{SESSIONS}]\nDATABASES = {{}}\nfrom .local import *\n', 0),
        ('ROOT_URLCONF = "x"\nMIDDLEWARE = ["django.middleware.common.CommonMiddleware"]\nDATABASES = {}\n', 0),
        (f"MIDDLEWARE = [{SESSIONS}]\n", 0),
        ('CSRF_TRUSTED_ORIGINS = ["https://*.herokuapp.com"]\n', 1),
        ('CSRF_TRUSTED_ORIGINS = ["https://*.example.com"]\n', 0),
        ("WTF_CSRF_ENABLED = False\n", 1),
        ("class Config:\n    WTF_CSRF_ENABLED = False\n", 1),
        ("class TestConfig:\n    WTF_CSRF_ENABLED = False\n", 0),
        ("if TESTING:\n    WTF_CSRF_ENABLED = False\n", 0),
    ],
)
def test_settings(text: str, found: int) -> None:
    assert len(findings_in(text, RULE)) == found


@pytest.mark.parametrize("path", ["tests/settings.py", "config/test.py", "shop/settings/local.py"])
def test_settings_for_developers_are_left_alone(path: str) -> None:
    assert findings_in("WTF_CSRF_ENABLED = False\n", RULE, path) == []


@pytest.mark.parametrize(
    ("imports", "decorator", "more", "found"),
    [
        ("", "", "request.user.save()", 1),
        ("", "", "check_signature(request)", 0),
        ("", "", "assert request.headers['Authorization']", 0),
        ("from django.views.decorators.http import require_GET", "@require_GET\n", "pass", 0),
        ("from shop import signed_webhook", "@signed_webhook\n", "pass", 0),
        ("from shop import cached", "@cached\n", "pass", 1),
    ],
)
def test_views(imports: str, decorator: str, more: str, found: int) -> None:
    text = VIEW.format(imports=imports, decorator=decorator, more=more)
    assert len(findings_in(text, RULE)) == found


def test_an_exemption_of_another_library_is_not_meant() -> None:
    text = VIEW.format(imports="", decorator="", more="pass").replace("django.views.decorators.csrf", "shop")
    assert findings_in(text, RULE) == []
