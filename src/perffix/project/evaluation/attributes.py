"""What the attributes of each kind of value hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from perffix.project.evaluation.arguments import NO_ARGUMENTS
from perffix.project.evaluation.calls import inherited
from perffix.project.evaluation.values import (
    Bound,
    BoundName,
    Elements,
    Instance,
    Manager,
    Mapping,
    ModelClass,
    Outside,
    Own,
    Pages,
    Query,
    Record,
    Row,
    Super,
)
from perffix.project.index import Class, Function
from perffix.project.summaries.terms import Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from perffix.project.evaluation.frames import Frame
    from perffix.project.evaluation.values import Value
    from perffix.project.summaries.terms import Ref


def attribute(frame: Frame, owner: Value, name: str, ref: Ref) -> Value | None:
    """Return what an attribute of a value holds at an entry; reading it may cost a query."""
    read = _ATTRIBUTES.get(owner.__class__)
    return None if read is None else read(frame, owner, name, ref)


def _of_mapper(frame: Frame, owner: Value, name: str, ref: Ref) -> Value | None:
    library = frame.evaluator.libraries.of(owner)
    return None if library is None else library.attribute(frame, owner, name, ref)


def _of_class(frame: Frame, owner: Class, name: str, ref: Ref) -> Value | None:
    member = frame.evaluator.index.member(owner, name)
    if isinstance(member, Function):
        return Bound(member, owner)
    return None if member is None else frame.evaluator.held(member)


def _of_instance(frame: Frame, owner: Instance, name: str, ref: Ref) -> Value | None:
    if name == "action" and owner.action:
        return Literal(owner.action)
    evaluator = frame.evaluator
    member = evaluator.index.member(owner.cls, name)
    if isinstance(member, Function):
        return frame.call_here(member, owner, NO_ARGUMENTS, ref) if member.is_property else Bound(member, owner)
    if member is not None:
        return evaluator.held(member)
    given = inherited(frame, owner, name, NO_ARGUMENTS, ref) if name in evaluator.attributes else None
    return _from_outside(frame, owner, name) if given is None else given


def _from_outside(frame: Frame, owner: Value, name: str) -> Value | None:
    """Return what a name gives that no class of the project defines; most of what objects inherit is not followed."""
    known = not isinstance(owner, Instance) or name in frame.evaluator.inheriting
    return BoundName(owner, name) if known else None


def _of_super(frame: Frame, owner: Super, name: str, ref: Ref) -> Value | None:
    index = frame.evaluator.index
    above = index.ancestors(owner.owner.cls if isinstance(owner.owner, Instance) else owner.cls)
    if owner.cls not in above:
        above = index.ancestors(owner.cls)
    for cls in above[above.index(owner.cls) + 1 :]:
        if isinstance(cls, Class) and name in cls.summary.methods:
            method = index.method(cls, name)
            return None if method is None else Bound(method, owner.owner)
    return _from_outside(frame, owner.owner, name)


def _of_outside(frame: Frame, owner: Outside, name: str, ref: Ref) -> Value | None:
    return frame.evaluator.outside(f"{owner.name}.{name}")


def _of_pages(frame: Frame, owner: Pages, name: str, ref: Ref) -> Value | None:
    return owner.query if name == "object_list" else BoundName(owner, name)


def _of_record(frame: Frame, owner: Record, name: str, ref: Ref) -> Value | None:
    return owner.named(name)


def _of_elements(frame: Frame, owner: Elements, name: str, ref: Ref) -> Value | None:
    return BoundName(owner, name) if owner.keyed else None


def _of_mapping(frame: Frame, owner: Mapping, name: str, ref: Ref) -> Value | None:
    return BoundName(owner, name) if name == "get" else None


_ATTRIBUTES: dict[type, Callable[[Frame, Any, str, Ref], Value | None]] = {
    **dict.fromkeys((Row, Query, Manager, ModelClass, Own), _of_mapper),
    Class: _of_class,
    Instance: _of_instance,
    Super: _of_super,
    Outside: _of_outside,
    Pages: _of_pages,
    Record: _of_record,
    Elements: _of_elements,
    Mapping: _of_mapping,
}
