"""Which calls reach a database, and which driver they show."""

from __future__ import annotations

import ast

import pytest

from perffix.semantic.model import SemanticModel
from perffix.semantic.sql.calls import DatabaseCall, database_call
from perffix.semantic.sql.drivers import driver_for_fix, driver_named
from perffix.semantic.sql.wrappers import calls_through
from perffix.source import SourceFile


def call_in(text: str) -> tuple[DatabaseCall | None, ast.Call, SemanticModel]:
    """Return the database call that the last call with an argument `q` is."""
    model = SemanticModel(SourceFile("module.py", text.encode()), (), ())
    calls = [node for node in ast.walk(model.source.tree) if isinstance(node, ast.Call)]
    call = [each for each in calls if any(isinstance(arg, ast.Name) and arg.id == "q" for arg in each.args)][-1]
    return database_call(call, model), call, model


@pytest.mark.parametrize(
    ("text", "driver", "passing"),
    [
        ("import sqlite3\nsqlite3.connect('a').execute(q)", "sqlite3", "argument"),
        ("import sqlite3\nc = sqlite3.connect('a').cursor()\ne = c.execute\ne(q)", "sqlite3", "argument"),
        ("import sqlite3\nwith sqlite3.connect('a') as c:\n    c.execute(q)", "sqlite3", "argument"),
        ("import sqlite3\ndef get():\n    return sqlite3.connect('a')\nget().execute(q)", "sqlite3", "argument"),
        (
            "import asyncpg\nasync def f(p: asyncpg.Pool):\n    async with p.acquire() as c:\n        await c.fetch(q)",
            "asyncpg",
            "argument",
        ),
        (
            "import psycopg2.pool\np = psycopg2.pool.SimpleConnectionPool()\np.getconn().cursor().execute(q)",
            "psycopg2",
            "argument",
        ),
        ("import mysql.connector\nmysql.connector.connect().cursor().execute(q)", "mysql-connector", "argument"),
        ("import ibm_db_dbi\nibm_db_dbi.connect().cursor().execute(q)", "ibm_db", "argument"),
        ("import duckdb\nduckdb.sql(q)", "duckdb", "keyword"),
        ("import duckdb\nduckdb.connect().query(q)", "duckdb", "keyword"),
        ("import cx_Oracle\ncx_Oracle.connect().cursor().execute(q)", "oracledb", "argument"),
        ("from django.db import connections\nconnections['a'].cursor().execute(q)", "django", "argument"),
        ("from django.db.models.expressions import RawSQL\nRawSQL(q, [])", "django", "argument"),
        ("M.objects.raw(q)", "django", "argument"),
        ("from sqlalchemy import text\ntext(q)", "SQLAlchemy", "bound"),
        ("from sqlalchemy.orm import sessionmaker\nS = sessionmaker()\nS().execute(q)", "SQLAlchemy", "clause"),
        ("from flask_sqlalchemy import SQLAlchemy\ndb = SQLAlchemy()\ndb.session.execute(q)", "SQLAlchemy", "clause"),
        (
            "from sqlalchemy import create_engine\ne = create_engine('postgresql://x')\ne.connect().exec_driver_sql(q)",
            "psycopg2",
            "argument",
        ),
        ("import pandas as pd, sqlite3\npd.read_sql(q, sqlite3.connect('a'))", "sqlite3", "keyword"),
        (
            "import pandas as pd, sqlalchemy as sa\npd.read_sql(q, sa.create_engine('x'))",
            "SQLAlchemy",
            "clause by keyword",
        ),
        (
            "from peewee import *\nimport peewee\ndb = peewee.SqliteDatabase('a')\ndb.execute_sql(q)",
            "Peewee on SQLite",
            "argument",
        ),
        ("import pony.orm\nE.select_by_sql(q)", "Pony", "argument"),
        ("cursor.execute(q)", None, "argument"),
    ],
)
def test_drivers(text: str, driver: str | None, passing: str) -> None:
    found, _, _ = call_in(text)
    assert found is not None
    assert (found.driver.name if found.driver else None) == driver
    assert found.passing == passing
    assert found.takes_parameters


@pytest.mark.parametrize(
    "text",
    [
        "runner.execute(q)",
        "import kuzu\nconn.execute(q)",
        "camera.raw(q)",
        "menu.extra(q)",
        "canvas.text(q)",
        "E.select_by_sql(q)",
        "import sqlite3\nsqlite3.connect('a').cursor(q)",
        "session.sql(q)",
    ],
)
def test_other_calls(text: str) -> None:
    assert call_in(text)[0] is None


@pytest.mark.parametrize(
    "text",
    [
        "import sqlite3\nsqlite3.connect('a').executescript(q)",
        "from sqlalchemy import literal_column\nliteral_column(q)",
    ],
)
def test_calls_without_parameters(text: str) -> None:
    found, _, _ = call_in(text)
    assert found is not None
    assert not found.takes_parameters


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("import sqlite3\ncursor.execute(q)", "sqlite3"),
        ("import sqlite3, psycopg2\ncursor.execute(q)", None),
        ("from django.db import models\ncursor.execute(q)", "django"),
        ("import sqlalchemy\ncursor.execute(q)", None),
        ("import sqlalchemy\nsession.execute(q)", "SQLAlchemy"),
        ("cursor.execute('SELECT ?', (1,))\ncursor.execute(q)", "the driver's"),
        ("cursor.execute('SELECT ?', (1,))\ncursor.execute('SELECT %s', (1,))\ncursor.execute(q)", None),
        ("cursor.execute(q)", None),
    ],
)
def test_what_the_rest_of_a_module_shows(text: str, name: str | None) -> None:
    _, call, model = call_in(text)
    found = driver_for_fix(call, model)
    assert (found.name if found else None) == name


def test_a_wrapper_hands_on_its_statement_and_maybe_its_values() -> None:
    header = "import sqlite3\nc = sqlite3.connect('a')\n"
    text = header + "def run(sql, *, values=()):\n    c.execute(sql, values)\nrun('1', values=v)\nrun(q)"
    model = SemanticModel(SourceFile("module.py", text.encode()), (), ())
    inner = next(node for node in ast.walk(model.source.tree) if isinstance(node, ast.Call) and len(node.args) == 2)
    database = database_call(inner, model)
    assert database is not None
    first, second = calls_through(database, model)
    assert first.parameters is not None
    assert second.parameters is None
    assert (second.takes_parameters, second.passing, second.keyword) == (True, "keyword", "values")
    assert second.driver == driver_named("sqlite3")
