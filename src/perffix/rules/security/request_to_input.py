"""A client decides where the program sends a request (server-side request forgery).

## What it does

Follows the address of every request that the program sends (`requests`, `httpx`, `urllib`, `aiohttp`, `urllib3`,
sockets) back to where it comes from, and reports it where a part that decides on the scheme or the host is proved to
come from a client.

The severity is low instead of high where the route lets only administrators in, by the name of its decorator or
dependency: they may be meant to name a server.

## Why it is dangerous

The program stands behind the firewall: `http://169.254.169.254/` answers with the keys of the cloud machine,
`http://localhost:9200/` with the database, `file:///etc/passwd` with the file, where the library reads such addresses.

## Example

```python
import requests
from flask import Flask, request

app = Flask(__name__)


@app.route("/preview")
def preview():
    return requests.get(request.args["url"], timeout=10).text
```

## Use instead

```python
import requests
from flask import Flask, request

app = Flask(__name__)


@app.route("/preview")
def preview():
    return requests.get("https://pages.example/" + request.args["page"], timeout=10).text
```

## When it stays silent

- Scheme and host are written in the program, and a slash stands before the client's part: it decides on the path
  alone.
- The first part of the address is not the client's: a setting, a field of an object.
- The host is compared with a list of allowed ones, or the address goes through a function that is named for checking
  it, or the call stands in a `with` that is.
- The request is only sent while a switch for debugging is on: `if settings.DEBUG:`.
- An administrator gave the address to another page, which keeps it as a setting.
- The value is a number, a UUID or one of a table.
- The address comes from the command line, a terminal or the environment.
- The file belongs to tests (a default that selecting the rule by its code overrides).

## Fix safety

No fix: only a list of the hosts that are meant helps, and that is not in the code.

## References

- [OWASP: Server-Side Request Forgery Prevention](https://cheatsheetseries.owasp.org/cheatsheets/Server_Side_Request_Forgery_Prevention_Cheat_Sheet.html)
- [CWE-918](https://cwe.mitre.org/data/definitions/918.html)
- Bandit B310 reports every `urlopen`
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.model import Severity
from perffix.rules.rule import Context, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.model import Finding
    from perffix.semantic.flow.input import Origin

rule = Rule(
    code="SEC830",
    name="request-to-input",
    summary="A client decides where the program sends a request",
    help="Write the scheme and the host in the program, or compare the host with a list of allowed ones",
    severity=Severity.HIGH,
    cwe=918,
    names=("requests", "httpx", "urllib", "urllib3", "aiohttp", "treq", "http", "socket", "feedparser", "wget"),
    remote=True,
)

_REMEDY_FOR_ADMINISTRATORS = (
    "Where administrators are to name the server, refuse at least addresses of the machine itself and of its network's"
    " metadata; else write the host in the program"
)
_WATCHING = ("safe", "ssrf", "guard", "restrict", "protect")


@rule.on_call(
    "get", "post", "put", "patch", "delete", "head", "options", "request", "stream", "urlopen", "urlretrieve",
    "Request", "ws_connect", "HTTPConnection", "HTTPSConnection", "create_connection", "parse", "download",
)  # fmt: skip
def detect(call: ast.Call, at: Context) -> Iterator[Finding]:
    """Yield a finding when a client decides on the host of a request."""
    from perffix.semantic.flow.input import input_in
    from perffix.semantic.flow.sinks import sink_at
    from perffix.semantic.web.restriction import restriction_of
    from perffix.semantic.web.surroundings import is_for_debugging

    sink = sink_at(call, "url", at.model)
    origin = None if sink is None else input_in(sink.argument, at.model, "url", remote=True)
    if sink is None or origin is None or not origin.remote or _is_watched(call, at):
        return
    if is_for_debugging(call, at.model):
        return
    restriction = restriction_of(origin, at.model)
    if restriction is not None and _is_a_setting(origin, call, at):
        return
    yield at.finding(
        call,
        f"`{at.text(sink.argument, 50)}` comes from a client and says where `{at.text(call.func, 40)}()` sends a"
        " request",
        severity=Severity.HIGH if restriction is None else Severity.LOW,
        help=None if restriction is None else _REMEDY_FOR_ADMINISTRATORS,
        evidence=[origin.says, *([] if restriction is None else [f"`{restriction}` lets only some people in"])],
        related=origin.steps,
    )


def _is_a_setting(origin: Origin, call: ast.Call, at: Context) -> bool:
    """Tell whether an address was given to another handler than the one that uses it: then it was kept meanwhile."""
    from perffix.semantic.web.handlers import handler_of

    given, used = handler_of(origin.source, at.model), handler_of(call, at.model)
    return given is not None and (used is None or used.function is not given.function)


def _is_watched(call: ast.Call, at: Context) -> bool:
    """Tell whether a call stands in a `with` that is named for keeping requests from doing harm."""
    for each in at.model.ancestors(call):
        for item in each.items if isinstance(each, (ast.With, ast.AsyncWith)) else ():
            opened = item.context_expr
            name = at.model.text(opened.func, 200).lower() if isinstance(opened, ast.Call) else ""
            if any(word in name for word in _WATCHING):
                return True
    return False
