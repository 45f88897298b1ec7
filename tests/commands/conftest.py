"""Runs the command line in this process, in an empty folder, with made-up rules."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

import pytest
from made_up_rules import RULES, Ran, Run

from perffix.cli import main
from perffix.engine import registry, selection

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def made_up_rules(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let these rules be the only ones."""
    for module in (registry, selection):
        monkeypatch.setattr(module, "load_rules", lambda plugins=(): RULES)
    selection.selection_for.cache_clear()
    yield
    selection.selection_for.cache_clear()


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder, without colours."""
    monkeypatch.chdir(tmp_path)
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def perffix(capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command line in this process."""

    def run(*arguments: str, stdin: bytes = b"") -> Ran:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        status = main(arguments)
        captured = capsysbinary.readouterr()
        return Ran(status, captured.out, captured.err)

    return run
