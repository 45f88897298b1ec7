"""Where names that a module gets from others are given their values: constants, and fields of settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from perffix.project.index import Class, Value
from perffix.project.summaries.terms import Call, Named

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perffix.project.index import Index, Module
    from perffix.project.summaries.terms import Body, Entry, Ref

_DEPTH = 6  # names that stand for other names


class Given(NamedTuple):
    """An expression that gives a name its value.

    Attributes:
        module: where it stands.
        entry: the expression.
    """

    module: Module
    entry: Entry


def given(ref: Ref, body: Body, module: Module, index: Index) -> Given | None:
    """Return the one expression that gives the name its value which stands at an entry of a body.

    The name may be one of this module or of another, of a class or of the one object of a class, whose attribute has
    a default there: `settings.address`. None for all else.
    """
    for _ in range(_DEPTH):
        entry = body.entries[ref]
        if not isinstance(entry.term, Named):
            return Given(module, entry) if entry.kind else None
        held = _held(entry.term.name, module, index)
        if held is None or len(held.refs) != 1:
            return None
        ref, body, module = held.refs[0], held.body, held.module
    return None


def _held(name: str, module: Module, index: Index) -> Value | None:
    definition, rest = index.resolve(name, module)
    if isinstance(definition, Class):
        return _of_class(definition, rest, index)
    if not isinstance(definition, Value) or not rest:
        return definition if isinstance(definition, Value) else None
    made = definition.body.entries[definition.refs[0]].term if len(definition.refs) == 1 else None
    called = definition.body.entries[made.function].term if isinstance(made, Call) else None
    if not isinstance(called, Named):
        return None
    cls, below = index.resolve(called.name, definition.module)
    return _of_class(cls, rest, index) if isinstance(cls, Class) and not below else None


def _of_class(cls: Class, rest: Sequence[str], index: Index) -> Value | None:
    return index.attribute(cls, rest[0]) if len(rest) == 1 else None
