r"""A client decides where the browser is sent next.

## What it does

Follows the address of every redirect of Flask, Django, Starlette, FastAPI, aiohttp, Quart, Sanic, Bottle, Tornado,
Pyramid, Falcon and Litestar back to where it comes from, and reports it where a part that decides on the host is proved
to come from the request.

## Why it is dangerous

The link `https://shop.example/login?next=https://evil.example/login` shows the shop's name, and after the password was
right the browser stands before a copy of the login page that says it was wrong. Tokens in the address go along.
`//evil.example` and `/\evil.example` lead there, too: a slash in front is no protection.

## Example

```python
from flask import Flask, redirect, request

app = Flask(__name__)


@app.route("/leave")
def leave():
    return redirect(request.args["next"])
```

## Use instead

```python
from flask import Flask, redirect, request, url_for

app = Flask(__name__)
PAGES = {"cart": "/cart", "account": "/account"}


@app.route("/leave")
def leave():
    return redirect(PAGES.get(request.args["next"], "/"))
```

## When it stays silent

- The address is written in the program, or made by `url_for`, `reverse` and the like.
- The part of the client stands after the host or after the beginning of a path: `https://shop.example/{x}`,
  `/item/{x}`, `?page={x}`. Not `/{x}`: that may be `//evil.example`.
- A test lets only addresses of the own host through: `url_has_allowed_host_and_scheme`, a comparison of
  `urlparse(x).netloc`, a list of allowed addresses.
- The value is a number, a UUID or one of a table.
- The address is that of the request itself (`request.url`, `request.path`) or the page it came from.
- The file belongs to tests (a default that selecting the rule by its code overrides).

## Fix safety

Unsafe, and only for Django: `url_has_allowed_host_and_scheme` decides, and an address that it refuses becomes `/`.
The other frameworks have no such function.

## References

- [Django: url_has_allowed_host_and_scheme](https://docs.djangoproject.com/en/stable/ref/utils/#module-django.utils.http)
- [OWASP: Unvalidated Redirects and Forwards](https://cheatsheetseries.owasp.org/cheatsheets/Unvalidated_Redirects_and_Forwards_Cheat_Sheet.html)
- [CWE-601](https://cwe.mitre.org/data/definitions/601.html)
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.model import Applicability, Code, Fix, InsertBefore, NodeRef, Replace, Severity
from perffix.rules.rule import Context, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.model import Finding

rule = Rule(
    code="SEC829",
    name="redirect-to-input",
    summary="A client decides where the browser is sent next",
    help="Redirect to a page that the program names, or check the host of the address first",
    severity=Severity.MEDIUM,
    cwe=601,
    fix=Applicability.UNSAFE,
    names=(
        "flask", "werkzeug", "quart", "django", "starlette", "fastapi", "aiohttp", "sanic", "bottle", "tornado",
        "pyramid", "falcon", "litestar",
    ),
    remote=True,
)  # fmt: skip

_NAMES = ("target", "address", "next_url")
_CHECK = "url_has_allowed_host_and_scheme"


@rule.on_call(
    "redirect", "HttpResponseRedirect", "HttpResponsePermanentRedirect", "RedirectResponse", "Redirect", "HTTPFound",
    "HTTPSeeOther", "HTTPMovedPermanently", "HTTPTemporaryRedirect", "HTTPPermanentRedirect",
)  # fmt: skip
def detect(call: ast.Call, at: Context) -> Iterator[Finding]:
    """Yield a finding when a client decides on the host of a redirect."""
    from perffix.semantic.flow.input import input_in
    from perffix.semantic.flow.sinks import sink_at

    sink = sink_at(call, "redirect", at.model)
    origin = None if sink is None else input_in(sink.argument, at.model, "redirect", remote=True)
    if sink is None or origin is None or not origin.remote:
        return
    yield at.finding(
        call,
        f"`{at.text(sink.argument, 50)}` comes from a client and says where `{at.text(call.func, 40)}()` sends the"
        " browser",
        evidence=[origin.says],
        related=origin.steps,
        fix=_checked(call, sink.argument, at) if sink.name.startswith("django.") else None,
    )


def _checked(call: ast.Call, target: ast.expr, at: Context) -> Fix | None:
    """Return the fix that asks Django whether an address is one of the own host, in the lines before the redirect."""
    model = at.model
    request = _request_at(call, at)
    statement = model.statement_of(call)
    if request is None or not isinstance(statement, (ast.Return, ast.Assign, ast.Expr)):
        return None
    spelling = model.imports.spelling_of("django.utils.http", _CHECK, at=call)
    if spelling is None:
        return None
    name, first, edits = _named(target, at)
    if name is None:
        return None
    lines = (
        f"if not {spelling.text}({name}, {{{request}.get_host()}}, {request}.is_secure()):",
        f'    {name} = "/"',
    )
    code = Code("\n".join([*first, *lines]), {"target": NodeRef.of(target)} if first else {})
    return Fix(
        Applicability.UNSAFE,
        f"Go to `/` unless `{_CHECK}` lets the address pass",
        (InsertBefore(NodeRef.of(statement), code), *edits),
        () if spelling.adds is None else (spelling.adds,),
    )


def _named(target: ast.expr, at: Context) -> tuple[str | None, tuple[str, ...], tuple[Replace, ...]]:
    """Return a local name for an address, the line that gives it one, and the edit that uses that, if needed."""
    if isinstance(target, ast.Name):
        binding = at.model.binding_of(target)
        return (target.id if binding is not None and binding.is_local else None), (), ()
    name = next((each for each in _NAMES if not at.model.scopes.is_bound_anywhere(each)), None)
    return name, (f"{name} = $target",), (Replace(NodeRef.of(target), Code(name or "")),)


def _request_at(node: ast.AST, at: Context) -> str | None:
    """Return how the request is written in the view that a node stands in, or None when that is not certain."""
    function = at.model.function_of(node)
    if function is None:
        return None
    names = [each.arg for each in (*function.args.posonlyargs, *function.args.args)]
    if "request" in names[:2]:
        return "request"
    return "self.request" if names[:1] == ["self"] else None
