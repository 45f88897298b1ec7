"""What the look at a whole project costs, as ratios to `ast.parse` of its files, and how much memory it takes.

    python benchmarks/project.py PATH [PATH ...]           check one project made of all the trees
    python benchmarks/project.py --phases PATH [PATH ...]  show what each part of the look takes

Take the sources of real applications, several together for a project of some thousand modules. These are measured,
with nothing kept from an earlier check, each as the ratio to a program that reads the same files and calls `ast.parse`
in one process, right before or after it:

- the time that passes until the check of the trees with all default rules is done, in as many processes as perffix
  takes by itself; it means something on an idle machine with at least two processors only;
- the CPU time (user and system) of the same check in one process;
- the CPU time of the check with those rules alone that look at all modules together, and what they need: the summaries
  of the modules that are neither tests nor migrations, the models, the evaluation of the code;
- the CPU time of the check with the other rules alone.

The last two both parse the files, so they add up to more than the one before. The memory is that of the largest process
of a check at its peak. As in `cost.py`, the median of the ratios is held against the budget, and nothing fails when
that is exceeded.

With `--phases` all happens in one process, once, with the garbage collector out of the way; the parts are given as
ratios to the time that the parser takes there.
"""

from __future__ import annotations

import argparse
import gc
import json
import operator
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import cost

from perffix.config import Configurations
from perffix.engine.discovery import find_files
from perffix.engine.registry import load_rules
from perffix.engine.selection import selection_for
from perffix.engine.template_files import TemplateFiles
from perffix.project.naming import module_names
from perffix.project.project import Project
from perffix.project.summaries.reading import read_module
from perffix.rules.rule import ProjectContext
from perffix.source import SourceError, SourceFile

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from perffix.engine.discovery import Found
    from perffix.project.summaries.summary import ModuleSummary
    from perffix.rules.rule import Rule

CHECK_BUDGET = 3.0
MEMORY_BUDGET = 300.0  # MiB, for 2,000 modules


def project_rules() -> list[Rule]:
    """Return the rules that look at all modules together."""
    return [rule for rule in load_rules() if rule.spans_files]


def check(trees: Sequence[str], *options: str, jobs: int = 1) -> list[str]:
    """Return the arguments of a check that takes no settings from around the trees; 0 jobs lets perffix decide."""
    return ["check", "--isolated", "--exit-zero", "--quiet", "--jobs", str(jobs), *options, *trees]


def measure(trees: Sequence[str], scratch: Path, rounds: int) -> dict[str, object]:
    """Measure all and print the table; return the numbers."""
    files = files_of(trees)
    listing = scratch / "files"
    listing.write_text("\0".join(found.path for found in files), encoding="utf-8")
    lines = cost.count_lines([found.path for found in files])
    print(f"{len(files):,} files, {lines:,} lines")
    print(f"{'ratio to ast.parse':46} median    from      to  budget")
    parse = (cost.PARSE, [str(listing), "on"])
    whole = cost.compare((cost.PERFFIX, check(trees, jobs=0)), parse, rounds, operator.attrgetter("passed"))
    cost.show(f"check with all default rules, time ({os.cpu_count()} CPUs)", whole, CHECK_BUDGET)
    codes = ",".join(rule.code for rule in project_rules())
    others = ",".join(rule.code for rule in load_rules() if not rule.spans_files)
    # To select rules by their codes would bring the tests in.
    parts = {"check": (), "project_rules": ("--ignore", others), "other_rules": ("--ignore", codes)}
    titles = ("the same in one process, CPU", "rules that look at all modules together, CPU", "all other rules, CPU")
    measured = {"time": whole}
    for title, (name, options) in zip(titles, parts.items(), strict=True):
        measured[name] = cost.compare((cost.PERFFIX, check(trees, *options)), parse, rounds)
        cost.show(title, measured[name])
    peaks = (whole.peaks, measured["check"].peaks)
    ours, bare = (max(each) for each in zip(*peaks, strict=True))
    print(f"peak memory {ours:.0f} MiB (ast.parse {bare:.0f} MiB), budget {MEMORY_BUDGET:.0f} MiB for 2,000 modules")
    ratios = {name: {"median": found.ratio, "ratios": found.ratios} for name, found in measured.items()}
    return {"files": len(files), "lines": lines, "peak_mib": ours, **ratios}


def files_of(trees: Sequence[str]) -> tuple[Found, ...]:
    """Return the Python files in trees. Raises SystemExit when there are none."""
    files = find_files(trees, Configurations(isolated=True)).files
    if not files:
        raise SystemExit(f"{', '.join(trees)}: no Python files")
    return tuple(files)


def phases(trees: Sequence[str]) -> None:
    """Do what a check does for the rules that look at all modules together, and print what each part takes."""
    gc.disable()
    spent: dict[str, float] = {}
    for title, seconds in _steps(files_of(trees)):
        spent[title] = spent.get(title, 0.0) + seconds
    for title, seconds in spent.items():
        print(f"{title:46} {seconds / spent['ast.parse']:6.2f}")


def _steps(files: Sequence[Found]) -> Iterator[tuple[str, float]]:
    """Yield each step with the seconds of CPU that it took."""
    summaries: dict[str, ModuleSummary] = {}
    started = time.process_time()

    def passed() -> float:
        nonlocal started
        before, started = started, time.process_time()
        return started - before

    for found in files:
        source = SourceFile.read(found.path, found.config.relative(found.path))
        yield "reading of files", passed()
        try:
            source.tree  # noqa: B018 - parses it
        except SourceError:  # the check says so
            continue
        yield "ast.parse", passed()
        if not selection_for(found.config).plan(found.path).aside:
            summaries[found.path] = read_module(source)
        yield "summaries", passed()
    names = module_names(summaries)
    modules = {names[path]: summary for path, summary in summaries.items()}
    project = Project(modules, TemplateFiles(summaries).find, SourceFile.read)
    yield "linking", passed()
    yield f"models ({len(project.models.models)})", passed()
    yield f"evaluation ({len(project.evaluator.accesses)} accesses)", passed()
    for rule in project_rules():
        number = sum(len(list(handler(ProjectContext(rule, project)))) for handler in rule.project_handlers)
        yield f"{rule.code} ({number} findings)", passed()


def main() -> int:
    """Measure as the command line says."""
    parser = argparse.ArgumentParser(description="measure what the look at a whole project costs")
    parser.add_argument("paths", nargs="+", metavar="PATH", help="trees that make one project")
    parser.add_argument("--rounds", type=int, default=5, help="pairs of each ratio (5)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers")
    parser.add_argument("--phases", action="store_true", help="show what each part takes")
    args = parser.parse_args()
    if args.phases:
        phases(args.paths)
        return 0
    with tempfile.TemporaryDirectory() as name:
        numbers = measure(args.paths, Path(name), args.rounds)
    if args.json is not None:
        args.json.write_text(json.dumps(numbers, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
