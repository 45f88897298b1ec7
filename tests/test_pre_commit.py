"""The two hooks, run by the real pre-commit on a real repository. The first run installs perffix: half a minute."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).parent.parent
FLAGGED = """\
def shouted(names: list[str]) -> list[str]:
    result = []
    for name in names:
        result.append(name.upper())
    return result
"""
FIXED = """\
def shouted(names: list[str]) -> list[str]:
    result = [name.upper() for name in names]
    return result
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Return variables under which git and pre-commit touch nothing but the folder of the test."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "PYTHON", "PRE_COMMIT"))}
    identity = {
        f"GIT_{role}_{part}": value
        for role in ("AUTHOR", "COMMITTER")
        for part, value in (("NAME", "Somebody"), ("EMAIL", "somebody@example.org"))
    }
    return {
        **kept,
        **identity,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "PRE_COMMIT_HOME": str(tmp_path / "home"),
        "PRE_COMMIT_COLOR": "never",
    }


def _repository(folder: Path, environment: dict[str, str], *commands: str) -> None:
    for command in ("init --quiet --initial-branch main", "add --all", "commit --quiet --message Begin", *commands):
        subprocess.run(["git", *command.split()], cwd=folder, env=environment, check=True)


def test_the_hooks(tmp_path: Path, environment: dict[str, str]) -> None:
    hooks, project = tmp_path / "hooks", tmp_path / "project"
    caches = shutil.ignore_patterns("__pycache__", ".*_cache", ".venv*", ".git", ".hypothesis", "build", "dist")
    shutil.copytree(TOP, hooks, ignore=caches)
    _repository(hooks, environment, "tag v0")
    project.mkdir()
    (project / "a.py").write_text(FLAGGED)
    (project / ".pre-commit-config.yaml").write_text(
        f"default_language_version:\n  python: {sys.executable}\n"
        f"repos:\n  - repo: {hooks}\n    rev: v0\n    hooks:\n      - id: perffix\n      - id: perffix-fix\n"
    )
    _repository(project, environment)

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "pre_commit", *arguments],
            cwd=project,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    assert run("validate-manifest", str(hooks / ".pre-commit-hooks.yaml")).returncode == 0
    report = run("run", "perffix", "--all-files")
    assert report.returncode == 1, report.stdout + report.stderr
    assert "a.py:4:9: PERF401 manual-list-comprehension: " in report.stdout
    assert (project / "a.py").read_text() == FLAGGED

    fix = run("run", "perffix-fix", "--all-files")
    assert fix.returncode == 1, fix.stdout + fix.stderr
    assert "files were modified by this hook" in fix.stdout
    assert (project / "a.py").read_text() == FIXED

    subprocess.run(["git", "add", "--all"], cwd=project, env=environment, check=True)
    again = run("run", "--all-files")
    assert again.returncode == 0, again.stdout + again.stderr
    assert again.stdout.count("Passed") == 2
