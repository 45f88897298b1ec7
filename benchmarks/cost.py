"""What perffix itself costs, as ratios to programs that do the least that has to be done.

    python benchmarks/cost.py                 check the running Python's standard library, without its tests
    python benchmarks/cost.py PATH            check a tree of your own
    python benchmarks/cost.py --profile PATH  show where the time of a check goes

Two ratios of CPU time (user and system) are measured, each against a program that runs right before or after it:

- a cold check of the tree in one process, against a program that reads the same files and calls `ast.parse`;
- the check of one small file, from the start of the process to its end, against an interpreter that imports the
  modules which such a tool needs anyway.

Seconds say something about a machine and its neighbours; only the ratio of a pair says something about perffix. So
all pairs are taken in one run, and the median of their ratios is what the budget is held against. Nothing fails
when a budget is exceeded: the table says so. Needs a system with `os.wait4`, which Windows is not.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

SOURCE = Path(__file__).resolve().parent.parent / "src"
sys.path.insert(0, str(SOURCE))

import profiling  # noqa: E402 - beside this file

import perffix  # noqa: E402
from perffix.config import Configurations  # noqa: E402
from perffix.engine.discovery import find_files  # noqa: E402

CHECK_BUDGET = 2.0
START_BUDGET = 1.5
MEMORY_BUDGET = 150.0  # MiB, for 600,000 lines
# What the console script does.
PERFFIX = "import sys; from perffix.cli import main; sys.exit(main(sys.argv[1:]))"
PARSE = """
import ast, sys
if sys.argv[2] == "off":
    import gc
    gc.disable()
with open(sys.argv[1], encoding="utf-8") as listing:
    paths = listing.read().split("\\0")
for path in paths:
    with open(path, "rb") as file:
        data = file.read()
    try:
        ast.parse(data, path)
    except (SyntaxError, ValueError):
        pass
"""
TOML = "tomllib" if sys.version_info >= (3, 11) else "tomli"
IMPORTS = f"import argparse, ast, json, re, pathlib, sqlite3, {TOML}"
SMALL = """\
from __future__ import annotations


def drain(queue: list[int]) -> list[int]:
    taken = []
    while queue:
        taken.append(queue.pop(0))
    return taken
