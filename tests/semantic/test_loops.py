from __future__ import annotations

import ast

import pytest
from analysed import Analysed


def loops_around(text: str, mark: str = "HERE") -> int:
    code = Analysed(text)
    return len(list(code.model.loops.loops_around(code.expr(mark))))


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("HERE", 0),
        ("for x in xs: HERE", 1),
        ("for x in HERE: pass", 0),
        ("for x in xs: pass\nelse: HERE", 0),
        ("while HERE: pass", 1),
        ("while x: pass\nelse: HERE", 0),
        ("for x in xs:\n for y in ys: HERE", 2),
        ("for x in xs:\n for y in HERE: pass", 1),
        ("[HERE for x in xs]", 1),
        ("[x for x in HERE]", 0),
        ("[x for x in xs for y in HERE]", 1),
        ("[x for x in xs if HERE]", 1),
        ("[x for x in xs if HERE for y in ys]", 1),
        ("{HERE: 1 for x in xs for y in ys}", 2),
        ("for x in xs:\n def f(): HERE", 0),
        ("for x in xs: lambda: HERE", 0),
        ("for x in xs:\n with a:\n  if b: HERE", 1),
    ],
)
def test_loops_around_a_place(text: str, count: int) -> None:
    assert loops_around(text) == count


@pytest.mark.parametrize(
    ("header", "few"),
    [
        ("for x in (1, 2, 3)", True),
        ("for x in [1, *more]", False),
        ("for x in (1, 2, 3, 4, 5, 6, 7, 8, 9)", False),
        ("for x in range(8)", True),
        ("for x in range(9)", False),
        ("for x in range(2, 100, 50)", True),
        ("for x in range(n)", False),
        ("for i, x in enumerate('ab')", True),
        ("for a, b in zip(xs, (1, 2))", True),
        ("for k, v in {1: 2}.items()", True),
        ("for x in FEW", True),
        ("for x in GROWING", False),
        ("for x in xs", False),
        ("while True", False),
        ("while False", True),
    ],
)
def test_few_turns(header: str, few: bool) -> None:
    code = Analysed(f"FEW = (1, 2)\nGROWING = [1]\n{header}:\n    use(x)\n")
    assert code.model.loops.has_few_turns(code.loop()) is few


@pytest.mark.parametrize(
    ("body", "few"),
    [("return x", True), ("use(x)\n    break", True), ("if x: continue\n    break", False), ("if x: break", False)],
)
def test_a_body_that_always_leaves_has_one_turn(body: str, few: bool) -> None:
    code = Analysed(f"def f(xs):\n  for x in xs:\n    {body}\n")
    assert code.model.loops.has_few_turns(code.loop()) is few


def test_shadowed_range_proves_nothing() -> None:
    code = Analysed("def range(n): ...\nfor x in range(2):\n    use(x)\n")
    assert not code.model.loops.has_few_turns(code.loop())


def test_innermost_skips_loops_of_few_turns() -> None:
    code = Analysed("for x in xs:\n    for y in (1, 2):\n        HERE\n")
    loop = code.model.loops.innermost(code.expr("HERE"))
    assert isinstance(loop, ast.For)
    assert loop is code.loop(0)


@pytest.mark.parametrize(
    ("body", "again"),
    [
        ("HERE", True),
        ("HERE\n  break", False),
        ("HERE\n  return", False),
        ("return HERE", False),
        ("if a:\n   HERE\n   return\n  use(x)", False),
        ("if a:\n   HERE\n   continue\n  return", True),
        ("if a: HERE\n  if b: continue\n  break", True),
        ("if a: HERE\n  else: break", True),
        ("for y in x:\n   HERE\n   break", True),
    ],
)
def test_what_runs_in_more_than_one_turn(body: str, again: bool) -> None:
    code = Analysed(f"def f(xs):\n for x in xs:\n  {body}\n")
    assert code.model.loops.runs_again(code.expr("HERE"), code.loop()) is again


@pytest.mark.parametrize(
    ("body", "shared"),
    [
        ("ys.append(x)", 1),
        ("ys += [x]", 1),
        ("ys = []\n  ys.append(x)", 0),
        ("for y in x: ys.append(y)", 2),
        ("ys = []\n  for y in x: ys.append(y)", 1),
        ("for ys in x: ys.append(x)", 0),
        ("for y in (1, 2): ys.append(y)", 1),
        ("ys.append(x)\n  break", 0),
    ],
)
def test_loops_that_work_on_one_object(body: str, shared: int) -> None:
    code = Analysed(f"def f(xs):\n ys = []\n for x in xs:\n  {body}\n")
    name = code.name("ys", -1)
    binding = code.model.binding_of(name)
    assert binding is not None
    assert len(code.model.loops.loops_sharing(name, binding)) == shared


@pytest.mark.parametrize(
    ("body", "picked"),
    [
        ("HERE", False),
        ("if x > 3: HERE", False),
        ("if x == 3: HERE", True),
        ("if x is None: HERE", True),
        ("if x in a: HERE", True),
        ("if x not in a: HERE", False),
        ("if x == 3: pass\n  else: HERE", False),
        ("if isinstance(x, int): HERE", True),
        ("if not done:\n   done = True\n   HERE", True),
        ("try: use(x)\n  except ValueError: HERE", True),
    ],
)
def test_guards_that_pick_out_single_turns(body: str, picked: bool) -> None:
    code = Analysed(f"def f(xs, a):\n done = False\n for x in xs:\n  {body}\n")
    assert code.model.loops.is_picked_out(code.expr("HERE"), code.loop()) is picked
