"""Models that code asks for by their names cost what they cost under their own; the numbers are Django's."""

from __future__ import annotations

import ast

import pytest
from counted import counted
from projects import project, told

from perffix import check_source, fix_source

MODELS = """
from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models

SHOP = "shop"


def get_model(app_label, model_name):
    if app_label == "store":
        app_label = SHOP
    return apps.get_model(app_label, model_name)


class AbstractPublisher(models.Model):
    name = models.CharField(max_length=50)

    class Meta:
        abstract = True
        app_label = "shop"


class AbstractBook(models.Model):
    title = models.CharField(max_length=50)
    publisher = models.ForeignKey("shop.Publisher", models.CASCADE, related_name="books")

    class Meta:
        abstract = True
        app_label = "shop"


if not apps.all_models[SHOP].get("publisher"):

    class Publisher(AbstractPublisher):
        class Meta:
            app_label = "shop"


if not apps.all_models[SHOP].get("book"):

    class Book(AbstractBook):
        class Meta:
            app_label = "shop"


def of_the_registry():
    return [book.publisher.name for book in apps.get_model("shop", "Book").objects.all()]


def by_one_text():
    return [book.publisher.name for book in apps.get_model("shop.Book").objects.all()]


def by_keywords():
    model = apps.get_model(model_name="book", app_label="Shop".lower())
    return [book.publisher.name for book in model.objects.all()]


def by_written_keywords():
    model = apps.get_model(model_name="book", app_label="shop", require_ready=False)
    return [book.publisher.name for book in model.objects.all()]


def registered():
    return [book.publisher.name for book in apps.get_registered_model("shop", "book").objects.all()]


def through_a_loader():
    return [book.publisher.name for book in get_model("shop", "Book").objects.all()]


def the_way_back():
    return [len(publisher.books.all()) for publisher in get_model("shop", "Publisher").objects.all()]


def with_all():
    return [book.publisher.name for book in get_model("shop", "Book").objects.select_related("publisher")]
"""
FOUND = ["of_the_registry", "by_one_text", "by_written_keywords", "registered", "through_a_loader", "the_way_back"]


def test_rows_of_a_model_that_is_asked_for_by_its_name_are_followed() -> None:
    fixed = fix_source(MODELS, select=["PERF701"], unsafe_fixes=True)
    before, after = (counted({"shop": text})["shop"] for text in (MODELS, fixed))
    costly = [name for name, each in before.items() if each.queries == 11]
    assert costly == ["of_the_registry", "by_one_text", "by_keywords", *FOUND[2:]]
    lines = [each.span.line for each in check_source(MODELS, select=["PERF701"])]
    functions = [each for each in ast.parse(MODELS).body if isinstance(each, ast.FunctionDef)]
    told_in = [each.name for line in lines for each in functions if each.lineno <= line <= (each.end_lineno or 0)]
    assert told_in == FOUND
    assert {name: after[name].queries for name in FOUND} == {**dict.fromkeys(FOUND, 1), "the_way_back": 2}
    assert {name: each.result for name, each in before.items()} == {name: each.result for name, each in after.items()}


SETTINGS = "AUTH_USER_MODEL = 'people.Person'\n"
PEOPLE = """
    from django.contrib.auth.models import AbstractUser
    from django.db import models

    class Club(models.Model):
        name = models.CharField(max_length=50)

    class Person(AbstractUser):
        club = models.ForeignKey(Club, models.CASCADE)
"""


@pytest.mark.parametrize(
    "model",
    [
        "get_user_model()",
        "apps.get_model(settings.AUTH_USER_MODEL)",
        "apps.get_model('auth.User')",
        "User",
        "own_get_user_model()",
    ],
)
def test_the_model_of_users_is_what_the_settings_say(model: str) -> None:
    view = f"""
        from django.apps import apps
        from django.conf import settings
        from django.contrib.auth import get_user_model
        from compat import get_user_model as own_get_user_model

        User = get_user_model()

        def view():
            for user in {model}.objects.all():
                print(user.club.name)
    """
    compat = "def get_user_model():\n    return object()\n"
    made = project(
        {"people.__init__": "", "people.models": PEOPLE, "people.views": view, "settings": SETTINGS, "compat": compat}
    )
    assert [told(each) for each in made.accesses] == ["relation club line 11"]


