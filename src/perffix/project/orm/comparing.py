"""Conditions of queries that are written with attributes of models: `Book.author_id == key`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from perffix.project.evaluation.values import BoundName, Own
from perffix.project.summaries.terms import Added, Attribute, Call, Combined, Display, Named, Spread

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.project.evaluation.frames import Frame
    from perffix.project.orm.graph import Model
    from perffix.project.summaries.terms import Ref


class Attr(NamedTuple):
    """An attribute of a mapped class: `Book.author`."""

    model: Model
    name: str


def conditions_in(frame: Frame, ref: Ref) -> Iterator[Ref]:
    """Yield the conditions among the arguments of a call, those in `and_(...)` and around `&` one by one."""
    term = frame.body.entries[ref].term if ref >= 0 else None
    for argument in term.arguments if isinstance(term, Call) else ():
        yield from _parts(frame, argument)


def _parts(frame: Frame, ref: Ref) -> Iterator[Ref]:
    term = frame.body.entries[ref].term
    if isinstance(term, Combined) and term.operator == "&":
        yield from _parts(frame, term.left)
        yield from _parts(frame, term.right)
    elif isinstance(term, Call) and last_name(frame, term.function) == "and_":
        yield from conditions_in(frame, ref)
    elif isinstance(term, Spread):
        yield from _listed(frame, term.value)
    else:
        yield ref


def _listed(frame: Frame, ref: Ref) -> Iterator[Ref]:
    """Yield the conditions in a list that is written out, or filled one by one."""
    term = frame.body.entries[ref].term
    if isinstance(term, Display):
        for each in term.items:
            yield from _parts(frame, each)
    elif isinstance(term, Added) and not term.all:
        yield from _listed(frame, term.base)
        yield from _parts(frame, term.element)


def last_name(frame: Frame, ref: Ref) -> str:
    """Return the last part of a dotted name, or the attribute that is read; empty for other values."""
    term = frame.body.entries[ref].term
    return term.name.rpartition(".")[2].lstrip(":") if isinstance(term, (Named, Attribute)) else ""


def attribute_at(frame: Frame, ref: Ref) -> Attr | None:
    """Return the attribute of a model that an entry stands for."""
    value = frame.value(ref)
    return value.value if isinstance(value, Own) and isinstance(value.value, Attr) else None


def asked_attribute(frame: Frame, ref: Ref) -> Attr | None:
    """Return the attribute of a model whose method an entry stands for: of `Book.title.like`."""
    called = frame.value(ref)
    owner = called.owner if isinstance(called, BoundName) else None
    return owner.value if isinstance(owner, Own) and isinstance(owner.value, Attr) else None


def equal_attribute(frame: Frame, ref: Ref) -> Attr | None:
    """Return the attribute that a condition compares with a value that is none."""
    condition = frame.body.entries[ref].term
    if not isinstance(condition, Combined) or condition.operator != "==":
        return None
    attributes = [each for each in (attribute_at(frame, condition.left), attribute_at(frame, condition.right)) if each]
    return attributes[0] if len(attributes) == 1 else None  # two are a join
