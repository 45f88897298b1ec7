"""The same node in both trees: every expression and statement of ast has its node of libcst."""

from __future__ import annotations

import ast
import random
import sys

import libcst as cst
import pytest
from fixing.edited import Module, library

from perffix.fixing.bridge import Bridge
from perffix.fixing.build import NewExpression, NewStatements
from perffix.fixing.errors import FixError, RefusedError
from perffix.fixing.rewriter import Rewriter
from perffix.fixing.trees import TreeIndex, locatable
from perffix.model import Applicability, Code, Fix, NodeRef, Replace, Span
from perffix.source import SourceFile

TRAPS = '''\
# -*- coding: utf-8 -*-
"""ü docstring"""
import os, sys; x = 1; y = 2 ;
é = "ä"; ß = é + é
t = 1, 2
t = (1, 2)
t = ( # comment
    1,
    2, )
t = ((1), (2,))
u = (((1, 2)))
for a, b in (1, 2), (3, 4): pass
for (a, b) in [(1, 2)]: a; b
s = sum(i for i in t)
s = sum((i for i in t))
s = sum((i for i in t), 0)
s = sum( # comment
    i for i in t)
g = (i for i in ((j, k) for j in t for k in t))
p = (a + b) * (c)
q = ((a + b))
d = x.a.b.c(1).d[2].e(3)(4)
d[1, 2] = d[1, :2, ...] = d[(1, 2)]
d[1,]; d[::2]; d[:]; d[a:b:c, d]
w = "a" "b" f"{a}" 'c'
w = ("a"
     "b")
v = f"{a!r:>{b}} {c.d(e)['f']}"
del a, b
del (c), d[0], (e, f)
f(*a, *b, c=1, **d)
l = [*a, *b]
m = {**a, "b": 1}
*n, o = l
n = not a in b
n = -1 ** -x
n = lambda *a, b=1: (a, b)
n = a if b else c if d else e
(y := 1)
n = a < b < c == d
n = a and b and c or d
n: int = 1
z: "list[int]"
if x: y = []  # comment
elif y: z = []
elif z:
    z = 1
else: z = 2
@deco
@deco.rator(1)
# comment
async def f(a: int = 1, *, b: str = "x") -> None:
    async for i in a: pass
    async with a as b, c: pass
    await x.y(z)
    yield
    x = yield a
    return
@deco
class C(Base, metaclass=Meta):
    """doc"""
    def method(self): return (yield from self)
while x: break
else: pass
try: pass
except (A, B) as e: raise
except C: raise D from e
else: pass
finally: pass
with a as b, c as (d, e): pass
with (a): pass
global_ = 1
def g():
    global global_
    nonlocal_ = 1
    def h():
        nonlocal nonlocal_
    assert x, "message"
    for i in range(3):
        if i: continue
match x:
    case [1, *rest] if rest: pass
    case {"k": v, **r}: pass
    case C(a=1) | D(): pass
    case -1 | 1 + 2j | None: pass
    case a.b: pass
print(a)  ; print(b); # trailing
if a:
\tx = [
\t1,
\t]
'''

NEWER = {
    (3, 11): "def f(*args: *Ts): x[*a]; x[*a, b]\ntry: pass\nexcept* (A, B): pass\n",
    (3, 12): 'type X[T: int] = list[T]\ndef f[*T](x: T): return f"{x:{y["z"]}} {f"{x + (1, 2)!r}"}"\n',
}


def samples() -> list[str]:
    return [TRAPS, *(text for version, text in NEWER.items() if sys.version_info >= version)]


def by_itself(ref: NodeRef) -> Fix:
    """Return the fix that replaces a node by itself."""
    return Fix(Applicability.SAFE, "Nothing", (Replace(ref, Code("$it", {"it": ref})),))


def apart(refs: list[NodeRef]) -> list[NodeRef]:
    """Return nodes that do not lie within each other, as many as come first."""
    chosen: list[NodeRef] = []
    for ref in refs:
        if not any(ref.span.overlaps(other.span) for other in chosen):
            chosen.append(ref)
    return chosen


@pytest.mark.parametrize("text", samples())
def test_every_node_is_found(text: str) -> None:
    source = SourceFile("traps.py", text.encode())
    bridge = Bridge(source, cst.parse_module(source.data))
    for node in locatable(source.tree):
        bridge.find(node)


