"""Instances: the canonical name of the class that a value is an instance of, for classes of other modules."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.semantic.scopes import How

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perffix.semantic.model import SemanticModel
    from perffix.semantic.scopes import Assignment

_DEPTH = 4
_OPTIONAL = ("typing.Optional", "typing.Annotated", "typing_extensions.Annotated", "typing.Union")
_NONE: Mapping[str, str] = {}


def class_of(
    expr: ast.expr, model: SemanticModel, makers: Mapping[str, str] = _NONE, depth: int = _DEPTH
) -> str | None:
    """Return the canonical name of an expression's class, or None when that is not certain.

    Classes are known from their call, from annotations and from single assignments; of functions that make an
    instance, `makers` has the class. Classes of this module have a leading dot.
    """
    if depth == 0:
        return None
    if isinstance(expr, ast.Await):
        return class_of(expr.value, model, makers, depth)
    if isinstance(expr, ast.Call):
        return _of_call(expr, model, makers, depth)
    if not isinstance(expr, (ast.Name, ast.Attribute)):
        return None
    binding = model.binding_of(expr)
    if binding is None or not binding.assignments:
        return None
    found = {
        _of_assignment(each, model, makers, depth)
        for each in binding.assignments
        if not (isinstance(each.value, ast.Constant) and each.value.value is None and each.how is not How.PARAMETER)
    }
    return found.pop() if len(found) == 1 else None


def _of_call(call: ast.Call, model: SemanticModel, makers: Mapping[str, str], depth: int) -> str | None:
    definition = model.names.definition_of(call.func)
    if isinstance(definition, ast.ClassDef):
        return f".{definition.name}"
    name = model.qualified_name(call.func)
    if name is not None:
        made = makers.get(name)
        if made is not None:
            return made
        return name if name.rpartition(".")[2][:1].isupper() or name in _LOWER_CLASSES else None
    if isinstance(call.func, ast.Attribute):
        owner = class_of(call.func.value, model, makers, depth - 1)
        return makers.get(f"{owner}.{call.func.attr}") if owner is not None else None
    return None


_LOWER_CLASSES = ("socket.socket", "smtplib.SMTP_SSL", "zipfile.ZipFile")


def _of_assignment(assignment: Assignment, model: SemanticModel, makers: Mapping[str, str], depth: int) -> str | None:
    node, statement = assignment.node, assignment.statement
    if assignment.how is How.PARAMETER and isinstance(node, ast.arg):
        return None if node.annotation is None else annotated_class(node.annotation, model)
    if assignment.how is How.ANNOTATED and isinstance(statement, ast.AnnAssign):
        declared = annotated_class(statement.annotation, model)
        if declared is not None:
            return declared
    if assignment.how is How.UNPACKED and isinstance(assignment.value, ast.Call):
        return _accepted(assignment, assignment.value, model, makers, depth)
    given = assignment.given
    return None if given is None else class_of(given, model, makers, depth - 1)


def _accepted(
    assignment: Assignment, call: ast.Call, model: SemanticModel, makers: Mapping[str, str], depth: int
) -> str | None:
    """Return the class of the connection in `connection, address = server.accept()`."""
    targets = model.parent(assignment.node)
    if not isinstance(targets, ast.Tuple) or targets.elts[0] is not assignment.node:
        return None
    func = call.func
    if not isinstance(func, ast.Attribute) or func.attr != "accept":
        return None
    return "socket.socket" if class_of(func.value, model, makers, depth - 1) == "socket.socket" else None


def annotated_class(annotation: ast.expr, model: SemanticModel) -> str | None:
    """Return the canonical name of the class that an annotation names, None apart, or None for all else."""
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        return _of_text(annotation.value, model, annotation)
    if isinstance(annotation, ast.BinOp):
        options = [each for each in (annotation.left, annotation.right) if not _is_none(each)]
        return annotated_class(options[0], model) if len(options) == 1 else None
    if isinstance(annotation, ast.Subscript):
        if model.qualified_name(annotation.value) in _OPTIONAL:
            inner = annotation.slice.elts if isinstance(annotation.slice, ast.Tuple) else [annotation.slice]
            return annotated_class(inner[0], model)
        return model.qualified_name(annotation.value)
    name = model.qualified_name(annotation)
    if name is not None:
        return name
    definition = model.names.definition_of(annotation)
    return f".{definition.name}" if isinstance(definition, ast.ClassDef) else None


def _of_text(text: str, model: SemanticModel, place: ast.expr) -> str | None:
    """Return the class that a quoted annotation names, as far as it is a plain dotted name of the module."""
    first, _, rest = text.strip().partition(".")
    if not first.isidentifier():
        return None
    binding = model.scopes.lookup(first, model.scopes.scope_of(place))
    if binding is None:
        return None
    name = model.names.meaning_of(binding)
    if name is None:
        single = binding.single
        return f".{first}" if single is not None and isinstance(single.node, ast.ClassDef) and not rest else None
    return f"{name}.{rest}" if rest else name


def _is_none(expr: ast.expr) -> bool:
    return isinstance(expr, ast.Constant) and expr.value is None


def bases_of(definition: ast.ClassDef, model: SemanticModel, depth: int = 6) -> list[str]:
    """Return the canonical names of a class's bases, of those in the module also their bases."""
    found: list[str] = []
    for base in definition.bases:
        if isinstance(base, ast.Subscript):
            base = base.value
        name = model.qualified_name(base)
        local = model.names.definition_of(base)
        if name is not None:
            found.append(name)
        elif isinstance(local, ast.ClassDef) and depth and local is not definition:
            found += bases_of(local, model, depth - 1)
    return found
