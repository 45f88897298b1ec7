"""Random programs that put values into statements: fixed, they do what the statement with parameters does.

Each program is generated together with a reference: the same statement with placeholders and its parameters. The
original must agree with the reference for honest values, the fixed program for hostile ones, too.
"""

from __future__ import annotations

import random
import re
import sqlite3
import textwrap
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from fixture_files import RULES, findings_in, fixed_text

from perffix.model import Applicability

if TYPE_CHECKING:
    from collections.abc import Callable

RULE = next(rule for rule in RULES if rule.code == "SEC608")
ROWS = [("ann", "x", 1), ("ann", "y", 2), ("bob", "x", 3), ("o'neil", "100%", 4), ("a-b", "z", 5), ("", "_", 6)]
HONEST: list[dict[str, Any]] = [
    {"a": "ann", "b": "x", "n": "1", "names": ["ann", "bob"], "ids": ["1", "3"], "flag": True},
    {"a": "bob", "b": "y", "n": "3", "names": ["nobody"], "ids": ["9"], "flag": False},
    {"a": "", "b": "_", "n": "0", "names": ["", "a-b", "ann"], "ids": ["4", "5", "6"], "flag": True},
]
HOSTILE: list[dict[str, Any]] = [
    {"a": "' OR '1'='1", "b": "%", "n": "2", "names": ["x') OR 1=1 --"], "ids": ["1"], "flag": True},
    {"a": "o'neil", "b": "100%", "n": "4", "names": ["o'neil", '"', "%s"], "ids": ["4) OR (1=1"], "flag": True},
    {"a": "'; DROP TABLE t; --", "b": "{a}", "n": "1", "names": ["?", ":a", "$1"], "ids": ["2"], "flag": False},
]


class Condition(NamedTuple):
    """A piece of SQL: literal text and the Python of values by turns, the reference's text and its parameters."""

    parts: tuple[str, ...]  # even: literal, odd: value
    text: str
    values: tuple[str, ...]


CONDITIONS = [
    Condition(("a = '", "a", "'"), "a = ?", ("a",)),
    Condition(("b = '", "b", "' AND n > ", "n", ""), "b = ? AND n > ?", ("b", "n")),
    Condition(("a LIKE '%", "a", "%'"), "a LIKE ?", ("'%' + a + '%'",)),
    Condition(("b LIKE '", "b", "%'"), "b LIKE ?", ("b + '%'",)),
    Condition(("a = '", "a", "-", "b", "'"), "a = ?", ("a + '-' + b",)),
    Condition(("n BETWEEN ", "n", " AND ", "n", " + 3"), "n BETWEEN ? AND ? + 3", ("n", "n")),
    Condition(("n >= ", "n", ""), "n >= ?", ("n",)),
    Condition(("lower(a) = lower('", "a", "')"), "lower(a) = lower(?)", ("a",)),
    Condition(("b LIKE '%' AND a != '", "a", "'"), "b LIKE '%' AND a != ?", ("a",)),
    Condition(
        ("EXISTS (SELECT 1 FROM t AS u WHERE u.a = '", "a", "')"), "EXISTS (SELECT 1 FROM t AS u WHERE u.a = ?)", ("a",)
    ),
    Condition(("CASE WHEN a = '", "a", "' THEN 1 ELSE 0 END = 1"), "CASE WHEN a = ? THEN 1 ELSE 0 END = 1", ("a",)),
    Condition(("a || '", "b", "' = '", "a", "'"), "a || ? = ?", ("b", "a")),
    Condition(("b <> '{}' AND a<>'", "a", "'"), "b <> '{}' AND a<>?", ("a",)),
    Condition(("b != 'it''s' AND a = '", "a", "'"), "b != 'it''s' AND a = ?", ("a",)),
    Condition(("a IN ('", "a", "', '", "b", "')"), "a IN (?, ?)", ("a", "b")),
]
LISTS = [
    Condition(("a IN (", "','", ")"), "", ("names",)),
    Condition(("a NOT IN (", "','", ")"), "", ("names",)),
    Condition(("n IN (", ",", ")"), "", ("ids",)),
]


def _list_condition(choose: random.Random) -> Condition:
    """Return a condition with a list of values; the reference's placeholders are made when it runs."""
    before, _, after = (shape := choose.choice(LISTS)).parts
    name = shape.values[0]
    if name == "names":
        forms = [("','".join, None), (None, '", ".join(f"\'{x}\'" for x in names)'), (None, "','.join(names)")]
        value = choose.choice(forms[1:])[1]
        if value == "','.join(names)":
            return Condition((before + "'", "\"','\".join(names)", "'" + after), f"{before}@names{after}", ("*names",))
        assert value is not None
        return Condition((before, value, after), f"{before}@names{after}", ("*names",))
    value = choose.choice(["','.join(ids)", "', '.join(map(str, ids))", "','.join(str(i) for i in ids)"])
    return Condition((before, value, after), f"{before}@ids{after}", ("*ids",))


