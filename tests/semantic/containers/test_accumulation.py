"""Loops that only fill a list or dict: what they are made of, and who may see or need what."""

from __future__ import annotations

import ast
import textwrap

import pytest
from analysed import Analysed

from perffix.semantic.containers import accumulation
from perffix.semantic.containers.accumulation import Accumulation, appending, copied_dict, item_setting
from perffix.semantic.containers.interruption import Witness
from perffix.semantic.reaching import reaching_assignment

FILLS = "out = []\nfor x in y:\n    out.append(f(x))\n"


class Case(Analysed):
    """A function body with an accumulation in its first loop that has one."""

    def __init__(self, body: str, parameters: str = "y, z") -> None:
        super().__init__(f"def outer({parameters}):\n" + textwrap.indent(textwrap.dedent(body), "    ") + "\n")

    def find(self) -> Accumulation | None:
        for node in ast.walk(self.source.tree):
            found = None
            if isinstance(node, ast.Call):
                found = appending(node, self.model)
            elif isinstance(node, ast.Assign):
                found = item_setting(node, self.model)
            if found is not None:
                return found
        return None

    @property
    def found(self) -> Accumulation:
        found = self.find()
        assert found is not None
        return found


@pytest.mark.parametrize(
    "body",
    [
        "for x in y:\n    out.append(x)",
        "out = z\nfor x in y:\n    out.append(x)",
        "out = []\nfor x in y:\n    out.append(x)\nelse:\n    pass",
        "out = []\nfor x in y:\n    if x:\n        out.append(x)\n    else:\n        pass",
        "out = []\nfor x in y:\n    out.append(x)\n    z()",
        "out = []\nfor x in y:\n    z = out.append(x)",
        "out = []\nfor x in y:\n    out.append(*x)",
        "out = []\nwhile y:\n    out.append(y)",
        "out = [] if z else None\nfor x in y:\n    out.append(x)",
        "out = {}\nfor x in y:\n    out[x] = z = 1",
        "out = {}\nfor x in y:\n    out[x][1] = 2",
        "out = []\nfor x in y:\n    out[x] = 2",
        "out = {}\nfor x in y:\n    out[x] += 2",
    ],
)
def test_other_loops_are_no_accumulations(body: str) -> None:
    assert Case(body).find() is None


@pytest.mark.parametrize(
    ("body", "starts"),
    [
        (FILLS, True),
        ("out: list = list()\nfor x in y:\n    out.append(x)", True),
        ("out = []\nz()\nfor x in y:\n    out.append(x)\nreturn out", True),
        ("out = []\nout.append(z)\nfor x in y:\n    out.append(x)\nreturn out", False),
        ("out = [z]\nfor x in y:\n    out.append(x)", False),
        ("out = z.out = []\nfor x in y:\n    out.append(x)", False),
        ("out = []\nif z:\n    for x in y:\n        out.append(x)", False),
        ("while z:\n    out = []\n    if y: break\n    for x in y:\n        out.append(x)\nreturn out", False),
        ("out = {}\nfor x in y:\n    out[x] = z", True),
    ],
)
def test_the_start_is_the_empty_display_in_the_same_block(body: str, starts: bool) -> None:
    assert (Case(body).found.start is not None) is starts


@pytest.mark.parametrize(
    ("body", "known"),
    [
        ("out = []\nif z:\n    for x in y:\n        out.append(x)\nout = tuple(out)", "list"),
        ("out = []\nif z:\n    out = ()\nfor x in y:\n    out.append(x)", None),
        ("out = []\nwhile z:\n    for x in y:\n        out.append(x)\n    out = ()", None),
        ("out = []\ntry:\n    out = ()\nfinally:\n    for x in y:\n        out.append(x)", None),
        ("if z:\n    out = ()\nelse:\n    out = []\n    if y:\n        for x in y:\n            out.append(x)", "list"),
    ],
)
def test_a_name_of_several_types_is_what_reaches_the_loop(body: str, known: str | None) -> None:
    found = Case(body).find()
    assert (None if found is None else found.type.name) == known


