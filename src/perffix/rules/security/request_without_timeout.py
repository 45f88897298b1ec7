"""A request of the library requests waits for an answer for ever.

## What it does
Reports calls of `requests.get`, `requests.post` and so on, and of the same methods of a session, that name no
`timeout`, or name `None`. A session is known by where it was made or by an annotation; sessions of libraries built on
requests count too.

## Why it is dangerous
A server that accepts the connection and never answers stops the thread for good. A few such answers stop a whole
service, and whoever runs the server can do it on purpose. requests sets no limit of its own;
`socket.setdefaulttimeout()` does not hold for it either.

## Example
```python
import requests

def load(url: str) -> bytes:
    return requests.get(url).content
```

## Use instead
```python
import requests

def load(url: str) -> bytes:
    return requests.get(url, timeout=10).content
```

The number limits the wait for the connection and for each piece of the answer, not the whole download; a pair
`(connect, read)` sets the two apart.

## When it stays silent
- The call passes on arguments of its caller, `**options`, which may hold the time-out.
- The session has an adapter of an unknown class, a replaced method, or was handed to a function that may have set
  it up.
- The session is of a class of the program's own: it may add the time-out.
- The answer comes piece by piece for as long as something happens: with `stream=True`, in a function that follows,
  watches, tails or listens by its name or a parameter's, or as `text/event-stream`.
- It is httpx or aiohttp: these stop waiting after five seconds and five minutes by themselves.
- The name is not that of requests, or where the session comes from is not known.
- The file belongs to tests or examples (a default that selecting the rule by its code overrides).

## Fix safety
The fix is unsafe: an answer that takes longer raises an error from then on. It passes what other calls in the module
pass, else ten seconds. An explicit `timeout=None` is only reported: somebody had a reason.

## References
- [requests: timeouts](https://requests.readthedocs.io/en/latest/user/advanced/#timeouts)
- [CWE-400: Uncontrolled Resource Consumption](https://cwe.mitre.org/data/definitions/400.html)
- [bandit: B113](https://bandit.readthedocs.io/en/latest/plugins/b113_request_without_timeout.html)
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.model import Applicability, Code, Confidence, Fix, NodeRef, SetArgument, Severity
from perffix.rules.rule import Context, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.model import Finding
    from perffix.semantic.model import SemanticModel

rule = Rule(
    code="SEC113",
    name="request-without-timeout",
    summary="A request of the library requests has no time-out",
    help="Pass `timeout=` with a number of seconds",
    severity=Severity.LOW,
    cwe=400,
    fix=Applicability.UNSAFE,
    names=(
        *("requests", "requests_oauthlib", "requests_html", "requests_toolbelt", "requests_cache"),
        "cloudscraper",
    ),
)

_VERBS = ("get", "options", "head", "post", "put", "patch", "delete", "request", "send")
_SECONDS = "10"


@rule.on_call(*_VERBS)
def detect(call: ast.Call, at: Context) -> Iterator[Finding]:
    """Find requests that nothing limits."""
    from perffix.semantic.arguments import unpacks
    from perffix.semantic.weaknesses.http_calls import follows_events, http_call_of, may_set_timeouts, timeout_of

    sent = http_call_of(call, at.model)
    if sent is None or sent.library != "requests" or unpacks(call):
        return
    timeout = timeout_of(call, sent)
    if timeout is not None and not (isinstance(timeout, ast.Constant) and timeout.value is None):
        return
    if sent.session is not None and may_set_timeouts(sent.session, at.model):
        return
    if follows_events(call, at.model):
        return
    function = at.text(call.func)
    sure = Confidence.MEDIUM if sent.session is not None and sent.session.declared else Confidence.HIGH
    if timeout is not None:
        yield at.finding(
            call,
            f"`{function}` is told to wait for an answer for ever",
            confidence=sure,
            fix=Fix(Applicability.DISPLAY, "Pass a number of seconds in place of None"),
        )
        return
    evidence = []
    if sent.session is not None and isinstance(call.func, ast.Attribute):
        origin = "declared as" if sent.session.declared else "made by"
        evidence.append(f"`{at.text(call.func.value)}` is {origin} `{sent.session.name}`")
    yield at.finding(
        call,
        f"`{function}` waits for an answer for ever",
        confidence=sure,
        evidence=[*evidence, "requests has no time-out unless one is passed"],
        fix=_limited(call, at.model),
    )


def _limited(call: ast.Call, model: SemanticModel) -> Fix:
    """Return the fix that passes a time-out."""
    edit = SetArgument(NodeRef.of(call), "timeout", Code(_customary(call, model)))
    return Fix(Applicability.UNSAFE, "Pass a time-out", (edit,))


def _customary(call: ast.Call, model: SemanticModel) -> str:
    """Return what most other requests of the module are limited by, a number or a constant, else ten seconds."""
    from perffix.semantic.arguments import argument_of
    from perffix.semantic.places import in_source_order

    given: dict[str, int] = {}
    for verb in _VERBS:
        for other in in_source_order(model.calls_named(verb)):
            value = argument_of(other, "timeout")
            if value is not None and _may_be_copied(value, call, model) and _is_request(other, model):
                text = ast.unparse(value)
                given[text] = given.get(text, 0) + 1
    return max(given, key=lambda text: given[text], default=_SECONDS)


def _may_be_copied(value: ast.expr, call: ast.Call, model: SemanticModel) -> bool:
    """Tell whether a time-out is a number, or a constant that means the same where another call stands."""
    if isinstance(value, ast.Name) and value.id.isupper():
        binding = model.scopes.lookup(value.id, model.scopes.scope_of(call))
        return binding is not None and binding is model.binding_of(value)
    return isinstance(value, ast.Constant) and isinstance(value.value, (int, float)) and value.value > 0


def _is_request(call: ast.Call, model: SemanticModel) -> bool:
    from perffix.semantic.weaknesses.http_calls import http_call_of

    sent = http_call_of(call, model)
    return sent is not None and sent.library == "requests"
