"""One measuring process: times both sides of a benchmark alternately and prints what it saw as pyperf JSON.

`python -m perffix.evidence.worker BENCH_FILE VARIANT SIZES SECONDS VALUES`, where SIZES are joined by commas
and an empty VARIANT is the unnamed one. `perffix.evidence.benchmark` starts several, one after the other.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyperf

from perffix.evidence.benchmark import run_name
from perffix.evidence.contract import is_left_alone, load

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from perffix.evidence.contract import Variant

# A value must take this long, so that neither the clock nor the loop around the calls shows in it.
MIN_TIME = 0.004
MAX_LOOPS = 2**20
# Work that waits never gets there by processor time.
GIVE_UP = 1.0
MIN_VALUES = 3


class Side:
    """One function of a variant at one size, with the number of calls that make up a value."""

    def __init__(self, variant: Variant, function: Callable[[Any], Any], size: int, shared: bool) -> None:
        self.variant = variant
        self.function = function
        self.size = size
        self.shared = shared
        # Windows advances the processor time of a process in steps of 16 ms only.
        cpu = variant.clock == "cpu" and sys.platform != "win32"
        self.clock = time.process_time if cpu else pyperf.perf_counter
        self.loops = 1
        self.warmups: list[tuple[int, float]] = []
        self.values: list[float] = []

    def time(self) -> float:
        """Return the seconds that `loops` calls take; their inputs are made before the clock starts."""
        make, size, function = self.variant.make, self.size, self.function
        inputs = [make(size)] * self.loops if self.shared else [make(size) for _ in range(self.loops)]
        clock = self.clock
        start = clock()
        for data in inputs:
            function(data)
        return float(clock() - start)

    def calibrate(self) -> None:
        """Double the number of calls until a value takes `MIN_TIME`; the values on the way are warm-ups."""
        started = pyperf.perf_counter()
        while True:
            seconds = self.time()
            self.warmups.append((self.loops, seconds / self.loops))
            if seconds >= MIN_TIME or self.loops >= MAX_LOOPS or pyperf.perf_counter() - started > GIVE_UP:
                return
            self.loops *= 2

    def measure(self) -> None:
        """Add one value: the seconds of one call."""
        self.values.append(self.time() / self.loops)

    def benchmark(self, name: str) -> pyperf.Benchmark:
        """Return the values as pyperf holds them, with what it tells about the machine."""
        metadata = {"name": name, "loops": self.loops, "unit": "second"}
        return pyperf.Benchmark([pyperf.Run(self.values, warmups=self.warmups, metadata=metadata)])


def measure_size(variant: Variant, size: int, shared: bool, seconds: float, values: int) -> list[pyperf.Benchmark]:
    """Measure slow and fast at one size in turns.

    Up to `values` pairs are taken within `seconds`, yet never fewer than `MIN_VALUES`. Which side comes first
    changes from pair to pair. With `shared` all calls get the same input.
    """
    slow = Side(variant, variant.slow, size, shared)
    fast = Side(variant, variant.fast, size, shared)
    started = pyperf.perf_counter()
    slow.calibrate()
    fast.calibrate()
    for turn in range(values):
        if turn >= MIN_VALUES and pyperf.perf_counter() - started > seconds:
            break
        for side in (slow, fast) if turn % 2 else (fast, slow):
            side.measure()
    return [
        slow.benchmark(run_name(variant.name, size, "slow")),
        fast.benchmark(run_name(variant.name, size, "fast")),
    ]


def main(arguments: Sequence[str]) -> int:
    """Measure what the command line asks for and print a pyperf suite."""
    path, name, sizes, seconds, values = arguments
    variant = next(each for each in load(Path(path)).variants if each.name == name)
    numbers = [int(size) for size in sizes.split(",")]
    share = float(seconds) / len(numbers)
    shared = all(is_left_alone(variant, size) for size in numbers[:2])
    found = [bench for size in numbers for bench in measure_size(variant, size, shared, share, int(values))]
    pyperf.BenchmarkSuite(found).dump(sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
