"""Callers: the calls of a function of the module, also where it is handed to another function that calls it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.semantic.flow.definitions import Definition, called_function, definition_of, method_of
from perffix.semantic.places import in_source_order

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.semantic.model import SemanticModel
    from perffix.semantic.walk import Scope

_MOST = 25
_HANDING_ON = {  # functions that call what they are given, with the position of it and of its first argument
    "asyncio.to_thread": 0, "threading.Timer": 1, "functools.partial": 0, "anyio.to_thread.run_sync": 0,
    "starlette.concurrency.run_in_threadpool": 0, "fastapi.concurrency.run_in_threadpool": 0,
    "asgiref.sync.sync_to_async": 0, "gevent.spawn": 0, "eventlet.spawn": 0,
}  # fmt: skip
_HANDING_ON_METHODS = {"submit": 0, "run_in_executor": 1, "add_task": 0, "apply_async": 0, "delay": 0, "call_soon": 0}


def calls_of(function: Definition, model: SemanticModel) -> Iterator[tuple[ast.Call, bool, ast.Call | None]]:
    """Yield the calls of a function in its module: the call, whether on an instance, and the call as if made directly.

    The last is for functions that are handed to others that call them: `executor.submit(function, value)`.
    """
    owner = model.parent(function)
    if isinstance(owner, ast.ClassDef):
        yield from ((call, True, None) for call in _method_calls(function, owner, model))
        return
    scope: Scope = model.scopes.scope_of(function)
    binding = model.scopes.lookup(function.name, scope)
    if binding is None or binding.single is None:
        return
    for use in binding.uses[:_MOST]:
        parent = model.parent(use)
        if isinstance(parent, ast.Call) and parent.func is use:
            yield parent, False, None
        elif isinstance(parent, ast.Call) and use in parent.args:
            handed_on = _handed_on(parent, use, model)
            if handed_on is not None:
                yield parent, False, handed_on
        elif isinstance(parent, ast.keyword) and parent.arg == "target":
            call = model.parent(parent)
            if isinstance(call, ast.Call):
                yield call, False, _of_thread(call)


def own_calls_of(function: Definition | ast.ClassDef, model: SemanticModel) -> Iterator[ast.Call]:
    """Yield the calls of a function or class by its name, or of a method on `self`, in its module."""
    owner = model.parent(function)
    if isinstance(owner, ast.ClassDef):
        if isinstance(function, ast.ClassDef) or not model.scopes.attributes_of_self(owner, function.name):
            return
        for node in ast.walk(owner):
            if isinstance(node, ast.Call) and model.names.method_of_self(node.func) is function:
                yield node
        return
    binding = model.scopes.lookup(function.name, model.scopes.scope_of(function))
    for use in () if binding is None or binding.single is None else binding.uses:
        call = model.parent(use)
        if isinstance(call, ast.Call) and call.func is use:
            yield call


def _handed_on(call: ast.Call, function: ast.expr, model: SemanticModel) -> ast.Call | None:
    position = _HANDING_ON.get(model.qualified_name(call.func) or "")
    if position is None and isinstance(call.func, ast.Attribute):
        position = _HANDING_ON_METHODS.get(call.func.attr)
    if position is None or call.args.index(function) != position:
        return None
    return ast.copy_location(ast.Call(function, call.args[position + 1 :], call.keywords), call)


def _of_thread(call: ast.Call) -> ast.Call:
    given = {each.arg: each.value for each in call.keywords}
    arguments, named = given.get("args"), given.get("kwargs")
    positional = list(arguments.elts) if isinstance(arguments, (ast.Tuple, ast.List)) else []
    keywords = [] if named is None else [ast.keyword(None, named)]
    return ast.copy_location(ast.Call(call.func, positional, keywords), call)


def _method_calls(function: Definition, owner: ast.ClassDef, model: SemanticModel) -> Iterator[ast.Call]:
    """Yield the calls `self.method()`, `Class.method()` and `instance.method()` of a method in its module."""
    if function.name == "__init__":
        yield from _constructor_calls(function, owner, model)
        return
    for call in _calls_written(model, frozenset({function.name})):
        called = called_function(call, model)
        if called is not None and called[0] is function:
            yield call


def _constructor_calls(function: Definition, owner: ast.ClassDef, model: SemanticModel) -> Iterator[ast.Call]:
    """Yield the calls that make an instance of a class or of a subclass with the same constructor."""
    classes = model.every(ast.ClassDef)
    made = [each for each in classes if each is owner or method_of(each, "__init__", model) is function]
    for call in _calls_written(model, frozenset(each.name for each in made)):
        if definition_of(call.func, model) in made:
            yield call
    for each in classes:
        constructor = method_of(each, "__init__", model)
        if constructor is None or not any(definition_of(base, model) is owner for base in each.bases):
            continue
        for node in ast.walk(constructor):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "super().__init__":
                yield node


def _calls_written(model: SemanticModel, names: frozenset[str]) -> Iterator[ast.Call]:
    """Yield the first calls in a module that are written with one of some names."""
    found = [call for name in sorted(names) for call in model.flow.calls_by_name.get(name, ())]
    yield from in_source_order(found)[:_MOST]
