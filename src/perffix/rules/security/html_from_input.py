"""What a client sends is put into HTML without being escaped.

## What it does

Follows input from a request to the HTML that is answered: a text that a handler of Flask, Quart or Bottle returns,
`HTMLResponse` and routes of FastAPI with that response class, Django's `HttpResponse`, Tornado's `self.write()`,
responses of any framework whose content type says HTML, and text that is marked as HTML by `Markup`, `mark_safe` or
`format_html`. It knows what each framework makes of a returned text: FastAPI turns it into JSON, which is harmless.

A value inside of a script, a style sheet, an event handler, at the beginning of an address or in an attribute without
quotes is reported, too: there escaping does not help.

## Why it is dangerous

A client who sends a link with `<script>` in it lets that script run in the browser of whoever follows the link, with
all that this person may do on the site.

## Example

```python
from flask import Flask, request

app = Flask(__name__)


@app.get("/hello")
def hello():
    name = request.args.get("name", "")
    return f"<h1>Hello {name}</h1>"
```

## Use instead

```python
from flask import Flask, request
from markupsafe import escape

app = Flask(__name__)


@app.get("/hello")
def hello():
    name = request.args.get("name", "")
    return f"<h1>Hello {escape(name)}</h1>"
```

## When it stays silent

- The answer is no HTML: FastAPI without an HTML response class, `jsonify`, `PlainTextResponse`,
  `web.Response(text=...)` of aiohttp, any content type that is given and is not HTML, or that is set later.
- The value is escaped, cleaned (`bleach`, `nh3`), a number, one of a list of allowed values, or checked.
- The value reaches the page through a template: engines that do not escape are reported by SEC701, templates that are
  made from input by SEC831.
- `Markup("<b>{}</b>").format(x)`, `Markup("<b>%s</b>") % x` and `format_html("<b>{}</b>", x)`: they escape.
- The text was marked as HTML before it is sent: it is reported where it is marked.
- Tests, documentation and examples, by the path.
- Whether the text is HTML, or whether the value comes from a client, is not proved.

## Fix safety

Unsafe: a page that shows HTML from its users on purpose shows its tags from then on, and needs a sanitiser. The fix
escapes the values where they are put in, with the function that the module imports already, else with that of the
framework. None is offered where escaping does not help.

## References

- [OWASP: Cross Site Scripting Prevention](https://cheatsheetseries.owasp.org/cheatsheets/Cross_Site_Scripting_Prevention_Cheat_Sheet.html)
- [Flask: HTML escaping](https://flask.palletsprojects.com/en/stable/quickstart/#html-escaping)
- [CWE-79: Cross-site Scripting](https://cwe.mitre.org/data/definitions/79.html)
- Bandit B308, B703, B704
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.model import Applicability, Confidence, Related, Severity, Span
from perffix.rules.rule import Context, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from perffix.model import Finding
    from perffix.semantic.web.pages import Exposed

rule = Rule(
    code="SEC820",
    name="html-from-input",
    summary="What a client sends is put into HTML without being escaped",
    help="Escape the value, or put it into a template that does",
    severity=Severity.HIGH,
    cwe=79,
    fix=Applicability.UNSAFE,
    needs=(
        "flask", "quart", "bottle", "HTMLResponse", "HttpResponse", "text/html", "Markup", "mark_safe", "format_html",
        "SafeString", "RequestHandler", "sanic", "pyramid", "webob",
    ),
    remote=True,
    in_tests=False,
)  # fmt: skip

_PLAIN = (ast.Constant, ast.Dict, ast.List, ast.Compare, ast.Lambda)


@rule.on_all(ast.Return)
def detect_return(nodes: Sequence[ast.Return], at: Context) -> Iterator[Finding]:
    """Look at what handlers return."""
    if not at.model.handlers.may_send_returned_texts:
        return
    from perffix.semantic.web.pages import exposed_in
    from perffix.semantic.web.responses import html_of_return

    for node in nodes:
        answer = None if node.value is None or isinstance(node.value, _PLAIN) else html_of_return(node, at.model)
        if answer is not None and node.value is not None:
            yield from _findings(exposed_in(answer, at.model), node.value, at)


@rule.on_call(
    "make_response", "Response", "HttpResponse", "HttpResponseBadRequest", "HttpResponseNotFound", "HttpResponseGone",
    "HttpResponseForbidden", "HttpResponseServerError", "StreamingHttpResponse", "HTMLResponse", "StreamingResponse",
    "HTTPResponse", "html", "write", "finish", "Markup", "mark_safe", "SafeString", "SafeText", "format_html",
)  # fmt: skip
def detect_call(call: ast.Call, at: Context) -> Iterator[Finding]:
    """Look at calls that send HTML or say that a text is HTML."""
    from perffix.semantic.web.pages import exposed_in
    from perffix.semantic.web.responses import html_of_call

    answer = html_of_call(call, at.model)
    if answer is not None:
        yield from _findings(exposed_in(answer, at.model), call, at)


def _findings(found: list[Exposed], sink: ast.expr, at: Context) -> Iterator[Finding]:
    from perffix.rewrites.escaped_html import as_arguments, escaped

    for exposed in found:
        names = " and ".join(dict.fromkeys(f"`{at.text(each.value, 40)}`" for each in exposed.holes))
        many = len({at.text(each.value, 40) for each in exposed.holes}) > 1
        verb = "come from a client and stand" if many else "comes from a client and stands"
        place = exposed.place
        if place is None or place.is_escapable:
            message = f"{names} {verb} in HTML without being escaped"
            advice = _advice_on_json(exposed, sink, at) if _is_json(exposed.holes[0].value, at) else None
        else:
            message = f"{names} {verb} {place.kind.value}, where escaping does not help"
            advice = _ADVICE.get(place.kind.name, "Put the value into the text of an element or a quoted attribute")
            if place.kind.name == "SCRIPT" and _is_json(exposed.holes[0].value, at):
                advice = _JSON_IN_SCRIPT
        related = [*exposed.origin.steps]
        if not Span.of(sink).contains(Span.of(exposed.node)):
            related.append(Related(Span.of(sink), exposed.answer.because))
        fix = None
        if place is not None and place.is_escapable:
            if exposed.is_written:
                fix = escaped(exposed.holes, at.model)
            elif isinstance(sink, ast.Call):
                fix = as_arguments(sink, exposed.holes, at.model)
        yield at.finding(
            exposed.node,
            message,
            help=advice,
            confidence=Confidence.MEDIUM if place is None else Confidence.HIGH,
            evidence=[exposed.origin.says, exposed.answer.because],
            related=related,
            fix=fix,
        )


def _is_json(expr: ast.expr, at: Context) -> bool:
    return isinstance(expr, ast.Call) and at.model.qualified_name(expr.func) in ("json.dumps", "simplejson.dumps")


def _advice_on_json(exposed: Exposed, sink: ast.expr, at: Context) -> str:
    """Return what to do about JSON: only an answer that is nothing else can be said to be JSON."""
    marks = isinstance(sink, ast.Call) and at.text(sink.func, 40).rpartition(".")[2] in _MARKING
    return _JSON_IN_SCRIPT if marks or exposed.holes[0].value is not exposed.node else _JSON


_MARKING = ("Markup", "mark_safe", "SafeString", "SafeText", "format_html")
_JSON_IN_SCRIPT = (
    "JSON leaves `<` as it is, so that `</script>` ends the script: use the filter `tojson` or Django's `json_script`,"
    " or replace `<` with `\\u003c`"
)
_JSON = "Say that the answer is JSON: `jsonify`, `JsonResponse`, or the content type"
_ADVICE = {
    "SCRIPT": "Hand the value over as JSON: the filter `tojson`, Django's `json_script`, or a data attribute",
    "EVENT": "Hand the value over in a quoted data attribute and read it in the script",
    "STYLE": "Choose among styles that the program names",
    "STYLE_ATTRIBUTE": "Choose among classes that the program names",
    "URL": "Check that the address begins with `https://` or `/`, then escape it",
    "UNQUOTED": "Put the attribute into quotes, then escape the value",
}
