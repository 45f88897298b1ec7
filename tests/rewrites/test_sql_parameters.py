"""The rewritten statements are executed: honest values give what they gave, hostile ones match only themselves.

SQLite runs them for real, below SQLAlchemy, Django and pandas, too. What drivers of servers would send is asked of
their own offline conversion, or of a recorder that stands for their cursor.
"""

from __future__ import annotations

import asyncio
import sqlite3
import textwrap
from typing import Any

import pytest
from fixture_files import RULES, findings_in, fixed_text

from perffix.model import Applicability

RULE = next(rule for rule in RULES if rule.code == "SEC608")

SPELLINGS = [
    "cursor.execute(f\"SELECT b FROM t WHERE a = '{a}'\")",
    "cursor.execute(f\"SELECT b FROM t WHERE a = '{a}' AND b != {b}\")",
    "cursor.execute(\"SELECT b FROM t WHERE a = '%s'\" % a)",
    "cursor.execute(\"SELECT b FROM t WHERE a = '%s' AND b != %s\" % (a, b))",
    "cursor.execute(\"SELECT b FROM t WHERE a = '%(a)s'\" % {'a': a})",
    "cursor.execute(\"SELECT b FROM t WHERE a = '{}' AND b != {}\".format(a, b))",
    "cursor.execute(\"SELECT b FROM t WHERE a = '{1}' AND b != {0}\".format(b, a))",
    "cursor.execute(\"SELECT b FROM t WHERE a = '{x}'\".format(x=a))",
    'cursor.execute("SELECT b FROM t WHERE a = \'" + a + "\'")',
    'cursor.execute("SELECT b FROM t WHERE a = \'" + a + "\' AND b != " + b)',
    "cursor.execute(f\"SELECT b FROM t WHERE a LIKE '{a}'\")",
    "cursor.execute(f\"SELECT b FROM t WHERE a = '{a}' AND b LIKE '%'\")",
    "cursor.execute('SELECT b FROM t WHERE b LIKE \"%\"' f\" AND a = '{a}'\")",
    "cursor.execute(f\"SELECT b FROM t WHERE a = '{a!s}'\")",
    "cursor.execute(f\"SELECT b FROM t WHERE a = '{str(a)}'\")",
    "cursor.execute(f'SELECT b FROM t WHERE a = {a!r} AND a = \"{a}\"')",
    "cursor.execute(f\"SELECT b FROM t WHERE a = '{a:s}'\")",
    "cursor.execute(f\"SELECT b\\nFROM t\\tWHERE a = '{a}' -- it's {TABLE}\\n\")",
    "cursor.execute(rf\"SELECT b FROM t WHERE a = '{a}' AND a != '\\d'\")",
    "cursor.execute(f\"SELECT b FROM t WHERE a = '{a}' AND b != ?\", (9,))",
    "cursor.execute(f\"SELECT b FROM t WHERE b != ? AND a = '{a}' AND b != ?\", [9, 8])",
    "cursor.execute(f\"SELECT b FROM t WHERE b != :n AND a = '{a}'\", {'n': 9})",
    "v = (9, 8)\ncursor.execute(f\"SELECT b FROM t WHERE b NOT IN (?, ?) AND a = '{a}'\", v)",
    "sql = f\"SELECT b FROM t WHERE a = '{a}'\"\ncursor.execute(sql)",
    "sql = f\"SELECT b FROM t WHERE a = '{a}'\"\na = b\ncursor.execute(sql)",
    "sql = f\"SELECT b FROM t WHERE a = '{a}'\"\nsql += ' LIMIT 9'\ncursor.execute(sql)",
    "cursor.execute(  # why\n    f\"SELECT b FROM t WHERE a = '{a}'\"\n)",
    "for row in cursor.execute(f\"SELECT b FROM t WHERE a = '{a}'\"):\n    pass\n"
    "cursor.execute(f\"SELECT b FROM t WHERE a = '{a}'\")",
    'sql = (\n    "SELECT b "\n    "FROM t "\n    f"WHERE a = \'{a}\'"\n)\ncursor.execute(sql)',
    'sql = "SELECT b " + \\\n    "FROM t WHERE a = \'" + a + \\\n    "\'"\ncursor.execute(sql)',
    'cursor.execute(\n    f"""\n    SELECT b FROM t\n    WHERE a = \'{a}\'\n    """\n)',
    'cursor.execute(\n    "SELECT b FROM t"\n    f" WHERE a = \'{a}\'",\n)',
    "cursor.execute(f\"SELECT b FROM {TABLE} WHERE a = '{a}'\")",
    "cursor.execute(\"SELECT b FROM %s WHERE a = '%s'\" % (TABLE, a))",
    "cursor.execute('SELECT b FROM ' + TABLE + ' WHERE a = \\'' + a + '\\'')",
    "if a:\n    cursor.execute(f\"SELECT b FROM t WHERE a = '{a}'\")\n"
    "else:\n    cursor.execute(f\"SELECT b FROM t WHERE a = '{a}'\")",
]

