from __future__ import annotations

import io
import os
import subprocess
import sys
import unicodedata
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perffix.output.terminal import Palette, cells, columns, encodable, harmless, wants_colour, write

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text", "plain text"),
        ("naïve 日本 é", "naïve 日本 é"),
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("bell\x07 back\x08 del\x7f csi\x9b", r"bell\x07 back\x08 del\x7f csi\x9b"),
        ("two\nlines\r\n", r"two\nlines\r\n"),
        ("a\u2028b\u2029c\x85d", r"a\u2028b\u2029c\x85d"),
        ("if access == '\u202euser\u2066'", r"if access == '\u202euser\u2066'"),
        ("soft\u00adhyphen\ufeff zero\u200bwidth", r"soft\xadhyphen\ufeff zero\u200bwidth"),
        ("\U000e0041 tag", r"\U000e0041 tag"),
        ("family 👨\u200d👩\u200d👧", "family 👨\u200d👩\u200d👧"),
        ("no\u00a0break", "no\u00a0break"),
        ("lone \udcff", r"lone \udcff"),
    ],
)
def test_harmless(text: str, shown: str) -> None:
    assert harmless(text) == shown


@given(st.text())
def test_nothing_that_steers_a_terminal_survives(text: str) -> None:
    shown = harmless(text)
    assert not {unicodedata.category(c) for c in shown if c not in "\u200c\u200d"} & {
        "Cc",
        "Cf",
        "Cs",
        "Zl",
        "Zp",
    }
    assert harmless(shown) == shown


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("", 0),
        ("abc", 3),
        ("日本", 4),
        ("\uff57\uff49", 4),
        ("e\u0301", 1),
        ("é", 1),
        ("각", 2),
        ("\u1100\u1161\u11a8", 2),
    ],
)
def test_cells(text: str, width: int) -> None:
    assert cells(text) == width


@pytest.mark.parametrize(
    ("environ", "terminal", "wanted"),
    [
        ({"TERM": "xterm"}, True, True),
        ({"TERM": "xterm"}, False, False),
        ({"TERM": "dumb"}, True, False),
        ({"TERM": "xterm", "NO_COLOR": "1"}, True, False),
        ({"TERM": "xterm", "NO_COLOR": ""}, True, True),
        ({"FORCE_COLOR": "1"}, False, True),
        ({"FORCE_COLOR": ""}, False, False),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, True, False),
    ],
)
def test_when_colours_are_wanted(environ: dict[str, str], terminal: bool, wanted: bool) -> None:
    class Stream(io.StringIO):
        def isatty(self) -> bool:
            return terminal

    assert wants_colour(Stream(), environ) is wanted


def test_a_closed_stream_has_no_colours() -> None:
    assert not wants_colour(None, {})


def test_palette() -> None:
    assert Palette(False).paint("bold", "x") == "x"
    assert Palette(True).paint("bold", "x") == "\x1b[1mx\x1b[0m"
    assert Palette(True).paint("bold", "") == ""


def test_width_of_what_is_no_terminal() -> None:
    assert columns(io.StringIO(), 99) == 99
    assert columns(None, 99) == 99


def test_encodable() -> None:
    assert encodable("é 日", "latin-1") == "é \\u65e5"


def test_what_a_stream_cannot_encode_is_escaped() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    write(stream, "naïve\n")
    assert raw.getvalue() == b"na\\xefve\n"


def test_a_closed_stream_takes_anything() -> None:
    write(None, "text")


def _run(code: str, stdout: int) -> subprocess.CompletedProcess[str]:
    program = f"import sys; from perffix.output.terminal import write\n{code}"
    return subprocess.run(
        [sys.executable, "-c", program], stdout=stdout, stderr=subprocess.PIPE, text=True, check=False
    )


def test_a_closed_pipe_is_silent_and_leaves_the_exit_status_alone() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = _run("for n in range(9): write(sys.stdout, 'x' * 99999)\nsys.exit(1)", writer)
    finally:
        os.close(writer)
    assert (done.returncode, done.stderr) == (1, "")


def test_a_stream_that_cannot_be_written_is_an_error_and_said_once(tmp_path: Path) -> None:
    file = tmp_path / "report"
    file.touch()
    read_only = os.open(file, os.O_RDONLY)
    try:
        done = _run("try: write(sys.stdout, 'x')\nexcept OSError: sys.exit(2)", read_only)
    finally:
        os.close(read_only)
    assert (done.returncode, done.stderr) == (2, "")
