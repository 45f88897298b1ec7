"""What perffix itself costs, as ratios to programs that do the least that has to be done.

    python benchmarks/cost.py                 check the running Python's standard library, its tests among it
    python benchmarks/cost.py --no-tests      check it without its tests: a third of its lines
    python benchmarks/cost.py PATH            check a tree of your own
    python benchmarks/cost.py --profile PATH  show where the time of a check goes

These ratios of CPU time (user and system) are measured, each against a program that runs right before or after it:

- a cold check of the tree in one process, against a program that reads the same files and calls `ast.parse`;
- the check of one small file, from the start of the process to its end, against an interpreter that imports the
  modules which such a tool needs anyway;
- the check of the tree by bandit's checks (`--bandit`), against `ast.parse` and against the bandit program.

The budgets are for a large tree, of 600,000 lines or so: in a small one weighs what each process does once, such as
importing the rules that have something to do.

A last one compares the time that passes in one process with that in two; it means something on an idle machine only.

Seconds say something about a machine and its neighbours; only the ratio of a pair says something about perffix. So
all pairs are taken in one run, and the median of their ratios is what the budget is held against. Nothing fails
when a budget is exceeded: the table says so. Needs a system with `os.wait4`, which Windows is not.
"""

from __future__ import annotations

import argparse
import json
import operator
import os
import platform
import shutil
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Program = tuple[str, Sequence[str]]  # the text of a Python program and its arguments

SOURCE = Path(__file__).resolve().parent.parent / "src"
sys.path.insert(0, str(SOURCE))

import profiling  # noqa: E402 - beside this file

import perffix  # noqa: E402
from perffix.config import Configurations  # noqa: E402
from perffix.engine.discovery import find_files  # noqa: E402

CHECK_BUDGET = 2.0
START_BUDGET = 1.5
SPEED_BUDGET = 1.7  # two processes, at least
BANDIT_BUDGET = 6.0  # times `ast.parse`
PROGRAM_BUDGET = 0.5  # of the bandit program
MEMORY_BUDGET = 150.0  # MiB, for 600,000 lines
# What the console script does.
PERFFIX = "import sys; from perffix.cli import main; sys.exit(main())"
BANDIT = "from bandit.cli.main import main; main()"
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
    """What one process and its children took: seconds of CPU, seconds that passed, MiB of memory at the peak."""

    cpu: float
    passed: float
    peak: float


class Comparison(NamedTuple):
    """Ratios of pairs, lowest first, and the highest peaks of memory on both sides."""

    ratios: list[float]
    peaks: tuple[float, float]

    @property
    def ratio(self) -> float:
        """The median of the ratios."""
        return statistics.median(self.ratios)


def spend(program: str, arguments: Sequence[str]) -> Cost:
    """Run a Python program to its end and return what it took.

    Raises:
        SystemExit: it failed; with what it printed. Status 2 alone is no failure: a file could not be parsed.
    """
    paths = [str(SOURCE), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    # An installed tool has its bytecode; without it, each start would compile the modules anew.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [sys.executable, "-W", "ignore", "-c", program, *arguments]
    with tempfile.TemporaryFile() as errors:
        started = time.perf_counter()
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=errors)
        _, status, usage = os.wait4(process.pid, 0)
        passed = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        errors.seek(0)
        complaint = errors.read().decode(errors="replace")
        if process.returncode not in (0, 2) or "Traceback" in complaint:
            raise SystemExit(f"{' '.join(arguments)}\n{complaint}")
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return Cost(usage.ru_utime + usage.ru_stime, passed, usage.ru_maxrss / unit)


def compare(
    one: Program, other: Program, rounds: int, what: Callable[[Cost], float] = operator.attrgetter("cpu")
) -> Comparison:
    """Run both programs in turns and return the ratios one / other; a first round warms the caches."""
    spend(*other)
    spend(*one)
    pairs = []
    for turn in range(rounds):
        if turn % 2:
            cost = spend(*one)
            pairs.append((cost, spend(*other)))
        else:
            cost = spend(*other)
            pairs.append((spend(*one), cost))
    ratios = sorted(what(cost) / what(against) for cost, against in pairs)
    return Comparison(ratios, (max(cost.peak for cost, _ in pairs), max(cost.peak for _, cost in pairs)))


