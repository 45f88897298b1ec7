"""Rows are written to a database one by one, each by a statement of its own.

## What it does

Reports a call in a loop that writes one row in each turn: `save()`, `create()`, `get_or_create()`, `delete()` of
Django's models and `update()` of their querysets, `create()` and `save()` of Peewee's and Tortoise's, a `flush()` of
SQLAlchemy's session that ends each turn, and an `execute()` of an INSERT, UPDATE or DELETE by SQLAlchemy or a driver.

## Why it is slow

Each statement is a round trip to the database, which parses it, changes one row and answers. One statement for all
rows does the same work in a fraction of the time: a thousand rows by a single `bulk_create()` take a seventh of what as
many `create()` take, even where the database lies in memory and no network is between.

## Example

```python
import sqlite3


def store(connection: sqlite3.Connection, titles: list[str]) -> None:
    for title in titles:
        connection.execute("INSERT INTO book (title) VALUES (?)", (title,))
```

## Use instead

```python
import sqlite3


def store(connection: sqlite3.Connection, titles: list[str]) -> None:
    connection.executemany("INSERT INTO book (title) VALUES (?)", [(title,) for title in titles])
```

## When it stays silent

- The turn looks at what it wrote: the key of the new row, the number of changed ones, a method of the saved row.
- A `try` in the loop catches what goes wrong with one row, or a savepoint or lock keeps it apart.
- The loop is a `while`, goes through a stream of messages or through batches, or tries the same again.
- The turn does something slow besides, such as a request or a process, or has a loop of its own.
- One and the same row is saved in each turn: somebody may watch how far the work is.
- The loop has few turns, or picks out single ones.
- An `update()` gives other values in each turn to rows that are not looked up by a key or by columns that are unique
  together, or a column what is made of its own: `n=F("n") + 1` counts each time.
- A statement changes many rows, or another table in each turn, or is not written out.
- The row consists of rows of several tables (multi-table inheritance), or is locked (`select_for_update()`).
- The model overrides `delete()`, or a `save()` that does more than to fill columns; a receiver of `pre_save` or
  `post_save` is connected to it, or a history is kept of its rows.
- A row is saved of which no column was set: what `save()` does besides is wanted.
- Rows are added to a many-to-many relation, or to a session of SQLAlchemy: that writes nothing yet.
- The code stands in a test, or changes the database to another version.

## Fix safety

Unsafe: where a row cannot be written, the rows before it are not either, with some drivers. The loop is replaced by
`executemany()` where it only executes a constant statement, for drivers that gain by that, unless the rows may depend
on what is written before them: a function gives a value, or the connection is asked. What a mapper writes has no fix:
`bulk_create()` and `bulk_update()` call no `save()` and send no signals, and not every database tells the keys of new
rows.

## References

- [bulk_create](https://docs.djangoproject.com/en/stable/ref/models/querysets/#bulk-create)
- [executemany](https://docs.python.org/3/library/sqlite3.html#sqlite3.Cursor.executemany)
- [SQLAlchemy: bulk inserts](https://docs.sqlalchemy.org/en/20/orm/queryguide/dml.html)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.model import Applicability, Confidence, Impact, NodeRef
from perffix.rules.rule import Context, ProjectContext, Rule

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator

    from perffix.model import Finding
    from perffix.project.orm.writes import Write
    from perffix.project.trees import Tree
    from perffix.semantic.written_rows import WritingLoop

rule = Rule(
    code="PERF703",
    name="write-per-row",
    summary="Rows are written one by one in a loop",
    help="Write all rows by one statement",
    impact=Impact.LATENCY,
    fix=Applicability.UNSAFE,
    needs=("execute", "flush"),
)

_BY_DRIVER = {
    "psycopg2": "Hand all rows to `psycopg2.extras.execute_values()`: its `executemany()` is no faster than the loop",
    "pyodbc": "Hand all rows to `executemany()`, with `fast_executemany = True` set on the cursor",
    "SQLAlchemy": "Hand all rows to one `execute(statement, [...])`, a dictionary for each; delete them by `in_()`",
}


@rule.on_call("execute")
def detect_statement(call: ast.Call, at: Context) -> Iterator[Finding]:
    """Find the statement that a loop executes for each row."""
    if not call.args or not at.model.stands_in_loop(call):
        return
    from perffix.rewrites.execute_many import execute_many
    from perffix.semantic.sql.writes import statement_per_turn

    found = statement_per_turn(call, at.model)
    if found is None:
        return
    line = at.model.line_of(found.loop)
    subject = "Rows are deleted" if found.kind == "delete" else "One row is written"
    yield at.finding(
        call,
        f"{subject} in each turn of the loop at line {line}, by {_one(found.kind.upper())} of its own",
        confidence=Confidence.HIGH if found.sure else Confidence.MEDIUM,
        help=_BY_DRIVER.get(found.driver, "Hand all rows to one `executemany()` of a cursor"),
        evidence=[found.because],
        fix=execute_many(call, found, at.model),
    )


@rule.on_call("flush")
def detect_flush(call: ast.Call, at: Context) -> Iterator[Finding]:
    """Find the flush of a session that ends each turn of a loop."""
    if call.args or not at.model.stands_in_loop(call):
        return
    from perffix.semantic.sql.writes import flush_per_turn

    found = flush_per_turn(call, at.model)
    if found is not None:
        loop, because = found
        yield at.finding(
            call,
            f"What one turn adds is written in each turn of the loop at line {loop.lineno}, by a `flush()` of its own",
            confidence=Confidence.MEDIUM,
            help="Flush once, after the loop: the session writes all rows together",
            evidence=[because],
        )


@rule.on_project
def detect_rows(at: ProjectContext) -> Iterator[Finding]:
    """Find the rows of mappers that loops write."""
    from perffix.project.orm.django.on_saving import OnSaving
    from perffix.rewrites.written_together import written_together

    on_saving = OnSaving(at.project.index, at.project.models)
    writes = {write.place: write for write in reversed(at.project.evaluator.writes)}
    for place, tree in at.project.trees.at(writes):
        write = writes[place]
        found = None if tree is None else _loop_of(write, tree)
        if tree is None or found is None:
            continue
        tells_of_rows = write.model.library == "django" and write.saves
        if tells_of_rows and on_saving.does_more(write.model):
            continue
        heard = on_saving.receiver_of_any if tells_of_rows else None
        line = tree.model.line_of(found.loop)
        yield at.finding(
            write.place,
            f"{_subject(write)} in each turn of the loop at line {line}, by {_one(f'{write.method}()')} of its own",
            confidence=Confidence.MEDIUM if write.overridden or heard is not None else Confidence.HIGH,
            help=written_together(write, found) or rule.help,
            evidence=[f"`{write.model.name}` defines `save()` itself"] if write.overridden else [],
            related=[] if heard is None else [heard.related()],
        )


def _one(word: str) -> str:
    """Return a word in backticks behind its article."""
    return f"{'an' if word[0] in 'aeiouAEIOU' else 'a'} `{word}`"


def _subject(write: Write) -> str:
    if not write.several:
        return f"One row of `{write.model.name}` is written"
    return f"Rows of `{write.model.name}` are {'deleted' if 'delete' in write.method else 'changed'}"


def _loop_of(write: Write, tree: Tree) -> WritingLoop | None:
    """Return the loop that writes; None where it needs the rows one by one."""
    import ast

    from perffix.semantic.written_rows import writing_loop

    call = tree.node(NodeRef("Call", write.place.span))
    if not isinstance(call, ast.Call):
        return None
    kind = "row" if write.of_row else "query" if write.of_query else "made"
    return writing_loop(call, write.model.name, kind, tree.model, fresh=write.fresh)
