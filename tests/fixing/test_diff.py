"""Diffs that patch and git apply, byte for byte, and that show no secret."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from perffix.fixing.diff import unified_diff
from perffix.model import Span
from perffix.source import SourceFile

if TYPE_CHECKING:
    from pathlib import Path

CASES = [
    (b"a\nb\nc\n", b"a\nB\nc\n"),
    (b"a\r\nb\r\nc\r\n", b"a\r\nB\r\nc\r\n"),
    (b"a\nb", b"a\nB"),
    (b"a\nb", b"a\nb\nc\n"),
    (b"a\nb\n", b"a\nb"),
    (b"", b"a\n"),
    (b"a\n", b""),
    (b"\xef\xbb\xbfa\nb\n", b"\xef\xbb\xbfA\nb\n"),
    (b"# coding: latin-1\nx = '\xe4'\ny = 1\n", b"# coding: latin-1\nx = '\xf6'\ny = 1\n"),
    (b"x = '''\x0c\x1c\xe2\x80\xa8'''\ny = 1\n", b"x = '''\x0c\x1c\xe2\x80\xa8'''\ny = 2\n"),
    (b"".join(b"line %d\n" % n for n in range(60)), b"".join(b"line %d\n" % (n + n // 30) for n in range(60))),
]


@pytest.mark.parametrize("name", ["m.py", "my file.py", 'quote"d.py', "sub/ü.py"])
@pytest.mark.parametrize(("old", "new"), CASES)
def test_git_applies_it(tmp_path: Path, old: bytes, new: bytes, name: str) -> None:
    git = shutil.which("git")
    assert git, "git is needed to run the tests"
    file = tmp_path / name
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(old)
    diff = unified_diff(SourceFile(name, old), new)
    subprocess.run([git, "apply", "-"], cwd=tmp_path, input=diff, check=True)
    assert file.read_bytes() == new


def test_the_shape_of_a_diff() -> None:
    diff = unified_diff(SourceFile("./src/m.py", b"a\nb"), b"a\nB")
    assert diff == (
        b"--- a/src/m.py\n+++ b/src/m.py\n@@ -1,2 +1,2 @@\n a\n"
        b"-b\n\\ No newline at end of file\n+B\n\\ No newline at end of file\n"
    )
    assert unified_diff(SourceFile("m.py", b"a\n"), b"a\n") == b""
    assert unified_diff(SourceFile("/abs/m.py", b"a\n"), b"b\n").startswith(b"--- a/abs/m.py\n+++ b/abs/m.py\n")


def test_secrets_are_masked_in_every_line() -> None:
    old = 'é = 1; key = "hunter2"\nprint("hunter2")\nx = 1\n'.encode()
    new = 'import os\né = 1; key = os.environ["KEY"]\nprint("hunter2")\nx = 1\n'.encode()
    source = SourceFile("m.py", old)
    for secret in ("hunter2", Span(1, 15, 1, 22)):
        diff = unified_diff(source, new, [secret]).decode()
        assert "hunter2" not in diff
        assert '-é = 1; key = "[secret]"\n' in diff
        assert ' print("[secret]")\n' in diff


def test_a_secret_over_several_lines_is_masked() -> None:
    old = b'key = """-----BEGIN\nAAAA\nBBBB"""\nx = 1\n'
    source = SourceFile("m.py", old)
    diff = unified_diff(source, b'key = ""\nx = 1\n', [Span(1, 9, 3, 4)]).decode()
    assert "AAAA" not in diff
    assert "BBBB" not in diff
    assert diff.count("[secret]") == 3


def test_the_longest_of_overlapping_secrets_is_masked_first() -> None:
    source = SourceFile("m.py", b"x = 'abcdef'\n")
    assert b"-x = '[secret]'\n" in unified_diff(source, b"x = 1\n", ["abc", "abcdef", ""])


def test_the_names_of_the_files_are_not_masked() -> None:
    assert unified_diff(SourceFile("key.py", b"key\n"), b"x\n", ["key"]).startswith(b"--- a/key.py\n")
