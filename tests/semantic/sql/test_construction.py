"""What a statement reads when it runs, over steps, branches, lists and functions."""

from __future__ import annotations

import ast
import textwrap

import pytest

from perffix.semantic.model import SemanticModel
from perffix.semantic.sql.construction import construction_of
from perffix.semantic.sql.texts import Region, Splice, Subject, atoms_of, variants
from perffix.source import SourceFile


def texts_of(body: str, header: str = "") -> list[str] | None:
    """Return all readings of the argument of `run(...)`, holes shown as braces; all known text is put in."""
    text = header + "def f(a, b, c):\n" + textwrap.indent(textwrap.dedent(body), "    ")
    model = SemanticModel(SourceFile("module.py", text.encode()), (), ())
    calls = [node for node in ast.walk(model.source.tree) if isinstance(node, ast.Call)]
    call = next(call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "run")
    subject = construction_of(call.args[0], model)
    if subject is None:
        return None
    opened = set(_splices(subject))
    found = []
    for number in range(variants(subject)):
        pieces = atoms_of(subject, number, opened, model)
        found.append("".join("{}" if piece.hole is not None else piece.text for piece in pieces))
    return found


def _splices(subject: Subject) -> list[int]:
    found: list[int] = []
    parts: list[Subject] = []
    if isinstance(subject, Region):
        inside = [each for each in subject.elements if isinstance(each, Splice)]
        found += [id(each.hole) for each in inside]
        parts += [each.subject for each in inside]
    else:
        for name in ("items", "options"):
            parts += getattr(subject, name, ())
        parts += [step.subject for step in getattr(subject, "steps", ())]
    return found + [each for part in parts for each in _splices(part)]


@pytest.mark.parametrize(
    ("body", "texts"),
    [
        ('run(f"x {a}")', ["x {}"]),
        ('q = "x"\nq += f" {a}"\nrun(q)', ["x {}"]),
        ('q = "x"\nq = q + " " + a\nrun(q)', ["x {}"]),
        ('q = "x"\nq = f"{q} {a}"\nrun(q)', ["x {}"]),
        ('q = "x"\nif a:\n    q += " y"\nelse:\n    q += " z"\nrun(q + "!")', ["x y z!"]),
        ('if a:\n    q = "x"\nelse:\n    q = "y"\nq += "!"\nrun(q)', ["x!", "y!"]),
        ('q = "x"\nif a:\n    q = "y"\n    q += "+"\nrun(q)', ["x", "y+"]),
        ('q = "x"\nrun(q)\nq = "y"', ["x"]),
        ('q = "w"\nprint(q)\nq = "x"\nrun(q)', ["x"]),
        ('q = "x"\nif a:\n    q = "y"\n    return\nrun(q)', ["x"]),
        ('for i in a:\n    q = "x"\n    q += f"{i}"\n    run(q)', ["x{}"]),
        ('with a:\n    q = "x"\nrun(q)', ["x"]),
        ('try:\n    q = "x"\nexcept a:\n    q = "y"\nrun(q)', ["x", "y"]),
        ('w = "y"\nif a:\n    w = f"z {a}"\nrun(f"x {w}")', ["x y", "x z {}"]),
        ('c = ["1"]\nc.append(f"{a}=2")\nc.extend(["3", "4"])\nrun("x " + ", ".join(c))', ["x 1, {}=2, 3, 4"]),
        ('c = []\nfor i in a:\n    c.append(f"i={i}")\nrun(" ".join(c))', ["i={}"]),
        ('run(" ".join(["x", f"y {a}"]))', ["x y {}"]),
        ("run(f\"x {'y' if a else 'z'}\")", ["x y", "x z"]),
        ('q = f"x {a}".strip()\nrun(str(q))', ["x {}"]),
        # What is put in is not known, or not the text at all.
        ("run(a)", None),
        ("q = a\nrun(q)", None),
        ('a += "x"\nrun(a)', None),
        ('c = ["x"]\nc.insert(0, a)\nrun(" ".join(c))', None),
        ('q, r = "x", "y"\nrun(q)', None),
        ('while a:\n    q = "x"\nrun(q)', None),
    ],
)
def test_texts_of_a_function(body: str, texts: list[str] | None) -> None:
    assert texts_of(body) == texts


def test_text_of_another_function() -> None:
    helper = 'def g(x):\n    if x:\n        return f"x {x}"\n    return "y"\n'
    assert texts_of("run(g(a))", helper) == ["x {}", "y"]
    assert texts_of("run(g(a))", "@a\n" + helper) is None


def test_text_of_a_module_is_known_to_functions_only_as_a_template() -> None:
    assert texts_of("run(Q % a)", 'Q = "x %s"\n') == ["x {}"]


def test_effort_is_bounded_where_texts_are_put_into_texts() -> None:
    steps = "".join(f'v += f" a{{a}}{i}"\nw += f" {{v}} b"\nq += f" {{w}} {{v}}"\n' for i in range(60))
    found = texts_of(f'v = "v"\nw = "w"\nq = "q"\n{steps}run(q)')
    assert found is not None
    assert found[0].startswith("q ")  # the statement itself is read in any case
    assert len(found[0]) < 100_000
