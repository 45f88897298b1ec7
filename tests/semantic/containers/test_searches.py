from __future__ import annotations

import ast

import pytest
from analysed import Analysed

from perffix.semantic.containers.hashability import is_plain, is_unhashable, why_hashable
from perffix.semantic.containers.searches import Search, search_of


def search(text: str) -> tuple[Analysed, Search | None]:
    code = Analysed(text)
    compare = next(node for node in ast.walk(code.source.tree) if isinstance(node, ast.Compare))
    binding = code.model.binding_of(compare.comparators[0])
    assert binding is not None
    return code, search_of(compare, binding, code.model)


def test_the_outermost_loop_that_leaves_the_list_alone() -> None:
    code, found = search(
        """
        def f(rows, xs):
            ys = list(xs)
            for row in rows:
                for x in row:
                    if x in ys: pass
        """
    )
    assert found is not None
    assert found.loop is code.loop(0)
    assert not found.grows


@pytest.mark.parametrize(
    "body",
    [
        "ys.remove(x)",
        "ys = []",
        "use(ys)",
        "ys += [x]",
        "ys[0] = x",
        "zs = ys",
    ],
)
def test_no_search_where_the_loop_changes_the_list(body: str) -> None:
    assert search(f"def f(xs):\n ys = list(xs)\n for x in xs:\n  if x in ys: pass\n  {body}\n")[1] is None


def test_a_list_that_the_loop_appends_to() -> None:
    found = search("def f(xs):\n ys = []\n for x in xs:\n  if x not in ys: ys.append(x)\n")[1]
    assert found is not None
    assert found.grows


@pytest.mark.parametrize(
    ("test", "found"),
    [
        ("if x not in ys: return x", False),
        ("if not x in ys: break", False),
        ("if x in ys: x += 1\n  else: break", False),
        ("if x in ys: break", True),
        ("if x not in ys: use(x)", True),
        ("if x not in ys and x: break", True),
    ],
)
def test_a_loop_that_ends_when_something_is_free(test: str, found: bool) -> None:
    text = f"def f(x, xs):\n ys = list(xs)\n while True:\n  {test}\n  x += 1\n"
    assert (search(text)[1] is not None) is found


def test_looking_for_something_free_is_no_search() -> None:
    assert search("def f(x, xs):\n ys = list(xs)\n while x in ys: x += 1\n")[1] is None


@pytest.mark.parametrize(
    ("text", "hashable"),
    [
        ("def f(xs: list[str], v): v in xs", True),
        ("def f(xs: list[tuple[int, str]], v): v in xs", True),
        ("def f(xs: list[list[int]], v): v in xs", False),
        ("def f(xs: list, v: int): v in xs", True),
        ("def f(xs: list, v): v in xs", False),
        ("def f(d: dict, v):\n xs = list(d)\n v in xs", True),
        ("def f(d: dict, v):\n xs = sorted(d.keys())\n v in xs", True),
        ("def f(xs: list, v, d):\n d[v]\n v in xs", True),
        ("def f(xs: list, d: dict):\n for v in d: v in xs", True),
        ("def f(xs: list, d: dict):\n for v, w in d.items(): v in xs", True),
        ("def f(xs: list, d: dict):\n for w, v in d.items(): v in xs", False),
        ("def f(xs: list, ys):\n for v, y in enumerate(ys): v in xs", True),
        ("def f(xs: list, v): v.user_id in xs", True),
        ("def f(xs: list, v): v['name'] in xs", True),
        ("def f(xs: list, v): v.rows in xs", False),
        ("def f(us, v):\n xs = [u.pk for u in us]\n v in xs", True),
        ("def f(us, v):\n xs = []\n xs.append(us.email)\n v in xs", True),
    ],
)
def test_what_can_be_hashed(text: str, hashable: bool) -> None:
    code = Analysed(text)
    compare = next(node for node in ast.walk(code.source.tree) if isinstance(node, ast.Compare))
    why = why_hashable(compare.comparators[0], compare.left, code.model)
    assert (why is not None) is hashable


@pytest.mark.parametrize(
    ("annotation", "plain", "unhashable"),
    [
        ("int", True, False),
        ("tuple[int, str]", True, False),
        ("tuple[int, ...]", True, False),
        ("tuple[int, list]", False, True),
        ("tuple", False, False),
        ("dict[str, int]", False, True),
        ("Node", False, False),
    ],
)
def test_types(annotation: str, plain: bool, unhashable: bool) -> None:
    code = Analysed(f"class Node: ...\ndef f(x: {annotation}): x\n")
    known = code.model.type_of(code.expr("x", -1))
    assert is_plain(known) is plain
    assert is_unhashable(known) is unhashable


def test_nothing_is_certain_about_an_unknown_type() -> None:
    assert not is_plain(None)
    assert not is_unhashable(None)
