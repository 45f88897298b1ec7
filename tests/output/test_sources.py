"""The files that a report quotes are read again when they are shown."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from perffix.output import sources
from perffix.output.sources import Sources

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from perffix.source import SourceFile


def test_a_file_is_parsed_once_more_without_the_collector(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would look through all that the check has made, which takes longer than the rest of the report."""
    path = tmp_path / "settings.py"
    path.write_text('password = "kT4!Xk7qA-zLq9"\n')
    states: list[bool] = []
    read = sources._read

    def watched(name: str) -> SourceFile | None:
        states.append(gc.isenabled())
        return read(name)

    monkeypatch.setattr(sources, "_read", watched)
    assert gc.isenabled()
    source, mask = Sources(()).quoted(str(path))
    assert (states, gc.isenabled()) == ([False], True)
    assert source is not None
    assert mask.hide(source.line(1)) == 'password = "[secret]"'
    assert Sources(()).quoted(str(tmp_path / "gone.py"))[0] is None
