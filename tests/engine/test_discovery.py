"""From paths to files."""

from __future__ import annotations

import errno
import os
import socket
import subprocess
from pathlib import Path

import pytest

from perffix.config import ConfigError, Configurations, UsageError
from perffix.engine.discovery import Discovery, Problem, find_files


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(*names: str, text: str = "") -> None:
    for name in names:
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def find(*paths: str, **options: object) -> Discovery:
    return find_files(paths or (".",), Configurations(options))


def files(*paths: str, **options: object) -> list[str]:
    found = find(*paths, **options)
    assert found.problems == ()
    return [item.path.replace(os.sep, "/") for item in found.files]


def link(name: str, target: str) -> None:
    Path(name).symlink_to(target)


def test_python_files_below_a_directory() -> None:
    write("b.py", "a.pyi", "c.txt", "script", "z/y/x.py", "z/notes.md", "z.pyc")
    assert files() == ["a.pyi", "b.py", "z/y/x.py"]
    assert files("./z") == ["z/y/x.py"]
    assert files("z/", "b.py") == ["b.py", "z/y/x.py"]


def test_absolute_paths_stay_absolute(root: Path) -> None:
    write("a.py")
    assert files(str(root)) == [(root / "a.py").as_posix()]


def test_named_files_of_any_name() -> None:
    write("script", "build/a.py", "notes.txt")
    assert files("script", "build/a.py", "notes.txt") == ["build/a.py", "notes.txt", "script"]


def test_size_is_known() -> None:
    write("a.py", text="x = 1\n")
    assert [found.size for found in find().files] == [6]


def test_the_same_file_once() -> None:
    write("src/a.py", "src/b.py")
    assert files("src/a.py", "./src/../src/a.py", "src", ".", "src/a.py") == ["src/a.py", "src/b.py"]


def test_links_to_files() -> None:
    write("real.py", "other/data.txt")
    link("alias.py", "real.py")
    link("only.py", "other/data.txt")
    assert files() == ["only.py", "real.py"]
    assert files("alias.py") == ["alias.py"]
    assert files("alias.py", "real.py") == ["real.py"]


def test_links_to_directories_are_not_followed() -> None:
    write("pkg/a.py")
    link("other", "pkg")
    link("named.py", "pkg")
    link("pkg/loop", "..")
    link("pkg/self", ".")
    assert files() == ["pkg/a.py"]
    assert files("other") == ["other/a.py"]


def test_links_that_lead_nowhere() -> None:
    write("a.py")
    link("gone.py", "missing.py")
    link("gone.txt", "missing.txt")
    link("round.py", "round.py")
    found = find()
    assert [item.path for item in found.files] == ["a.py"]
    assert found.problems == (
        Problem("gone.py", "is a link that leads nowhere"),
        Problem("round.py", "is a link that leads back to itself"),
    )
    assert find("gone.py", "a.py").problems == (Problem("gone.py", "is a link that leads nowhere"),)


def test_a_path_that_does_not_exist_is_an_error_of_usage() -> None:
    write("a.py")
    with pytest.raises(UsageError, match=r"^missing\.py: no such file or directory$"):
        find("a.py", "missing.py")
    with pytest.raises(UsageError, match=r"no such file or directory$"):
        find("a.py/b")


def test_what_may_not_be_looked_at_is_no_error_of_usage(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: str) -> os.stat_result:
        raise PermissionError(errno.EACCES, "Permission denied", path)

    monkeypatch.setattr("os.lstat", refuse)
    monkeypatch.setattr("os.stat", refuse)
    assert find("locked/a.py").problems == (Problem("locked/a.py", "cannot be read: Permission denied"),)


def test_a_directory_with_the_name_of_a_file() -> None:
    write("x.py/y.py/inside.py")
    assert files() == ["x.py/y.py/inside.py"]
    assert files("x.py") == ["x.py/y.py/inside.py"]


def test_what_is_no_regular_file() -> None:
    write("a.py")
    os.mkfifo("pipe.py")
    os.mkfifo("pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket.py")
        found = find()
    assert [item.path for item in found.files] == ["a.py"]
    assert found.problems == (
        Problem("pipe.py", "is not a regular file"),
        Problem("socket.py", "is not a regular file"),
    )
    assert find("pipe").problems == (Problem("pipe", "is not a regular file"),)