def check(path: Path, jobs: int = 1) -> list[str]:
    """Return the arguments of a check that takes no settings from around the tree."""
    return ["check", "--isolated", "--exit-zero", "--jobs", str(jobs), str(path)]


def standard_library(to: Path, *, tests: bool) -> Path:
    """Copy the modules of the standard library, without what is installed, and return the copy."""
    left_out = {"site-packages", "dist-packages", "__pycache__"}
    if not tests:
        left_out |= {"test", "tests", "idle_test"}

    def unwanted(folder: str, names: list[str]) -> list[str]:
        place = Path(folder)
        return [name for name in names if name in left_out or not (name.endswith(".py") or (place / name).is_dir())]

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
    python = f"{platform.python_implementation()} {platform.python_version()}"
    lines = count_lines(files)
    print(f"perffix {perffix.__version__} on {python}, {len(files):,} files, {lines:,} lines")
    print(f"{'ratio':46} median    from      to  budget")
    cold = compare((PERFFIX, check(tree)), (PARSE, [str(listing), "on"]), rounds)
    show("cold check / ast.parse, CPU", cold, CHECK_BUDGET)
    strict = compare((PERFFIX, check(tree)), (PARSE, [str(listing), "off"]), rounds)
    show("cold check / ast.parse without collector, CPU", strict)
    start = compare((PERFFIX, check(small)), (IMPORTS, []), start_rounds)
    show("one small file / interpreter with imports, CPU", start, START_BUDGET)
    with_bandit = [*check(tree), "--bandit"]
    bandit = compare((PERFFIX, with_bandit), (PARSE, [str(listing), "on"]), rounds)
    show("--bandit / ast.parse, CPU", bandit, BANDIT_BUDGET)
    program = compare((PERFFIX, with_bandit), (BANDIT, ["-q", "-f", "json", "--exit-zero", "-r", str(tree)]), rounds)
    show("--bandit / the bandit program, CPU", program, PROGRAM_BUDGET)
    double = compare((PERFFIX, check(tree)), (PERFFIX, check(tree, 2)), rounds, operator.attrgetter("passed"))
    show("one process / two processes, time passed", double, SPEED_BUDGET, least=True)
    ours, bare = cold.peaks
    print(f"peak memory {ours:.0f} MiB (ast.parse {bare:.0f} MiB), budget {MEMORY_BUDGET:.0f} MiB for 600,000 lines")
    compared = {"check": cold, "check_without_collector": strict, "start": start}
    compared |= {"bandit": bandit, "bandit_program": program, "two_processes": double}
    return {
        "perffix": perffix.__version__,
        "python": python,
        "files": len(files),
        "lines": lines,
        "peak_mib": ours,
        **{name: {"median": found.ratio, "ratios": found.ratios} for name, found in compared.items()},
    }


def show(what: str, found: Comparison, budget: float | None = None, *, least: bool = False) -> None:
    """Print one line of the table. The budget is the highest ratio that is well, or with `least` the lowest."""
    line = f"{what:46} {found.ratio:6.2f}  {found.ratios[0]:6.2f}  {found.ratios[-1]:6.2f}"
    if budget is not None:
        kept = found.ratio >= budget if least else found.ratio <= budget
        line += f"  {budget:6.2f}  {'kept' if kept else 'NOT KEPT'}"
    print(line, flush=True)


def main() -> int:
    """Measure or profile as the command line says."""
    parser = argparse.ArgumentParser(description="measure what perffix itself costs")
    parser.add_argument("path", nargs="?", type=Path, help="tree to check (default: the standard library)")
    parser.add_argument("--no-tests", action="store_true", help="leave the tests of the standard library out")
    parser.add_argument("--rounds", type=int, default=5, help="pairs of the cold check (5)")
    parser.add_argument("--start-rounds", type=int, default=15, help="pairs of the start (15)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers")
    parser.add_argument("--profile", action="store_true", help="show where the time of a check goes")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        tree = args.path or standard_library(scratch, tests=not args.no_tests)
        if args.profile:
            profiling.show(check(tree))
            return 0
        numbers = measure(tree, scratch, args.rounds, args.start_rounds)
    if args.json is not None:
        args.json.write_text(json.dumps(numbers, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