@pytest.mark.parametrize(
    "expression",
    ["super().f(x)", "(z := x)", "[(z := x)]", "eval(x)", "locals()"],
)
def test_some_expressions_do_not_fit_a_comprehension(expression: str) -> None:
    case = Case(f"out = []\nfor x in y:\n    out.append({expression})")
    assert not accumulation.fits_comprehension(case.found, case.model)


@pytest.mark.parametrize(
    ("body", "reads"),
    [
        (FILLS, False),
        ("out = [0]\nfor x in y:\n    out.append(out[-1])", True),
        ("out = [0]\nfor x in out:\n    out.append(z)", True),
        ("def g(x):\n    return out\nout = []\nfor x in y:\n    out.append(g(x))", True),
        ("out = []\nfor x in y:\n    out.append(z(x))\ndef g():\n    return out", False),
        ("g = (x for x in y if x not in out)\nout = []\nfor x in g:\n    out.append(x)", True),
        ("out = [0]\nz.out = out\nfor x in y:\n    out.append(z(x))", True),
        ("out = [0]\nz.out = out\nfor x in range(z):\n    out.append(x + 1)", False),
        ("a, out = z, []\nfor x in y:\n    out.append(z(x))", False),
        ("out = z.a = [0]\nfor x in y:\n    out.append(z(x))", True),
    ],
)
def test_a_loop_may_read_what_it_fills(body: str, reads: bool) -> None:
    case = Case(body)
    assert accumulation.may_read_itself(case.found, case.model) is reads


@pytest.mark.parametrize(
    ("body", "witness"),
    [
        (FILLS + "return out", Witness.NONE),
        (
            "try:\n    out = []\n    for x in y:\n        out.append(f(x))\n    z(out)\nexcept E:\n    pass",
            Witness.NONE,
        ),
        ("out = []\ntry:\n    for x in y:\n        out.append(f(x))\nexcept E:\n    pass\nreturn out", Witness.CERTAIN),
        ("out = []\ntry:\n    for x in y:\n        out.append(f(x))\nexcept E:\n    raise\nreturn out", Witness.NONE),
        ("out = []\ntry:\n    for x in y:\n        out.append(f(x))\nexcept E:\n    return out", Witness.CERTAIN),
        ("out = []\ntry:\n    for x in y:\n        out.append(f(x))\nfinally:\n    z(out)", Witness.CERTAIN),
        ("out = []\ntry:\n    for x in y:\n        out.append(f(x))\nfinally:\n    z()\nreturn out", Witness.NONE),
        (
            "out = []\nwhile z:\n    try:\n        for x in y:\n            out.append(f(x))\n    except E:\n"
            "        if z: continue\n        raise\nreturn out",
            Witness.CERTAIN,
        ),
        ("out = []\nwith z:\n    for x in y:\n        out.append(f(x))\nreturn out", Witness.POSSIBLE),
        ("out = []\nwith open(z):\n    for x in y:\n        out.append(f(x))\nreturn out", Witness.NONE),
        (
            "out = []\nwith z.assertRaises(E):\n    for x in y:\n        out.append(f(x))\nreturn out",
            Witness.CERTAIN,
        ),
        (
            "out = []\ntry:\n    for x in range(99):\n        out.append((x, 1))\nexcept E:\n    pass\nreturn out",
            Witness.NONE,
        ),
        ("global out\n" + FILLS + "return out", Witness.POSSIBLE),
    ],
)
def test_who_sees_a_half_filled_list(body: str, witness: Witness) -> None:
    case = Case(body)
    assert accumulation.partial_result(case.found, case.model) is witness


