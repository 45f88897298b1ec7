"""SQLModel itself is asked: how many queries code runs, and how many when it is fixed."""

from __future__ import annotations

import sys
import textwrap
from types import ModuleType
from typing import Any

import pytest
from fixture_files import findings_in, fixed_text
from sqlalchemy import create_engine, event
from sqlalchemy.orm import registry
from sqlmodel import Session

from perffix.model import Applicability
from perffix.rules.performance import n_plus_one_relation

MODELS = """\
from typing import List, Optional

from sqlalchemy.orm import joinedload, selectinload
from sqlmodel import Field, Relationship, Session, SQLModel, select


class Base(SQLModel, registry=registry()):
    pass


class City(Base, table=True):
    id: Optional[int] = Field(default=None, primary_key=True)
    teams: List["Team"] = Relationship(back_populates="city")


class Team(Base, table=True):
    id: Optional[int] = Field(default=None, primary_key=True)
    city_id: Optional[int] = Field(default=None, foreign_key="city.id")
    city: Optional[City] = Relationship(back_populates="teams")
    heroes: List["Hero"] = Relationship(back_populates="team")
    fans: List["Fan"] = Relationship(sa_relationship_kwargs={"lazy": "selectin"})


class Hero(Base, table=True):
    id: Optional[int] = Field(default=None, primary_key=True)
    team_id: Optional[int] = Field(default=None, foreign_key="team.id")
    team: Optional[Team] = Relationship(back_populates="heroes")


class Fan(Base, table=True):
    id: Optional[int] = Field(default=None, primary_key=True)
    team_id: Optional[int] = Field(default=None, foreign_key="team.id")


"""


def text_of(code: str) -> str:
    """Return a module with the models and a function with this body."""
    return f"{MODELS}def view(session):\n{textwrap.indent(textwrap.dedent(code), '    ')}\n"


def fixed(code: str) -> str:
    """Return the module with all fixes."""
    return fixed_text(text_of(code), n_plus_one_relation.rule, Applicability.UNSAFE)


def queries(text: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """Return how many queries the function of a module runs on ten rows of each table."""
    module = ModuleType("sqlmodel_shop")
    monkeypatch.setitem(sys.modules, "sqlmodel_shop", module)
    names: dict[str, Any] = module.__dict__
    names["registry"] = registry
    exec(compile(text, "sqlmodel_shop.py", "exec", dont_inherit=True), names)
    engine = create_engine("sqlite://")
    names["Base"].metadata.create_all(engine)
    with Session(engine) as session:
        for _ in range(10):
            team = names["Team"](city=names["City"](), heroes=[names["Hero"]()], fans=[names["Fan"]()])
            session.add(team)
        session.commit()
    count = 0

    def add(*_: object) -> None:
        nonlocal count
        count += 1

    event.listen(engine, "before_cursor_execute", add)
    with Session(engine) as session:
        names["view"](session)
    engine.dispose()
    names["Base"].metadata.clear()
    return count


@pytest.mark.parametrize(
    ("code", "before", "after", "option"),
    [
        (
            "for t in session.exec(select(Team)).all():\n    t.city",
            12,
            2,
            "select(Team).options(joinedload(Team.city))",
        ),
        (
            "for t in session.exec(select(Team)):\n    t.heroes",
            12,
            3,
            "select(Team).options(selectinload(Team.heroes))",
        ),
        ("for h in session.exec(select(Hero)):\n    h.team.city", 31, 2, "joinedload(Hero.team).joinedload(Team.city)"),
    ],
)
def test_a_fix_brings_the_queries_down(
    code: str, before: int, after: int, option: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert queries(text_of(code), monkeypatch) == before
    text = fixed(code)
    assert option in text
    assert queries(text, monkeypatch) == after
    assert fixed(code) == text


@pytest.mark.parametrize(
    ("code", "count"),
    [
        ("for t in session.exec(select(Team)):\n    t.fans", 2),
        ("for c in session.exec(select(City).options(selectinload(City.teams))):\n    [t.city for t in c.teams]", 3),
        ("session.exec(select(Hero)).first().team", 3),
    ],
)
def test_nothing_is_said_of_what_costs_nothing(code: str, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    assert queries(text_of(code), monkeypatch) == count
    assert findings_in(text_of(code), n_plus_one_relation.rule) == []
