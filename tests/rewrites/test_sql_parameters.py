"""The rewritten statements are executed: honest values give what they gave, hostile ones match only themselves."""

from __future__ import annotations

import sqlite3
import textwrap
from typing import Any

import pytest
from fixture_files import RULES, fixed_text

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
    "sql = f\"SELECT b FROM t WHERE a = '{a}'\"\ncursor.execute(sql)",
    'sql = (\n    "SELECT b "\n    "FROM t "\n    f"WHERE a = \'{a}\'"\n)\ncursor.execute(sql)',
    'cursor.execute(\n    f"""\n    SELECT b FROM t\n    WHERE a = \'{a}\'\n    """\n)',
    'cursor.execute(\n    "SELECT b FROM t"\n    f" WHERE a = \'{a}\'",\n)',
    "cursor.execute(f\"SELECT b FROM {TABLE} WHERE a = '{a}'\")",
]

HONEST = [("ann", "1"), ("bob", "2"), ("nobody", "1"), ("", "0")]
HOSTILE = ["' OR '1'='1", "o'neil", "x' UNION SELECT b FROM t --", "'; DROP TABLE t; --", '"', "%s", "{a}", "?"]


def program(body: str, header: str = "import sqlite3", annotation: str = "sqlite3.Cursor") -> str:
    lines = textwrap.indent(body, "    ")
    return f"{header}\nTABLE = 't'\n\ndef run(cursor: {annotation}, a: str, b: str) -> None:\n{lines}\n"


def run(text: str, cursor: Any, a: str, b: str) -> None:
    namespace: dict[str, Any] = {}
    exec(compile(text, "case.py", "exec"), namespace)
    namespace["run"](cursor, a, b)


def rows(text: str, a: str, b: str) -> list[Any]:
    connection = sqlite3.connect(":memory:")
    try:
        connection.execute("CREATE TABLE t (a TEXT, b INTEGER)")
        connection.executemany("INSERT INTO t VALUES (?, ?)", [("ann", 1), ("ann", 2), ("bob", 3), ("o'neil", 4)])
        cursor = connection.cursor()
        run(text, cursor, a, b)
        return sorted(cursor.fetchall())
    finally:
        connection.close()


@pytest.mark.parametrize("body", SPELLINGS)
def test_the_fixed_statement_gives_the_same_rows_and_resists(body: str) -> None:
    before = program(body)
    after = fixed_text(before, RULE, Applicability.UNSAFE)
    assert after != before
    for a, b in HONEST:
        assert rows(after, a, b) == rows(before, a, b)
    for hostile in HOSTILE:
        expected = [(4,)] if hostile == "o'neil" else []
        assert rows(after, hostile, "0") == expected


class Recorder:
    """Stands for a cursor of a driver that is not installed and keeps what it receives."""

    def __init__(self) -> None:
        self.received: tuple[Any, ...] = ()

    def execute(self, *arguments: Any) -> None:
        self.received = arguments


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
            "cursor.execute(f\"SELECT 1 FROM t WHERE a LIKE '%{a}%' AND c LIKE 'z%'\")",
            ("SELECT 1 FROM t WHERE a LIKE %s AND c LIKE 'z%%'", ("%x'%",)),
        ),
        (
            "from asyncpg import Connection",
            "Connection",
            "cursor.execute(f\"SELECT 1 FROM t WHERE a = '{a}' AND b = {b}\")",
            ("SELECT 1 FROM t WHERE a = $1 AND b = $2", "x'", "1"),
        ),
    ],
)
def test_every_driver_gets_its_own_placeholders(
    header: str, annotation: str, body: str, received: tuple[Any, ...]
) -> None:
    after = fixed_text(program(body, header, annotation), RULE, Applicability.UNSAFE)
    recorder = Recorder()
    run(_without_imports(after), recorder, "x'", "1")
    assert recorder.received == received


def _without_imports(text: str) -> str:
    lines = [line for line in text.split("\n") if not line.startswith(("import ", "from "))]
    return "from __future__ import annotations\n" + "\n".join(lines)


@pytest.mark.parametrize(
    "body",
    [
        "cursor.execute(f\"SELECT b FROM t WHERE a = '{a!r}'\")",
        "cursor.execute(f\"SELECT b FROM t WHERE a = '{a:>5}'\")",
        "cursor.execute(f\"SELECT b FROM t WHERE a = '{a}'\\n\")",
        "cursor.execute(f\"SELECT b FROM t WHERE a = '{a}' AND b = ?\", (b,))",
        'cursor.execute(f"SELECT b FROM t WHERE a IN ({a})")',
        "sql = f\"SELECT b FROM t WHERE a = '{a}'\"\nprint(sql)\ncursor.execute(sql)",
        "sql = f\"SELECT b FROM t WHERE a = '{a}'\"\na = b\ncursor.execute(sql)",
        "sql = f\"SELECT b FROM t WHERE a = '{a}'\"\nsql += ' LIMIT 1'\ncursor.execute(sql)",
        "cursor.execute(  # why\n    f\"SELECT b FROM t WHERE a = '{a}'\"\n)",
        "cursor.execute(f\"SELECT b FROM t WHERE a = '{next(a)}'\")",
    ],
)
def test_what_is_not_certain_is_reported_but_not_rewritten(body: str) -> None:
    before = program(body)
    assert fixed_text(before, RULE, Applicability.UNSAFE) == before
