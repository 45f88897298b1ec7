"""Fields that were looked at before: what a check in the constructor lets pass holds in every method of the class."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.semantic.flow.definitions import FUNCTIONS
from perffix.semantic.flow.reach import body_of
from perffix.semantic.written_names import last_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.semantic.model import SemanticModel
    from perffix.semantic.scopes import Binding

Function = ast.FunctionDef | ast.AsyncFunctionDef
_LEAVING = ("abort", "exit", "fail_json")  # `fail_json` of Ansible's modules ends the program


def tests_of_field(expr: ast.expr, model: SemanticModel) -> Iterator[tuple[ast.expr, bool]]:
    """Yield the tests that came out true (or false) wherever an attribute of `self` is read, for they raise else.

    They stand in the constructor behind all that sets the attribute, in a method that the constructor calls there,
    or in a method that is called before the expression in its own function. Nothing else sets the attribute.
    """
    field = model.scopes.field_of(expr) if isinstance(expr, ast.Attribute) else None
    owner = None if field is None else field.scope.node
    if field is None or not isinstance(expr, ast.Attribute) or not isinstance(owner, ast.ClassDef):
        return
    constructor = next((each for each in owner.body if isinstance(each, FUNCTIONS) and each.name == "__init__"), None)
    if constructor is None or not field.assignments:
        return
    function = body_of(expr, model)
    if function is constructor or any(body_of(each.node, model) is not constructor for each in field.assignments):
        return
    statements = [*_after(field, constructor), *_before(expr, function)]
    found = [each for each in _tests_in(statements, owner, model) if _mentions(each[0], expr.attr)]
    if found and not _is_set_elsewhere(expr.attr, model):
        yield from found


def _after(field: Binding, constructor: Function) -> list[ast.stmt]:
    """Return the statements of a constructor behind all that sets an attribute."""
    last = max(getattr(each.node, "lineno", 0) for each in field.assignments)
    return [each for each in constructor.body if each.lineno > last]


def _before(expr: ast.expr, function: ast.AST | None) -> list[ast.stmt]:
    """Return the calls that stand before an expression in its method and always run."""
    body = function.body if isinstance(function, FUNCTIONS) else []
    return [each for each in body if each.lineno < expr.lineno and isinstance(each, ast.Expr)]


def _mentions(test: ast.expr, name: str) -> bool:
    """Tell whether a test has to do with an attribute, as far as it shows; a variable may stand for what does."""
    nodes = list(ast.walk(test))
    owners = [each.value for each in nodes if isinstance(each, ast.Attribute)]
    return any(
        getattr(each, "attr", "") == name or (isinstance(each, ast.Name) and each not in owners) for each in nodes
    )


def _tests_in(
    statements: list[ast.stmt], owner: ast.ClassDef, model: SemanticModel, *, inside: bool = False
) -> Iterator[tuple[ast.expr, bool]]:
    """Yield the tests that statements leave the program, or raise, by; also those of the methods they call."""
    for each in statements:
        if isinstance(each, ast.Assert):
            yield each.test, True
        elif isinstance(each, ast.If) and not each.orelse and _leaves(each.body[-1]):
            yield each.test, False
        elif isinstance(each, ast.Expr) and isinstance(each.value, ast.Call) and not inside:
            method = model.names.method_of_self(each.value.func)
            if isinstance(method, FUNCTIONS) and method in owner.body:
                yield from _tests_in(_until_return(method.body), owner, model, inside=True)


def _until_return(body: list[ast.stmt]) -> list[ast.stmt]:
    """Return the statements that run for certain, up to the first in which the method may be left quietly."""
    found = []
    for each in body:
        if any(isinstance(node, ast.Return) for node in ast.walk(each)):
            break
        found.append(each)
    return found


def _leaves(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Raise):
        return True
    call = statement.value if isinstance(statement, ast.Expr) else None
    return isinstance(call, ast.Call) and last_name(call.func) in _LEAVING


def _is_set_elsewhere(name: str, model: SemanticModel) -> bool:
    """Tell whether an attribute of this name is set from outside of a class."""
    return any(
        each.attr == name and not isinstance(each.ctx, ast.Load) and model.scopes.field_of(each) is None
        for each in model.every(ast.Attribute)
    )
