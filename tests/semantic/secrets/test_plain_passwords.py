"""What keeps the rule about plaintext passwords silent beyond its fixtures: all that may hash on the way in."""

from __future__ import annotations

import pytest
from fixture_files import RULES, findings_in

RULE = next(rule for rule in RULES if rule.code == "SEC811")

_PROGRAM = """
from flask import Flask, request
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
db = SQLAlchemy(app)

class User(db.Model):
    name = db.Column(db.String(80), primary_key=True)
    password = {column}
{more}

@app.post("/register")
def register():
    password = {password}
    db.session.add(User(name=request.form["name"], password=password))
"""


def lines_for(column: str = "db.Column(db.String(80))", more: str = "", password: str = 'request.form["p"]') -> int:
    return len(findings_in(_PROGRAM.format(column=column, more=more, password=password), RULE))


def test_a_plain_column_is_reported() -> None:
    assert lines_for() == 1


@pytest.mark.parametrize(
    ("column", "more"),
    [
        ("db.Column(PasswordType(schemes=['argon2']))", ""),
        ("db.Column(db.String(80), default=hash_password)", ""),
        ("db.Column(db.String(80))", "    def __init__(self, **values):\n        store(self, values)"),
        ("db.Column(db.String(80))", "    def __setattr__(self, name, value):\n        store(self, name, value)"),
        ("db.Column(db.String(80))", "    @db.validates('password')\n    def check(self, key, value): return h(value)"),
        ("db.Column(db.String(80))", "@event.listens_for(User, 'before_insert')\ndef listen(*given):\n    h(given)"),
    ],
)  # fmt: skip
def test_a_class_that_may_hash_is_left_alone(column: str, more: str) -> None:
    assert lines_for(column, more) == 0


@pytest.mark.parametrize(
    "password",
    ['hash_it(request.form["p"])', "secrets.token_hex()", '"changeme"', 'bcrypt.hashpw(request.form["p"].encode(), s)'],
)
def test_a_value_that_may_be_hashed_is_left_alone(password: str) -> None:
    assert lines_for(password=password) == 0


@pytest.mark.parametrize(
    ("statement", "parameters", "found"),
    [
        ("INSERT INTO users (name, password) VALUES (?, ?)", "(n, p)", 1),
        ("INSERT INTO users (password, name) VALUES (?, ?)", "(n, 'x')", 0),
        ("INSERT INTO users (name, password) VALUES ('a', ?)", "(p,)", 1),
        ("INSERT INTO users (name, password) VALUES (%s, SHA2(%s, 256))", "(n, p)", 0),
        ("INSERT OR IGNORE INTO users (name, password) VALUES (%(n)s, %(p)s)", "{'n': n, 'p': p}", 1),
        ("UPDATE users SET name = $2, password = $1", "[p, 'x']", 1),
        ("SELECT 1 FROM users WHERE password = ? AND name = ?", "(p, 'x')", 1),
        ("SELECT 1 FROM users WHERE password = PASSWORD(?)", "(p,)", 0),
        ("SELECT 1 FROM hosts WHERE password = ?", "(p,)", 0),
    ],
)
def test_placeholders_and_columns(statement: str, parameters: str, found: int) -> None:
    text = (
        "import sqlite3\nfrom flask import Flask, request\napp = Flask(__name__)\n@app.post('/')\ndef f():\n"
        "    n, p = 'n', request.form['password']\n    cursor = sqlite3.connect('x').cursor()\n"
        f'    cursor.execute("{statement}", {parameters})\n'
    )
    assert len(findings_in(text, RULE)) == found


def test_text_put_into_a_statement() -> None:
    text = (
        "import sqlite3\nfrom flask import Flask, request\napp = Flask(__name__)\n@app.post('/')\ndef f():\n"
        "    p = request.form['password']\n    cursor = sqlite3.connect('x').cursor()\n"
        "    cursor.execute(f\"UPDATE users SET password = '{p}'\")\n"
    )
    assert len(findings_in(text, RULE)) == 1


_COMPARED = """
from {module} import {name}

class Backend:
    def check_user_password(self, user, password):
        return password == user.password
"""


@pytest.mark.parametrize(
    ("module", "name", "count"),
    [
        # Both compare the hash, whatever stands on the other side.
        ("sqlalchemy_utils", "Password", 0),
        ("sqlalchemy_utils", "PasswordType", 0),
        ("sqlalchemy_utils", "EmailType", 1),
    ],
)
def test_a_column_that_hashes_what_it_is_compared_with(module: str, name: str, count: int) -> None:
    assert len(findings_in(_COMPARED.format(module=module, name=name), RULE)) == count
