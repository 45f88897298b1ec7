"""Routes through the functions, classes and lambdas of a module."""

from __future__ import annotations

import pytest
from programs import origin_of

_VIEW = """
from flask import request
{}
def view():
    value = request.args["q"]
    {}
"""


@pytest.mark.parametrize(
    ("helpers", "body"),
    [
        ("def same(x): return x", "sink(same(value))"),
        ("def same(x, y): return y", "sink(same('a', value))"),
        ("def same(x, y): return y", "sink(same(y=value, x='a'))"),
        ("def same(*many): return many[1]", "sink(same('a', value))"),
        ("def same(**named): return named['b']", "sink(same(a='a', b=value))"),
        ("def same(x, y): return y", "sink(same(*['a', value]))"),
        ("def same(x, y): return y", "sink(same(**{'x': 'a', 'y': value}))"),
        ("def outer(x): return inner(x)\ndef inner(y): return f'a {y}'", "sink(outer(value))"),
        ("def pair(x): return 'a', x", "first, second = pair(value)\n    sink(second)"),
        ("def table(x): return {'a': x}", "sink(table(value)['a'])"),
        ("def parts(x):\n    for each in x.split():\n        yield each", "for each in parts(value):\n"
        "        sink(each)"),
        ("def parts(x):\n    yield from x.split()", "for each in parts(value):\n        sink(each)"),
        ("def default(x='a', y='b'): return x", "sink(default(value))"),
        ("class A:\n    @staticmethod\n    def same(x): return x", "sink(A.same(value))"),
        ("class A:\n    @classmethod\n    def same(cls, x): return x", "sink(A.same(value))"),
        ("class A:\n    def same(self, x): return x", "sink(A().same(value))"),
        ("class A:\n    def same(self, x): return x", "a = A()\n    sink(a.same(value))"),
        ("class A:\n    def same(self, x): return x\nclass B(A): pass", "sink(B().same(value))"),
        ("class A:\n    def __init__(self, x): self.x = x\n    def get(self): return self.x", "sink(A(value).get())"),
        ("same = lambda x: x", "sink(same(value))"),
        ("def same(x): return x", "other = same\n    sink(other(value))"),
        ("async def same(x): return x", "sink(await_(same(value)) if 0 else same(value))"),
        ("def fetch(): return request.form['x']", "sink(fetch())"),
        ("def choose(x):\n    if len(x) > 3:\n        return 'a'\n    return x", "sink(choose(value))"),
        ("", "def inner(x):\n        return x\n    sink(inner(value))"),
        ("class Outer:\n    class Inner:\n        def same(self, x): return x", "sink(Outer.Inner().same(value))"),
    ],
)  # fmt: skip
def test_a_function_of_the_module_hands_input_on(helpers: str, body: str) -> None:
    assert origin_of(_VIEW.format(helpers, body)) is not None


@pytest.mark.parametrize(
    ("helpers", "body"),
    [
        ("def fixed(x): return 'a'", "sink(fixed(value))"),
        ("def first(x, y): return x", "sink(first('a', value))"),
        ("def first(x, y): return x", "sink(first(y=value, x='a'))"),
        ("def first(*many): return many[0]", "sink(first('a', value))"),
        ("def first(**named): return named['a']", "sink(first(a='a', b=value))"),
        ("def number(x): return int(x)", "sink(number(value))"),
        ("def number(x) -> int: return convert(x)", "sink(number(value))"),
        ("def pair(x): return 'a', x", "first, second = pair(value)\n    sink(first)"),
        ("def table(x): return {'a': x, 'b': 'y'}", "sink(table(value)['b'])"),
        ("def checked(x):\n    if x not in ('a', 'b'):\n        raise ValueError\n"
        "    return x", "sink(checked(value))"),
        ("def checked(x):\n    if x in ('a', 'b'):\n        return x\n    return 'a'", "sink(checked(value))"),
        ("def dead(x):\n    if False:\n        return x\n    return 'a'", "sink(dead(value))"),
        ("def dead(x):\n    return 'a'\n    return x", "sink(dead(value))"),
        ("from helpers import clean", "sink(clean(value))"),
        ("class A:\n    def same(self, x): return 'a'", "sink(A().same(value))"),
        ("class A:\n    def __init__(self, x, y): self.x = y", "sink(A(value, 'a').x)"),
        ("same = lambda x: 'a'", "sink(same(value))"),
        ("def again(x): return again(x)", "sink(again(value))"),
        ("def one(x): return other(x)\ndef other(x): return one(x)", "sink(one(value))"),
        ("def log(x): print(x)", "sink(log(value))"),
        ("def parts(x):\n    for each in x.split():\n        yield int(each)", "for n in parts(value):\n"
        "        sink(n)"),
        ("class A:\n    def run(self, x): return x\nclass B:\n"
        "    def run(self, x): return 'a'", "sink(B().run(value))"),
        ("NAMES = {'a': 'b'}\ndef table(x): return NAMES[x]", "sink(table(value))"),
    ],
)  # fmt: skip
def test_a_function_of_the_module_hands_nothing_on(helpers: str, body: str) -> None:
    assert origin_of(_VIEW.format(helpers, body)) is None


