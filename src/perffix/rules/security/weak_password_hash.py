"""A password is hashed so cheaply that others can be tried by the billion.

## What it does
Reports

- one round of SHA-2, SHA-3 or BLAKE2 over a password that is stored or checked, by `hashlib` or PyCryptodome;
- few rounds: PBKDF2 below 100,000, bcrypt with a cost below 10, scrypt with `n` below 8,192;
- weak choices of libraries: the first scheme of passlib's `CryptContext`, methods of Werkzeug's
  `generate_password_hash`, Django's `PASSWORD_HASHERS`, a DES or MD5 salt of `crypt`.

`hashlib.md5` and `hashlib.sha1` are reported by `weak-hash` (SEC324).

## Why it is dangerous
Whoever gets hold of the table of users tries passwords offline. A graphics card tries billions of SHA-256 a second;
a salt only keeps the results of one user from being used for the next. Functions made for passwords can be made as
slow and as hungry for memory as the server can bear.

## Example
```python
import hashlib

def hash_password(password: str, salt: str) -> str:
    return hashlib.sha256((password + salt).encode()).hexdigest()
```

## Use instead
```python
import hashlib
import os

def hash_password(password: str) -> bytes:
    salt = os.urandom(16)
    return salt + hashlib.scrypt(password.encode(), salt=salt, n=2**14, r=8, p=1)
```

## When it stays silent
- Nothing says that the hash is stored or checked, or a protocol, a file format or a cache prescribes it.
- The hash goes on into bcrypt, scrypt or another slow function; or the loop around it repeats it.
- An old hash is checked, and the password is hashed anew.
- It is a message authentication code, or the data is no password: a token, a file.
- The rounds are not written down, or are enough.
- The file belongs to tests or its settings are for tests, where a cheap hash saves time.

## Fix safety
Another hash would lock everybody out whose password is stored by the old one: the function to use is only named. The
cost of bcrypt, and the rounds of passlib and Django, are stored with the hash: the fix raises them. It is unsafe,
because a login takes a quarter of a second then, as it should.

## References
- [CWE-916: Use of Password Hash With Insufficient Computational Effort](https://cwe.mitre.org/data/definitions/916.html)
- [OWASP: Password Storage](https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html)
- [hashlib: scrypt](https://docs.python.org/3/library/hashlib.html#hashlib.scrypt)
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.model import Applicability, Code, Fix, NodeRef, Replace, Severity
from perffix.rules.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from perffix.model import Finding
    from perffix.rules.rule import Context
    from perffix.semantic.secrets.password_hashes import CheapHash

rule = Rule(
    code="SEC810",
    name="weak-password-hash",
    summary="A password is hashed with a fast function or with few rounds",
    help="Hash passwords with argon2-cffi, bcrypt or `hashlib.scrypt`, and old ones anew at the next login",
    severity=Severity.HIGH,
    cwe=916,
    fix=Applicability.UNSAFE,
    needs=("hashlib", "crypt", "passlib", "pbkdf2", "password_hash", "make_password", "passwordhasher"),
    in_tests=False,
)


@rule.on(ast.Module)
def detect(module: ast.Module, at: Context) -> Iterator[Finding]:
    """Look at every call that may hash: the name under which a function was imported may be any."""
    from perffix.semantic.secrets.password_hashes import cheap_hashes

    for call, found in cheap_hashes(at.model):
        if not _is_for_tests(at):
            yield _finding(call, found, at)


@rule.on(ast.Assign)
def detect_setting(node: ast.Assign, at: Context) -> Iterable[Finding]:
    """Look at `PASSWORD_HASHERS = [...]` and `app.config["BCRYPT_LOG_ROUNDS"] = 4`."""
    target = node.targets[0]
    name = target.id if isinstance(target, ast.Name) else ""
    if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant):
        name = str(target.slice.value)
    return _of_setting(name, node.value, at) if name in ("PASSWORD_HASHERS", "BCRYPT_LOG_ROUNDS") else ()


def _of_setting(name: str, value: ast.expr, at: Context) -> Iterator[Finding]:
    from perffix.semantic.secrets.password_hashes import cheap_setting

    found = cheap_setting(name, value, at.model)
    if found is not None and not _is_for_tests(at) and not _is_conditional(value, at):
        yield _finding(value, found, at)


@rule.on_all(ast.ClassDef)
def detect_hasher(nodes: Sequence[ast.ClassDef], at: Context) -> Iterator[Finding]:
    """Look at hashers derived from Django's."""
    if "PasswordHasher" not in at.source.text:
        return
    from perffix.semantic.secrets.password_hashes import cheap_hasher

    for node in nodes:
        for found in cheap_hasher(node, at.model):
            if found.rounds is not None and not _is_for_tests(at):
                yield _finding(found.rounds, found, at)


def _is_for_tests(at: Context) -> bool:
    from pathlib import PurePath

    from perffix.semantic.secrets import words_of

    *folders, name = PurePath(at.source.place).parts
    words = words_of(PurePath(name).stem)
    if any(folder.startswith("test") for folder in folders):
        return True
    return not {"test", "tests", "testing", "ci", "dev", "local"}.isdisjoint(words)


def _is_conditional(value: ast.expr, at: Context) -> bool:
    """Tell whether a setting holds only under a condition, or for a class of settings for tests."""
    from perffix.semantic.secrets import words_of

    return any(
        isinstance(parent, (ast.If, ast.IfExp))
        or (isinstance(parent, ast.ClassDef) and not {"test", "testing", "dev"}.isdisjoint(words_of(parent.name)))
        for parent in at.model.ancestors(value)
    )


def _finding(node: ast.expr, found: CheapHash, at: Context) -> Finding:
    if found.rounds is not None:
        edit = Replace(NodeRef.of(found.rounds), Code(f"{found.instead:_}"))
        fix = Fix(Applicability.UNSAFE, f"Raise it to {found.instead:,}", (edit,))
    elif found.instead:
        fix = Fix(Applicability.DISPLAY, f"Raise it to {found.instead:,} where it is set")
    else:
        fix = Fix(Applicability.DISPLAY, "Hash with argon2-cffi, bcrypt or `hashlib.scrypt`")
    return at.finding(
        node,
        found.message,
        severity=Severity.HIGH if found.fast else Severity.MEDIUM,
        help=f"Raise it to {found.instead:,}, and hash passwords anew at the next login" if found.rounds else None,
        fix=fix,
    )
