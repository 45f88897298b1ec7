"""A list is copied element by element, by an `append` in a loop that does nothing else.

## What it does

Finds a `for` whose only statement appends its own variable to a list: the loop copies what it iterates over. The
list must be proved to be one, from where it is made or by its annotation.

The finding stands at the `append`, the line on which ruff and perflint report the same number: one
`# noqa: PERF402` serves all.

## Why it is slow

The loop runs several instructions and a method call for each element, where `list()` and `extend` copy a block of
references at once. Measured, a copy of a list is about ten times faster from a hundred elements on.

## Example

```python
def snapshot(lines: list[str]) -> list[str]:
    copy = []
    for line in lines:
        copy.append(line)
    return copy
```

## Use instead

```python
def snapshot(lines: list[str]) -> list[str]:
    copy = list(lines)
    return copy
```

A list that held something before is extended, `copy.extend(lines)`.

## When it stays silent

- There is a condition, an `else` or a second statement, or the appended value is another one: what can be a
  comprehension is for `manual-list-comprehension` (PERF401), and so is `async for`.
- The object is not proved to be a list.
- The iterable is the list itself, by name or through a function, generator or alias that sees it.
- The loop's variable is read, deleted or declared `global` or `nonlocal` elsewhere.
- A handler, a `finally` or a context manager that swallows exceptions lets the function go on with the part of the
  list that was built before an exception.
- It turns only a few times: the iterable is written out with up to eight elements.

## Fix safety

Safe in a function when the list is the function's own, nobody can see it half filled, and the iterable is a builtin
container. Unsafe for an iterable of unknown type, whose `__len__` is also called by `list()` and `extend`, at module
level, for a list that other code may hold, and where a comment would be lost. No fix is offered where `list` is not
the builtin.

## References

- [list](https://docs.python.org/3/library/stdtypes.html#list)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.model import Applicability, Impact
from perffix.rules.rule import Context, Rule

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator

    from perffix.model import Finding

rule = Rule(
    code="PERF402",
    name="manual-list-copy",
    summary="A list is copied with an append per element",
    help="Copy the elements with list() or extend()",
    impact=Impact.CONSTANT,
    fix=Applicability.SAFE,
)


@rule.on_call("append")
def detect(call: ast.Call, at: Context) -> Iterator[Finding]:
    """Find an `append` of the loop's own variable that is all that the loop does."""
    from perffix.rewrites import comprehension
    from perffix.semantic.containers.accumulation import appending, iterates_builtin

    found = appending(call, at.model)
    if found is None or not found.is_copy or not comprehension.is_replaceable(found, at.model):
        return
    name, source = found.collection.id, at.text(found.loop.iter)
    way = f"{name}.extend({source})" if found.start is None else f"list({source})"
    advice = f"Copy all elements at once with `{way}`"
    yield at.finding(
        call,
        f"`{name}` gets each element of `{source}` by an `append` of its own",
        confidence=comprehension.confidence(found),
        help=advice,
        evidence=comprehension.evidence(found),
        related=comprehension.related(found),
        fix=comprehension.copying_fix(found, found.loop.iter, iterates_builtin(found, at.model), advice, at.model),
    )
