"""A list grows at its front, again and again.

## What it does

Reports `xs.insert(0, x)` on what is known to be a list, where that happens many times to one list: in a loop that
does not make the list anew, or on an attribute or module-level list that is filled at its front in one place and
emptied at its end in another. One list is one finding, at the first of its places.

## Why it is slow

A list keeps its elements side by side. Putting one in at the front moves all others up by one place, so n insertions
take time that grows with the square of n. Appending in the loop and one `reverse()` after it gives the same list in
a single pass; a `collections.deque` takes elements at either end.

## Example

```python
def path_to(node, parent_of):
    path = []
    while node is not None:
        path.insert(0, node)
        node = parent_of[node]
    return path
```

## Use instead

```python
def path_to(node, parent_of):
    path = []
    while node is not None:
        path.append(node)
        node = parent_of[node]
    path.reverse()
    return path
```

## When it stays silent

- The object is not proved to be a list; `sys.path` and other lists of other modules are never.
- The list is made anew in each turn, or the loop is left right after.
- The loop runs a few times only, goes over the parts of one line, or a guard picks out single turns of it.
- A test just before finds the list to be short: `if len(xs) < 5: xs.insert(0, x)`.
- The element comes out of the same list, which keeps its length: `xs.insert(0, xs.pop())`, or `xs.remove(x)` before.
- The loop takes a path apart: `while path: path, name = os.path.split(path)`.
- The function is compiled by numba, which knows no deque.

## Fix safety

Where the list starts empty or with one element just before the loop and the loop does nothing else with it, the fix
appends and reverses after the loop. It is safe for a local list that nothing can see half-built, unsafe otherwise.
Else the fix makes the list a deque and rewrites every use of it, as for list-pop-front: safe when the list never
leaves the function and every use means the same for a deque, unsafe for attributes, module-level and returned lists.
A list that is sliced, sorted, formatted or handed to other code is left to you, with the reason.

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
    code="PERF505",
    name="list-insert-front",
    summary="A list grows at its front, again and again",
    help="Append in the loop and `reverse()` after it, or use a `collections.deque` and its `appendleft()`",
    impact=Impact.ASYMPTOTIC,
    fix=Applicability.SAFE,
)

_REVERSE = "Append in the loop and `reverse()` after it"
_DEQUE = "Use a `collections.deque`: its `appendleft()` moves nothing"


@rule.on_call("insert")
def detect(call: ast.Call, at: Context) -> Iterator[Finding]:
    """Find `xs.insert(0, x)`."""
    from perffix.rewrites.append_and_reverse import reversal_fix
    from perffix.rewrites.queue_as_deque import deque_fix
    from perffix.semantic.containers.queues import put_at_front

    put = put_at_front(call)
    if put is None:
        return
    model = at.model
    known, binding = model.type_of(put), model.binding_of(put)
    if known is None or known.name != "list" or binding is None or model.is_compiled(call):
        return
    queue = model.queues.queue_of(binding)
    where = _where_it_costs(call, queue, at)
    if where is None:
        return
    calls = (each for each in queue.front_puts if _where_it_costs(each, queue, at) is not None)
    if next(calls) is not call:
        return  # one finding for one list
    loops = model.working_loops(call, binding)
    fix = None
    if loops and not queue.front_takes:
        fix = reversal_fix(queue, loops[-1], model)
    advice = _REVERSE
    if fix is None:
        fix = deque_fix(queue, call, model)
        advice = rule.help if fix.applicability is Applicability.DISPLAY and loops else _DEQUE
    name = at.text(put)
    known = model.type_here(put) or known
    related = [Related(Span.of(each), "it gets a new first element here, too") for each in islice(calls, 3)]
    related += [Related(Span.of(taken), "elements are taken out here") for taken in queue.back_takes[:3]]
    yield at.finding(
        call,
        f"`{name}` gets a new first element {where}, which moves all others",
        confidence=Confidence.HIGH if loops else Confidence.MEDIUM,
        help=advice,
        evidence=[f"`{name}` is a list: {known.because}"],
        related=related,
        fix=fix,
    )


def _where_it_costs(call: ast.Call, queue: Queue, at: Context) -> str | None:
    """Return the phrase that says when a list gets a first element many times, or None where it may not."""
    model, binding = at.model, queue.binding
    if any(model.binding_of(node) is binding for node in ast.walk(call.args[1]) if isinstance(node, ast.expr)):
        return None  # it only changes places
    removed = [model.statement_of(use.node) for use in queue.others if use.detail == "remove"]
    if any(each in model.block_of(model.statement_of(call)) for each in removed):
        return None  # the same in two steps
    if model.lengths.is_checked_short(call, binding):
        return None
    loops = model.working_loops(call, binding)
    if loops:
        return f"in every turn of the loop at line {model.line_of(loops[-1])}"
    return "although it is emptied at its end" if not binding.is_local and queue.back_takes else None