HONEST = [("ann", "1"), ("bob", "2"), ("nobody", "1"), ("", "0")]
HOSTILE = ["' OR '1'='1", "o'neil", "x' UNION SELECT b FROM t --", "'; DROP TABLE t; --", '"', "%s", "{a}", "?"]


def program(body: str, header: str = "import sqlite3", annotation: str = "sqlite3.Cursor") -> str:
    lines = textwrap.indent(body, "    ")
    return f"{header}\nTABLE = 't'\n\ndef run(cursor: {annotation}, a: str, b: str) -> None:\n{lines}\n"


def fixed(text: str) -> str:
    return fixed_text(text, RULE, Applicability.UNSAFE)


def run(text: str, *arguments: Any) -> Any:
    namespace: dict[str, Any] = {}
    exec(compile(text, "case.py", "exec"), namespace)
    return namespace["run"](*arguments)


def database() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE t (a TEXT, b INTEGER)")
    connection.executemany("INSERT INTO t VALUES (?, ?)", [("ann", 1), ("ann", 2), ("bob", 3), ("o'neil", 4)])
    connection.commit()
    return connection


def rows(text: str, a: str, b: str) -> list[Any]:
    connection = database()
    try:
        cursor = connection.cursor()
        run(text, cursor, a, b)
        return sorted(cursor.fetchall())
    finally:
        connection.close()


@pytest.mark.parametrize("body", SPELLINGS)
def test_the_fixed_statement_gives_the_same_rows_and_resists(body: str) -> None:
    before = program(body)
    after = fixed(before)
    assert after != before
    assert not findings_in(after, RULE)
    for a, b in HONEST:
        assert rows(after, a, b) == rows(before, a, b)
    for hostile in HOSTILE:
        expected = [(4,)] if hostile == "o'neil" else []
        if "a = b" not in body:
            assert rows(after, hostile, "0") == expected


@pytest.mark.parametrize(
    "body",
    [
        "cursor.execute(f\"SELECT b FROM t WHERE a = '{a}' AND b = {b:>5}\")",  # the text of a format
        'cursor.execute(f"SELECT b FROM t WHERE a IN ({a})")',  # one value or many
        "cursor.execute(f\"DELETE FROM t WHERE a = '{a}'; SELECT 1\")",  # two statements
        "cursor.execute(f\"SELECT b FROM t WHERE a = '\\\\{a}'\")",  # an escape of SQL
        "cursor.execute(f\"SELECT b FROM t WHERE a = E'{a}'\")",  # a text with escapes
        "cursor.execute(f\"SELECT b FROM t WHERE {b} AND a = '{a}' AND b = ?\", (1,))",  # perhaps more placeholders
        "cursor.executemany(f\"INSERT INTO t VALUES ('{a}', ?)\", [(1,)])",  # parameters for each row
        "cursor.execute(f\"SELECT b FROM t WHERE a = '{(x := a)}'\")\nprint(x)",  # a name is given
        "sql = f\"SELECT b FROM t WHERE a = '{a}'\"\nopen(sql)\ncursor.execute(sql)",  # somebody else gets the text
        "sql = f\"SELECT b FROM t WHERE a = '{a}'\"\nf = lambda: sql\ncursor.execute(sql)",  # and here
        "cursor.execute(f\"SELECT b FROM t WHERE a = '{a}' AND b = ?\", *[(b,)])",  # unpacked arguments
    ],
)
def test_what_is_not_certain_is_not_rewritten(body: str) -> None:
    before = program(body)
    assert fixed(before) == before


def test_text_from_elsewhere_may_hold_percent_signs_that_would_have_to_be_doubled() -> None:
    before = program("cursor.execute(f\"SELECT b FROM t WHERE a = '{a}' AND {b}\")", "import psycopg", "psycopg.Cursor")
    assert fixed(before) == before


class Recorder:
    """Stands for a cursor or connection of a driver without a server and keeps what it receives."""

    def __init__(self) -> None:
        self.received: tuple[Any, ...] = ()

    def execute(self, *arguments: Any, **named: Any) -> None:
        self.received = (*arguments, *named.values())

    async def fetch(self, *arguments: Any) -> None:
        self.received = arguments


