"""A connection is encrypted without a look at who is at the other end.

## What it does
Reports `verify=False` in requests and httpx and on their sessions, `ssl=False` in aiohttp, `cert_reqs=ssl.CERT_NONE`,
the like arguments of functions of other libraries, and contexts of `ssl` for clients that are told not to
check the certificate or the host's name, or that are made by `ssl.SSLContext` and never told to check. SEC323 stands
for `ssl._create_unverified_context`, SEC504 for `ssl.wrap_socket` without `cert_reqs`, which checks nothing.

## Why it is dangerous
Anyone on the way may take the server's place with a certificate of his own, read passwords and tokens, and change
answers. Encryption without the check protects against nobody who can listen.

## Example
```python
import requests

def load(url: str) -> bytes:
    return requests.get(url, verify=False, timeout=10).content
```

## Use instead
```python
import requests

def load(url: str) -> bytes:
    return requests.get(url, timeout=10).content
```

A server with a certificate of one's own authority is checked by `verify="/path/to/authority.pem"`.

## When it stays silent
- An `if` around the place, or one before it that leaves, asks for an option about certificates or security: whoever
  set it has chosen.
- The function, class or variable says so by its name, as `insecure_context`: those who use it choose.
- The request goes to the same machine, or is not encrypted at all, by its literal address; or the function
  names unencrypted addresses alone.
- The context is for a server, or may be: servers ask for no certificates.
- Only the host's name is not checked, and the context trusts an authority of one's own.
- The module looks at the certificate itself: it speaks of fingerprints or `getpeercert`.
- The value is not known, or the name is not that of the library.
- The function puts back what it has switched off, or sets the same attribute anew further down.
- The file belongs to tests (a default that selecting the rule by its code overrides).

## Fix safety
Unsafe: servers with a certificate that cannot be checked are refused from then on, as they should be. The argument or
the assignment goes, or becomes `CERT_REQUIRED`. Contexts that would not check without these lines either are left to a
person.

## References
- [ssl: security considerations](https://docs.python.org/3/library/ssl.html#ssl-security)
- [CWE-295: Improper Certificate Validation](https://cwe.mitre.org/data/definitions/295.html)
- bandit: [B501](https://bandit.readthedocs.io/en/latest/plugins/b501_request_with_no_cert_validation.html),
  [B323](https://bandit.readthedocs.io/en/latest/blacklists/blacklist_calls.html#b323-unverified-context),
  [B504](https://bandit.readthedocs.io/en/latest/plugins/b504_ssl_with_no_version.html)
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.model import (
    Applicability,
    Code,
    Confidence,
    Fix,
    Import,
    NodeRef,
    Related,
    Replace,
    SetArgument,
    Severity,
    Span,
)
from perffix.rules.rule import Context, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.model import Finding

rule = Rule(
    code="SEC501",
    name="certificate-not-verified",
    summary="A connection is encrypted without a look at who is at the other end",
    help="Let the certificate be checked; pass the file of your own authority where you have one",
    severity=Severity.HIGH,
    cwe=295,
    fix=Applicability.UNSAFE,
    variants={
        "SEC323": "a context of `ssl` is made that checks nothing",
        "SEC504": "a socket is wrapped by a function that checks nothing by default",
    },
    names=(
        *("verify", "ssl", "verify_ssl", "verify_certs", "validate_cert", "tlsAllowInvalidCertificates", "tlsInsecure"),
        *("ssl_cert_reqs", "ssl_verify", "disableSslCertValidation", "server_cert_validation", "cert_check"),
        *("assert_hostname", "cert_reqs", "verify_mode", "check_hostname", "_create_unverified_context", "wrap_socket"),
        *("CERT_NONE", "_create_default_https_context"),
    ),
)

_KEYWORDS = frozenset(
    {"verify", "ssl", "verify_ssl", "verify_certs", "validate_cert", "tlsAllowInvalidCertificates", "tlsInsecure"}
    | {"ssl_cert_reqs", "ssl_verify", "disableSslCertValidation", "server_cert_validation", "cert_check", "validate"}
    | {"assert_hostname", "cert_reqs"}
)
_ATTRIBUTES = frozenset({"verify", "verify_ssl", "verify_mode", "check_hostname", "_create_default_https_context"})
_UNVERIFIED = "ssl._create_unverified_context"


@rule.on(ast.keyword)
def detect_argument(keyword: ast.keyword, at: Context) -> Iterator[Finding]:
    """Find arguments that switch the check off."""
    if keyword.arg not in _KEYWORDS:
        return
    from perffix.semantic.weaknesses.certificates import unchecked_by

    found = unchecked_by(keyword, at.model)
    if found is None:
        return
    call, value = NodeRef.of(found.call), found.value
    edit: Replace | SetArgument = SetArgument(call, found.keyword, Code(""))
    if isinstance(value, ast.Attribute) and value.attr == "CERT_NONE":
        edit = Replace(NodeRef.of(value), Code("$module.CERT_REQUIRED", {"module": NodeRef.of(value.value)}))
    elif isinstance(value, ast.Constant) and value.value == "CERT_NONE":
        edit = Replace(NodeRef.of(value), Code('"CERT_REQUIRED"'))
    yield at.finding(
        found.call,
        f"`{at.text(found.call.func)}` is told by `{found.keyword}={at.text(value)}` not to check the certificate",
        fix=Fix(Applicability.UNSAFE, "Let the certificate be checked", (edit,)),
    )


@rule.on(ast.Assign)
def detect_attribute(statement: ast.Assign, at: Context) -> Iterator[Finding]:
    """Find attributes that switch the check off."""
    target = statement.targets[0]
    if not isinstance(target, ast.Attribute) or target.attr not in _ATTRIBUTES:
        return
    if target.attr in ("verify_mode", "check_hostname"):
        yield from _context(statement, target, at)
    elif target.attr == "_create_default_https_context":
        yield from _for_all(statement, target, at)
    else:
        yield from _object(statement, target, at)


def _object(statement: ast.Assign, target: ast.Attribute, at: Context) -> Iterator[Finding]:
    from perffix.semantic.weaknesses.certificates import unchecked_object

    made = unchecked_object(statement, at.model)
    if made is not None:
        yield at.finding(
            statement,
            f"`{at.text(target.value)}` checks no certificates once `{at.text(target)}` is False",
            confidence=Confidence.MEDIUM if made.declared else Confidence.HIGH,
            evidence=[f"`{at.text(target.value)}` is a `{made.name}`"],
            fix=_without(statement),
        )


def _context(statement: ast.Assign, target: ast.Attribute, at: Context) -> Iterator[Finding]:
    from perffix.semantic.weaknesses.certificates import unchecked_context

    found = unchecked_context(statement, at.model)
    if found is None:
        return
    context = at.text(target.value)
    name_alone = target.attr == "check_hostname"
    fix = Fix(Applicability.DISPLAY, "Make the context by `ssl.create_default_context()` and leave it as it is")
    if found.checks_by_default:
        fix = _without(*(each for each in (statement, *found.others)))
    yield at.finding(
        statement,
        f"`{context}` accepts the certificate of any host" if name_alone else f"`{context}` accepts any certificate",
        severity=Severity.MEDIUM if name_alone else Severity.HIGH,
        confidence=Confidence.HIGH if found.sure else Confidence.MEDIUM,
        related=[Related(Span.of(each), "The host's name is not checked either") for each in found.others],
        fix=fix,
    )


def _for_all(statement: ast.Assign, target: ast.Attribute, at: Context) -> Iterator[Finding]:
    from perffix.semantic.weaknesses.deliberate import is_asked_for

    if at.model.qualified_name(target.value) != "ssl" or is_asked_for(statement, at.model):
        return
    if at.model.qualified_name(statement.value) == _UNVERIFIED:
        yield at.finding(
            statement,
            "No connection that the standard library makes for HTTPS checks the certificate from here on",
            code="SEC323",
            fix=_without(statement),
        )


def _without(*statements: ast.Assign) -> Fix:
    """Return the fix that takes assignments out."""
    edits = tuple(Replace(NodeRef.of(each), Code("")) for each in statements)
    values = {node.id for each in statements for node in ast.walk(each.value) if isinstance(node, ast.Name)}
    removes = tuple(Import("ssl", None if name == "ssl" else name) for name in sorted(values))
    return Fix(Applicability.UNSAFE, "Let the certificate be checked", edits, (), removes)


@rule.on_call("_create_unverified_context")
def detect_unverified(call: ast.Call, at: Context) -> Iterator[Finding]:
    """Find contexts that are made to check nothing."""
    from perffix.semantic.weaknesses.certificates import is_unverified_context

    if not is_unverified_context(call, at.model):
        return
    fix = Fix(Applicability.DISPLAY, "Make the context by `ssl.create_default_context()`")
    spelling = at.model.imports.spelling_of("ssl", "create_default_context", call)
    if spelling is not None and not call.args and not call.keywords:
        adds = () if spelling.adds is None else (spelling.adds,)
        removes = (Import("ssl", "_create_unverified_context"),)
        edit = Replace(NodeRef.of(call.func), Code(spelling.text))
        fix = Fix(Applicability.UNSAFE, fix.description, (edit,), adds, removes)
    yield at.finding(call, f"`{at.text(call.func)}` makes a context that checks nothing", code="SEC323", fix=fix)


@rule.on_call("SSLContext")
def detect_default(call: ast.Call, at: Context) -> Iterator[Finding]:
    """Find contexts that check nothing unless they are told to, and are not."""
    from perffix.semantic.weaknesses.certificates import unchecking_context

    if unchecking_context(call, at.model):
        spelling = at.model.imports.spelling_of("ssl", "create_default_context", call)
        fix = Fix(Applicability.DISPLAY, "Make the context by `ssl.create_default_context()`")
        if spelling is not None:
            edit = Replace(NodeRef.of(call), Code(f"{spelling.text}()"))
            adds = () if spelling.adds is None else (spelling.adds,)
            fix = Fix(Applicability.UNSAFE, fix.description, (edit,), adds)
        yield at.finding(call, f"`{at.text(call)}` makes a context that checks no certificate by default", fix=fix)


@rule.on_call("wrap_socket")
def detect_wrapped(call: ast.Call, at: Context) -> Iterator[Finding]:
    """Find calls of `ssl.wrap_socket` that name no `cert_reqs`."""
    from perffix.semantic.arguments import argument_of, unpacks
    from perffix.semantic.weaknesses.deliberate import is_asked_for

    if at.model.qualified_name(call.func) != "ssl.wrap_socket" or unpacks(call):
        return
    server, wanted = argument_of(call, "server_side", 3), argument_of(call, "cert_reqs", 4)
    if server is None and wanted is None and not is_asked_for(call, at.model):
        yield at.finding(
            call,
            f"`{at.text(call.func)}` checks no certificate unless `cert_reqs` says so",
            code="SEC504",
            fix=Fix(
                Applicability.DISPLAY,
                "Use `ssl.create_default_context().wrap_socket(..., server_hostname=...)`; Python 3.12 has no other",
            ),
        )
