"""What the calls in a body return; the code of the project that they call is evaluated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from perffix.project.evaluation.arguments import NO_ARGUMENTS, Arguments
from perffix.project.evaluation.builtin_calls import builtin_call
from perffix.project.evaluation.values import (
    NOTHING,
    Bound,
    BoundName,
    Elements,
    Instance,
    Mapping,
    ModelClass,
    Outside,
    Pages,
    Row,
)
from perffix.project.index import Class, Function
from perffix.project.orm.writes import note_row
from perffix.project.summaries.terms import Attribute, Literal, Named

if TYPE_CHECKING:
    from collections.abc import Callable

    from perffix.project.evaluation.frames import Frame
    from perffix.project.evaluation.values import Value
    from perffix.project.summaries.terms import Call, Ref

_new = tuple.__new__  # of a named tuple, half as much as its own
_OF_PAGES = ("page", "get_page", "apage", "aget_page")


def call(frame: Frame, term: Call, ref: Ref) -> Value | None:
    """Return what a call of a frame's body, an entry, returns."""
    called = frame.value(term.function)
    if called is None:
        return _call_unknown(frame, term, ref)
    arguments = _arguments(frame, term) if term.arguments or term.keywords else NO_ARGUMENTS
    follow = _CALLS.get(called.__class__)
    return None if follow is None else follow(frame, called, arguments, ref)


def call_value(frame: Frame, called: Value, arguments: Arguments, ref: Ref) -> Value | None:
    """Return what the call of a value returns at an entry."""
    follow = _CALLS.get(called.__class__)
    return None if follow is None else follow(frame, called, arguments, ref)


def inherited(frame: Frame, owner: Instance, name: str, arguments: Arguments, ref: Ref) -> Value | None:
    """Return what a method or attribute gives that an object has from a framework."""
    frameworks = [each for each in frame.evaluator.frameworks if name in each.inheriting]
    found = (each.inherited(frame, owner, name, arguments, ref) for each in frameworks)
    return next((value for value in found if value is not None), None)


def _arguments(frame: Frame, term: Call) -> Arguments:
    keywords: list[tuple[str, Value | None]] = []
    positional: list[Value | None] = []
    complete, entries = True, frame.body.entries
    for name, ref in term.keywords:
        value = frame.value(ref)
        if name is not None:
            keywords.append((name, value))
        elif isinstance(value, Mapping):
            keywords.extend(value.items)
        else:
            complete = False
    for ref in term.arguments:
        positional.append(frame.value(ref))
        if entries[ref].kind == "Starred":
            complete = False
    return _new(Arguments, (tuple(positional), tuple(keywords), complete))


def _call_unknown(frame: Frame, term: Call, ref: Ref) -> Value | None:
    """Return what a method of an unknown object returns, where its arguments tell."""
    evaluator, called = frame.evaluator, frame.body.entries[term.function].term
    if not evaluator.follows_unknown(called):
        return None
    assert isinstance(called, (Attribute, Named))
    name, arguments = called.name.rpartition(".")[2], _arguments(frame, term)
    for framework in evaluator.frameworks:
        if name in framework.methods:
            framework.method_of_unknown(frame, name, arguments, ref)
    return evaluator.libraries.method_of_unknown(frame, name, arguments, ref)


def _call_bound(frame: Frame, called: Bound, arguments: Arguments, ref: Ref) -> Value | None:
    name = called.function.summary.name
    note_row(frame, called.owner, name, ref)
    frame.evaluator.changes.note(frame, called.owner, name, ref)
    return frame.call_here(called.function, called.owner, arguments, ref)


def _call_function(frame: Frame, called: Function, arguments: Arguments, ref: Ref) -> Value | None:
    return frame.call_here(called, None, arguments, ref)


def _call_class(frame: Frame, called: Class, arguments: Arguments, ref: Ref) -> Value | None:
    made = Instance(called)
    initialiser = frame.evaluator.index.method(called, "__init__")
    if initialiser is not None:
        frame.call_method(initialiser, made, arguments, ref)
    for note in frame.evaluator.noting_objects:
        note(frame, called, arguments, ref)
    return frame.evaluator.libraries.construct(frame, called, arguments, ref) or made


def _call_model(frame: Frame, called: ModelClass, arguments: Arguments, ref: Ref) -> Value | None:
    return Row(called.model, NOTHING)  # made here: nothing of it is in the database yet


def _call_outside(frame: Frame, called: Outside, arguments: Arguments, ref: Ref) -> Value | None:
    """Return what the call of something that the project does not define returns."""
    module, _, name = called.name.rpartition(".")
    if module == "builtins":
        return builtin_call(frame, name, arguments, ref)
    for framework in frame.evaluator.frameworks_by_function.get(called.name, ()):
        framework.function(frame, called.name, arguments, ref)
    return frame.evaluator.libraries.function(frame, called.name, arguments, ref)


def _call_named(frame: Frame, called: BoundName, arguments: Arguments, ref: Ref) -> Value | None:
    """Return what a method returns that the project does not define."""
    owner, name, libraries = called.owner, called.name, frame.evaluator.libraries
    if isinstance(owner, Pages):
        return frame.in_memory(owner.query, ref) if name in _OF_PAGES else None
    if isinstance(owner, Elements):
        return _of_dictionary(owner, name)
    if isinstance(owner, Mapping):
        return _under_key(owner, arguments)
    if isinstance(owner, Instance):
        found = inherited(frame, owner, name, arguments, ref)
        return libraries.method_of_unknown(frame, name, arguments, ref) if found is None else found
    library = libraries.of(owner)
    frame.evaluator.changes.note(frame, owner, name, ref)
    return None if library is None else library.call(frame, owner, name, arguments, ref)


def _of_dictionary(owner: Elements, name: str) -> Value | None:
    """Return what a method of a dictionary returns."""
    if name == "items":
        return Elements(owner.element)
    if name == "values":
        return Elements(owner.held)
    one = name in ("get", "pop") and isinstance(owner.held, Row)
    return owner.held._replace(many=False) if one and isinstance(owner.held, Row) else None


def _under_key(owner: Mapping, arguments: Arguments) -> Value | None:
    """Return what `table.get(key, default)` gives, where the key is known."""
    key, items = arguments.get(0, "key"), dict(owner.items)
    if not isinstance(key, Literal) or not isinstance(key.value, str):
        return None
    return items[key.value] if key.value in items else arguments.get(1, "default")


_CALLS: dict[type, Callable[[Frame, Any, Arguments, Ref], Value | None]] = {
    Bound: _call_bound,
    Function: _call_function,
    Class: _call_class,
    ModelClass: _call_model,
    Outside: _call_outside,
    BoundName: _call_named,
}