LIKE = "cursor.execute(f\"SELECT 1 FROM t WHERE a LIKE '%{a}%' AND c LIKE 'z%'\")"
STEPS = "sql = 'SELECT 1 FROM t WHERE true'\nif a:\n    sql += f\" AND a = '{a}'\"\nif b:\n    sql += f' AND b = {b}'\n"


@pytest.mark.parametrize(
    ("header", "annotation", "body", "received"),
    [
        (
            "import psycopg\nfrom psycopg import Cursor",
            "Cursor",
            "cursor.execute(f\"SELECT 1 FROM t WHERE a = '{a}' AND b % 2 = 0\")",
            ("SELECT 1 FROM t WHERE a = %s AND b %% 2 = 0", ("x'",)),
        ),
        (
            "from pymysql.cursors import Cursor",
            "Cursor",
            LIKE,
            ("SELECT 1 FROM t WHERE a LIKE %s AND c LIKE 'z%%'", ("%x'%",)),
        ),
        (
            "from pymysql.cursors import Cursor",
            "Cursor",
            "names = [a, b]\ncursor.execute(f\"SELECT 1 FROM t WHERE a IN ({','.join(repr(x) for x in names)})\")",
            ("SELECT 1 FROM t WHERE a IN %s", (["x'", "1"],)),
        ),
        (
            "from psycopg2.extensions import cursor as Cursor",
            "Cursor",
            "names = [a, b]\ncursor.execute(\"SELECT 1 FROM t WHERE a NOT IN ('%s')\" % \"','\".join(names))",
            ("SELECT 1 FROM t WHERE a <> ALL(%s)", (["x'", "1"],)),
        ),
        (
            "from mysql.connector.cursor import MySQLCursor as Cursor",
            "Cursor",
            "names = [a, b]\ncursor.execute(\"SELECT 1 FROM t WHERE a IN ('%s')\" % \"','\".join(names))",
            ("SELECT 1 FROM t WHERE a IN (%s, %s)", ["x'", "1"]),
        ),
        (
            "from psycopg2.extensions import cursor as Cursor",
            "Cursor",
            "cursor.execute(f\"SELECT 1 FROM t WHERE b = %(b)s AND a = '{a}' AND c LIKE 'z%%'\", {'b': b})",
            ("SELECT 1 FROM t WHERE b = %(b)s AND a = %(a)s AND c LIKE 'z%%'", {"b": "1", "a": "x'"}),
        ),
        (
            "from psycopg2.extensions import cursor as Cursor",
            "Cursor",
            STEPS + "cursor.execute(sql)",
            ("SELECT 1 FROM t WHERE true AND a = %s AND b = %s", ["x'", "1"]),
        ),
        (
            "from pyodbc import Cursor",
            "Cursor",
            "cursor.execute(f\"SELECT 1 FROM t WHERE a = N'{a}' AND b = ?\", (b,))",
            ("SELECT 1 FROM t WHERE a = ? AND b = ?", ("x'", "1")),
        ),
        (
            "from pymssql import Cursor",
            "Cursor",
            STEPS + "cursor.execute(sql)",
            ("SELECT 1 FROM t WHERE true AND a = %s AND b = %s", ("x'", "1")),
        ),
        (
            "from oracledb import Cursor",
            "Cursor",
            "date = b\ncursor.execute(f\"SELECT 1 FROM t WHERE a = '{a}' AND b = {date} AND c = '{a}'\")",
            ("SELECT 1 FROM t WHERE a = :a AND b = :date_value AND c = :a", {"a": "x'", "date_value": "1"}),
        ),
        (
            "from oracledb import Cursor",
            "Cursor",
            STEPS + "cursor.execute(sql)",
            ("SELECT 1 FROM t WHERE true AND a = :a AND b = :b", {"a": "x'", "b": "1"}),
        ),
        (
            "from asyncpg import Connection",
            "Connection",
            "cursor.execute(f\"SELECT 1 FROM t WHERE a = '{a}' AND b = {b} AND c = '{a}'\")",
            ("SELECT 1 FROM t WHERE a = $1 AND b = $2 AND c = $1", "x'", "1"),
        ),
        (
            "from asyncpg import Connection",
            "Connection",
            "cursor.execute(f\"SELECT 1 FROM t WHERE b = $1 AND a = '{a}'\", b)",
            ("SELECT 1 FROM t WHERE b = $1 AND a = $2", "1", "x'"),
        ),
        (
            "from asyncpg import Connection",
            "Connection",
            STEPS + "cursor.execute(sql)",
            ("SELECT 1 FROM t WHERE true AND a = $1 AND b = $2", "x'", "1"),
        ),
        (
            "from asyncpg import Connection",
            "Connection",
            "names = [a, b]\ncursor.execute(f\"SELECT 1 FROM t WHERE a IN ({', '.join(names)})\")",
            ("SELECT 1 FROM t WHERE a = ANY($1)", ["x'", "1"]),
        ),
        (
            "from databases import Database",
            "Database",
            "cursor.execute(query=f\"SELECT 1 FROM t WHERE a = '{a}'\")",
            ("SELECT 1 FROM t WHERE a = :a", {"a": "x'"}),
        ),
    ],
)
def test_every_driver_gets_its_own_placeholders(
    header: str, annotation: str, body: str, received: tuple[Any, ...]
) -> None:
    after = fixed(program(body, header, annotation))
    recorder = Recorder()
    run(_without_imports(after), recorder, "x'", "1")
    got = recorder.received[::-1] if "query=" in body and recorder.received[0] == {"a": "x'"} else recorder.received
    assert got == received


