"""Rows that are written between the query and the code that asks for them; Django itself says what that code sees."""

from __future__ import annotations

import pytest
from counted import ROWS, Ran, counted

from perffix import check_source
from perffix.model import Applicability

MODELS = """
from django.db import models


class Product(models.Model):
    stock = models.IntegerField()

    def take(self, number):
        self.stock -= number
        self.save()


class Shelf(models.Model):
    name = models.CharField(max_length=50)


class Line(models.Model):
    product = models.ForeignKey(Product, models.CASCADE, related_name="lines")
    shelf = models.ForeignKey(Shelf, models.CASCADE, null=True)


def reset():
    Product.objects.update(stock=100)

"""
# The name of the function, its text, and the query that is told what to load.
CHANGING = {
    "by_a_path": """
    Product.objects.update(stock=100)
    for line in Line.objects.all():
        line.product.stock -= 1
        line.product.save()
    return Product.objects.get(pk=1).stock
""",
    "by_a_name": """
    Product.objects.update(stock=100)
    for line in Line.objects.all():
        product = line.product
        product.stock = product.stock - 1
        product.save()
    return Product.objects.get(pk=1).stock
""",
    "by_a_method": """
    Product.objects.update(stock=100)
    for line in Line.objects.all():
        line.product.take(1)
    return Product.objects.get(pk=1).stock
""",
    "by_a_query": """
    Product.objects.update(stock=100)
    seen = []
    for line in Line.objects.all():
        Product.objects.filter(pk=line.product_id).update(stock=models.F("stock") - 1)
        seen.append(line.product.stock)
    return seen
""",
}
COLLECTED = {
    "made": """
    seen = []
    for product in Product.objects.all():
        Line.objects.create(product=product)
        seen.append(len(product.lines.all()))
    return seen
""",
    "deleted": """
    seen = []
    for product in Product.objects.all():
        Line.objects.filter(product=product).delete()
        seen.append(len(product.lines.all()))
    return seen
""",
    "moved": """
    seen = []
    first = Product.objects.get(pk=1)
    for product in Product.objects.all():
        for line in product.lines.all():
            line.product = first
            line.save()
        seen.append(len(first.lines.all()))
        seen.append(len(product.lines.all()))
    return seen
""",
    "by_a_function": """
    seen = []
    for product in Product.objects.all():
        _fill(product)
        seen.append(len(product.lines.all()))
    return seen


def _fill(product):
    Line.objects.create(product=product)
""",
    "in_the_end": """
    product = Product.objects.get(pk=1)
    before = _shown(product)
    Line.objects.create(product=product, shelf_id=1)
    return before, _shown(product)


def _shown(product):
    return [line.shelf.name for line in product.lines.all()]
""",
}
EAGER = {
    "Line.objects.all()": 'Line.objects.select_related("product")',
    "Product.objects.all()": 'Product.objects.prefetch_related("lines")',
    "Product.objects.get(": 'Product.objects.prefetch_related("lines__shelf").get(',
}
INNOCENT = {
    "written_before": """
    Product.objects.update(stock=100)
    for line in Line.objects.all():
        print(line.product.stock)
""",
    "written_after": """
    for line in Line.objects.all():
        print(line.product.stock)
    reset()
""",
    "another_table": """
    for line in Line.objects.all():
        print(line.product.stock)
        line.save()
""",
    "another_query": """
    for line in Line.objects.filter(pk=1):
        line.product.take(1)
    for line in Line.objects.all():
        print(line.product.stock)
""",
}


def module(bodies: dict[str, str]) -> str:
    return MODELS + "\n".join(f"\ndef {name}():{body}" for name, body in bodies.items())


def fixes(name: str, body: str) -> list[Applicability | None]:
    found = check_source(module({name: body}), select=["PERF701"])
    return [each.fix and each.fix.applicability for each in found]


@pytest.fixture(scope="module")
def ran() -> dict[str, dict[str, Ran]]:
    lazy = {**CHANGING, **COLLECTED}
    eager = dict(lazy)
    for name in eager:
        for written, loading in EAGER.items():
            eager[name] = eager[name].replace(written, loading)
    shared = counted({"lazy": module(CHANGING), "eager": module({each: eager[each] for each in CHANGING})}, shared=True)
    found = counted({"lazy": module(COLLECTED), "eager": module({each: eager[each] for each in COLLECTED})})
    return {each: {**shared[each], **found[each]} for each in ("lazy", "eager")}


@pytest.mark.parametrize("name", [*CHANGING, *COLLECTED])
def test_rows_that_come_early_would_not_show_what_is_written_later(name: str, ran: dict[str, dict[str, Ran]]) -> None:
    assert ran["lazy"][name].result != ran["eager"][name].result
    assert set(fixes(name, {**CHANGING, **COLLECTED}[name])) == {Applicability.DISPLAY}


def test_updates_would_get_lost(ran: dict[str, dict[str, Ran]]) -> None:
    assert ran["lazy"]["by_a_path"].result == str(100 - ROWS)
    assert ran["eager"]["by_a_path"].result == "99"


def test_the_remedy_says_what_is_written_and_where() -> None:
    [found] = check_source(module({"by_a_method": CHANGING["by_a_method"]}), select=["PERF701"])
    assert "unless code relies on what is written to `Product` in between" in (found.help or "")
    assert ("`Product` is written here", 10) in [(each.message, each.span.line) for each in found.related]


@pytest.mark.parametrize("name", INNOCENT)
def test_what_is_written_at_another_time_or_elsewhere_does_not_matter(name: str) -> None:
    assert fixes(name, INNOCENT[name])[-1] is Applicability.UNSAFE
