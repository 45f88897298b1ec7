from __future__ import annotations

import pytest

from perffix.semantic.sql.statement import Role, is_single, is_statement, placeholders, places, takes_parameters


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
        ("SELECT * FROM t LIMIT {}, {}", [Role.VALUE, Role.VALUE]),
        ("SELECT * FROM t WHERE a IN {}", [Role.LIST]),
        ("SELECT * FROM t WHERE a IN ('{}')", [Role.QUOTED]),
        ("INSERT INTO t (a) VALUES ({})", [Role.VALUE]),
        ("INSERT INTO t (a, b) VALUES ({})", [Role.ROW]),
        ("INSERT INTO t VALUES {}", [Role.IDENTIFIER]),
        ("UPDATE t SET a = a + {}", [Role.VALUE]),
        ("SELECT * FROM t WHERE a = {}(b)", [Role.IDENTIFIER]),
        ("SELECT now() - INTERVAL '{} days'", [Role.TYPED]),
        ("SELECT a AS '{}' FROM t", [Role.QUOTED_IDENTIFIER]),
        ("SELECT * FROM '{}'", [Role.QUOTED_IDENTIFIER]),
        ("SELECT '{}'::text", [Role.QUOTED]),
        ("SELECT $$ {} $$ FROM t", [Role.QUOTED]),
        ("SELECT CASE WHEN {} = '' THEN 1 END FROM t", [Role.IDENTIFIER]),
        ("SELECT CASE WHEN {} = 1 THEN 1 END FROM t", [Role.VALUE]),
        ("SELECT * FROM t WHERE a = {} || 'x'", [Role.VALUE]),
        ("SELECT JSON_VALUE(a, '$.{}') FROM t", [Role.QUOTED_IDENTIFIER]),
        ("SELECT json_extract(a, '$.{}') FROM t", [Role.QUOTED]),
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
        ("CALL f(1)", True),
        ("CALL table_info('t') RETURN *", False),
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


def test_quoted_text_as_the_database_reads_it() -> None:
    (place,) = places("SELECT * FROM t WHERE a = 'it''s \0'::text")
    assert (place.quoted, place.movable, place.cast) == ("it's \0", True, True)
    assert not places("SELECT * FROM t WHERE a = 'it\\'s \0'")[0].movable
    assert not places("SELECT * FROM t WHERE a = E'\0'")[0].movable
    assert not places("SELECT * FROM t WHERE a = $$\0$$")[0].movable


def test_double_quotes_make_strings_only_where_values_stand_and_the_database_allows_it() -> None:
    text = 'SELECT * FROM t WHERE a = "\0"'
    assert places(text)[0].role is Role.QUOTED_IDENTIFIER
    assert places(text, strings=True)[0].role is Role.QUOTED
    for other in ('SELECT "\0" FROM t', 'SELECT * FROM t JOIN u ON a = "\0"', 'SELECT * FROM t WHERE a = "\0".b'):
        assert places(other, strings=True)[0].role is Role.QUOTED_IDENTIFIER


def test_numbers_of_rows() -> None:
    assert [place.counts for place in places("SELECT * FROM t WHERE a = \0 LIMIT \0, \0")] == [False, True, True]


def test_placeholders_outside_of_texts_and_comments() -> None:
    assert placeholders("SELECT ? -- ?\n, '?'", "qmark") == [7]
    assert placeholders("SELECT %s, '%s', 5 % 2", "format") == [7]


def test_single_statements() -> None:
    assert is_single("SELECT 1;")
    assert is_single("SELECT ';' -- ;")
    assert not is_single("SELECT 1; SELECT 2")