@pytest.mark.parametrize(
    "text",
    [
        "def run(x):\n    sink(x)\ndef view():\n    run(request.args['q'])",
        "def run(x, y='a'):\n    sink(y)\ndef view():\n    run('b', request.args['q'])",
        "def run(x):\n    sink(x)\ndef middle(y):\n    run(y)\ndef view():\n    middle(request.args['q'])",
        "def run(*x):\n    sink(x[0])\ndef view():\n    run(request.args['q'])",
        "def run(**x):\n    sink(x['a'])\ndef view():\n    run(a=request.args['q'])",
        "class A:\n    def run(self, x):\n        sink(x)\ndef view():\n    A().run(request.args['q'])",
        "class A:\n    def run(self, x):\n        sink(x)\n    def view(self):\n        self.run(request.args['q'])",
        "class A:\n    def __init__(self, x):\n        self.x = x\n    def run(self):\n        sink(self.x)\n"
        "def view():\n    A(request.args['q']).run()",
        "from threading import Thread\ndef run(x):\n    sink(x)\ndef view():\n"
        "    Thread(target=run, args=(request.args['q'],)).start()",
        "def run(x):\n    sink(x)\ndef view(pool):\n    pool.submit(run, request.args['q'])",
        "def run(x):\n    sink(x)\nasync def view(loop):\n    await loop.run_in_executor(None, run, request.args['q'])",
        "def run(x):\n    sink(x.args['q'])\ndef view():\n    run(request)",
    ],
)
def test_a_call_fills_the_parameter(text: str) -> None:
    assert origin_of("from flask import request\n" + text) is not None


@pytest.mark.parametrize(
    "text",
    [
        "def run(x):\n    sink(x)\ndef view():\n    run('a')",
        "def run(x):\n    sink(x)",
        "def run(x, y):\n    sink(x)\ndef view():\n    run('a', request.args['q'])",
        "def run(x: int):\n    sink(x)\ndef view():\n    run(request.args['q'])",
        "def run(x):\n    sink(x)\ndef view():\n    run(int(request.args['q']))",
        "def run(x):\n    x = 'a'\n    sink(x)\ndef view():\n    run(request.args['q'])",
        "def run(x):\n    sink(x)\ndef view():\n    return\n    run(request.args['q'])",
        "def run(x):\n    sink(x)\ndef view():\n    q = request.args['q']\n    if q in ('a', 'b'):\n        run(q)",
        "class A:\n    def run(self, x):\n        sink(x)\nclass B:\n    def run(self, x): ...\n"
        "def view():\n    B().run(request.args['q'])",
    ],
)
def test_no_call_fills_the_parameter(text: str) -> None:
    assert origin_of("from flask import request\n" + text) is None


def test_the_steps_tell_the_story_in_order() -> None:
    origin = origin_of(
        """
        from flask import request

        def shout(text):
            return text.upper()

        def view():
            name = request.args["name"]
            loud = shout(name)
            sink(f"Hello {loud}")
        """
    )
    assert origin is not None
    assert origin.says == "`request.args` is what the client sends"
    assert [(each.span.line, each.message) for each in origin.steps] == [
        (8, "`request.args` is what the client sends"),
        (8, "`name` gets it here"),
        (9, "It is passed as `text` here"),
        (9, "`shout()` returns it here"),
        (9, "`loud` gets it here"),
    ]


def test_no_steps_when_input_stands_in_the_expression() -> None:
    origin = origin_of("from flask import request\nsink('a' + request.args['q'])")
    assert origin is not None
    assert origin.steps == ()
