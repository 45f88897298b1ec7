"""SEC820: which answers are HTML, with which function a value is escaped, and where escaping does not help."""

from __future__ import annotations

import pytest
from fixture_files import RULES, findings_in, fix_name, fixed_text

from perffix.model import Applicability

RULE = next(rule for rule in RULES if rule.code == "SEC820")
FASTAPI = """\
from fastapi import APIRouter, FastAPI
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response, StreamingResponse
app = FastAPI()
pages = APIRouter(default_response_class=HTMLResponse)
class Page(HTMLResponse):
    pass
"""
DJANGO = "from django.http import HttpResponse, StreamingHttpResponse\ndef view(request):\n    q = request.GET['q']\n"
FLASK = "from flask import Flask, Response, make_response, request\napp = Flask(__name__)\n"


def route(decorator: str, returned: str) -> str:
    return f"{FASTAPI}@{decorator}\ndef page(q: str):\n    return {returned}\n"


@pytest.mark.parametrize(
    ("text", "is_html"),
    [
        (route("app.get('/')", "f'<p>{q}</p>'"), False),
        (route("app.get('/', response_class=HTMLResponse)", "f'<p>{q}</p>'"), True),
        (route("app.get('/', response_class=Page)", "f'<p>{q}</p>'"), True),
        (route("app.get('/', response_class=Response)", "f'<p>{q}</p>'"), False),
        (route("app.get('/', response_class=HTMLResponse)", "JSONResponse(q)"), False),
        (route("app.get('/', response_class=HTMLResponse)", "{'q': q}"), False),
        (route("pages.get('/')", "f'<p>{q}</p>'"), True),
        (route("pages.get('/', response_class=PlainTextResponse)", "f'<p>{q}</p>'"), False),
        (route("app.get('/')", "HTMLResponse(f'<p>{q}</p>')"), True),
        (route("app.get('/')", "Page(f'<p>{q}</p>')"), True),
        (route("app.get('/')", "HTMLResponse(f'<p>{q}</p>', media_type='text/plain')"), False),
        (route("app.get('/')", "Response(f'<p>{q}</p>')"), False),
        (route("app.get('/')", "Response(f'<p>{q}</p>', media_type='text/html')"), True),
        (route("app.get('/')", "Response(f'<p>{q}</p>', headers={'content-type': 'text/html'})"), True),
        (route("app.get('/')", "Response(f'<p>{q}</p>', 200, headers=q)"), False),
        (route("app.get('/')", "PlainTextResponse(f'<p>{q}</p>')"), False),
        (f"{DJANGO}    return HttpResponse(f'<p>{{q}}</p>')\n", True),
        (f"{DJANGO}    return HttpResponse(f'<p>{{q}}</p>', 'text/plain')\n", False),
        (f"{DJANGO}    return HttpResponse(f'<p>{{q}}</p>', content_type='text/html; charset=utf-8')\n", True),
        (f"{DJANGO}    return HttpResponse(f'<p>{{q}}</p>', content_type=q)\n", False),
        (f"{DJANGO}    return HttpResponse(f'<p>{{q}}</p>', **options)\n", False),
    ],
)
def test_what_a_framework_sends_as_html(text: str, *, is_html: bool) -> None:
    assert bool(findings_in(text, RULE)) == is_html


@pytest.mark.parametrize(
    ("returned", "is_html"),
    [
        ("f'<p>{q}</p>'", True),
        ("f'<p>{q}</p>', 404", True),
        ("f'<p>{q}</p>', 200, {'X-Shop': '1'}", True),
        ("f'<p>{q}</p>', 200, {'Content-Type': 'text/plain'}", False),
        ("f'<p>{q}</p>', {'Content-Type': 'text/plain'}", False),
        ("[f'<p>{q}</p>']", False),
        ("Response(f'<p>{q}</p>')", True),
        ("Response(f'<p>{q}</p>', content_type='application/json')", False),
        ("make_response((f'<p>{q}</p>', 404))", False),
        ("make_response({'q': q})", False),
    ],
)
def test_what_flask_sends_as_html(returned: str, *, is_html: bool) -> None:
    text = f"{FLASK}@app.get('/')\ndef page():\n    q = request.args['q']\n    return {returned}\n"
    assert bool(findings_in(text, RULE)) == is_html


