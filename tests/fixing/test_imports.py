"""Imports: where they go, when they stay away, when they are taken out."""

from __future__ import annotations

import pytest
from fixing.edited import Module

from perffix.fixing.errors import FixError
from perffix.model import Import

DEQUE = Import("collections", "deque")
OS = Import("os")

ADDED = [
    # nothing there yet
    ("x = old()\n", DEQUE, "from collections import deque\n\nx = old()\n"),
    ('"""Doc."""\nx = old()\n', OS, '"""Doc."""\n\nimport os\n\nx = old()\n'),
    ('"""Doc."""\n\n\ndef f(): old()\n', OS, '"""Doc."""\n\nimport os\n\n\ndef f(): old()\n'),
    ("#!/usr/bin/python\n# Copyright\nx = old()\n", OS, "#!/usr/bin/python\n# Copyright\n\nimport os\n\nx = old()\n"),
    ("# Copyright\n\n# why\nx = old()\n", OS, "# Copyright\n\nimport os\n\n# why\nx = old()\n"),
    (
        '"""Doc."""\nfrom __future__ import annotations\n\nx = old()\n',
        OS,
        '"""Doc."""\nfrom __future__ import annotations\n\nimport os\n\nx = old()\n',
    ),
    # into the group, in its order
    ("import abc\nimport sys\n\nold()\n", OS, "import abc\nimport os\nimport sys\n\nold()\n"),
    ("import re\nimport sys\n\nold()\n", OS, "import os\nimport re\nimport sys\n\nold()\n"),
    ("import abc\nfrom re import sub\n\nold()\n", OS, "import abc\nimport os\nfrom re import sub\n\nold()\n"),
    (
        "import abc\nfrom re import sub\n\nold()\n",
        DEQUE,
        "import abc\nfrom collections import deque\nfrom re import sub\n\nold()\n",
    ),
    (
        "from abc import ABC\nimport re\n\nold()\n",
        DEQUE,
        "from abc import ABC\nfrom collections import deque\nimport re\n\nold()\n",
    ),
    ("import sys\nimport abc\nimport re\n\nold()\n", OS, "import sys\nimport abc\nimport re\nimport os\n\nold()\n"),
    (
        "# Imports.\n\n# standard\nimport sys\n\nold()\n",
        OS,
        "# Imports.\n\n# standard\nimport os\nimport sys\n\nold()\n",
    ),
    ("x = 1\n# standard\nimport sys\n\nold()\n", OS, "x = 1\n# standard\nimport sys\nimport os\n\nold()\n"),
    ("import abc\n# for size\nimport sys\n\nold()\n", OS, "import abc\nimport os\n# for size\nimport sys\n\nold()\n"),
    ("import abc; import sys\nold()\n", OS, "import abc; import sys\nimport os\nold()\n"),
    # groups
    (
        "import attr\nimport numpy\n\nfrom . import a\n\nold()\n",
        OS,
        "import os\n\nimport attr\nimport numpy\n\nfrom . import a\n\nold()\n",
    ),
    (
        "import re\n\nimport attr\nimport numpy\n\nfrom . import a\n\nold()\n",
        Import("django.db", "models"),
        "import re\n\nimport attr\nimport numpy\nfrom django.db import models\n\nfrom . import a\n\nold()\n",
    ),
    (
        "import re\n\nold()\n",
        Import("yaml"),
        "import re\n\nimport yaml\n\nold()\n",
    ),
    # merged
    ("from collections import abc\n\nold()\n", DEQUE, "from collections import abc, deque\n\nold()\n"),
    (
        "from collections import UserDict, namedtuple\n\nold()\n",
        DEQUE,
        "from collections import UserDict, deque, namedtuple\n\nold()\n",
    ),
    ("from collections import abc  # noqa\n\nold()\n", DEQUE, "from collections import abc, deque  # noqa\n\nold()\n"),
    (
        "from collections import (\n    Counter,\n    namedtuple,\n)\n\nold()\n",
        DEQUE,
        "from collections import (\n    Counter,\n    deque,\n    namedtuple,\n)\n\nold()\n",
    ),
    (
        "from collections import (\n    Counter,  # counts\n    abc,\n)\n\nold()\n",
        DEQUE,
        "from collections import (\n    Counter,  # counts\n    abc,\n    deque,\n)\n\nold()\n",
    ),
    (
        "from collections import (Counter,\n                         abc)\n\nold()\n",
        DEQUE,
        "from collections import (Counter,\n                         abc,\n                         deque)\n\nold()\n",
    ),
    (
        "from collections import ChainMap, Counter, OrderedDict, UserDict, UserList, UserString\n\nold()\n",
        DEQUE,
        "from collections import ChainMap, Counter, OrderedDict, UserDict, UserList, UserString\n"
        "from collections import deque\n\nold()\n",
    ),
    (
        "from collections import *\n\nold()\n",
        DEQUE,
        "from collections import *\nfrom collections import deque\n\nold()\n",
    ),
    # not where it does not hold
    (
        "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from collections import deque\n\nold()\n",
        DEQUE,
        "from collections import deque\nfrom typing import TYPE_CHECKING\n\n"
        "if TYPE_CHECKING:\n    from collections import deque\n\nold()\n",
    ),
    ("x = old()\nimport os\n", OS, "import os\n\nx = old()\nimport os\n"),
    ("def f():\n    import os\n    old()\n", OS, "import os\n\ndef f():\n    import os\n    old()\n"),
    # line ends
    ("import abc\r\n\r\nold()\r\n", OS, "import abc\r\nimport os\r\n\r\nold()\r\n"),
]


