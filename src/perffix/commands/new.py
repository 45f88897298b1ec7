"""Start a new rule in a checkout of perffix: its module and its fixture folder.

What is written is a frame. The contract test names, file by file, what is still missing.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from perffix.commands import OK
from perffix.config import UsageError
from perffix.output.terminal import write

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

_CODE = re.compile(r"(PERF|SEC)[1-9][0-9]{2}")
_NAME = re.compile(r"[a-z]+(-[a-z]+)+")
_FAMILY = {"PERF": "performance", "SEC": "security"}

_MODULE = '''\
"""

## What it does

## {why}

## Example

## Use instead

## When it stays silent

## Fix safety

## References

"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from perffix.model import Finding, {enum}
from perffix.rules.rule import Context, Rule

rule = Rule(
    code="{code}",
    name="{name}",
    summary="",
    help="",
    {kind},
)


@rule.on(ast.Call)
def detect(call: ast.Call, at: Context) -> Iterator[Finding]:
    """Find nothing yet."""
    yield from ()
'''

_FLAGGED = '''\
"""What {code} reports: the first line of each finding ends in a comment, `expect:` and the code."""
'''

_CLEAN = '''\
"""What {code} must not report: near misses, each with the reason for the silence."""
'''

_FIXED = '''\
"""What {code} reports: the first line of each finding ends in a comment, `expect:` and the code."""
'''

_BENCH = '''\
"""What is compared: the code that {code} reports and the code that it recommends."""


def make(n):
    """Return an input of size n; the time that this takes is not counted."""
    raise NotImplementedError


def slow(data):
    """Do the work in the way that the rule reports."""
    raise NotImplementedError


def fast(data):
    """Do the same in the way that the rule recommends, and return the same."""
    raise NotImplementedError
'''


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `perffix new`."""
    parser.add_argument("code", metavar="CODE", help="PERF or SEC with three digits, such as PERF504")
    parser.add_argument("name", metavar="NAME", help="the bad pattern, such as list-pop-front")


def run(args: argparse.Namespace) -> int:
    """Write the files and list them. Raises UsageError when the rule exists or the place is wrong."""
    code, name = args.code.upper(), args.name.lower()
    _refuse_bad_names(code, name)
    top = _checkout(Path.cwd())
    _refuse_taken(code, name, top)
    written = list(_write(code, name, top))
    lines = [f"created {path.relative_to(top).as_posix()}\n" for path in written]
    lines.append(f"What is missing now: pytest tests/test_rule_contract.py -k {code}\n")
    write(sys.stdout, "".join(lines))
    return OK


def _refuse_bad_names(code: str, name: str) -> None:
    if not _CODE.fullmatch(code):
        raise UsageError(f"{code} is not a code: it is PERF or SEC and three digits, such as PERF504")
    if not _NAME.fullmatch(name):
        raise UsageError(f"{name} is not a rule name: it is two or more words in lower case, joined by hyphens")
    if name.startswith(("use-", "no-", "avoid-", "prefer-")):
        raise UsageError(f"{name} names a remedy; a rule is named for the bad pattern, such as list-pop-front")


def _checkout(start: Path) -> Path:
    """Return the top of the checkout that a folder is in."""
    for folder in (start, *start.parents):
        if (folder / "src/perffix/rules").is_dir() and (folder / "fixtures").is_dir():
            return folder
    raise UsageError("this is not a checkout of perffix: there are no src/perffix/rules and fixtures here or above")


def _refuse_taken(code: str, name: str, top: Path) -> None:
    from perffix.engine.registry import load_rules

    for rule in load_rules():
        if code in rule.codes:
            raise UsageError(f"{code} is taken by {rule.name}; a code is never used again")
        if name == rule.name:
            raise UsageError(f"{name} is the name of {rule.code}")
    for path in _places(code, name, top):
        if path.exists():
            raise UsageError(f"{path.relative_to(top).as_posix()} exists already")
    for folder in top.glob(f"fixtures/{code}_*"):
        raise UsageError(f"{folder.relative_to(top).as_posix()} exists already")


def _places(code: str, name: str, top: Path) -> tuple[Path, Path]:
    """Return the module and the fixture folder of a rule."""
    word = name.replace("-", "_")
    family = _FAMILY[code.rstrip("0123456789")]
    return top / f"src/perffix/rules/{family}/{word}.py", top / f"fixtures/{code}_{word}"


def _write(code: str, name: str, top: Path) -> Iterator[Path]:
    module, folder = _places(code, name, top)
    performance = code.startswith("PERF")
    texts = {
        module: _MODULE.format(
            code=code,
            name=name,
            why="Why it is slow" if performance else "Why it is dangerous",
            enum="Impact" if performance else "Severity",
            kind="impact=Impact.CONSTANT" if performance else "severity=Severity.LOW,\n    cwe=None",
        ),
        folder / "flagged.py": _FLAGGED.format(code=code),
        folder / "clean.py": _CLEAN.format(code=code),
        folder / "fixed.py": _FIXED.format(code=code),
    }
    if performance:
        texts[folder / "bench.py"] = _BENCH.format(code=code)
    folder.mkdir()
    for path, text in texts.items():
        path.write_text(text, encoding="utf-8")
        yield path
