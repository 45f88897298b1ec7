from __future__ import annotations

import pytest
from analysed import Analysed

from perffix.semantic.scopes import Binding, How
from perffix.semantic.walk import ScopeKind


def binding(code: Analysed, text: str, nth: int = 0) -> Binding:
    found = code.model.binding_of(code.expr(text, nth))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "how"),
    [
        ("x = 1", How.ASSIGNED),
        ("y = x = 1", How.ASSIGNED),
        ("x: int = 1", How.ANNOTATED),
        ("x: int", How.ANNOTATED),
        ("x += 1", How.AUGMENTED),
        ("a, x = p", How.UNPACKED),
        ("a, [b, *x] = p", How.UNPACKED),
        ("for x in p: pass", How.ITERATED),
        ("for a, x in p: pass", How.ITERATED_UNPACKED),
        ("with p as x: pass", How.ENTERED),
        ("import x", How.IMPORTED),
        ("import x.y", How.IMPORTED),
        ("from p import q as x", How.IMPORTED),
        ("def x(): pass", How.DEFINED),
        ("class x: pass", How.DEFINED),
        ("try: pass\nexcept E as x: pass", How.CAUGHT),
        ("(x := 1)", How.WALRUS),
        ("match p:\n case x: pass", How.MATCHED),
        ("match p:\n case {**x}: pass", How.MATCHED),
        ("match p:\n case [*x]: pass", How.MATCHED),
        ("del x", How.DELETED),
    ],
)
def test_every_way_to_bind_a_name_is_known(text: str, how: How) -> None:
    code = Analysed(f"{text}\nuse(x)")
    assert [each.how for each in binding(code, "x", -1).assignments] == [how]


def test_uses_and_assignments_of_nested_functions_count() -> None:
    code = Analysed(
        """
        def outer():
            total = 0
            def inner():
                nonlocal total
                total += 1
            inner()
            return total
        """
    )
    total = binding(code, "total", -1)
    assert [each.how for each in total.assignments] == [How.ASSIGNED, How.AUGMENTED]
    assert total.outside
    assert total.scope.kind is ScopeKind.FUNCTION


def test_global_statement_reaches_the_module() -> None:
    code = Analysed("def f():\n    global g\n    g = []\n\ndef h():\n    return g\n")
    found = binding(code, "g", -1)
    assert found.scope.kind is ScopeKind.MODULE
    assert len(found.assignments) == 1


def test_class_scope_is_invisible_in_methods_but_not_in_its_own_comprehension_source() -> None:
    code = Analysed(
        """
        x = 1
        class A:
            x = 2
            y = [x for _ in x]
            def f(self):
                return x
        """
    )
    element, source, in_method = (binding(code, "x", nth) for nth in (2, 3, 4))
    assert element.scope.kind is ScopeKind.MODULE
    assert source.scope.kind is ScopeKind.CLASS
    assert in_method.scope.kind is ScopeKind.MODULE


def test_walrus_in_a_comprehension_binds_outside_of_it() -> None:
    code = Analysed("def f(xs):\n    ys = [last := x for x in xs]\n    return last\n")
    assert binding(code, "last", 0) is binding(code, "last", 1)
    assert binding(code, "last").scope.kind is ScopeKind.FUNCTION


def test_defaults_and_decorators_belong_to_the_outer_scope() -> None:
    code = Analysed("a = 1\n@dec(a)\ndef f(a=a):\n    return a\n")
    assert binding(code, "a", 1).scope.kind is ScopeKind.MODULE
    assert binding(code, "a", 2).scope.kind is ScopeKind.MODULE
    assert binding(code, "a", 3).scope.kind is ScopeKind.FUNCTION


def test_unbound_name_has_no_binding() -> None:
    code = Analysed("print(missing)")
    assert code.model.binding_of(code.expr("missing")) is None


def test_attributes_of_self_are_collected_over_the_class() -> None:
    code = Analysed(
        """
        class Queue:
            size = 0
            def __init__(self):
                self.items = []
            def push(this, item):
                this.items.append(item)
                this.size += 1
            def later(self):
                return lambda: self.items
            @staticmethod
            def other(self):
                self.items = None
            @classmethod
            def make(cls):
                cls.items = None
        """
    )
    items = binding(code, "self.items", 0)
    assert len(items.assignments) == 1
    assert len(items.uses) == 2
    assert binding(code, "this.size").assignments[0].how is How.ASSIGNED
    assert code.model.binding_of(code.expr("cls.items")) is None


def test_a_rebound_self_is_not_the_instance() -> None:
    code = Analysed("class A:\n    def f(self):\n        self = other()\n        self.x = 1\n")
    assert code.model.binding_of(code.expr("self.x")) is None
