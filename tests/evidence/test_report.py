from __future__ import annotations

import json

import pytest

from perffix.evidence.measured import Evidence, Measured, Row, compare
from perffix.evidence.report import as_json, as_text, duration, verdict


def row(size: int, low: float, ratio: float, high: float, best: float | None = None) -> Row:
    best = ratio if best is None else best
    return Row(size, size * ratio * 1e-6, size * 1e-6, ratio, low, high, best, pairs=27)


QUADRATIC = Measured(
    "drain", "A full queue is emptied.", (row(10, 0.7, 0.8, 0.9), row(100, 7.9, 8.0, 8.1), row(1_000, 79, 80, 81))
)


def test_ratios_are_taken_pair_by_pair() -> None:
    # The machine got ten times slower half way: the medians of the sides drown, the pairs still say 2.
    found = compare(7, [2.0, 2.0, 20.0, 20.0, 20.0], [1.0, 1.0, 10.0, 10.0, 10.0])
    assert found == Row(7, slow=20.0, fast=10.0, ratio=2.0, low=2.0, high=2.0, best=2.0, pairs=5)


def test_unpaired_values_are_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        compare(7, [1.0, 2.0], [1.0, 2.0, 3.0])


def test_growth_covers_all_sizes() -> None:
    slow, fast = QUADRATIC.growth
    assert slow == pytest.approx(2.0)
    assert fast == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("rows", "gains_from", "words"),
    [
        ([row(10, 1.5, 2, 3), row(100, 1.5, 2, 3)], 10, "gains from size 10 on"),
        ([row(10, 0.7, 0.8, 0.9), row(100, 1.5, 2, 3)], 100, "gains from size 100 on, loses at 10"),
        ([row(10, 0.99, 1.2, 1.3), row(1_000, 1.5, 2, 3)], 1_000, "gains from size 1,000 on"),
        ([row(10, 1.0, 1.02, 1.04), row(100, 0.9, 1, 1.1)], None, "no gain that can be told from noise"),
        ([row(10, 1.1, 1.4, 1.8, best=1.02)], None, "no gain that can be told from noise"),
        ([row(10, 0.6, 0.7, 0.8, best=1.0)], None, "no gain that can be told from noise"),
        ([row(10, 1.5, 2, 3), row(100, 0.6, 0.7, 0.8)], None, "gains at 10, loses at 100"),
        ([row(10, 0.5, 0.6, 0.7), row(100, 0.6, 0.7, 0.8)], None, "loses at every size"),
    ],
)
def test_verdict(rows: list[Row], gains_from: int | None, words: str) -> None:
    measured = Measured("", "", tuple(rows))
    assert measured.gains_from == gains_from
    assert verdict(measured) == words


def test_text() -> None:
    text = as_text(Evidence("PERF504", "list-pop-front", "A list against a deque.", (QUADRATIC,), suite=None))
    head, title, blank, variant, columns, *rows, last = text.splitlines()
    assert head.startswith("PERF504 list-pop-front on ")
    assert (title, blank) == ("A list against a deque.", "")
    assert variant == "drain: A full queue is emptied."
    assert columns.split() == ["size", "slow", "fast", "ratio", "middle", "half", "growth"]
    assert rows == [
        "   10    8 us   10 us   0.80    0.70 - 0.90",
        "  100  800 us  100 us   8.00    7.90 - 8.10  n^2.0 / n^1.0",
        "1,000   80 ms    1 ms  80.00  79.00 - 81.00  n^2.0 / n^1.0",
    ]
    assert last == "growth: slow about n^2.0, fast about n^1.0; gains from size 100 on, loses at 10"


def test_json_is_plain_data() -> None:
    evidence = Evidence("PERF504", "list-pop-front", "A list against a deque.", (QUADRATIC,), suite=object())
    data = json.loads(json.dumps(as_json([evidence])))
    assert {"perffix", "python", "implementation", "rules"} == data.keys()
    (rule,) = data["rules"]
    assert (rule["code"], rule["name"], rule["compares"]) == ("PERF504", "list-pop-front", "A list against a deque.")
    (variant,) = rule["variants"]
    assert variant["growth"] == {"slow": 2.0, "fast": 1.0}
    assert variant["gains_from"] == 100
    assert [each["ratio"] for each in variant["sizes"]] == [0.8, 8.0, 80.0]
    assert variant["sizes"][0]["ratio_quartiles"] == [0.7, 0.9]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(2.5, "2.5 s"), (0.0123, "12.3 ms"), (4.56e-6, "4.56 us"), (7.891e-8, "78.9 ns"), (5e-10, "0.5 ns")],
)
def test_duration(seconds: float, text: str) -> None:
    assert duration(seconds) == text