class Program(NamedTuple):
    """A function that runs a statement, and the reference as Python code for text and parameters."""

    source: str
    reference: str


def generated(choose: random.Random) -> Program:
    """Return a random program."""
    count = choose.randint(1, 4)
    conditions = [_list_condition(choose) if choose.random() < 0.2 else choose.choice(CONDITIONS) for _ in range(count)]
    shape = choose.choice([_direct, _variable, _stepwise, _list, _where, _branches, _loop])
    return shape(conditions, choose)


HEAD = "SELECT a, b, n FROM t WHERE "
TAILS = [
    Condition((" ORDER BY n",), " ORDER BY n", ()),
    Condition((" ORDER BY n LIMIT ", "n", ""), " ORDER BY n LIMIT ?", ("n",)),
]


def _sum(*pieces: Condition) -> Condition:
    parts: list[str] = [""]
    for piece in pieces:
        parts[-1] += piece.parts[0]
        parts += piece.parts[1:]
    return Condition(tuple(parts), "".join(each.text for each in pieces), tuple(v for p in pieces for v in p.values))


def _plain(text: str) -> Condition:
    return Condition((text,), text, ())


def _all(conditions: list[Condition], choose: random.Random) -> Condition:
    pieces = [_plain(HEAD), conditions[0]]
    for each in conditions[1:]:
        pieces += [_plain(choose.choice([" AND ", " OR ", "\n  AND ", " AND\t"])), each]
    return _sum(*pieces, choose.choice(TAILS))


def spelled(condition: Condition, choose: random.Random) -> str:
    """Return a condition as a Python expression, in one of the ways to put a string together."""
    parts = condition.parts
    ways = [_f_string, _percent, _percent_dict, _format, _format_named, _plus, _joined, _implicit]
    if len(parts) == 1:
        return repr(parts[0])
    return choose.choice(ways)(parts, choose)


