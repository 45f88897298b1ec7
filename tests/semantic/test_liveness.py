from __future__ import annotations

import ast
import textwrap

import pytest
from analysed import Analysed


def may_be_read(body: str) -> bool:
    """Tell it of the `k` in `for k, v in ...` in a function with this body."""
    code = Analysed("def f(d, e):\n" + textwrap.indent(body, "    ") + "\n")
    pair = code.expr("(k, v)")
    assert isinstance(pair, ast.Tuple)
    assert isinstance(pair.elts[0], ast.Name)
    return code.model.liveness.may_be_read(pair.elts[0])


LOOP = "for k, v in d.items():\n    use(v)\n"


@pytest.mark.parametrize(
    "body",
    [
        LOOP,
        LOOP + "for k in e:\n    use(k)",
        LOOP + "k = 1\nuse(k)",
        LOOP + "if e:\n    k = 1\nelse:\n    k = 2\nuse(k)",
        LOOP + "else:\n    k = 0\nreturn",
        LOOP + "return [k for k in e]",
        "use(*(k for k in e))\n" + LOOP,
        "k = 0\nuse(k)\n" + LOOP,
        "for k in e:\n    use(k)\n    for k, v in d.items():\n        use(v)",
        "for k, v in d.items():\n    k = v\n    use(k)",
        LOOP + "return vars(e)",
        "for k, v in d.items():\n    for k in v:\n        use(k)",
        "try:\n    for k, v in d.items():\n        use(v)\nfinally:\n    k = 1\nuse(k)",
        "while e:\n    for k, v in d.items():\n        use(v)\n    k = 0\n    use(k)",
        LOOP + "from m import k\nuse(k)",
        LOOP + "k: int = 3\nuse(k)",
        LOOP + "def k(): pass\nuse(k)",
    ],
)
def test_a_value_that_is_never_read(body: str) -> None:
    assert may_be_read(body) is False


@pytest.mark.parametrize(
    "body",
    [
        "for k, v in d.items():\n    use(k)",
        "for k, v in d.items():\n    k += 1",
        "for k, v in d.items():\n    del k",
        "for k, v in d.items():\n    d[k] += 1",
        "for k, v in d.items():\n    use(k for _ in v)",
        "for k, v in d.items():\n    for _ in v:\n        k = k + 1",
        LOOP + "return k",
        LOOP + "else:\n    use(k)",
        LOOP + "for k in e:\n    pass\nuse(k)",
        LOOP + "if e:\n    k = 1\nuse(k)",
        LOOP + "while e:\n    k = 1\nuse(k)",
        LOOP + "with e:\n    k = int(e)\nuse(k)",
        LOOP + "try:\n    k = int(e)\nexcept ValueError:\n    use(k)",
        LOOP + "try:\n    k = int(e)\nexcept ValueError:\n    pass\nuse(k)",
        LOOP + "match e:\n    case 1:\n        k = 2\nuse(k)",
        LOOP + "match e:\n    case _ if k:\n        pass",
        LOOP + "k: int\nuse(k)",
        "for k, v in d.items():\n    if v:\n        break\n    use(v)\nuse(k)",
        "for k, v in d.items():\n    if v:\n        continue\n    k = 1\nuse(k)",
        "while e:\n    for k, v in d.items():\n        pass\n    if v:\n        continue\n    k = 0\nelse:\n    use(k)",
        "while use(e):\n    if e:\n        use(e, k)\n    for k, v in d.items():\n        pass",
        "try:\n    for k, v in d.items():\n        use(v)\n    k = 1\nexcept ValueError:\n    use(k)",
        "try:\n    for k, v in d.items():\n        use(v)\n    k = 1\nfinally:\n    use(k)",
        "try:\n    for k, v in d.items():\n        use(v)\n    return\nexcept ValueError:\n    pass\nuse(k)",
        "with e:\n    for k, v in d.items():\n        use(v)\n    return\nuse(k)",
        "later = lambda: k\n" + LOOP + "later()",
        "later = (k for _ in e)\n" + LOOP + "next(later)",
        LOOP + "return locals()",
        LOOP + "return eval(e)",
        "global k\n" + LOOP,
        "def later():\n    nonlocal k\n    k += 1\n" + LOOP + "later()",
    ],
)
def test_a_value_that_may_be_read(body: str) -> None:
    assert may_be_read(body) is True


def test_names_of_modules_and_classes_outlive_their_code() -> None:
    code = Analysed("for k in []:\n    pass\nclass A:\n    for k in []:\n        pass\n")
    assert code.model.liveness.may_be_read(code.name("k", 0)) is True
    assert code.model.liveness.may_be_read(code.name("k", 1)) is True


def test_targets_of_comprehensions() -> None:
    code = Analysed("[v for k, v in d]\n[k for k, v in d]\n[(k := v) for v in d]\n[eval(e) for k, v in d]\n")
    assert code.model.liveness.may_be_read(code.name("k", 0)) is False
    assert code.model.liveness.may_be_read(code.name("k", 2)) is True
    assert code.model.liveness.may_be_read(code.name("k", -1)) is True