@pytest.mark.parametrize(("source", "wanted", "expected"), ADDED)
def test_an_import_is_added_where_it_belongs(source: str, wanted: Import, expected: str) -> None:
    assert Module(source).replace(("old()", 0, "Call"), "new()").text(adds=[wanted]) == expected.replace(
        "old()", "new()"
    )


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("from collections import deque\nold()\n", DEQUE),
        ("from collections import abc, deque as deque\nold()\n", DEQUE),
        ("import sys, os\nold()\n", OS),
        ("import os.path\nold()\n", OS),
        ("try:\n    from collections import deque\nexcept ImportError:\n    pass\nold()\n", DEQUE),
    ],
)
def test_an_import_that_is_there_is_not_added(source: str, wanted: Import) -> None:
    text = Module(source).replace(("old()", 0, "Call"), "new()").text(adds=[wanted])
    assert text == source.replace("old()", "new()")


def test_several_imports() -> None:
    text = (
        Module("x = old()\n").replace("old()", "new()").text(adds=[DEQUE, OS, DEQUE, Import("collections", "Counter")])
    )
    assert text == "import os\nfrom collections import Counter, deque\n\nx = new()\n"


@pytest.mark.parametrize(
    "source",
    [
        "def f(deque): old()\n",
        "deque = 1\nold()\n",
        "class deque: old()\n",
        "from other import deque\nold()\n",
        "import x as deque\nold()\n",
        "try: old()\nexcept E as deque: pass\n",
        "match x:\n    case [*deque]: old()\n",
        "match x:\n    case {**deque}: old()\n",
    ],
)
def test_a_name_that_is_taken_is_a_fix_error(source: str) -> None:
    with pytest.raises(FixError, match="would clash with another deque"):
        Module(source).replace(("old()", 0, "Call"), "new()").text(adds=[DEQUE])


def test_a_module_does_not_import_itself() -> None:
    module = Module("old()\n", "lib/collections.py").replace(("old()", 0, "Call"), "new()")
    with pytest.raises(FixError, match="is itself called collections"):
        module.text(adds=[DEQUE])


REMOVED = [
    ("import os\nimport re\n\nold(os)\n", OS, "import re\n\nnew()\n"),
    ("import re, os\nold(os)\n", OS, "import re\nnew()\n"),
    ("import os, re\nold(os)\n", OS, "import re\nnew()\n"),
    ("import os; import re\nold(os)\n", OS, "import re\nnew()\n"),
    ("import re\n\n# why\nimport os\n\nold(os)\n", OS, "import re\n\n# why\n\nnew()\n"),
    ("from collections import deque\nold(deque)\n", DEQUE, "new()\n"),
    ("from collections import deque as d\nold(d)\n", DEQUE, "new()\n"),
    (
        "from collections import (\n    abc,\n    deque,\n)\nold(deque)\n",
        DEQUE,
        "from collections import (\n    abc,\n)\nnew()\n",
    ),
    ("import os.path\nold(os)\n", Import("os.path"), "new()\n"),
    ('"""Uses os."""\nimport os\nold(os)\n', OS, '"""Uses os."""\nnew()\n'),
]


@pytest.mark.parametrize(("source", "unwanted", "expected"), REMOVED)
def test_an_import_that_nothing_uses_goes(source: str, unwanted: Import, expected: str) -> None:
    call = source[source.index("old(") : -1]
    assert Module(source).replace((call, 0, "Call"), "new()").text(removes=[unwanted]) == expected


@pytest.mark.parametrize(
    "source",
    [
        "import os\nold(os)\nos.getcwd()\n",
        "import os\nold(os)\n__all__ = ['os']\n",
        "import os\nold(os)\nx: 'list[os.PathLike]'\n",
        "import os\nold(os)\nx = 1  # type: os.PathLike\n",
        "import os as os\nold(os)\n",
        "import os  # noqa\nold(os)\n",
        "try:\n    import os\nexcept ImportError:\n    pass\nold(os)\n",
        "def f():\n    import os\n    old(os)\n",
        "import os\nimport os.path\nold(os)\ndef f():\n    global os\n",
        "from os import *\nold(os)\n",
    ],
)
def test_an_import_that_may_be_used_stays(source: str) -> None:
    text = Module(source).replace(("old(os)", 0, "Call"), "new()").text(removes=[OS])
    assert text == source.replace("old(os)", "new()")


def test_a_package_keeps_its_imports() -> None:
    source = "import os\nold(os)\n"
    assert Module(source, "pkg/__init__.py").replace(("old(os)", 0, "Call"), "new()").text(removes=[OS]) == (
        "import os\nnew()\n"
    )


def test_what_is_added_is_not_removed() -> None:
    source = "import os\nold(os)\n"
    assert Module(source).replace(("old(os)", 0, "Call"), "new()").text(adds=[OS], removes=[OS]) == "import os\nnew()\n"


def test_imports_without_edits() -> None:
    assert Module("import os\nimport re\nre\n").text(adds=[Import("re")], removes=[OS]) == "import re\nre\n"