def _without_imports(text: str) -> str:
    lines = [line for line in text.split("\n") if not line.startswith(("import ", "from "))]
    return "from __future__ import annotations\n" + "\n".join(lines)


@pytest.mark.parametrize("value", ["x'", "' OR 1=1 --", "%", "%s", "\\' OR 1=1"])
def test_what_the_drivers_of_servers_send(value: str) -> None:
    from psycopg._queries import PostgresQuery
    from psycopg.adapt import Transformer
    from pymysql.converters import escape_item

    recorder = Recorder()
    run(_without_imports(fixed(program(LIKE, "from psycopg import Cursor", "Cursor"))), recorder, value, "1")
    query = PostgresQuery(Transformer())
    query.convert(recorder.received[0], recorder.received[1])
    assert query.query == b"SELECT 1 FROM t WHERE a LIKE $1 AND c LIKE 'z%'"
    assert query.params == [f"%{value}%".encode()]

    run(_without_imports(fixed(program(LIKE, "from pymysql.cursors import Cursor", "Cursor"))), recorder, value, "1")
    text, (parameter,) = recorder.received
    sent = text % escape_item(parameter, "utf8mb4")
    quoted = value.replace("\\", "\\\\").replace("'", "\\'")
    assert sent == f"SELECT 1 FROM t WHERE a LIKE '%{quoted}%' AND c LIKE 'z%'"


SQLALCHEMY = "from sqlalchemy import text\nfrom sqlalchemy.orm import Session"


@pytest.mark.parametrize(
    "body",
    [
        "return cursor.execute(text(f\"SELECT b FROM t WHERE a = '{a}'\")).fetchall()",
        "clause = text(f\"SELECT b FROM t WHERE a = '{a}' AND a != '12:30' AND b != {b}\")\n"
        "return cursor.execute(clause).fetchall()",
        "return cursor.execute(text(f\"SELECT b FROM t WHERE a = '{a}' AND b != :n\"), {'n': 9}).fetchall()",
        "names = [a]\n"
        "return cursor.execute(text(f\"SELECT b FROM t WHERE a IN ({', '.join(repr(x) for x in names)})\")).fetchall()",
        "sql = 'SELECT b FROM t WHERE 1 = 1'\nif b:\n    sql += f\" AND a = '{a}'\"\n"
        "return cursor.execute(text(sql)).fetchall()",
        "from sqlalchemy import column, select, table\n"
        "return cursor.execute(select(column('b')).select_from(table('t')).where(text(f\"a = '{a}'\"))).fetchall()",
        "return cursor.scalars(text(f\"SELECT b FROM t WHERE a LIKE '{a}' ORDER BY b LIMIT {b}\")).all()",
    ],
)
def test_text_clauses_of_sqlalchemy(body: str) -> None:
    from sqlalchemy import create_engine
    from sqlalchemy.orm import Session
    from sqlalchemy.pool import StaticPool

    before = program(body, SQLALCHEMY, "Session").replace("-> None", "-> list")
    after = fixed(before)
    assert after != before
    assert not findings_in(after, RULE)

    def found(text: str, a: str) -> list[Any]:
        engine = create_engine("sqlite://", creator=database, poolclass=StaticPool)
        with Session(engine) as session:
            result = sorted(map(repr, run(text, session, a, "9")))
        engine.dispose()
        return result

    for a in ("ann", "bob", "nobody", ""):
        assert found(after, a) == found(before, a)
    for hostile in HOSTILE:
        assert len(found(after, hostile)) == (hostile == "o'neil")


DJANGO = "from django.db import connection\nfrom django.db.models.expressions import RawSQL"


