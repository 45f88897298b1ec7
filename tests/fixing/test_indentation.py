"""The further lines of a piece move with its first line."""

from __future__ import annotations

import pytest
from fixing.edited import Module, Node

CONDITION = """\
def f():
    for x in y:
        if (
            x  # why
            and z
        ):
            old(x)
"""
CONDITION_MOVED = """\
def f():
    new = [
        x
        for x in y
        if (
            x  # why
            and z
        )
    ]
"""
HANGING = """\
if y:
    old(z(
        1,
    ))
"""
HANGING_MOVED = """\
if y:
    new = [
        z(
            1,
        )
    ]
"""
ALIGNED = """\
if y:
    old(z(1,
          2))
"""
ALIGNED_KEPT = """\
if y:
    new = [
        z(1,
          2)
    ]
"""
TEXT = '''\
old(z(
    """
two lines
""",
))
'''
TEXT_KEPT = '''\
new = [
    z(
        """
two lines
""",
    )
]
'''
BEHIND = """\
for x in y:
    old.append(z(1,
                 2))
"""
BEHIND_MOVED = """\
new = [
    z(1,
      2)
    for x in y
]
"""
OPERAND = """\
if y:
    old("%s"
        % (1,
           2))
"""
OPERAND_MOVED = """\
if y:
    new = z("%s"
            % (1,
               2))
"""
NEGATED = """\
if y:
    for x in y:
        if not (x and
                z):
            old.append("é")
"""
NEGATED_KEPT = """\
if y:
    new = [
        "é"
        for x in y
        if not (x and
                z)
    ]
"""
OPEN = """\
for x in y:
    old.append(z(
        1,
        2))
"""
OPEN_MOVED = """\
new = [
    z(
        1,
        2)
    for x in y
]
"""
LOOSE = """\
for x in y:
    old.append(z(1,
    2))
"""
LOOSE_MOVED = """\
new = [
    z(1,
    2)
    for x in y
]
"""
LEFTMOST = """\
for x in y:
    old.append(z(1,
2))
"""
ITERABLE = """\
for x in z(1,
           2):
    old.append("é")
"""
ITERABLE_MOVED = """\
new = [
    "é"
    for x in z(1,
               2)
]
"""
INWARDS = """\
old(
    z(
        1,
    )
)
"""
INWARDS_MOVED = """\
x = z(
    1,
)
"""


def test_lines_of_a_condition_keep_their_distance() -> None:
    module = Module(CONDITION)
    loop = (CONDITION[CONDITION.index("for") :].rstrip(), 0, "For")
    condition = ("x  # why\n            and z", 0, "BoolOp")
    module.replace(loop, "new = [\n    $x\n    for $x in $y\n    if $test\n]", x="x", y="y", test=condition)
    assert module.result().decode() == CONDITION_MOVED


LOOP = "new = [\n    $x\n    for $y in $z\n]"


@pytest.mark.parametrize(
    ("source", "pieces", "text", "result"),
    [
        (BEHIND, {"x": "z(1,\n                 2)", "z": "y"}, LOOP, BEHIND_MOVED),
        (OPEN, {"x": "z(\n        1,\n        2)", "z": "y"}, LOOP, OPEN_MOVED),
        (LOOSE, {"x": "z(1,\n    2)", "z": "y"}, LOOP, LOOSE_MOVED),
        (ITERABLE, {"x": '"é"', "z": "z(1,\n           2)"}, LOOP, ITERABLE_MOVED),
        (
            NEGATED,
            {"x": '"é"', "z": ("y", 1), "t": "not (x and\n                z)"},
            LOOP.replace("\n]", "\n    if $t\n]"),
            NEGATED_KEPT,
        ),
    ],
    ids=["behind", "open", "loose", "iterable", "negated"],
)
def test_further_lines_keep_their_place_below_the_first(
    source: str, pieces: dict[str, Node], text: str, result: str
) -> None:
    loop = source[source.index("for ") :].rstrip()
    module = Module(source).replace((loop, 0, "For"), text, **{"y": "x", **pieces})
    assert module.result().decode() == result


def test_an_operand_stays_below_the_other() -> None:
    module = Module(OPERAND)
    text = OPERAND[OPERAND.index("old(") + 4 :].rstrip()[:-1]
    assert module.replace((f"old({text})", 0, "Expr"), "new = z($x)", x=text).result().decode() == OPERAND_MOVED


def test_lines_left_of_their_block_stay() -> None:
    loop = LEFTMOST.rstrip()
    module = Module(f"if y:\n    {loop}\n".replace("\n    old", "\n        old"))
    loop = loop.replace("\n    old", "\n        old")
    result = module.replace((loop, 0, "For"), LOOP, x="z(1,\n2)", y="x", z=("y", 1)).result().decode()
    assert result == "if y:\n    new = [\n        z(1,\n2)\n        for x in y\n    ]\n"


@pytest.mark.parametrize(
    ("source", "target", "text", "piece", "result"),
    [
        (HANGING, "old(z(\n        1,\n    ))", "new = [\n    $z\n]", "z(\n        1,\n    )", HANGING_MOVED),
        (ALIGNED, "old(z(1,\n          2))", "new = [\n    $z\n]", "z(1,\n          2)", ALIGNED_KEPT),
        (TEXT, TEXT.rstrip(), "new = [\n    $z\n]", TEXT[4:-2], TEXT_KEPT),
        (INWARDS, INWARDS.rstrip(), "x = $z", "z(\n        1,\n    )", INWARDS_MOVED),
    ],
    ids=["hanging", "aligned", "text", "inwards"],
)
def test_closing_bracket_goes_under_the_line_of_the_hole(
    source: str, target: str, text: str, piece: str, result: str
) -> None:
    module = Module(source)
    assert module.replace((target, 0, "Expr"), text, z=piece).result().decode() == result


@pytest.mark.parametrize("indent", ["\t", "  ", "        "])
def test_new_lines_are_indented_as_the_module_is(indent: str) -> None:
    source = f"if y:\n{indent}for x in y:\n{indent * 2}old.append(x)\n"
    loop = source[source.index("for ") :].rstrip()
    result = Module(source).replace((loop, 0, "For"), LOOP, x="x", y="x", z=("y", 1)).result().decode()
    assert result == f"if y:\n{indent}new = [\n{indent * 2}x\n{indent * 2}for x in y\n{indent}]\n"


def test_a_string_over_several_lines_keeps_its_spaces() -> None:
    new = 'new = """\n    text"""'
    assert Module("if y:\n\told(y)\n").replace(("old(y)", 0, "Expr"), new).result().decode() == f"if y:\n\t{new}\n"
