from __future__ import annotations

import pytest
from analysed import Analysed


@pytest.mark.parametrize(
    ("expr", "expected"),
    [
        ("[]", "list"),
        ("[1, 2]", "list[int]"),
        ("[1, 'a']", "list"),
        ("(1, 'a')", "tuple[int, str]"),
        ("{1}", "set[int]"),
        ("{'a': 1}", "dict[str, int]"),
        ("{**x}", "dict"),
        ("f'{x}'", "str"),
        ("None", "NoneType"),
        ("...", "None"),
        ("[str(i) for i in range(3)]", "list[str]"),
        ("list(x)", "list"),
        ("sorted('ab')", "list[str]"),
        ("'a b'.split()", "list[str]"),
        ("'a b'.split()[0]", "str"),
        ("'a b'.split()[1:]", "list[str]"),
        ("'a'.partition('b')[2]", "str"),
        ("'%s' % x", "str"),
        ("'a' + 'b'", "str"),
        ("[1] + [2]", "list[int]"),
        ("[0] * 3", "list[int]"),
        ("1 + 2", "int"),
        ("1 / 2", "float"),
        ("not x", "bool"),
        ("x in y", "bool"),
        ("x < y", "None"),
        ("[1] if x else [2]", "list[int]"),
        ("[1] if x else (2,)", "None"),
        ("[] or [1]", "list[int]"),
        ("len(x)", "int"),
        ("{}.items()", "dict_items"),
        ("unknown", "None"),
        ("unknown()", "None"),
        ("unknown.split()", "None"),
        ("open('f').read()", "None"),
    ],
)
def test_type_of_expression(expr: str, expected: str) -> None:
    code = Analysed(f"value = {expr}\n")
    statement = code.source.tree.body[0]
    assert repr(code.model.type_of(statement.value)) == expected  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("v = []", "list"),
        ("v = []\n    v.append(1)", "list[int]"),
        ("v = []\n    v.append(1)\n    v.append('a')", "list"),
        ("v = []\n    v.append(1)\n    leak(v)", "list"),
        ("v = [1]\n    v.append('a')", "list"),
        ("v = [1]\n    v.extend('ab')", "list"),
        ("v = []\n    v += [1]", "list[int]"),
        ("v = []\n    v = ()", "None"),
        ("v = []\n    v = unknown()", "None"),
        ("v = None\n    v = [1]", "list[int]"),
        ("v = ''\n    v += unknown()", "str"),
        ("v = 0\n    v += 1", "int"),
        ("v = 0\n    v += unknown()", "None"),
        ("v = 0\n    v /= 2", "None"),
        ("v, w = [], 'a'", "list"),
        ("for v in 'abc': pass", "str"),
        ("for i, v in enumerate(['a']): pass", "str"),
        ("for v, w in {'a': 1}.items(): pass", "str"),
        ("for v in unknown(): pass", "None"),
        ("v: list[str] = unknown()", "list[str]"),
        ("v = typed()", "list[int]"),
        ("v = obvious()", "list[str]"),
        ("v = maybe()", "None"),
        ("v = generator()", "None"),
        ("v = Thing()", ".Thing"),
        ("v = v", "None"),
        ("v = [1]\n    v = v[1:]", "list[int]"),
        ("import v", "None"),
        ("with open('x') as v: pass", "None"),
    ],
)
def test_type_of_name(body: str, expected: str) -> None:
    code = Analysed(
        f"""
def typed() -> list[int]: ...
def obvious():
    return ["a"]
def maybe():
    if x: return ["a"]
def generator():
    yield 1
    return []
class Thing: ...
def f():
    {body}
    return v
"""
    )
    assert repr(code.model.type_of(code.expr("v", -1))) == expected


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        ("list[str]", "list[str]"),
        ("List[int]", "list[int]"),
        ("'list[str]'", "list[str]"),
        ("Optional[list[str]]", "list[str]"),
        ("list[str] | None", "list[str]"),
        ("Union[list[str], tuple[str]]", "None"),
        ("tuple[int, ...]", "tuple[int]"),
        ("Sequence[str]", "collections.abc.Sequence[str]"),
        ("Annotated[list[str], 1]", "list[str]"),
        ("deque[int]", "collections.deque[int]"),
        ("Any", "typing.Any"),
        ("T", "None"),
        ("'not a type('", "None"),
    ],
)
def test_type_of_annotated_parameter(annotation: str, expected: str) -> None:
    code = Analysed(
        "from typing import *\nfrom typing import List, Optional, Union, Annotated, Any, Sequence\n"
        f"from collections import deque\ndef f(v: {annotation}):\n    return v\n".replace("from typing import *\n", "")
    )
    found = code.model.type_of(code.expr("v", -1))
    assert repr(found) == expected
    assert found is None or not found.exact


def test_a_default_may_contradict_the_annotation() -> None:
    code = Analysed("def f(a: list[str] = None, b: list[str] = '', c: str = '', d: float = 0): (a, b, c, d)\n")
    a, c, d = (code.model.type_of(code.expr(name, -1)) for name in ("a", "c", "d"))
    assert a is not None
    assert (a.name, a.optional) == ("list", True)
    assert code.model.type_of(code.expr("b", -1)) is None
    assert c is not None
    assert (c.name, c.optional) == ("str", False)
    assert d is not None
    assert (d.name, d.optional) == ("float", False)


def test_optional_and_exact_are_told_apart() -> None:
    code = Analysed("def f(a: list[str] | None, b=3):\n    c = None\n    c = []\n    return a, b, c\n")
    a, c = code.model.type_of(code.expr("a", -1)), code.model.type_of(code.expr("c", -1))
    assert a is not None
    assert (a.optional, a.exact) == (True, False)
    assert c is not None
    assert (c.optional, c.exact) == (True, True)
    assert code.model.type_of(code.expr("b", -1)) is None, "a default says nothing about what callers pass"


def test_what_a_method_returns_is_not_exact() -> None:
    code = Analysed(
        "def g():\n    return ''\n"
        "class A:\n    def f(self):\n        return ''\n    def h(self):\n        self.f(), g()\n"
    )
    method, function = code.model.type_of(code.expr("self.f()")), code.model.type_of(code.expr("g()"))
    assert method is not None
    assert (method.name, method.exact) == ("str", False), "a subclass may override it"
    assert function is not None
    assert (function.name, function.exact) == ("str", True)


def test_attribute_of_self_is_known_when_the_whole_class_agrees() -> None:
    code = Analysed(
        """
        class A:
            def __init__(self, given):
                self.queue = []
                self.given = given
                self.mixed = []
            def reset(self):
                self.queue = list(self.given)
                self.mixed = ()
                return self.queue, self.given, self.mixed
        """
    )
    kinds = [repr(code.model.type_of(code.expr(f"self.{name}", -1))) for name in ("queue", "given", "mixed")]
    assert kinds == ["list", "None", "None"]


def test_the_proof_names_the_line() -> None:
    code = Analysed("def f():\n    queue = []\n    return queue\n")
    found = code.model.type_of(code.expr("queue", -1))
    assert found is not None
    assert found.because == "assigned `[]` at line 2"
