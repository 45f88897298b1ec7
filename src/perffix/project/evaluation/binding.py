"""What the parameters of a function hold for the arguments of a call, and what of it is evaluated then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.project.evaluation.values import Instance, Mapping
from perffix.project.summaries.terms import ACTION, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from collections.abc import Mapping as MappingOf

    from perffix.project.evaluation.arguments import Arguments
    from perffix.project.evaluation.values import Value
    from perffix.project.index import Function
    from perffix.project.summaries.terms import Body, Ref

_TEMPLATES = (".html", ".txt", ".xml")


def bind(function: Function, owner: Value | None, arguments: Arguments) -> dict[str, Value | None]:
    """Return what the parameters of a function hold, as far as code is worth another evaluation with it.

    Args:
        function: the function or method.
        owner: what a method is called on.
        arguments: the values of the other parameters.
    """
    values = arguments.positional
    if owner is not None and not function.is_static:
        values = (owner, *values)
    given: dict[str, Value | None] = {}
    for name, value in zip(function.positional, values, strict=False):
        if value is not None and (value.__class__ is not Literal or _matters(function, name, value)):
            given[name] = value
    if arguments.keywords or (arguments.complete and function.has_defaults):
        bound = min(len(function.positional), len(values))
        for name, value in _others(function, arguments, bound):
            if value is not None and (value.__class__ is not Literal or _matters(function, name, value)):
                given[name] = value
    return given


def _others(function: Function, arguments: Arguments, bound: int) -> Iterator[tuple[str, Value | None]]:
    """Yield what parameters get that have no value by their position: all but the first ones."""
    keywords, parameters = dict(arguments.keywords), function.summary.parameters
    for parameter in parameters[bound:]:
        if parameter.name in keywords:
            yield parameter.name, keywords[parameter.name]
        elif arguments.complete and parameter.default is not None:
            yield parameter.name, parameter.default
        elif parameter.kind == "**" and keywords:
            named = {each.name for each in parameters}
            yield parameter.name, _rest(item for item in arguments.keywords if item[0] not in named)


def _rest(items: Iterable[tuple[str, Value | None]]) -> Mapping | None:
    """Return what `**options` holds; None where nothing of it is known."""
    found = tuple(items)
    matters = any(value is not None and (value.__class__ is not Literal or _is_template(value)) for _, value in found)
    return Mapping(found) if matters else None


def _matters(function: Function, name: str, value: Value) -> bool:
    """Tell whether a literal makes another call of a function: it decides what of it runs, or names a template."""
    return name in function.guarding or _is_template(value)


def _is_template(value: Value) -> bool:
    """Tell whether a value is the name of a template."""
    return isinstance(value, Literal) and isinstance(value.value, str) and value.value.endswith(_TEMPLATES)


def excluded(body: Body, given: MappingOf[str, Value | None]) -> frozenset[Ref]:
    """Return the entries of a body that are not evaluated with what its parameters hold."""
    view = given.get("self")
    action = Literal(view.action) if isinstance(view, Instance) and view.action else None
    found: set[Ref] = set()
    for guard in body.guards:
        value = action if guard.parameter == ACTION else given.get(guard.parameter)
        if isinstance(value, Literal):
            if not guard.plain and guard.excludes(value.value):
                found.update(range(guard.start, guard.end))
        elif value is not None and (guard.none or guard.plain) and guard.wanted:
            found.update(range(guard.start, guard.end))
    return frozenset(found)
