"""The command line: finds the subcommand, reads its options, runs it and turns its end into an exit status."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any, NoReturn

from perffix.commands import FAILED, OK
from perffix.config import UsageError
from perffix.engine.collector import leave_to_the_system
from perffix.output.terminal import columns, harmless, write

if TYPE_CHECKING:
    from collections.abc import Sequence

INTERRUPTED = 130

# Each names a module of `perffix.commands`; only the one that is asked for is imported.
COMMANDS = {
    "check": "find problems, and fix them with --apply; the default",
    "rule": "explain one rule",
    "rules": "list all rules",
    "config": "show which settings hold for a path and where they come from",
    "models": "show the models of a project and their relations",
    "explain": "say what is believed about the queries on a line",
    "bench": "measure what a rule gains",
    "new": "start a new rule in a checkout of perffix",
}


class _Help(argparse.RawDescriptionHelpFormatter):
    """Help as wide as the terminal; without this argparse imports shutil to ask, even when no help is shown."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=columns(sys.stdout, 100) - 2)


class Parser(argparse.ArgumentParser):
    """An argument parser that answers a mistake with one line, a wrong option with the nearest right one."""

    def error(self, message: str) -> NoReturn:
        """Raise UsageError in place of printing the usage."""
        raise UsageError(message)

    def _print_message(self, message: str, file: Any = None) -> None:
        if message:
            write(file or sys.stderr, message)

    def nearest(self, option: str) -> str:
        """Return a hint at the option that was likely meant, or nothing."""
        import difflib

        known = [name for action in self._actions for name in action.option_strings]
        close = difflib.get_close_matches(option.partition("=")[0], known, 1)
        return f"; did you mean {close[0]}?" if close else ""


def main(argv: Sequence[str] | None = None) -> int:
    """Run perffix with the given arguments, by default those of the process, and return the exit status.

    0: nothing found; 1: something found; 2: wrong usage, or something went wrong; 130: interrupted.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    if argv is None:  # else it is the process of somebody else
        leave_to_the_system()
    try:
        return _run(arguments)
    except KeyboardInterrupt:
        _complain("interrupted")
        return INTERRUPTED
    except UsageError as error:
        _complain(f"error: {error}")
        return FAILED
    except OSError as error:
        # A report that cannot be written, such as to a full disk, is a failure and not a clean run.
        _complain(f"error: {error}")
        return FAILED
    except Exception:
        import traceback

        _complain("internal error, please report it:")
        write(sys.stderr, traceback.format_exc())
        return FAILED


def _run(arguments: list[str]) -> int:
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        return _show(_overview(), OK if arguments else FAILED)
    if arguments[0] in ("-V", "--version"):
        from perffix import __version__

        return _show(f"perffix {__version__}\n", OK)
    name = arguments.pop(0) if arguments[0] in COMMANDS else "check"
    module = __import__(f"perffix.commands.{name}", fromlist=["run"])
    parser = Parser(
        prog=f"perffix {name}",
        description=module.__doc__,
        formatter_class=_Help,
        allow_abbrev=False,
    )
    module.add_arguments(parser)
    try:
        known, unknown = parser.parse_known_args(arguments)
        if any(not word.startswith("-") for word in unknown):  # paths on both sides of an option
            known, unknown = parser.parse_known_intermixed_args(arguments)
    except SystemExit as end:  # --help prints and ends
        return int(end.code or 0)
    if unknown:
        kind = "option" if unknown[0].startswith("-") else "argument"
        raise UsageError(f"unknown {kind} {unknown[0]}{parser.nearest(unknown[0])}")
    status: int = module.run(known)
    return status


def _overview() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  perffix {name:<{width}}  {summary}" for name, summary in COMMANDS.items()]
    return (
        "perffix finds performance and security anti-patterns in Python and rewrites them.\n\n"
        "  perffix PATH...         same as perffix check PATH...\n"
        "  perffix --apply PATH... write the safe fixes\n\n"
        + "\n".join(lines)
        + "\n\nperffix COMMAND --help explains the options.\n"
    )


def _show(text: str, status: int) -> int:
    write(sys.stdout if status == OK else sys.stderr, text)
    return status


def _complain(text: str) -> None:
    try:
        write(sys.stderr, f"perffix: {harmless(text)}\n")
    except OSError:
        return  # nobody can be told; the exit status says that something went wrong
