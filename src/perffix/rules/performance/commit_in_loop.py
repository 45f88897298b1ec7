"""A transaction is committed in each turn of a loop.

## What it does

Reports a `commit()` that a loop runs in each of its turns, where a turn writes little else than one row. The connection
or session must be known: by what made it, by its annotation, or as a session of SQLAlchemy by the methods that are
called on it.

## Why it is slow

A commit waits until the database has everything safely on disk. Hundreds of rows fit into the time of one commit.
SQLAlchemy forgets besides what it knows of all rows of the session: the next turn loads them again, one by one.

## Example

```python
import sqlite3


def store(connection: sqlite3.Connection, titles: list[str]) -> None:
    for title in titles:
        connection.execute("INSERT INTO book (title) VALUES (?)", (title,))
        connection.commit()
```

## Use instead

```python
import sqlite3


def store(connection: sqlite3.Connection, titles: list[str]) -> None:
    for title in titles:
        connection.execute("INSERT INTO book (title) VALUES (?)", (title,))
    connection.commit()
```

## When it stays silent

- The commit ends a batch: it stands under a condition that counts or compares, or the loop goes through batches.
- The loop is a `while`, goes through a stream of messages, or tries the same again.
- A `try` in the loop catches what goes wrong in one turn, or `rollback()` undoes it.
- The turn does something slow besides, such as a request or a process: what is done so far shall be kept.
- The turn awaits something else than the database, or calls something of unknown effect after the commit: that may look
  for what was written.
- The turn opens its own connection or session, works through a loop of its own, or executes other statements than
  inserts, updates and deletions of rows.
- The loop has few turns, is left after the commit, or a guard picks out single turns.
- The turns that commit are others than those that write.
- Nothing shows that the object is a connection or a session.
- The code stands in a test or a migration.

## Fix safety

Unsafe: where a turn fails, nothing of the earlier ones is kept any more, and others see the rows later; where there is
no turn, what was written before the loop is committed all the same. The commit is moved behind the loop where it is
the last statement of a turn, nothing ends a turn between what it writes and the commit, no `return` leaves the loop,
and the turn calls only what is known. With SQLAlchemy a turn must look for no rows and for no key of an earlier one
besides: a session may not have written them. Elsewhere no fix is offered.

## References

- [SQLite: INSERT is really slow](https://www.sqlite.org/faq.html#q19)
- [SQLAlchemy: committing](https://docs.sqlalchemy.org/en/20/orm/session_basics.html#committing)
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.model import Applicability, Code, Confidence, Fix, Impact, InsertAfter, NodeRef, Related, Replace, Span
from perffix.rules.rule import Context, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.model import Finding

rule = Rule(
    code="PERF704",
    name="commit-in-loop",
    summary="A transaction is committed in each turn of a loop",
    help="Commit once, after the loop",
    impact=Impact.LATENCY,
    fix=Applicability.UNSAFE,
    needs=("commit",),
)


@rule.on_call("commit")
def detect(call: ast.Call, at: Context) -> Iterator[Finding]:
    """Find the commit of a connection in a loop."""
    func, model = call.func, at.model
    if call.args or call.keywords or not isinstance(func, ast.Attribute) or not model.stands_in_loop(call):
        return
    from perffix.semantic.sql.commits import commit_per_turn

    found = commit_per_turn(call, model)
    if found is None:
        return
    loop, connection = found.loop, found.connection
    fix = None
    if found.movable:
        statement = model.statement_of(call)
        fix = Fix(
            Applicability.UNSAFE,
            "Move the commit behind the loop",
            (
                Replace(NodeRef.of(statement), Code("")),
                InsertAfter(NodeRef.of(loop), Code("$commit", {"commit": NodeRef.of(statement)})),
            ),
        )
    sure = connection.proved and found.plain
    turns = "some turns" if found.sometimes else "each turn"
    yield at.finding(
        call,
        f"`{at.text(func.value)}` is committed in {turns} of the loop at line {loop.lineno}",
        confidence=Confidence.HIGH if sure else Confidence.MEDIUM,
        evidence=[connection.because],
        related=[Related(Span.of(found.write), "a turn writes this")],
        fix=fix,
    )
