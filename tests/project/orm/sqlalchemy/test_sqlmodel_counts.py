"""SQLModel itself is asked: how many queries code runs, and how many when it is fixed."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import pytest
from databases import statements_of, tables_of
from sqlalchemy.orm import registry
from sqlmodel import Session
from views import Views, mended

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


VIEWS = Views(MODELS)
text_of, findings, fixed = VIEWS.text, VIEWS.findings, VIEWS.fixed


def queries(text: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """Return how many queries the function of a module runs on ten rows of each table."""
    module = ModuleType("sqlmodel_shop")
    monkeypatch.setitem(sys.modules, "sqlmodel_shop", module)
    names: dict[str, Any] = module.__dict__
    names["registry"] = registry
    exec(compile(text, "sqlmodel_shop.py", "exec", dont_inherit=True), names)
    with tables_of(names["Base"].metadata) as engine:
        with Session(engine) as session:
            for _ in range(10):
                team = names["Team"](city=names["City"](), heroes=[names["Hero"]()], fans=[names["Fan"]()])
                session.add(team)
            session.commit()
        with Session(engine) as session, statements_of(engine) as statements:
            names["view"](session)
    names["Base"].metadata.clear()
    return len(statements)


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
    assert option not in text_of(code)
    assert queries(text, monkeypatch) == after
    assert mended(text) == text


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
    assert findings(code) == []
