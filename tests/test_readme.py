from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from perffix import cli

TOP = Path(__file__).parent.parent
README = (TOP / "README.md").read_text(encoding="utf-8")


def test_the_generated_parts_are_up_to_date() -> None:
    ran = subprocess.run(
        [sys.executable, str(TOP / "tools/update_readme.py"), "--check"], capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


def test_every_command_and_option_that_it_shows_exists() -> None:
    for line in re.findall(r"^\$ perffix (.*?)(?:  +#.*)?$", README, re.MULTILINE):
        name = line.split()[0] if line.split()[0] in cli.COMMANDS else "check"
        known = subprocess.run(
            [sys.executable, "-m", "perffix", name, "--help"], capture_output=True, text=True, check=True
        ).stdout
        for option in re.findall(r"--[a-z-]+", line):
            assert option in known, line


def test_its_two_commands_are_targets_of_the_makefile() -> None:
    commands = re.findall(r"^\$ make (\w+)$", README, re.MULTILINE)
    makefile = (TOP / "Makefile").read_text(encoding="utf-8")
    assert sorted(commands) == ["demo", "test"]
    for command in commands:
        assert f"\n{command}:" in makefile


def test_its_settings_are_accepted(tmp_path: Path) -> None:
    (settings,) = re.findall(r"```toml\n(\[tool\.perffix\].*?)```", README, re.DOTALL)
    (tmp_path / "pyproject.toml").write_text(settings, encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, "-m", "perffix", "config", str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stderr) == (0, "")
