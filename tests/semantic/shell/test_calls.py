"""Which calls start a shell or a program, and under which of bandit's numbers they go."""

from __future__ import annotations

import ast

import pytest
from analysed import Analysed

from perffix.semantic.shell.calls import handed_on, shell_call

HEAD = """
import asyncio
import os
import subprocess
import anyio
import psutil
from os import system
on = True
"""


def calls_in(text: str) -> tuple[Analysed, list[ast.Call]]:
    analysed = Analysed(HEAD + text)
    return analysed, [node for node in ast.walk(analysed.source.tree) if isinstance(node, ast.Call)]


@pytest.mark.parametrize(
    ("text", "number", "has_shell"),
    [
        ("subprocess.run('ls', shell=True)", 602, True),
        ("subprocess.run(args='ls', shell=True)", 602, True),
        ("subprocess.run('ls', shell=on)", 602, True),
        ("subprocess.run(['ls'])", 603, False),
        ("subprocess.run(['ls'], shell=False)", 603, False),
        ("psutil.Popen('ls', shell=True)", 604, True),
        ("anyio.run_process('ls')", 604, True),
        ("anyio.run_process(['ls'])", 603, False),
        ("os.system('ls')", 605, True),
        ("system('ls')", 605, True),
        ("asyncio.create_subprocess_shell('ls')", 605, True),
        ("os.execv('/bin/ls', ['ls'])", 606, False),
        ("os.spawnv(os.P_WAIT, '/bin/ls', ['ls'])", 606, False),
    ],
)
def test_what_a_call_starts(text: str, number: int, has_shell: bool) -> None:
    analysed, (call, *_) = calls_in(text)
    started = shell_call(call, analysed.model)
    assert started is not None
    assert (started.number, started.has_shell) == (number, has_shell)


@pytest.mark.parametrize(
    "text",
    ["subprocess.run('ls', shell=unknown)", "subprocess.run('ls', **options)", "os.getcwd()", "machine.system('x')"],
)
def test_what_is_not_known_starts_nothing(text: str) -> None:
    analysed, (call, *_) = calls_in(text)
    assert shell_call(call, analysed.model) is None


@pytest.mark.parametrize(
    "text",
    [
        "def run(command, shell=False):\n    subprocess.run(command, shell=shell)\nrun('ls', shell=True)\nrun('df')\n",
        "class A:\n    def run(self, command, shell=False):\n        subprocess.run(command, shell=shell)\n"
        "    def go(self):\n        self.run('ls', shell=True)\n        self.run('df')\n",
    ],
)
def test_a_function_of_the_module_hands_the_shell_on(text: str) -> None:
    analysed, calls = calls_in(text)
    found = [each for call in calls for each in handed_on(call, analysed.model)]
    assert [(ast.unparse(each.command), each.number) for each in found] == [("'ls'", 604)]
