"""Indexes that migrations make are known as those of models are."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import pytest

from perffix.config import Configurations
from perffix.engine.checking import check_paths
from perffix.project.orm.migrations import Migrations

if TYPE_CHECKING:
    from pathlib import Path

TABLES = frozenset({"order", "shop_order"})


def may_index(text: str, column: str, file: str = "0001_first.py") -> bool:
    """Tell whether a migration is taken to make an index for a column of orders."""
    return Migrations(lambda: [(file, textwrap.dedent(text))]).may_index(column, TABLES)


@pytest.mark.parametrize(
    "text",
    [
        'op.create_index("ix_token", "order", ["token"])',
        'op.create_index("ix_token", table_name="order", columns=["token", "made"])',
        'op.create_index(op.f("ix_token"), "order", [sa.text("lower(token)")])',
        'op.create_unique_constraint("one_token", "order", ["token"])',
        'with op.batch_alter_table("order") as batch:\n    batch.create_index("ix_token", ["token"])',
        'op.create_table("order", sa.Column("token", sa.String(40), unique=True))',
        'op.create_table("order", sa.Column("token", sa.String(40)), sa.UniqueConstraint("token"))',
        'op.add_column("order", sa.Column("token", sa.String(40), index=True))',
        'op.create_index("ix_token", table, ["token"])',
        'op.execute("CREATE UNIQUE INDEX ix_token ON shop_order (token)")',
        'migrations.AddIndex(model_name="order", index=models.Index(fields=["token", "made"], name="ix"))',
        'migrations.AddConstraint("order", models.UniqueConstraint(fields=["token"], name="one"))',
        'migrations.AlterUniqueTogether(name="order", unique_together={("token", "made")})',
        'migrations.AddField(model_name="order", name="token", field=models.CharField(db_index=True))',
        'migrations.AlterField("order", "token", models.CharField(unique=True))',
        'migrations.CreateModel(name="Order", fields=[("token", models.CharField(db_index=True))])',
        'migrations.CreateModel(name="Order", fields=[], options={"unique_together": {("token", "made")}})',
        'migrations.RunSQL("create index concurrently ix on shop_order (token); select 1")',
        'schema_editor.execute("CREATE INDEX ix ON shop_order USING btree (token)")',
    ],
)
def test_an_index_that_begins_with_the_column(text: str) -> None:
    assert may_index(text, "token")


@pytest.mark.parametrize(
    "text",
    [
        'op.create_index("ix", "item", ["token"])',
        'op.create_index("ix", "order", ["made", "token"])',
        'op.add_column("order", sa.Column("token", sa.String(40), index=False))',
        'op.execute("UPDATE shop_order SET token = 1")',
        'op.execute("CREATE INDEX ix ON item (token)")',
        'with op.batch_alter_table("item") as batch:\n    batch.create_index("ix_token", ["token"])',
        'migrations.AddIndex(model_name="item", index=models.Index(fields=["token"], name="ix"))',
        'migrations.AddField(model_name="order", name="token", field=models.CharField(max_length=40))',
        'migrations.CreateModel(name="Item", fields=[("token", models.CharField(db_index=True))])',
        'migrations.RemoveIndex(model_name="order", name="token")',
    ],
)
def test_no_index_or_another(text: str) -> None:
    assert not may_index(text, "token")


def test_statements_in_a_file_of_their_own() -> None:
    assert may_index("CREATE TABLE x (a int);\nCREATE INDEX ix ON shop_order (token);", "token", "0001.sql")
    assert not may_index("CREATE TABLE x (a int);\nCREATE INDEX ix ON shop_order (code);", "token", "0001.sql")


def test_a_name_after_an_escape_in_a_string() -> None:
    assert may_index('op.execute("CREATE INDEX ix ON shop_order (\\ntoken)")', "token")
    assert not may_index('op.execute("CREATE INDEX ix ON shop_order (my_token)")', "token")


@pytest.mark.parametrize("expected", [["token", "code"], ["code"], []])
def test_several_columns_are_asked_about(expected: list[str]) -> None:
    text = 'op.create_index("a", "order", ["token"])\nop.add_column("x")\nop.create_index("b", "order", ["code"])\n'
    migrations = Migrations(lambda: [("0001_first.py", text)])
    migrations.expect(expected)
    assert [migrations.may_index(each, TABLES) for each in ("token", "code", "x", "")] == [True, True, False, False]


def test_what_cannot_be_read_may_make_any() -> None:
    assert may_index("create_index(token", "token")


MODELS = """
from django.db import models


class Customer(models.Model):
    name = models.CharField(max_length=40)


class Order(models.Model):
    customer = models.ForeignKey(Customer, models.CASCADE)
    token = models.CharField(max_length=40)
"""
VIEWS = """
from shop.models import Order


def order(token):
    return Order.objects.get(token=token)
"""


def check(folder: Path) -> list[str]:
    """Return what is found in a folder."""
    report = check_paths([str(folder)], Configurations({"select": ["PERF707"]}, isolated=True))
    assert report.complete
    return [finding.message for finding in report.findings]


@pytest.mark.parametrize("folder", ["shop/migrations", "migrations", "alembic/versions"])
def test_the_migrations_of_an_app_are_found(tmp_path: Path, folder: str) -> None:
    for name, text in (("shop/__init__", ""), ("shop/models", MODELS), ("shop/views", VIEWS), (f"{folder}/a", "")):
        path = tmp_path / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert check(tmp_path) == ["`token` has no index, and a query looks rows of `Order` up by it"]
    (tmp_path / folder / "b.py").write_text('run("CREATE INDEX token ON shop_order (token)")\n')
    assert check(tmp_path) == []


def test_what_is_far_away_belongs_to_others(tmp_path: Path) -> None:
    app = tmp_path / "src" / "main" / "shop"
    app.mkdir(parents=True)
    for name, text in (("__init__", ""), ("models", MODELS), ("views", VIEWS)):
        (app / f"{name}.py").write_text(text)
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "b.sql").write_text("CREATE INDEX token ON shop_order (token)")
    assert len(check(tmp_path)) == 1
