"""Private calls: what all calls of a function pass for a parameter, where nobody else can call it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.semantic.walk import ScopeKind

if TYPE_CHECKING:
    from perffix.semantic.model import SemanticModel
    from perffix.semantic.scopes import Binding

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def arguments_for(parameter: Binding, model: SemanticModel) -> list[ast.expr] | None:
    """Return what calls pass for a parameter, defaults included; None where not all of them can be seen.

    They are seen for a function inside of another one, and for one of the module or method that is named as private,
    when nothing is done with it but to call it.
    """
    function = parameter.scope.node
    if not isinstance(function, _FUNCTIONS) or function.decorator_list:
        return None
    outer = model.scopes.scope_of(function)
    if outer.kind is ScopeKind.CLASS:
        return _arguments_of_method(parameter.name, function, model)
    if outer.kind is not ScopeKind.FUNCTION and not (outer.kind is ScopeKind.MODULE and _is_private(function.name)):
        return None
    binding = model.scopes.lookup(function.name, outer)
    if binding is None or binding.single is None or not binding.uses:
        return None
    found = []
    for use in binding.uses:
        call = model.parent(use)
        given = _given(parameter.name, function, call) if isinstance(call, ast.Call) and call.func is use else None
        if given is None:
            return None
        found.append(given)
    return found


def _arguments_of_method(
    name: str, method: ast.FunctionDef | ast.AsyncFunctionDef, model: SemanticModel
) -> list[ast.expr] | None:
    """Return what all calls of a private method in the module pass, if all go through `self` to this very method."""
    positional = [*method.args.posonlyargs, *method.args.args]
    if not _is_private(method.name) or not positional or name == positional[0].arg:
        return None
    if method.name in model.written_strings:
        return None  # `getattr` may reach it
    found = []
    for use in model.every(ast.Attribute):
        if use.attr != method.name:
            continue
        call = model.parent(use)
        if not isinstance(call, ast.Call) or call.func is not use or model.names.method_of_self(use) is not method:
            return None
        bound = ast.Call(func=use, args=[use.value, *call.args], keywords=call.keywords)
        given = _given(name, method, bound)
        if given is None:
            return None
        found.append(given)
    return found or None


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.endswith("__")


def _given(name: str, function: ast.FunctionDef | ast.AsyncFunctionDef, call: ast.Call) -> ast.expr | None:
    """Return what a call passes for a parameter, its default where it passes nothing; None when that is not seen."""
    if any(keyword.arg is None for keyword in call.keywords) or any(
        isinstance(each, ast.Starred) for each in call.args
    ):
        return None
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    arguments = function.args
    positional = [each.arg for each in (*arguments.posonlyargs, *arguments.args)]
    if name in positional:
        index = positional.index(name)
        if index < len(call.args):
            return call.args[index]
        behind = index - len(positional) + len(arguments.defaults)
        return arguments.defaults[behind] if behind >= 0 else None
    named = [each.arg for each in arguments.kwonlyargs]
    return arguments.kw_defaults[named.index(name)] if name in named else None  # else it is `*args` or `**kwargs`
