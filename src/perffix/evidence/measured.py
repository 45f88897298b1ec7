"""What a benchmark measured: times and ratios by size, the growth, and from which size on there is a gain."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from perffix.evidence.growth import exponent

if TYPE_CHECKING:
    from collections.abc import Sequence

# Below this ratio one cannot tell a gain from the layout of memory and code.
GAIN = 1.05


@dataclass(frozen=True)
class Row:
    """Both sides at one size.

    Attributes:
        size: the size of the input.
        slow: seconds of one call, median.
        fast: the same of the recommended way.
        ratio: median of slow / fast over all pairs of neighbouring values.
        low: lower quartile of these ratios.
        high: upper quartile of these ratios.
        best: the quickest slow / the quickest fast.
        pairs: how many there were.
    """

    size: int
    slow: float
    fast: float
    ratio: float
    low: float
    high: float
    best: float
    pairs: int

    @property
    def gains(self) -> bool:
        """Whether a gain shows in three of four pairs and, in case both sides were disturbed, in the best times."""
        return min(self.low, self.best) >= GAIN

    @property
    def loses(self) -> bool:
        """Whether by the same measure the recommended way is the slower one."""
        return max(self.high, self.best) <= 1 / GAIN


@dataclass(frozen=True)
class Measured:
    """One variant of a rule's benchmark, measured by the `cpu` or the `wall` clock."""

    variant: str
    title: str
    rows: tuple[Row, ...]
    clock: str = "cpu"

    @property
    def growth(self) -> tuple[float, float]:
        """The growth exponents of slow and fast over all sizes."""
        sizes = [row.size for row in self.rows]
        slow = exponent(sizes, [row.slow for row in self.rows])
        fast = exponent(sizes, [row.fast for row in self.rows])
        return slow, fast

    @property
    def gains_from(self) -> int | None:
        """The smallest size from which on every size gains, or None."""
        found = None
        for row in reversed(self.rows):
            if not row.gains:
                break
            found = row.size
        return found


@dataclass(frozen=True)
class Evidence:
    """All that was measured for one rule, on this Python. `suite` is pyperf's own view of it."""

    code: str
    name: str
    title: str
    variants: tuple[Measured, ...]
    suite: Any


def compare(size: int, slow: Sequence[float], fast: Sequence[float]) -> Row:
    """Return the row of one size from the values of both sides, of which equal positions belong together.

    Raises:
        ValueError: there are not two values on each side, or not as many on one as on the other.
    """
    ratios = [one / other for one, other in zip(slow, fast, strict=True)]
    low, ratio, high = statistics.quantiles(ratios, n=4, method="inclusive")
    best = min(slow) / min(fast)
    return Row(size, statistics.median(slow), statistics.median(fast), ratio, low, high, best, len(ratios))
