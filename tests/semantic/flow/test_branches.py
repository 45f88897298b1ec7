"""Which assignments reach a place: branches, loops, exceptions, early exits, branches that never run."""

from __future__ import annotations

import pytest
from programs import in_view


@pytest.mark.parametrize(
    "body",
    [
        "if len(value) > 3:\n    text = value\nelse:\n    text = 'a'\nsink(text)",
        "text = 'a'\nif len(value) > 3:\n    text = value\nsink(text)",
        "text = value\nif len(value) > 3:\n    text = 'a'\nsink(text)",
        "text = value\nfor each in range(len(value)):\n    text = 'a'\nsink(text)",
        "text = value\nfor each in range(3, 1):\n    text = 'a'\nsink(text)",
        "text = value\nfor each in range(3):\n    if each:\n        continue\n    text = 'a'\nsink(text)",
        "text = value\nfor each in (1, 2):\n    if load():\n        break\n    text = 'a'\nsink(text)",
        "text = 'a'\nfor each in range(3):\n    sink(text)\n    text = value",
        "text = 'a'\nwhile True:\n    sink(text)\n    text = value",
        "text = value\nwhile len(text) > 3:\n    text = 'a'\n    break\nelse:\n    pass\nsink(text)",
        "text = value\ntry:\n    text = int(text)\nexcept ValueError:\n    pass\nsink(text)",
        "try:\n    text = value\nexcept ValueError:\n    text = 'a'\nsink(text)",
        "try:\n    text = load()\nexcept ValueError:\n    text = value\nsink(text)",
        "text = 'a'\ntry:\n    text = value\n    load()\nexcept ValueError:\n    sink(text)",
        "try:\n    load()\nfinally:\n    text = value\nsink(text)",
        "text = value\nfrom contextlib import suppress\nwith suppress(ValueError):\n    text = str(int(text))\n"
        "sink(text)",
        "number = 86\nif 7 * 42 - number > 200:\n    text = value\nelse:\n    text = 'a'\nsink(text)",
        "number = 106\ntext = 'a' if 7 * 18 + number < 200 else value\nsink(text)",
        "text = ''\nguess = 'ABC'[0]\nmatch guess:\n    case 'A':\n        text = value\n    case 'B':\n"
        "        text = 'a'\n    case _:\n        text = 'b'\nsink(text)",
        "match len(value):\n    case 1:\n        text = 'a'\n    case _:\n        text = value\nsink(text)",
        "match value.split():\n    case [first, *rest]:\n        sink(rest)",
        "match value:\n    case text:\n        sink(text)",
        "match json.loads(value):\n    case {'name': name}:\n        sink(name)",
        "if False:\n    value = 'a'\nsink(value)",
        "if True:\n    text = value\nelse:\n    text = 'a'\nsink(text)",
        "while True:\n    text = value\n    break\nsink(text)",
        "text = value\nif len(text) > 3 and text.isdigit():\n    print(text)\nsink(text)",
        "for text in value.split():\n    if len(text) > 3:\n        continue\n    break\nsink(text)",
    ],
)
def test_input_reaches_the_place(body: str) -> None:
    assert in_view(body) is not None


@pytest.mark.parametrize(
    "body",
    [
        "if len(value) > 3:\n    value = 'a'\nelse:\n    value = 'b'\nsink(value)",
        "text = value\nfor each in range(3):\n    text = 'a'\nsink(text)",
        "text = value\nfor each in ('a', 'b'):\n    text = each\n    break\nsink(text)",
        "if len(value) > 3:\n    text = value\n    return text\ntext = 'a'\nsink(text)",
        "text = value\nif len(text) > 3:\n    text = 'a'\nelse:\n    raise ValueError\nsink(text)",
        "text = value\nif len(text) > 3:\n    text = 'a'\nelse:\n    sys.exit()\nsink(text)",
        "text = value\nif len(text) > 3:\n    text = 'a'\nelse:\n    abort(404)\nsink(text)",
        "try:\n    text = int(value)\nexcept ValueError:\n    text = 0\nsink(text)",
        "try:\n    text = int(value)\nexcept ValueError:\n    return\nsink(text)",
        "text = value\ntry:\n    text = int(text)\nexcept ValueError:\n    abort(400)\nsink(text)",
        "text = value\ntry:\n    pass\nfinally:\n    text = 'a'\nsink(text)",
        "try:\n    int(value)\nexcept ValueError:\n    return 'no number'\nsink(value)",
        "number = 106\nif 7 * 18 + number > 200:\n    text = 'a'\nelse:\n    text = value\nsink(text)",
        "number = 106\ntext = 'a' if 7 * 18 + number > 200 else value\nsink(text)",
        "guess = 'ABC'[1]\nmatch guess:\n    case 'A':\n        text = value\n    case 'B':\n"
        "        text = 'a'\n    case 'C' | 'D':\n        text = value\n    case _:\n        text = 'b'\nsink(text)",
        "match value:\n    case 'a' | 'b':\n        sink(value)",
        "if False:\n    sink(value)",
        "if True:\n    text = 'a'\nelse:\n    text = value\nsink(text)",
        "while True:\n    value = 'a'\n    break\nsink(value)",
        "return\nsink(value)",
        "text = 'a'\nif False:\n    text = request.args['x']\nsink(text)",
        "text = 'a'\nwhile len(text) < 3:\n    if 1 > 2:\n        text = request.args['x']\n        break\nsink(text)",
        "text = 'a'\ntry:\n    load()\n    if 0:\n        text = request.args['x']\n        load()\n"
        "except ValueError:\n    pass\n"
        "sink(text)",
        "raise ValueError\nsink(value)",
        "debug = False\nif debug and len(value) > 3:\n    sink(value)",
        "for text in ('a', 'b'):\n    sink(text)\ntext = value",
        "sink(text)\ntext = value",
        "text = 'a'\nsink(text)\ntext = value\nreturn text",
        "assert False\nsink(value)",
        "with open('x') as f:\n    value = f.name\nsink(value)",
        "kind = 'fixed'\nif kind == 'fixed':\n    text = 'a'\nelif kind == 'other':\n    text = value\nelse:\n"
        "    text = value\nsink(text)",
    ],
)
def test_input_does_not_reach_the_place(body: str) -> None:
    assert in_view(body) is None
