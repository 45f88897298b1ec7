"""Objects of libraries: by which call an object was made, of what class it is, and what is done with it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.semantic.scopes import How

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.semantic.model import SemanticModel
    from perffix.semantic.scopes import Binding

_DISPLAYS = (ast.List, ast.Tuple, ast.Set, ast.Dict)
_DEPTH = 6


def made_by(expr: ast.expr, model: SemanticModel, depth: int = _DEPTH) -> ast.Call | None:
    """Return the call that made the object an expression stands for, or None when that is not certain.

    Names with one value, attributes of self and functions of the module with one result are followed; a None that
    only stands in for the object is no second value.
    """
    if depth == 0:
        return None
    if isinstance(expr, ast.Await):
        return made_by(expr.value, model, depth - 1)
    if isinstance(expr, ast.Call):
        function = model.names.definition_of(expr.func) or model.names.method_of_self(expr.func)
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
            return None if function.decorator_list else _made_by_function(function, model, depth)
        return expr
    value = _only_value(expr, model)
    return None if value is None else made_by(value, model, depth - 1)


def _made_by_function(
    function: ast.FunctionDef | ast.AsyncFunctionDef, model: SemanticModel, depth: int
) -> ast.Call | None:
    scope = model.scopes.scope_of(function.body[0])
    if scope.yields:
        return None
    makers = {made_by(each.value, model, depth - 1) if each.value is not None else None for each in scope.returns}
    return makers.pop() if len(makers) == 1 else None


def _only_value(expr: ast.expr, model: SemanticModel) -> ast.expr | None:
    binding = model.binding_of(expr)
    if binding is None:
        return None
    values = []
    for assignment in binding.assignments:
        if assignment.value is None and assignment.how is How.ANNOTATED:
            continue
        given = assignment.given
        if given is None:
            return None
        if not (isinstance(given, ast.Constant) and given.value is None):
            values.append(given)
    return values[0] if len(values) == 1 else None


def class_of(expr: ast.expr, model: SemanticModel) -> str | None:
    """Return the canonical name of the class an object is of, as its maker or its annotation says.

    An object of a class of this module counts as one of the library's class that it derives from.
    """
    maker = made_by(expr, model)
    if maker is not None:
        return class_named(maker.func, model)
    if isinstance(expr, ast.Call):
        return None
    known = model.type_of(expr)
    return None if known is None or known.optional else known.name


def class_named(expr: ast.expr, model: SemanticModel) -> str | None:
    """Return the canonical name of a class; of a class of this module, that of its first base from elsewhere."""
    for _ in range(_DEPTH):
        definition = model.names.definition_of(expr)
        if not isinstance(definition, ast.ClassDef):
            return model.qualified_name(expr)
        if not definition.bases:
            return None
        expr = definition.bases[0]
    return None


def written_value(expr: ast.expr, model: SemanticModel) -> ast.expr | None:
    """Return the literal or display that an expression is, also through names with one value, or None.

    A display behind a name may grow later, but it never loses what is written in it, unless the module takes it out.
    """
    for _ in range(_DEPTH):
        if isinstance(expr, (ast.Constant, *_DISPLAYS)):
            return expr
        found = _only_value(expr, model) if isinstance(expr, (ast.Name, ast.Attribute)) else None
        if found is None:
            return None
        expr = found
    return None


def is_true(expr: ast.expr | None, model: SemanticModel) -> bool:
    """Tell whether an expression is the literal `True` (or 1), also through names with one value."""
    value = None if expr is None else written_value(expr, model)
    return isinstance(value, ast.Constant) and value.value in (True, 1) and not isinstance(value.value, float)


def text_of(expr: ast.expr | None, model: SemanticModel) -> str | None:
    """Return the text of a string literal, also through names with one value, or None."""
    value = None if expr is None else written_value(expr, model)
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else None


def texts_in(expr: ast.expr | None, model: SemanticModel) -> dict[str, ast.expr] | None:
    """Return the string literals that a display (or one string) consists of, or None when it holds anything else."""
    value = None if expr is None else written_value(expr, model)
    if isinstance(value, (ast.List, ast.Tuple, ast.Set)):
        found = {text_of(each, model): each for each in value.elts}
        return None if None in found else {text: each for text, each in found.items() if text is not None}
    text = text_of(value, model)
    return None if text is None or value is None else {text: value}


def holders_of(expr: ast.expr, model: SemanticModel) -> Iterator[Binding]:
    """Yield the names and attributes of self that are given the value of an expression."""
    parent = model.parent(expr)
    targets: list[ast.expr] = []
    if isinstance(parent, ast.Assign):
        targets = parent.targets
    elif isinstance(parent, (ast.AnnAssign, ast.NamedExpr)):
        targets = [parent.target]
    for target in targets:
        binding = model.binding_of(target) if isinstance(target, (ast.Name, ast.Attribute)) else None
        if binding is not None:
            yield binding


def uses_of_object(expr: ast.expr, model: SemanticModel) -> Iterator[ast.expr]:
    """Yield the expressions that stand for the object an expression makes: itself, and reads of names that hold it.

    Where a function of the module returns it, the calls of that function and what holds their results count, too.
    """
    seen: set[ast.AST] = set()
    pending = [expr]
    while pending:
        current = pending.pop()
        if current in seen:
            continue
        seen.add(current)
        yield current
        for binding in holders_of(current, model):
            pending.extend(binding.uses)
        parent = model.parent(current)
        function = model.function_of(current) if isinstance(parent, ast.Return) else None
        if function is not None:
            pending.extend(_calls_of(function, model))


def _calls_of(function: ast.FunctionDef | ast.AsyncFunctionDef, model: SemanticModel) -> Iterator[ast.Call]:
    binding = model.scopes.lookup(function.name, model.scopes.scope_of(function))
    for use in binding.uses if binding is not None else ():
        call = model.parent(use)
        if isinstance(call, ast.Call) and call.func is use:
            yield call
