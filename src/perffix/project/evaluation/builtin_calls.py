"""What Python's own functions do with queries, rows and lists of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.project.evaluation.values import Elements, Lambda, Mapping, Own, Query, Row, Several
from perffix.project.summaries.terms import Literal

if TYPE_CHECKING:
    from perffix.project.evaluation.arguments import Arguments
    from perffix.project.evaluation.frames import Frame
    from perffix.project.evaluation.values import Value
    from perffix.project.summaries.terms import Ref

_PASSED_ON = ("list", "tuple", "sorted", "reversed", "iter", "set", "frozenset")
_COUNTING = ("len", "bool", "any", "all")
_PICKING = ("next", "min", "max")

FOLLOWED = frozenset(
    {"super", "enumerate", "zip", "dict", "map", "filter", "getattr", "hasattr", *_PASSED_ON, *_COUNTING, *_PICKING}
)


def builtin_call(frame: Frame, name: str, arguments: Arguments, ref: Ref) -> Value | None:
    """Return what the call of a builtin function returns; it may run a query."""
    first = arguments.positional[0] if arguments.positional else None
    if name == "super":
        return frame.super()
    if name in ("enumerate", "zip"):
        elements = [_element(frame, each, ref) for each in arguments.positional]
        return Elements(Several((None, *elements) if name == "enumerate" else tuple(elements)))
    if name == "dict" and arguments.complete and not arguments.positional:
        return Mapping(arguments.keywords)
    if name in ("map", "filter") and len(arguments.positional) == 2:
        return _applied(frame, name, arguments, ref)
    if first is None:
        return None
    if name in ("getattr", "hasattr"):
        return _attribute(frame, name, first, arguments, ref)
    if name in (*_PASSED_ON, *_PICKING):
        _evaluate_key(frame, first, arguments, ref)
    if isinstance(first, Query) and name in (*_COUNTING, *_PASSED_ON):
        library = frame.evaluator.libraries.of(first)
        if library is not None:
            library.run(frame, first, ref, name)
        return first._replace(evaluated=True) if name in _PASSED_ON else None
    if name in _PASSED_ON:
        return first if isinstance(first, (Elements, Own)) else None
    if name in _PICKING:
        element = _element(frame, first, ref)
        return element._replace(many=False) if isinstance(element, Row) else None
    return None


def _attribute(frame: Frame, name: str, owner: Value, arguments: Arguments, ref: Ref) -> Value | None:
    attribute = arguments.get(1, "name")
    if not isinstance(attribute, Literal) or not isinstance(attribute.value, str):
        return None
    found = frame.attribute(owner, attribute.value, ref)
    return found if name == "getattr" else None


def _element(frame: Frame, value: Value | None, ref: Ref) -> Value | None:
    return None if value is None else frame.element(value, ref, None)


def _evaluate_key(frame: Frame, first: Value, arguments: Arguments, ref: Ref) -> None:
    """Evaluate the `key=` of a sort, which runs once for each element."""
    key = dict(arguments.keywords).get("key")
    if isinstance(key, Lambda) and key.frame == frame.number:
        frame.apply(key, [_element(frame, first, ref)])


def _applied(frame: Frame, name: str, arguments: Arguments, ref: Ref) -> Value | None:
    called, iterable = arguments.positional
    element = _element(frame, iterable, ref)
    result = None
    if isinstance(called, Lambda) and called.frame == frame.number:
        result = frame.apply(called, [element])
    return Elements(element if name == "filter" else result)
