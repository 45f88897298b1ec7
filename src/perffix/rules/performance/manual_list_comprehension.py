"""A list is filled by an `append` in a loop that does nothing else.

## What it does

Finds a `for` or `async for` whose only statement, perhaps under one `if`, appends an expression to a list: the loop
is a comprehension written out. The list must be proved to be one, from where it is made or by its annotation.

The finding stands at the `append`, the line on which ruff and perflint report the same number: one
`# noqa: PERF401` serves all.

## Why it is slow

Each turn looks `append` up, calls it and throws its result away. A comprehension appends with one instruction of its
own. The gain is a constant factor: a tenth to a quarter since Python 3.11, more before. Below some twenty elements a
comprehension that is given to `extend` costs as much as it saves.

## Example

```python
def names_of(users: list[dict[str, str]]) -> list[str]:
    names = []
    for user in users:
        if user["name"]:
            names.append(user["name"].title())
    return names
```

## Use instead

```python
def names_of(users: list[dict[str, str]]) -> list[str]:
    names = [user["name"].title() for user in users if user["name"]]
    return names
```

A list that held something before is extended by a comprehension, `names.extend([...])`: a list, since `extend` takes
longer over a generator than the loop does.

## When it stays silent

- The loop has an `else`, a second statement, or an `if` with an `else`.
- The object is not proved to be a list; a deque, an array or an attribute of self may have another `append`.
- The loop reads the list: in the element, the condition or the iterable, by name or through a function or generator
  that sees it, or through an alias.
- A variable of the loop is read, deleted or declared `global` or `nonlocal` elsewhere, so that its value may be wanted.
- The loop awaits, yields or assigns (`:=`) in its expressions, or needs its own frame (`super()`, `locals()`, `eval`).
- It stands in a class body, whose names a comprehension cannot see.
- A handler, a `finally` or a context manager that swallows exceptions lets the function go on with the part of the
  list that was built before an exception.
- It turns only a few times: the iterable is written out with up to eight elements.
- It appends its own variable without a condition: that is `manual-list-copy` (PERF402).

## Fix safety

Safe in a function when the list is the function's own and nobody can see it half filled: it is made empty in the same
block before the loop and read only after it there, or no `try` or `with` stands around the loop, or the loop cannot
raise. Unsafe at module level, where the loop's variables are attributes that other modules may read, for a list that
other code may hold or that is perhaps not bound, under a context manager of unknown nature, for a closure that keeps a
variable of the loop, and where a comment would be lost. Only shown when the comprehension would take more than eight
lines or 120 columns.

Before Python 3.12 a comprehension is a frame of its own. A function that is called in the loop and inspects the frame
of its caller by name notices; only such calls in the loop itself are known, and keep the rule silent. Where the loop
calls its own function, the recursion reaches its limit at half the depth: unsafe when the code must run there.

## References

- [List comprehensions](https://docs.python.org/3/tutorial/datastructures.html#list-comprehensions)
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
    code="PERF401",
    name="manual-list-comprehension",
    summary="A list is filled by an append in a loop that does nothing else",
    help="Write the loop as a list comprehension",
    impact=Impact.CONSTANT,
    fix=Applicability.SAFE,
)


@rule.on_call("append")
def detect(call: ast.Call, at: Context) -> Iterator[Finding]:
    """Find an `append` that is all that a loop does, unless it merely copies."""
    from perffix.rewrites import comprehension
    from perffix.semantic.containers.accumulation import appending

    found = appending(call, at.model)
    if found is None or found.is_copy or not comprehension.is_replaceable(found, at.model):
        return
    name = found.collection.id
    if found.start is None:
        plan = comprehension.layout(found, "$target.extend(", "[]", ")")
        message = f"`{name}` grows by an `append` in a loop that does nothing else"
        advice = f"Extend `{name}` by a list comprehension"
    else:
        plan = comprehension.layout(found, comprehension.opening(found), "[]", "")
        message = f"`{name}` is filled by an `append` in a loop that does nothing else"
        advice = f"Make `{name}` with a list comprehension"
    yield at.finding(
        call,
        message,
        confidence=comprehension.confidence(found),
        help=advice,
        evidence=comprehension.evidence(found),
        related=comprehension.related(found),
        fix=comprehension.fix(found, plan, advice, at.model, at.target),
    )
