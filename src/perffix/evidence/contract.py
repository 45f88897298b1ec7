"""What a rule's `bench.py` must hold, and the proof that both of its sides do the same.

A bench file is a plain module in the rule's fixture folder:

- its docstring says what is compared;
- `SIZES` are the input sizes to measure, ascending; without it `DEFAULT_SIZES` are;
  `SIZES_NAME` are those of one variant;
- `CLOCK` is `"cpu"`, as without it: the processor time of the process, which other programs on the machine
  disturb least; or `"wall"` for work that waits;
- `make(n)` returns an input of size `n`, the same for the same `n`; it is not timed;
- `slow(data)` does the work in the way that the rule reports, `fast(data)` in the way that it recommends,
  with every conversion that the recommended way needs. Both return what they computed.

A side may use its input up: see `is_left_alone`. One file may hold several variants, `slow_NAME` (its
docstring says what sets it apart) and `fast_NAME`, with `make_NAME` where the common `make` does not fit. A
variant without a `fast_NAME` is compared with the common `fast`.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from perffix.config import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from types import ModuleType

DEFAULT_SIZES = (10, 100, 1_000, 10_000)


class BenchError(UsageError):
    """A bench file that cannot be measured, in one sentence."""


class UnequalResultsError(BenchError):
    """Both sides of a benchmark ran and did not return the same."""


@dataclass(frozen=True)
class Variant:
    """One comparison of a bench file.

    Attributes:
        name: the part after `slow_`, with hyphens; empty for plain `slow` and `fast`.
        title: what sets it apart, the first line of the docstring of its slow side.
        sizes: the sizes to measure.
        clock: `cpu` or `wall`.
        make: builds the input of a size.
        slow: the way that the rule reports.
        fast: the way that it recommends.
    """

    name: str
    title: str
    sizes: tuple[int, ...]
    clock: str
    make: Callable[[int], Any]
    slow: Callable[[Any], Any]
    fast: Callable[[Any], Any]


@dataclass(frozen=True)
class Bench:
    """A loaded bench file: where it is, what it says it compares, and its variants."""

    path: Path
    title: str
    variants: tuple[Variant, ...]


def load(path: Path) -> Bench:
    """Execute a bench file and return its content.

    Raises:
        BenchError: the file is missing, fails, or does not keep the contract.
    """
    if not path.is_file():
        raise BenchError(f"there is no benchmark: {path} does not exist")
    spec = importlib.util.spec_from_file_location(f"perffix_bench_{path.parent.name}", path)
    if spec is None or spec.loader is None:
        raise BenchError(f"{path} is not a Python module")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise BenchError(f"{path} fails on import: {type(error).__name__}: {error}") from error
    title = (module.__doc__ or "").strip()
    if not title:
        raise BenchError(f"{path} has no docstring that says what is compared")
    return Bench(path, title.splitlines()[0], _variants(module, path))


def _sizes(module: ModuleType, path: Path, suffix: str) -> tuple[int, ...]:
    sizes = tuple(getattr(module, f"SIZES{suffix.upper()}", getattr(module, "SIZES", DEFAULT_SIZES)))
    check_sizes(sizes, str(path))
    return sizes


def check_sizes(sizes: Sequence[int], where: str) -> None:
    """Raise `BenchError` unless `sizes` are two or more positive integers in ascending order."""
    if len(sizes) < 2 or any(type(size) is not int or size < 1 for size in sizes):
        raise BenchError(f"{where}: sizes must be two or more positive integers")
    if list(sizes) != sorted(set(sizes)):
        raise BenchError(f"{where}: sizes must ascend")


def _variants(module: ModuleType, path: Path) -> tuple[Variant, ...]:
    functions = {name: value for name, value in vars(module).items() if callable(value)}
    clock = getattr(module, "CLOCK", "cpu")
    if clock not in ("cpu", "wall"):
        raise BenchError(f"{path}: CLOCK must be 'cpu' or 'wall', not {clock!r}")
    found = []
    for name, slow in functions.items():
        if name != "slow" and not name.startswith("slow_"):
            continue
        suffix = name.removeprefix("slow")
        make = functions.get(f"make{suffix}", functions.get("make"))
        fast = functions.get(f"fast{suffix}", functions.get("fast"))
        if make is None or fast is None:
            raise BenchError(f"{path}: {name} needs make and fast, or make{suffix} and fast{suffix}")
        title = (slow.__doc__ or "").strip()
        if suffix and not title:
            raise BenchError(f"{path}: {name} has no docstring that says what sets it apart")
        label = suffix.removeprefix("_").replace("_", "-")
        sizes = _sizes(module, path, suffix)
        found.append(Variant(label, title.partition("\n")[0], sizes, clock, make, slow, fast))
    if not found:
        raise BenchError(f"{path} defines no function slow")
    return tuple(found)


def check_equal(variant: Variant, size: int) -> None:
    """Run both sides on equal inputs of one size and compare what they return.

    Raises:
        UnequalResultsError: the results differ in value, type, order or in the type of something they hold.
        BenchError: a side returns None, so that there is nothing to compare.
    """
    slow = variant.slow(variant.make(size))
    fast = variant.fast(variant.make(size))
    where = f"{f'variant {variant.name}, ' if variant.name else ''}size {size}"
    if slow is None or fast is None:
        raise BenchError(f"slow or fast returns None ({where}): the benchmark has no result to compare")
    if not same(slow, fast):
        raise UnequalResultsError(f"slow and fast differ ({where}): {_short(slow)} and {_short(fast)}")


def same(one: Any, other: Any) -> bool:
    """Tell whether two results are the same for a program: equal, of one type all the way down, in one order.

    `1`, `1.0` and `True` are different here, as are two dicts with the same items in another order; a NaN is
    the same as a NaN.
    """
    if type(one) is not type(other):
        return False
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return len(one) == len(other) and all(map(same, one.items(), other.items()))
    if isinstance(one, (set, frozenset)):
        return {(type(item), item) for item in one} == {(type(item), item) for item in other}
    if isinstance(one, float):
        return repr(one) == repr(other)
    return bool(one == other)


def is_left_alone(variant: Variant, size: int) -> bool:
    """Tell whether both sides provably leave their input as it was, so that one input may serve every call.

    Each input is compared with a fresh one after the call. What does not compare equal to its own copy (an
    iterator, an object without `__eq__`) counts as used up: then each timed call gets an input of its own.
    """
    for side in (variant.slow, variant.fast):
        data = variant.make(size)
        side(data)
        if not same(data, variant.make(size)):
            return False
    return True


def _short(value: Any, limit: int = 60) -> str:
    text = f"{type(value).__name__} {value!r}"
    return text if len(text) <= limit else f"{text[: limit - 3]}..."
