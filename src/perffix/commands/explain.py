"""Say what perffix believes about the queries and rows on a line: whose they are, and what comes with them.

Exit status: 0 something is known, 1 nothing is, 2 wrong usage or a file that cannot be read.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from perffix.commands import FAILED, FOUND, OK, settings
from perffix.config import UsageError
from perffix.engine.linked import read_project
from perffix.output.terminal import harmless, tell, write
from perffix.source import SourceFile

if TYPE_CHECKING:
    import argparse

    from perffix.project.beliefs import Belief


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `perffix explain`."""
    parser.add_argument("place", metavar="FILE:LINE", help="the line, of Python or of a template")
    parser.add_argument("paths", nargs="*", metavar="PATH", help="the project; by default this directory")
    settings.add_arguments(parser, rules=False)


def run(args: argparse.Namespace) -> int:
    """Print what is believed. Raises UsageError when the place or a path does not exist."""
    path, _, number = args.place.rpartition(":")
    if not path or not number.isdecimal():
        raise UsageError(f"{args.place} is no place: write FILE:LINE")
    if not os.path.isfile(path):  # noqa: PTH113
        raise UsageError(f"{path} is no file")
    modules = [path] if path.endswith((".py", ".pyi")) else []
    project, problems = read_project([*(args.paths or [os.curdir]), *modules], settings.configurations(args))
    tell(problems)
    wanted = os.path.realpath(path)
    known = next((each for each in project.paths if os.path.realpath(each) == wanted), None)
    known = known or project.template_at(wanted) or path
    beliefs = project.beliefs_at(known, int(number))
    if not beliefs:
        write(sys.stdout, f"{harmless(args.place)}: nothing on this line is known to have to do with a query\n")
    for belief in beliefs:
        write(sys.stdout, _text(belief, known, number))
    if problems:
        return FAILED
    return OK if beliefs else FOUND


def _text(belief: Belief, path: str, number: str) -> str:
    parts = [f"{path}:{number}: {_source(belief, path)}", *(f"  {phrase}" for phrase in belief.phrases)]
    parts += [f"  the query is made at {place.path}:{place.span.line}" for place in belief.origins]
    parts += [f"  {each.path or path}:{each.span.line}: {each.message}" for each in belief.route]
    return "".join(f"{harmless(part)}\n" for part in parts)


def _source(belief: Belief, path: str) -> str:
    return " ".join(SourceFile.read(path).segment(belief.span).split())
