"""Sessions that wait refuse to load a relation on the way: with the fix the code works, by as many queries as said.

The code without it is not run: it leaves coroutines behind that nobody awaits.
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from databases import statements_of
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy_shop import MODELS
from views import Views, mended

VIEWS = Views(MODELS, "async def view(session):")
text_of = VIEWS.text


async def counted(text: str) -> int:
    """Return how many queries the coroutine of a module runs on ten rows of each table."""
    names: dict[str, Any] = {}
    exec(compile(text, "shop.py", "exec"), names)
    engine = create_async_engine("sqlite+aiosqlite://")
    try:
        async with engine.begin() as connection:
            await connection.run_sync(names["Base"].metadata.create_all)
        async with AsyncSession(engine) as session:
            for number in range(10):
                author = names["Author"](name=f"author {number}", publisher=names["Publisher"](name="house"))
                review = names["Review"](critic=names["Critic"]())
                session.add(names["Book"](title=f"book {number}", author=author, editor=author, reviews=[review]))
            await session.commit()
        async with AsyncSession(engine) as session:
            with statements_of(engine.sync_engine) as statements:
                await names["view"](session)
    finally:
        await engine.dispose()
    return len(statements)


@pytest.mark.parametrize(
    ("code", "after", "option"),
    [
        ("for r in await session.scalars(select(Review)):\n    r.critic.id", 1, "joinedload(Review.critic)"),
        ("for b in (await session.scalars(select(Book))).all():\n    b.author.name", 2, "selectinload(Book.author)"),
        (
            "found = await session.execute(select(Book))\n[len(b.reviews) for b in found.scalars()]",
            2,
            "selectinload(Book.reviews)",
        ),
        (
            "async for b in await session.stream_scalars(select(Book)):\n    b.author.publisher.name",
            2,
            "selectinload(Book.author).joinedload(Author.publisher)",
        ),
    ],
)
def test_code_that_fails_works_with_the_fix(code: str, after: int, option: str) -> None:
    text = VIEWS.fixed(code)
    assert option in text
    assert option not in text_of(code)
    assert asyncio.run(counted(text)) == after


def test_attributes_that_wait_ask_for_each_row() -> None:
    code = "for r in await session.scalars(select(Review)):\n    await r.awaitable_attrs.critic"
    models = MODELS.replace("Base = declarative_base()", "Base = declarative_base(cls=AsyncAttrs)")
    head = "from sqlalchemy.ext.asyncio import AsyncAttrs\n"
    text = head + text_of(code).replace(MODELS, models)
    assert asyncio.run(counted(text)) == 11
    fixed = mended(text)
    assert "joinedload(Review.critic)" in fixed
    assert asyncio.run(counted(fixed)) == 1
