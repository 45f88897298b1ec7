"""A list is searched with `in` in every turn of a loop.

## What it does

Reports `x in xs` and `x not in xs` in a loop, where `xs` is known to be a list (or another sequence that is searched
element by element), stays the same object in the loop, and holds what can be hashed. It also reports a list of what
was seen, to which the loop itself appends, and `x in list(d)`.

## Why it is slow

A list compares one element after the other, a set looks in one place. With n elements and n turns that is the
square of n comparisons against n look-ups; from ten elements on the set wins, the time to make it included.

## Example

```python
def known_first(names: list[str], known: list[str]) -> list[str]:
    return [name for name in names if name in known]
```

## Use instead

```python
def known_first(names: list[str], known: list[str]) -> list[str]:
    known_set = set(known)
    return [name for name in names if name in known_set]
```

## When it stays silent

- The object is not proved to be a list, a sequence or a tuple of unknown length.
- The list is written out with up to eight elements, holds the parts of one line, or is found to be short by a test
  before: `len(xs) == 3 and ...`.
- The list is made anew in each turn, or the loop may change it in another way than by `append`.
- Unknown code that the loop calls might change it: a parameter, an attribute, a global list.
- Nothing says that the elements can be hashed, or the search stands where a `TypeError` is handled, as for values that
  cannot.
- The loop only looks for a free name: `while name in names`.

## Fix safety

Where the list is a local variable and only searched and appended to, it becomes a set; else a set is made of it
before the outermost loop in which it stays the same. Both are safe when the elements and all looked-up values are
proved to be of plain types (`str`, `int`, `bytes`, `bool`, `float`, None, tuples of those), which are equal just when
their hashes and values are; with other types the rewrite is unsafe, as they may not be hashable. A set beside a list
that grows in the loop is left to you.

## References

- [TimeComplexity](https://wiki.python.org/moin/TimeComplexity)
- [Set types](https://docs.python.org/3/library/stdtypes.html#set-types-set-frozenset)
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.model import Applicability, Code, Confidence, Fix, Impact, NodeRef, Related, Replace, Span
from perffix.rules.rule import Context, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from perffix.model import Finding
    from perffix.semantic.containers.searches import Search
    from perffix.semantic.scopes import Binding
    from perffix.semantic.types import Type

    # The first search, why its values can be hashed, and the further comparisons that the same set serves.
    _Group = tuple[Search, str, list[ast.Compare]]

rule = Rule(
    code="PERF503",
    name="membership-in-list",
    summary="A list is searched in every turn of a loop",
    help="Search a set: make one before the loop, or use one from the start",
    impact=Impact.ASYMPTOTIC,
    fix=Applicability.SAFE,
    in_loops=True,
)

_SEQUENCES = ("list", "collections.abc.Sequence", "collections.abc.MutableSequence")
_KEYED = ("dict", "dict_keys", "set", "frozenset", "collections.defaultdict", "collections.Counter")


_TESTS = (ast.In, ast.NotIn)
_CONTAINERS = (ast.Name, ast.Attribute, ast.Call)


@rule.on_all(ast.Compare)
def detect(comparisons: Sequence[ast.Compare], at: Context) -> Iterator[Finding]:
    """Find `x in xs` in loops; of several in one loop the first."""
    for compare in comparisons:
        if compare.ops[0].__class__ not in _TESTS or compare.comparators[0].__class__ not in _CONTAINERS:
            continue  # nearly all
        if len(compare.ops) == 1 and at.model.loops.innermost(compare) is not None:
            yield from _check(compare, at)


def _check(compare: ast.Compare, at: Context) -> Iterator[Finding]:
    model, container = at.model, compare.comparators[0]
    if isinstance(container, ast.Call):
        yield from _check_copy(compare, container, at)
        return

    from perffix.rewrites.list_as_set import set_fix
    from perffix.semantic.containers.hashability import is_plain

    binding, known = model.binding_of(container), model.type_of(container)
    if binding is None or known is None or not _is_sequence(known) or model.is_compiled(compare):
        return
    found = model.searches.groups_of(binding, lambda: _groups(binding, at)).get(compare)
    if found is None:
        return
    search, hashable, others = found
    name = at.text(container)
    because = (model.type_here(container) or known).because
    proved = known.name == "list" and is_plain(known.element)
    growing = ", to which the loop appends," if search.grows else ""
    yield at.finding(
        compare,
        f"`{name}`{growing} is searched from its start in every turn of the loop at line {model.line_of(search.loop)}",
        confidence=Confidence.HIGH if proved else Confidence.MEDIUM,
        evidence=[f"`{name}` is a {known.name.rpartition('.')[2]}: {because}", hashable],
        related=[Related(Span.of(each), "it is searched here, too") for each in (*search.tests[1:], *others)[:3]],
        fix=set_fix(search, others, model),
    )


def _groups(binding: Binding, at: Context) -> dict[ast.Compare, _Group]:
    """Return the searches of a list: the first of those that one set would serve, with the others."""
    from perffix.rewrites.list_as_set import may_be_a_set, set_fix
    from perffix.semantic.containers.searches import searches_after
    from perffix.semantic.uses import UseKind

    left: dict[ast.Compare, tuple[Search, str]] = {}
    for use in at.model.uses.uses_of(binding):
        test = use.user
        if use.kind is UseKind.CONTAINER and isinstance(test, ast.Compare):
            found = _search_at(test, use.node, binding, at)
            if found is not None:
                left[test] = found
    groups: dict[ast.Compare, _Group] = {}
    while left:
        first = next(iter(left))
        search, hashable = left.pop(first)
        if may_be_a_set(binding, at.model):
            served = list(left)
        else:
            safe = set_fix(search, (), at.model).applicability is Applicability.SAFE
            others = [test for test, (other, _) in left.items() if not other.grows]
            served = searches_after(search, others, at.model, surely=safe)
        for test in served:
            del left[test]
        groups[first] = (search, hashable, served)
    return groups


def _search_at(compare: ast.Compare, container: ast.expr, binding: Binding, at: Context) -> tuple[Search, str] | None:
    """Return the search that begins with a comparison, and why the values are hashable; None when it is none."""
    from perffix.semantic.containers.hashability import why_hashable
    from perffix.semantic.containers.searches import search_of

    model = at.model
    if model.loops.innermost(compare) is None or _stands_in_for_a_set(compare, at):
        return None
    if model.lengths.stays_short(container) or model.lengths.is_checked_short(compare, binding):
        return None
    search = search_of(compare, binding, model)
    if search is None or search.tests[0] is not compare:
        return None
    hashable = why_hashable(container, compare.left, model)
    return None if hashable is None else (search, hashable)


def _stands_in_for_a_set(compare: ast.Compare, at: Context) -> bool:
    """Tell whether the search is what code falls back upon when a value cannot be hashed."""
    caught = (each.type for each in at.model.ancestors(compare) if isinstance(each, ast.ExceptHandler))
    names = (name for kind in caught for name in (kind.elts if isinstance(kind, ast.Tuple) else (kind,)))
    return any(name is not None and at.model.names.is_builtin(name, "TypeError") for name in names)


def _is_sequence(known: Type) -> bool:
    return known.name in _SEQUENCES or (known.name == "tuple" and known.homogeneous and "`*" not in known.because)


def _check_copy(compare: ast.Compare, copy: ast.Call, at: Context) -> Iterator[Finding]:
    """Find `x in list(d)`: the dictionary or set itself finds x at once."""
    from perffix.semantic.containers.hashability import is_plain

    if len(copy.args) != 1 or copy.keywords or not at.model.names.is_builtin(copy.func, "list", "tuple", "sorted"):
        return
    source = copy.args[0]
    known = at.model.type_of(source)
    if known is None or known.name not in _KEYED or known.optional:
        return
    name = at.text(source)
    fix = Fix(
        Applicability.SAFE,
        f"Search `{name}` itself",
        (Replace(NodeRef.of(copy), Code("$source", {"source": NodeRef.of(source)})),),
    )
    if not known.exact or not is_plain(at.model.type_of(compare.left)):
        fix = fix.lowered(Applicability.UNSAFE, f"`{at.text(compare.left, 40)}` may not be hashable")
    if at.model.names.is_builtin(copy.func, "sorted") and not is_plain(known.element):
        fix = fix.lowered(Applicability.UNSAFE, "what cannot be sorted raises an exception now")
    yield at.finding(
        compare,
        f"`{name}` is copied and the copy searched in every turn of a loop",
        help=f"Search `{name}` itself",
        evidence=[f"`{name}` is a {known.name}: {known.because}"],
        fix=fix,
    )
