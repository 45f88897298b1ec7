"""Which Python a file needs."""

from __future__ import annotations

import pytest

from perffix.fixing.newer_syntax import oldest_python


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("x = 1\n", None),
        ("with (a as b, c as d): pass\n", None),
        ("match x:\n    case 1: pass\n", (3, 10)),
        ("try:\n    pass\nexcept* A:\n    pass\n", (3, 11)),
        ("x[*y]\n", (3, 11)),
        ("def f(*args: *T): pass\n", (3, 11)),
        ("type X = int\n", (3, 12)),
        ("def f[T](x: T): pass\n", (3, 12)),
        ("class A[T]: pass\n", (3, 12)),
        ("class A[T = int]: pass\n", (3, 13)),
        ("x = f'{'a'}'\n", (3, 12)),
        ("x = f'{\n1}'\n", (3, 12)),
        ("x = f\"{'\\n'}\"\n", (3, 12)),
        ("x = f'{a!r:{'b'}}'\n", (3, 12)),
        ("x = f'{d[\"k\"]}'\n", None),
        ("x = f'''{\na}'''\n", None),
        ("try:\n    pass\nexcept A, B:\n    pass\n", (3, 14)),
        ("try:\n    pass\nexcept (A, B):\n    pass\n", None),
        ("type X = int\ntry:\n    pass\nexcept A, B:\n    pass\n", (3, 14)),
        ("x = t'{y}'\n", (3, 14)),
        ("x = t'{y}' t'{z}'\n", None),  # libcst cannot read it
        ("print 'x'\n", None),
        ("f() = 1\n", None),
        ("x = (\n", None),
        ("type X = int\nx = (\n", None),
        ("", None),
    ],
)
def test_oldest_python(text: str, version: tuple[int, int] | None) -> None:
    assert oldest_python(text.encode()) == version


@pytest.mark.parametrize("data", [b"\xff", b"# coding: nonsense\n", b"\0"])
def test_what_is_no_text(data: bytes) -> None:
    assert oldest_python(data) is None


@pytest.mark.parametrize(
    "text",
    [
        "x = " + "(" * 100_000,
        "x = " + "(" * 10_000 + ")" * 10_000,
        "x = (" + "lambda:\n" * 20_000 + "1)",
        "x = " + "-" * 100_000,
        "x = " + "-\\\n" * 100_000,
        "x = a" + ".b" * 50_000,
        "x = [\n" + "a +\n" * 50_000 + "a]",
    ],
)
def test_no_answer_where_asking_is_dangerous(text: str) -> None:
    assert oldest_python(f"type X = int\n{text}\n".encode()) is None


def test_long_files_of_ordinary_statements_are_answered() -> None:
    text = "x = [1, (2), {3: 4}]\n" * 2_000 + "'''((( :)'''\ndef f():\n    pass\n" * 100 + "type X = int\n"
    assert oldest_python(text.encode()) == (3, 12)
