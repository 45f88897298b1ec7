"""The further lines of a piece move with its first line."""

from __future__ import annotations

import pytest
from fixing.edited import Module

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
