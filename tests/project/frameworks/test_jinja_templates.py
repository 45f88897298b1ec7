"""Flask and Starlette render Jinja's templates: how many queries a page runs, and how many when the view is mended."""

from __future__ import annotations

import importlib.util
import sys
from typing import TYPE_CHECKING, Any

import pytest
from databases import statements_of, tables_of
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool

from perffix.cli import main

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MODELS = """\
from sqlalchemy import Column, ForeignKey, Integer, String, select
from sqlalchemy.orm import declarative_base, joinedload, relationship

Base = declarative_base()


class City(Base):
    __tablename__ = "city"
    id = Column(Integer, primary_key=True)
    name = Column(String)


class Customer(Base):
    __tablename__ = "customer"
    id = Column(Integer, primary_key=True)
    name = Column(String)
    city_id = Column(ForeignKey("city.id"))
    city = relationship(City)


class Order(Base):
    __tablename__ = "orders"
    id = Column(Integer, primary_key=True)
    customer_id = Column(ForeignKey("customer.id"))
    customer = relationship(Customer)
    lines = relationship("Line")

    def total(self):
        return sum(line.amount for line in self.lines)


class Line(Base):
    __tablename__ = "line"
    id = Column(Integer, primary_key=True)
    order_id = Column(ForeignKey("orders.id"))
    amount = Column(Integer)
"""
FLASK = """\
from flask import Flask, render_template
from models import *

app = Flask(__name__)


def page(session):
    orders = session.scalars(select(Order).order_by(Order.id)).all()
    with app.test_request_context():
        return render_template("orders.html", orders=orders, title="Orders")
"""
STARLETTE = """\
from fastapi.templating import Jinja2Templates
from models import *
from starlette.requests import Request

templates = Jinja2Templates(directory="templates")


def page(session):
    request = Request({"type": "http"})
    orders = session.scalars(select(Order).order_by(Order.id)).all()
    return templates.TemplateResponse(request, "orders.html", {"orders": orders}).body.decode()
"""


