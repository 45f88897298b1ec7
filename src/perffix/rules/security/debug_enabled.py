"""Debugging of a web framework is switched on where the program runs for others.

## What it does

Reports

- a server started with debugging: `app.run(debug=True)` of Flask, Quart, Bottle, Sanic, Dash and Flask-SocketIO,
  `run_simple(use_debugger=True)`;
- an application made so: `FastAPI(debug=True)`, Starlette, Litestar, Tornado;
- the switch on the object: `app.debug = True`, `app.config["DEBUG"] = True`, `app.config.update(DEBUG=True)`, and
  `DEBUG = True` in a configuration class for production;
- `DEBUG = True` in a settings module of Django, also in disguise: `os.environ.get("DEBUG", "False")` is a text, and
  every text but the empty one is true;
- `uvicorn.run(..., reload=True)` on an address that others reach.

High when the debugger listens on an address that the network reaches, low when a person starts it by hand on the own
machine.

## Why it is dangerous

Werkzeug's debugger runs whatever is typed into its console in the browser; only a PIN stands before it, and a reader
of files can work that out. Pages with tracebacks show source text, settings and local values to whoever provokes an
error.

## Example

```python
from flask import Flask

app = Flask(__name__)
app.run(host="0.0.0.0", debug=True)
```

## Use instead

```python
from flask import Flask

app = Flask(__name__)
app.run(host="0.0.0.0")
```

## When it stays silent

- The file is for development by its path: `settings/dev.py`, `run_local.py`, `devserver.py`, tests, examples,
  measurements.
- A function or class around it says so by its name, or a test before it: `if settings.DEBUG:`.
- The value is decided outside: `debug=args.debug`, `DEBUG = os.environ.get("DEBUG") == "1"`.
- The settings module is one that others start from (`base.py`, `common.py`), or `DEBUG` may get another value later:
  another assignment, `from .local_settings import *`.
- The debugger itself is switched off: `use_debugger=False`.
- The module serves Flask's application by `run_simple` or another server, which never asks it for `debug`.
- The object is not proved to be an application of a known framework.
- `reload=True` on the own machine.

## Fix safety

Unsafe: who develops with this file loses the debugger until it is switched on from outside. For Flask the argument
goes, and the framework reads `FLASK_DEBUG`; Django's `DEBUG` is read from the environment in the way the module
reads its other settings. Without debugging, Django answers only for `ALLOWED_HOSTS`.

## References

- [Flask: debug mode](https://flask.palletsprojects.com/en/stable/debugging/)
- [Django: DEBUG](https://docs.djangoproject.com/en/stable/ref/settings/#debug)
- [CWE-489: Active Debug Code](https://cwe.mitre.org/data/definitions/489.html)
- Bandit B201
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.model import Applicability, Confidence, Severity
from perffix.rules.rule import Context, Rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from perffix.model import Finding
    from perffix.semantic.web.debugging import Switch

rule = Rule(
    code="SEC201",
    name="debug-enabled",
    summary="Debugging of a web framework is switched on outside development",
    help="Leave debugging off and let developers switch it on from outside",
    severity=Severity.MEDIUM,
    cwe=489,
    fix=Applicability.UNSAFE,
    needs=("debug=", "debug = ", "DEBUG", "use_debugger", "reload"),
)

_OPENS = {
    "CONSOLE": "the debugger in the browser runs what a visitor types",
    "TRACEBACK": "pages with tracebacks show the program's inside to visitors",
    "RELOAD": "the server that others reach restarts whenever a file changes",
}
_OPENS_LATER = {
    "CONSOLE": "the development server then opens a debugger that runs what a visitor types",
    "TRACEBACK": _OPENS["TRACEBACK"],
}
_KEYWORDS = ("debug", "use_debugger", "reload")
_CALLS = ("run", "run_server", "run_simple", "FastAPI", "Starlette", "Litestar", "Application")


@rule.on_call(*_CALLS)
def detect_call(call: ast.Call, at: Context) -> Iterable[Finding]:
    """Look at calls that start a server or make an application."""
    if len(call.args) < 3 and not any(keyword.arg in _KEYWORDS for keyword in call.keywords):
        return ()
    from perffix.semantic.web.debugging import switch_in_call

    switch = switch_in_call(call, at.model)
    return () if switch is None else _findings(call, switch, at)


@rule.on_call("update", "from_mapping")
def detect_update(call: ast.Call, at: Context) -> Iterable[Finding]:
    """Look at `app.config.update(DEBUG=True)`."""
    if not any(keyword.arg == "DEBUG" for keyword in call.keywords):
        return ()
    from perffix.semantic.web.debugging import switch_in_update

    switch = switch_in_update(call, at.model)
    return () if switch is None else _findings(call, switch, at)


@rule.on(ast.Assign, ast.AnnAssign)
def detect_assignment(node: ast.Assign | ast.AnnAssign, at: Context) -> Iterable[Finding]:
    """Look at `app.debug = True`, `app.config["DEBUG"] = True` and `DEBUG = True`."""
    target = node.targets[0] if isinstance(node, ast.Assign) else node.target
    if isinstance(target, ast.Name) and target.id != "DEBUG":
        return ()
    if isinstance(target, ast.Attribute) and target.attr != "debug":
        return ()
    if isinstance(target, ast.Subscript) and not (
        isinstance(target.slice, ast.Constant) and target.slice.value == "DEBUG"
    ):
        return ()
    from perffix.semantic.web.debugging import switch_in_assignment

    switch = switch_in_assignment(node, at.model)
    return () if switch is None else _findings(node, switch, at)


def _findings(node: ast.Call | ast.stmt, switch: Switch, at: Context) -> Iterator[Finding]:
    from perffix.rewrites.debug_switch import without_debugging

    severity = Severity.MEDIUM
    if switch.opens.name == "RELOAD" or switch.reach.name == "OWN_MACHINE":
        severity = Severity.LOW
    elif switch.opens.name == "CONSOLE" and switch.reach.name == "NETWORK":
        severity = Severity.HIGH
    opens = _OPENS if isinstance(node, ast.Call) and switch.keyword != "DEBUG" else _OPENS_LATER
    yield at.finding(
        node,
        f"{_said(node, switch, at)}: {opens[switch.opens.name]}",
        severity=severity,
        confidence=Confidence.MEDIUM if isinstance(at.model.parent(node), ast.ClassDef) else Confidence.HIGH,
        fix=without_debugging(node, switch, at.model),
    )


def _said(node: ast.Call | ast.stmt, switch: Switch, at: Context) -> str:
    if isinstance(node, ast.Call):
        setting = f"`{switch.keyword}={at.text(switch.value)}`" if switch.keyword else "its third argument"
        does = "is to reload" if switch.opens.name == "RELOAD" else "switches debugging on"
        return f"`{at.text(node.func)}` {does} by {setting}"
    if isinstance(switch.value, ast.Call):
        return f"`{at.text(node)}` is true whatever text the variable holds"
    return f"`{at.text(node)}` switches debugging on"
