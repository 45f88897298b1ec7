"""A list is taken from at its front, again and again.

## What it does

Reports `xs.pop(0)` and `del xs[0]` on what is known to be a list, where that happens many times to one list: in a
loop that does not make the list anew, or on an attribute or module-level list that is filled at its end in one
place and emptied at its front in another. One list is one finding, at the first of its places.

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
- A test just before finds the list to be short: `if len(xs) == 2:`, `if len(xs) > 2: raise ...`.
- The loop runs a few times only, or a guard picks out single turns of it.
- An element is put in and taken out in the same breath, so that the list keeps its length.
- The loop also puts elements into the middle: that moves others just as much, and a deque is no faster at it.
- The function is compiled by numba, which knows no deque.

## Fix safety

The fix makes the list a deque and rewrites every use of it. It is safe when the list is a local variable that never
leaves its function and everything that is done to it means the same for a deque: `append`, `extend`, `pop`, `len`,
`in`, its truth, iteration that does not change it, its first and last element. It is unsafe for attributes and
module-level lists, for a list that is returned (a copy is returned then), and where a nested function uses it. A list
that is sliced, sorted, compared, formatted or handed to other code is left to you, with the reason.

A loop `for _ in range(n)` or `while len(xs) > n` that does nothing but drop first elements becomes one `del` of a
slice: unsafe, since a negative number, or one beyond the length, means something else there.

## References

- [TimeComplexity](https://wiki.python.org/moin/TimeComplexity)
- [collections.deque](https://docs.python.org/3/library/collections.html#collections.deque)
"""

from __future__ import annotations

import ast
from itertools import islice
from typing import TYPE_CHECKING

from perffix.model import Applicability, Confidence, Impact, Related, Span
from perffix.rules.rule import Context, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.model import Finding
    from perffix.semantic.containers.queues import Queue

rule = Rule(
    code="PERF504",
    name="list-pop-front",
    summary="A list is taken from at its front, again and again",
    help="Use a `collections.deque`: its `popleft()` moves nothing",
    impact=Impact.ASYMPTOTIC,
    fix=Applicability.SAFE,
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
    from perffix.rewrites.dropped_front import dropping_fix
    from perffix.rewrites.queue_as_deque import deque_fix
    from perffix.semantic.containers.queues import why_list

    model = at.model
    binding = model.binding_of(taken)
    if binding is None or model.is_compiled(node):
        return
    queue = model.queues.queue_of(binding)
    because = why_list(taken, queue, model)
    where = None if because is None else _where_it_costs(node, taken, queue, at)
    if where is None:
        return
    dropped = dropping_fix(node, queue, model)
    takes = iter(()) if dropped is not None else _takes_for_a_deque(queue, at)
    if next(takes, node) is not node:
        return  # one finding for one list
    name = at.text(taken)
    related = [Related(Span.of(each), "it loses its first element here, too") for each in islice(takes, 3)]
    puts = [put for put in queue.back_puts if isinstance(put, ast.expr)]
    related += [Related(Span.of(put), "elements are put in here") for put in puts[:3]]
    sure = model.type_here(taken) is not None and model.working_loops(node, binding)
    yield at.finding(
        node,
        f"`{name}` loses its first element {where}, which moves all others",
        confidence=Confidence.HIGH if sure else Confidence.MEDIUM,
        help=None if dropped is None else f"Drop the elements together: `del {name}[:count]`",
        evidence=[f"`{name}` is a list: {because}"],
        related=related,
        fix=dropped or deque_fix(queue, node, model),
    )


def _takes_for_a_deque(queue: Queue, at: Context) -> Iterator[ast.expr]:
    """Yield the places of a list where the first element is taken out and a deque is the remedy."""
    from perffix.rewrites.dropped_front import dropping_fix
    from perffix.semantic.containers.queues import taken_from_front, why_list

    for each in queue.front_takes:
        taken = taken_from_front(each)
        if taken is None or why_list(taken, queue, at.model) is None or _where_it_costs(each, taken, queue, at) is None:
            continue
        if dropping_fix(each, queue, at.model) is None:
            yield each


def _where_it_costs(node: ast.expr, taken: ast.expr, queue: Queue, at: Context) -> str | None:
    """Return the phrase that says when a list loses its first element many times, or None where it may not."""
    from perffix.semantic.containers.queues import is_filled_elsewhere, is_moved_anyway

    model, binding, lengths = at.model, queue.binding, at.model.lengths
    if model.starts_short_here(taken, binding) and not lengths.is_added_to(binding):
        return None
    if lengths.is_capped_at(node, binding) or lengths.is_checked_short(node, binding):
        return None
    loops = model.working_loops(node, binding)
    if loops and is_moved_anyway(queue, loops[-1], model):
        return None
    if loops:
        return f"in every turn of the loop at line {model.line_of(loops[-1])}"
    if not binding.is_local and is_filled_elsewhere(queue, node, model):
        return "although it is filled at its end"
    return None
