"""A value is put into the text of an SQL statement instead of being passed beside it.

## What it does

Follows the text of every statement that a database call runs back through the function that builds it: f-strings,
`%`, `format`, `+`, `join`, `+=` over several statements. A part is reported when it stands where SQL expects a value
and when nothing shows that its text is harmless.

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

- The part is a literal, a constant of the module or class, a member of an enumeration, a number, a look-up in a
  constant table, or was checked against a list of allowed values.
- The part makes placeholders: `", ".join("?" * len(ids))`.
- The part is quoted by the driver or toolkit: `psycopg.sql.Identifier`, `quote_name()`.
- The part is the name of a table or column and does not visibly come from a request, the command line or the
  terminal: names cannot be parameters.
- The text never reaches a database: a message, a log line, an exception.
- The text is a template string (`t"..."`): its values are bound.

## Fix safety

Unsafe: a driver may treat a bound value differently from the same value in the text (an integer compared with a text
column, `None`). Offered only where the driver is proved, since each has its own placeholder.

## References

- [CWE-89](https://cwe.mitre.org/data/definitions/89.html)
- [PEP 249, paramstyle](https://peps.python.org/pep-0249/#paramstyle)
- Bandit B608, Ruff S608
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.model import Applicability, Confidence, Related, Severity, Span
from perffix.rules.rule import Context, Rule
from perffix.semantic.sql import EXECUTING, EXECUTING_FUNCTIONS, EXECUTING_OF_ASYNCPG

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator

    from perffix.model import Finding

rule = Rule(
    code="SEC608",
    name="sql-built-from-input",
    summary="A value is put into the text of an SQL statement",
    help="Write a placeholder in the text and pass the value as a parameter",
    severity=Severity.MEDIUM,
    cwe=89,
    fix=Applicability.UNSAFE,
    needs=("execute", "fetch", "prepare", "cursor", "read_sql", "RawSQL", "text("),
)

_FUNCTIONS = {name.rpartition(".")[2] for name in EXECUTING_FUNCTIONS}


@rule.on_call(*sorted({*EXECUTING, *EXECUTING_OF_ASYNCPG, *_FUNCTIONS}))
def detect(call: ast.Call, at: Context) -> Iterator[Finding]:
    """Yield one finding for each statement that a database call runs and that has exposed parts."""
    from perffix.rewrites.sql_parameters import parameterised
    from perffix.semantic.sql.calls import database_call
    from perffix.semantic.sql.injection import exposed_statement

    database = database_call(call, at.model)
    statement = None if database is None else exposed_statement(database, at.model)
    if database is None or statement is None:
        return
    exposed = statement.exposed
    from_input = any(each.from_input for each in exposed)
    names = ", ".join(f"`{at.text(each.hole.value, 40)}`" for each in exposed)
    root = statement.built.root
    related = [] if Span.of(call).contains(Span.of(root)) else [Related(Span.of(call), "The statement runs here")]
    yield at.finding(
        root,
        f"{names} {'is' if len(exposed) == 1 else 'are'} put into the text of the SQL that"
        f" `{at.text(call.func, 40)}()` gets",
        confidence=Confidence.HIGH if database.driver is not None or from_input else Confidence.MEDIUM,
        severity=Severity.HIGH if from_input else Severity.MEDIUM,
        evidence=[
            database.because,
            *(f"`{at.text(each.hole.value, 40)}` stands as {each.place.role.value}" for each in exposed),
        ],
        related=related,
        fix=parameterised(statement, database, at.model),
    )
