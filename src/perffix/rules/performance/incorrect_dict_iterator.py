"""A loop over the items of a dict uses only the keys or only the values.

## What it does
Reports loops and comprehensions over `.items()` that never read the key, or never read the value. A name counts as
read when some code may see the value that this loop gives it; an earlier or later loop with the same name does not
matter.

## Why it is slow
`items()` makes or refills a tuple for each entry, and the loop takes it apart again. `values()` and the dict itself
hand out what is there.

## Example
```python
def total(prices: dict[str, int]) -> int:
    return sum(price for name, price in prices.items())
```

## Use instead
```python
def total(prices: dict[str, int]) -> int:
    return sum(price for price in prices.values())
```

## When it stays silent
- Both names are read, or none; after the loop counts, and so do `del`, closures and `locals()`.
- The name is `global`, `nonlocal`, a class attribute, or a public name of the module.
- `items` gets an argument: it is not the method of a dict.
- The object is known and no mapping.
- The object is `self` in a class that defines `items`, `keys`, `values` or `__iter__`, or that does not derive from
  a mapping: the loop may be what those methods are made of.
- The type is unknown, only values are used, and the module imports pandas, `xml.etree` or another library whose
  objects have `items()` but no method `values()`.

## Fix safety
Where the loop looks up the value by its key, `prices[name]`, the value of the loop is what it should read: that is left
to you. Else the fix is safe for a local name that is proved to hold a plain dict (or Counter, defaultdict,
OrderedDict). It is unsafe where only an annotation or nothing tells the class, for attributes and global names, and
where the unused half is taken apart, because unpacking may raise.

## References
- [Dictionary view objects](https://docs.python.org/3/library/stdtypes.html#dict-views)
- [ruff: PERF102](https://docs.astral.sh/ruff/rules/incorrect-dict-iterator/)
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.model import Applicability, Code, Confidence, Fix, Impact, NodeRef, Replace
from perffix.rules.rule import Context, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.model import Finding

rule = Rule(
    code="PERF102",
    name="incorrect-dict-iterator",
    summary="A loop over `items()` uses only the keys or only the values",
    help="Loop over the dict itself for its keys, over `values()` for its values",
    impact=Impact.CONSTANT,
    fix=Applicability.SAFE,
    names=("items",),
)

_MAPPINGS = ("dict", "collections.abc.Mapping", "collections.abc.MutableMapping")
_MAPPING_BASES = (*_MAPPINGS[1:], "builtins.dict", "collections.UserDict", "collections.OrderedDict")
_ITERATION_METHODS = ("items", "keys", "values", "__iter__")
# Their objects have `items()`, but `values` is an attribute or not there.
_WITHOUT_VALUES = frozenset({"pandas", "geopandas", "modin", "cudf", "dask", "pyspark", "xml", "defusedxml"})


@rule.on(ast.For, ast.comprehension)
def detect(loop: ast.For | ast.comprehension, at: Context) -> Iterator[Finding]:
    """Find loops over items of which one half is never read."""
    target, call = loop.target, loop.iter
    mapping = _whose_items(call)
    if mapping is None or not isinstance(target, (ast.Tuple, ast.List)) or len(target.elts) != 2:
        return
    key, value = target.elts
    if isinstance(key, ast.Starred) or isinstance(value, ast.Starred):
        return
    key_is_unused = _is_unused(key, at)
    if key_is_unused == _is_unused(value, at):
        return
    confidence = _confidence(mapping, key_is_unused, at)
    if confidence is None:
        return
    unused, used, half = (key, value, "values") if key_is_unused else (value, key, "keys")
    safe = isinstance(unused, ast.Name) and _is_plain_dict(mapping, at) and not _is_in_module(unused, at)
    text = "$mapping" if safe and half == "keys" else f"$mapping.{half}()"
    advice = f"Loop over the {half} alone"
    fix = Fix(
        Applicability.SAFE if safe else Applicability.UNSAFE,
        f"Loop over `{text.replace('$mapping', at.text(mapping, 40))}`",
        (
            Replace(NodeRef.of(target), Code("$used", {"used": NodeRef.of(used)})),
            Replace(NodeRef.of(call), Code(text, {"mapping": NodeRef.of(mapping)})),
        ),
    )
    if half == "keys" and (looked_up := _value_looked_up(loop, mapping, key, at)) is not None:
        advice = f"Take the value from the loop instead of looking up `{at.text(looked_up)}`"
        fix = Fix(Applicability.DISPLAY, advice)
    yield at.finding(
        call,
        f"The loop over `{at.text(call)}` never reads `{at.text(unused)}`",
        confidence=confidence,
        help=advice,
        fix=fix,
    )


def _value_looked_up(
    loop: ast.For | ast.comprehension, mapping: ast.expr, key: ast.expr, at: Context
) -> ast.Subscript | None:
    """Return the expression that looks up the value, `mapping[key]`, where the loop reads it so."""
    around = loop if isinstance(loop, ast.For) else at.model.parent(loop)
    assert around is not None
    for node in ast.walk(around):
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load) and isinstance(key, ast.Name):
            same = isinstance(node.slice, ast.Name) and node.slice.id == key.id
            if same and ast.dump(node.value) == ast.dump(mapping):
                return node
    return None


def _whose_items(expr: ast.expr) -> ast.expr | None:
    """Return the object on which an expression calls `items()`."""
    if isinstance(expr, ast.Call) and not expr.args and not expr.keywords and isinstance(expr.func, ast.Attribute):
        return expr.func.value if expr.func.attr == "items" else None
    return None


def _is_unused(half: ast.expr, at: Context) -> bool:
    """Tell whether no code can see what the loop gives to one half of its target."""
    if isinstance(half, (ast.Tuple, ast.List)):
        return all(_is_unused(each.value if isinstance(each, ast.Starred) else each, at) for each in half.elts)
    if not isinstance(half, ast.Name):
        return False
    if not _is_in_module(half, at):
        return not at.model.liveness.may_be_read(half)
    binding = at.model.binding_of(half)
    return half.id.startswith("_") and binding is not None and not binding.uses and binding.single is not None


def _is_in_module(name: ast.Name, at: Context) -> bool:
    from perffix.semantic.walk import ScopeKind

    return at.model.scopes.scope_of(name).kind is ScopeKind.MODULE


def _is_plain_dict(mapping: ast.expr, at: Context) -> bool:
    """Tell whether an object was made here as a dict of a class whose methods are those of dict."""
    from perffix.semantic.types import base_name

    known = at.model.type_of(mapping)
    if known is None or not known.exact or known.optional or base_name(known.name) != "dict":
        return False
    binding = at.model.binding_of(mapping)
    if binding is None:
        return at.model.effects.makes_new_object(mapping)
    return at.model.effects.aliases.is_given_or_made_here(binding)


def _confidence(mapping: ast.expr, wants_values: bool, at: Context) -> Confidence | None:
    """Return how sure it is that an object with `items()` has the other two methods of a mapping."""
    from perffix.semantic.types import base_name

    model = at.model
    known = model.type_of(mapping)
    if known is not None:
        return Confidence.HIGH if base_name(known.name) in _MAPPINGS else None
    if isinstance(mapping, ast.Call) and model.names.is_builtin(mapping.func, "super"):
        return None
    owner = model.scopes.class_of_self(mapping) if isinstance(mapping, ast.Name) else None
    if owner is not None:
        bases = getattr(owner.node, "bases", ())
        inherits = any(model.qualified_name(base) in _MAPPING_BASES for base in bases)
        return Confidence.MEDIUM if inherits and owner.names.keys().isdisjoint(_ITERATION_METHODS) else None
    may_lack_values = wants_values and not model.imports.packages.isdisjoint(_WITHOUT_VALUES)
    return None if may_lack_values else Confidence.MEDIUM
