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
- The database lies in a file, or the address is not written out: as a constant, in settings, or as the default of what
  comes from the environment.
- The engine does not live on: it is made and used in one function, in a script at module level or under `__main__`,
  or by Alembic.

## Fix safety

No fix is written: how many connections are right depends on the threads of the program and on what the server allows.

## References

- [SQLAlchemy: connection pooling](https://docs.sqlalchemy.org/en/20/core/pooling.html)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.model import Group, Impact, NodeRef, Related
from perffix.rules.rule import Context, ProjectContext, Rule

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator

    from perffix.model import Finding
    from perffix.semantic.model import SemanticModel

rule = Rule(
    code="PERF709",
    name="pool-unset",
    summary="An engine for a database server has no settings for its pool",
    help="Set `pool_size` to what runs at the same time, and `pool_pre_ping=True`",
    impact=Impact.LATENCY,
    group=Group.PEDANTIC,
    names=("create_engine", "create_async_engine"),
)
_MESSAGE = "The engine keeps five connections and opens ten more at most, by default"


@rule.on_call("create_engine", "create_async_engine")
def detect(call: ast.Call, at: Context) -> Iterator[Finding]:
    """Find engines of servers without settings."""
    from perffix.semantic.sql.engines import address_of, server_at

    address = address_of(call) if _keeps_defaults(call, at.model) else None
    server = "" if address is None else server_at(address, at.model)
    if server:
        yield at.finding(call, _MESSAGE, evidence=_evidence(server))


@rule.on_project
def detect_elsewhere(at: ProjectContext) -> Iterator[Finding]:
    """Find engines whose address another module says."""
    import ast

    from perffix.project.callers import calls_of
    from perffix.project.place import Place
    from perffix.project.settings import given
    from perffix.project.summaries.terms import Call
    from perffix.semantic import facts
    from perffix.semantic.sql.engines import address_of, server_at

    makers = facts.load("engines")["makers"]["engine"]
    for module, body, entry in calls_of(makers, at.project.index):
        assert isinstance(entry.term, Call)
        ref = next(iter(entry.term.arguments), dict(entry.term.keywords).get("url"))
        found = None if ref is None else given(ref, body, module, at.project.index)
        tree = at.project.trees.of(module.summary.path)
        call = None if tree is None or found is None else tree.node(NodeRef("Call", entry.span))
        if tree is None or found is None or not isinstance(call, ast.Call) or not _keeps_defaults(call, tree.model):
            continue
        address = address_of(call)
        if found.module is module or address is None or server_at(address, tree.model):
            continue
        there = at.project.trees.of(found.module.summary.path)
        value = None if there is None else there.node(NodeRef(found.entry.kind, found.entry.span))
        server = "" if there is None or value is None else server_at(value, there.model)
        if server:
            told = Related(found.entry.span, "its address is said here", found.module.summary.path)
            place = Place(module.summary.path, entry.span, entry.lines)
            yield at.finding(place, _MESSAGE, evidence=_evidence(server), related=[told])


def _keeps_defaults(call: ast.Call, model: SemanticModel) -> bool:
    """Tell whether a call makes an engine that lives on, and says nothing of its pool."""
    from perffix.semantic.sql.engines import has_pool_settings, kind_of, lives_on

    return kind_of(call, model) == "engine" and not has_pool_settings(call) and lives_on(call, model)


def _evidence(server: str) -> list[str]:
    return [f"its address names a server of {server}", "no argument is about its pool"]
