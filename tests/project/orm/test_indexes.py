"""What is known of indexes, against what databases do with the tables that the mappers make."""

from __future__ import annotations

import asyncio
import sys
import textwrap
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest
from databases import tables_of, tortoise_tables
from explained import explained
from fixture_files import FIXTURES, findings_in, read_fixture
from projects import project
from sqlalchemy import text
from tortoise import connections

from perffix import check_source
from perffix.project.orm.field_schema import FieldSchema
from perffix.project.orm.sqlalchemy.schema import SqlalchemySchema
from perffix.rules.performance import filter_on_unindexed_column

if TYPE_CHECKING:
    from collections.abc import Callable

    from perffix.project.orm.schema import Schema

FOLDER = FIXTURES / "PERF707_filter_on_unindexed_column"
Columns = dict[str, dict[str, bool]]


def believed(source: str, library: str) -> Columns:
    """Return which columns of a module's models are known to have no index, by model and column."""
    shop = project({"shop": source})
    schema: Schema = SqlalchemySchema(shop.index) if library == "sqlalchemy" else FieldSchema(shop.index, library)
    found: Columns = {}
    for model in shop.models.models.values():
        if model.cls is not None and not model.abstract:
            known = {name: schema.column(model, name) for name in model.fields}
            found[model.name] = {name: not column.indexed for name, column in known.items() if column is not None}
    return found


def disagreeing(source: str, library: str, reads_all: Callable[[str, str], bool]) -> list[str]:
    """Return the columns for which belief and database disagree; a column may pass for one with an index."""
    known = [
        (f"{model}.{name}", unindexed, reads_all(model, name))
        for model, names in believed(source, library).items()
        for name, unindexed in names.items()
    ]
    assert any(unindexed for _, unindexed, _ in known)
    assert any(not unindexed for _, unindexed, _ in known)
    return [name for name, unindexed, truth in known if unindexed != truth]


@pytest.fixture(scope="module")
def flagged() -> Any:
    """What Django and the database do with the code that is flagged."""
    return explained(read_fixture(FOLDER / "flagged.py").text)


@pytest.fixture(scope="module")
def clean() -> Any:
    """What Django and the database do with the code that is not."""
    return explained(read_fixture(FOLDER / "clean.py").text)


def test_each_query_that_is_flagged_reads_a_whole_table(flagged: Any) -> None:
    assert flagged.functions
    assert all(flagged.functions.values())


@pytest.mark.parametrize("name", ["have_an_index", "found_by_another_column"])
def test_a_query_that_an_index_serves_reads_none(clean: Any, name: str) -> None:
    assert clean.functions[name] is False


@pytest.mark.parametrize("name", ["flagged", "clean"])
def test_indexes_of_django_models(request: pytest.FixtureRequest, name: str) -> None:
    truth: Columns = request.getfixturevalue(name).columns
    source = read_fixture(FOLDER / f"{name}.py").text
    # An index of an expression serves another comparison than that of the test.
    assert disagreeing(source, "django", lambda model, column: truth[model][column]) in ([], ["Order.key"])


SQLALCHEMY = """\
from datetime import datetime

from sqlalchemy import (
    Boolean, Column, DateTime, ForeignKey, Index, Integer, PrimaryKeyConstraint, String, UniqueConstraint, func, select,
)
from sqlalchemy.orm import Mapped, Session, declarative_base, declared_attr, mapped_column, relationship

Base = declarative_base()


class Customer(Base):
    __tablename__ = "customer"
    id = Column(Integer, primary_key=True)
    email = Column(String(100), unique=True)
    name = Column(String(100))


class Stamped:
    made = Column(DateTime, default=datetime.now)
    token = Column("secret_token", String(40))

    @declared_attr
    def __table_args__(cls):
        return (Index(f"ix_{cls.__tablename__}_made", "made"), {"comment": "stamped"})


class Order(Stamped, Base):
    __tablename__ = "order"
    id = Column(Integer, primary_key=True)
    customer_id = Column(Integer, ForeignKey("customer.id"))
    number = Column(String(40), index=True)
    customer = relationship(Customer)


class Item(Base):
    __tablename__ = "item"
    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("order.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    barcode: Mapped[str] = mapped_column(String(40))
    serial: Mapped[str] = mapped_column(String(40))
    code: Mapped[str] = mapped_column(String(40))
    hash: Mapped[str] = mapped_column(String(40))
    phone: Mapped[str] = mapped_column(String(40))
    nonce: Mapped[str] = mapped_column(String(40))
    order = relationship(Order)
    __table_args__ = (
        UniqueConstraint("barcode", "serial"),
        Index("ix_code", code.desc(), order_id),
    )


Index("ix_hash", Item.hash)


def create_index(table, column):
    print(table, column)


def upgrade():
    create_index("item", "nonce")


class Stock(Base):
    __tablename__ = "stock"
    item_id = Column(Integer, ForeignKey("item.id"))
    shelf = Column(String(40))
    __table_args__ = (PrimaryKeyConstraint("item_id", "shelf"),)


"""


