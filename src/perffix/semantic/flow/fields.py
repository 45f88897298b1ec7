"""Fields that were looked at before: what a check in the constructor lets pass holds in every method of the class."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.semantic.flow.definitions import FUNCTIONS
from perffix.semantic.flow.reach import body_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.semantic.model import SemanticModel
    from perffix.semantic.scopes import Binding

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
    function = body_of(expr, model)
    if constructor is None or not _is_set_there_alone(expr.attr, field, constructor, model):
        return
    if function is constructor:
        return
    last = max((each.node.lineno for each in field.assignments if hasattr(each.node, "lineno")), default=0)
    later = [each for each in constructor.body if each.lineno > last]
    yield from _tests_in(later, owner, model)
    if isinstance(function, FUNCTIONS):
        statement: ast.AST = expr
        for each in model.ancestors(expr):
            if each is function:
                break
            statement = each
        before = [each for each in function.body if each.lineno < getattr(statement, "lineno", 0)]
        yield from _tests_in([each for each in before if isinstance(each, ast.Expr)], owner, model)


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
    func = statement.value.func if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call) else None
    return (func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")) in _LEAVING


def _is_set_there_alone(name: str, field: Binding, constructor: ast.AST, model: SemanticModel) -> bool:
    """Tell whether an attribute gets its values in the constructor only, from within the class and from outside."""
    if not field.assignments or any(body_of(each.node, model) is not constructor for each in field.assignments):
        return False
    return all(
        each.attr != name or isinstance(each.ctx, ast.Load) or model.scopes.field_of(each) is not None
        for each in model.every(ast.Attribute)
    )
