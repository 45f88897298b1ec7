"""Show the models of a project and how their rows lead to each other, as perffix understands them.

Exit status: 0 models were found, 1 none was, 2 wrong usage or a file that cannot be read.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from perffix.commands import FAILED, FOUND, OK, settings
from perffix.engine.linked import read_project
from perffix.output import models as output
from perffix.output.terminal import tell, write

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `perffix models`."""
    parser.add_argument("paths", nargs="*", metavar="PATH", help="the project; by default this directory")
    parser.add_argument(
        "--output-format",
        "--format",
        choices=("text", "json", "dot"),
        default="text",
        dest="form",
        help="the form of the list; dot is for Graphviz",
    )
    settings.add_arguments(parser, rules=False)


def run(args: argparse.Namespace) -> int:
    """Print the models. Raises UsageError when a path does not exist or a setting is wrong."""
    project, problems = read_project(args.paths or [os.curdir], settings.configurations(args))
    tell(problems)
    graph = project.models
    form = {"text": output.text, "json": output.json, "dot": output.dot}[args.form]
    write(sys.stdout, form(graph))
    if problems:
        return FAILED
    return OK if graph.models else FOUND