def test_an_unreadable_directory_loses_nothing_else(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write("a.py", "locked/b.py", "c/d.py")
    scandir = os.scandir

    def guarded(path: str) -> object:
        if path == str(root / "locked"):
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", guarded)
    found = find()
    assert [item.path for item in found.files] == ["a.py", str(Path("c", "d.py"))]
    assert found.problems == (Problem("locked", "cannot be read: Permission denied"),)


def test_names_that_are_no_text(root: Path) -> None:
    Path(os.fsdecode(b"caf\xe9.py")).write_text("")
    assert [os.fsencode(found.path) for found in find().files] == [b"caf\xe9.py"]


def test_default_excludes_hold_below_the_given_path_only(root: Path) -> None:
    write(".venv/a.py", "x/node_modules/b.py", "build/c.py", "lib/site-packages/pkg/d.py", "e.py", "x/builds/f.py")
    assert files() == ["e.py", "x/builds/f.py"]
    assert files("lib/site-packages") == ["lib/site-packages/pkg/d.py"]
    assert files("build", ".venv") == [".venv/a.py", "build/c.py"]


def test_exclude_and_extend_exclude() -> None:
    write("a.py", "gen/b.py", "src/gen/c.py", "src/d_pb2.py", "build/e.py")
    assert files(extend_exclude="gen") == ["a.py", "src/d_pb2.py"]
    assert files(extend_exclude="/gen,*_pb2.py") == ["a.py", "src/gen/c.py"]
    assert files(extend_exclude="src/gen/") == ["a.py", "gen/b.py", "src/d_pb2.py"]
    assert files(exclude="gen") == ["a.py", "build/e.py", "src/d_pb2.py"]
    assert files("gen", extend_exclude="gen") == ["gen/b.py"]


def test_patterns_are_relative_to_the_settings_file(monkeypatch: pytest.MonkeyPatch) -> None:
    write("project/gen/a.py", "project/src/b.py", "project/src/gen/c.py")
    write("project/perffix.toml", text='extend-exclude = ["/gen"]\n')
    assert files() == ["project/src/b.py", "project/src/gen/c.py"]
    monkeypatch.chdir("project/src")
    assert files("..") == ["../src/b.py", "../src/gen/c.py"]
    assert files(".", "..") == ["b.py", "gen/c.py"]


def test_inner_settings_hold_below_their_directory() -> None:
    write("perffix.toml", text="pedantic = true\n")
    write("inner/pyproject.toml", text='[tool.perffix]\nextend-exclude = ["skip"]\n')
    write("a.py", "skip/b.py", "inner/c.py", "inner/skip/d.py", "inner/deep/e.py")
    found = find()
    settings = {item.path.replace(os.sep, "/"): item.config.file for item in found.files}
    inner = str(Path("inner", "pyproject.toml"))
    assert settings == {
        "a.py": "perffix.toml",
        "skip/b.py": "perffix.toml",
        "inner/c.py": inner,
        "inner/deep/e.py": inner,
    }


def test_wrong_inner_settings_are_an_error() -> None:
    write("inner/perffix.toml", text="nonsense = 1\n")
    with pytest.raises(ConfigError, match=r'perffix\.toml: unknown key "nonsense"'):
        find()


def test_force_exclude() -> None:
    Path(".git").mkdir()
    write("a.py", "build/b.py", "c_pb2.py", "ignored.py", "dir/d.py")
    write(".gitignore", text="ignored.py\n/dir/\n")
    names = ("a.py", "build/b.py", "c_pb2.py", "ignored.py", "dir/d.py")
    assert set(files(*names, extend_exclude="*_pb2.py")) == set(names)
    assert files(*names, extend_exclude="*_pb2.py", force_exclude=True) == ["a.py"]
    assert files("ignored.py", "build/b.py", force_exclude=True, respect_gitignore=False) == ["ignored.py"]


@pytest.fixture
def repository(root: Path) -> Path:
    Path(".git/info").mkdir(parents=True)
    return root


def test_gitignore_at_every_level(repository: Path) -> None:
    write("a.py", "gen.py", "x/gen.py", "x/keep.py", "x/y/gen.py", "x/y/z.py", "out/o.py", "x/out/p.py")
    write(".gitignore", text="# comment\n\ngen.py\n/out/\n")
    write("x/.gitignore", text="!gen.py\n/keep.py\n")
    write("x/y/.gitignore", text="z.*\n")
    assert files() == ["a.py", "x/gen.py", "x/out/p.py", "x/y/gen.py"]
    assert files(respect_gitignore=False) == [
        "a.py", "gen.py", "out/o.py", "x/gen.py", "x/keep.py", "x/out/p.py", "x/y/gen.py", "x/y/z.py",
    ]  # fmt: skip


def test_gitignore_above_the_given_directory(repository: Path) -> None:
    write("pkg/sub/a.py", "pkg/sub/gen_a.py", "pkg/sub/b.py", "pkg/sub/c.py")
    write(".gitignore", text="gen_*.py\n")
    write("pkg/.gitignore", text="sub/b.py\n")
    write(".git/info/exclude", text="c.py\n")
    assert files("pkg/sub") == ["pkg/sub/a.py"]


def test_files_of_an_ignored_directory_cannot_come_back(repository: Path) -> None:
    write("out/a.py", "a.py")
    write(".gitignore", text="out/\n!out/a.py\n")
    assert files() == ["a.py"]


def test_an_ignored_directory_that_is_asked_for(repository: Path) -> None:
    write("out/a.py", "out/deep/b.py", "out/deep/c.py")
    write(".gitignore", text="out/\n")
    write("out/deep/.gitignore", text="c.py\n")
    assert files("out") == ["out/a.py", "out/deep/b.py"]
    assert files("out/deep") == ["out/deep/b.py"]


def test_gitignore_without_a_repository() -> None:
    write("a.py", "gen.py", "sub/gen.py")
    write(".gitignore", text="gen.py\n")
    assert files() == ["a.py"]
    assert files("sub") == ["sub/gen.py"]


def test_an_inner_repository_has_its_own_rules(repository: Path) -> None:
    write("a.py", "inner/a.py", "inner/b.py", "inner/c.py")
    Path("inner/.git/info").mkdir(parents=True)
    write(".gitignore", text="b.py\n")
    write("inner/.gitignore", text="a.py\n")
    write("inner/.git/info/exclude", text="c.py\n")
    assert files() == ["a.py", "inner/b.py"]
    assert files("inner") == ["inner/b.py"]


def test_unusual_gitignore_files(repository: Path) -> None:
    write("a.py", "b.py", "c/d.py", "e.py")
    Path(".gitignore").write_bytes(b"\xef\xbb\xbfa.py\r\n!\n\\\n\xff\xfe\nb.py\n")
    Path("c/.gitignore").mkdir()
    assert files() == ["c/d.py", "e.py"]
    write(".gitignore", text="# nothing\n\n")
    assert files() == ["a.py", "b.py", "c/d.py", "e.py"]


def test_excludes_of_a_linked_worktree(root: Path) -> None:
    write("main/.git/info/exclude", text="gen.py\n")
    write("main/.git/worktrees/w/commondir", text="../..\n")
    write("w/.git", text=f"gitdir: {root}/main/.git/worktrees/w\n")
    write("w/a.py", "w/gen.py")
    assert files("w") == ["w/a.py"]


def test_agrees_with_git(root: Path) -> None:
    patterns = ["*.gen.py", "!keep.gen.py", "/top.py", "deep/**/leaf.py", "dir/", "a[bc].py", "?.py", "sp ace.py"]
    patterns.append("\\!x.py")
    write(".gitignore", text="\n".join(patterns) + "\n")
    write("pkg/.gitignore", text="!ab.py\n/only.py\n*.tmp.py\n")
    names = [
        "x.gen.py", "keep.gen.py", "top.py", "pkg/top.py", "deep/leaf.py", "deep/a/b/leaf.py", "dir/z.py",
        "pkg/dir/z.py", "ab.py", "ad.py", "q.py", "qq.py", "sp ace.py", "!x.py", "pkg/ab.py", "pkg/ac.py",
        "pkg/only.py", "pkg/sub/only.py", "pkg/x.tmp.py",
    ]  # fmt: skip
    write(*names)
    environment = os.environ | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    subprocess.run(["git", "init", "--quiet"], check=True, env=environment)
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--others", "--exclude-standard", "*.py"],
        check=True, env=environment, capture_output=True, text=True,
    )  # fmt: skip
    assert files() == sorted(name for name in listed.stdout.split("\0") if name)
