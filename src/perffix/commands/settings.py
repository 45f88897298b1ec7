"""The options that change the settings, for every subcommand that depends on settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.config import OUTPUT_FORMATS, Configurations, UsageError

if TYPE_CHECKING:
    import argparse

_RULE_LISTS = {
    "select": "report only these: codes, prefixes, names or groups (all, default, pedantic, audit)",
    "extend-select": "report these too",
    "ignore": "do not report these",
    "per-file-ignores": "do not report these in these files: PATTERN:RULES",
}
_RULE_SWITCHES = {
    "pedantic": "also constant factors and matters of taste",
    "audit": "also review hints without proof, those of bandit among them",
    "bandit": "report exactly what bandit does, and nothing else",
    "unsafe-fixes": "with --apply and --diff: also fixes that may change behaviour",
}
_FILE_LISTS = {
    "exclude": "pass over these files and directories, in place of the default ones",
    "extend-exclude": "pass over these too",
}
_FILE_SWITCHES = {
    "force-exclude": "pass over excluded files even if they are named one by one",
}
# What was given to an option that may be given more than once, in order.
_ALL = (
    *_RULE_LISTS, *_RULE_SWITCHES, *_FILE_LISTS, *_FILE_SWITCHES,
    "respect-gitignore", "target-version", "output-format", "jobs",
)  # fmt: skip


def add_arguments(parser: argparse.ArgumentParser, *, rules: bool = True, report: bool = False) -> None:
    """Declare the options.

    Args:
        parser: of the subcommand.
        rules: whether it asks for rules, not only for files.
        report: whether it makes a report, so that its form and the number of processes matter.
    """
    group = parser.add_argument_group("settings", "laid over those of the settings file")
    _add(group, _RULE_LISTS if rules else {}, _RULE_SWITCHES if rules else {})
    if rules:
        group.add_argument("--target-version", metavar="3.N", help="the oldest Python that the code must run on")
    _add(group, _FILE_LISTS, _FILE_SWITCHES)
    group.add_argument(
        "--no-respect-gitignore",
        action="store_const",
        const=False,
        dest="respect_gitignore",
        help="do not pass over what git ignores",
    )
    if report:
        group.add_argument("--output-format", choices=OUTPUT_FORMATS, help="the form of the report")
        group.add_argument("--jobs", type=int, metavar="N", help="number of processes; 0 lets perffix decide")
    group.add_argument("--config", metavar="FILE", help="use this settings file instead of looking for one")
    group.add_argument("--isolated", action="store_true", help="use no settings file")


def _add(group: argparse._ArgumentGroup, lists: dict[str, str], switches: dict[str, str]) -> None:
    for name, text in lists.items():
        group.add_argument(f"--{name}", action="append", metavar="LIST", help=text)
    for name, text in switches.items():
        group.add_argument(f"--{name}", action="store_const", const=True, help=text)


def configurations(args: argparse.Namespace) -> Configurations:
    """Return the settings that the arguments ask for.

    Raises:
        UsageError: two options contradict each other, or a setting is wrong.
    """
    if args.isolated and args.config:
        raise UsageError("--isolated and --config contradict each other")
    given = {name: getattr(args, name.replace("-", "_"), None) for name in _ALL}
    return Configurations(given, isolated=args.isolated, file=args.config)
