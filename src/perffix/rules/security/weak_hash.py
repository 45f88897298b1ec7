"""A broken hash algorithm is used as if it were safe.

## What it does
Reports `hashlib.md5(...)`, `hashlib.sha1(...)` and `hashlib.new(...)` with one of these or MD4 unless the call says
`usedforsecurity=False`, `hashlib.file_digest(...)` with one of these, and the weak methods of `crypt`.

The severity follows from what is hashed, as far as names tell: high for passwords, medium for secrets, signatures,
tokens and derived keys, low for all else and in tests. It is low, too, where somebody else has chosen: a protocol or
a file format by the names around it (APOP, PDF, `md5crypt`), the passwords of PostgreSQL ("md5" before the hash), a
stored hash that begins with `{SHA}`, a server that a signature or the hash of a password is sent to. The list of
leaked passwords at haveibeenpwned.com is asked by SHA-1: that is no password hash. And where true randomness goes in,
as from `os.urandom()`, the hash only mixes. Where a token is mixed out of what `random` chose, that is what the
finding says: it should come from `secrets`.

## Why it is dangerous
Two texts with the same MD5 or SHA-1 can be made on purpose, so neither proves that something is unchanged. Passwords
hashed so are found by trying: a graphics card tries billions in a second. And where the hash is a mere checksum,
the call still fails on systems that allow only approved algorithms (FIPS), as long as it does not say so.

## Example
```python
import hashlib

def cache_key(url: str) -> str:
    return hashlib.md5(url.encode()).hexdigest()
```

## Use instead
```python
import hashlib

def cache_key(url: str) -> str:
    return hashlib.md5(url.encode(), usedforsecurity=False).hexdigest()
```

## When it stays silent
- The call says `usedforsecurity=False`, or passes on a decision of its caller.
- Another branch of the same `if` or `try` gives the argument: this one is for old Pythons.
- The algorithm is not known, or is a good one.
- The call passes on arguments of its caller as `**options`.
- The function is handed on without a call, as in `hmac.new(key, text, hashlib.md5)`: HMAC does not need a hash that
  resists collisions. To `file_digest` it is no better than a call.
- The name is not that of `hashlib`.
- The file belongs to tests (a default that selecting the rule by its code overrides).

## Fix safety
Adding `usedforsecurity=False` changes no digest, but it is a statement that only a person can make: the fix is
unsafe. For passwords, signatures and tokens it would be a lie, so only the right function is named:
`hashlib.scrypt`, argon2-cffi or bcrypt for passwords, `hmac` with SHA-256 for signatures. Where a protocol prescribes
the hash, its security does not get worse by the statement.

## References
- [hashlib: usedforsecurity](https://docs.python.org/3/library/hashlib.html#hash-algorithms)
- [CWE-328: Use of Weak Hash](https://cwe.mitre.org/data/definitions/328.html)
- [bandit: B324](https://bandit.readthedocs.io/en/latest/plugins/b324_hashlib.html)
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.model import Applicability, Code, Fix, NodeRef, Replace, SetArgument, Severity
from perffix.rules.rule import Context, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.model import Finding
    from perffix.semantic.weaknesses.hashes import WeakHash

rule = Rule(
    code="SEC324",
    name="weak-hash",
    summary="MD5, SHA-1 or MD4 is used without saying that it guards nothing",
    help="Pass `usedforsecurity=False` if nothing depends on it, else use SHA-256",
    severity=Severity.LOW,
    cwe=328,
    fix=Applicability.UNSAFE,
    needs=("md5", "sha1", "hashlib.new", "hashlib import", "METHOD_CRYPT"),
)

# By the name of the purpose: see `perffix.semantic.weaknesses.hashes.Purpose`.
_SEVERITY = {"PASSWORD": Severity.HIGH, "GUARD": Severity.MEDIUM}
_HELP = {
    "PASSWORD": "Hash passwords with `hashlib.scrypt`, argon2-cffi or bcrypt",
    "GUARD": "Sign with `hmac` and SHA-256; where a protocol prescribes the hash, say `usedforsecurity=False`",
}
_TITLES = {"md4": "MD4", "md5": "MD5", "sha1": "SHA-1", "DES": "DES"}


@rule.on(ast.Module)
def detect(module: ast.Module, at: Context) -> Iterator[Finding]:
    """Find calls that make a weak hash."""
    from perffix.semantic.weaknesses.hashes import weak_hashes

    for call, weak in weak_hashes(at.model):
        yield from _judged(call, weak, at)


def _judged(call: ast.Call, weak: WeakHash, at: Context) -> Iterator[Finding]:
    from perffix.semantic.paths import is_test_path
    from perffix.semantic.weaknesses.hashes import (
        Purpose,
        chosen_at_random,
        has_variant_with_flag,
        prescription_of,
        purpose_of,
    )

    if weak.flag is not None and not (isinstance(weak.flag, ast.Constant) and weak.flag.value):
        return
    if weak.flag is None and has_variant_with_flag(call, at.model):
        return
    # What a test signs guards nothing.
    purpose = Purpose.UNKNOWN if is_test_path(at.source.place) else purpose_of(call, weak, at.model)
    if weak.flag is not None and purpose is Purpose.UNKNOWN:
        purpose = Purpose.GUARD  # it says so itself
    if purpose is Purpose.PRESCRIBED:
        yield at.finding(
            call,
            f"`{at.text(call.func)}` hashes with {_TITLES[weak.algorithm]} and does not say `usedforsecurity=False`",
            help="Pass `usedforsecurity=False`: what the other side understands is not chosen here",
            evidence=[prescription_of(call, weak, at.model) or ""],
            fix=_declared(call, weak.chosen, at),
        )
        return
    advice = _HELP.get(purpose.name)
    algorithm, function = _TITLES[weak.algorithm], at.text(call.func)
    chance = chosen_at_random(call, weak, at.model) if purpose is Purpose.GUARD else None
    if purpose is Purpose.PASSWORD:
        message = f"A password is hashed with {algorithm} by `{function}`"
    elif purpose is Purpose.GUARD:
        message = f"`{function}` guards something with {algorithm}, which is broken"
        if chance is not None:  # the hash is not what is wrong
            message = f"`{function}` only mixes what `{chance}` chose, and that can be predicted"
            advice = "Make it with `secrets.token_hex(16)`: a hash does not make anything harder to guess"
    else:
        message = f"`{function}` hashes with {algorithm} and does not say `usedforsecurity=False`"
    yield at.finding(
        call,
        message,
        severity=_SEVERITY.get(purpose.name),
        help=advice,
        fix=Fix(Applicability.DISPLAY, advice) if advice else _declared(call, weak.chosen, at),
    )


def _declared(call: ast.Call, chosen: ast.expr | None, at: Context) -> Fix:
    """Return the fix by which a call says that the hash is not used for security."""
    if chosen is None:
        return _flagged(call)
    what = "Say that the hash is not used for security"
    pieces: dict[str, NodeRef | str] = {"chosen": NodeRef.of(chosen)}
    if at.model.qualified_name(chosen) is None:
        if not isinstance(call.func, ast.Attribute):
            return Fix(Applicability.DISPLAY, f"{what}: pass `lambda: hashlib.new(..., usedforsecurity=False)`")
        pieces["module"] = NodeRef.of(call.func.value)
        text = "lambda: $module.new($chosen, usedforsecurity=False)"
    else:
        text = "lambda: $chosen(usedforsecurity=False)"
    return Fix(Applicability.UNSAFE, what, (Replace(NodeRef.of(chosen), Code(text, pieces)),))


def _flagged(call: ast.Call) -> Fix:
    """Return the fix that adds `usedforsecurity=False` to a call."""
    return Fix(
        Applicability.UNSAFE,
        "Say that the hash is not used for security",
        (SetArgument(NodeRef.of(call), "usedforsecurity", Code("False")),),
    )
