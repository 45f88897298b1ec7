from __future__ import annotations

import pytest
from analysed import Analysed

from perffix.semantic.effects import loop_region


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ("print(x)", False),
        ("total.append(x)", False),
        ("len(xs)", False),
        ("xs.index(x)", False),
        ("xs.append(x)", True),
        ("xs[0] = x", True),
        ("del xs[:]", True),
        ("xs = []", True),
        ("xs += [x]", True),
        ("unknown(xs)", None),
        ("unknown(x)", False),
        ("ys = xs", None),
        ("xs.weird()", None),
        ("yield x", False),
    ],
)
def test_whether_a_loop_changes_a_list_made_here(body: str, answer: bool | None) -> None:
    code = Analysed(f"def f():\n    total = []\n    xs = [1, 2]\n    for x in [0] * 9:\n        {body}\n")
    binding = code.model.binding_of(code.expr("xs"))
    assert binding is not None
    assert code.model.effects.mutates(loop_region(code.loop()), binding) is answer


@pytest.mark.parametrize(
    ("given", "body", "answer"),
    [
        ("xs: list", "len(x)", False),
        ("xs: list", "unknown(x)", None),  # it may reach the caller's list
        ("xs: list", "x.method()", None),
        ("self", "unknown()", None),
    ],
)
def test_a_list_known_elsewhere_may_be_changed_by_an_unknown_call(given: str, body: str, answer: bool | None) -> None:
    source = "self.xs" if given == "self" else "xs"
    code = Analysed(f"class A:\n  def f({given}):\n    for x in list({source}):\n        {body}\n")
    binding = code.model.binding_of(code.expr(source))
    if given == "self":
        assert binding is not None
    else:
        code = Analysed(f"def f({given}):\n    for x in list({source}):\n        {body}\n")
        binding = code.model.binding_of(code.expr(source))
        assert binding is not None
    assert code.model.effects.mutates(loop_region(code.loop()), binding) is answer


def test_a_list_handed_on_is_shared() -> None:
    code = Analysed(
        "def f(given):\n    kept = []\n    lent = []\n    sent = []\n    len(lent)\n    put(sent)\n"
        "    closed = []\n    g = lambda: closed\n    return kept, given\n"
    )
    shared = {
        name: code.model.effects.is_shared(found)
        for name in ("kept", "lent", "sent", "closed", "given")
        if (found := code.model.binding_of(code.expr(name, -1)))
    }
    assert shared == {"kept": True, "lent": False, "sent": True, "closed": True, "given": True}


@pytest.mark.parametrize(
    ("expr", "answer"),
    [
        ("1", True),
        ("n", True),
        ("n + 1", True),
        ("x", False),
        ("changed", False),
        ("sorted(kept)", True),
        ("len(kept) + n", True),
        ("sorted(grown)", False),
        ("unknown(n)", None),
        ("n.attribute", None),
        ("math.pi", True),
        ("(w := n)", None),
    ],
)
def test_invariance(expr: str, answer: bool | None) -> None:
    code = Analysed(
        f"""
        import math
        def f(n: int):
            kept = [3, 1]
            grown = [1]
            changed = 0
            for x in [0] * 9:
                grown.append(x)
                changed += 1
                use = {expr}
        """
    )
    statement = code.loop().body[-1]
    assert code.model.effects.is_invariant(statement.value, code.loop()) is answer  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("expr", "answer"),
    [
        ("len(x)", True),
        ("sorted(x)", True),
        ("sorted(x, key=f)", False),
        ("map(f, x)", False),
        ("'a'.join(x)", True),
        ("x.join(y)", False),
        ("unknown(x)", False),
        ("[y for y in x]", True),
        ("[f(y) for y in x]", False),
        ("(y := x)", False),
        ("os.path.join(x)", True),
    ],
)
def test_effect_free_expressions(expr: str, answer: bool) -> None:
    code = Analysed(f"import os\nvalue = {expr}\n")
    statement = code.source.tree.body[1]
    assert code.model.effects.is_effect_free(statement.value) is answer  # type: ignore[attr-defined]


def test_effects_of_a_region() -> None:
    code = Analysed(
        """
        async def f(xs):
            for x in xs:
                y = [z for z in x]
                x.attr = await g(y)
                def nested():
                    inner = h()
                if y:
                    break
        """
    )
    effects = code.model.effects.effects_of(code.loop().body)
    assert effects.binds == {"y", "nested"}
    assert len(effects.opaque_calls) == 1
    assert effects.writes_attributes == {"attr"}
    assert effects.suspends
    assert len(effects.control) == 1
    assert len(effects.nested) == 1
