"""Something is encrypted by a cipher, or in a mode, that does not keep it secret.

## What it does
Reports ciphers of cryptography and PyCryptodome that are broken (RC4, RC2, DES, XOR) or have blocks or keys too short
for today (Triple DES, Blowfish, CAST-128, IDEA, SEED). SEC305 stands for the mode ECB.

## Why it is dangerous
The keys of DES are found by trying within a day, RC4 leaks what it encrypts again and again, and with blocks of
64 bits some gigabytes under one key suffice to read parts of them (Sweet32). In ECB equal blocks look equal when
encrypted, so patterns stay visible and blocks can be exchanged.

## Example
```python
from Crypto.Cipher import DES

def encrypt(key: bytes, nonce: bytes, text: bytes) -> bytes:
    return DES.new(key, DES.MODE_CTR, nonce=nonce).encrypt(text)
```

## Use instead
```python
from Crypto.Cipher import AES

def encrypt(key: bytes, text: bytes) -> tuple[bytes, bytes, bytes]:
    cipher = AES.new(key, AES.MODE_GCM)
    encrypted, tag = cipher.encrypt_and_digest(text)
    return cipher.nonce, encrypted, tag
```

## When it stays silent
- The cipher only decrypts: whoever encrypted has chosen it.
- A protocol or a format has chosen it, as the name of a function, a class, the file or its folder says: NTLM,
  Kerberos, PDF, `mysql_aes_encrypt`.
- ECB encrypts single blocks to build something else of them: the function combines them by exclusive or, or is named
  for another mode, a message authentication code, a mask or a key.
- The cipher is weak itself: then the mode is not reported on top.
- The class is only mentioned, as in a table of what a protocol offers.
- The name is not that of one of these libraries.
- The file belongs to tests (a default that selecting the rule by its code overrides).

## Fix safety
None is applied: what is encrypted already, and whoever decrypts it, must change at the same time.

## References
- [NIST SP 800-131A](https://csrc.nist.gov/pubs/sp/800/131/a/r2/final)
- [cryptography: authenticated encryption](https://cryptography.io/en/latest/hazmat/primitives/aead/)
- [CWE-327: Use of a Broken or Risky Cryptographic Algorithm](https://cwe.mitre.org/data/definitions/327.html)
- [bandit: B304, B305](https://bandit.readthedocs.io/en/latest/blacklists/blacklist_calls.html#b304-b305-ciphers-and-modes)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.model import Applicability, Fix, Severity
from perffix.rules.rule import Context, Rule

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator

    from perffix.model import Finding

rule = Rule(
    code="SEC304",
    name="weak-cipher",
    summary="Something is encrypted by a cipher, or in a mode, that does not keep it secret",
    help="Encrypt by AES-GCM or ChaCha20-Poly1305",
    severity=Severity.MEDIUM,
    cwe=327,
    variants={"SEC305": "the cipher is good and the mode is ECB"},
    names=("Crypto", "Cryptodome", "cryptography"),
)

_CLASSES = ("ARC4", "RC2", "TripleDES", "Blowfish", "CAST5", "IDEA", "SEED")


@rule.on_call("new", "ECB", *_CLASSES)
def detect(call: ast.Call, at: Context) -> Iterator[Finding]:
    """Find makers of weak ciphers and modes."""
    from perffix.semantic.weaknesses.ciphers import weak_cipher_of

    weak = weak_cipher_of(call, at.model)
    if weak is None:
        return
    fix = Fix(Applicability.DISPLAY, "Encrypt by AES-GCM or ChaCha20-Poly1305, and whatever is stored anew")
    function = at.text(call.func)
    if weak.name is None:
        yield at.finding(
            call, f"`{function}` encrypts each block by itself, so that equal blocks stay equal", code="SEC305", fix=fix
        )
        return
    fault = "is broken" if weak.broken else "is too weak for today"
    yield at.finding(
        call,
        f"`{function}` encrypts by {weak.name}, which {fault}",
        severity=Severity.HIGH if weak.broken else Severity.MEDIUM,
        fix=fix,
    )
