"""A value is put into the text of an SQL statement instead of being passed beside it.

## What it does

Follows the text of every statement that a database call runs: f-strings, `%`, `format`, `+`, `join`, `+=` over several
statements and branches, conditions collected in a list, functions of the module that put the text together, and
functions that hand it on to the database. A part is reported when it stands where SQL expects a value and when nothing
shows that its text is harmless.

Known are the drivers of the DB API (sqlite3, aiosqlite, psycopg and psycopg2, PyMySQL, aiomysql, mysqlclient,
mysql-connector, pyodbc, ibm_db, DuckDB, oracledb, pymssql, pg8000), asyncpg, SQLAlchemy and SQLModel (`text()`,
`literal_column()`, `exec_driver_sql()`), Django (cursors, `raw()`, `RawSQL`, `extra()`), pandas, databases, Peewee,
Pony and Tortoise. Where the driver cannot be seen, a call counts that is named like one of a database and runs what
begins like a statement.

A name (a table, a column, the direction of a sort) cannot be a parameter: bound, it is a text, and the sort silently
does nothing. Names get a finding of their own, and only when input of a client reaches them.

## Why it is dangerous

The database cannot tell where the program's text ends and the value begins. A value such as `' OR '1'='1` becomes
part of the statement and reads or changes what it should not. A quote in an honest name breaks the statement.

## Example

```python
import sqlite3


def find(database: str, name: str) -> list:
    connection = sqlite3.connect(database)
    return connection.execute(f"SELECT * FROM users WHERE name = '{name}'").fetchall()
```

## Use instead

```python
import sqlite3


def find(database: str, name: str) -> list:
    connection = sqlite3.connect(database)
    return connection.execute("SELECT * FROM users WHERE name = ?", (name,)).fetchall()
```

## When it stays silent

- The part is a literal, a constant of the module or class, a member of an enumeration, a number, None, a look-up in a
  constant table, or was checked against a list of allowed values.
- A test lets only texts pass that cannot leave their place: `re.fullmatch(r"[a-z]+", name)`.
- No input of a client reaches the part, and it tells by itself that it is a number or a constant: a parameter without
  an annotation whose default is a number, `cursor.lastrowid`, the `pk` of a model, a `pid` outside of quotes, fields of
  rows that had to be made to text by `str()` before it was joined, a constant by its name (`LOG_TABLE`).
- No input of a client reaches the code, and it writes the same statement to a file as well (`if self.as_sql:`), or a
  comment above it says why it does without placeholders.
- The file belongs to tests or migrations (a default that selecting the rule by its code overrides).
- The part makes placeholders: `", ".join("?" * len(ids))`; or it is one in a variable, as for several databases: values
  are passed, the text spells no placeholder, and no other part can hold it.
- The part is quoted by the driver or toolkit (`psycopg.sql.Identifier`, `quote_name()`), or by a function whose name
  says that it escapes; or its quotes are doubled by hand.
- The part stands for a whole row or condition of which nothing is known: it may hold placeholders.
- The part is the name of a table or column and no input of a client reaches it: names cannot be parameters.
  So is what has no quotes and is compared with a text, what reads `table.column`, the path that `JSON_VALUE()` takes,
  and the text that `setval()` or `::regclass` takes for a name. What the database says of itself is harmless.
- The statement takes no parameters in any database: `CREATE`, `PRAGMA`, `NOTIFY`, a `server_default`.
- The text never reaches a database: a message, a log line, an exception, a branch that returns before.
- The text is a template string (`t"..."`): its values are bound.
- It is not SQL: a sentence, a request over HTTP, Cypher.

## Fix safety

Unsafe. A driver may treat a bound value differently from the same value in the text: an integer compared with a text
column, a text compared with an expression that is a number, `None`, an array of texts compared with another type.

The values become parameters in the style of the driver that is proved: `?`, `%s`, `:name`, `$1`. Quotes around the
placeholder go, the wildcards of `LIKE '%...%'` move into the value (those in the value stay wildcards, as they were),
`IN` lists become as many placeholders as there are values, or one array where the driver takes it, other percent signs
are doubled where the driver reads them, parameters that are passed already stay in order. A number of rows becomes
`int(...)`. Where the text grows in steps, a list or dict of parameters grows beside it.

No fix is offered where the driver is not proved (its other calls, or the only driver that the module imports, count as
proof), where the call takes no parameters, for several statements in one text, typed literals (`INTERVAL '5 days'`),
and texts that other code uses or whose making is not seen as a whole. For text that a function returns, return the text
with placeholders and the values together.

## References

- [CWE-89](https://cwe.mitre.org/data/definitions/89.html)
- [PEP 249, paramstyle](https://peps.python.org/pep-0249/#paramstyle)
- Bandit B608, Ruff S608
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.model import Applicability, Confidence, Related, Severity, Span
from perffix.rules.rule import Context, Rule
from perffix.semantic.sql import EXECUTING, EXECUTING_FUNCTIONS, EXECUTING_OF_DRIVERS, OF_MODELS

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator

    from perffix.model import Finding, Fix
    from perffix.semantic.sql.calls import DatabaseCall
    from perffix.semantic.sql.injection import Exposed

rule = Rule(
    code="SEC608",
    name="sql-built-from-input",
    summary="A value is put into the text of an SQL statement",
    help="Write a placeholder in the text and pass the value as a parameter",
    severity=Severity.MEDIUM,
    cwe=89,
    fix=Applicability.UNSAFE,
    needs=(
        *("execute", "fetch", "prepare", "cursor", "stream", "iterate", "read_sql", "raw_sql", "RawSQL", "_by_sql"),
        *("objects", "_manager", "sqlalchemy", "sqlmodel", "psycopg", "peewee", "tortoise", "pony", "duckdb"),
    ),
)

_FUNCTIONS = {name.rpartition(".")[2] for name in EXECUTING_FUNCTIONS}
_REMEDY_FOR_NAMES = "Compare it with the names that are allowed, or quote it with the driver's own function for names"


@rule.on_call(*sorted({*EXECUTING, *EXECUTING_OF_DRIVERS, *OF_MODELS, *_FUNCTIONS}))
def detect(call: ast.Call, at: Context) -> Iterator[Finding]:
    """Yield findings for the statement that a database call runs, also where callers of a wrapper build it."""
    from perffix.semantic.sql.calls import database_call
    from perffix.semantic.sql.wrappers import calls_through

    database = database_call(call, at.model)
    if database is None:
        return
    yield from _findings(database, at)
    for through in calls_through(database, at.model):
        yield from _findings(through, at)


def _findings(database: DatabaseCall, at: Context) -> Iterator[Finding]:
    """Yield a finding for the values and one for the names that are put into a statement."""
    from perffix.semantic.sql.injection import exposed_statement, is_reported_before

    statement = exposed_statement(database, at.model)
    if statement is None or is_reported_before(statement, database, at.model):
        return
    remote = any(each.origin is not None and each.origin.remote for each in statement.exposed)
    if not remote and _is_meant(database.call, at):
        return
    receiver = f"`{at.text(database.call.func, 40)}()`"
    values = [each for each in statement.exposed if each.is_value]
    names = [each for each in statement.exposed if not each.is_value]
    if values:
        from perffix.rewrites.sql_parameters import parameterised

        fix, hint = parameterised(statement, database, at.model)
        message = f"{_listed(values, at)} put into the text of the SQL that {receiver} gets"
        yield _finding(values, message, database, at, fix=fix, help=hint)
    if names:
        message = f"{_listed(names, at)} put into the SQL that {receiver} gets, where no parameter can stand"
        yield _finding(names, message, database, at, fix=None, help=_REMEDY_FOR_NAMES)


def _is_meant(call: ast.Call, at: Context) -> bool:
    """Tell whether code that no client reaches needs its values in the text, as far as the program says."""
    from perffix.semantic.sql.assumptions import is_explained, is_written_out

    return is_written_out(call, at.model) or is_explained(call, at.model)


def _listed(exposed: list[Exposed], at: Context) -> str:
    names = list(dict.fromkeys(f"`{at.text(each.hole.value, 40)}`" for each in exposed))
    return f"{', '.join(names)} {'is' if len(names) == 1 else 'are'}"


def _finding(
    exposed: list[Exposed], message: str, database: DatabaseCall, at: Context, *, fix: Fix | None, help: str | None
) -> Finding:
    origins = [each.origin for each in exposed if each.origin is not None]
    remote = any(origin.remote for origin in origins)
    root = exposed[0].region.root
    related = []
    if at.model.function_of(root) is not at.model.function_of(database.call):
        related.append(Related(Span.of(root), "The text is put together here"))
        root = database.statement
    elif not Span.of(database.call).contains(Span.of(root)):
        related.append(Related(Span.of(database.call), "The statement runs here"))
    return at.finding(
        root,
        message,
        confidence=Confidence.HIGH if database.driver is not None or origins else Confidence.MEDIUM,
        severity=Severity.HIGH if remote else Severity.MEDIUM,
        evidence=[
            database.because,
            *(f"`{at.text(each.hole.value, 40)}` stands as {each.place.role.value}" for each in exposed),
            *dict.fromkeys(origin.says for origin in origins),
        ],
        related=[*dict.fromkeys(step for origin in origins for step in origin.steps), *related],
        fix=fix,
        help=help,
    )
