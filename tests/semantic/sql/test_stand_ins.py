from __future__ import annotations

import ast

import pytest
from analysed import Analysed

from perffix.semantic.sql.calls import database_call
from perffix.semantic.sql.injection import exposed_statement

_CLASS = """\
class Store:
    def __init__(self, mark):
        self.mark = mark

    def run(self, cursor, key, name, size: int, where, given=()):
        m = self.mark
"""


def _exposed(statement: str) -> list[str]:
    """Return the parts that are exposed in the statement that the only call of a method runs."""
    code = Analysed(_CLASS + "        " + statement + "\n")
    call = next(node for node in ast.walk(code.source.tree) if isinstance(node, ast.Call))
    database = database_call(call, code.model)
    assert database is not None
    found = exposed_statement(database, code.model)
    return [] if found is None else [ast.unparse(each.hole.value) for each in found.exposed]


@pytest.mark.parametrize(
    "statement",
    [
        "cursor.execute('SELECT * FROM t WHERE a = %s' % self.mark, (key,))",
        "cursor.execute('INSERT INTO t (a, b) VALUES (%s, %s)' % (m, self.mark), [key, name])",
        "cursor.execute('SELECT * FROM %s WHERE a = %s' % (name, m), (key,))",
        "cursor.execute('SELECT * FROM t WHERE a = %s LIMIT %s' % (m, size), (key,))",
        "cursor.execute('INSERT INTO t (%s) VALUES (%s)' % (where, m), (key,))",
        "cursor.execute('SELECT * FROM t WHERE a = %s' % m, key)",
    ],
)
def test_the_only_part_that_can_hold_the_placeholders_does(statement: str) -> None:
    assert _exposed(statement) == []


@pytest.mark.parametrize(
    ("statement", "exposed"),
    [
        ("cursor.execute('SELECT * FROM t WHERE a = %s' % m)", ["m"]),
        ("cursor.execute('SELECT * FROM t WHERE a = %s' % m, ())", ["m"]),
        ("cursor.execute('SELECT * FROM t WHERE a = %s' % m, None)", ["m"]),
        ("cursor.execute('SELECT * FROM t WHERE a = %s' % m, given)", ["m"]),
        ("cursor.execute('SELECT * FROM t WHERE a = %s AND b = ?' % m, (key,))", ["m"]),
        ("cursor.execute('SELECT * FROM t WHERE a = %s AND b = %s' % (m, name), (key,))", ["m", "name"]),
        ("cursor.execute('SELECT * FROM t WHERE %s AND b = %s' % (where, name), (key,))", ["name"]),
        ("cursor.execute('UPDATE t SET %s WHERE b = %s' % (where, name), (key,))", ["name"]),
        ("cursor.execute(\"SELECT * FROM t WHERE a = '%s'\" % m, (key,))", ["m"]),
    ],
)
def test_other_parts_stay_exposed(statement: str, exposed: list[str]) -> None:
    assert _exposed(statement) == exposed
