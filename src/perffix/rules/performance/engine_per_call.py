"""An engine or pool of connections is made for each request or turn.

## What it does

Reports an engine of SQLAlchemy, a pool of psycopg, asyncpg and others, a client of MongoDB or Redis, which has a pool
of its own, or a connection to a server, that is made by what answers a request or runs as a task of Celery, by a
function that it calls, for an object that it makes, or in each turn of a loop, though it is the same one each time.
With that, an engine, pool or client that several methods of a class make anew from what their object knows.

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
- It is kept: on an attribute, in a global name or a container, or by a cache around the function. Flask's `g` keeps
  nothing beyond the request.
- The object that keeps it may be the only one of its class.
- It is made only when there is none yet: `if engine is None`.
- Its address comes with the request, or changes with the loop: it is another one each time.
- Nothing shows that the function is called for requests or in a loop.
- The function is a command of a command line, or stands in a test. A connection is opened to see whether that works.
- The connection waits for messages or notices, or belongs to a web socket.
- A client is given a pool that is there already.
- Methods make it from what their object knows, and close it themselves, by `with` or `finally`.

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
    from perffix.semantic.sql.engines_again import Making

rule = Rule(
    code="PERF708",
    name="engine-per-call",
    summary="An engine, a pool or a connection is made for each request or turn",
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
        "redis",
        "aioredis",
        "pymongo",
        "motor",
        "neo4j",
        "cassandra",
        "psycopg2",
        "psycopg",
        "asyncpg",
        "pymysql",
        "MySQLdb",
        "mysql",
        "aiomysql",
        "aiopg",
        "oracledb",
        "cx_Oracle",
        "pymssql",
        "mariadb",
    ),
)
_SAME = "its arguments are the same each time"
_FOR_CONNECTIONS = "Make a pool when the program starts, and take connections from it"
_FOR_OBJECT = "Make it once for each object, in `__init__`, and use it in all of its methods"
_WHAT = {
    "engine": "The same engine is made anew",
    "pool": "The same pool is made anew",
    "client": "The same client is made anew, with its pool,",
    "connection": "A connection to the same server is opened anew",
}


@rule.on_call(
    "create_engine",
    "create_async_engine",
    "ConnectionPool",
    "BlockingConnectionPool",
    "AsyncConnectionPool",
    "SimpleConnectionPool",
    "ThreadedConnectionPool",
    "MySQLConnectionPool",
    "create_pool",
    "create_pool_async",
    "MongoClient",
    "AsyncMongoClient",
    "AsyncIOMotorClient",
    "Redis",
    "StrictRedis",
    "from_url",
    "driver",
    "Cluster",
    "connect",
)
def detect(call: ast.Call, at: Context) -> Iterator[Finding]:
    """Find what makes the same engine again and again."""
    from perffix.semantic.sql.engines import kind_of

    kind = kind_of(call, at.model)
    if not kind:
        return
    from perffix.semantic.sql.engines_again import is_of_object, is_probe, making, other_branch

    if kind == "connection" and is_probe(at.model.function_of(call)):
        return
    how, related = _made_anew(call, kind, at)
    other = other_branch(call, at.model)
    if not how or (other is not None and kind_of(other, at.model) and _made_anew(other, kind, at)[0]):
        return  # of a name that both branches of an `if` bind, the first stands for both
    made = making(call, at.model)
    yield at.finding(
        call,
        f"{_WHAT[kind]} {how}",
        confidence=Confidence.MEDIUM if related else Confidence.HIGH,
        help=_FOR_CONNECTIONS if kind == "connection" else _FOR_OBJECT if made and is_of_object(made) else None,
        evidence=[_SAME],
        related=related,
    )


def _made_anew(call: ast.Call, kind: str, at: Context) -> tuple[str, list[Related]]:
    """Return how the module makes the same engine again and again, and where; an empty phrase where it does not."""
    from perffix.semantic.sql.engines_again import made_again, made_by_several, making

    made = making(call, at.model)
    again = None if made is None else made_again(made, at.model)
    if again is not None:
        how = f"in each turn of the loop at line {again.loop}" if again.loop else again.how
        called = again.call
        return how, [] if called is None else [Related(Span.of(called), f"`{again.function}` is called here")]
    methods = {} if made is None or kind == "connection" else made_by_several(made, at.model)
    related = [Related(Span.of(each), f"`{name}` makes one here") for name, each in list(methods.items())[:3]]
    return f"by each of {_listed(list(methods))}" if methods else "", related


def _listed(names: list[str]) -> str:
    """Return names as text: all of two, of more the first two and how many there are."""
    shown = " and ".join(f"`{name}`" for name in names[:2])
    return f"{len(names)} methods, {shown} among them" if len(names) > 2 else shown


@rule.on_project
def detect_elsewhere(at: ProjectContext) -> Iterator[Finding]:
    """Find functions and classes that make the same engine again and again for other modules."""
    from perffix.project.callers import functions_that_call
    from perffix.project.place import Place
    from perffix.semantic import facts
    from perffix.semantic.sql.engines import kind_of
    from perffix.semantic.sql.engines_again import is_of_object, made_again, making, may_be_called

    known = {name for names in facts.load("engines")["makers"].values() for name in names}
    for function, entry in functions_that_call(known, at.project.index):
        path = function.module.summary.path
        tree = at.project.trees.of(path)
        call = None if tree is None else tree.node(NodeRef("Call", entry.span))
        kind = kind_of(call, tree.model) if tree is not None and isinstance(call, ast.Call) else ""
        if tree is None or not isinstance(call, ast.Call) or not kind:
            continue
        made = making(call, tree.model)
        if made is None or not may_be_called(made, tree.model) or made_again(made, tree.model) is not None:
            continue
        found = _called_elsewhere(function, made, at)
        if found is not None:
            how, related = found
            yield at.finding(
                Place(path, entry.span, entry.lines),
                f"{_WHAT[kind]} {how}",
                confidence=Confidence.MEDIUM,
                help=_FOR_CONNECTIONS if kind == "connection" else _FOR_OBJECT if is_of_object(made) else None,
                evidence=[_SAME],
                related=[related],
            )


def _called_elsewhere(function: Function, made: Making, at: ProjectContext) -> tuple[str, Related] | None:
    """Return why a function is called again and again from another module, and where; None where it may not be."""
    from perffix.project.callers import callers_of
    from perffix.semantic.paths import is_test_path
    from perffix.semantic.sql.engines_again import called_again

    target = function if function.owner is None else function.owner
    for caller in callers_of(target, at.project.index):
        path = caller.module.summary.path
        if is_test_path(path):
            continue
        if caller.depends and not made.wanted:
            return "for each request that asks for it", Related(caller.entry.span, "it is a dependency here", path)
        tree = at.project.trees.of(path)
        call = None if tree is None else tree.node(NodeRef("Call", caller.entry.span))
        if caller.depends or tree is None or not isinstance(call, ast.Call):
            continue
        again = called_again(call, made, tree.model)
        if again is not None:
            return again.how, Related(caller.entry.span, f"`{target.qualname}` is called here", path)
    return None
