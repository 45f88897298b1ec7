"""Explain a rule: what it finds, why that matters, what to write instead, and when it stays silent."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from perffix.commands import OK
from perffix.output.terminal import Palette, wants_colour, write

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `perffix rule`."""
    parser.add_argument(
        "rule",
        metavar="RULE",
        help="a code (PERF504), a name (list-pop-front) or the beginning of codes (PERF5)",
    )


def run(args: argparse.Namespace) -> int:
    """Print the page of each rule that is meant. Raises UsageError when there is none."""
    from perffix.engine.registry import find_rules
    from perffix.output.documentation import rule_page

    palette = Palette(wants_colour(sys.stdout, os.environ))
    write(sys.stdout, "\n\n".join(rule_page(rule, palette) for rule in find_rules(args.rule)))
    return OK