@pytest.mark.parametrize("text", samples())
def test_every_node_replaced_by_itself_changes_nothing(text: str) -> None:
    source = SourceFile("traps.py", text.encode())
    rewriter = Rewriter(source)
    for ref in map(NodeRef.of, locatable(source.tree)):
        try:
            prepared = rewriter.prepare(by_itself(ref))
        except FixError as error:
            assert str(error) == "a slice is no value"  # noqa: PT017 - a tuple of slices is no piece
            continue
        assert rewriter.rewrite([prepared]).data == source.data, ref


@pytest.mark.parametrize("seed", range(4))
def test_the_standard_library_is_found_and_kept(seed: int) -> None:
    """Nearly every node is found, and what does not lie within each other is replaced in one pass."""
    located = total = 0
    for path in library(10, seed, 40_000):
        source = SourceFile(str(path), path.read_bytes())
        try:
            rewriter = Rewriter(source)
        except RefusedError:
            continue
        bridge = Bridge(source, cst.parse_module(source.data))
        found: list[NodeRef] = []
        for node in locatable(source.tree):
            total += 1
            try:
                bridge.find(node)
                found.append(NodeRef.of(node))
            except FixError:
                continue
        located += len(found)
        some = random.Random(seed).sample(found, min(len(found), 120))
        for refs in (apart(some), apart(some[::-1])):
            prepared = [rewriter.prepare(by_itself(ref)) for ref in refs]
            assert rewriter.rewrite(prepared).data == source.data
    assert located >= 0.999 * total


def test_columns_are_bytes_in_ast_and_characters_in_libcst() -> None:
    assert Module('é = "äöü"; ß = alt(é) # ü\n').replace("alt(é)", "neu($x)", x=("é", 1)).text() == (
        'é = "äöü"; ß = neu(é) # ü\n'
    )


def test_chains_that_begin_at_one_place_are_told_apart() -> None:
    text = "x = a.b.c(1).d[2]\n"
    assert Module(text).replace("a.b", "z").text() == "x = z.c(1).d[2]\n"
    assert Module(text).replace("a.b.c(1)", "z").text() == "x = z.d[2]\n"
    assert Module(text).replace("a.b.c(1).d[2]", "z").text() == "x = z\n"


def test_an_unknown_place_is_a_fix_error() -> None:
    module = Module("x = 1\n")
    rewriter = Rewriter(module.source)
    nowhere = NodeRef("Name", Span(7, 0, 7, 3))
    with pytest.raises(FixError, match="no Name is known at line 7, column 1"):
        rewriter.prepare(Fix(Applicability.SAFE, "", (Replace(nowhere, Code("y")),)))


def test_inside_an_f_string() -> None:
    module = Module('x = f"{old(a)} {b}"\n')
    (call,) = [node for node in ast.walk(module.source.tree) if isinstance(node, ast.Call)]
    fix = Fix(Applicability.SAFE, "", (Replace(NodeRef.of(call), Code("new(a)")),))
    rewriter = Rewriter(module.source)
    if sys.version_info >= (3, 12):
        assert rewriter.rewrite([rewriter.prepare(fix)]).text == 'x = f"{new(a)} {b}"\n'
    else:
        with pytest.raises(FixError):
            rewriter.prepare(fix)


def test_a_tuple_in_square_brackets() -> None:
    module = Module("x[a, b] = 1\n")
    assert module.replace("a, b", "k").text() == "x[k] = 1\n"
    assert Module("x[a, b]\n").replace(("x[a, b]", 1), "x.get($k)", k="a, b").text() == "x.get((a, b))\n"


def test_what_is_built_is_an_expression_or_statements() -> None:
    module = Module("x = f(1)\n")
    rewriter = Rewriter(module.source)
    prepared = rewriter.prepare(module.replace("f(1)", "g()").replace("x", "y").fix())
    assert all(isinstance(part.new, NewExpression) for part in prepared.parts)
    prepared = rewriter.prepare(Module("x = f(1)\n").replace("x = f(1)", "g()").fix())
    assert all(isinstance(part.new, NewStatements) for part in prepared.parts)


def test_index_yields_the_very_node() -> None:
    source = SourceFile("m.py", b"x = (1, 2)\n")
    index = TreeIndex(source.tree)
    for node in locatable(source.tree):
        assert index.find(NodeRef.of(node)) is node
