"""Databases in memory for the models of a test: filled, counted, and closed whatever happens in between."""

from __future__ import annotations

from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import create_engine, event

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from sqlalchemy import Engine, MetaData


class Executed(NamedTuple):
    """A statement that was executed, and the values for its placeholders."""

    text: str
    parameters: Any


@contextmanager
def tables_of(metadata: MetaData, **options: Any) -> Iterator[Engine]:
    """Yield an engine of SQLAlchemy with the tables of some models.

    Args:
        metadata: of the models.
        options: of the engine.
    """
    engine = create_engine("sqlite://", **options)
    try:
        metadata.create_all(engine)
        yield engine
    finally:
        engine.dispose()


@contextmanager
def statements_of(engine: Engine) -> Iterator[list[Executed]]:
    """Yield a list that gets each statement which an engine executes in the meantime."""
    found: list[Executed] = []

    def executed(_connection: object, _cursor: object, text: str, parameters: Any, *_: object) -> None:
        found.append(Executed(text, parameters))

    event.listen(engine, "before_cursor_execute", executed)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", executed)


@asynccontextmanager
async def tortoise_tables(module: str) -> AsyncIterator[None]:
    """Let the Tortoise models of a module have tables in the meantime.

    A connection that stays open keeps a thread alive, and with it the process, for ever.
    """
    from tortoise import Tortoise

    await Tortoise.init(db_url="sqlite://:memory:", modules={"models": [module]})
    try:
        await Tortoise.generate_schemas()
        yield
    finally:
        await Tortoise.close_connections()
