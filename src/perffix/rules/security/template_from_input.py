"""What a client sends becomes part of a template's text, which the server runs.

## What it does

Follows input from a request to the text of a template: `render_template_string()` of Flask and Quart, Jinja's
`Template()` and `Environment.from_string()`, the templates of Django, Mako, Tornado, Bottle and Chameleon.

## Why it is dangerous

The text of a template is a program. A client who sends `{{7*7}}` sees 49; one who sends a few attributes more reads the
secret key of the application or runs commands on the server.

## Example

```python
from flask import Flask, render_template_string, request

app = Flask(__name__)


@app.get("/hello")
def hello():
    name = request.args.get("name", "")
    return render_template_string(f"<h1>Hello {name}</h1>")
```

## Use instead

```python
from flask import Flask, render_template_string, request

app = Flask(__name__)


@app.get("/hello")
def hello():
    name = request.args.get("name", "")
    return render_template_string("<h1>Hello {{ name }}</h1>", name=name)
```

## When it stays silent

- The text is constant, and the input is handed over as a value: `render_template_string("{{ name }}", name=name)`.
- The text comes from a file, a setting or a database.
- The value is a number, one of a list of allowed values, or checked.
- The environment is one of Jinja's sandbox.
- The name of a template comes from a client (`render_template(name)`): that is a path.
- Input that does not come from a client: an argument of the command line.
- Tests, documentation and examples, by the path.

## Fix safety

Unsafe: what the template shows of the value is escaped from then on, and a text that holds a template on purpose is
shown as it is. Offered where the text is one f-string and its values have names; the values become arguments of
`render_template_string()`, or of the `render()` that follows. `jinja2.Template` gets `autoescape=True` with it where
its text is HTML: it does not escape by itself.

## References

- [Flask: security considerations](https://flask.palletsprojects.com/en/stable/web-security/)
- [OWASP: testing for server-side template injection](https://owasp.org/www-project-web-security-testing-guide/)
- [CWE-1336](https://cwe.mitre.org/data/definitions/1336.html)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.model import Applicability, Related, Severity, Span
from perffix.rules.rule import Context, Rule

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator

    from perffix.model import Finding

rule = Rule(
    code="SEC831",
    name="template-from-input",
    summary="What a client sends becomes part of the text of a template",
    help="Keep the text of the template constant and hand the value over",
    severity=Severity.HIGH,
    cwe=1336,
    fix=Applicability.UNSAFE,
    needs=("Template", "template_string", "from_string", "bottle"),
    in_tests=False,
    remote=True,
)


@rule.on_call(
    "render_template_string", "stream_template_string", "Template", "from_string", "template", "SimpleTemplate",
    "PageTemplate",
)  # fmt: skip
def detect(call: ast.Call, at: Context) -> Iterator[Finding]:
    """Find texts of templates that hold input."""
    from perffix.rewrites.template_values import handed_over
    from perffix.semantic.web.template_texts import template_from_input

    found = template_from_input(call, at.model)
    if found is None:
        return
    values = [hole.value for hole in found.exposed] or [found.text]
    names = " and ".join(dict.fromkeys(f"`{at.text(each, 40)}`" for each in values))
    part = "is" if not found.exposed else "becomes part of"
    related = [*found.origin.steps]
    if not Span.of(found.text).contains(Span.of(values[0])):
        related.append(Related(Span.of(values[0]), "It is put into the text here"))
    yield at.finding(
        call,
        f"{names} comes from a client and {part} the text of the template that `{at.text(call.func, 40)}` runs",
        evidence=[found.origin.says],
        related=related,
        fix=handed_over(found, at.model),
    )
