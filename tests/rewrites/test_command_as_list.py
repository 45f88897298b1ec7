"""The rewritten commands are run: honest values give what they gave, hostile ones are one argument and no command."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import pytest
from fixture_files import RULES, fixed_text

from perffix.model import Applicability

if TYPE_CHECKING:
    from pathlib import Path

RULE = next(rule for rule in RULES if rule.code == "SEC602")

COMMANDS = [
    'subprocess.check_output(f"printf %s: {a} {b}", shell=True, text=True)',
    "subprocess.check_output(f\"printf '%s|' {a} x{b}y\", shell=True, text=True)",
    "subprocess.check_output(f\"printf '%s:' '{a}' {b}\", shell=True, text=True)",
    'subprocess.check_output("printf %s: " + a + " -" + b, shell=True, text=True)',
    'subprocess.check_output("printf %%s: %s --b=%s" % (a, b), shell=True, text=True)',
    'subprocess.check_output("printf %s: {} {c}".format(a, c=b), shell=True, text=True)',
    'subprocess.check_output(f"printf %s: {a} {b} | cat", shell=True, text=True)',
    'subprocess.check_output("printf %s: " + str(a) + " " + b + " | cat", shell=True, text=True)',
    'subprocess.check_output("printf %%s: %s %s | cat" % (a, b), shell=True, text=True)',
    'subprocess.check_output("printf %s: {} {} | cat".format(a, b), shell=True, text=True)',
    'command = f"printf %s: {a}"\nresult = subprocess.run(command, shell=True, stdout=-1, text=True).stdout',
    'command = f"printf %s: {a}"\ncommand += f" {b}"\nresult = subprocess.check_output(command, shell=True, text=True)',
    'os.popen(f"printf %s: {a} {b}").read()',
    'subprocess.getoutput(f"printf %s: {a} {b}")',
]

HONEST = [("one", "two"), ("1", "2"), ("a-b", "c=d"), ("x/y", "z.txt")]
HOSTILE = ["x; touch y", "$(touch y)", "`touch y`", "x | touch y", "x\ntouch y", "'; touch y #", "x\" 'y"]


def function_of(command: str) -> str:
    """Return a module with a function `run` that runs a command."""
    lines = command if "result = " in command else f"result = {command}"
    body = textwrap.indent(f"{lines}\nreturn result", "    ")
    return f"import os\nimport subprocess\n\n\ndef run(a: str, b: str) -> str:\n{body}\n"


def run(text: str, a: str, b: str) -> str:
    """Run the function of a module."""
    module: dict[str, Any] = {}
    exec(compile(text, "module.py", "exec"), module)
    return str(module["run"](a, b))


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # `os.popen` leaves its pipe open
@pytest.mark.parametrize("command", COMMANDS)
def test_honest_values_give_what_they_gave(command: str) -> None:
    before = function_of(command)
    after = fixed_text(before, RULE, Applicability.UNSAFE)
    assert after != before
    for a, b in HONEST:
        assert run(after, a, b) == run(before, a, b)


@pytest.mark.parametrize("command", COMMANDS)
def test_hostile_values_stay_one_argument(command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    after = fixed_text(function_of(command), RULE, Applicability.UNSAFE)
    for value in HOSTILE:
        assert value.strip() in run(after, value, "plain")
        assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "command", ["uname", "uname -s", "ls -a /", "basename 'a b'", 'head -c 3 "/etc/passwd"', "id -u"]
)
def test_constant_commands_without_a_shell_give_the_same(command: str) -> None:
    before = function_of(f"subprocess.check_output({command!r}, shell=True, text=True)")
    after = fixed_text(before, RULE, Applicability.SAFE)
    assert "shell" not in after
    assert run(after, "", "") == run(before, "", "")