"""


class Cost(NamedTuple):
    """What one process took: seconds of CPU and MiB of memory at its peak."""

    seconds: float
    peak: float


class Comparison(NamedTuple):
    """Ratios of pairs, lowest first, and the costs of perffix and of the bare program."""

    ratios: list[float]
    ours: list[Cost]
    bare: list[Cost]

    @property
    def ratio(self) -> float:
        """The median of the ratios."""
        return statistics.median(self.ratios)


def spend(program: str, arguments: Sequence[str]) -> Cost:
    """Run a Python program to its end and return what it took.

    Raises:
        SystemExit: it ended with another status than 0; with what it printed.
    """
    paths = [str(SOURCE), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    command = [sys.executable, "-W", "ignore", "-c", program, *arguments]
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=errors)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            errors.seek(0)
            raise SystemExit(f"{' '.join(arguments)}\n{errors.read().decode(errors='replace')}")
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / unit)


def compare(ours: tuple[str, Sequence[str]], bare: tuple[str, Sequence[str]], rounds: int) -> Comparison:
    """Run both programs in turns, after one round that warms the caches of files and bytecode."""
    spend(*bare)
    spend(*ours)
    pairs = []
    for turn in range(rounds):
        if turn % 2:
            mine = spend(*ours)
            pairs.append((mine, spend(*bare)))
        else:
            other = spend(*bare)
            pairs.append((spend(*ours), other))
    ratios = sorted(mine.seconds / other.seconds for mine, other in pairs)
    return Comparison(ratios, [mine for mine, _ in pairs], [other for _, other in pairs])


def check_arguments(*paths: str) -> list[str]:
    """Return the arguments of a cold check that takes no settings from around the tree."""
    return ["check", "--isolated", "--exit-zero", "--no-cache", "--jobs", "1", *paths]


def standard_library(to: Path) -> Path:
    """Copy the modules of the standard library, without tests and what is installed, and return the copy."""
    tests = ("test", "tests", "idle_test", "site-packages", "dist-packages", "__pycache__")

    def unwanted(folder: str, names: list[str]) -> list[str]:
        place = Path(folder)
        return [name for name in names if name in tests or not (name.endswith(".py") or (place / name).is_dir())]

    return Path(shutil.copytree(sysconfig.get_path("stdlib"), to / "stdlib", ignore=unwanted))


def count_lines(files: Sequence[str]) -> int:
    """Return the number of lines in files."""
    return sum(Path(file).read_bytes().count(b"\n") for file in files)


def measure(tree: Path, scratch: Path, rounds: int, start_rounds: int) -> dict[str, object]:
    """Measure all and print the table; return the numbers."""
    files = [found.path for found in find_files([str(tree)], Configurations(isolated=True)).files]
    if not files:
        raise SystemExit(f"{tree}: no Python files")
    listing = scratch / "files"
    listing.write_text("\0".join(files), encoding="utf-8")
    small = scratch / "small.py"
    small.write_text(SMALL, encoding="utf-8")
    lines = count_lines(files)
    python = f"{platform.python_implementation()} {platform.python_version()}"
    print(f"perffix {perffix.__version__} on {python}, {len(files):,} files, {lines:,} lines")
    print(f"{'ratio of CPU time':44}  median   from     to  budget")
    check = (PERFFIX, check_arguments(str(tree)))
    cold = compare(check, (PARSE, [str(listing), "on"]), rounds)
    show("cold check / ast.parse", cold, CHECK_BUDGET)
    strict = compare(check, (PARSE, [str(listing), "off"]), rounds)
    show("cold check / ast.parse, no garbage collection", strict, None)
    start = compare((PERFFIX, check_arguments(str(small))), (IMPORTS, []), start_rounds)
    show("one small file / interpreter with imports", start, START_BUDGET)
    peak = max(cost.peak for cost in cold.ours)
    print(f"peak memory {peak:.0f} MiB (ast.parse {max(cost.peak for cost in cold.bare):.0f} MiB), ", end="")
    print(f"budget {MEMORY_BUDGET:.0f} MiB for 600,000 lines")
    return {
        "perffix": perffix.__version__,
        "python": python,
        "files": len(files),
        "lines": lines,
        "check": {"ratio": cold.ratio, "ratios": cold.ratios, "budget": CHECK_BUDGET},
        "check_without_collector": {"ratio": strict.ratio, "ratios": strict.ratios},
        "start": {"ratio": start.ratio, "ratios": start.ratios, "budget": START_BUDGET},
        "peak_mib": peak,
    }


def show(what: str, found: Comparison, budget: float | None) -> None:
    """Print one line of the table."""
    line = f"{what:44}  {found.ratio:6.2f} {found.ratios[0]:6.2f} {found.ratios[-1]:6.2f}"
    if budget is not None:
        line += f"  {budget:6.2f}  {'kept' if found.ratio <= budget else 'EXCEEDED'}"
    print(line, flush=True)


def main() -> int:
    """Measure or profile as the command line says."""
    parser = argparse.ArgumentParser(description="measure what perffix itself costs")
    parser.add_argument("path", nargs="?", type=Path, help="tree to check (default: the standard library)")
    parser.add_argument("--rounds", type=int, default=5, help="pairs of the cold check (5)")
    parser.add_argument("--start-rounds", type=int, default=15, help="pairs of the start (15)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers")
    parser.add_argument("--profile", action="store_true", help="show where the time of a check goes")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        tree = args.path or standard_library(scratch)
        if args.profile:
            profiling.show(check_arguments(str(tree)))
            return 0
        numbers = measure(tree, scratch, args.rounds, args.start_rounds)
    if args.json is not None:
        args.json.write_text(json.dumps(numbers, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
