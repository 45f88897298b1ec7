"""A password, key or token is written to a log or printed.

## What it does
Reports calls of loggers, `print` and `click.echo` whose text holds a secret as it is: a value whose name promises a
password, a key or a token (`password`, `client_secret`, `config["api_key"]`, `os.environ["DB_PASSWORD"]`), the header
`Authorization`, or a `token` that was made by `secrets`, `jwt.encode` and their like. Strings are followed through
f-strings, `%`, `format`, `+`, containers and a local name.

## Why it is dangerous
Logs are copied, kept for years, searched by many, and sent to other companies. Whoever reads one can log in as the
user, or as the program.

## Example
```python
import logging

logger = logging.getLogger(__name__)

def login(username: str, password: str) -> None:
    logger.info("login of %s with %s", username, password)
```

## Use instead
```python
import logging

logger = logging.getLogger(__name__)

def login(username: str, password: str) -> None:
    logger.info("login of %s", username)
```

## When it stays silent
- What is shown is not the value: its length, whether it is there, its type, a hash, a mask, a few characters of it.
- The name is about a secret without holding one: `password_field`, `errors["password"]`, a constant label.
- The words before it say that it is the place of a secret: `f"Reading the key from {encryption_key}"`.
- The value is one of a table that the module writes out, as for users made up for trials.
- `token`, `key` or `secret` may be anything: a piece of a text, a CSRF token, the name of a setting.
- The value hides itself (`SecretStr`), is an object of a class, or its type is no text.
- A program prints what it was asked for: a password that it has just generated, the value that `show_password` shows;
  or it prints into a file of its own. So does one that was called with an option for it: `if args.env: print(...)`.
- The log is how a program speaks to its user, and tells a password that it has just made or fetched: "Make a note of".
- The file belongs to tests or documentation.

## Fix safety
There is no fix: what the log needs instead, a name, a length or nothing, is for a person to say.

## References
- [CWE-532: Insertion of Sensitive Information into Log File](https://cwe.mitre.org/data/definitions/532.html)
- [OWASP: Logging, data to exclude](https://cheatsheetseries.owasp.org/cheatsheets/Logging_Cheat_Sheet.html)
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.model import Applicability, Confidence, Fix, Severity
from perffix.rules.rule import Rule
from perffix.semantic.secrets import may_promise_secret

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from perffix.model import Finding
    from perffix.rules.rule import Context
    from perffix.semantic.secrets.shown_values import Shown

rule = Rule(
    code="SEC827",
    name="secret-logged",
    summary="A password, key or token is written to a log or printed",
    help="Leave it out, or log a mask of it; and change it if logs have been kept",
    severity=Severity.MEDIUM,
    cwe=532,
    fix=Applicability.DISPLAY,
    needs=("pass", "pwd", "secret", "key", "token", "authorization"),
    in_tests=False,
)

_LOG, _PRINT = "written to the log", "printed"


@rule.on_call(
    "debug", "info", "warning", "warn", "error", "exception", "critical", "fatal", "log", "success", "trace", "notice",
    "msg", "print", "echo", "secho", "pprint", "write",
)  # fmt: skip
def detect(call: ast.Call, at: Context) -> Iterable[Finding]:
    """Look at `logger.info(...)`, `print(...)` and their like."""
    # Programs log and print a lot: look for a telling name before anything else.
    return _judged(call, at) if any(_may_tell(each) for each in _given(call)) else ()


def _given(call: ast.Call) -> Iterator[ast.expr]:
    yield from call.args
    for keyword in call.keywords:
        yield keyword.value


def _may_tell(expr: ast.expr) -> bool:
    if expr.__class__ is ast.Constant:
        return False
    if expr.__class__ is ast.Name:
        return True  # a text that was put together before
    for node in ast.walk(expr):
        name = getattr(node, "id", None) or getattr(node, "attr", None) or getattr(node, "value", None)
        if name.__class__ is str and (may_promise_secret(name) or name in ("jwt", "otp")):
            return True
    return False


def _judged(call: ast.Call, at: Context) -> Iterator[Finding]:
    how = _sink(call, at)
    if how is None:
        return
    from perffix.semantic import facts
    from perffix.semantic.secrets.shown_values import shown_in

    controls = facts.load("logging")["sinks"]["controls"]
    exprs = [*call.args, *(each.value for each in call.keywords if each.arg is not None and each.arg not in controls)]
    seen: set[str] = set()
    for expr in exprs:
        for shown in shown_in(expr, at.model):
            if shown.name not in seen and not _is_meant_for_user(call, shown, how, at):
                seen.add(shown.name)
                yield _finding(call, shown, how, at)


def _finding(call: ast.Call, shown: Shown, how: str, at: Context) -> Finding:
    inside = at.model.is_within(shown.node, call)
    return at.finding(
        shown.node if inside else call,
        f"`{shown.name}` is {how} as it is",
        confidence=Confidence.HIGH if how is _LOG else Confidence.MEDIUM,
        evidence=(shown.evidence,),
        fix=Fix(Applicability.DISPLAY, "Leave the value out, or mask it"),
    )


def _sink(call: ast.Call, at: Context) -> str | None:
    """Say what a call does with its arguments; None when it neither logs nor prints."""
    from perffix.semantic import facts
    from perffix.semantic.secrets import words_of
    from perffix.semantic.written_names import last_name

    table = facts.load("logging")["sinks"]
    func = call.func
    if at.model.qualified_name(func) in table["printers"]:
        return None if _prints_to_file(call, at) else _PRINT
    if not isinstance(func, ast.Attribute):
        return None
    owner = func.value.func if isinstance(func.value, ast.Call) else func.value
    words = words_of(last_name(owner))
    if func.attr in table["methods"]:
        return _LOG if any(word in table["loggers"] for word in words) else None
    if func.attr in ("write", "print"):
        return _PRINT if words and words[-1] in ("stdout", "stderr", "console") else None
    return None


def _prints_to_file(call: ast.Call, at: Context) -> bool:
    for keyword in call.keywords:
        if keyword.arg == "file":
            return at.model.qualified_name(keyword.value) not in ("sys.stdout", "sys.stderr")
    return False


def _is_meant_for_user(call: ast.Call, shown: Shown, how: str, at: Context) -> bool:
    """Tell whether a program tells a secret to whom it belongs."""
    if how is _PRINT:
        return _is_handed_over(call, shown, at)
    from perffix.semantic.secrets.told_secrets import is_told

    return is_told(call, shown, at.model)


def _is_handed_over(call: ast.Call, shown: Shown, at: Context) -> bool:
    """Tell whether a program prints what its user asked for."""
    if shown.generated:
        return True
    from pathlib import PurePath

    from perffix.semantic import facts
    from perffix.semantic.secrets import words_of
    from perffix.semantic.secrets.told_secrets import is_behind_option

    if is_behind_option(call, at.model):
        return True
    asked = facts.load("logging")["names"]["handing_over"]
    around = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    names = [parent.name for parent in at.model.ancestors(call) if isinstance(parent, around)]
    names.append(PurePath(at.source.path).stem)
    return any(word in asked for name in names for word in words_of(name))
