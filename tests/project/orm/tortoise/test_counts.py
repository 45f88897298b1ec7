"""Tortoise itself is asked: how many queries code runs, and how many when it is fixed."""

from __future__ import annotations

import asyncio
import sys
from types import ModuleType
from typing import Any

import pytest
from databases import tortoise_tables
from fixture_files import findings_in
from tortoise.backends.sqlite.client import SqliteClient
from views import Views, mended

from perffix.model import Applicability
from perffix.rules.performance import query_in_loop

MODELS = """\
from tortoise import fields
from tortoise.models import Model


class City(Model):
    id = fields.IntField(primary_key=True)
    name = fields.CharField(max_length=50)


class Tournament(Model):
    id = fields.IntField(primary_key=True)
    name = fields.CharField(max_length=50)
    city = fields.ForeignKeyField("models.City", related_name="tournaments")


class Event(Model):
    id = fields.IntField(primary_key=True)
    name = fields.CharField(max_length=50)
    tournament = fields.ForeignKeyField("models.Tournament", related_name="events")
    teams = fields.ManyToManyField("models.Team", related_name="events")


class Team(Model):
    id = fields.IntField(primary_key=True)
    name = fields.CharField(max_length=50)


"""


VIEWS = Views(MODELS, "async def view(unknown=None):")
text_of, findings, fixed = VIEWS.text, VIEWS.findings, VIEWS.fixed


def queries(text: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """Return how many queries the coroutine of a module runs on ten rows of each table."""
    module = ModuleType("tortoise_shop")
    exec(compile(text, "tortoise_shop.py", "exec"), module.__dict__)
    monkeypatch.setitem(sys.modules, "tortoise_shop", module)
    return asyncio.run(_count(module, monkeypatch))


async def _count(module: ModuleType, monkeypatch: pytest.MonkeyPatch) -> int:
    names: dict[str, Any] = module.__dict__
    count = 0
    execute: Any = SqliteClient.execute_query

    async def counting(self: Any, *arguments: Any, **options: Any) -> Any:
        nonlocal count
        count += 1
        return await execute(self, *arguments, **options)

    async with tortoise_tables("tortoise_shop"):
        for number in range(10):
            city = await names["City"].create(name=f"city {number}")
            tournament = await names["Tournament"].create(name=f"tournament {number}", city=city)
            event = await names["Event"].create(name=f"event {number}", tournament=tournament)
            await event.teams.add(await names["Team"].create(name=f"team {number}"))
        with monkeypatch.context() as patch:
            patch.setattr(SqliteClient, "execute_query", counting)
            await names["view"]()
    return count


@pytest.mark.parametrize(
    ("code", "before", "after", "query"),
    [
        ("for e in await Event.all():\n    await e.tournament", 11, 1, 'Event.all().select_related("tournament")'),
        (
            "async for e in Event.filter(id__gt=0):\n    (await e.tournament).name",
            11,
            1,
            '.select_related("tournament")',
        ),
        (
            "for e in await Event.all().select_related('tournament'):\n    await e.tournament.city",
            11,
            1,
            'Event.all().select_related("tournament__city")',
        ),
    ],
)
def test_a_fix_brings_the_queries_down(
    code: str, before: int, after: int, query: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert queries(text_of(code), monkeypatch) == before
    text = fixed(code)
    assert query in text
    assert query not in text_of(code)
    assert queries(text, monkeypatch) == after
    assert mended(text) == text


@pytest.mark.parametrize(
    ("code", "before", "advice"),
    [
        (
            "for t in await Tournament.all():\n    [e.name for e in await t.events.all()]",
            11,
            '`.prefetch_related("events")`, and use `events` itself instead of its `all()`',
        ),
        (
            "for e in await Event.all():\n    await e.teams.all()",
            11,
            '`.prefetch_related("teams")`, and use `teams` itself instead of its `all()`',
        ),
        (
            "for t in await Tournament.all():\n    await t.fetch_related('events')\n    [e.name for e in t.events]",
            11,
            '`.prefetch_related("events")` instead of `fetch_related` for each',
        ),
    ],
)
def test_what_no_mechanical_edit_can_do_is_said(
    code: str, before: int, advice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert queries(text_of(code), monkeypatch) == before
    fixes = [each.fix for each in findings(code)]
    assert [each and each.description for each in fixes] == [f"Load it with the rows: {advice}"]
    assert [each and each.applicability for each in fixes] == [Applicability.DISPLAY]


@pytest.mark.parametrize(
    ("code", "count"),
    [
        ("for e in await Event.all():\n    e.tournament_id", 1),
        ("for e in await Event.all().select_related('tournament'):\n    e.tournament.name", 1),
        ("for e in await Event.all().prefetch_related('tournament'):\n    e.tournament.name", 2),
        ("for t in await Tournament.all().prefetch_related('events'):\n    [e.name for e in t.events]", 2),
        ("for t in await Tournament.all().prefetch_related('events__teams'):\n    [len(e.teams) for e in t.events]", 4),
        (
            "es = await Event.all()\nawait Event.fetch_for_list(es, 'tournament')\n[e.tournament for e in es]",
            2,
        ),
        ("await (await Event.first()).tournament", 2),
    ],
)
def test_nothing_is_said_of_what_costs_nothing(code: str, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    assert queries(text_of(code), monkeypatch) == count
    assert findings(code) == []


@pytest.mark.parametrize(
    ("code", "count", "advice"),
    [
        ("for key in range(1, 11):\n    await Event.get(id=key)", 10, "`Event.filter(id__in=values)`"),
        ("for n in range(10):\n    await Event.filter(name=f'{n}').first()", 10, "`Event.filter(name__in=values)`"),
        ("for n in range(10):\n    [e async for e in Event.filter(name=f'{n}')]", 10, "name__in=values"),
        (
            "async for t in Tournament.all():\n    await Event.filter(tournament=t).count()",
            11,
            'Event.annotate(number=Count("id")).group_by("tournament_id").values_list("tournament_id", "number")',
        ),
    ],
)
def test_a_query_in_each_turn(code: str, count: int, advice: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert queries(text_of(code), monkeypatch) == count
    (finding,) = findings_in(text_of(code), query_in_loop.rule)
    assert advice in (finding.help or "")


def test_queries_that_a_loop_does_not_repeat(monkeypatch: pytest.MonkeyPatch) -> None:
    code = "for keys in [[n, n + 1] for n in range(9)]:\n    await Event.filter(id__in=keys).count()"
    assert queries(text_of(code), monkeypatch) == 9
    assert findings_in(text_of(code), query_in_loop.rule) == []


def test_a_row_that_is_written_in_between_is_not_joined() -> None:
    """Each event would get a copy of its tournament, as it was before."""
    view = "for e in await Event.all():\n    t = await e.tournament\n    t.name += '!'\n    await {}.save()"
    fixes = [each.fix for row in ("t", "e") for each in findings(view.format(row))]
    assert [each and each.applicability for each in fixes] == [Applicability.DISPLAY, Applicability.UNSAFE]