def _quoted(text: str, quote: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")
    return escaped.replace(quote, "\\" + quote)


def _holes(parts: tuple[str, ...]) -> list[str]:
    return list(parts[1::2])


def _f_string(parts: tuple[str, ...], choose: random.Random) -> str:
    quote = choose.choice(['"', '"""'])
    if any(quote[0] in hole for hole in _holes(parts)):
        return _percent(parts, choose)
    body = ""
    for index, part in enumerate(parts):
        text = part.replace("{", "{{").replace("}", "}}")
        body += "{" + part + "}" if index % 2 else (_quoted(text, '"') if quote == '"' else text)
    if quote == '"""' and ("\\" in body or body.endswith('"')):
        return _plus(parts, choose)
    return f"f{quote}{body}{quote}"


def _percent(parts: tuple[str, ...], choose: random.Random) -> str:
    body = "".join("%s" if i % 2 else _quoted(part.replace("%", "%%"), '"') for i, part in enumerate(parts))
    holes = _holes(parts)
    return f'"{body}" % ({", ".join(holes)},)' if len(holes) == 1 else f'"{body}" % ({", ".join(holes)})'


def _percent_dict(parts: tuple[str, ...], choose: random.Random) -> str:
    keys = [f"k{index}" for index in range(len(_holes(parts)))]
    names = iter(keys)
    body = "".join(
        f"%({next(names)})s" if i % 2 else _quoted(part.replace("%", "%%"), '"') for i, part in enumerate(parts)
    )
    pairs = ", ".join(f"'{key}': {hole}" for key, hole in zip(keys, _holes(parts), strict=True))
    return f'"{body}" % {{{pairs}}}'


def _format(parts: tuple[str, ...], choose: random.Random) -> str:
    body = "".join(
        "{}" if i % 2 else _quoted(part.replace("{", "{{").replace("}", "}}"), '"') for i, part in enumerate(parts)
    )
    return f'"{body}".format({", ".join(_holes(parts))})'


def _format_named(parts: tuple[str, ...], choose: random.Random) -> str:
    names = iter(range(len(parts)))
    body = "".join(
        f"{{k{next(names)}}}" if i % 2 else _quoted(part.replace("{", "{{").replace("}", "}}"), "'")
        for i, part in enumerate(parts)
    )
    pairs = ", ".join(f"k{index}={hole}" for index, hole in enumerate(_holes(parts)))
    return f"'{body}'.format({pairs})"


def _plus(parts: tuple[str, ...], choose: random.Random) -> str:
    quote = choose.choice("'\"")
    pieces = [part if i % 2 else f"{quote}{_quoted(part, quote)}{quote}" for i, part in enumerate(parts)]
    return " + ".join(piece for piece in pieces if piece not in ("''", '""'))


def _joined(parts: tuple[str, ...], choose: random.Random) -> str:
    return f'"".join([{_plus(parts, choose)}])'


def _implicit(parts: tuple[str, ...], choose: random.Random) -> str:
    pieces = []
    for index in range(0, len(parts), 2):
        text = _quoted(parts[index].replace("{", "{{").replace("}", "}}"), '"')
        hole = parts[index + 1] if index + 1 < len(parts) else None
        if hole is not None and ('"' in hole or "\\" in hole):
            return _percent(parts, choose)
        pieces.append(f'f"{text}{{{hole}}}"' if hole else f'f"{text}"')
    return "(\n    " + "\n    ".join(pieces) + "\n)"


def _program(body: str, reference: str) -> Program:
    lines = textwrap.indent(body, "    ")
    header = "import sqlite3\nTABLE = 't'\n"
    signature = (
        "def run(cursor: sqlite3.Cursor, a: str, b: str, n: str, names: list[str], ids: list[str], flag: bool) -> None:"
    )
    return Program(f"{header}\n\n{signature}\n{lines}\n", reference)


def _ref(piece: Condition) -> str:
    return f"q += {piece.text!r}\np += [{', '.join(piece.values)}]\n"


def _direct(conditions: list[Condition], choose: random.Random) -> Program:
    whole = _all(conditions, choose)
    return _program(f"cursor.execute({spelled(whole, choose)})", _ref(whole))


def _variable(conditions: list[Condition], choose: random.Random) -> Program:
    whole = _all(conditions, choose)
    between = choose.choice(["", "print(sql)\n", "a = a + 'z'\n", "connection = cursor.connection\n"])
    return _program(f"sql = {spelled(whole, choose)}\n{between}cursor.execute(sql)", _ref(whole))


def _stepwise(conditions: list[Condition], choose: random.Random) -> Program:
    body = f"sql = {spelled(_sum(_plain(HEAD), conditions[0]), choose)}\n"
    reference = _ref(_sum(_plain(HEAD), conditions[0]))
    for each in conditions[1:]:
        more = _sum(_plain(" AND "), each)
        test = choose.choice(["", "if flag:\n", "if not flag:\n", "if a:\n"])
        indent = "    " if test else ""
        way = choose.choice(["sql += {}", "sql = sql + {}"])
        text = spelled(more, choose)
        body += test + textwrap.indent(way.format(f"({text})" if "sql = " in way else text), indent) + "\n"
        reference += test + textwrap.indent(_ref(more), indent)
    tail = choose.choice(TAILS)
    body += f"sql += {spelled(tail, choose)}\ncursor.execute(sql)"
    return _program(body, reference + _ref(tail))


def _list(conditions: list[Condition], choose: random.Random) -> Program:
    body, reference = "conditions = ['1 = 1']\n", f"q += {HEAD + '1 = 1'!r}\n"
    for each in conditions:
        test = choose.choice(["", "if flag:\n", "if a:\n"])
        indent = "    " if test else ""
        body += test + textwrap.indent(f"conditions.append({spelled(each, choose)})", indent) + "\n"
        reference += test + textwrap.indent(_ref(_sum(_plain(" AND "), each)), indent)
    tail = choose.choice(TAILS)
    if choose.random() < 0.5:
        body += f"sql = {HEAD!r} + ' AND '.join(conditions)\nsql += {spelled(tail, choose)}\ncursor.execute(sql)"
    else:
        body += f"where = ' AND '.join(conditions)\ncursor.execute({HEAD!r} + where + {spelled(tail, choose)})"
    return _program(body, reference + _ref(tail))


def _where(conditions: list[Condition], choose: random.Random) -> Program:
    first = conditions[0]
    body = f"where = '1 = 1'\nif flag:\n    where = {_indented(spelled(first, choose))}\n"
    reference = f"q += {HEAD!r}\nif flag:\n" + textwrap.indent(_ref(first), "    ") + "else:\n    q += '1 = 1'\n"
    rest = _sum(*[piece for each in conditions[1:] for piece in (_plain(" AND "), each)], TAILS[0])
    body += f'cursor.execute(f"{HEAD}{{where}}" + {spelled(rest, choose) if "(" not in "x" else ""})'
    return _program(body, reference + _ref(rest))


def _indented(text: str) -> str:
    return text.replace("\n", "\n    ")


def _branches(conditions: list[Condition], choose: random.Random) -> Program:
    first, second = _sum(_plain(HEAD), conditions[0]), _sum(_plain(HEAD), conditions[-1])
    tail = choose.choice(TAILS)
    body = (
        f"if flag:\n    sql = {_indented(spelled(first, choose))}\n"
        f"else:\n    sql = {_indented(spelled(second, choose))}\n"
        f"cursor.execute(sql + {spelled(tail, choose)})"
    )
    branch = "if flag:\n" + textwrap.indent(_ref(first), "    ") + "else:\n" + textwrap.indent(_ref(second), "    ")
    return _program(body, branch + _ref(tail))


def _loop(conditions: list[Condition], choose: random.Random) -> Program:
    first = _sum(_plain(HEAD), conditions[0])
    step = Condition((" AND a != '", "name", "'"), " AND a != ?", ("name",))
    more = _indented(spelled(step, choose))
    body = f"sql = {spelled(first, choose)}\nfor name in names:\n    sql += {more}\ncursor.execute(sql)"
    return _program(body, _ref(first) + "for name in names:\n" + textwrap.indent(_ref(step), "    "))


def _connection() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE t (a TEXT, b TEXT, n INTEGER)")
    connection.executemany("INSERT INTO t VALUES (?, ?, ?)", ROWS)
    return connection


def rows_of(source: str, values: dict[str, Any], style: str) -> list[Any]:
    """Return the rows that a program finds."""
    lines = source.split("\n")
    source = "\n".join(["from __future__ import annotations", *(line for line in lines if line[:7] != "import ")])
    connection = _connection()
    try:
        namespace: dict[str, Any] = {"print": lambda *_: None}
        exec(compile(source, "case.py", "exec"), namespace)
        cursor = connection.cursor()
        namespace["run"](DRIVERS[style][2](cursor), **values)
        return cursor.fetchall()
    finally:
        connection.close()


def reference_rows(reference: str, values: dict[str, Any]) -> list[Any]:
    """Return the rows that the statement with parameters finds."""
    namespace: dict[str, Any] = {**values, "q": "", "p": []}
    exec(reference, namespace)
    text = namespace["q"]
    for name in ("names", "ids"):
        text = text.replace(f"@{name}", ", ".join("?" * len(values[name])))
    connection = _connection()
    try:
        return connection.execute(text, namespace["p"]).fetchall()
    finally:
        connection.close()


class Percent:
    """A cursor that reads `%s` as the drivers do: without parameters a percent sign is one."""

    def __init__(self, cursor: sqlite3.Cursor) -> None:
        self._cursor = cursor
        self.connection = cursor.connection

    def execute(self, text: str, values: list[Any] | None = None) -> None:
        if values is None:
            self._cursor.execute(text)
        else:
            self._cursor.execute(text % (("?",) * len(values)), values)


class Numbered(Percent):
    """A connection that reads `$1` and takes parameters one by one."""

    def execute(self, text: str, *values: Any) -> None:
        for number, _ in enumerate(values, 1):
            assert f"${number}" in text
        names = {f"p{number}": value for number, value in enumerate(values, 1)}
        self._cursor.execute(re.sub(r"\$(\d+)", r":p\1", text), names)


# Another driver by its annotation, and what stands for its cursor.
DRIVERS: dict[str, tuple[str, str, Callable[[sqlite3.Cursor], Any]]] = {
    "?": ("import sqlite3", "sqlite3.Cursor", lambda cursor: cursor),
    "%s": ("import mysql.connector.cursor as m", "m.MySQLCursor", Percent),
    ":name": ("import oracledb", "oracledb.Cursor", lambda cursor: cursor),
    "$1": ("import asyncpg", "asyncpg.Connection", Numbered),
}


def check(seed: int, style: str = "?") -> bool:
    """Generate a program, fix it, compare it with its reference; return whether a fix was found."""
    program = generated(random.Random(seed))
    header, annotation, _ = DRIVERS[style]
    source = program.source.replace("import sqlite3", header).replace("sqlite3.Cursor", annotation)
    program = program._replace(source=source)
    for values in HONEST:
        assert sorted(rows_of(program.source, values, style)) == sorted(reference_rows(program.reference, values)), (
            program.source
        )
    fixed = fixed_text(program.source, RULE, Applicability.UNSAFE)
    if fixed == program.source:
        return False
    assert not findings_in(fixed, RULE), fixed
    if "= ANY(" in fixed or "<> ALL(" in fixed:
        return True  # arrays are nothing that SQLite knows
    for values in (*HONEST, *HOSTILE):
        found = rows_of(fixed, values, style)
        assert found == reference_rows(program.reference, values), (values, program.source, fixed)
    return True


@pytest.mark.parametrize("block", range(3))
def test_generated_programs(block: int) -> None:
    seeds = range(block * 20, block * 20 + 20)
    assert sum(map(check, seeds)) >= 16


@pytest.mark.parametrize("style", ["%s", ":name", "$1"])
def test_generated_programs_for_drivers_of_other_styles(style: str) -> None:
    assert sum(check(seed, style) for seed in range(500, 520)) >= 10
