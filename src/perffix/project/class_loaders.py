"""Classes that a project asks a loader for by their names: `get_class("order.managers", "LineManager")`.

Oscar loads most of its classes so, to let a shop put its own in their place: first a module of the shop is asked, then
Oscar's own one. Source: Oscar's documentation, "Dynamic class loading explained".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.project.index import Class, External, Function
from perffix.project.summaries.terms import Call, Display, Item, Literal, Named

if TYPE_CHECKING:
    from perffix.project.index import Index, Value
    from perffix.project.summaries.terms import Body, Ref

_LOADERS = frozenset({"oscar.core.loading.get_class", "oscar.core.loading.get_classes"})


def loaded_by_name(index: Index, held: Value) -> Class | Function | None:
    """Return the class or function that a loader gives a name at module level.

    Args:
        index: the modules.
        held: what the name holds.

    Returns:
        The class or function; None where no loader is asked, where its arguments are computed, and where not exactly
        one is to be found in the project.
    """
    term = held.body.entries[held.refs[0]].term
    number = None
    if isinstance(term, Item):  # one of several: `Order, Line = get_classes("order.models", ["Order", "Line"])`
        key = held.body.entries[term.key].term
        number = key.value if isinstance(key, Literal) else None
        term = held.body.entries[term.value].term
    if not isinstance(term, Call) or len(held.refs) > 1 or len(term.arguments) < 2:
        return None
    called = held.body.entries[term.function].term
    if not isinstance(called, Named) or not called.name.endswith(("get_class", "get_classes")):
        return None
    if not _is_loader(index, called.name, held):
        return None
    label, name = _text(held.body, term.arguments[0]), _name(held.body, term.arguments[1], number)
    return None if label is None or name is None else _the_only(index, label, name)


def _is_loader(index: Index, name: str, held: Value) -> bool:
    definition, rest = index.resolve(name, held.module)
    if isinstance(definition, Function):
        return f"{definition.module.name}.{definition.qualname}" in _LOADERS
    return isinstance(definition, External) and definition.name in _LOADERS and not rest


def _the_only(index: Index, label: str, name: str) -> Class | Function | None:
    """Return what a name stands for in the modules that end in a label, where that is one thing."""
    found: set[Class | Function] = set()
    for module in index.modules:
        if module == label or module.endswith(f".{label}"):
            definition, rest = index.resolve_absolute(f"{module}.{name}")
            if isinstance(definition, (Class, Function)) and not rest:
                found.add(definition)
    return found.pop() if len(found) == 1 else None


def _name(body: Body, ref: Ref, number: object) -> str | None:
    """Return the name that is asked for, of several the one with a number."""
    term = body.entries[ref].term
    if isinstance(term, Display):
        return _text(body, term.items[number]) if isinstance(number, int) and number < len(term.items) else None
    return _text(body, ref) if number is None else None


def _text(body: Body, ref: Ref) -> str | None:
    term = body.entries[ref].term
    return term.value if isinstance(term, Literal) and isinstance(term.value, str) else None
