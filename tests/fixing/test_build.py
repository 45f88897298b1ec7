"""New code from templates: parentheses, layout, and pieces of every kind."""

from __future__ import annotations

import sys

import pytest
from fixing.edited import Module, Text

from perffix.fixing.errors import FixError
from perffix.model import Code, Replace

PARENTHESES = [
    # source, target, template, pieces, result
    ("x = old(a + b)\n", "old(a + b)", "$a * 2", {"a": "a + b"}, "x = (a + b) * 2\n"),
    ("x = old(a * b)\n", "old(a * b)", "$a + 2", {"a": "a * b"}, "x = a * b + 2\n"),
    ("x = 2 * old(a, b)\n", "old(a, b)", "$a + $b", {"a": "a", "b": "b"}, "x = 2 * (a + b)\n"),
    ("x = old(a, b)\n", "old(a, b)", "$a + $b", {"a": "a", "b": "b"}, "x = a + b\n"),
    ("x = old(a + b)\n", "old(a + b)", "new($a)", {"a": "a + b"}, "x = new(a + b)\n"),
    ("x = old(a if b else c)\n", "old(a if b else c)", "$a.y", {"a": "a if b else c"}, "x = (a if b else c).y\n"),
    ("x = old(1)\n", "old(1)", "$a.real", {"a": "1"}, "x = (1).real\n"),
    ("x = old(y, (1, 2))\n", "old(y, (1, 2))", "$b in $a", {"a": "(1, 2)", "b": "y"}, "x = y in (1, 2)\n"),
    ("for a in 1, 2: old()\n", "1, 2", "f($a)", {"a": "1, 2"}, "for a in f((1, 2)): old()\n"),
    ("x = (a + b) * c\n", "a + b", "f(a)", {}, "x = f(a) * c\n"),
    ("x = (a + b) * c\n", "a + b", "$r - $l", {"l": "a", "r": "b"}, "x = (b - a) * c\n"),
    ("x = (a)\n", "a", "b", {}, "x = (b)\n"),
    ("return_ = not(a or b)\n", "a or b", "c", {}, "return_ = not(c)\n"),
    ('x = "a"if b else c\n', '"a"', "n", {}, "x = (n)if b else c\n"),
    (
        "x = sum([i for i in y])\n",
        "[i for i in y]",
        "($i for i in $y)",
        {"i": "i", "y": "y"},
        "x = sum(i for i in y)\n",
    ),
    ("x = f([i for i in y], 1)\n", "[i for i in y]", "(i for i in y)", {}, "x = f((i for i in y), 1)\n"),
    ("x = list(i for i in y)\n", "list(i for i in y)", "set($g)", {"g": "(i for i in y)"}, "x = set(i for i in y)\n"),
    ("x = f(i for i in y)\n", "f(i for i in y)", "f($g, 1)", {"g": "(i for i in y)"}, "x = f((i for i in y), 1)\n"),
    ("x = f(i for i in y)\n", "(i for i in y)", "[1]", {}, "x = f([1])\n"),
    ("x = f(i for i in y)\n", "f(i for i in y)", "$g", {"g": "(i for i in y)"}, "x = (i for i in y)\n"),
    ("x = old(lambda: 1)\n", "old(lambda: 1)", "$f()", {"f": "lambda: 1"}, "x = (lambda: 1)()\n"),
    ("def f(): x = old((yield 1))\n", "old((yield 1))", "[$y]", {"y": "yield 1"}, "def f(): x = [(yield 1)]\n"),
    ("x = old((y := 1))\n", "old((y := 1))", "[$y]", {"y": "y := 1"}, "x = [y := 1]\n"),
    ("old((y := 1))\n", ("old((y := 1))", 0, "Call"), "$y", {"y": "y := 1"}, "(y := 1)\n"),
    ('x = old("a" "b")\n', 'old("a" "b")', "$s.upper()", {"s": '"a" "b"'}, 'x = "a" "b".upper()\n'),
    ("async def f(): x = old(await y)\n", "old(await y)", "$y.z", {"y": "await y"}, "async def f(): x = (await y).z\n"),
    ("x = old(-a)\n", "old(-a)", "$a ** 2", {"a": "-a"}, "x = (-a) ** 2\n"),
    ("x = old(a, b)\n", "old(a, b)", "($a + $b)", {"a": "a", "b": "b"}, "x = a + b\n"),
    ("x = y[old(a)]\n", "old(a)", "a, b", {}, "x = y[a, b]\n"),
    ("x = [old(a)]\n", "old(a)", "a, b", {}, "x = [(a, b)]\n"),
    ("f(old(a))\n", "old(a)", "a, b", {}, "f((a, b))\n"),
]


