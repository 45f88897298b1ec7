"""List all rules: codes, name, group, impact or severity, the best fix it may offer, and what it finds."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from perffix.commands import OK
from perffix.output.terminal import Palette, wants_colour, write

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `perffix rules`."""
    form = parser.add_mutually_exclusive_group()
    form.add_argument(
        "--output-format", choices=("text", "json", "markdown"), default="text", help="the form of the list"
    )
    parser.add_argument("--audit", action="store_true", help="also the checks of bandit that --audit brings in")
    form.add_argument(
        "--json", action="store_const", const="json", dest="output_format", help="the same as --output-format json"
    )


def run(args: argparse.Namespace) -> int:
    """Print the list."""
    from perffix.engine.own_rules import OWN_RULES
    from perffix.engine.registry import load_rules
    from perffix.output import rule_table

    rules = (*OWN_RULES, *load_rules())
    if args.audit:
        from perffix.engine.bandit_rules import remaining_bandit_rules

        rules = tuple(sorted((*rules, *remaining_bandit_rules(rules)), key=lambda rule: rule.code))
    if args.output_format == "json":
        from perffix.output.json import dumped

        write(sys.stdout, dumped({"rules": [rule_table.rule_object(rule) for rule in rules]}))
    elif args.output_format == "markdown":
        write(sys.stdout, rule_table.markdown_table(rules))
    else:
        write(sys.stdout, rule_table.text_table(rules, Palette(wants_colour(sys.stdout, os.environ))))
    return OK
