"""A list is taken from at its front, again and again.

## What it does

Reports `xs.pop(0)` and `del xs[0]` on what is known to be a list, where that happens many times to one list: in a
loop that does not make the list anew, or on an attribute or module-level list that is filled at its end in one
place and emptied at its front in another.

## Why it is slow

A list keeps its elements side by side. Taking away the first one moves all others down by one place, so emptying a
list of n elements from its front takes time that grows with the square of n. `collections.deque` takes an element
from either end in the same short time, however long it is.

## Example

```python
def visit(start, neighbours):
    queue = [start]
    seen = {start}
    while queue:
        node = queue.pop(0)
        for other in neighbours[node]:
            if other not in seen:
                seen.add(other)
                queue.append(other)
    return seen
```

## Use instead

```python
from collections import deque


def visit(start, neighbours):
    queue = deque([start])
    seen = {start}
    while queue:
        node = queue.popleft()
        for other in neighbours[node]:
            if other not in seen:
                seen.add(other)
                queue.append(other)
    return seen
```

## When it stays silent

- The object is not proved to be a list.
- The list is made anew in each turn, or the loop is left right after.
- The list is short: written out with up to eight elements and never added to, the parts of one line, or
  command-line arguments.
- `if len(xs) > 20: xs.pop(0)` keeps the list short; up to a hundred elements nothing is to be gained.
- The loop runs a few times only, or a guard picks out single turns of it.
- An element is put in and taken out in the same breath, so that the list keeps its length.
- The function is compiled by numba, which knows no deque.

## Fix safety

The fix makes the list a deque and rewrites every use of it. It is safe when the list is a local variable that never
leaves its function and everything that is done to it means the same for a deque: `append`, `extend`, `pop`, `len`,
`in`, its truth, iteration that does not change it, its first and last element. It is unsafe for attributes and
module-level lists, for a list that is returned (a copy is returned then), and where a nested function uses it. A list
that is sliced, sorted, compared, formatted or handed to other code is left to you, with the reason.

## References

- [TimeComplexity](https://wiki.python.org/moin/TimeComplexity)
- [collections.deque](https://docs.python.org/3/library/collections.html#collections.deque)
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.model import Applicability, Confidence, Impact, Related, Span
from perffix.rules.rule import Context, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.model import Finding

rule = Rule(
    code="PERF504",
    name="list-pop-front",
    summary="A list is taken from at its front, again and again",
    help="Use a `collections.deque`: its `popleft()` moves nothing",
    impact=Impact.ASYMPTOTIC,
    fix=Applicability.SAFE,
    needs=("pop", "del"),
)


@rule.on_call("pop")
def detect_pop(call: ast.Call, at: Context) -> Iterator[Finding]:
    """Find `xs.pop(0)`."""
    from perffix.semantic.containers.queues import taken_from_front

    taken = taken_from_front(call)
    if taken is not None:
        yield from _check(call, taken, at)


@rule.on(ast.Delete)
def detect_delete(statement: ast.Delete, at: Context) -> Iterator[Finding]:
    """Find `del xs[0]`."""
    from perffix.semantic.containers.queues import taken_from_front

    for target in statement.targets:
        taken = taken_from_front(target)
        if taken is not None:
            yield from _check(target, taken, at)


def _check(node: ast.expr, taken: ast.expr, at: Context) -> Iterator[Finding]:
    from perffix.rewrites.queue_as_deque import deque_fix
    from perffix.semantic.containers.queues import is_filled_elsewhere, why_list

    model = at.model
    binding = model.binding_of(taken)
    if binding is None or model.is_compiled(node):
        return
    queue = model.queues.queue_of(binding)
    because = why_list(taken, queue, model)
    if because is None:
        return
    lengths = model.lengths
    if (lengths.starts_short(binding) and not lengths.is_added_to(binding)) or lengths.is_capped_at(node, binding):
        return
    name = at.text(taken)
    loops = model.working_loops(node, binding)
    if loops:
        where = f"in every turn of the loop at line {model.line_of(loops[-1])}"
        confidence = Confidence.HIGH if model.type_of(taken) is not None else Confidence.MEDIUM
    elif not binding.is_local and is_filled_elsewhere(queue, node, model):
        where = "although it is filled at its end"
        confidence = Confidence.MEDIUM
    else:
        return
    puts = [put for put in queue.back_puts if isinstance(put, ast.expr)]
    yield at.finding(
        node,
        f"`{name}` loses its first element {where}, which moves all others",
        confidence=confidence,
        evidence=[f"`{name}` is a list: {because}"],
        related=[Related(Span.of(put), "elements are put in here") for put in puts[:3]],
        fix=deque_fix(queue, node, at.model),
    )
