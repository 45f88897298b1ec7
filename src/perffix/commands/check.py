"""Find performance and security anti-patterns in Python files; show or write the fixes.

Exit status: 0 nothing found, 1 findings, 2 wrong usage, a file that cannot be read or parsed, a failed fix.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from perffix.commands import FAILED, FOUND, OK, settings
from perffix.config import UsageError
from perffix.engine.checking import Report, check_paths
from perffix.engine.discovery import STDIN, is_excluded
from perffix.engine.own_rules import ALWAYS_ON
from perffix.engine.selection import selection_for
from perffix.output.result import Diff, Result
from perffix.output.sources import Sources
from perffix.output.summary import statistics, summary, summary_of_fixes
from perffix.output.terminal import Palette, columns, tell, wants_colour, write, write_bytes
from perffix.source import SourceFile

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable
    from typing import TextIO

    from perffix.config import Config, Configurations

_STDIN_NAME = "<stdin>"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `perffix check`."""
    parser.add_argument(
        "paths",
        nargs="*",
        metavar="PATH",
        help="files and directories, - for standard input; by default this directory",
    )
    fixes = parser.add_argument_group("fixes").add_mutually_exclusive_group()
    fixes.add_argument("--apply", "--fix", action="store_true", help="write the fixes that keep behaviour")
    fixes.add_argument("--diff", action="store_true", help="show what --apply would change, change nothing")
    report = parser.add_argument_group("report")
    report.add_argument("-q", "--quiet", action="store_true", help="one line for each finding, no summary")
    for name, meaning in (
        ("--statistics", "also count the findings of each rule"),
        ("--show-suppressed", "also list what comments suppress"),
        ("--exit-zero", "exit 0 also when something is found"),
    ):
        report.add_argument(name, action="store_true", help=meaning)
    report.add_argument("--stdin-filename", metavar="NAME", help="the name that standard input is treated under")
    settings.add_arguments(parser, report=True)


def run(args: argparse.Namespace) -> int:
    """Check, fix if asked to, print the result and return the exit status. Raises UsageError."""
    configurations = settings.configurations(args)
    paths: list[str] = args.paths or [os.curdir]
    if STDIN in paths and len(paths) > 1:
        raise UsageError("- stands for standard input and must be the only path")
    if args.stdin_filename is not None and STDIN not in paths:
        raise UsageError("--stdin-filename goes with the path -")
    if STDIN in paths:
        return _run_on_stdin(args, configurations)
    here = configurations.for_directory(os.curdir)
    report = check_paths(paths, configurations, jobs=here.jobs)
    if not report.files:
        selection_for(here)  # without a file nobody has looked whether the settings make sense
    result = _without_fixes(report)
    if args.apply or args.diff:
        from perffix.commands.fixes import fix_files

        result = fix_files(report, configurations, paths, write=args.apply)
    return _show(args, here, result, _sources(result if args.apply else report), sys.stdout)


def _run_on_stdin(args: argparse.Namespace, configurations: Configurations) -> int:
    """Check standard input; with `--apply` its fixed text goes to standard output and the report elsewhere."""
    from perffix.engine.runner import examine

    path = args.stdin_filename or _STDIN_NAME
    config = configurations.for_file(args.stdin_filename or "")
    data = sys.stdin.buffer.read() if sys.stdin is not None else b""
    source = SourceFile(path, data, config.relative(path))
    report = Report((), 0)
    if not (config.force_exclude and args.stdin_filename and is_excluded(path, config)):
        outcome = examine(source, selection_for(config).plan(path))
        report = Report(outcome.findings, 1, (), outcome.suppressed)
    if not args.apply and not args.diff:
        return _show(args, config, _without_fixes(report), _sources(report, source), sys.stdout)
    from perffix.commands.fixes import fix_stdin

    fixed, result = fix_stdin(source, report, config, write=args.apply)
    if not args.apply:
        return _show(args, config, result, _sources(report, source), sys.stdout)
    write_bytes(sys.stdout, fixed.data)
    return _show(args, config, result, _sources(result, fixed), sys.stderr)


def _without_fixes(report: Report) -> Result:
    return Result(report.findings, report.files, report.suppressed, report.problems)


def _sources(found: Report | Result, *given: SourceFile) -> Sources:
    """Return the files that are quoted, of which all that was found in them as they are may be a secret."""
    to_hide = found.to_hide if isinstance(found, Report) else None
    return Sources([*found.findings, *(item.finding for item in found.suppressed)], given, to_hide)


def _show(args: argparse.Namespace, config: Config, result: Result, sources: Sources, stream: TextIO | None) -> int:
    """Write the result in the form that is asked for; return the exit status."""
    result = result._replace(status=_status(result, exit_zero=args.exit_zero))
    if config.output_format == "json":
        from perffix.output import json

        values = json.report_object(result, sources)
        if args.statistics:
            values["statistics"] = json.statistics_object(result.findings)
        write(stream, json.dumped(values))
        return result.status
    tell(result.problems)
    if args.diff:
        # What follows on standard error is no part of the patch.
        _show_diffs(result.diffs, sys.stdout)
        stream = sys.stderr
    write(stream, _text(args, result, sources, stream))
    return result.status


def _status(result: Result, *, exit_zero: bool) -> int:
    if result.problems or any(finding.code in ALWAYS_ON for finding in result.findings):
        return FAILED
    found = bool(result.findings or result.diffs)
    return FOUND if found and not exit_zero else OK


def _text(args: argparse.Namespace, result: Result, sources: Sources, stream: TextIO | None) -> str:
    palette = Palette(wants_colour(stream, os.environ))
    encoding = (stream.encoding if stream is not None else None) or "utf-8"
    parts: list[str] = []
    if result.findings or args.show_suppressed:
        from perffix.output.text import TextReport

        report = TextReport(palette, columns(stream), encoding, brief=args.quiet)
        for source, mask, findings in sources.by_file(result.findings):
            parts += [report.finding(finding, source, mask) for finding in findings]
        if args.show_suppressed:
            shown = [(item, *sources.quoted(item.finding.path)) for item in result.suppressed]
            parts += [report.suppressed(item, source, mask) for item, source, mask in shown]
    if args.statistics:
        parts.append(statistics(result.findings))
    if not args.quiet:
        if result.fixed:
            parts.append(summary_of_fixes(result.fixed, result.findings, result.files, written=args.apply))
        else:
            parts.append(summary(result.findings, result.files))
    return "".join(parts)


def _show_diffs(diffs: Iterable[Diff], stream: TextIO | None) -> None:
    """Write the diffs as one patch: to eyes painted and harmless, else byte for byte, for it has to apply."""
    palette = Palette(wants_colour(stream, os.environ))
    for_eyes = palette.on or (stream is not None and stream.isatty())
    for diff in diffs:
        if for_eyes:
            from perffix.output.text import painted_diff

            write(stream, painted_diff(diff.text, palette))
        else:
            write_bytes(stream, diff.data)