def test_indexes_of_sqlalchemy_models(monkeypatch: pytest.MonkeyPatch) -> None:
    names = executed(SQLALCHEMY, monkeypatch)

    def reads_all(model: str, name: str) -> bool:
        column = getattr(names[model], name).property.columns[0]
        with engine.connect() as connection:
            plan = text(f'EXPLAIN QUERY PLAN SELECT * FROM "{column.table.name}" WHERE "{column.name}" = 1')
            return any(row[-1].startswith("SCAN") for row in connection.execute(plan))

    with tables_of(names["Base"].metadata) as engine:
        # What a function of the project makes is not made here.
        assert disagreeing(SQLALCHEMY, "sqlalchemy", reads_all) == ["Item.nonce"]


PEEWEE = """\
from datetime import datetime

from peewee import (
    CharField, CompositeKey, DateTimeField, ForeignKeyField, IntegerField, Model, SqliteDatabase, UUIDField,
)

db = SqliteDatabase(":memory:")


class Base(Model):
    class Meta:
        database = db


class Customer(Base):
    email = CharField(unique=True)
    phone = CharField(index=True)
    name = CharField()


class Order(Base):
    customer = ForeignKeyField(Customer)
    token = CharField()
    shop = CharField()
    number = CharField()
    serial = CharField()
    barcode = CharField()
    made = DateTimeField(default=datetime.now)

    class Meta:
        indexes = ((("shop", "number"), True), (("serial",), False))


Order.add_index(Order.barcode)


class Stock(Base):
    shelf = CharField()
    code = CharField()

    class Meta:
        primary_key = CompositeKey("shelf", "code")


"""


def test_indexes_of_peewee_models(monkeypatch: pytest.MonkeyPatch) -> None:
    names = executed(PEEWEE, monkeypatch)
    models = [names[each] for each in ("Customer", "Order", "Stock")]
    names["db"].create_tables(models)

    def reads_all(model: str, name: str) -> bool:
        field = getattr(names[model], name)
        table = names[model]._meta.table_name
        plan = names["db"].execute_sql(f'EXPLAIN QUERY PLAN SELECT * FROM "{table}" WHERE "{field.column_name}" = 1')
        return any(row[-1].startswith("SCAN") for row in plan.fetchall())

    assert disagreeing(PEEWEE, "peewee", reads_all) == []
    names["db"].close()


TORTOISE = """\
from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model


class Customer(Model):
    id = fields.IntField(primary_key=True)
    email = fields.CharField(max_length=50, unique=True)
    phone = fields.CharField(max_length=50, db_index=True)
    name = fields.CharField(max_length=50)


class Order(Model):
    id = fields.IntField(primary_key=True)
    customer = fields.ForeignKeyField("models.Customer")
    token = fields.CharField(max_length=50)
    shop = fields.CharField(max_length=50)
    number = fields.CharField(max_length=50)
    serial = fields.CharField(max_length=50)
    made = fields.DatetimeField(auto_now_add=True)

    class Meta:
        unique_together = (("shop", "number"),)
        indexes = [Index(fields=("serial", "made"))]


"""


def test_indexes_of_tortoise_models(monkeypatch: pytest.MonkeyPatch) -> None:
    executed(TORTOISE, monkeypatch)
    plans = asyncio.run(_plans_of_tortoise())
    assert disagreeing(TORTOISE, "tortoise", lambda model, name: plans[model.lower(), name]) == []


async def _plans_of_tortoise() -> dict[tuple[str, str], bool]:
    found = {}
    async with tortoise_tables("shop"):
        connection = connections.get("default")
        for table in ("customer", "order"):
            for column in await connection.execute_query_dict(f"PRAGMA table_info('{table}')"):
                name = column["name"]
                plan = await connection.execute_query_dict(
                    f"EXPLAIN QUERY PLAN SELECT * FROM '{table}' WHERE {name} = 1"
                )
                found[table, name] = any(row["detail"].startswith("SCAN") for row in plan)
    return found