@pytest.mark.parametrize(("source", "target", "template", "pieces", "expected"), PARENTHESES)
def test_parentheses_stand_just_where_the_parser_needs_them(
    source: str, target: str, template: str, pieces: dict[str, str], expected: str
) -> None:
    assert Module(source).replace(target, template, **pieces).text() == expected


def test_each_of_two_replacements_gets_its_own_parentheses() -> None:
    module = Module("x = old(1) * 2\ny = old(2)\n").replace("old(1)", "a + b").replace("old(2)", "a + b")
    assert module.text() == "x = (a + b) * 2\ny = a + b\n"


def test_a_piece_used_twice_is_judged_in_each_place() -> None:
    assert Module("x = old(a + b)\n").replace("old(a + b)", "f($a) * $a", a="a + b").text() == (
        "x = f(a + b) * (a + b)\n"
    )


def test_a_piece_over_several_lines_keeps_its_layout_and_comments() -> None:
    source = "x = old(\n    a  # first\n    + b,  # second\n)\n"
    assert Module(source).replace("a  # first\n    + b", "c").text() == "x = old(\n    c,  # second\n)\n"
    moved = Module("def f():\n    x = old([\n        1,  # one\n        2,\n    ])\n")
    moved.replace(
        ("x = old([\n        1,  # one\n        2,\n    ])"),
        "if x:\n    y = new($l)",
        l="[\n        1,  # one\n        2,\n    ]",
    )
    assert moved.text() == (
        "def f():\n    if x:\n        y = new([\n            1,  # one\n            2,\n        ])\n"
    )


def test_a_piece_over_several_lines_without_brackets_gets_parentheses() -> None:
    source = "x = old(a\n        + b)\n"
    assert Module(source).replace("old(a\n        + b)", "$a", a="a\n        + b").text() == "x = (a\n        + b)\n"


def test_triple_quoted_strings_keep_their_value() -> None:
    source = 'def f():\n    if a:\n        x = old("""one\n  two\n""")\n'
    result = Module(source).replace(
        ('if a:\n        x = old("""one\n  two\n""")'), "$s\ny = 1", s='x = old("""one\n  two\n""")'
    )
    assert result.text() == 'def f():\n    x = old("""one\n  two\n""")\n    y = 1\n'


def test_statements_follow_tabs_and_line_ends_of_the_file() -> None:
    module = Module(b"def f():\r\n\tfor a in b:\r\n\t\told(a)\r\n")
    module.replace(
        "for a in b:\r\n\t\told(a)",
        "with c:\n    for $a in $b:\n        if 1:\n            new('''\n''')",
        a="a",
        b="b",
    )
    assert module.result() == (
        b"def f():\r\n\twith c:\r\n\t\tfor a in b:\r\n\t\t\tif 1:\r\n\t\t\t\tnew('''\r\n''')\r\n"
    )


def test_statement_pieces_bring_their_comments() -> None:
    source = "for a in b:\n    # why\n    one(a)  # how\n    two(a); three(a)\n"
    module = Module(source)
    target = module.node(source.strip())
    pieces = {
        name: module.node((text, 0, "Expr")) for name, text in (("x", "one(a)"), ("y", "two(a)"), ("z", "three(a)"))
    }
    module.edits.append(Replace(target, Code("with c:\n    $x\n    if d: $y; $z\n", pieces)))
    assert module.text() == "with c:\n    # why\n    one(a)  # how\n    if d: two(a); three(a)\n"


def test_a_statement_wrapped_keeps_its_comments_above() -> None:
    module = Module("a = 1\n\n# why\nb = 2  # how\n").replace("b = 2", "with c:\n    $it", it="b = 2")
    assert module.text() == "a = 1\n\n# why\nwith c:\n    b = 2  # how\n"


