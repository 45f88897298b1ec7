"""A dict is filled item by item in a loop that does nothing else.

## What it does

Finds a `for` or `async for` whose only statement, perhaps under one `if`, sets an item of a dict that is made empty
just before: the loop is a comprehension written out. When all the loop does is to take over the items of another
dict, `for key, value in other.items(): result[key] = value`, it is found for a dict that held something before, too.

The finding stands at the assignment, the line on which ruff and perflint report the same number: one
`# noqa: PERF403` serves all.

## Why it is slow

It hardly is, which is why this rule is pedantic: a comprehension sets its items with an instruction of its own and
gains a few per cent at best, within the noise of most measurements since Python 3.11. Taking over the items of
another dict is worth more: `update(other)` takes about half the time, `dict(other)` a tenth from a hundred items on.

## Example

```python
def ages(people: list[tuple[str, int]]) -> dict[str, int]:
    result = {}
    for name, age in people:
        if age:
            result[name] = age
    return result
```

## Use instead

```python
def ages(people: list[tuple[str, int]]) -> dict[str, int]:
    result = {name: age for name, age in people if age}
    return result
```

## When it stays silent

- The loop has an `else`, a second statement, or an `if` with an `else`.
- The object is not made as an empty dict: a `defaultdict`, a `Counter` or an `OrderedDict` is no dict display.
- The dict held something before, and the loop does more than to take over another dict's items: `update` with a
  comprehension takes longer than the loop.
- The loop reads the dict: in the key, the value, the condition or the iterable, or through code that sees it.
- A variable of the loop is read, deleted or declared `global` or `nonlocal` elsewhere.
- The loop awaits, yields or assigns (`:=`) in its expressions, or needs its own frame (`super()`, `locals()`, `eval`).
- It stands in a class body, whose names a comprehension cannot see.
- A handler, a `finally` or a context manager that swallows exceptions lets the function go on with the part of the
  dict that was built before an exception.
- It turns only a few times: the iterable is written out with up to eight elements.

## Fix safety

As for `manual-list-comprehension` (PERF401). A dict comprehension evaluates the key before the value, an assignment
the value before the key: where both may have an effect or raise, the fix is unsafe. Taking over items is safe for
exactly a dict; a subclass may have its own `items`.

## References

- [Dictionaries](https://docs.python.org/3/tutorial/datastructures.html#dictionaries)
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.model import Applicability, Group, Impact
from perffix.rules.rule import Context, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.model import Finding, Fix
    from perffix.semantic.containers.accumulation import Accumulation

rule = Rule(
    code="PERF403",
    name="manual-dict-comprehension",
    summary="A dict is filled item by item in a loop that does nothing else",
    help="Write the loop as a dict comprehension",
    impact=Impact.CONSTANT,
    group=Group.PEDANTIC,
    fix=Applicability.SAFE,
)


@rule.on(ast.Assign)
def detect(statement: ast.Assign, at: Context) -> Iterator[Finding]:
    """Find the setting of an item that is all that a loop does."""
    if not isinstance(statement.targets[0], ast.Subscript):
        return
    from perffix.rewrites import comprehension
    from perffix.semantic.containers.accumulation import copied_dict, item_setting

    found = item_setting(statement, at.model)
    if found is None:
        return
    other = copied_dict(found, at.model)
    if (found.start is None and other is None) or not comprehension.is_replaceable(found, at.model):
        return
    name = found.collection.id
    fix: Fix | None
    if other is not None:
        source = at.text(other)
        message = f"`{name}` gets each item of `{source}` by an assignment of its own"
        advice = f"Take over all items at once with `{_way(found, source)}`"
        known = at.model.type_of(other)
        fix = comprehension.copying_fix(found, other, known is not None and known.exact, advice, at.model)
    else:
        message = f"`{name}` is filled by an assignment in a loop that does nothing else"
        advice = f"Make `{name}` with a dict comprehension"
        plan = comprehension.layout(found, comprehension.opening(found), "{}", "")
        fix = comprehension.fix(found, plan, advice, at.model, at.target)
    yield at.finding(
        statement,
        message,
        confidence=comprehension.confidence(found),
        help=advice,
        evidence=comprehension.evidence(found),
        related=comprehension.related(found),
        fix=fix,
    )


def _way(found: Accumulation, source: str) -> str:
    return f"{found.collection.id}.update({source})" if found.start is None else f"dict({source})"
