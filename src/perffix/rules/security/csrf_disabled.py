"""The check against forged requests is switched off where a cookie tells who is calling.

## What it does

Reports

- views without the check (`csrf_exempt` of Django as a decorator or around a view, `csrf.exempt` of Flask-WTF) that
  change something and take the caller for the person whose cookie comes along: they read `request.user` or the
  session, ask for a login, or log somebody in;
- `WTF_CSRF_ENABLED = False` outside tests and development;
- Django's `MIDDLEWARE` with sessions but without `CsrfViewMiddleware`;
- `CSRF_TRUSTED_ORIGINS` with a wildcard below which anybody can get a name: `https://*.vercel.app`;
- a class of REST framework's `SessionAuthentication` whose `enforce_csrf` does nothing.

## Why it is dangerous

The browser sends the cookie along with every request to the site, whoever wrote the page that makes it. A page of an
attacker can send a form in the name of the person who looks at it.

## Example

```python
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.views.decorators.csrf import csrf_exempt


@csrf_exempt
@login_required
def rename(request):
    request.user.name = request.POST["name"]
    request.user.save()
    return HttpResponse(status=204)
```

## Use instead

```python
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse


@login_required
def rename(request):
    request.user.name = request.POST["name"]
    request.user.save()
    return HttpResponse(status=204)
```

## When it stays silent

- Nothing shows that the view relies on a cookie: webhooks, reports from browsers, public forms.
- The view speaks of a signature, a token, an API key or another proof of who is calling.
- The view answers GET alone, or changes nothing: what is sent goes into `authenticate` only.
- It answers only PUT, PATCH and DELETE besides: a browser sends these for another site only if the server agrees.
- It is a view of Django REST framework, which makes its own check.
- The view is defined in another module.
- Tests, examples and development, by the path, by a name around it or by a test before it.
- A wildcard below a domain of one's own: `https://*.example.com`; `https://*` alone, which Django matches with nothing.
- Middleware that is added elsewhere in the module, or has a name that speaks of CSRF.

## Fix safety

No fix is written: forms and scripts that send no token would stop working. Who removes the exemption has to add
`{% csrf_token %}` to the form or the header `X-CSRFToken` to the script.

## References

- [Django: CSRF protection](https://docs.djangoproject.com/en/stable/ref/csrf/)
- [Flask-WTF: CSRF protection](https://flask-wtf.readthedocs.io/en/stable/csrf/)
- [CWE-352: Cross-Site Request Forgery](https://cwe.mitre.org/data/definitions/352.html)
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.model import Applicability, Confidence, Fix, Related, Severity, Span
from perffix.rules.rule import Context, Rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from perffix.model import Finding
    from perffix.semantic.web.csrf import Forgeable, Unchecked

rule = Rule(
    code="SEC821",
    name="csrf-disabled",
    summary="The check against forged requests is off where a cookie tells who is calling",
    help="Keep the check and send the token with the request",
    severity=Severity.MEDIUM,
    cwe=352,
    fix=Applicability.DISPLAY,
    needs=(
        "csrf_exempt",
        ".exempt",
        "WTF_CSRF_ENABLED",
        "SessionMiddleware",
        "CSRF_TRUSTED_ORIGINS",
        "enforce_csrf",
    ),
)


@rule.on_all(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
def detect_definition(
    nodes: Sequence[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef], at: Context
) -> Iterator[Finding]:
    """Look at views whose decorators take the check away."""
    from perffix.semantic.web.csrf import forgeable_definition

    for node in nodes:
        if node.decorator_list:
            yield from _forgeable(forgeable_definition(node, at.model), at)


@rule.on_all(ast.ClassDef)
def detect_authentication(nodes: Sequence[ast.ClassDef], at: Context) -> Iterator[Finding]:
    """Look at authentication that does not make the check."""
    if "enforce_csrf" not in at.model.written_names:
        return
    from perffix.semantic.web.csrf import emptied_check

    for node in nodes:
        method = emptied_check(node, at.model)
        if method is not None:
            yield from _emptied(node, method, at)


@rule.on_call("csrf_exempt", "exempt")
def detect_wrapped(call: ast.Call, at: Context) -> Iterable[Finding]:
    """Look at `csrf_exempt(view)`."""
    from perffix.semantic.web.csrf import forgeable_call

    return _forgeable(forgeable_call(call, at.model), at)


@rule.on_call("update", "from_mapping")
def detect_update(call: ast.Call, at: Context) -> Iterable[Finding]:
    """Look at `app.config.update(WTF_CSRF_ENABLED=False)`."""
    if not any(keyword.arg == "WTF_CSRF_ENABLED" for keyword in call.keywords):
        return ()
    from perffix.semantic.web.csrf import unchecked_update
    from perffix.semantic.web.surroundings import is_for_development

    return () if is_for_development(call, at.model) else _unchecked(unchecked_update(call), at)


@rule.on_all(ast.Assign, ast.AnnAssign)
def detect_setting(nodes: Sequence[ast.Assign | ast.AnnAssign], at: Context) -> Iterator[Finding]:
    """Look at settings."""
    from perffix.semantic.web.csrf import SETTINGS, unchecked_setting

    for node in nodes:
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        if isinstance(target, ast.Subscript) or (isinstance(target, ast.Name) and target.id in SETTINGS):
            yield from _unchecked(unchecked_setting(node, at.model), at)


def _forgeable(found: Forgeable | None, at: Context) -> Iterator[Finding]:
    if found is None:
        return
    yield at.finding(
        found.by,
        f"`{found.view.name}` takes requests that any page can make a browser send, and relies on a cookie"
        f" (`{at.text(found.cookie, 40)}`)",
        severity=Severity.HIGH,
        evidence=[f"`{at.text(found.by)}` takes the check away", f"`{at.text(found.cookie, 40)}` comes from a cookie"],
        related=[Related(Span.of(found.cookie), "The cookie tells who is calling")],
        fix=Fix(Applicability.DISPLAY, "Keep the check and send the token with the request"),
    )


def _unchecked(found: Unchecked | None, at: Context) -> Iterator[Finding]:
    if found is not None:
        yield at.finding(
            found.node,
            found.message,
            confidence=Confidence.HIGH if found.certain else Confidence.MEDIUM,
            evidence=[found.because],
            fix=Fix(Applicability.DISPLAY, "Leave the check on"),
        )


def _emptied(node: ast.ClassDef, method: ast.FunctionDef, at: Context) -> Iterator[Finding]:
    yield at.finding(
        method,
        f"`{node.name}` believes the session cookie and does not check where the request comes from",
        severity=Severity.HIGH,
        evidence=["`enforce_csrf` does nothing, and REST framework makes the check nowhere else"],
        fix=Fix(Applicability.DISPLAY, "Leave the check on, or authenticate by a token"),
    )
