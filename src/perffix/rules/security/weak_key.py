"""A key is made too short to hold.

## What it does
Reports RSA, DSA and Diffie-Hellman keys of fewer than 2048 bits and keys on elliptic curves of fewer than 224 bits
that are made by cryptography, PyCryptodome, paramiko or rsa. Below 1024 (160) bits the severity is high.

## Why it is dangerous
RSA keys of 829 bits have been factored in public, 1024 bits are within reach of a well-funded attacker, and what is
recorded today can be decrypted once they fall. 2048 bits are the least that is accepted until 2030.

## Example
```python
from cryptography.hazmat.primitives.asymmetric import rsa

def new_key():
    return rsa.generate_private_key(public_exponent=65537, key_size=1024)
```

## Use instead
```python
from cryptography.hazmat.primitives.asymmetric import rsa

def new_key():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)
```

## When it stays silent
- The size is large enough, or left to the library.
- The size is not known: a parameter, a setting.
- Nobody keeps the key: the call asks whether such a key can be made.
- The name is not that of one of these libraries.
- The file belongs to tests, where short keys save time (a default that selecting the rule by its code overrides).

## Fix safety
Unsafe: making a longer key takes longer, and whoever stores it may not have the room. A number in the call becomes
2048; a constant of the module and the curve are left to a person.

## References
- [NIST SP 800-57 part 1, table 2](https://csrc.nist.gov/pubs/sp/800/57/pt1/r5/final)
- [CWE-326: Inadequate Encryption Strength](https://cwe.mitre.org/data/definitions/326.html)
- [bandit: B505](https://bandit.readthedocs.io/en/latest/plugins/b505_weak_cryptographic_key.html)
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
    code="SEC505",
    name="weak-key",
    summary="A key is made too short to hold",
    help="Use at least 2048 bits for RSA, DSA and Diffie-Hellman, and a curve of at least 224 bits",
    severity=Severity.MEDIUM,
    cwe=326,
    fix=Applicability.UNSAFE,
    names=("cryptography", "Crypto", "Cryptodome", "paramiko", "rsa"),
)

_LEAST = 2048
_BREAKABLE = 1024


@rule.on_call("generate_private_key", "generate_parameters", "generate", "newkeys", "derive_private_key")
def detect(call: ast.Call, at: Context) -> Iterator[Finding]:
    """Find makers of keys that are told too small a size."""
    from perffix.semantic import facts
    from perffix.semantic.arguments import argument_of
    from perffix.semantic.web.objects import written_value

    if isinstance(at.model.parent(call), ast.Expr):
        return
    known = facts.load("ciphers")
    name = at.model.qualified_name(call.func) or ""
    if name in known["curves"]["makers"]:
        yield from _on_curve(call, at)
        return
    maker = known["keys"].get(name)
    size = None if maker is None else argument_of(call, maker["keyword"], maker["position"])
    bits = None if size is None else written_value(size, at.model)
    if not isinstance(bits, ast.Constant) or type(bits.value) is not int or not 0 < bits.value < _LEAST:
        return
    fix = Fix(Applicability.DISPLAY, f"Make the key of {_LEAST} bits")
    if bits is size:
        fix = Fix(Applicability.UNSAFE, fix.description, (Replace(NodeRef.of(bits), Code(str(_LEAST))),))
    kind = "an RSA" if maker["kind"] == "RSA" else f"a {maker['kind']}"
    yield at.finding(
        call,
        f"`{at.text(call.func)}` makes {kind} key of {bits.value} bits",
        severity=Severity.HIGH if bits.value < _BREAKABLE else Severity.MEDIUM,
        fix=fix,
    )


def _on_curve(call: ast.Call, at: Context) -> Iterator[Finding]:
    """Yield a finding for a key on an elliptic curve that is too short."""
    from perffix.semantic import facts
    from perffix.semantic.arguments import argument_of

    known = facts.load("ciphers")["curves"]
    position = 0 if (at.model.qualified_name(call.func) or "").endswith("generate_private_key") else 1
    curve = argument_of(call, "curve", position)
    cls = curve.func if isinstance(curve, ast.Call) else curve
    module, _, name = ("" if cls is None else at.model.qualified_name(cls) or "").rpartition(".")
    if module == known["module"] and name in known["weak"]:
        yield at.finding(
            call,
            f"`{at.text(call.func)}` makes a key on a curve of {known['weak'][name]} bits",
            fix=Fix(Applicability.DISPLAY, "Use the curve SECP256R1, or X25519 and Ed25519"),
        )
