"""A version of TLS is allowed or asked for that is broken.

## What it does
Reports contexts of `ssl` and pyOpenSSL that are made for SSL 2, SSL 3, TLS 1.0 or TLS 1.1, attributes
`minimum_version` that are set to one of these, and arguments such as `ssl_version=` with one of these constants.
SEC503 stands for parameters whose default is such a constant.

## Why it is dangerous
Someone between the two ends reads parts of what older versions encrypt (POODLE, BEAST), or takes the place of one
end. Browsers and servers gave them up in 2020; RFC 8996 forbids them.

## Example
```python
import ssl

def context() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1
    return context
```

## Use instead
```python
import ssl

def context() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
```

## When it stays silent
- The version is 1.2 or later, or negotiated (`PROTOCOL_TLS_CLIENT`).
- The version is not known: a parameter, a setting, a look-up in a table.
- An `if` around the place asks for the version, or for whether old ones are allowed: somebody has asked for it.
- The maximum of a context whose minimum is broken in the same block: that is one finding.
- The constant is only compared or listed.
- The file belongs to tests (a default that selecting the rule by its code overrides).

## Fix safety
Unsafe: peers that know only old versions are refused from then on. `TLSVersion` becomes `TLSv1_2`; what takes the
place of the old `PROTOCOL_...` constants depends on who verifies whom, so it is only named:
`ssl.create_default_context()`, or `ssl.PROTOCOL_TLS_CLIENT` and `ssl.PROTOCOL_TLS_SERVER`.

## References
- [RFC 8996: Deprecating TLS 1.0 and TLS 1.1](https://www.rfc-editor.org/rfc/rfc8996)
- [CWE-327: Use of a Broken or Risky Cryptographic Algorithm](https://cwe.mitre.org/data/definitions/327.html)
- bandit: [B502](https://bandit.readthedocs.io/en/latest/plugins/b502_ssl_with_bad_version.html),
  [B503](https://bandit.readthedocs.io/en/latest/plugins/b503_ssl_with_bad_defaults.html)
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.model import Applicability, Code, Fix, NodeRef, Replace, Severity
from perffix.rules.rule import Context, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.model import Finding

rule = Rule(
    code="SEC502",
    name="weak-tls-version",
    summary="A version of TLS is allowed or asked for that is broken",
    help="Allow TLS 1.2 and later alone",
    severity=Severity.MEDIUM,
    cwe=327,
    fix=Applicability.UNSAFE,
    variants={"SEC503": "it is the default of a parameter"},
    names=(
        *("PROTOCOL_SSLv2", "PROTOCOL_SSLv3", "PROTOCOL_TLSv1", "PROTOCOL_TLSv1_1", "SSLv3", "TLSv1", "TLSv1_1"),
        *("SSLv2_METHOD", "SSLv3_METHOD", "TLSv1_METHOD", "TLSv1_1_METHOD"),
        *("SSL3_VERSION", "TLS1_VERSION", "TLS1_1_VERSION"),
    ),
)


@rule.on_call("SSLContext", "Context")
def detect_context(call: ast.Call, at: Context) -> Iterator[Finding]:
    """Find contexts that are made for one broken version."""
    from perffix.semantic import facts
    from perffix.semantic.arguments import argument_of

    if at.model.qualified_name(call.func) in facts.load("ciphers")["tls"]["makers"]:
        value = argument_of(call, ("protocol", "method"), 0)
        yield from _judged(value, f"`{at.text(call.func)}` makes a context for", at)


@rule.on(ast.keyword)
def detect_argument(keyword: ast.keyword, at: Context) -> Iterator[Finding]:
    """Find arguments that ask for a broken version."""
    from perffix.semantic import facts

    known = facts.load("ciphers")["tls"]
    call = at.model.parent(keyword)
    if keyword.arg not in known["arguments"] or not isinstance(call, ast.Call):
        return
    if at.model.qualified_name(call.func) not in known["makers"]:
        yield from _judged(keyword.value, f"`{at.text(call.func)}` is told to speak", at)


@rule.on(ast.Assign)
def detect_attribute(statement: ast.Assign, at: Context) -> Iterator[Finding]:
    """Find `context.minimum_version = ...`."""
    from perffix.semantic import facts

    target = statement.targets[0]
    if isinstance(target, ast.Attribute) and target.attr in facts.load("ciphers")["tls"]["attributes"]:
        other = _other_end(statement, target, at)
        if other is None:
            least = "lets through" if target.attr == "minimum_version" else "goes no further than"
            yield from _judged(statement.value, f"`{at.text(target.value)}` {least}", at)
        elif target.attr == "minimum_version":  # one fact, and one fix
            yield from _judged(statement.value, f"`{at.text(target.value)}` lets through", at, also=other)


def _other_end(statement: ast.Assign, target: ast.Attribute, at: Context) -> ast.expr | None:
    """Return the broken version that the other of minimum and maximum of a context gets in the same block."""
    from perffix.semantic import facts

    other = "maximum_version" if target.attr == "minimum_version" else "minimum_version"
    for each in at.model.block_of(statement):
        ending = each.targets[0] if isinstance(each, ast.Assign) else None
        if not isinstance(each, ast.Assign) or not isinstance(ending, ast.Attribute) or ending.attr != other:
            continue
        is_broken = at.model.qualified_name(each.value) in facts.load("ciphers")["tls"]["names"]
        if is_broken and ast.dump(ending.value) == ast.dump(target.value):
            return each.value
    return None


@rule.on(ast.FunctionDef, ast.AsyncFunctionDef)
def detect_default(function: ast.FunctionDef | ast.AsyncFunctionDef, at: Context) -> Iterator[Finding]:
    """Find parameters whose default is a broken version."""
    for default in (*function.args.defaults, *function.args.kw_defaults):
        if isinstance(default, ast.Attribute):
            yield from _judged(default, f"`{function.name}` speaks by default", at, code="SEC503")


def _judged(
    value: ast.expr | None, message: str, at: Context, code: str | None = None, also: ast.expr | None = None
) -> Iterator[Finding]:
    """Yield a finding when a value is the constant of a broken version and nobody has asked for it.

    Args:
        value: the constant.
        message: the finding's, up to the version.
        at: where the module is looked at.
        code: the finding's, where it is not the rule's own.
        also: another constant that has to change with it.
    """
    from perffix.semantic import facts
    from perffix.semantic.weaknesses.deliberate import is_asked_for

    name = None if value is None else at.model.qualified_name(value)
    version = facts.load("ciphers")["tls"]["names"].get(name)
    if value is None or version is None or is_asked_for(value, at.model):
        return
    owner, _, _ = (name or "").rpartition(".")
    if owner == "ssl.TLSVersion" and isinstance(value, ast.Attribute):
        edits = [
            Replace(NodeRef.of(each), Code("$owner.TLSv1_2", {"owner": NodeRef.of(each.value)}))
            for each in (value, also)
            if isinstance(each, ast.Attribute)
        ]
        fix = Fix(Applicability.UNSAFE, "Begin with TLS 1.2", tuple(edits))
    elif owner == "ssl":
        fix = Fix(
            Applicability.DISPLAY,
            "Use `ssl.create_default_context()`, or `ssl.PROTOCOL_TLS_CLIENT` and `ssl.PROTOCOL_TLS_SERVER`",
        )
    else:
        fix = Fix(Applicability.DISPLAY, "Use `SSL.TLS_METHOD` with `set_min_proto_version(SSL.TLS1_2_VERSION)`")
    yield at.finding(
        value,
        f"{message} {version}, which is broken",
        code=code,
        severity=Severity.HIGH if version.startswith("SSL") else Severity.MEDIUM,
        fix=fix,
    )
