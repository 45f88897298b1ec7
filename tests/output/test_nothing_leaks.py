"""No output of any command shows a secret of the files it is about: whatever is selected, fixed, or goes wrong."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from perffix.cli import main

if TYPE_CHECKING:
    import ast
    from pathlib import Path

# Each value holds the mark, so that a piece of it is found as well as the whole.
MARK = "Xk7q"
VALUES = [f"kT4!{MARK}{letter}-zLq9" for letter in "ABCDEFGHIJKLMNOP"]
A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P = VALUES  # noqa: E741

PROGRAM = f'''
import hashlib, hmac, logging, os, requests, sqlite3, subprocess
import jwt
from flask import Flask, request

app = Flask(__name__)
app.secret_key = "{A}"
DATABASE_URL = "postgresql://app:{MARK}B9-kT4vRw@db.corp.net/shop"
DSN = "Server=db.corp.net;User Id=app;Password={MARK}C9-kT4vRw"
settings = {{"password": "{D}", "client_secret": "{E}"}}
PRIVATE = """-----BEGIN PRIVATE KEY-----
MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC{MARK}9Lm2Rt5Wz8Yb1
Ns4Gd7Hf0Jc3Kv6Xq{MARK}9Pa2Ue5Io8Tr1Sw4Ql7Zm0Nb3Vc6Xd9Fg2Hj5Kl8Qw1Er
-----END PRIVATE KEY-----
"""

def connect(names, password="{F}"):
    if password == "{G}": return any([name == "x" for name in list(names)])
    found = []
    for name in names: found.append(jwt.decode(name, "{H}", options={{"verify_signature": False}}))
    requests.get("https://x.example.com", auth=("bob", "{I}"), verify=False)
    key = os.environ.get("API_KEY", "{J}"); hashlib.md5(names)
    hmac.new(b"{K}", names, "sha256"); text = ""
    for name in list(names): print(dict(api_key="{L}", name=name)); text += str(name)
    api_key = "{M}"; logging.info("key %s", api_key)
    subprocess.run("run " + names, shell=True, env={{"PGPASSWORD": "{N}"}})
    return [name for name in names if name in list([1, 2]) and login(name, token="{O}")]  # noqa: SEC106
'''
LINES = {
    "broken.py": f'import os\npassword = "{A}" api_key = "{B}"\n'.encode(),
    "latin.py": f'password = "{A}\u00e9" + 1 +\n'.encode("latin-1"),
    "declared.py": f'# coding: nothing-such\npassword = "{A}"\n'.encode(),
    "null.py": f'password = "{A}"\0\n'.encode(),
    "deep.py": f'api_key = "{A}"\nx = {"(" * 300}1{")" * 300}\n'.encode(),
}
WAYS = [
    [], ["--select", "PERF"], ["--select", "SEC"], ["--select", "all"], ["--select", "SEC324,SEC501"], ["--pedantic"],
    ["--audit"], ["--bandit"], ["--quiet"], ["--statistics"], ["--show-suppressed"], ["--diff"],
    ["--diff", "--unsafe-fixes"], ["--diff", "--unsafe-fixes", "--select", "PERF"], ["--apply"],
    ["--apply", "--unsafe-fixes"], ["--ignore", "SEC1,SEC801", "--diff", "--unsafe-fixes", "--pedantic"],
]  # fmt: skip


def leaks(shown: str) -> list[str]:
    """Return the lines with a piece of a secret."""
    return [line for line in shown.splitlines() if MARK in line]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder with the files."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "app.py").write_text(PROGRAM, encoding="utf-8")
    for name, content in LINES.items():
        (tmp_path / name).write_bytes(content)
    return tmp_path


def test_the_program_is_worth_the_test(capfd: pytest.CaptureFixture[str]) -> None:
    main(["check", "--isolated", "--exit-zero", "app.py"])
    shown = capfd.readouterr().out
    assert len(set(re.findall(r"(?:PERF|SEC)\d{3}", shown))) >= 8
    assert shown.count("[secret]") >= 10


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("options", WAYS, ids=" ".join)
def test_reports(options: list[str], form: str, capfd: pytest.CaptureFixture[str]) -> None:
    main(["check", "--isolated", "--exit-zero", "--output-format", form, *options, "."])
    out, err = capfd.readouterr()
    assert out + err
    assert leaks(out + err) == []


@pytest.mark.parametrize(
    "command", [["models", "."], ["explain", "app.py:22"], ["explain", "broken.py:2"], ["config", "."]]
)
def test_other_commands(command: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    main(command)
    out, err = capfd.readouterr()
    assert leaks(out + err) == []


def test_a_rule_that_fails(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of perffix itself tells about the error, not about the code."""
    from perffix.rewrites import environment_variable

    def fail(literal: ast.Constant, model: object) -> None:
        raise RuntimeError(f"cannot replace {literal.value!r}")

    monkeypatch.setattr(environment_variable, "fix_by_environment", fail)
    main(["check", "--isolated", "--exit-zero", "--select", "SEC105", "app.py"])
    out, err = capfd.readouterr()
    assert "PERF000" in out
    assert leaks(out + err) == []


def test_nothing_is_left_beside_the_files(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    before = {path.name for path in folder.iterdir()}
    main(["check", "--isolated", "--exit-zero", "--apply", "--unsafe-fixes", "app.py"])
    capfd.readouterr()
    assert {path.name for path in folder.iterdir()} == before
