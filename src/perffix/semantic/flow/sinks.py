"""Sinks: which argument of a call is dangerous when it holds input. The facts are in `facts/sinks/KIND.toml`.

[functions]  canonical name of a function or class = { position = 0, keyword = "url" }
[methods]    "canonical class.method" = the same
[makers]     canonical name of a function, or "canonical class.method" = the class of what it returns
[clean]      what makes a value harmless for this kind, beside `cleaners.toml`: functions, methods, types
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any, NamedTuple

from perffix.semantic import facts
from perffix.semantic.arguments import argument_by_fact

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
    name = model.qualified_name(call.func)
    fact = None if name is None else known.get("functions", {}).get(name)
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
    if not isinstance(func, ast.Attribute):
        return None
    known = facts.load(f"sinks/{kind}")
    methods = known.get("methods", {})
    ending = f".{func.attr}"
    if not any(each.endswith(ending) for each in methods):
        return None
    from perffix.semantic.flow.instances import bases_of, class_of

    owner = class_of(func.value, model, known.get("makers", {}))
    if owner is not None and not owner.startswith("."):
        return f"{owner}{ending}"
    inside = model.scopes.class_of_self(func.value) if isinstance(func.value, ast.Name) else None
    if inside is None or not isinstance(inside.node, ast.ClassDef):
        return None
    return next((f"{base}{ending}" for base in bases_of(inside.node, model) if f"{base}{ending}" in methods), None)


def sink_names(kind: str) -> tuple[str, ...]:
    """Return the last parts of the names of all sinks of a kind."""
    known = facts.load(f"sinks/{kind}")
    names = [*known.get("functions", {}), *known.get("methods", {})]
    return tuple(sorted({each.rpartition(".")[2] for each in names}))
