"""An engine or pool of connections is made for each request or turn.

## What it does

Reports an engine of SQLAlchemy, or a pool of psycopg, asyncpg and others, that is made by what answers a request, by a
function that it calls, or in each turn of a loop, though it is the same one each time.

## Why it is slow

An engine is made once for a program: it reads the address, loads the driver, and asks the database at its first
connection what it can do. Its pool keeps connections to be used again. An engine that lives as long as one request
opens a connection for it, with a handshake and a login, and throws all of that away: even with SQLite a query takes
seven times as long so, and a server may run out of connections.

## Example

```python
from fastapi import FastAPI
from sqlalchemy import create_engine, text

app = FastAPI()


@app.get("/books")
def books() -> list[str]:
    engine = create_engine("postgresql://db/shop")
    with engine.connect() as connection:
        return list(connection.scalars(text("SELECT title FROM book")))
```

## Use instead

```python
from fastapi import FastAPI
from sqlalchemy import create_engine, text

app = FastAPI()
engine = create_engine("postgresql://db/shop")


@app.get("/books")
def books() -> list[str]:
    with engine.connect() as connection:
        return list(connection.scalars(text("SELECT title FROM book")))
```

## When it stays silent

- The engine is made at module level, in a default of a parameter, or when the program starts: in `main`, `create_app`,
  a lifespan or start-up hook.
- It is kept: on an attribute, in a global name or a container, or by a cache around the function.
- It is made only when there is none yet: `if engine is None`.
- Its address comes with the request, or changes with the loop: it is another one each time.
- Nothing shows that the function is called for requests or in a loop.
- The function is a command of a command line or a task, or the code stands in a test.

## Fix safety

No fix is written: where the engine is to live, and who closes it, is for the program to say.

## References

- [SQLAlchemy: engine configuration](https://docs.sqlalchemy.org/en/20/core/engines.html)
- [psycopg: connection pools](https://www.psycopg.org/psycopg3/docs/advanced/pool.html)
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.model import Confidence, Impact, NodeRef, Related, Span
from perffix.rules.rule import Context, ProjectContext, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.model import Finding
    from perffix.project.index import Function

rule = Rule(
    code="PERF708",
    name="engine-per-call",
    summary="An engine or pool of connections is made for each request or turn",
    help="Make it once, at module level or when the program starts, and use it everywhere",
    impact=Impact.LATENCY,
    names=(
        "create_engine",
        "create_async_engine",
        "create_pool",
        "create_pool_async",
        "psycopg_pool",
        "pool",
        "pooling",
    ),
)
_SAME = "its arguments are the same each time"


@rule.on_call(
    "create_engine",
    "create_async_engine",
    "ConnectionPool",
    "AsyncConnectionPool",
    "SimpleConnectionPool",
    "ThreadedConnectionPool",
    "MySQLConnectionPool",
    "create_pool",
    "create_pool_async",
)
def detect(call: ast.Call, at: Context) -> Iterator[Finding]:
    """Find what makes the same engine again and again."""
    from perffix.semantic.sql.engines import is_engine, made_again

    kind = is_engine(call, at.model)
    again = made_again(call, at.model) if kind else None
    if again is None:
        return
    related = []
    if again.call is not None:
        related.append(Related(Span.of(again.call), f"`{again.function}` is called here"))
    yield at.finding(
        call,
        f"The same {kind} is made anew {again.how}",
        confidence=Confidence.HIGH if again.call is None else Confidence.MEDIUM,
        evidence=[_SAME],
        related=related,
    )


@rule.on_project
def detect_elsewhere(at: ProjectContext) -> Iterator[Finding]:
    """Find functions that make the same engine again and again for other modules."""
    from perffix.project.callers import functions_that_call
    from perffix.project.place import Place
    from perffix.semantic import facts
    from perffix.semantic.sql.engines import is_engine, is_made_anew, made_again, may_be_called_again

    known = facts.load("engines")["engines"]
    for function, entry in functions_that_call((*known["sqlalchemy"], *known["pools"]), at.project.index):
        path = function.module.summary.path
        tree = at.project.trees.of(path)
        call = None if tree is None else tree.node(NodeRef("Call", entry.span))
        if tree is None or not isinstance(call, ast.Call) or not may_be_called_again(call, tree.model):
            continue
        kind = is_engine(call, tree.model)
        if not kind or not is_made_anew(call, tree.model) or made_again(call, tree.model) is not None:
            continue
        found = _called_elsewhere(function, at)
        if found is not None:
            how, related = found
            yield at.finding(
                Place(path, entry.span, entry.lines),
                f"The same {kind} is made anew {how}",
                confidence=Confidence.MEDIUM,
                evidence=[_SAME],
                related=[related],
            )


def _called_elsewhere(function: Function, at: ProjectContext) -> tuple[str, Related] | None:
    """Return why a function is called again and again from another module, and where; None where it may not be."""
    from perffix.project.callers import callers_of
    from perffix.semantic.sql.engines import called_again

    for caller in callers_of(function, at.project.index):
        path = caller.module.summary.path
        if caller.depends:
            return "for each request that asks for it", Related(caller.entry.span, "it is a dependency here", path)
        tree = at.project.trees.of(path)
        call = None if tree is None else tree.node(NodeRef("Call", caller.entry.span))
        if tree is None or not isinstance(call, ast.Call):
            continue
        again = called_again(call, function.qualname, tree.model)
        if again is not None:
            return again.how, Related(caller.entry.span, f"`{function.qualname}` is called here", path)
    return None
