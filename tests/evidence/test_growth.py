from __future__ import annotations

import math

import pytest

from perffix.evidence.growth import describe, exponent, steps

SIZES = [10, 100, 1_000, 10_000]


@pytest.mark.parametrize("power", [0.0, 0.5, 1.0, 2.0, 3.0])
def test_a_pure_power_is_found_whatever_its_factor(power: float) -> None:
    for factor in (1e-9, 1.0, 250.0):
        assert exponent(SIZES, [factor * n**power for n in SIZES]) == pytest.approx(power)


def test_n_log_n_lies_between_linear_and_quadratic() -> None:
    assert 1.0 < exponent(SIZES, [n * math.log(n) for n in SIZES]) < 1.5


def test_noise_of_ten_percent_moves_it_little() -> None:
    times = [n**2 * noise for n, noise in zip(SIZES, [0.9, 1.1, 0.95, 1.05], strict=True)]
    assert exponent(SIZES, times) == pytest.approx(2.0, abs=0.05)


def test_a_fixed_cost_pulls_it_down() -> None:
    assert exponent(SIZES, [10_000 + n**2 for n in SIZES]) < 1.5


def test_steps_show_the_fixed_cost_fade() -> None:
    first, *rest = steps(SIZES, [10_000 + n**2 for n in SIZES])
    assert first is None
    assert [round(step or 0.0, 1) for step in rest] == [0.3, 1.7, 2.0]


def test_steps_of_one_size_are_one_unknown() -> None:
    assert steps([10], [1.0]) == [None]


@pytest.mark.parametrize(
    ("sizes", "times", "complaint"),
    [
        ([10], [1.0], "two different sizes"),
        ([10, 10], [1.0, 2.0], "two different sizes"),
        ([10, 20], [1.0], "2 sizes but 1 times"),
        ([0, 20], [1.0, 2.0], "positive"),
        ([10, 20], [1.0, 0.0], "positive"),
    ],
)
def test_what_has_no_growth_is_refused(sizes: list[int], times: list[float], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        exponent(sizes, times)


@pytest.mark.parametrize(("value", "text"), [(1.96, "n^2.0"), (0.04, "n^0.0"), (-0.02, "n^0.0"), (-0.3, "n^-0.3")])
def test_description(value: float, text: str) -> None:
    assert describe(value) == text