@pytest.mark.parametrize(
    ("imports", "before", "added", "after"),
    [
        ("from fastapi import FastAPI", "f'<p>{q}</p>'", "from html import escape\n", "f'<p>{escape(q)}</p>'"),
        ("from fastapi import FastAPI\nimport html", "f'<p>{q}</p>'", "", "f'<p>{html.escape(q)}</p>'"),
        ("from fastapi import FastAPI", "'<p>' + q", "from html import escape\n", "'<p>' + escape(q)"),
        ("from fastapi import FastAPI\nfrom markupsafe import escape as e", "'<p>' + q", "", "'<p>' + str(e(q))"),
        ("from fastapi import FastAPI\nfrom markupsafe import escape", "'<p>%s' % q", "", "'<p>%s' % escape(q)"),
    ],
)
def test_the_function_that_the_module_has_escapes(imports: str, before: str, added: str, after: str) -> None:
    page = (
        "from fastapi.responses import HTMLResponse\n\napp = FastAPI()\n\n\n"
        "@app.get('/')\ndef page(q: str):\n    return HTMLResponse({})\n"
    )
    fixed = fixed_text(f"{imports}\n{page.format(before)}", RULE, Applicability.UNSAFE)
    assert page.format(after).partition("\n\n")[2] in fixed
    assert added in fixed


def test_the_function_that_flask_no_longer_has_is_used_only_where_it_is_imported() -> None:
    page = "app = flask.Flask(__name__)\n@app.get('/')\ndef page():\n    q = flask.request.args['q']\n    return {}\n"
    fixed = fixed_text("import flask\n" + page.format("f'<p>{q}</p>'"), RULE, Applicability.UNSAFE)
    assert fixed == "import flask\nfrom markupsafe import escape\n" + page.format("f'<p>{escape(q)}</p>'")
    page = "@app.get('/')\ndef page():\n    q = request.args['q']\n    return {}\n"
    imports = "from flask import Flask, escape, request\napp = Flask(__name__)\n"
    fixed = fixed_text(imports + page.format("f'<p>{q}</p>'"), RULE, Applicability.UNSAFE)
    assert fixed == imports + page.format("f'<p>{escape(q)}</p>'")


def test_a_value_that_may_be_no_text_is_made_one() -> None:
    text = route("app.get('/', response_class=HTMLResponse)", "f'<p>{q}</p>'").replace("q: str", "q: str | None = None")
    assert "f'<p>{escape(str(q))}</p>'" in fixed_text(text, RULE, Applicability.UNSAFE)


@pytest.mark.parametrize(
    ("page", "fix"),
    [
        ("<title>{q}</title>", "unsafe"),
        ("<p title='{q}'>", "unsafe"),
        ("<a href='/items?q={q}'>", "unsafe"),
        ("<a href='https://{q}/'>", "unsafe"),
        ("<a href='{q}'>", "none"),
        ("<a href='javascript:go({q})'>", "none"),
        ("<a href={q}>", "none"),
        ("<p title={q}>", "none"),
        ("<p {q}>", "none"),
        ("<{q}>", "none"),
        ("<!-- {q} -->", "none"),
        ("<!-- x --><p>{q}", "unsafe"),
        ("<script>{q}</script>", "none"),
        ("<script src='x'></script>{q}", "unsafe"),
        ("<style>{q}</style>", "none"),
        ("<p style='color: {q}'>", "none"),
        ("<iframe srcdoc='{q}'>", "none"),
        ("<p ONCLICK='{q}'>", "none"),
        ("1 < 2 {q}", "unsafe"),
    ],
)
def test_where_escaping_helps(page: str, fix: str) -> None:
    text = f'{FLASK}@app.get("/")\ndef page():\n    q = request.args["q"]\n    return f"{page}"\n'
    found = findings_in(text, RULE)
    assert [fix_name(finding) for finding in found] == [fix]
    assert ("does not help" in found[0].message) == (fix == "none")


