"""What each kind of entry of a body holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from perffix.model import Related
from perffix.project.evaluation.attributes import attribute
from perffix.project.evaluation.calls import call
from perffix.project.evaluation.meeting import either
from perffix.project.evaluation.values import (
    Elements,
    Lambda,
    Mapping,
    Query,
    Record,
    Row,
    Several,
    Value,
)
from perffix.project.index import Class
from perffix.project.summaries.terms import (
    Added,
    Argument,
    Attribute,
    Call,
    Collected,
    Combined,
    Display,
    Each,
    Either,
    Extends,
    Include,
    Item,
    Literal,
    Lookup,
    Macro,
    Named,
    Parameter,
    Slice,
    Spread,
    Table,
    Text,
    Unknown,
    block_flag,
    is_block_flag,
)
from perffix.project.summaries.terms import Function as LambdaTerm

if TYPE_CHECKING:
    from collections.abc import Callable

    from perffix.project.evaluation.frames import Frame
    from perffix.project.summaries.terms import Ref


def _named(frame: Frame, term: Named, ref: Ref) -> Value | None:
    name, known = term.name, frame.names
    return known[name] if name in known else frame.evaluator.named(frame, name, ref)


def _parameter(frame: Frame, term: Parameter, ref: Ref) -> Value | None:
    return frame.given.get(term.name)


def _literal(frame: Frame, term: Literal, ref: Ref) -> Value | None:
    return term


def _display(frame: Frame, term: Display, ref: Ref) -> Value | None:
    return Several(tuple([frame.value(each) for each in term.items]))


def _table(frame: Frame, term: Table, ref: Ref) -> Value | None:
    items: dict[str, Value | None] = {}
    base = None if term.base is None else frame.value(term.base)
    if isinstance(base, Mapping):
        items.update(base.items)
    for key, each in term.items:
        if key is None:
            spread = frame.value(each)
            if isinstance(spread, Mapping):
                items.update(spread.items)
            continue
        name = frame.body.entries[key].term
        if isinstance(name, Literal) and isinstance(name.value, str):
            items[name.value] = frame.value(each)
    return Mapping(tuple(items.items()))


def _attribute(frame: Frame, term: Attribute, ref: Ref) -> Value | None:
    owner = frame.value(term.value)
    if owner is None:
        return None
    for store in reversed(frame.body.stores) if frame.body.stores else ():
        if store.name == term.name and store.owner == term.value and store.at <= ref:
            return frame.value(store.value)
    return attribute(frame, owner, term.name, ref)


def _each(frame: Frame, term: Each, ref: Ref) -> Value | None:
    value = frame.value(term.value)
    return None if value is None else frame.element(value, term.value, (frame.number, term.loop))


def _item(frame: Frame, term: Item, ref: Ref) -> Value | None:
    value, key = frame.value(term.value), frame.body.entries[term.key].term
    if value is None or isinstance(value, Class):
        return value  # `Page[BookOut]`
    known = key.value if isinstance(key, Literal) else None
    if isinstance(value, (Several, Record)) and isinstance(known, int) and known < len(value.items):
        return value.items[known]
    if isinstance(value, Record) and isinstance(known, str):
        return value.named(known)
    if isinstance(value, Mapping) and known is None:
        computed = frame.value(term.key)  # `serializers[self.action]`
        known = computed.value if isinstance(computed, Literal) else None
    if isinstance(value, Mapping) and isinstance(known, str):
        return dict(value.items).get(known)
    if isinstance(value, Elements):
        return value.held._replace(many=False) if isinstance(value.held, Row) else None
    if isinstance(value, Query):
        row = frame.row_of(value, ref, None)
        return (
            row._replace(many=False) if isinstance(row, Row) and (value.owner is None or not value.owner.many) else row
        )
    return None


def _slice(frame: Frame, term: Slice, ref: Ref) -> Value | None:
    value = frame.value(term.value)
    if isinstance(value, Query):
        few = value.few or (term.stop is not None and term.stop <= 1)
        return value._replace(few=few, sites=(*value.sites, frame.site(ref)))
    return value if isinstance(value, Elements) else None


def _collected(frame: Frame, term: Collected, ref: Ref) -> Value | None:
    return Elements(frame.value(term.element), term.keyed)


def _added(frame: Frame, term: Added, ref: Ref) -> Value | None:
    base, element = frame.value(term.base), frame.value(term.element)
    if term.all:
        element = None if element is None else frame.element(element, ref, None)
    if base == Several(()):
        return Elements(element)
    if isinstance(base, Elements):
        return Elements(either([base.element, element]))
    return None


def _either(frame: Frame, term: Either, ref: Ref) -> Value | None:
    return frame.joined(term.options)


def _combined(frame: Frame, term: Combined, ref: Ref) -> Value | None:
    left = frame.value(term.left)
    if term.operator in ("|", "&", "^") and isinstance(left, Query):
        return left._replace(conditions=None)
    if term.operator == "+" and isinstance(left, Elements):
        return Elements(either([left.element, *_elements_of(frame, term.right)]))
    return None


def _elements_of(frame: Frame, ref: Ref) -> list[Value | None]:
    value = frame.value(ref)
    return [value.element] if isinstance(value, Elements) else [None]


def _text(frame: Frame, term: Text, ref: Ref) -> Value | None:
    frame.as_text(frame.value(term.value), ref)
    return None


def _lookup(frame: Frame, term: Lookup, ref: Ref) -> Value | None:
    owner = frame.value(term.value)
    if isinstance(owner, Mapping):
        return dict(owner.items).get(term.name)
    if isinstance(owner, Several) and term.name.isdecimal() and int(term.name) < len(owner.items):
        return owner.items[int(term.name)]
    if owner is None:
        return None
    if isinstance(owner, Query) and term.name.isdecimal():
        return frame.row_of(owner._replace(few=True), ref, None)
    return frame.looked_up(owner, term.name, ref)


def _include(frame: Frame, term: Include, ref: Ref) -> Value | None:
    name = frame.body.entries[term.template].term
    if isinstance(name, Literal) and isinstance(name.value, str):
        given = frame.given.items() if term.whole else ()
        context = {key: value for key, value in given if not is_block_flag(key)}
        context |= {key: _handed_or_none(frame, each, ref) for key, each in term.names}
        place = frame.place(ref)
        route = (*frame.route, Related(place.span, f"`{name.value}` is included here", place.path))
        frame.evaluator.run_template(name.value, Mapping(tuple(context.items())), route, frame.depth + 1)
    return None


def _extends(frame: Frame, term: Extends, ref: Ref) -> Value | None:
    name = frame.body.entries[term.template].term
    if isinstance(name, Literal) and isinstance(name.value, str):
        context = dict(frame.given)
        context |= {block_flag(block): Literal(False) for block in term.replaced}
        place = frame.place(ref)
        route = (*frame.route, Related(place.span, f"`{name.value}` is extended here", place.path))
        frame.evaluator.run_template(name.value, Mapping(tuple(context.items())), route, frame.depth + 1)
    return None


def _macro(frame: Frame, term: Macro, ref: Ref) -> Value | None:
    return frame.evaluator.templates.macro(term.template or frame.module.name, term.name)


def _handed_or_none(frame: Frame, part: Ref, ref: Ref) -> Value | None:
    value = frame.value(part)
    return None if value is None else frame.handed(value, ref)


def _lambda(frame: Frame, term: LambdaTerm, ref: Ref) -> Value | None:
    return Lambda(frame.number, ref)


def _unknown(frame: Frame, term: Argument | Spread | Unknown, ref: Ref) -> Value | None:
    return None


EVALUATE: dict[type, Callable[[Frame, Any, Ref], Value | None]] = {
    Named: _named,
    Parameter: _parameter,
    Literal: _literal,
    Display: _display,
    Table: _table,
    Attribute: _attribute,
    Call: call,
    Each: _each,
    Item: _item,
    Slice: _slice,
    Collected: _collected,
    Added: _added,
    Either: _either,
    Combined: _combined,
    Text: _text,
    LambdaTerm: _lambda,
    Lookup: _lookup,
    Include: _include,
    Extends: _extends,
    Macro: _macro,
    **dict.fromkeys((Argument, Spread, Unknown), _unknown),
}
