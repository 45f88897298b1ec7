from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from perffix import __version__, cli


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out == f"perffix {__version__}\n"


@pytest.mark.parametrize("word", ["--help", "-h", "help"])
def test_help_names_every_command(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([word]) == 0
    out = capsys.readouterr().out
    for name, summary in cli.COMMANDS.items():
        assert f"perffix {name} " in out
        assert summary in out


def test_nothing_at_all_is_wrong_usage_and_shows_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "perffix check" in captured.err


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_every_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([name, "--help"]) == 0
    assert capsys.readouterr().out.startswith(f"usage: perffix {name} ")


def test_the_table_of_commands_is_complete() -> None:
    folder = Path(str(cli.__file__)).parent / "commands"
    modules = {path.stem for path in folder.glob("*.py") if "def run(" in path.read_text(encoding="utf-8")}
    assert modules == set(cli.COMMANDS)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["rule"], "the following arguments are required: RULE"),
        (["rule", "PERF504x"], 'no rule is called "PERF504x"'),
        (["rules", "--jsno"], "unknown option --jsno; did you mean --json?"),
        (["rules", "extra"], "unknown argument extra"),
        (["bench"], "the following arguments are required: RULE"),
        (["config", "--select"], "argument --select: expected one argument"),
    ],
)
def test_wrong_usage_is_one_line(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(f"perffix: error: {message}")
    assert captured.err.count("\n") == 1


def test_an_internal_error_is_shown_and_is_no_finding(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("on purpose")

    monkeypatch.setattr("perffix.commands.rules.run", fail)
    assert cli.main(["rules"]) == 2
    err = capsys.readouterr().err
    assert err.startswith("perffix: internal error, please report it:\nTraceback")
    assert err.endswith("ZeroDivisionError: on purpose\n")


def test_an_interruption_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("perffix.commands.rules.run", interrupt)
    assert cli.main(["rules"]) == 130
    assert capsys.readouterr().err == "perffix: interrupted\n"


def test_an_interrupted_program() -> None:
    """Standard input that never ends keeps it busy until the signal comes."""
    reader, writer = os.pipe()
    with subprocess.Popen(
        [sys.executable, "-m", "perffix", "-"], stdin=reader, stderr=subprocess.PIPE, text=True
    ) as process:
        os.close(reader)
        os.write(writer, b"x")
        time.sleep(1.5)  # until it reads; the signal would else meet the start of the interpreter itself
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    os.close(writer)
    assert (process.returncode, err) == (130, "perffix: interrupted\n")


def test_an_interrupted_program_of_several_processes(tmp_path: Path) -> None:
    """Work for half a minute is dropped at once, and no process of the pool has anything to say."""
    for number in range(30):
        (tmp_path / f"m{number}.py").write_text("x = 1\n" * 150_000)
    with subprocess.Popen(
        [sys.executable, "-m", "perffix", str(tmp_path), "--jobs", "2"],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        time.sleep(2)
        os.killpg(process.pid, signal.SIGINT)
        _, err = process.communicate(timeout=10)
    assert (process.returncode, err) == (130, "perffix: interrupted\n")


def test_the_program_and_the_module(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_text("x = 1\n")
    ran = subprocess.run([sys.executable, "-m", "perffix", str(file)], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "No problems found (1 file checked)\n", "")


@pytest.mark.parametrize(
    ("code", "said"), [("pass", "closed\n"), ("cli.main(['--version'])", "closed\n"), ("cli.main()", "")]
)
def test_nobody_looks_for_garbage_at_the_end_of_the_program(code: str, said: str) -> None:
    program = f"""
import sys
from perffix import cli
class Circle:
    def __init__(self): self.itself = self
    def __del__(self): print("closed", file=sys.stderr)
{code}
Circle()
"""
    command = [sys.executable, "-c", program, "--version"]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stderr == said


def test_a_closed_pipe_leaves_the_exit_status_alone(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_text("def f(:\n")
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as closed:
        ran = subprocess.run(
            [sys.executable, "-m", "perffix", str(file)], stdout=closed, stderr=subprocess.PIPE, check=False
        )
    assert (ran.returncode, ran.stderr) == (2, b"")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8", "utf-16"])
def test_no_encoding_of_the_output_is_fatal(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "日本.py"
    file.write_text("é = '日本\n", encoding="utf-8")
    for form in ("text", "json"):
        ran = subprocess.run(
            [sys.executable, "-m", "perffix", file.name, "--output-format", form],
            env={**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"},
            capture_output=True,
            cwd=tmp_path,
            check=False,
        )
        assert (ran.returncode, ran.stderr) == (2, b"")
        assert "PERF001" in ran.stdout.decode(encoding)


def test_closed_standard_streams(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_text("x = 1\n")
    ran = subprocess.run(
        ["/bin/sh", "-c", f'"{sys.executable}" -m perffix "{file}" >&- 2>&- <&-'], check=False, timeout=60
    )
    assert ran.returncode == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_the_exit_status_tells_of_trouble_that_nothing_can_be_written_about() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([sys.executable, "-m", "perffix", "--version"], stdout=full, stderr=full, check=False)
    assert done.returncode == 2
