from __future__ import annotations

import ast

import pytest
from analysed import Analysed

from perffix.semantic.strings import Built, build_of


def built(body: str, asked: str = "q") -> Built | None:
    lines = "\n".join(f"    {line}" for line in body.split("\n"))
    code = Analysed(f"import textwrap\ndef f(a, b, c):\n{lines}\n    use({asked})\n")
    call = code.expr(f"use({asked})")
    assert isinstance(call, ast.Call)
    return build_of(call.args[0], code.model)


@pytest.mark.parametrize(
    ("body", "text", "holes"),
    [
        ("q = 'x'", "x", []),
        ("q = 'x' 'y'", "xy", []),
        ("q = f'x{a}y{b!r:>3}'", "x\0y\0", ["a", "b"]),
        ("q = 'x' + a + 'y'", "x\0y", ["a"]),
        ("q = 'x%sy%d' % (a, b)", "x\0y\0", ["a", "b"]),
        ("q = 'x%s%%' % a", "x\0%", ["a"]),
        ("q = 'x%(k)s' % {'k': a}", "x\0", ["a"]),
        ("q = 'x%s' % (a, b)", "x%s\0", ["(a, b)"]),
        ("q = 'x%(k)s' % a", "x%(k)s\0", ["a"]),
        ("q = 'x{}y{}'.format(a, b)", "x\0y\0", ["a", "b"]),
        ("q = 'x{1}y{0}'.format(a, b)", "x\0y\0", ["b", "a"]),
        ("q = 'x{k}{{}}'.format(k=a)", "x\0{}", ["a"]),
        ("q = 'x{a.b}'.format(a=a)", "x{a.b}\0", ["'x{a.b}'.format(a=a)"]),
        ("q = ' '.join(['x', a, f'{b}'])", "x \0 \0", ["a", "b"]),
        ("q = 'x' + ','.join(a)", "x\0", ["','.join(a)"]),
        ("q = textwrap.dedent(f'x{a}')", "x\0", ["a"]),
        ("q = f'x{a}'.strip()", "x\0", ["a"]),
        ("q = 'x'\nq += a\nif b:\n    q += f'y{c}'", "x\0y\0", ["a", "c"]),
        ("q = 'x'\nq = q + a", "x\0", ["a"]),
        ("p = f'x{a}'\nq = p", "x\0", ["a"]),
        ("q = f'{p}x'\np = a", "\0x", ["p"]),
    ],
)
def test_parts(body: str, text: str, holes: list[str]) -> None:
    found = built(body)
    assert found is not None
    assert found.text == text
    assert [ast.unparse(hole.value) for hole in found.holes] == holes


@pytest.mark.parametrize(
    "body", ["q = a", "q = a()", "q = ','.join(a)", "q = b'x'", "q = 'x'\nq = a", "for q in a: pass", "q = q"]
)
def test_what_is_not_put_together_here(body: str) -> None:
    assert built(body) is None


def test_conversion_and_format_specification_are_kept() -> None:
    found = built("q = f'{a!r}{b:{c}}{c:.2f}' + '%5d%s' % (a, b)")
    assert found is not None
    assert [(hole.conversion, hole.spec) for hole in found.holes] == [
        ("r", ""),
        ("", "*"),
        ("", ".2f"),
        ("", "5d"),
        ("", ""),
    ]
