from __future__ import annotations

import pytest
from analysed import Analysed

from perffix.semantic.flow.closed import is_closed


def _is_closed(text: str) -> bool:
    """Tell whether the last `x` of a module is closed."""
    code = Analysed(text)
    return is_closed(code.name("x", -1), code.model)


@pytest.mark.parametrize(
    "text",
    [
        "_f('a')\n_f(x='b')\ndef _f(x):\n    print(x)\n",
        "_f()\n_f('b')\ndef _f(x='a'):\n    print(x)\n",
        "_f(1)\n_f(1, x='b')\ndef _f(y, *, x='a'):\n    print(x)\n",
        "def f(given):\n    g('a')\n    def g(x):\n        print(x)\n",
        "_g('a')\ndef _g(y):\n    _f(y)\ndef _f(x):\n    print(x)\n",
        "_f({'a': 'b'})\ndef _f(given):\n    for _, x in given.items():\n        print(x)\n",
    ],
)
def test_all_callers_pass_constants(text: str) -> None:
    assert _is_closed(text)


@pytest.mark.parametrize(
    "text",
    [
        "def _f(x):\n    print(x)\n",
        "f('a')\ndef f(x):\n    print(x)\n",
        "_f('a')\n_f(input())\ndef _f(x):\n    print(x)\n",
        "_f('a')\nkeep(_f)\ndef _f(x):\n    print(x)\n",
        "_f('a')\n_f(*given)\ndef _f(x):\n    print(x)\n",
        "_f('a')\n_f(**given)\ndef _f(x='b'):\n    print(x)\n",
        "_f('a')\ndef _f(*x):\n    print(x)\n",
        "_f('a')\n@route\ndef _f(x):\n    print(x)\n",
        "_f('a')\ndef _f(x):\n    _f(x)\n    print(x)\n",
        "_f('a')\ndef _f(x):\n    x += input()\n    print(x)\n",
        "_f({'a': input()})\ndef _f(given):\n    for _, x in given.items():\n        print(x)\n",
    ],
)
def test_other_values_may_come(text: str) -> None:
    assert not _is_closed(text)
