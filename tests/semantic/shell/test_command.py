"""How a shell reads a command line: words, quotes, syntax, and where holes stand."""

from __future__ import annotations

import shlex
import shutil
import subprocess

import pytest

from perffix.semantic.shell.command import HOLE, Place, Role, read

SIMPLE = [
    "ls",
    "ls -l  'a b'",
    'grep -n "a b" file',
    "printf '%s' \"it's\"",
    "env --version",
    "echo a=b c-d e,f g@h:i",
    "test -e /etc/passwd",
    "git log --pretty=format:%ct -1",
    "find . -name x -exec echo {} +",
]


@pytest.mark.parametrize("text", SIMPLE)
def test_simple_commands_are_split_as_shlex_does(text: str) -> None:
    command = read(text)
    assert command is not None
    assert list(command.words) == shlex.split(text)
    assert command.needs_shell is (command.program == "echo")  # Windows has that one in its shell alone


@pytest.mark.parametrize(
    "text",
    [
        "ls | wc", "ls > out", "ls < in", "ls && ls", "ls; ls", "ls &", "ls *.py", "ls ?", "ls [a]", "ls $HOME",
        "ls `pwd`", 'ls "$HOME"', "ls ~", "ls a\\ b", "(ls)", "ls\nls", "A=b ls", "cp {a,b}.txt x", "ls # all",
        "cd /", ". file",
        "if", "dir", "", "  ",
    ],
)  # fmt: skip
def test_what_means_something_to_a_shell_needs_one(text: str) -> None:
    command = read(text)
    assert command is not None
    assert command.needs_shell


@pytest.mark.parametrize("text", ["ls 'a", 'ls "a'])
def test_an_open_quote_is_no_command(text: str) -> None:
    assert read(text) is None


@pytest.mark.parametrize(
    ("text", "role", "quote"),
    [
        ("HOLE", Role.PROGRAM, ""),
        ("HOLE -l", Role.PROGRAM, ""),
        ("./HOLE -l", Role.PROGRAM, ""),
        ("ls; HOLE", Role.PROGRAM, ""),
        ("ls | HOLE", Role.PROGRAM, ""),
        ("sudo -n HOLE", Role.PROGRAM, ""),
        ("A=b HOLE", Role.PROGRAM, ""),
        ("ls HOLE", Role.ARGUMENT, ""),
        ("ls --to=HOLE", Role.ARGUMENT, ""),
        ("ls > HOLE", Role.ARGUMENT, ""),
        ("ls >HOLE", Role.ARGUMENT, ""),
        ("sudo ls HOLE", Role.ARGUMENT, ""),
        ("ls 'HOLE'", Role.QUOTED, "'"),
        ('ls "a HOLE b"', Role.QUOTED, '"'),
        ("sh -c 'ls HOLE'", Role.SCRIPT, "'"),
        ("ssh host bash -lc HOLE", Role.SCRIPT, ""),
    ],
)
def test_the_place_of_a_hole(text: str, role: Role, quote: str) -> None:
    command = read(text.replace("HOLE", HOLE))
    assert command is not None
    assert command.places == (Place(role, quote),)


@pytest.mark.skipif(shutil.which("sh") is None, reason="there is no POSIX shell")
@pytest.mark.parametrize(
    "text", ["printf '%s|' a 'b c' \"d e\" f=g h{i} j,k", "printf '%s|' \"it's\" 'say \"no\"' x''y"]
)
def test_a_real_shell_splits_the_same_words(text: str) -> None:
    command = read(text)
    assert command is not None
    assert not command.needs_shell
    by_shell = subprocess.run(["sh", "-c", text], capture_output=True, check=True).stdout
    assert subprocess.run(list(command.words), capture_output=True, check=True).stdout == by_shell
