"""Functions of a module that hand their statement on to a database: the calls of them are database calls, too."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.semantic.flow.callers import own_calls_of
from perffix.semantic.scopes import How

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.semantic.model import SemanticModel
    from perffix.semantic.sql.calls import DatabaseCall

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_LEVELS = 2


def calls_through(database: DatabaseCall, model: SemanticModel, levels: int = _LEVELS) -> Iterator[DatabaseCall]:
    """Yield the calls of the function around a database call whose parameter is the statement of that call."""
    function = model.function_of(database.call)
    name = _parameter(database.statement, function, model)
    if function is None or name is None or levels == 0:
        return
    values = None if database.parameters is None else _parameter(database.parameters, function, model)
    passes = values is not None and database.passing == "argument" and database.takes_parameters
    for call in own_calls_of(function, model):
        statement = argument_for(name, function, call)
        if statement is None or model.function_of(call) is function:
            continue
        given = None if values is None else argument_for(values, function, call)
        positional = values is not None and _index(values, function, call) == len(call.args) and not call.keywords
        through = database._replace(
            call=call,
            statement=statement,
            parameters=given,
            because=f"`{function.name}()` hands it on: {database.because}",
            takes_parameters=passes,
            passing="argument" if positional or given is not None else "keyword",
            keyword="" if positional else values or "",
        )
        yield through
        yield from calls_through(through, model, levels - 1)


def _parameter(expr: ast.expr, function: ast.AST | None, model: SemanticModel) -> str | None:
    """Return the name of the parameter of a function that an expression is, when nothing else is ever in it."""
    binding = model.binding_of(expr) if isinstance(expr, ast.Name) else None
    single = None if binding is None else binding.single
    if binding is None or single is None or single.how is not How.PARAMETER or binding.scope.node is not function:
        return None
    return binding.name


def argument_for(name: str, function: ast.AST, call: ast.Call) -> ast.expr | None:
    """Return what a call passes for a parameter of a function, or None when it does not or cannot be told."""
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    index = _index(name, function, call)
    if index is None or index >= len(call.args):
        return None
    if any(isinstance(each, ast.Starred) for each in call.args[: index + 1]):
        return None
    return call.args[index]


def _index(name: str, function: ast.AST, call: ast.Call) -> int | None:
    """Return the place of a parameter among the positional arguments of a call."""
    if not isinstance(function, _FUNCTIONS):
        return None
    names = [each.arg for each in (*function.args.posonlyargs, *function.args.args)]
    if name not in names:
        return None
    static = any(isinstance(each, ast.Name) and each.id == "staticmethod" for each in function.decorator_list)
    bound = isinstance(call.func, ast.Attribute) and names[0] in ("self", "cls") and not static
    return names.index(name) - bound
