r"""Other web sites may read what a logged-in person is shown.

## What it does

Reports configurations of CORS that send `Access-Control-Allow-Credentials: true` to origins that nobody meant:

- `CORSMiddleware` of Starlette and FastAPI with `allow_credentials=True` and `"*"` among `allow_origins`, or an
  `allow_origin_regex` that lets strangers in;
- Flask-CORS with `supports_credentials=True` and `origins` that are `"*"`, a pattern that lets strangers in, or not
  given, neither in the call nor in the settings of the application (its patterns only have to match the
  beginning of an origin);
- django-cors-headers with `CORS_ALLOW_CREDENTIALS` and `CORS_ALLOW_ALL_ORIGINS`, or such patterns;
- aiohttp-cors with `allow_credentials=True` in the options for `"*"`;
- a header `Access-Control-Allow-Origin` that repeats the client's `Origin` without a test, beside one that allows
  credentials.

A pattern is tried on origins that resemble what it means, and the finding names the one that came through:
`https://.*example\.com` lets `https://evilexample.com` in.

The severity is high where anybody is let in; medium where it is somebody who resembles what is meant, and where a call
that configures CORS stands in a module that speaks of no cookie and no login: a browser sends no other proof of who is
calling along by itself.

## Why it is dangerous

The browser sends a person's cookies along when any page asks for them so, and hands the answer to that page. The page
of an attacker then reads and changes whatever the person may.

## Example

```python
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

app = FastAPI()
app.add_middleware(CORSMiddleware, allow_origins=["*"], allow_credentials=True)
```

## Use instead

```python
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

app = FastAPI()
app.add_middleware(CORSMiddleware, allow_origins=["https://shop.example.com"], allow_credentials=True)
```

## When it stays silent

- Credentials are not allowed: `"*"` alone is right for a public interface.
- The origins are listed, read from a setting, or built.
- Flask-CORS is given no origins, and the application's settings come from elsewhere: `CORS_ORIGINS` may be among them.
- A pattern only lets in what it means: `https://[a-z]+\.example\.com`.
- `send_wildcard=True` of Flask-CORS, which refuses to work together with credentials.
- A header that repeats the origin after a test of it.
- The code is for development, by its path, by a name around it or by a test before it; or the operator asks for it by a
  switch, and the program warns of it then.
- Settings that others start from (`base.py`), or that may get another value later.

## Fix safety

No fix is written: which origins are meant only a person knows. Where no cookie is needed, leave credentials out.

## References

- [MDN: requests with credentials](https://developer.mozilla.org/en-US/docs/Web/HTTP/Guides/CORS#requests_with_credentials)
- [Starlette: CORSMiddleware](https://www.starlette.io/middleware/#corsmiddleware)
- [CWE-942: Permissive Cross-domain Policy](https://cwe.mitre.org/data/definitions/942.html)
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.model import Applicability, Confidence, Fix, Severity
from perffix.rules.rule import Context, Rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from perffix.model import Finding
    from perffix.semantic.web.cors import Grant

rule = Rule(
    code="SEC823",
    name="cors-any-origin-with-credentials",
    summary="CORS allows credentials to origins that nobody meant",
    help="List the origins that may use a person's login, or allow no credentials",
    severity=Severity.HIGH,
    cwe=942,
    fix=Applicability.DISPLAY,
    needs=("allow_credentials", "supports_credentials", "Credentials"),
)

_SETTERS = ("add", "set", "set_header", "setdefault", "append")


@rule.on_call("add_middleware", "Middleware", "CORSMiddleware", "CORS", "init_app", "cross_origin", "ResourceOptions")
def detect_call(call: ast.Call, at: Context) -> Iterable[Finding]:
    """Look at calls that configure CORS."""
    from perffix.semantic.web.cors import grant_of_call, knows_cookies

    grant = grant_of_call(call, at.model)
    return () if grant is None else _findings(grant, at, known_login=knows_cookies(at.model))


@rule.on_call(*_SETTERS)
def detect_header(call: ast.Call, at: Context) -> Iterable[Finding]:
    """Look at headers that a call sets."""
    if len(call.args) != 2:
        return ()
    from perffix.semantic.web.cors import grant_by_hand

    return _findings(grant_by_hand(call, at.model), at)


@rule.on(ast.Assign)
def detect_assignment(node: ast.Assign, at: Context) -> Iterable[Finding]:
    """Look at headers set by hand, and at settings of django-cors-headers."""
    target = node.targets[0]
    if isinstance(target, ast.Name) and target.id == "CORS_ALLOW_CREDENTIALS":
        from perffix.semantic.web.cors import grant_of_setting

        return _findings(grant_of_setting(node, at.model), at)
    if isinstance(target, ast.Subscript):
        from perffix.semantic.web.cors import grant_by_hand

        return _findings(grant_by_hand(node, at.model), at)
    return ()


def _findings(grant: Grant | None, at: Context, *, known_login: bool = True) -> Iterator[Finding]:
    if grant is None:
        return
    yield at.finding(
        grant.node,
        f"{grant.who[0].upper()}{grant.who[1:]} may send requests with a person's cookies and read the answers",
        severity=Severity.HIGH if grant.everybody and known_login else Severity.MEDIUM,
        confidence=Confidence.HIGH if grant.certain else Confidence.MEDIUM,
        evidence=[grant.because],
        fix=Fix(Applicability.DISPLAY, "List the origins that are meant"),
    )
