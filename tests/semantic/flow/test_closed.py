from __future__ import annotations

import ast
import textwrap

import pytest
from analysed import Analysed

from perffix.semantic.flow.closed import is_closed


def _is_closed(text: str) -> bool:
    """Tell whether the last `x` of a function's text is closed."""
    code = Analysed("def f(given):\n" + textwrap.indent(text, "    ") + "\n")
    return is_closed(code.name("x", -1), code.model)


@pytest.mark.parametrize(
    "text",
    [
        "x = 'a'\nprint(x)",
        "x = given\nx = 'a'\nprint(x)",
        "x = given\nif given:\n    x = 'a'\nelse:\n    x = 'b'\nprint(x)",
        "x = 'a'\nif given:\n    x = given\n    return x\nprint(x)",
        "x = 'a'\nx += 'b'\nprint(x)",
        "if False:\n    x = given\nelse:\n    x = 'a'\nprint(x)",
        "for x in ('a', 'b'):\n    print(x)",
        "x = given\nif x not in ('a', 'b'):\n    raise ValueError\nprint(x)",
        "x = given\nif x is None:\n    return\nelif x not in ('a', 'b'):\n    raise ValueError\nprint(x)",
    ],
)
def test_closed_where_it_is_used(text: str) -> None:
    assert _is_closed(text)


@pytest.mark.parametrize(
    "text",
    [
        "x = given\nprint(x)",
        "x = given\nif x not in ('a', 'b'):\n    return\nelse:\n    x = given\nprint(x)",
        "x = given\nif x is None:\n    x = given\nelif x not in ('a', 'b'):\n    raise ValueError\nprint(x)",
        "x = 'a'\nif given:\n    x = given\nprint(x)",
        "x = 'a'\nx += given\nprint(x)",
        "x = given\nx += 'a'\nprint(x)",
        "x = 'a'\nfor y in given:\n    print(x)\n    x = y\nprint(x)",
        "x = 'a'\ntry:\n    x = given\nexcept ValueError:\n    pass\nprint(x)",
        "x = 'a'\ndef inner():\n    print(x)\nx = given",
        "return\nprint(x)\nx = 'a'",
    ],
)
def test_not_closed_where_it_is_used(text: str) -> None:
    code = Analysed("def f(given):\n" + textwrap.indent(text, "    ") + "\n")
    printed = next(node for node in ast.walk(code.source.tree) if isinstance(node, ast.Call))
    assert not is_closed(printed.args[0], code.model)
