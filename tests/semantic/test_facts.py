"""Facts: read once from TOML, then kept beside the bytecode until the TOML changes."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from perffix.semantic import facts

if TYPE_CHECKING:
    from types import ModuleType


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module in a folder of its own, with one file of facts."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", None)
    folder = tmp_path / "made_up_facts"
    (folder / "__pycache__").mkdir(parents=True)
    shutil.copy(Path(facts.__file__), folder / "__init__.py")
    (folder / "sinks").mkdir()
    (folder / "sinks" / "some.toml").write_text("[words]\nfirst = 1\n", "utf-8")
    spec = importlib.util.spec_from_file_location("made_up_facts", folder / "__init__.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "made_up_facts", module)
    spec.loader.exec_module(module)
    return module


def kept_files(module: ModuleType) -> list[Path]:
    assert module.__file__ is not None
    return sorted((Path(module.__file__).parent / "__pycache__").glob("*.facts*"))


def again(module: ModuleType, name: str = "sinks/some") -> object:
    module.load.cache_clear()
    return module.load(name)


def test_what_was_read_is_kept_and_believed(copy: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    assert copy.load("sinks/some") == {"words": {"first": 1}}
    assert len(kept_files(copy)) == 1
    monkeypatch.delattr(copy, "_read")
    assert again(copy) == {"words": {"first": 1}}


def test_a_changed_file_is_read_again(copy: ModuleType) -> None:
    copy.load("sinks/some")
    assert copy.__file__ is not None
    path = Path(copy.__file__).parent / "sinks" / "some.toml"
    path.write_text("[words]\nfirst = 2\n", "utf-8")
    os.utime(path, (1, 1))
    assert again(copy) == {"words": {"first": 2}}
    assert again(copy) == {"words": {"first": 2}}
    assert len(kept_files(copy)) == 1


@pytest.mark.parametrize("damage", [b"", b"no marshal at all", b"\xfb", b"N"])
def test_damage_is_mended(copy: ModuleType, damage: bytes) -> None:
    copy.load("sinks/some")
    (kept,) = kept_files(copy)
    whole = kept.read_bytes()
    kept.write_bytes(damage)
    assert again(copy) == {"words": {"first": 1}}
    assert kept.read_bytes() == whole


def test_nothing_is_kept_where_bytecode_is_not_written(copy: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert copy.load("sinks/some") == {"words": {"first": 1}}
    assert kept_files(copy) == []


def test_a_folder_that_cannot_be_written_does_no_harm(copy: ModuleType) -> None:
    assert copy.__file__ is not None
    shutil.rmtree(Path(copy.__file__).parent / "__pycache__")
    assert copy.load("sinks/some") == {"words": {"first": 1}}


def test_what_is_missing_is_said_or_empty(copy: ModuleType) -> None:
    with pytest.raises(FileNotFoundError):
        copy.load("sinks/none")
    assert copy.load_or_empty("sinks/none") == {}


def test_every_file_is_kept_as_it_reads() -> None:
    folder = Path(facts.__file__).parent
    for path in folder.rglob("*.toml"):
        name = path.relative_to(folder).with_suffix("").as_posix()
        assert facts.load(name) == facts._read(name), name