def test_starred_arguments_and_slices_are_pieces() -> None:
    source = "old(*a, b, *[1])\n"
    call = ("old(*a, b, *[1])", 0, "Call")
    assert Module(source).replace(call, "new($x, $y, $z)", x="*a", y="b", z="*[1]").text() == "new(*a, b, *[1])\n"
    assert Module(source).replace(call, "[$x, $y]", x="*a", y="*[1]").text() == "[*a, *[1]]\n"
    assert Module("x = a[1:2]\n").replace("a[1:2]", "b[$s]", s="1:2").text() == "x = b[1:2]\n"
    assert Module("f(*a)\n").replace("*a", "b").text() == "f(b)\n"
    assert Module("x = [*a]\n").replace("*a", "b").text() == "x = [b]\n"
    assert Module("x = a[1:2]\n").replace("1:2", "3").text() == "x = a[3]\n"


def test_text_pieces() -> None:
    call = ("old(a, b)", 0, "Call")
    source = "old(a, b)\n"
    assert Module(source).replace(
        call, "$a.$m($k=$v)", a="a", m=Text("get"), k=Text("key"), v=Text("1 + 2")
    ).text() == ("a.get(key=1 + 2)\n")
    assert Module(source).replace(call, "$a * $b", a="a", b=Text("1 + 2")).text() == "a * (1 + 2)\n"
    assert Module(source).replace(call, "[x for x in $a$c]", a="a", c=Text(" if x")).text() == "[x for x in a if x]\n"
    assert Module(source).replace(call, '"$$x" + ${a}', a="a").text() == '"$x" + a\n'
    statement = ("old(a, b)", 0, "Expr")
    assert Module(source).replace(statement, "if a:\n    $s", s=Text("x = 1\ny = 2\n")).text() == (
        "if a:\n    x = 1\n    y = 2\n"
    )


def test_pieces_in_f_strings_are_checked_by_the_parser() -> None:
    assert Module("x = old(a)\n").replace("old(a)", 'f"{$a}!"', a="a").text() == 'x = f"{a}!"\n'
    assert Module("x = old({1})\n").replace("old({1})", 'f"{$a}!"', a="{1}").text() == 'x = f"{({1})}!"\n'


def test_quotes_of_an_f_string_do_not_stand_in_it() -> None:
    with pytest.raises(FixError, match=r"quotes of the f-string around it|is known at line 1"):
        Module('x = f"{old(a)}"\n').replace(("old(a)", 0, "Call"), 'new("b")').text()


@pytest.mark.skipif(sys.version_info < (3, 12), reason="nothing in an f-string has a place of its own")
@pytest.mark.parametrize("quote", ["'", '"""'])
def test_other_quotes_may_stand_in_an_f_string(quote: str) -> None:
    module = Module(f"x = f{quote}{{old(a)}}{quote}\n").replace(("old(a)", 0, "Call"), 'new("b")')
    assert module.text() == f'x = f{quote}{{new("b")}}{quote}\n'


@pytest.mark.parametrize(
    ("template", "pieces", "reason"),
    [
        ("$a +", {"a": "a"}, "cannot be parsed"),
        ("$z", {"a": "a"}, r"no piece for \$z"),
        ("a: int", {}, "cannot be parsed"),
        ("x.$a", {"a": "b[0]"}, "does not keep the meaning"),
        ("perffix_hole_1", {}, "reserved name"),
        ("$s", {"s": ("x = old(a, b[0])", 0)}, "a statement cannot stand"),
        ("f($s)", {"s": ("x = old(a, b[0])", 0)}, "does not keep the meaning"),
    ],
)
def test_impossible_code_is_a_fix_error(template: str, pieces: dict[str, str], reason: str) -> None:
    module = Module("x = old(a, b[0])\n")
    with pytest.raises(FixError, match=reason):
        module.replace("old(a, b[0])", template, **pieces).text()


def test_code_that_cannot_be_encoded_is_a_fix_error() -> None:
    module = Module("# coding: latin-1\nx = 'ä'\n".encode("latin-1"))
    assert module.replace("'ä'", "'ö'").result() == "# coding: latin-1\nx = 'ö'\n".encode("latin-1")
    module = Module("# coding: latin-1\nx = 'ä'\n".encode("latin-1"))
    with pytest.raises(FixError, match="cannot be encoded as iso-8859-1"):
        module.replace("'ä'", "'€'").result()


def test_byte_order_mark_line_ends_and_missing_last_line_end_stay() -> None:
    assert Module(b"\xef\xbb\xbfx = old(1)\r\ny = 2").replace("old(1)", "3").result() == b"\xef\xbb\xbfx = 3\r\ny = 2"
    assert Module(b"x = 1\ny = old(1)").replace("y = old(1)", "z = 3").result() == b"x = 1\nz = 3"