@pytest.mark.parametrize(
    "body",
    [
        "with connection.cursor() as cursor:\n"
        "    cursor.execute(f\"SELECT b FROM t WHERE a = '{a}' AND b % 9 != 8 AND a NOT LIKE 'z%'\")\n"
        "    return cursor.fetchall()",
        "with connection.cursor() as cursor:\n"
        "    cursor.execute(\"SELECT b FROM t WHERE a LIKE '%s' AND a NOT LIKE '%%z%%'\" % a)\n"
        "    return cursor.fetchall()",
        "with connection.cursor() as cursor:\n"
        "    sql = 'SELECT b FROM t'\n"
        "    if b:\n"
        '        sql += " WHERE a = \'" + a + "\'"\n'
        "    cursor.execute(sql + \" AND a NOT LIKE 'z%'\")\n"
        "    return cursor.fetchall()",
        "with connection.cursor() as cursor:\n"
        "    cursor.execute(f\"SELECT b FROM t WHERE b != %s AND a = '{a}'\", [8])\n"
        "    return cursor.fetchall()",
        "return [(row.b,) for row in Row.objects.raw(f\"SELECT b, a FROM t WHERE a = '{a}'\")]",
        "return list(Row.objects.annotate(x=RawSQL(f\"SELECT '{a}'\", [])).filter(x=a, a=a).values_list('b'))",
        "return list(Row.objects.extra(where=[f\"a = '{a}'\", 'b < 9']).values_list('b'))",
    ],
)
def test_cursors_and_query_sets_of_django(body: str, row_model: Any) -> None:
    lines = textwrap.indent(body, "    ")
    before = f"{DJANGO}\n\ndef run(Row, a: str, b: str) -> list:\n{lines}\n"
    after = fixed(before)
    assert after != before
    assert not findings_in(after, RULE)
    for a in ("ann", "bob", "nobody", ""):
        assert sorted(run(after, row_model, a, "9")) == sorted(run(before, row_model, a, "9"))
    for hostile in HOSTILE:
        assert list(run(after, row_model, hostile, "9")) == ([(4,)] if hostile == "o'neil" else [])


@pytest.fixture(scope="module")
def row_model() -> Any:
    """Return a Django model for the table, on a database in memory."""
    import django
    from django.conf import settings

    if not settings.configured:
        databases = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
        settings.configure(DATABASES=databases, DEFAULT_AUTO_FIELD="django.db.models.AutoField")
        django.setup()
    from django.db import connection, models

    class Row(models.Model):  # type: ignore[misc]
        a = models.TextField()
        b = models.IntegerField(primary_key=True)

        class Meta:
            app_label = "perffix_test"
            db_table = "t"

    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE t (a TEXT, b INTEGER)")
        for a, b in [("ann", 1), ("ann", 2), ("bob", 3), ("o'neil", 4)]:
            cursor.execute("INSERT INTO t VALUES (%s, %s)", [a, b])
    yield Row
    connection.close()


def test_duckdb_takes_what_it_gets() -> None:
    duckdb = pytest.importorskip("duckdb")
    where = "a = '{a}' AND a IN ({','.join(repr(x) for x in names)})"
    body = f'names = [a, b]\ncursor.execute(f"SELECT b FROM t WHERE {where}")'
    before = program(body, "import duckdb", "duckdb.DuckDBPyConnection")
    after = fixed(before)
    for value in ("ann", "nobody"):
        for text in (before, after):
            connection = duckdb.connect()
            connection.execute("CREATE TABLE t AS SELECT 'ann' AS a, 1 AS b")
            run(text, connection, value, "x")
            assert connection.fetchall() == ([(1,)] if value == "ann" else [])
    run(after, connection, "' OR 1=1 --", "x")
    assert connection.fetchall() == []


def test_aiosqlite_takes_what_it_gets() -> None:
    aiosqlite = pytest.importorskip("aiosqlite")
    before = (
        "import aiosqlite\n\nasync def run(a: str):\n    async with aiosqlite.connect(':memory:') as db:\n"
        "        await db.execute('CREATE TABLE t (a TEXT)')\n"
        "        await db.execute(f\"INSERT INTO t VALUES ('{a}')\")\n"
        "        return await db.execute_fetchall(f\"SELECT a FROM t WHERE a = '{a}'\")\n"
    )
    after = fixed(before)
    assert aiosqlite
    assert not findings_in(after, RULE)
    assert list(asyncio.run(run(after, "ann"))) == list(asyncio.run(run(before, "ann"))) == [("ann",)]
    assert list(asyncio.run(run(after, "' || 'x"))) == [("' || 'x",)]