class Page:
    """An application of one page in a folder of its own."""

    def __init__(self, folder: Path, view: str, template: str, others: Mapping[str, str] | None = None) -> None:
        self._folder = folder
        (folder / "templates").mkdir()
        (folder / "models.py").write_text(MODELS, "utf-8")
        (folder / "view.py").write_text(view, "utf-8")
        (folder / "templates" / "orders.html").write_text(template, "utf-8")
        (folder / "templates" / "row.html").write_text("{{ order.customer.city.name }}", "utf-8")
        (folder / "templates" / "base.html").write_text("<p>{% block content %}{% endblock %}</p>", "utf-8")
        for name, text in (others or {}).items():
            (folder / "templates" / name).write_text(text, "utf-8")

    @property
    def view(self) -> str:
        """The text of its view."""
        return (self._folder / "view.py").read_text("utf-8")

    def mend(self) -> None:
        """Apply all fixes."""
        arguments = ["check", "--isolated", "--select", "PERF701,PERF712", "--unsafe-fixes", "--apply", "-q", "."]
        main(arguments)

    def shown(self, monkeypatch: pytest.MonkeyPatch) -> tuple[str, int]:
        """Return the page for ten orders, and how many queries it took."""
        modules: dict[str, Any] = {}
        for name in ("models", "view"):
            spec = importlib.util.spec_from_file_location(name, self._folder / f"{name}.py")
            assert spec is not None
            assert spec.loader is not None
            modules[name] = importlib.util.module_from_spec(spec)
            monkeypatch.setitem(sys.modules, name, modules[name])
            spec.loader.exec_module(modules[name])
        models = modules["models"]
        with tables_of(models.Base.metadata, poolclass=StaticPool) as engine:
            with Session(engine) as session:
                for number in range(10):
                    customer = models.Customer(name=f"customer {number}", city=models.City(name=f"city {number}"))
                    session.add(models.Order(customer=customer, lines=[models.Line(amount=number)]))
                session.commit()
            with Session(engine) as session, statements_of(engine) as statements:
                return modules["view"].page(session), len(statements)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("body", "before", "after", "option"),
    [
        ("{{ order.customer.name }}", 11, 1, "joinedload(Order.customer)"),
        ("{{- order['customer'].name -}}", 11, 1, "joinedload(Order.customer)"),
        ("{% if order.customer %}x{% endif %}", 11, 1, "joinedload(Order.customer)"),
        ('{{ "%s!"|format(order.customer.name) ~ order.id }}', 11, 1, "joinedload(Order.customer)"),
        (
            "{{ f(order.customer.name, class='wide')\n if f\n else order.customer.name }}",
            11,
            1,
            "joinedload",
        ),
        ("{{ order.customer.name if order.id else '' }}", 11, 1, "joinedload(Order.customer)"),
        ("{% set customer = order.customer %}{{ customer.name }}", 11, 1, "joinedload(Order.customer)"),
        ("{% with customer = order.customer %}{{ customer.name }}{% endwith %}", 11, 1, "joinedload"),
        ("{{ order.lines|length }}", 11, 2, "selectinload(Order.lines)"),
        ("{% for line in order.lines if line.amount %}{{ line.amount }}{% endfor %}", 11, 2, "selectinload"),
        ("{{ order.total() }}", 11, 2, "selectinload(Order.lines)"),
        ('{{ order.lines|map(attribute="amount")|join(", ") }}', 11, 2, "selectinload(Order.lines)"),
        ('{% include "row.html" %}', 21, 1, "joinedload(Order.customer).joinedload(Customer.city)"),
    ],
)
def test_a_fix_brings_the_queries_down(
    body: str, before: int, after: int, option: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = Page(folder, FLASK, f"{{% for order in orders %}}{body}{{% endfor %}}")
    text, count = page.shown(monkeypatch)
    assert count == before
    assert option not in page.view
    page.mend()
    assert option in page.view
    assert page.shown(monkeypatch) == (text, after)


@pytest.mark.parametrize(
    "template",
    [
        '{{ orders|map(attribute="customer.name")|join(", ") }}',
        '{% for order in orders|sort(attribute="customer.name") %}{{ order.id }}{% endfor %}',
        '{{ orders|groupby("customer.name")|length }}',
        '{{ (orders|selectattr("customer")|list)|length }}',
        '{% extends "base.html" %}{% block content %}'
        "{% for o in orders %}{{ o.customer.id }}{% endfor %}{% endblock %}",
        "{% for order in orders|reverse %}{{ loop.index }} {{ order.customer.id }}\n{%- else %}none{% endfor %}",
        '{% for order in orders %}\n{% include\n  "row.html" ignore missing %}{% endfor %}',
    ],
)
def test_filters_and_blocks_ask_for_relations(template: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = Page(folder, FLASK, template)
    text, count = page.shown(monkeypatch)
    assert count in (11, 21)
    page.mend()
    assert "options(joinedload(Order.customer)" in page.view
    assert page.shown(monkeypatch) == (text, 1)


@pytest.mark.parametrize(
    ("template", "count"),
    [
        ("{% for order in orders %}{{ order.customer_id }}{% endfor %}", 1),
        ("{{ orders|length }}", 1),
        ("{% for order in orders %}{# {{ order.customer.name }} #}{% endfor %}", 1),
        ("{% raw %}{% for order in orders %}{{ order.customer.name }}{% endfor %}{% endraw %}", 1),
        ("{{ orders[0].customer.name }}{{ (orders|first).customer.name }}", 2),
        ("{% for order in orders[:1] %}{{ order.customer.name }}{% endfor %}", 2),
        ("{% for order in others %}{{ order.customer.name }}{% endfor %}", 1),
    ],
)
def test_nothing_is_said_of_what_costs_nothing(
    template: str, count: int, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = Page(folder, FLASK, template)
    assert page.shown(monkeypatch)[1] == count
    page.mend()
    assert page.view == FLASK


def test_the_responses_of_starlette(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = Page(folder, STARLETTE, "{% for order in orders %}{{ order.customer.city.name }}{% endfor %}")
    text, count = page.shown(monkeypatch)
    assert count == 21
    page.mend()
    assert "select(Order).options(joinedload(Order.customer).joinedload(Customer.city))" in page.view
    assert page.shown(monkeypatch) == (text, 1)


WRAPPED = """\
from flask import Flask, render_template
from models import *

app = Flask(__name__)


def shown(template, **context):
    return render_template(template, app=app, **context)


def page(session):
    with app.test_request_context():
        return shown("orders.html", orders=session.scalars(select(Order).order_by(Order.id)).all())
"""


def test_a_function_around_it_passes_the_context_on(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = Page(folder, WRAPPED, "{% for order in orders %}{{ order.customer.name }}{% endfor %}")
    text, count = page.shown(monkeypatch)
    assert count == 11
    page.mend()
    assert page.shown(monkeypatch) == (text, 1)


LOOP = "{% for order in orders %}$ {% endfor %}"
NAME = "{{ order.customer.name }}"
CELLS = (
    "{% macro cell(order, label='') %}{{ label }}{{ order.customer.name }}{% endmacro %}"
    "{% macro row(order) %}<p>{{ cell(order) }}</p>{% endmacro %}"
    "{% macro listed(items) %}{% for item in items %}{{ caller(item) }}{% endfor %}{% endmacro %}"
    "{% macro table(items) %}{% for item in items %}{{ item.customer.name }}{% endfor %}{% endmacro %}"
)


@pytest.mark.parametrize(
    "template",
    [
        "{% macro cell(order) %}{{ order.customer.name }}{% endmacro %}" + LOOP.replace("$", "{{ cell(order) }}"),
        '{% import "cells.html" as cells %}' + LOOP.replace("$", "{{ cells.cell(order) }}"),
        '{% import "cells.html" as cells with context %}' + LOOP.replace("$", "{{ cells.row(order=order) }}"),
        '{% from "cells.html" import cell %}' + LOOP.replace("$", "{{ cell(label='-', order=order) }}"),
        "{% from 'cells.html' import table, row as line %}" + LOOP.replace("$", "{{- line(order)|upper -}}"),
        '{% from "cells.html" import table without context %}{{ table(orders) }}',
        "{% macro all() %}" + LOOP.replace("$", NAME) + "{% endmacro %}{{ all() }}",
        '{% from "cells.html" import cell %}{% macro outer(order) %}{{ cell(order) }}{% endmacro %}'
        + LOOP.replace("$", "{{ outer(order) }}"),
        '{% from "cells.html" import listed %}'
        + LOOP.replace("$", "{% call(x) listed([1]) %}{{ order.customer.name }}{% endcall %}"),
        "{% set shown = orders %}{% for order in shown %}{{ order.customer.name }}{% endfor %}",
        '{% include "all.html" %}',
        '{% include "all.html" with context %}',
        '{% extends "looping.html" %}{% block title %}Orders{% endblock %}',
        '{% extends "looping.html" %}{% block row %}{{ super() }}!{% endblock %}',
        '{% extends "middle.html" %}{% block title %}All{% endblock %}',
        '{% extends "base.html" %}{% block content %}{% include "all.html" %}{% endblock %}',
    ],
)
def test_macros_and_templates_above_ask_for_relations(
    template: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = Page(folder, FLASK, template, OTHERS)
    text, count = page.shown(monkeypatch)
    assert count == 11
    page.mend()
    assert "options(joinedload(Order.customer)" in page.view
    assert page.shown(monkeypatch) == (text, 1)


OTHERS = {
    "cells.html": CELLS,
    "all.html": LOOP.replace("$", NAME),
    "looping.html": f"{{% block title %}}{{% endblock %}}{{% block row %}}{LOOP.replace('$', NAME)}{{% endblock %}}",
    "middle.html": '{% extends "looping.html" %}{% block title %}Middle{% endblock %}',
}


@pytest.mark.parametrize(
    ("template", "count"),
    [
        (CELLS + LOOP.replace("$", "{{ order.id }}"), 1),
        ('{% from "cells.html" import cell %}' + LOOP.replace("$", "{{ order.id }}"), 1),
        ('{% from "cells.html" import cell %}{{ cell(orders[0]) }}', 2),
        ("{% macro all() %}" + LOOP.replace("$", NAME) + "{% endmacro %}", 1),
        (LOOP.replace("$", "{{ order.id }}") + "{% macro cell(order) %}{{ order.customer.name }}{% endmacro %}", 1),
        ('{% extends "looping.html" %}{% block row %}{{ orders|length }}{% endblock %}', 1),
        ('{% extends "middle.html" %}{% block row %}{% endblock %}', 1),
        ('{% include "all.html" without context %}', 1),
        ("{% macro cell(order) %}{{ order.id }}{% endmacro %}" + LOOP.replace("$", "{{ cell(order) }}"), 1),
    ],
)
def test_nothing_is_said_of_macros_and_blocks_that_are_not_shown(
    template: str, count: int, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = Page(folder, FLASK, template, OTHERS)
    assert page.shown(monkeypatch)[1] == count
    page.mend()
    assert page.view == FLASK
