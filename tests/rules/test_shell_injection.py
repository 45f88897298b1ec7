"""SEC602: how bad a value in a command line is, and how the message says that it got there."""

from __future__ import annotations

import pytest
from fixture_files import RULES, findings_in

from perffix.model import Severity

RULE = next(rule for rule in RULES if rule.code == "SEC602")
HEAD = """
import os
import subprocess
import sys
from django.core.management.base import BaseCommand
"""


@pytest.mark.parametrize(
    ("text", "severity"),
    [
        ("def f(name):\n    os.system(f'rm {name}')", Severity.MEDIUM),
        ("name = sys.argv[1]\nos.system(f'rm {name}')", Severity.LOW),
        (
            "class Command(BaseCommand):\n"
            "    def add_arguments(self, parser):\n"
            "        parser.add_argument('--name')\n"
            "    def handle(self, *args, **options):\n"
            "        os.system('rm ' + options['name'])",
            Severity.LOW,
        ),
    ],
)
def test_what_comes_from_the_command_line_is_low(text: str, severity: Severity) -> None:
    assert [each.severity for each in findings_in(HEAD + text, RULE)] == [severity]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("def f(config):\n    os.system('rm %s' % config['name'])", ""),
        ("def f(config, name):\n    os.system('rm %s %s' % (config['name'], name))", "`name` is put"),
        (
            "def f(config, name):\n    path = os.path.join(config['name'], name)\n    os.system(f'rm {path}')",
            "`path` is",
        ),
        (
            "class Node:\n"
            "    def __init__(self, settings):\n"
            "        self.key = os.path.join(settings.get('folder'), 'key.pem')\n"
            "    def make(self):\n"
            "        os.system(f'ssh-keygen -f {self.key}')",
            "",
        ),
    ],
)
def test_the_configuration_is_the_operators_own(text: str, names: str) -> None:
    assert [each.message[: len(names)] for each in findings_in(HEAD + text, RULE)] == ([names] if names else [])


def test_a_command_that_is_run_by_hand_is_the_operators_own() -> None:
    text = HEAD + "def update(name):\n    os.system(f'rm {name}')\n"
    assert findings_in(text, RULE, "shop/management/commands/update.py") == []
    assert len(findings_in(text, RULE, "shop/update.py")) == 1


@pytest.mark.parametrize(
    ("command", "manner"),
    [
        ("f'rm {name}'", "put unquoted into"),
        ("f'rm \"{name}\"'", "put between quotes, which it may hold itself, into"),
        ("f'rm \"{name}\" {other}'", "put without `shlex.quote` into"),
        ('f\'rm "{name}" "{other}"\'', "put between quotes, which they may hold themselves, into"),
    ],
)
def test_the_message_says_whether_there_are_quotes(command: str, manner: str) -> None:
    (found,) = findings_in(f"{HEAD}\ndef f(name, other):\n    os.system({command})\n", RULE)
    assert manner in found.message


@pytest.mark.parametrize(
    ("command", "remedy"),
    [
        ("f'rm {name}'", None),
        ("f'export A={name}'", "`export` has no effect, for the shell ends with the call: set `os.environ`"),
        ("f'cd {name}'", "`cd` has no effect, for the shell ends with the call: call `os.chdir`"),
        ("f'cd {name} && make'", "and the folder as `cwd=`"),
        ("f'. {name}'", "`.` is a command of the shell itself"),
    ],
)
def test_the_remedy_for_commands_of_the_shell_itself(command: str, remedy: str | None) -> None:
    (found,) = findings_in(f"{HEAD}\ndef f(name):\n    os.system({command})\n", RULE)
    assert (remedy or RULE.help) in (found.help or "")
