"""Runs a function before and after a fix on generated arguments and reports all that a caller could notice."""

from __future__ import annotations

import ast
import copy
import inspect
import random
import types
import typing
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

_ROUNDS = 60
_WORDS = ["", "a", "b", "ab", "Ab", "a b", "0", "7", "x" * 20, "é", "\n", "a,b", "=", "%s", "None"]


class Observed(typing.NamedTuple):
    """What came out of one call: the result or the exception, and the arguments as they are afterwards."""

    result: object
    kind: str
    exception: str
    arguments: tuple[object, ...]


@cache
def _run_module(text: str) -> Mapping[str, Any]:
    module = types.ModuleType("equivalence_case")
    exec(compile(text, "equivalence_case.py", "exec"), module.__dict__)
    return module.__dict__


def comparable_functions(before: str, after: str) -> dict[str, list[tuple[object, ...]]]:
    """Return the functions that the fix touched and that can be called, each with lists of arguments to try."""
    changed = _changed_functions(before, after)
    found: dict[str, list[tuple[object, ...]]] = {}
    for name in sorted(changed):
        function = _run_module(before).get(name)
        if inspect.isfunction(function) and not inspect.iscoroutinefunction(function):
            arguments = _arguments_of(function)
            if arguments is not None:
                found[name] = arguments
    return found


def _changed_functions(before: str, after: str) -> set[str]:
    def bodies(text: str) -> dict[str, str]:
        tree = ast.parse(text)
        return {node.name: ast.dump(node) for node in tree.body if isinstance(node, ast.FunctionDef)}

    old, new = bodies(before), bodies(after)
    return {name for name in old if old[name] != new.get(name)}


def outcomes(before: str, after: str, name: str, arguments: tuple[object, ...]) -> tuple[Observed, Observed]:
    """Call the old and the new function on equal arguments."""
    return _observe(_run_module(before)[name], arguments), _observe(_run_module(after)[name], arguments)


def _observe(function: Callable[..., object], arguments: tuple[object, ...]) -> Observed:
    given = copy.deepcopy(arguments)
    try:
        result = function(*given)
        if isinstance(result, Iterator):
            result = list(result)
    except Exception as error:
        return Observed(None, "", type(error).__name__, given)
    return Observed(_plain(result), type(result).__name__, "", given)


def _plain(value: object) -> object:
    """A deque stands for the list that it replaced; only its content can be compared."""
    return list(value) if isinstance(value, deque) else value


def _arguments_of(function: types.FunctionType) -> list[tuple[object, ...]] | None:
    hints = typing.get_type_hints(function)
    parameters = list(inspect.signature(function).parameters.values())
    if any(parameter.name not in hints or not _can_make(hints[parameter.name]) for parameter in parameters):
        return None
    if any(parameter.kind is not parameter.POSITIONAL_OR_KEYWORD for parameter in parameters):
        return None
    rng = random.Random(function.__name__)
    return [tuple(_make(hints[p.name], rng, size) for p in parameters) for size in _sizes(parameters)]


def _sizes(parameters: Sequence[object]) -> Iterator[int]:
    for turn in range(_ROUNDS if parameters else 1):
        yield turn % 7


_SCALARS = (int, str, bool, float, bytes, object)


def _can_make(hint: object) -> bool:
    if hint in _SCALARS:
        return True
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        return all(each is type(None) or _can_make(each) for each in inner)
    return origin in _CONTAINERS and all(each is Ellipsis or _can_make(each) for each in inner)


_CONTAINERS = (list, dict, set, tuple, Sequence, Iterable, Mapping, deque)


def _make(hint: Any, rng: random.Random, size: int) -> object:
    if hint in _SCALARS:
        return _scalar(hint, rng)
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        chosen = rng.choice(inner)
        return None if chosen is type(None) else _make(chosen, rng, size)
    if origin in (dict, Mapping):
        return {_make(inner[0], rng, size): _make(inner[1], rng, size) for _ in range(size)}
    if origin is tuple and not (len(inner) == 2 and inner[1] is Ellipsis):
        return tuple(_make(each, rng, size) for each in inner)
    items = [_make(inner[0], rng, max(size - 2, 0)) for _ in range(size)]
    kinds: dict[Any, Callable[[list[object]], object]] = {set: set, tuple: tuple, deque: deque}
    make = kinds.get(origin, list)
    return make(items)


def _scalar(hint: object, rng: random.Random) -> object:
    if hint is bool:
        return rng.random() < 0.5
    if hint is float:
        return rng.choice([0.0, 1.5, -2.0, float("inf"), 1e300])
    if hint is str:
        return rng.choice(_WORDS)
    if hint is bytes:
        return rng.choice([b"", b"a", b"\x00\xff"])
    if hint is object:
        return rng.choice([0, 1, "a", None, 2.5, (1, 2)])
    return rng.randint(-2, 9)
