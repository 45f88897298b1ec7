"""Writing: whole or not at all, and only where the user pointed."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from perffix.fixing.write import WriteError, write_file


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    root.mkdir()
    (root / "a.py").write_bytes(b"old\n")
    return root


def test_the_content_is_replaced_and_the_mode_kept(root: Path) -> None:
    file = root / "a.py"
    file.chmod(0o754)
    assert write_file(file, [root], b"old\n", b"new\r\n")
    assert file.read_bytes() == b"new\r\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o754
    assert [path.name for path in root.iterdir()] == ["a.py"]


def test_nothing_is_written_when_nothing_changed(root: Path) -> None:
    before = (root / "a.py").stat()
    assert not write_file(root / "a.py", [root], b"old\n", b"old\n")
    after = (root / "a.py").stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_a_file_that_changed_meanwhile_is_left_alone(root: Path) -> None:
    with pytest.raises(WriteError, match="changed by something else"):
        write_file(root / "a.py", [root], b"older\n", b"new\n")
    assert (root / "a.py").read_bytes() == b"old\n"
    assert [path.name for path in root.iterdir()] == ["a.py"]


def test_a_link_inside_the_roots_stays_a_link(root: Path) -> None:
    (root / "link.py").symlink_to("a.py")
    assert write_file(root / "link.py", [root], b"old\n", b"new\n")
    assert (root / "link.py").is_symlink()
    assert (root / "a.py").read_bytes() == b"new\n"


@pytest.mark.parametrize("through", ["file", "directory"])
def test_a_link_out_of_the_roots_is_refused(root: Path, through: str) -> None:
    outside = root.parent / "outside"
    outside.mkdir()
    (outside / "b.py").write_bytes(b"old\n")
    if through == "file":
        (root / "b.py").symlink_to(outside / "b.py")
        path = root / "b.py"
    else:
        (root / "dir").symlink_to(outside)
        path = root / "dir" / "b.py"
    with pytest.raises(WriteError, match="leads out of the paths"):
        write_file(path, [root], b"old\n", b"new\n")
    assert (outside / "b.py").read_bytes() == b"old\n"


def test_a_root_may_be_the_file_or_a_link_itself(root: Path) -> None:
    link = root.parent / "link"
    link.symlink_to(root)
    assert write_file(link / "a.py", [link], b"old\n", b"new\n")
    assert write_file(root / "a.py", [root / "a.py"], b"new\n", b"newer\n")
    assert (root / "a.py").read_bytes() == b"newer\n"


def test_relative_paths(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root)
    assert write_file("a.py", ["."], b"old\n", b"new\n")
    assert (root / "a.py").read_bytes() == b"new\n"


def test_what_is_no_ordinary_file_is_refused(root: Path) -> None:
    with pytest.raises(WriteError, match="not an ordinary file"):
        write_file(root, [root], b"", b"new\n")
    with pytest.raises(WriteError, match="No such file"):
        write_file(root / "none.py", [root], b"", b"new\n")
    (root / "loop.py").symlink_to("loop.py")
    with pytest.raises(WriteError, match="cannot be written"):
        write_file(root / "loop.py", [root], b"", b"new\n")


def test_a_read_only_file_is_refused(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(WriteError, match="read-only"):
        write_file(root / "a.py", [root], b"old\n", b"new\n")


@pytest.mark.parametrize("step", ["fsync", "chmod", "replace"])
def test_no_temporary_file_stays_after_an_error(root: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os if step == "fsync" else Path, step, fail)
    with pytest.raises(WriteError, match="cannot be written: No space left on device"):
        write_file(root / "a.py", [root], b"old\n", b"new\n")
    assert [path.name for path in root.iterdir()] == ["a.py"]
    assert (root / "a.py").read_bytes() == b"old\n"
