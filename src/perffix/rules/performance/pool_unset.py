"""An engine for a database server has no settings for its pool.

## What it does

Reports an engine of SQLAlchemy with the address of a server, PostgreSQL, MySQL or another, that says nothing of its
pool: neither how many connections it keeps (`pool_size`, `max_overflow`), nor how long (`pool_recycle`), nor whether it
looks if they still work (`pool_pre_ping`).

## Why it is slow

The pool keeps five connections and opens up to ten more, which it closes as soon as they are given back. A program with
more threads or tasks than that opens and closes connections all the time, and waits up to half a minute for one. And
a connection that the server has closed meanwhile makes a request fail that could have been answered.

## Example

```python
from sqlalchemy import create_engine

engine = create_engine("postgresql://db/shop")
```

## Use instead

```python
from sqlalchemy import create_engine

engine = create_engine("postgresql://db/shop", pool_size=20, pool_pre_ping=True)
```

## When it stays silent

- The engine has some setting for its pool, or gets arguments that cannot be seen.
- The database lies in a file, or the address is not written out.
- The engine does not live on: it is made and used in one function, in a script at module level or under `__main__`,
  or by Alembic.

## Fix safety

No fix is written: how many connections are right depends on the threads of the program and on what the server allows.

## References

- [SQLAlchemy: connection pooling](https://docs.sqlalchemy.org/en/20/core/pooling.html)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.model import Group, Impact
from perffix.rules.rule import Context, Rule

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator

    from perffix.model import Finding

rule = Rule(
    code="PERF709",
    name="pool-unset",
    summary="An engine for a database server has no settings for its pool",
    help="Set `pool_size` to what runs at the same time, and `pool_pre_ping=True`",
    impact=Impact.LATENCY,
    group=Group.PEDANTIC,
    names=("create_engine", "create_async_engine"),
)


@rule.on_call("create_engine", "create_async_engine")
def detect(call: ast.Call, at: Context) -> Iterator[Finding]:
    """Find engines of servers without settings."""
    from perffix.semantic.sql.engines import has_pool_settings, is_engine, lives_on, server_of

    if is_engine(call, at.model) != "engine" or has_pool_settings(call):
        return
    server = server_of(call, at.model)
    if server and lives_on(call, at.model):
        yield at.finding(
            call,
            "The engine keeps five connections and opens ten more at most, by default",
            evidence=[f"its address names a server of {server}", "no argument is about its pool"],
        )
