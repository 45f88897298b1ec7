"""Measure on this Python what rules gain: the time of what they report against what they recommend.

Both sides are first run once at every size and must return the same. The ratio is slow / fast; the growth n^k
says how the time of each side rises with the size. Needs pyperf: pip install 'perffix[bench]'.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from perffix.commands import FOUND, OK
from perffix.config import UsageError
from perffix.output.terminal import harmless, write

if TYPE_CHECKING:
    import argparse

    from perffix.evidence.measured import Evidence


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `perffix bench`."""
    parser.add_argument(
        "rules",
        nargs="+",
        metavar="RULE",
        help="a code (PERF504), a name (list-pop-front), the beginning of codes (PERF5) or ALL",
    )
    parser.add_argument("--sizes", metavar="N,N", type=sizes, help="measure these sizes, not the rule's own")
    parser.add_argument("--seconds", metavar="S", type=float, default=12.0, help="time for a rule, roughly (12)")
    parser.add_argument("--json", metavar="FILE", help="write the numbers as JSON; - prints only them")
    parser.add_argument("--pyperf", metavar="FILE", help="write one rule's values for python -m pyperf")


def sizes(text: str) -> tuple[int, ...]:
    """Return the sizes in an argument; argparse puts this function's name into its complaint."""
    return tuple(int(size) for size in text.split(","))


def run(args: argparse.Namespace) -> int:
    """Measure the rules and print a table for each; 1 when the two sides of a benchmark differ.

    Raises UsageError when a rule is unknown, has no benchmark, or pyperf is missing.
    """
    from perffix.evidence.benchmark import measure
    from perffix.evidence.contract import UnequalResultsError
    from perffix.evidence.fixtures import rule_folders
    from perffix.evidence.report import as_text

    folders = [folder for rule in args.rules for folder in rule_folders(rule) if folder.has_bench]
    if not folders:
        raise UsageError(f"{' '.join(args.rules)}: no benchmark")
    if args.pyperf is not None and len(folders) != 1:
        raise UsageError("--pyperf writes the values of one rule")
    measured = []
    try:
        for folder in dict.fromkeys(folders):
            measured.append(measure(folder, seconds=args.seconds, sizes=args.sizes))
            if args.json != "-":
                write(sys.stdout, as_text(measured[-1]) + "\n\n")
    except UnequalResultsError as error:
        write(sys.stderr, f"perffix: {harmless(str(error))}\n")
        return FOUND
    if args.pyperf is not None:
        measured[0].suite.dump(args.pyperf, replace=True)
    if args.json is not None:
        _write_json(measured, args.json)
    return OK


def _write_json(measured: list[Evidence], file: str) -> None:
    import json

    from perffix.evidence.report import as_json

    text = json.dumps(as_json(measured), indent=2) + "\n"
    if file == "-":
        write(sys.stdout, text)
    else:
        Path(file).write_text(text, encoding="utf-8")