@pytest.mark.parametrize(
    ("body", "own"),
    [
        (FILLS, True),
        ("out = [z]\nfor x in y:\n    out.append(x)\nz(out)", True),
        ("out = [z]\nz(out)\nfor x in y:\n    out.append(x)", False),
        ("out = [z]\nwhile z:\n    for x in y:\n        out.append(x)\n    z(out)", False),
        ("while z:\n    out = [z]\n    for x in y:\n        out.append(x)\n    z(out)", True),
        ("if z:\n    out = [z]\nfor x in y:\n    out.append(x)", False),
    ],
)
def test_an_own_list_was_given_to_nobody_before(body: str, own: bool) -> None:
    case = Case(body)
    assert accumulation.is_own(case.found, case.model) is own


def test_a_parameter_is_not_the_own_list() -> None:
    case = Case("for x in y:\n    out.append(x)", "out: list, y")
    assert not accumulation.is_own(case.found, case.model)
    assert not case.found.type.exact


@pytest.mark.parametrize(
    ("element", "captures"),
    [
        ("lambda: x", True),
        ("(x for _ in z)", True),
        ("sum(x for _ in z)", False),
        ("[x for _ in z]", False),
        ("lambda: z", False),
    ],
)
def test_closures_that_keep_the_variable(element: str, captures: bool) -> None:
    case = Case(f"out = []\nfor x in y:\n    out.append({element})")
    assert accumulation.captures_variables(case.found, case.model) is captures


@pytest.mark.parametrize(
    ("key", "value", "kept"),
    [("x", "f(x)", True), ("f(x)", "1", True), ("x.a", "x.b", True), ("f(x)", "g(x)", False), ("x[0]", "x.b", False)],
)
def test_order_of_key_and_value(key: str, value: str, kept: bool) -> None:
    case = Case(f"out = {{}}\nfor x in y:\n    out[{key}] = {value}")
    assert accumulation.keeps_order(case.found, case.model) is kept


@pytest.mark.parametrize(
    ("body", "other"),
    [
        ("o = {1: 2}\nout = {}\nfor a, b in o.items():\n    out[a] = b", "o"),
        ("o = {1: 2}\nout = {}\nfor a, b in o.items():\n    out[b] = a", None),
        ("o = {1: 2}\nout = {}\nfor a, b in o.items():\n    if a:\n        out[a] = b", None),
        ("out = {}\nfor a, b in y.items():\n    out[a] = b", None),
    ],
)
def test_items_of_another_dict(body: str, other: str | None) -> None:
    case = Case(body)
    found = copied_dict(case.found, case.model)
    assert (None if found is None else ast.unparse(found)) == other


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ("a = 1\nuse(a)", 2),
        ("a = 1\nif z:\n    use(a)", 2),
        ("a = 1\nif z:\n    a = 2\nuse(a)", None),
        ("a = 1\nwhile z:\n    use(a)\n    a = 2", None),
        ("while z:\n    a = 1\n    use(a)\n    a = 2", 3),
        ("a = 1\nfor a in y:\n    use(a)", None),
        ("a = 1\nwith z as a:\n    use(a)", None),
        ("a = 1\na += 1\nuse(a)", None),
        ("a = 1\ndel a\nuse(a)", None),
        ("a: int = 1\nuse(a)", 2),
        ("a: int\nuse(a)", None),
        ("a = 1\ndef g():\n    nonlocal a\n    a = 2\nuse(a)", None),
        ("a = 1\ntry:\n    a = 2\nexcept E:\n    use(a)", None),
    ],
)
def test_the_assignment_that_reaches_a_statement(body: str, line: int | None) -> None:
    case = Case(body)
    name = next(each.args[0] for each in _calls(case.source.tree))
    binding = case.model.binding_of(name)
    assert binding is not None
    reaching = reaching_assignment(case.model.statement_of(name), binding, case.model)
    assert (None if reaching is None else getattr(reaching.node, "lineno", 0)) == line


def _calls(tree: ast.Module) -> list[ast.Call]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) == "use"]