def executed(source: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Return what the names of a module hold when it is run."""
    module = ModuleType("shop")
    monkeypatch.setitem(sys.modules, "shop", module)
    exec(compile(source, "shop", "exec"), module.__dict__)
    return module.__dict__


def told(models: str, code: str) -> list[str]:
    """Return the columns that a function with some code looks rows up by, as the rule names them."""
    source = models + "def view(session, value, values):\n" + textwrap.indent(textwrap.dedent(code), "    ")
    return [finding.message.split("`")[1] for finding in findings_in(source, filter_on_unindexed_column.rule)]


@pytest.mark.parametrize(
    ("code", "columns"),
    [
        ("session.query(Order).filter(Order.customer_id == value).all()", ["customer_id"]),
        ("session.query(Order).filter_by(customer_id=value).count()", ["customer_id"]),
        ("session.query(Order).filter(Order.customer == value).first()", ["customer_id"]),
        ("session.query(Order).filter(value == Order.customer_id).one()", ["customer_id"]),
        ("session.scalars(select(Order).where(Order.token == value)).all()", ["token"]),
        ("session.execute(select(Item).where(Item.order_id.in_(values)).limit(5)).scalars().all()", ["order_id"]),
        ("session.scalar(select(Item).where(Item.serial == value, Item.phone == value))", ["serial"]),
        ("list(session.query(Item).filter(Item.serial == value).order_by(Item.id))", ["serial"]),
        # Another column has an index.
        ("session.query(Order).filter_by(customer_id=value, number=value).all()", []),
        ("session.query(Item).filter(Item.customer_id == value, Item.order_id == value).all()", []),
        # An index or constraint begins with it.
        ("session.query(Item).filter(Item.code == value).all()", []),
        ("session.query(Item).filter(Item.hash == value).all()", []),
        ("session.query(Item).filter(Item.barcode == value).all()", []),
        ("session.query(Customer).filter(Customer.email == value).one()", []),
        # Rows may be found by the other table.
        ("session.query(Order).join(Customer).filter(Order.token == value).all()", []),
        ("session.query(Order).filter(Order.token == value, Customer.id == Order.customer_id).all()", []),
        # Not all of it is known, or it leaves many rows.
        ("session.query(Order).filter(Order.token == value, *values).all()", []),
        ("session.query(Order).filter((Order.token == value) | (Order.id == 1)).all()", []),
        ("session.query(Order).filter(Order.token != value).all()", []),
        ("session.query(Order).filter(Order.token.like(value)).all()", []),
        # The table does not grow, the rows are removed, the query does not run.
        ("session.query(Customer).filter(Customer.name == value).one()", []),
        ("session.query(Order).filter(Order.token == value).delete()", []),
        ("return session.query(Order).filter(Order.token == value)", []),
    ],
)
def test_queries_of_sqlalchemy(code: str, columns: list[str]) -> None:
    assert told(SQLALCHEMY, code) == columns


@pytest.mark.parametrize(
    ("code", "columns"),
    [
        ("Order.get(Order.token == value)", ["token"]),
        ("Order.get_or_none(Order.token == value)", ["token"]),
        ("list(Order.select().where(Order.token == value))", ["token"]),
        ("for order in Order.select().where(Order.token << values).limit(5): print(order)", ["token"]),
        ("Order.select().where((Order.token == value) & (Order.made > value)).first()", ["token"]),
        ("Order.select().where(Order.token == value).count()", ["token"]),
        ("Order.get(Order.serial == value)", []),
        ("Order.get(Order.barcode == value)", []),
        ("Order.select().where(Order.customer == value, Order.token == value).first()", []),
        ("Order.select().join(Customer).where(Order.token == value).first()", []),
    ],
)
def test_queries_of_peewee(code: str, columns: list[str]) -> None:
    assert told(PEEWEE, code) == columns


@pytest.mark.parametrize(
    ("code", "columns"),
    [
        ("await Order.get(token=value)", ["token"]),
        ("await Order.get_or_none(number=value)", ["number"]),
        ("await Order.filter(token=value).first()", ["token"]),
        ("await Order.filter(token__in=values).count()", ["token"]),
        ("async for order in Order.filter(token=value): print(order)", ["token"]),
        ("await Order.filter(customer=value, token=value).first()", []),
        ("await Order.filter(serial=value).first()", []),
        ("await Customer.get(phone=value)", []),
    ],
)
def test_queries_of_tortoise(code: str, columns: list[str]) -> None:
    assert told(TORTOISE, f"async def inner():\n    {code}") == columns


def test_a_column_with_two_bounds_is_named_once() -> None:
    visits = """
        from django.db import models

        class Visit(models.Model):
            token = models.CharField(max_length=40)
            seen = models.DateTimeField()
            made = models.DateTimeField(auto_now_add=True)

        def visits(request, token, first, last):
            return list(Visit.objects.filter(token=token, seen__gte=first, seen__lt=last))
        """
    (found,) = check_source(textwrap.dedent(visits), select=["PERF707"])
    assert found.help is not None
    assert "an index on `token`, `seen` together" in found.help
