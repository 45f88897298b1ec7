"""The pages of the shops take more queries the more rows there are; mended, they take a few, and say the same."""

from __future__ import annotations

import pytest
from counted_shops import SIZES, Page, Shop, Sign
from served_apps import STAGES, marked_codes

# With `n` teas there are as many growers and customers, and two orders of each customer, of which the first has `n`
# lines and the others two.
DJANGO = Shop(
    "django_shop",
    "django",
    (
        Page("/", ("PERF712",), lambda n: 1 + 3 * n, 2),
        Page("/teas/1/", ("PERF712",), lambda n: 5 + n, 5),
        Page("/teas/praised/", ("PERF710",), lambda n: 2 + n, 2, by_fix=False),
        Page("/orders/", ("PERF712",), lambda n: 9 * n - 1, 3),
        Page("/orders/export/", ("PERF701",), lambda n: 5 * n - 1, 3),
        Page("/orders/find/?number=B-1", ("PERF701",), lambda n: 3 + n, 4),
        Page("/search/", ("PERF701",), lambda n: 1 + n, 1),
        Page("/basket/?{teas}", ("PERF702",), lambda n: n, 1, by_fix=False),
        Page("/customers/", ("PERF712",), lambda n: 1 + n, 2),
        Page("/restock/", ("PERF703",), lambda n: 1 + n, 2, by_fix=False, post=True),
        Page("/api/teas/", ("PERF711",), lambda n: 2 + 3 * n, 3),
        Page("/api/orders/", ("PERF711",), lambda n: 9 * n - 2, 4),
        Page("/admin/shop/order/", ("PERF701",), lambda n: 4 + 2 * n, 4),
        Page("/admin/shop/tea/", ("PERF701",), lambda n: 4 + n, 5),
        Page("/admin/shop/order/1/change/", ("PERF701",), lambda n: 5 + 3 * n, 5, by_fix=False),
        Page("/reviews.rss", ("PERF701",), lambda n: 1 + 2 * n, 1),
        Page("/sitemap.xml", ("PERF701",), lambda n: 2 + 2 * n, 2),
    ),
    (
        Sign("/names/", "PERF705", "story", by_fix=True),
        Sign("/unpaid/", "PERF706", "SELECT (?!COUNT)", by_fix=True),
        Sign("/orders/find/?number=B-1", "PERF707", "SCAN shop_order"),
        Sign("/teas/tagged/", "PERF713", "status 500"),
    ),
    (
        "keys",
        "loaded_by_the_queryset",
        "loaded_for_the_report",
        "loaded_for_the_template",
        "there_and_back",
        "one_row",
        "columns_of_others",
        "first_of_all",
        "counted_and_shown",
        "looked_up_at_once",
        "counted_in_memory",
        "joined_and_prefetched",
        "saved_once",
    ),
)
SQLALCHEMY = Shop(
    "sqlalchemy_shop",
    "flask",
    (
        Page("/", ("PERF701",), lambda n: 1 + 2 * n, 2),
        Page("/customers", ("PERF712",), lambda n: 1 + n, 2),
        Page("/api/growers", ("PERF711",), lambda n: 1 + n, 2),
        Page("/orders", ("PERF701",), lambda n: 1 + 3 * n, 2),
        Page("/orders/B-0", ("PERF701",), lambda n: 3 + n, 3),
        Page("/totals", ("PERF701",), lambda n: 1 + 3 * n, 2),
        Page("/praise", ("PERF701",), lambda n: 1 + n, 1),
        Page("/reviewers", ("PERF701", "PERF713"), lambda n: 1 + n, 1),
        Page("/basket?{teas}", ("PERF702",), lambda n: n, 1, by_fix=False),
        Page("/digest", ("PERF701",), lambda n: 2 + n, 2),  # one of them connects
        Page("/restock", ("PERF704",), lambda n: 1 + 2 * n, 4, post=True),
        Page("/orders/1/again?{teas}", ("PERF703",), lambda n: n, 1, by_fix=False, post=True),
    ),
    (
        Sign("/names", "PERF705", "story", by_fix=True),
        Sign("/unpaid", "PERF706", "SELECT (?!count)", by_fix=True),
        Sign("/orders/B-0", "PERF707", "SCAN order"),
        Sign("/health", "PERF708", "CONNECT"),
    ),
    (
        "keys",
        "loaded",
        "loaded_below",
        "joined_once",
        "there_and_back",
        "columns_alone",
        "one_row",
        "of_one_customer",
        "all_at_once",
        "counted_and_shown",
        "committed_once",
    ),
    ("/warehouse",),
)
SHOPS = (DJANGO, SQLALCHEMY)


def _name(value: object) -> str:
    return value.name if isinstance(value, Shop) else getattr(value, "path", str(value))


def each_page(*parts: str) -> pytest.MarkDecorator:
    """Run a test with each shop and its pages of some kinds."""
    cases = [(shop, each) for shop in SHOPS for part in parts for each in getattr(shop, part)]
    return pytest.mark.parametrize(("shop", "page"), cases, ids=_name)


@each_page("pages")
def test_a_page_takes_more_queries_with_more_rows_until_it_is_mended(shop: Shop, page: Page) -> None:
    for stage in STAGES:
        taken = [len(shop.opened(stage, page.path, size).statements) for size in SIZES]
        assert taken == [page.cost(stage, size) for size in SIZES], stage


@each_page("signs")
def test_a_page_with_wrong_queries_has_others_when_it_is_mended(shop: Shop, page: Sign) -> None:
    for size in SIZES:
        shown = [shop.opened(stage, page.path, size).shows(page) for stage in STAGES]
        assert shown == [True, not page.by_fix, False]


@each_page("paths")
def test_a_mended_page_says_the_same(shop: Shop, page: str) -> None:
    fails = any(sign.path == page and sign.pattern == "status 500" for sign in shop.signs)
    for size in SIZES:
        ran = [shop.opened(stage, page, size) for stage in STAGES]
        assert ran[-1].status == 200
        assert len({(each.status, each.text) for each in (ran[-1:] if fails else ran)}) == 1


@each_page("innocent")
def test_an_innocent_page_takes_as_many_queries_with_more_rows(shop: Shop, page: str) -> None:
    ran = [shop.opened(stage, f"/innocent/{page}", size) for stage in STAGES for size in SIZES]
    assert ran[0].statements
    assert len({len(each.statements) for each in ran}) == 1


@pytest.mark.parametrize("shop", SHOPS, ids=_name)
def test_every_finding_has_a_page_that_proves_it(shop: Shop) -> None:
    # No page shows how a server of databases feels about PERF709.
    proved = {"PERF709", *(code for page in shop.pages for code in page.codes), *(sign.code for sign in shop.signs)}
    assert marked_codes(shop.name) <= proved
