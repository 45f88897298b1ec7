"""Measure what a rule gains: run its bench file, compare both sides, fit their growth.

The numbers are values of calibrated loops from several processes, as pyperf has them, and kept in its file
format, but they are not taken by `pyperf.Runner`. The runner measures one function to its end before the next one
starts, so a machine that gets slower in between shows up as a gain or hides one. Here each worker process
measures both sides in turns, a few milliseconds apart, and the ratio is the median of these pairs over all
processes: what disturbs the machine for longer than a pair disturbs both sides. A run is bounded, because the
seconds are shared out over variants, processes and sizes beforehand.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import perffix
from perffix.config import UsageError
from perffix.evidence.contract import BenchError, check_equal, check_sizes, load
from perffix.evidence.measured import Evidence, Measured, compare

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perffix.evidence.contract import Bench, Variant
    from perffix.evidence.fixtures import RuleFolder

PROCESSES = 3
VALUES = 15


class PyperfMissingError(UsageError):
    """pyperf is not installed; the message says how to get it."""


def measure(rule: RuleFolder, *, seconds: float = 12.0, sizes: Sequence[int] | None = None) -> Evidence:
    """Measure a rule's benchmark, after checking at every size that both sides return the same.

    Args:
        rule: where the rule's bench file is.
        seconds: how long the measuring may take, roughly; at least three pairs are taken at each size.
        sizes: sizes to measure in place of those that the bench file names.

    Raises:
        PyperfMissingError: pyperf is not installed.
        UnequalResultsError: the sides differ.
        BenchError: the bench file is missing or broken, or a worker failed.
    """
    pyperf = _pyperf()
    bench = load(rule.bench)
    variants = bench.variants
    if sizes is not None:
        variants = tuple(replace(variant, sizes=tuple(sizes)) for variant in variants)
    for variant in variants:
        check_sizes(variant.sizes, str(bench.path))
        for size in variant.sizes:
            check_equal(variant, size)
    share = seconds / len(variants) / PROCESSES
    suites = [_work(pyperf, bench, variant, share) for variant in variants for _ in range(PROCESSES)]
    suite = suites[0]
    for other in suites[1:]:
        suite.add_runs(other)
    return Evidence(rule.code, rule.name, bench.title, tuple(_measured(suite, variant) for variant in variants), suite)


def _pyperf() -> Any:
    try:
        import pyperf
    except ModuleNotFoundError as error:
        if error.name != "pyperf":
            raise
        raise PyperfMissingError("benchmarks need pyperf: pip install 'perffix[bench]'") from error
    return pyperf


def _work(pyperf: Any, bench: Bench, variant: Variant, seconds: float) -> Any:
    """Run one worker process and return its pyperf suite."""
    root = str(Path(perffix.__file__).resolve().parent.parent)
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    command = [sys.executable, "-m", "perffix.evidence.worker", str(bench.path), variant.name]
    command += [",".join(map(str, variant.sizes)), str(seconds), str(VALUES)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    # Not in the user's working directory: a module there must not stand in for one of ours.
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BenchError(f"a process that measured {bench.path} failed:\n{done.stderr.rstrip()}")
    return pyperf.BenchmarkSuite.loads(done.stdout)


def run_name(variant: str, size: int, side: str) -> str:
    """Return the name under which pyperf's file holds the runs of one side at one size."""
    return " ".join(filter(None, (variant, f"n={size}", side)))


def _measured(suite: Any, variant: Variant) -> Measured:
    rows = []
    for size in variant.sizes:
        slow, fast = (suite.get_benchmark(run_name(variant.name, size, side)) for side in ("slow", "fast"))
        rows.append(compare(size, slow.get_values(), fast.get_values()))
    return Measured(variant.name, variant.title, tuple(rows), variant.clock)
