"""How a running time grows with the size of its input: the exponent k of time ~ n**k."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def exponent(sizes: Sequence[int], times: Sequence[float]) -> float:
    """Return the growth exponent of `times` over `sizes`.

    It is the slope of the least-squares line through the points (log size, log time): 1 for linear growth,
    2 for quadratic, 0 when the time does not depend on the size. Small inputs, whose fixed cost weighs most,
    pull it down; it describes the measured range and promises nothing beyond.

    Raises:
        ValueError: fewer than two different sizes, a size or a time that is not positive, or unequal lengths.
    """
    if len(sizes) != len(times):
        raise ValueError(f"{len(sizes)} sizes but {len(times)} times")
    if len(set(sizes)) < 2:
        raise ValueError("growth needs at least two different sizes")
    if min(sizes) <= 0 or min(times) <= 0:
        raise ValueError("growth needs positive sizes and times")
    xs = [math.log(size) for size in sizes]
    ys = [math.log(time) for time in times]
    x_mean = math.fsum(xs) / len(xs)
    y_mean = math.fsum(ys) / len(ys)
    covariance = math.fsum((x - x_mean) * (y - y_mean) for x, y in zip(xs, ys, strict=True))
    variance = math.fsum((x - x_mean) ** 2 for x in xs)
    return covariance / variance


def steps(sizes: Sequence[int], times: Sequence[float]) -> list[float | None]:
    """Return for each size the exponent since the size before it; the first has none.

    The steps show what one fitted exponent hides: a fixed cost that fades, a cache that overflows.
    """
    found: list[float | None] = [None]
    found.extend(
        [exponent(sizes[index - 1 : index + 1], times[index - 1 : index + 1]) for index in range(1, len(sizes))]
    )
    return found[: len(sizes)]


def describe(value: float) -> str:
    """Return an exponent in words a table can hold: `n^1.0`."""
    return f"n^{value:.1f}".replace("^-0.0", "^0.0")