@pytest.mark.parametrize(
    "asked",
    [
        "apps.get_model(label, 'Person')",
        "apps.get_model('people', name)",
        "apps.get_model(*names)",
        "apps.get_model('people', 'Nobody')",
        "apps.get_model('other.Person')",
        "historical.get_model('people', 'Person')",
        "self.apps.get_model('people', 'Person')",
        "of_another_kind('people', 'Person')",
    ],
)
def test_other_names_give_nothing(asked: str) -> None:
    view = f"""
        from django.apps import apps

        def of_another_kind(app_label, model_name):
            return registry[app_label][model_name]

        def view(self, historical, label, name, names):
            for person in {asked}.objects.all():
                print(person.club.name)
    """
    made = project({"people.__init__": "", "people.models": PEOPLE, "people.views": view})
    assert not made.accesses


def test_a_label_of_two_models_names_none() -> None:
    view = """
        from django.apps import apps

        def view():
            for person in apps.get_model("people", "Person").objects.all():
                print(person.club.name)
    """
    files = {"people.__init__": "", "people.models": PEOPLE, "people.views": view}
    assert project(files).accesses
    assert not project({**files, "sandbox.people.__init__": "", "sandbox.people.models": PEOPLE}).accesses


MANAGERS = """
    from django.db import models

    class LineQuerySet(models.QuerySet):
        def with_orders(self):
            return self.select_related("order")

    class NoteQuerySet(models.QuerySet):
        pass
"""
ABSTRACT = """
    from django.db import models
    from oscar.core.loading import get_class, get_classes

    LineQuerySet = get_class("order.managers", "LineQuerySet")
    Notes, Missing = get_classes("order.managers", ["NoteQuerySet", "Missing"])

    class AbstractOrder(models.Model):
        number = models.CharField(max_length=50)

        class Meta:
            abstract = True
            app_label = "order"

    class AbstractLine(models.Model):
        order = models.ForeignKey("order.Order", models.CASCADE, related_name="lines")
        objects = LineQuerySet.as_manager()

        class Meta:
            abstract = True
            app_label = "order"

    class AbstractNote(models.Model):
        order = models.ForeignKey("order.Order", models.CASCADE)
        objects = Notes.as_manager()
        others = Missing.as_manager()

        class Meta:
            abstract = True
            app_label = "order"
"""
CONCRETE = """
    from oscar.core.loading import is_model_registered
    from shop.apps.order.abstract_models import *

    if not is_model_registered("order", "Order"):
        class Order(AbstractOrder):
            pass

    if not is_model_registered("order", "Line"):
        class Line(AbstractLine):
            pass

    if not is_model_registered("order", "Note"):
        class Note(AbstractNote):
            pass
"""
CONFIG = """
    from oscar.core.application import OscarConfig

    class OrderConfig(OscarConfig):
        label = "order"
        name = "shop.apps.order"
"""


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("get_model('order', 'Line').objects.all()", ["relation order line 7"]),
        ("get_model('order', 'Line').objects.with_orders()", []),
        ("get_model('order', 'Note').objects.all()", ["relation order line 7"]),
        ("get_model('order', 'Note').others.all()", []),
        ("get_class('order.models', 'Line').objects.all()", []),  # inside of functions it is not followed
    ],
)
def test_models_and_managers_that_oscar_loads_by_name_are_found(query: str, expected: list[str]) -> None:
    view = f"""
        from oscar.core.loading import get_class, get_model


        def view():
            for row in {query}:
                print(row.order.number)
    """
    packages = ("shop", "shop.apps", "shop.apps.order")
    files = {f"{name}.__init__": "" for name in packages} | {
        "shop.apps.order.managers": MANAGERS,
        "shop.apps.order.abstract_models": ABSTRACT,
        "shop.apps.order.models": CONCRETE,
        "shop.apps.order.apps": CONFIG,
        "shop.views": view,
    }
    assert [told(each) for each in project(files).accesses] == expected


def test_a_base_that_is_loaded_by_name_lends_its_methods() -> None:
    files = {
        "shop.__init__": "",
        "shop.people.__init__": "",
        "shop.people.models": PEOPLE,
        "shop.people.mixins": """
            class Told:
                def told(self, person):
                    return person.club.name
        """,
        "shop.views": """
            from oscar.core.loading import get_class
            from shop.people.models import Person

            Told = get_class("people.mixins", "Told")


            class View(Told):
                def get(self):
                    return [self.told(person) for person in Person.objects.all()]
        """,
    }
    assert [told(each) for each in project(files).accesses] == ["relation club line 4"]
