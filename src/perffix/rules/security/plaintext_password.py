"""A password is stored as it was typed, or compared with one that is.

## What it does
Reports a password that comes from a request, a form or a prompt and reaches the database without a hash: as the
field of a model of people (Django, SQLAlchemy, SQLModel, peewee, mongoengine ...), as a value of an SQL statement, as a
field of a document. Reports `user.password == password` and queries that look for a password, because only what was
stored as it is can be found so.

## Why it is dangerous
Whoever sees the table, a backup of it or one response with the wrong fields has the passwords of everybody, also
for all other places where people use the same one. With a hash made for passwords there is nothing to read.

## Example
```python
from flask import Flask, request
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
db = SQLAlchemy(app)

class User(db.Model):
    name = db.Column(db.String(80), primary_key=True)
    password = db.Column(db.String(80))

@app.post("/register")
def register():
    db.session.add(User(name=request.form["name"], password=request.form["password"]))
    db.session.commit()
    return "welcome"
```

## Use instead
```python
from flask import Flask, request
from flask_sqlalchemy import SQLAlchemy
from werkzeug.security import generate_password_hash

app = Flask(__name__)
db = SQLAlchemy(app)

class User(db.Model):
    name = db.Column(db.String(80), primary_key=True)
    password = db.Column(db.String(200))

@app.post("/register")
def register():
    hashed = generate_password_hash(request.form["password"])
    db.session.add(User(name=request.form["name"], password=hashed))
    db.session.commit()
    return "welcome"
```

## When it stays silent
- The value passes through any function that is not known to leave it as it is: it may hash.
- The class hashes by itself: a property, a validator, a listener, a column type; or it is not seen.
- Nobody logs in by it: the settings of a mail server, a connection, a device.
- Two fields of one form are compared (`password == confirm`), or the password of the settings.
- The parameter `password` of a function that nobody is seen to call may hold a hash already.
- A function compares it as one setting among others, to see what has to be written, and lets nobody in.
- The file belongs to tests.

## Fix safety
There is no fix: stored passwords have to be hashed as well, and the place that checks them changes with the place
that stores them.

## References
- [CWE-256: Plaintext Storage of a Password](https://cwe.mitre.org/data/definitions/256.html)
- [OWASP: Password Storage](https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html)
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.model import Applicability, Confidence, Fix, Severity
from perffix.rules.rule import Rule
from perffix.semantic.written_names import last_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from perffix.model import Finding
    from perffix.rules.rule import Context
    from perffix.semantic.secrets.plain_passwords import Raw

rule = Rule(
    code="SEC811",
    name="plaintext-password",
    summary="A password is stored as it was typed, or compared with one that is",
    help="Store a hash made for passwords, and check by its own function",
    severity=Severity.HIGH,
    cwe=256,
    fix=Applicability.DISPLAY,
    needs=("passw", "pwd"),
    in_tests=False,
)

_EXECUTING = frozenset({"execute", "executemany", "exec_driver_sql", "fetch_one", "fetchrow", "fetch", "fetchval"})
_DOCUMENTS = frozenset({"insert_one", "insert", "update_one", "replace_one", "find_one_and_update"})
_LOOKING = frozenset({"filter_by", "filter", "get", "find_one", "first", "exclude"})


@rule.on_all(ast.Call)
def detect_call(calls: Sequence[ast.Call], at: Context) -> Iterator[Finding]:
    """Look at calls that make an object, execute SQL, write a document or query."""
    for call in calls:
        name = last_name(call.func)
        if name in _EXECUTING:
            yield from _in_sql(call, at)
        elif name in _DOCUMENTS or name in _LOOKING:
            yield from _in_documents(call, name, at)
        elif call.keywords and any(each.arg is not None and "pass" in each.arg.lower() for each in call.keywords):
            yield from _in_objects(call, at)


def _in_sql(call: ast.Call, at: Context) -> Iterator[Finding]:
    from perffix.semantic.secrets.passwords_in_sql import in_statement

    for expr, raw, where, stores in in_statement(call, at.model):
        yield from _stored(expr, raw, where, at) if stores else _compared(expr, raw, where, at)


def _in_documents(call: ast.Call, name: str, at: Context) -> Iterator[Finding]:
    from perffix.semantic.secrets.plain_passwords import looked_for, stored_by_document

    if name in _DOCUMENTS:
        for expr, raw, where in stored_by_document(call, at.model):
            yield from _stored(expr, raw, where, at)
        return
    for expr, raw, where in stored_by_document(call, at.model) if name == "find_one" else looked_for(call, at.model):
        yield from _compared(expr, raw, where, at)


def _in_objects(call: ast.Call, at: Context) -> Iterator[Finding]:
    from perffix.semantic.secrets.plain_passwords import stored_by_class

    for expr, raw, where in stored_by_class(call, at.model):
        yield from _stored(expr, raw, where, at)


@rule.on(ast.Assign)
def detect_assignment(node: ast.Assign, at: Context) -> Iterable[Finding]:
    """Look at `user.password = ...`."""
    target = node.targets[0]
    if not isinstance(target, ast.Attribute) or "pass" not in target.attr.lower():
        return ()
    return _assigned(node, at)


def _assigned(node: ast.Assign, at: Context) -> Iterator[Finding]:
    from perffix.semantic.secrets.plain_passwords import stored_by_assignment

    for expr, raw, where in stored_by_assignment(node, at.model):
        yield from _stored(expr, raw, where, at)


@rule.on(ast.Compare)
def detect_comparison(node: ast.Compare, at: Context) -> Iterable[Finding]:
    """Look at `user.password == password`."""
    sides = (node.left, node.comparators[0])
    if not any(isinstance(side, (ast.Attribute, ast.Subscript)) for side in sides):
        return ()
    return _comparison(node, at)


def _comparison(node: ast.Compare, at: Context) -> Iterator[Finding]:
    from perffix.semantic.secrets.plain_passwords import compared_with_stored

    found = compared_with_stored(node, at.model)
    if found is not None:
        yield from _compared(node, found[1], f"`{at.text(found[0])}`", at)


def _stored(node: ast.expr, raw: Raw, where: str, at: Context) -> Iterator[Finding]:
    yield from _finding(node, raw, f"A password is stored as it was typed, in {where}", at)


def _compared(node: ast.expr, raw: Raw, where: str, at: Context) -> Iterator[Finding]:
    yield from _finding(node, raw, f"A password is compared with {where}, which holds it as it was typed", at)


def _finding(node: ast.expr, raw: Raw, message: str, at: Context) -> Iterator[Finding]:
    from perffix.semantic.secrets.plain_passwords import hashing_of

    functions = hashing_of(at.model.imports.packages)
    yield at.finding(
        node,
        message,
        confidence=Confidence.HIGH if raw.proved else Confidence.MEDIUM,
        help=f"Hash and check with {functions}",
        evidence=(raw.says, "no function that could hash it stands between"),
        related=raw.steps,
        fix=Fix(Applicability.DISPLAY, f"Use {functions}"),
    )
