from __future__ import annotations

import collections
import enum
from typing import TYPE_CHECKING, Any

import pytest

from perffix.evidence.contract import (
    DEFAULT_SIZES,
    BenchError,
    UnequalResultsError,
    check_equal,
    is_left_alone,
    load,
    same,
)
from perffix.evidence.fixtures import rule_folders

if TYPE_CHECKING:
    from pathlib import Path

GOOD = '''
"""What is compared.

More about it.
"""
def make(n): return list(range(n))
def slow(data): return [x for x in data]
def fast(data): return list(data)
'''

BENCHES = [folder for folder in rule_folders() if folder.has_bench]


def written(folder: Path, text: str) -> Path:
    path = folder / "bench.py"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("folder", BENCHES, ids=[folder.code for folder in BENCHES])
def test_both_sides_of_every_bench_file_return_the_same(folder: Any) -> None:
    for variant in load(folder.bench).variants:
        for size in {1, 2, 7, 60, variant.sizes[0]}:
            check_equal(variant, size)


@pytest.mark.parametrize("folder", BENCHES, ids=[folder.code for folder in BENCHES])
def test_every_bench_file_makes_equal_inputs_for_equal_sizes(folder: Any) -> None:
    for variant in load(folder.bench).variants:
        assert same(variant.make(20), variant.make(20))


def test_a_plain_file_is_one_unnamed_variant(tmp_path: Path) -> None:
    bench = load(written(tmp_path, GOOD))
    assert bench.title == "What is compared."
    (variant,) = bench.variants
    assert (variant.name, variant.title, variant.sizes) == ("", "", DEFAULT_SIZES)
    assert variant.clock == "cpu"


def test_variants_are_named_and_fall_back_on_the_common_functions(tmp_path: Path) -> None:
    text = GOOD + (
        "SIZES = (2, 4)\n"
        "SIZES_TWO_STEP = (3, 9)\n"
        "def make_two_step(n): return [n]\n"
        "def slow_two_step(data):\n"
        "    'Two steps.'\n"
        "    return data\n"
        "def fast_two_step(data): return data[:]\n"
        "def slow_other(data):\n"
        "    'Another way.'\n"
        "    return data\n"
    )
    plain, two_step, other = load(written(tmp_path, text)).variants
    assert (plain.name, plain.sizes) == ("", (2, 4))
    assert (two_step.name, two_step.title, two_step.sizes) == ("two-step", "Two steps.", (3, 9))
    assert two_step.make(5) == [5]
    assert (other.name, other.sizes, other.make, other.fast) == ("other", (2, 4), plain.make, plain.fast)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("def slow(d): return d", "no docstring"),
        (GOOD + "1 / 0", "fails on import: ZeroDivisionError"),
        (GOOD + "SIZES = (10,)", "two or more positive integers"),
        (GOOD + "SIZES = (0, 10)", "two or more positive integers"),
        (GOOD + "SIZES = (1.0, 10)", "two or more positive integers"),
        (GOOD + "SIZES = (10, 5)", "ascend"),
        (GOOD + "SIZES = (10, 10)", "ascend"),
        (GOOD + "CLOCK = 'sun'", "CLOCK must be 'cpu' or 'wall', not 'sun'"),
        (GOOD + "def slow_x(data): return data", "slow_x has no docstring"),
        ('"""Title."""\ndef fast(data): return data', "no function slow"),
        ('"""Title."""\ndef slow(data): return data', "slow needs make and fast"),
    ],
)
def test_a_file_that_breaks_the_contract_is_refused(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(BenchError, match=complaint):
        load(written(tmp_path, text))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BenchError, match="does not exist"):
        load(tmp_path / "bench.py")


@pytest.mark.parametrize(
    ("slow", "fast"),
    [
        ("return data", "return data[::-1]"),
        ("return data", "return tuple(data)"),
        ("return [1]", "return [True]"),
        ("return {'a': 1, 'b': 2}", "return {'b': 2, 'a': 1}"),
        ("data.append(1); return len(data)", "return len(data)"),
    ],
)
def test_unequal_results_are_found(tmp_path: Path, slow: str, fast: str) -> None:
    text = f'"""Title."""\ndef make(n): return list(range(n))\ndef slow(data): {slow}\ndef fast(data): {fast}\n'
    (variant,) = load(written(tmp_path, text)).variants
    with pytest.raises(UnequalResultsError, match=r"slow and fast differ \(size 3\)"):
        check_equal(variant, 3)


def test_sides_that_return_nothing_prove_nothing(tmp_path: Path) -> None:
    text = '"""Title."""\ndef make(n): return []\ndef slow(data): pass\ndef fast(data): pass\n'
    (variant,) = load(written(tmp_path, text)).variants
    with pytest.raises(BenchError, match="no result to compare"):
        check_equal(variant, 3)


class Number(enum.IntEnum):
    ONE = 1


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (1, 1, True),
        (1, 1.0, False),
        (1, True, False),
        (1, Number.ONE, False),
        (0.0, -0.0, False),
        (float("nan"), float("nan"), True),
        ([1, [2]], [1, [2]], True),
        ([1, [2]], [1, [2.0]], False),
        ([1, 2], [1], False),
        ((1,), [1], False),
        ({"a": [1]}, {"a": [1]}, True),
        ({"a": [1]}, {"a": [True]}, False),
        ({1: "a"}, {1.0: "a"}, False),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, False),
        ({1, 2}, {2, 1}, True),
        ({1, 2}, {1.0, 2}, False),
        (frozenset("a"), set("a"), False),
        (collections.deque([1]), collections.deque([1]), True),
        (collections.OrderedDict(a=1), {"a": 1}, False),
    ],
)
def test_same(one: object, other: object, expected: bool) -> None:
    assert same(one, other) is expected
    assert same(other, one) is expected


@pytest.mark.parametrize(
    ("make", "body", "expected"),
    [
        ("list(range(n))", "return sum(data)", True),
        ("list(range(n))", "data.pop(); return 1", False),
        ("list(range(n))", "data.sort(reverse=True); return 1", False),
        ("iter(range(n))", "return sum(data)", False),
        ("object()", "return 1", False),
    ],
)
def test_an_input_is_shared_only_when_both_sides_provably_leave_it_alone(
    tmp_path: Path, make: str, body: str, expected: bool
) -> None:
    for slow, fast in ((body, "return 1"), ("return 1", body)):
        text = f'"""Title."""\ndef make(n): return {make}\ndef slow(data): {slow}\ndef fast(data): {fast}\n'
        (variant,) = load(written(tmp_path, text)).variants
        assert is_left_alone(variant, 5) is expected
