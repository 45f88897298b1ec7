"""Requests: which expressions are the request of a framework, and which parts of a request the client decides on."""

from __future__ import annotations

import ast
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from perffix.semantic import facts
from perffix.semantic.scopes import How

if TYPE_CHECKING:
    from perffix.semantic.model import SemanticModel

_DJANGO_PARTS = ("GET", "POST", "FILES", "COOKIES", "META")
_DEPTH = 4


class Parts(NamedTuple):
    """The parts of a framework's request, and of its handler objects, that are input; see `sources.toml`."""

    attributes: frozenset[str]
    methods: frozenset[str]
    own: frozenset[str]
    own_methods: frozenset[str]


@cache
def parts_of(framework: str) -> Parts:
    """Return what is input of a framework's requests and handlers."""
    known = facts.load("sources")["frameworks"].get(framework, {})
    groups = ("attributes", "methods", "own", "own_methods")
    return Parts(*(frozenset(known.get(each, ())) for each in groups))


@cache
def _request_names() -> dict[str, str]:
    frameworks = facts.load("sources")["frameworks"]
    return {name: framework for framework, known in frameworks.items() for name in known["requests"]}


@cache
def _request_classes() -> dict[str, str]:
    frameworks = facts.load("sources")["frameworks"]
    return {name: framework for framework, known in frameworks.items() for name in known["classes"]}


@cache
def all_parts() -> frozenset[str]:
    """Return all attributes and methods that may be input on some request."""
    names = facts.load("sources")["frameworks"]
    groups = ("attributes", "methods", "own", "own_methods")
    return frozenset(name for known in names.values() for group in groups for name in known.get(group, ()))


def is_method_of_requests(name: str) -> bool:
    """Tell whether some request has a method of this name that returns what the client sent."""
    return name in all_parts() and any(name in parts_of(each).methods for each in facts.load("sources")["frameworks"])


def framework_of_request(expr: ast.expr, model: SemanticModel, depth: int = _DEPTH) -> str | None:
    """Return the framework whose request object an expression is, or None."""
    if depth == 0 or not isinstance(expr, (ast.Name, ast.Attribute, ast.Call)):
        return None
    name = model.qualified_name(expr) if not isinstance(expr, ast.Call) else None
    if name is not None and name in _request_names():
        return _request_names()[name]
    if isinstance(expr, ast.Call):
        return _request_classes().get(model.qualified_name(expr.func) or "")
    if isinstance(expr, ast.Attribute):
        return framework_of_self(expr.value, model) if expr.attr == "request" else None
    single = model.single_of(expr)
    if single is None:
        return None
    if single.how in (How.ASSIGNED, How.ANNOTATED) and single.value is not None:
        return framework_of_request(single.value, model, depth - 1)
    if single.how is How.PARAMETER and isinstance(single.node, ast.arg):
        return _framework_of_parameter(single.node, single.statement, model)
    return None


def _framework_of_parameter(parameter: ast.arg, function: ast.AST, model: SemanticModel) -> str | None:
    framework = model.handlers.framework_of_annotation(parameter)
    if framework is not None:
        return framework
    if not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return None
    handler = model.handlers.of(function)
    if handler is not None and handler.request == parameter.arg:
        return handler.framework
    if parameter.arg not in ("request", "req") or parameter.annotation is not None:
        return None
    scope = model.scopes.scope_of(function.body[0])
    owner = model.scopes.enclosing_class(scope)
    if owner is not None and isinstance(owner.node, ast.ClassDef):
        framework = model.handlers.framework_of_class(owner.node)
        if framework in ("django", "drf"):
            return framework
    binding = model.scopes.binding_in(scope, parameter.arg)
    parents = (model.parent(use) for use in binding.uses)
    read = {parent.attr for parent in parents if isinstance(parent, ast.Attribute)}
    imported = model.handlers.imported
    if read.isdisjoint(_DJANGO_PARTS):
        return "drf" if "rest_framework" in imported and "query_params" in read else None
    if "rest_framework" in imported:
        return "drf"
    return "django" if "django" in imported else "pyramid" if "pyramid" in imported else None


def framework_of_self(expr: ast.expr, model: SemanticModel) -> str | None:
    """Return the framework of whose handlers `self` is one, or None."""
    if not isinstance(expr, ast.Name):
        return None
    owner = model.scopes.class_of_self(expr)
    if owner is None or not isinstance(owner.node, ast.ClassDef):
        return None
    return model.handlers.framework_of_class(owner.node)