def test_handlers_in_tests_are_left_alone() -> None:
    text = f"{FLASK}@app.get('/')\ndef page():\n    return request.args['q']\n"
    assert len(findings_in(text, RULE)) == 1
    assert findings_in(text, RULE, "tests/server.py") == []


def test_html_that_a_function_makes_is_not_escaped_as_a_whole() -> None:
    text = (
        f"{FLASK}def row(x):\n    return '<td>' + x + '</td>'\n"
        "@app.get('/')\ndef page():\n    q = request.args['q']\n    return f'<tr>{row(q)}</tr>'\n"
    )
    assert [fix_name(finding) for finding in findings_in(text, RULE)] == ["none"]


@pytest.mark.parametrize(
    ("string", "fixed"),
    [
        ("f'{q}{q}'", "f'{escape(q)}{escape(q)}'"),
        ("f'<p>{ q }</p>'", "f'<p>{escape(q)}</p>'"),
        ("rf'\\{q}'", "rf'\\{escape(q)}'"),
        ("f'\\{{{q}\\}}'", "f'\\{{{escape(q)}\\}}'"),
        ("f'{{q}}{q}'", "f'{{q}}{escape(q)}'"),
        ('f"""{q}\n    <p>"""', 'f"""{escape(q)}\n    <p>"""'),
        ("f'{q}' '{q}' \"x\"", "f'{escape(q)}' '{q}' \"x\""),
        ("f'{q.strip()}'", "f'{escape(q.strip())}'"),
        ("f'{request.args[\"q\"]}$'", "f'{escape(request.args[\"q\"])}$'"),
    ],
)
def test_f_strings_are_changed_in_their_fields_alone(string: str, fixed: str) -> None:
    before = f"{FLASK}from markupsafe import escape\n@app.get('/')\ndef page():\n    q = request.args['q']\n    return "
    assert fixed_text(f"{before}{string}\n", RULE, Applicability.UNSAFE) == f"{before}{fixed}\n"


@pytest.mark.parametrize("string", ["f'{q!r}'", "f'{q:>10}'", "f'{q=}'"])
def test_values_that_are_formatted_are_left_to_a_person(string: str) -> None:
    text = f"{FLASK}@app.get('/')\ndef page():\n    q = request.args['q']\n    return {string}\n"
    assert [fix_name(finding) for finding in findings_in(text, RULE)] == ["none"]


@pytest.mark.parametrize(
    ("returned", "advice"),
    [
        ("json.dumps(request.args['q'])", "Say that the answer is JSON"),
        ("'<script>var q = ' + json.dumps(request.args['q']) + '</script>'", "JSON leaves `<` as it is"),
        ("markupsafe.Markup(json.dumps(request.args['q']))", "JSON leaves `<` as it is"),
    ],
)
def test_help_for_json(returned: str, advice: str) -> None:
    program = f"import json, markupsafe\n{FLASK}@app.route('/')\ndef page():\n    return {returned}\n"
    (found,) = findings_in(program, RULE)
    assert (found.help or "").startswith(advice)


@pytest.mark.parametrize(
    "body",
    [
        "return HttpResponse(mark_safe(f'<b>{request.GET[\"q\"]}</b>'))",
        "text = mark_safe(f'<b>{request.GET[\"q\"]}</b>')\n    return HttpResponse(text)",
        "text = mark_safe(f'<b>{request.GET[\"q\"]}</b>')\n    return HttpResponse(f'<p>{text}</p>')",
        "return HttpResponse(bold(request.GET['q']))",
    ],
)
def test_a_text_is_reported_once_where_it_is_marked(body: str) -> None:
    text = (
        "from django.http import HttpResponse\n"
        "from django.utils.safestring import mark_safe\n"
        "def bold(text):\n"
        "    return mark_safe('<b>' + text + '</b>')\n"
        f"def view(request):\n    {body}\n"
    )
    (found,) = findings_in(text, RULE)
    assert any("mark_safe" in each for each in found.evidence)
