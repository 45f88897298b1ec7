"""What was measured, as a table for people and as JSON for programs."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING, Any

from perffix import __version__
from perffix.evidence.growth import describe, steps

if TYPE_CHECKING:
    from collections.abc import Iterable

    from perffix.evidence.measured import Evidence, Measured

_HEADER = ("size", "slow", "fast", "ratio", "middle half", "growth")
_CLOCKS = {"cpu": "processor time", "wall": "time that passed"}
_UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "us"), (1e-9, "ns"))


def as_text(evidence: Evidence) -> str:
    """Return the tables of one rule: all variants, each with its growth and from which size on it gains."""
    clocks = " and ".join(sorted({_CLOCKS[measured.clock] for measured in evidence.variants}))
    parts = [f"{evidence.code} {evidence.name} on {_python()}, {clocks}", evidence.title]
    for measured in evidence.variants:
        parts += ["", *_table(measured)]
    return "\n".join(parts)


def _table(measured: Measured) -> list[str]:
    sizes = [row.size for row in measured.rows]
    slow_steps = steps(sizes, [row.slow for row in measured.rows])
    fast_steps = steps(sizes, [row.fast for row in measured.rows])
    lines = [_HEADER]
    for row, slow_step, fast_step in zip(measured.rows, slow_steps, fast_steps, strict=True):
        both = (slow_step, fast_step)
        growth = " / ".join(describe(step) for step in both if step is not None)
        times = (duration(row.slow), duration(row.fast))
        lines.append((f"{row.size:,}", *times, f"{row.ratio:.2f}", f"{row.low:.2f} - {row.high:.2f}", growth))
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    table = ["  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) for line in lines]
    slow_growth, fast_growth = measured.growth
    growth = f"growth: slow about {describe(slow_growth)}, fast about {describe(fast_growth)}"
    head = f"{measured.variant}: {measured.title}" if measured.variant else measured.title
    return [*filter(None, [head]), *(line.rstrip() for line in table), f"{growth}; {verdict(measured)}"]


def verdict(measured: Measured) -> str:
    """Return in a phrase at which sizes the recommended way gains or loses."""
    gains = [f"{row.size:,}" for row in measured.rows if row.gains]
    loses = [f"{row.size:,}" for row in measured.rows if row.loses]
    if len(loses) == len(measured.rows):
        return "loses at every size"
    if measured.gains_from is not None:
        gain = f"gains from size {measured.gains_from:,} on"
    elif gains:
        gain = f"gains at {' and '.join(gains)}"
    else:
        gain = "no gain that can be told from noise"
    return f"{gain}, loses at {' and '.join(loses)}" if loses else gain


def duration(seconds: float) -> str:
    """Return seconds with three digits and the unit that suits them."""
    factor, unit = next((each for each in _UNITS if seconds >= each[0]), _UNITS[-1])
    return f"{seconds / factor:.3g} {unit}"


def as_json(all_evidence: Iterable[Evidence]) -> dict[str, Any]:
    """Return what was measured as plain data: times are seconds of one call, ratios are slow / fast."""
    return {
        "perffix": __version__,
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "rules": [_rule(evidence) for evidence in all_evidence],
    }


def _rule(evidence: Evidence) -> dict[str, Any]:
    return {
        "code": evidence.code,
        "name": evidence.name,
        "compares": evidence.title,
        "variants": [_variant(measured) for measured in evidence.variants],
    }


def _variant(measured: Measured) -> dict[str, Any]:
    slow, fast = measured.growth
    return {
        "name": measured.variant,
        "title": measured.title,
        "clock": measured.clock,
        "growth": {"slow": round(slow, 2), "fast": round(fast, 2)},
        "gains_from": measured.gains_from,
        "sizes": [
            {
                "size": row.size,
                "slow": row.slow,
                "fast": row.fast,
                "ratio": round(row.ratio, 3),
                "ratio_quartiles": [round(row.low, 3), round(row.high, 3)],
                "ratio_of_best": round(row.best, 3),
                "pairs": row.pairs,
            }
            for row in measured.rows
        ],
    }


def _python() -> str:
    return f"{platform.python_implementation()} {platform.python_version()}"
