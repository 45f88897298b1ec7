"""A loop copies a collection into a list or tuple only to iterate over the copy.

## What it does
Reports `for x in list(y)` and `for x in tuple(y)`, in statements and comprehensions, where `y` is proved to be a
collection that the loop does not change: a list, tuple, set, dict, str, deque, a view of a dict, or a collection
that the argument makes on the spot, such as `sorted(...)` or `line.split()`.

## Why it is slow
The copy is made in full before the first turn, also when the loop leaves early, and lives as long as the loop.

## Example
```python
def longest(words: list[str]) -> int:
    best = 0
    for word in list(words):
        best = max(best, len(word))
    return best
```

## Use instead
```python
def longest(words: list[str]) -> int:
    best = 0
    for word in words:
        best = max(best, len(word))
    return best
```

## When it stays silent
- The loop changes the collection, or may: under another name, through a function that gets it, through any
  unknown call while others hold the collection.
- The loop awaits or yields while others hold the collection, or takes from another iterator, which may be a
  generator that changes it.
- A nested function changes the collection: any operator of the loop may be what calls it.
- The collection is an attribute or a global name and can change: methods, signals and threads reach it too.
- A dict that may be a defaultdict is read by key: that adds keys.
- A generator expression takes from a collection that may change before it is used up.
- The argument is an iterator, a generator or of unknown type: a copy runs it to its end first.
- `list` or `tuple` is not the builtin.

## Fix safety
The fix is safe: it is offered only where nothing can change the collection while the loop runs.

## References
- [Iterating over a copy](https://docs.python.org/3/tutorial/controlflow.html#for-statements)
- [ruff: PERF101](https://docs.astral.sh/ruff/rules/unnecessary-list-cast/)
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.model import Applicability, Code, Fix, Impact, NodeRef, Replace
from perffix.rules.rule import Context, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from perffix.model import Finding
    from perffix.semantic.scopes import Binding

rule = Rule(
    code="PERF101",
    name="unnecessary-list-cast",
    summary="A collection is copied only to loop over the copy",
    help="Loop over the collection itself",
    impact=Impact.MEMORY,
    fix=Applicability.SAFE,
    names=("list", "tuple"),
)

_FIXED = ("tuple", "str", "bytes", "frozenset", "range")
_CHANGING = ("list", "set", "dict", "bytearray", "collections.deque")
_VIEWS = ("dict_items", "dict_keys", "dict_values")
_ITERATE_FIRST = (
    "all",
    "any",
    "bytearray",
    "bytes",
    "dict",
    "enumerate",
    "frozenset",
    "list",
    "set",
    "sorted",
    "sum",
    "tuple",
)


@rule.on(ast.For, ast.comprehension)
def detect(loop: ast.For | ast.comprehension, at: Context) -> Iterator[Finding]:
    """Find loops over a needless copy."""
    copy = loop.iter
    source = _copied(copy, loop, at)
    if source is None:
        return
    while (inner := _copied(source, loop, at)) is not None:  # a copy of a copy
        source = inner
    known = at.model.type_of(source)
    assert known is not None
    kind = "view of a dict" if known.name in _VIEWS else known.name.rpartition(".")[2]
    yield at.finding(
        copy,
        f"`{at.text(copy)}` copies a {kind} that the loop does not change",
        evidence=[f"`{at.text(source)}` is a {kind}" + (f" ({known.because})" if known.because else "")],
        fix=Fix(
            Applicability.SAFE,
            f"Loop over `{at.text(source)}` itself",
            (Replace(NodeRef.of(copy), Code("$source", {"source": NodeRef.of(source)})),),
        ),
    )


def _copied(expr: ast.expr, loop: ast.For | ast.comprehension, at: Context) -> ast.expr | None:
    """Return what a call of `list` or `tuple` copies, if the loop could take it as it is."""
    if not isinstance(expr, ast.Call) or len(expr.args) != 1 or expr.keywords or isinstance(expr.args[0], ast.Starred):
        return None
    if not at.model.names.is_builtin(expr.func, "list", "tuple"):
        return None
    return expr.args[0] if _may_be_iterated_in_place(expr.args[0], loop, at) else None


def _may_be_iterated_in_place(source: ast.expr, loop: ast.For | ast.comprehension, at: Context) -> bool:
    from perffix.semantic.types import base_name

    known = at.model.type_of(source)
    if known is None or known.name in _FIXED:
        return known is not None
    if known.name in _VIEWS and isinstance(source, ast.Call) and isinstance(source.func, ast.Attribute):
        source = source.func.value
    elif base_name(known.name) not in _CHANGING:
        return False
    return at.model.effects.makes_new_object(source) or _stays_the_same(source, loop, at)


def _stays_the_same(source: ast.expr, loop: ast.For | ast.comprehension, at: Context) -> bool:
    """Tell whether nothing can change a named collection from the first turn of the loop to the last."""
    region = _region(loop, at)
    binding = at.model.binding_of(source) if isinstance(source, ast.Name) else None
    if region is None or binding is None or not binding.is_local:
        return False
    effects = at.model.effects
    if effects.mutates(region, binding) is not False or at.model.liveness.sees_all_names(binding.scope):
        return False
    if not effects.is_shared(binding):
        return True
    return not (_is_changed_by_functions(binding, at) or _runs_unseen_code(region, binding, at))


def _is_changed_by_functions(binding: Binding, at: Context) -> bool:
    """Tell whether a nested function may change a collection: each operator of the loop may be what calls it."""
    from perffix.semantic.walk import ScopeKind

    for use in binding.uses:
        scope = at.model.scopes.scope_of(use)
        while scope.kind is ScopeKind.COMPREHENSION and scope.parent is not None:
            scope = scope.parent
        if scope is not binding.scope and at.model.effects.mutates((scope.node,), binding) is not False:
            return True
    return False


def _region(loop: ast.For | ast.comprehension, at: Context) -> Sequence[ast.AST] | None:
    """Return what runs between two elements: of a comprehension all of it, of a generator anything."""
    from perffix.semantic.effects import loop_region

    if not isinstance(loop, ast.comprehension):
        return loop_region(loop)
    around = at.model.parent(loop)
    return None if around is None or isinstance(around, ast.GeneratorExp) else (around,)


def _runs_unseen_code(region: Sequence[ast.AST], binding: Binding, at: Context) -> bool:
    """Tell whether a region may reach a shared collection by setters, context managers, generators or `__missing__`."""
    from perffix.semantic.loops import own_nodes
    from perffix.semantic.types import base_name

    known = at.model.types.type_of_binding(binding)
    adds_keys_when_read = known is not None and base_name(known.name) == "dict" and not known.exact
    for node in own_nodes(region):
        if isinstance(node, (ast.With, ast.AsyncWith, ast.Import, ast.ImportFrom)):
            return True
        if isinstance(node, (ast.Attribute, ast.Subscript)) and not isinstance(node.ctx, ast.Load):
            return True
        if adds_keys_when_read and isinstance(node, ast.Subscript):
            return True
        if any(not _iterates_without_code(each, at) for each in _iterated(node, at)):
            return True
    return False


def _iterated(node: ast.AST, at: Context) -> Sequence[ast.expr]:
    """Return the expressions that a node iterates over."""
    if isinstance(node, (ast.For, ast.comprehension)):
        return (node.iter,)
    if isinstance(node, ast.Starred):
        return (node.value,)
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], (ast.Tuple, ast.List)):
        return () if isinstance(node.value, (ast.Tuple, ast.List)) else (node.value,)
    if not isinstance(node, ast.Call):
        return ()
    if at.model.names.is_builtin(node.func, *_ITERATE_FIRST):
        return node.args[:1]
    all_of_one = len(node.args) == 1 and at.model.names.is_builtin(node.func, "max", "min")
    return node.args if all_of_one or at.model.names.is_builtin(node.func, "zip") else ()


def _iterates_without_code(expr: ast.expr, at: Context) -> bool:
    from perffix.semantic.types import base_name

    if isinstance(expr, (ast.GeneratorExp, ast.Starred)):  # what it iterates is looked at by itself
        return True
    known = at.model.type_of(expr)
    return known is not None and (known.name in (*_VIEWS, *_FIXED) or base_name(known.name) in _CHANGING)
