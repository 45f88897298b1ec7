"""Who made an object: through names, attributes, helper functions and contexts."""

from __future__ import annotations

import ast

import pytest

from perffix.semantic.makers import made_by
from perffix.semantic.model import SemanticModel
from perffix.source import SourceFile


def maker(text: str) -> str | None:
    """Return the maker of the expression in the only call of `use`."""
    source = SourceFile("module.py", text.encode())
    model = SemanticModel(source, (), ("use",))
    (call,) = model.calls_named("use")
    found = made_by(call.args[0], model)
    return None if found is None else found.name


@pytest.mark.parametrize(
    "text",
    [
        "import lib\nuse(lib.open())",
        "from lib import open\nx = open()\nuse(x)",
        "import lib\nwith lib.open() as x:\n    use(x)",
        "import lib, contextlib\nwith contextlib.closing(lib.open()) as x:\n    use(x)",
        "import lib, contextlib\nwith contextlib.ExitStack() as s:\n    x = s.enter_context(lib.open())\n    use(x)",
        "import lib\nif y:\n    x = lib.open()\nelse:\n    x = lib.open(1)\nuse(x)",
        "import lib\nx = None\ndef f():\n    global x\n    x = lib.open()\n    use(x)",
        "import lib\ndef make():\n    x = lib.open()\n    return x\nuse(make())",
        "import lib\nclass C:\n  def __init__(self):\n    self.x = lib.open()\n  def f(self):\n    use(self.x)",
        "import lib\nclass C:\n  def make(self):\n    return lib.open()\n  def f(self):\n    use(self.make())",
        "import lib\nasync def f():\n    x = await lib.open()\n    use(x)",
        "import lib\nif (x := lib.open()):\n    use(x)",
        "import lib\nuse(lib.open() if y else lib.open(2))",
    ],
)
def test_the_maker_is_followed(text: str) -> None:
    assert maker(text) == "lib.open"


@pytest.mark.parametrize(
    "text",
    [
        "use(x)",
        "import lib\ndef f(x):\n    use(x)",
        "import lib\ndef f(x=None):\n    if x is None:\n        x = lib.open()\n    use(x)",
        "import lib\nx = lib.open()\nx = lib.close()\nuse(x)",
        "import lib\nfor x in lib.open():\n    use(x)",
        "import lib\nx, y = lib.open()\nuse(x)",
        "import lib\n@lib.cached\ndef make():\n    return lib.open()\nuse(make())",
        "import lib\ndef make():\n    yield lib.open()\nuse(make())",
        "import lib\ndef make():\n    return lib.open() if y else y\nuse(make())",
        "x = x\nuse(x)",
    ],
)
def test_what_is_not_certain_has_no_maker(text: str) -> None:
    assert maker(text) is None


def test_an_annotation_promises_a_class() -> None:
    text = "import lib\ndef f(x: lib.Session | None = None):\n    use(x)"
    model = SemanticModel(SourceFile("module.py", text.encode()), (), ("use",))
    (call,) = model.calls_named("use")
    found = made_by(call.args[0], model)
    assert found is not None
    assert (found.name, found.declared, found.calls) == ("lib.Session", True, ())


def test_all_calls_and_names_are_known() -> None:
    text = "import lib\ndef make():\n    y = lib.open(1)\n    return y\nx = make()\nuse(x)"
    model = SemanticModel(SourceFile("module.py", text.encode()), (), ("use",))
    (call,) = model.calls_named("use")
    found = made_by(call.args[0], model)
    assert found is not None
    assert [ast.unparse(each) for each in found.calls] == ["lib.open(1)"]
    assert [each.name for each in found.names] == ["y", "x"]
