"""Definitions: which function or class of the module an expression stands for, and which function a call runs."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.semantic.scopes import How
from perffix.semantic.walk import ScopeKind

if TYPE_CHECKING:
    from perffix.semantic.flow.context import Function
    from perffix.semantic.model import SemanticModel
    from perffix.semantic.scopes import Assignment

Definition = ast.FunctionDef | ast.AsyncFunctionDef
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_DEPTH = 5


def definition_of(expr: ast.expr, model: SemanticModel, depth: int = _DEPTH) -> Function | ast.ClassDef | None:
    """Return the function, lambda or class of the module that an expression stands for, None when it is not certain.

    Names that are assigned once are followed, `Outer.Inner` and functions of a class as well.
    """
    if depth == 0:
        return None
    if isinstance(expr, ast.Lambda):
        return expr
    if isinstance(expr, ast.Name):
        single = model.single_of(expr)
        if single is None:
            return None
        if isinstance(single.node, (*FUNCTIONS, ast.ClassDef)):
            return single.node
        return definition_of(single.value, model, depth - 1) if single.how is How.ASSIGNED and single.value else None
    if not isinstance(expr, ast.Attribute):
        return None
    owner = definition_of(expr.value, model, depth - 1)
    return member_of(owner, expr.attr, model) if isinstance(owner, ast.ClassDef) else None


def member_of(
    definition: ast.ClassDef, name: str, model: SemanticModel, depth: int = _DEPTH
) -> Definition | ast.ClassDef | None:
    """Return the function or class that a class, or a base of it in the module, defines once under a name."""
    found = [each for each in definition.body if isinstance(each, (*FUNCTIONS, ast.ClassDef)) and each.name == name]
    if found:
        return found[0] if len(found) == 1 else None
    for base in definition.bases:
        owner = definition_of(base, model, depth - 1)
        if isinstance(owner, ast.ClassDef) and owner is not definition and depth:
            inherited = member_of(owner, name, model, depth - 1)
            if inherited is not None:
                return inherited
    return None


def method_of(definition: ast.ClassDef, name: str, model: SemanticModel) -> Definition | None:
    """Return the method of a class, or of a base of it in the module, when it is defined once."""
    found = member_of(definition, name, model)
    return found if isinstance(found, FUNCTIONS) else None


def instance_class(expr: ast.expr, model: SemanticModel, depth: int = _DEPTH) -> ast.ClassDef | None:
    """Return the class of the module that an expression's value is an instance of, None when it is not certain."""
    if depth == 0:
        return None
    if isinstance(expr, ast.Await):
        return instance_class(expr.value, model, depth)
    if isinstance(expr, ast.Call):
        made = definition_of(expr.func, model, depth) or called_function(expr, model, depth - 1)
        if isinstance(made, tuple):
            made = made[0]
        if isinstance(made, ast.ClassDef):
            return made
        return _class_returned(made, model, depth) if isinstance(made, FUNCTIONS) else None
    if not isinstance(expr, (ast.Name, ast.Attribute)):
        return None
    inside = model.scopes.class_of_self(expr) if isinstance(expr, ast.Name) else None
    if inside is not None:
        return inside.node if isinstance(inside.node, ast.ClassDef) else None
    binding = model.binding_of(expr)
    if binding is None or not binding.assignments:
        return None
    given = [each for each in binding.assignments if not _is_nothing(each)]
    found = {_class_assigned(each, model, depth) for each in given}
    return found.pop() if len(found) == 1 else None


def _is_nothing(assignment: Assignment) -> bool:
    value = assignment.value
    return isinstance(value, ast.Constant) and value.value is None and assignment.how is not How.PARAMETER


def _class_assigned(assignment: Assignment, model: SemanticModel, depth: int) -> ast.ClassDef | None:
    node, statement = assignment.node, assignment.statement
    annotation = None
    if isinstance(node, ast.arg):
        annotation = node.annotation
    elif isinstance(statement, ast.AnnAssign):
        annotation = statement.annotation
    if annotation is not None:
        declared = definition_of(annotation, model, depth - 1)
        return declared if isinstance(declared, ast.ClassDef) else None
    given = assignment.given
    return None if given is None else instance_class(given, model, depth - 1)


def _class_returned(function: Definition, model: SemanticModel, depth: int) -> ast.ClassDef | None:
    scope = model.scopes.scope_of(function.body[0])
    found = {None if each.value is None else instance_class(each.value, model, depth - 1) for each in scope.returns}
    return found.pop() if len(found) == 1 and not scope.yields else None


def called_function(
    call: ast.Call, model: SemanticModel, depth: int = _DEPTH
) -> tuple[Function, ast.expr | None] | None:
    """Return the function of the module that a call runs, and the object whose method it is."""
    func = call.func
    if depth == 0:
        return None
    if not isinstance(func, ast.Attribute):
        definition = definition_of(func, model, depth)
        return None if definition is None or isinstance(definition, ast.ClassDef) else (definition, None)
    method = model.names.method_of_self(func)
    if method is not None:
        return method, func.value
    owner = definition_of(func.value, model, depth)
    receiver: ast.expr | None = None
    if not isinstance(owner, ast.ClassDef):
        owner, receiver = instance_class(func.value, model, depth - 1), func.value
    if owner is None and isinstance(func.value, ast.Name):
        owner, receiver = _class_of_cls(func.value, model), func.value
    found = None if owner is None else method_of(owner, func.attr, model)
    if found is None:
        return None
    return found, func.value if receiver is not None or _is_decorated(found, "classmethod") else None


def _class_of_cls(name: ast.Name, model: SemanticModel) -> ast.ClassDef | None:
    """Return the class that `cls` of one of its class methods stands for."""
    binding = model.scopes.binding_of(name)
    if binding is None or binding.scope.kind is not ScopeKind.FUNCTION or binding.single is None:
        return None
    function = binding.scope.node
    owner = model.scopes.enclosing_class(binding.scope)
    if owner is None or not isinstance(function, FUNCTIONS) or not isinstance(owner.node, ast.ClassDef):
        return None
    first = [*function.args.posonlyargs, *function.args.args][:1]
    return owner.node if first == [binding.single.node] and _is_decorated(function, "classmethod") else None


def _is_decorated(function: Definition, name: str) -> bool:
    return any(isinstance(each, ast.Name) and each.id == name for each in function.decorator_list)


def takes_instance(function: Function, model: SemanticModel) -> bool:
    """Tell whether the first parameter of a function is the instance or class that it is called on."""
    if isinstance(function, ast.Lambda) or not isinstance(model.parent(function), ast.ClassDef):
        return False
    return not _is_decorated(function, "staticmethod")
