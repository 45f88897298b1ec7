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

- The engine is made at module level, or when the program starts: in `main`, `create_app`, a lifespan or start-up hook.
- It is kept: on an attribute, in a global name or a container, or by a cache around the function.
- It is made only when there is none yet: `if engine is None`.
- Its address comes with the request, or changes with the loop: it is another one each time.
- Nothing shows that the function is called for requests or in a loop of its module.
- The function is a command of a command line or a task, or the code stands in a test.

## Fix safety

No fix is written: where the engine is to live, and who closes it, is for the program to say.

## References

- [SQLAlchemy: engine configuration](https://docs.sqlalchemy.org/en/20/core/engines.html)
- [psycopg: connection pools](https://www.psycopg.org/psycopg3/docs/advanced/pool.html)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.model import Confidence, Impact, Related, Span
from perffix.rules.rule import Context, Rule

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator

    from perffix.model import Finding

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
        evidence=["its arguments are the same each time"],
        related=related,
    )
