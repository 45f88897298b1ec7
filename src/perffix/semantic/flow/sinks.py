"""Sinks: which argument of a call is dangerous when it holds input. The facts are in `facts/sinks/KIND.toml`.

[functions]  canonical name of a function or class = { position = 0, keyword = "url" }
[methods]    "canonical class.method" = the same
[makers]     canonical name of a function, or "canonical class.method" = the class of what it returns
[clean]      what makes a value harmless for this kind, beside `cleaners.toml`: functions, methods, types
"""

from __future__ import annotations

import ast
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from perffix.semantic import facts
from perffix.semantic.arguments import argument_by_fact
from perffix.semantic.names import root_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perffix.semantic.model import SemanticModel


class Sink(NamedTuple):
    """The dangerous argument of a call.

    Attributes:
        argument: the argument.
        name: the canonical name of what is called, for messages.
        because: why it is a sink, a phrase for the user.
        facts: the entry of the facts file, for the rule's own words in it.
    """

    argument: ast.expr
    name: str
    because: str
    facts: Mapping[str, Any]


def sink_at(call: ast.Call, kind: str, model: SemanticModel) -> Sink | None:
    """Return the argument of a call that is a sink of this kind, or None when the call is not known to be one."""
    known = facts.load(f"sinks/{kind}")
    name = fact = None
    if root_of(call.func) in model.names.leading_to(_functions(kind)):
        name = model.qualified_name(call.func)
        fact = None if name is None else known["functions"].get(name)
    if fact is None:
        name = method_name(call, kind, model)
        fact = None if name is None else known.get("methods", {}).get(name)
    if name is None or fact is None:
        return None
    argument = argument_by_fact(call, fact)
    if argument is None:
        return None
    return Sink(argument, name, fact.get("because", f"`{name}()` takes it"), fact)


def method_name(call: ast.Call, kind: str, model: SemanticModel) -> str | None:
    """Return "canonical class.method" of a call on an instance whose class is proved, or on `self` of a subclass."""
    func = call.func
    if not isinstance(func, ast.Attribute) or func.attr not in _methods(kind):
        return None
    if not model.names.leading_to(_makers(kind)):
        return None  # nothing in the module makes or names such an instance
    from perffix.semantic.flow.instances import bases_of, class_of

    known = facts.load(f"sinks/{kind}")
    methods = known["methods"]
    ending = f".{func.attr}"
    owner = class_of(func.value, model, known.get("makers", {}))
    if owner is not None and not owner.startswith("."):
        return f"{owner}{ending}"
    inside = model.scopes.class_of_self(func.value) if isinstance(func.value, ast.Name) else None
    if inside is None or not isinstance(inside.node, ast.ClassDef):
        return None
    return next((f"{base}{ending}" for base in bases_of(inside.node, model) if f"{base}{ending}" in methods), None)


@cache
def _functions(kind: str) -> frozenset[str]:
    """Return the canonical names of the functions and classes that are sinks of a kind when they are called."""
    return frozenset(facts.load(f"sinks/{kind}").get("functions", ()))


@cache
def _methods(kind: str) -> frozenset[str]:
    """Return the bare names of the methods that are sinks of a kind."""
    return frozenset(each.rpartition(".")[2] for each in facts.load(f"sinks/{kind}").get("methods", ()))


@cache
def _makers(kind: str) -> frozenset[str]:
    """Return the canonical names of the classes whose methods are sinks of a kind, and of what makes instances."""
    known = facts.load(f"sinks/{kind}")
    return frozenset(each.rpartition(".")[0] for each in known.get("methods", ())).union(known.get("makers", ()))


def sink_names(kind: str) -> tuple[str, ...]:
    """Return the last parts of the names of all sinks of a kind."""
    known = facts.load(f"sinks/{kind}")
    names = [*known.get("functions", {}), *known.get("methods", {})]
    return tuple(sorted({each.rpartition(".")[2] for each in names}))
