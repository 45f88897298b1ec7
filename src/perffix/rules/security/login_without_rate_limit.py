"""A login takes as many guesses as somebody likes to send.

## What it does

Reports a handler that checks a password and that nothing keeps from being asked again and again: no limiter, no
counter of attempts, no lock, no captcha.

It looks at one module: only applications whose object, hooks, middleware and routes all stand in it are judged.

## Why it is dangerous

Passwords that people choose are found by trying: lists of the usual ones have a few thousand entries, and lists of
passwords stolen elsewhere have the very one. A program tries hundreds a second.

## Example

```python
from flask import Flask, request
from werkzeug.security import check_password_hash

from shop import user_named

app = Flask(__name__)


@app.post("/login")
def login():
    user = user_named(request.form["name"])
    if not check_password_hash(user.password, request.form["password"]):
        return "wrong", 401
    return "welcome"
```

## Use instead

```python
from flask import Flask, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from werkzeug.security import check_password_hash

from shop import user_named

app = Flask(__name__)
limiter = Limiter(get_remote_address, app=app)


@app.post("/login")
@limiter.limit("5 per minute")
def login():
    user = user_named(request.form["name"])
    if not check_password_hash(user.password, request.form["password"]):
        return "wrong", 401
    return "welcome"
```

## When it stays silent

- The module speaks of a limit on requests, attempts, a lock or a captcha anywhere.
- Nothing shows that the handler checks a password.
- The handler answers GET alone.
- The application is handed to code of other modules, or gets routers, blueprints or middleware from there: the limit
  may be set there.
- Tests, examples and development.

## Fix safety

No fix is written: a limiter needs a store and a decision on how many attempts are right. A server in front of the
application may limit, too.

## References

- [OWASP: authentication](https://cheatsheetseries.owasp.org/cheatsheets/Authentication_Cheat_Sheet.html)
- [CWE-307: Improper Restriction of Excessive Authentication Attempts](https://cwe.mitre.org/data/definitions/307.html)
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
    code="SEC825",
    name="login-without-rate-limit",
    summary="A login can be tried as often as somebody likes",
    help="Limit how often one address and one account may try",
    severity=Severity.LOW,
    cwe=307,
    group=Group.PEDANTIC,
    fix=Applicability.DISPLAY,
    needs=("Flask", "FastAPI", "Quart"),
)

_LIMITS = frozenset(
    {"limiter", "ratelimit", "ratelimiter", "ratelimited", "throttle", "throttled", "throttling", "attempts", "attempt"}
    | {"lockout", "locked", "captcha", "recaptcha", "hcaptcha", "turnstile", "slowapi", "axes", "failures", "backoff"}
)
_LOGINS = frozenset({"login", "signin", "logon", "authenticate", "token"})
_CHECKS = (
    "check_password", "check_password_hash", "verify_password", "checkpw", "verify", "authenticate", "compare_digest",
    "validate_password", "authenticate_user", "verify_and_update", "is_correct_password",
)  # fmt: skip


@rule.on_call("Flask", "FastAPI", "Quart")
def detect(call: ast.Call, at: Context) -> Iterator[Finding]:
    """Look at calls that make an application."""
    text = at.source.text.lower()
    if "passw" not in text:
        return
    from perffix.semantic.web.surroundings import is_for_development
    from perffix.semantic.web.whole_applications import name_span, whole_application

    found = whole_application(call, at.model)
    if found is None or is_for_development(call, at.model) or _speaks_of_limits(at.source.tree):
        return
    for handler in found.handlers:
        check = _password_check(handler, at.model)
        if check is not None and _is_login(handler):
            yield at.finding(
                handler.function,
                f"`{handler.function.name}` checks a password as often as it is asked",
                span=name_span(handler.function),
                confidence=Confidence.MEDIUM,
                evidence=["the application, its hooks and its routes stand in this module", "it names no limit"],
                related=[Related(Span.of(check), "The password is checked here")],
                fix=Fix(Applicability.DISPLAY, "Limit how often one address and one account may try"),
            )


def _speaks_of_limits(tree: ast.Module) -> bool:
    from perffix.semantic.secrets import words_of
    from perffix.semantic.web.whole_applications import words_in

    for name in words_in(tree):
        words = words_of(name)
        if not _LIMITS.isdisjoint(words) or ("rate" in words and ("limit" in words or "limits" in words)):
            return True
    return False


def _is_login(handler: Handler) -> bool:
    from perffix.semantic.secrets import words_of

    words = {*words_of(handler.function.name), *words_of(handler.route or "")}
    joined = ("sign" in words and "in" in words) or ("log" in words and "in" in words)
    return "POST" in handler.methods and (joined or not _LOGINS.isdisjoint(words))


def _password_check(handler: Handler, model: SemanticModel) -> ast.expr | None:
    """Return the expression by which a handler checks a password, or None."""
    from perffix.semantic.secrets.named_literals import meant_name

    for node in ast.walk(handler.function):
        if isinstance(node, ast.Call):
            name = meant_name(node.func, model)
            if name in _CHECKS and any("passw" in ast.dump(each).lower() for each in (*node.args, node.func)):
                return node
        elif isinstance(node, ast.Compare) and isinstance(node.ops[0], (ast.Eq, ast.NotEq)):
            sides = (node.left, *node.comparators)
            is_empty = any(isinstance(each, ast.Constant) and not each.value for each in sides)
            if not is_empty and any("passw" in ast.dump(each).lower() for each in sides):
                return node
    return None
