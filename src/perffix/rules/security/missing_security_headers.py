"""An application answers pages without the headers that tell browsers to protect them.

## What it does

Reports an application of Flask, Quart or FastAPI that answers HTML and that nothing gives one of the headers
`Content-Security-Policy`, `X-Frame-Options`, `X-Content-Type-Options` or `Strict-Transport-Security`.

It looks at one module: only applications whose object, hooks, middleware and routes all stand in it are judged.

## Why it is dangerous

Without these headers a browser lets other sites show the page in a frame, where clicks can be stolen, guesses the type
of files, runs whatever script stands in the page, and follows links without encryption. They are the second line of
defence, and cost a few lines.

## Example

```python
from flask import Flask, render_template

app = Flask(__name__)


@app.get("/")
def home():
    return render_template("home.html")
```

## Use instead

```python
from flask import Flask, render_template

app = Flask(__name__)


@app.after_request
def protect(response):
    response.headers["Content-Security-Policy"] = "default-src 'self'; frame-ancestors 'self'"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


@app.get("/")
def home():
    return render_template("home.html")
```

## When it stays silent

- The module names one of the headers, or imports a library that sets them: Flask-Talisman, secure.
- No route is seen to answer HTML: interfaces that answer JSON.
- The application is handed to code of other modules, or gets routers, blueprints or middleware from there.
- Tests, examples and development.
- Django, whose settings and routes stand in several modules.

## Fix safety

No fix is written: what a policy may forbid depends on the scripts and frames that the pages use, and a server in front
of the application may set the headers.

## References

- [OWASP: HTTP headers](https://cheatsheetseries.owasp.org/cheatsheets/HTTP_Headers_Cheat_Sheet.html)
- [Flask: security considerations](https://flask.palletsprojects.com/en/stable/web-security/)
- [CWE-693: Protection Mechanism Failure](https://cwe.mitre.org/data/definitions/693.html)
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.model import Applicability, Confidence, Fix, Group, Related, Severity, Span
from perffix.rules.rule import Context, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.model import Finding
    from perffix.semantic.model import SemanticModel
    from perffix.semantic.web.handlers import Handler

rule = Rule(
    code="SEC824",
    name="missing-security-headers",
    summary="An application answers pages without the headers that protect them in browsers",
    help="Set Content-Security-Policy and X-Content-Type-Options on every answer, in one hook or by a library",
    severity=Severity.LOW,
    cwe=693,
    group=Group.PEDANTIC,
    fix=Applicability.DISPLAY,
    needs=("Flask", "FastAPI", "Quart"),
)

_HEADERS = ("content-security-policy", "x-frame-options", "x-content-type-options", "strict-transport-security")
_LIBRARIES = frozenset({"flask_talisman", "secure", "Secweb", "flask_security_headers", "starlette_security_headers"})
_PAGES = ("render_template", "render_template_string", "TemplateResponse", "HTMLResponse")


@rule.on_call("Flask", "FastAPI", "Quart")
def detect(call: ast.Call, at: Context) -> Iterator[Finding]:
    """Look at calls that make an application."""
    text = at.source.text.lower()
    if any(header in text for header in _HEADERS) or not _LIBRARIES.isdisjoint(at.model.imports.packages):
        return
    from perffix.semantic.web.surroundings import is_for_development
    from perffix.semantic.web.whole_applications import whole_application

    found = whole_application(call, at.model)
    page = None if found is None else next((each for each in found.handlers if _answers_html(each, at.model)), None)
    if found is None or page is None or is_for_development(call, at.model):
        return
    yield at.finding(
        call,
        f"`{found.name}` answers pages without Content-Security-Policy, X-Frame-Options or X-Content-Type-Options",
        confidence=Confidence.MEDIUM,
        evidence=["the application, its hooks and its routes stand in this module", "no header is named in it"],
        related=[Related(Span.of(page.decorators[0]), f"`{page.function.name}` answers HTML")],
        fix=Fix(Applicability.DISPLAY, "Set the headers in one hook for all answers"),
    )


def _answers_html(handler: Handler, model: SemanticModel) -> bool:
    from perffix.semantic.secrets.named_literals import meant_name
    from perffix.semantic.web.responses import html_of_return

    for node in ast.walk(handler.function):
        if not isinstance(node, ast.Return) or node.value is None:
            continue
        value = node.value.elts[0] if isinstance(node.value, ast.Tuple) and node.value.elts else node.value
        if isinstance(value, ast.Call) and meant_name(value.func, model) in _PAGES:
            return True
        answer = html_of_return(node, model)
        if answer is not None and any("<" in part for part in _texts(answer.body)):
            return True
    return False


def _texts(expr: ast.expr) -> Iterator[str]:
    for node in ast.walk(expr):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
