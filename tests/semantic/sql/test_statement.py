from __future__ import annotations

import pytest

from perffix.semantic.sql.statement import Role, is_statement, places, takes_parameters


@pytest.mark.parametrize(
    ("text", "roles"),
    [
        ("SELECT * FROM t WHERE a = {}", [Role.VALUE]),
        ("SELECT * FROM t WHERE a={} AND b <> {}", [Role.VALUE, Role.VALUE]),
        ("SELECT * FROM t WHERE a = '{}'", [Role.QUOTED]),
        ("SELECT * FROM t WHERE a LIKE '%{}%'", [Role.QUOTED]),
        ("SELECT * FROM t WHERE a LIKE {}", [Role.VALUE]),
        ("SELECT * FROM t WHERE a = 'it''s {}'", [Role.QUOTED]),
        ("SELECT * FROM t WHERE a IN ({})", [Role.LIST]),
        ("SELECT * FROM t WHERE a IN (1, {})", [Role.VALUE]),
        ("SELECT * FROM t WHERE a BETWEEN {} AND {}", [Role.VALUE, Role.VALUE]),
        ("SELECT * FROM t LIMIT {} OFFSET {}", [Role.VALUE, Role.VALUE]),
        ("INSERT INTO t (a, b) VALUES ({}, {}), ({}, 1)", [Role.VALUE] * 3),
        ("UPDATE t SET a = {} WHERE b = '{}'", [Role.VALUE, Role.QUOTED]),
        ("SELECT * FROM {}", [Role.IDENTIFIER]),
        ("SELECT * FROM s.{}", [Role.IDENTIFIER]),
        ("SELECT * FROM t_{} WHERE 1", [Role.IDENTIFIER]),
        ("SELECT {} FROM t", [Role.IDENTIFIER]),
        ("SELECT * FROM t ORDER BY {} {}", [Role.IDENTIFIER, Role.IDENTIFIER]),
        ("SELECT * FROM t WHERE {} = 1", [Role.IDENTIFIER]),
        ("SELECT * FROM t WHERE {}", [Role.CLAUSE]),
        ('SELECT * FROM "{}"', [Role.QUOTED_IDENTIFIER]),
        ("SELECT * FROM `{}`", [Role.QUOTED_IDENTIFIER]),
        ("SELECT 1 -- {}\nFROM t WHERE a = {}", [Role.COMMENT, Role.VALUE]),
        ("SELECT 1 /* {} */ FROM t", [Role.COMMENT]),
        ("{} WHERE a = 1", [Role.CLAUSE]),
        ("SELECT $$ {} $$ FROM t", [Role.QUOTED]),
    ],
)
def test_role_of_each_hole(text: str, roles: list[Role]) -> None:
    assert [place.role for place in places(text.replace("{}", "\0"))] == roles


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("SELECT a FROM t", True),
        ("  \n select * from t", True),
        ("-- note\nSELECT a FROM t", True),
        ("INSERT INTO t VALUES (1)", True),
        ("UPDATE t SET a = 1", True),
        ("DELETE FROM t", True),
        ("WITH x AS (SELECT 1) SELECT * FROM x", True),
        ("DROP TABLE t", True),
        ("Update the record", False),
        ("Delete this file", False),
        ("Insert coin", False),
        ("Drop it", False),
        ("with care as always", False),
        ("hello", False),
        ("", False),
    ],
)
def test_statements_and_sentences(text: str, answer: bool) -> None:
    assert is_statement(text) is answer


def test_settings_and_definitions_take_no_parameters() -> None:
    assert takes_parameters("SELECT 1")
    assert not takes_parameters("PRAGMA key = \0")
    assert not takes_parameters("create table t (a)")
