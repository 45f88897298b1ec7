"""What happens when a row of Django is saved by itself: receivers of signals, histories."""

from __future__ import annotations

import pytest
from counted import ROWS, counted
from fixture_files import findings_in
from projects import project

from perffix.model import Confidence
from perffix.project.orm.django.on_saving import OnSaving
from perffix.rules.performance import write_per_row

MODELS = """\
from django.db import models


class Order(models.Model):
    title = models.CharField(max_length=50)


class Line(models.Model):
    title = models.CharField(max_length=50)
"""


def happens(handlers: str, models: str = MODELS) -> tuple[bool, bool, bool]:
    """Return whether saving an order, and saving a line, does more, and whether some receiver is for any model."""
    found = project({"shop.models": models, "shop.handlers": handlers, "shop.__init__": ""})
    known = OnSaving(found.index, found.models)
    order, line = (found.models.models[f"shop.models.{each}"] for each in ("Order", "Line"))
    return known.does_more(order), known.does_more(line), known.receiver_of_any is not None


IMPORTED = (
    "from django.db import models as db\nfrom django.db.models import signals\n"
    "from django.db.models.signals import post_save, post_delete, pre_save\nfrom django.dispatch import receiver\n"
    "from shop.models import Order\n"
)


@pytest.mark.parametrize(
    "handlers",
    [
        "@receiver(post_save, sender=Order)\ndef tell(**options): pass",
        "@receiver([post_delete, pre_save], sender=Order)\ndef tell(**options): pass",
        "@receiver(signals.pre_save, sender='shop.Order')\ndef tell(**options): pass",
        "@receiver(db.signals.post_save, sender=Order)\ndef tell(**options): pass",
        "post_save.connect(print, sender=Order)",
        "post_save.connect(print, Order)",
        "signals.post_save.connect(print, sender=Order)",
        "def ready(self):\n    order = self.get_model('Order')\n    signals.post_save.connect(print, sender=order)",
        "class Config:\n    @property\n    def order(self):\n        return apps.get_model('shop', 'Order')\n\n"
        "    def ready(self):\n        post_save.connect(print, sender=self.order)",
        "class Config:\n    def ready(self):\n        from django.db.models.signals import post_save as saved\n"
        "        saved.connect(print, sender=Order)",
    ],
)
def test_a_receiver_of_the_model_is_called_for_each_row(handlers: str) -> None:
    assert happens(IMPORTED + handlers) == (True, False, False)


@pytest.mark.parametrize(
    "handlers",
    [
        "@receiver(post_save)\ndef tell(**options): pass",
        "post_save.connect(print)",
        "def ready(models):\n    for model in models:\n        signals.post_save.connect(print, sender=model)",
    ],
)
def test_a_receiver_may_be_for_any_model(handlers: str) -> None:
    assert happens(IMPORTED + handlers) == (False, False, True)


@pytest.mark.parametrize(
    "handlers",
    [
        "@receiver(post_delete, sender=Order)\ndef tell(**options): pass",
        "from shop import paid\n\n@receiver(paid, sender=Order)\ndef tell(**options): pass",
        "socket.connect(print, sender=Order)",
        "from django.contrib.auth.models import User\n\n@receiver(post_save, sender=User)\ndef tell(**options): pass",
    ],
)
def test_what_is_connected_to_something_else(handlers: str) -> None:
    assert happens(IMPORTED + handlers) == (False, False, False)


def test_a_history_gets_a_row_for_each() -> None:
    head = "from simple_history.models import HistoricalRecords\n"
    base = "class Kept(models.Model):\n    history = HistoricalRecords()\n    class Meta:\n        abstract = True\n"
    models = MODELS.replace("class Order(models.Model)", f"{base}\n\nclass Order(Kept)")
    assert happens("", head + models) == (True, False, False)


CREATED = f"""\
{MODELS}

def created(titles):
    for title in titles:
        Order.objects.create(title=title)
"""
TOLD = """

from django.db.models.signals import post_save

saved = []


def tell(**_):
    saved.append(1)


post_save.connect(tell{})
"""


def test_silence_or_doubt_where_a_receiver_would_not_be_called_any_more() -> None:
    (finding,) = findings_in(CREATED, write_per_row.rule)
    assert (finding.confidence, finding.related) == (Confidence.HIGH, ())
    assert findings_in(CREATED + TOLD.format(", sender=Order"), write_per_row.rule) == []
    (finding,) = findings_in(CREATED + TOLD.format(""), write_per_row.rule)
    assert finding.confidence is Confidence.MEDIUM
    assert [each.message for each in finding.related] == [
        "A receiver of all models, or of some that are computed, is connected here: it would not be called"
    ]


def test_django_calls_receivers_for_single_rows_alone() -> None:
    together = "Order.objects.bulk_create(Order(title=title) for title in titles)"
    loop = "for title in titles:\n        Order.objects.create(title=title)"
    counting = CREATED.replace(loop, f"saved.clear()\n    {loop}\n    return len(saved)")
    one_by_one = counting + TOLD.format(", sender=Order")
    ran = counted({"one": one_by_one, "all": one_by_one.replace(loop, together)})
    assert (ran["one"]["created"].result, ran["all"]["created"].result) == (str(ROWS), "0")
