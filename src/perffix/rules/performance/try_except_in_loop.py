"""A loop sets up a try statement in every turn although each of its handlers ends the loop.

## What it does
Reports loops whose whole body is one `try` statement, for code that must run on Python below 3.11, when every
handler certainly leaves the loop by `raise`, `return` or `break`. Then the `try` can stand around the loop and do the
same.

This is a part of what ruff reports under the number: where a handler lets the loop go on, the `try` has to stay
inside, and there is nothing to be done.

## Why it is slow
Before Python 3.11 each turn pushes a block for the handlers and pops it again. Since 3.11 a `try` costs nothing until
an exception is raised, and the rule does not apply.

## Example
```python
def total(numbers: list[str]) -> int:
    result = 0
    for number in numbers:
        try:
            result += int(number)
        except ValueError:
            return -1
    return result
```

## Use instead
```python
def total(numbers: list[str]) -> int:
    result = 0
    try:
        for number in numbers:
            result += int(number)
    except ValueError:
        return -1
    return result
```

## When it stays silent
- The oldest Python that the code must run on is 3.11 or newer.
- A handler may let the loop go on: it ends without `raise`, `return` or `break`, or holds a `continue`.
- The body of the `try` holds `break` or `continue`, or ends the loop in its first turn.
- The loop or the `try` has an `else`, which must stay unprotected, or a `finally`, which must run in every turn.
- The loop does something besides the `try`.
- The loop has only a few turns.

## Fix safety
No fix is offered. The iterable of a `for` and the test of a `while` come under the `try`, too: whether they may raise
the exception is for a person to judge.

## References
- [What's new in Python 3.11: zero-cost exceptions](https://docs.python.org/3/whatsnew/3.11.html#misc)
- [ruff: PERF203](https://docs.astral.sh/ruff/rules/try-except-in-loop/)
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.model import Group, Impact, Span
from perffix.rules.rule import Context, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from perffix.model import Finding

rule = Rule(
    code="PERF203",
    name="try-except-in-loop",
    summary="A loop sets up a `try` in every turn that could stand around the loop",
    help="Put the loop into the `try`",
    impact=Impact.CONSTANT,
    group=Group.PEDANTIC,
    before=(3, 11),
)


@rule.on(ast.For, ast.AsyncFor, ast.While)
def detect(loop: ast.For | ast.AsyncFor | ast.While, at: Context) -> Iterator[Finding]:
    """Find loops that are nothing but a `try` whose handlers end the loop."""
    statement = loop.body[0]
    if len(loop.body) > 1 or not isinstance(statement, ast.Try) or not statement.handlers:
        return
    if loop.orelse or statement.orelse or statement.finalbody or at.model.loops.has_few_turns(loop):
        return
    if _leaves_loop(statement.body) or _has(statement.body, ast.Break, ast.Continue):
        return
    if not all(_leaves_loop(handler.body) for handler in statement.handlers):
        return
    first = statement.handlers[0]
    caught = "except" if first.type is None else f"except {at.text(first.type)}"
    yield at.finding(
        statement,
        f"The `try` is set up in every turn of the loop, though `{caught}` ends the loop",
        span=_header_of(first),
    )


def _leaves_loop(block: Sequence[ast.stmt]) -> bool:
    """Tell whether the loop around a block surely ends when the block runs to its end."""
    last = block[-1]
    if isinstance(last, ast.If):
        leaves = bool(last.orelse) and _leaves_loop(last.body) and _leaves_loop(last.orelse)
    else:
        leaves = isinstance(last, (ast.Raise, ast.Return, ast.Break))
    return leaves and not _has(block, ast.Continue)


def _has(block: Sequence[ast.stmt], *classes: type[ast.stmt]) -> bool:
    from perffix.semantic.loops import own_nodes

    return any(isinstance(node, classes) for node in own_nodes(block))


def _header_of(handler: ast.ExceptHandler) -> Span:
    """Return the span of a handler's line, without its body."""
    end = handler.type
    if end is None or end.end_lineno is None or end.end_col_offset is None:
        return Span(handler.lineno, handler.col_offset, handler.lineno, handler.col_offset + len("except"))
    return Span(handler.lineno, handler.col_offset, end.end_lineno, end.end_col_offset)
