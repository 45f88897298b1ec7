"""Forms and serializers of the module: which of their fields hold text of the client's choice."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.semantic.flow.definitions import definition_of, instance_class
from perffix.semantic.flow.instances import bases_of

if TYPE_CHECKING:
    from perffix.semantic.flow.selectors import Path
    from perffix.semantic.model import SemanticModel

_FORMS = ("Form", "FlaskForm", "ModelForm", "BaseForm", "Serializer", "ModelSerializer", "SecureForm", "StarletteForm")
_CLEANED = ("cleaned_data", "validated_data")
_TEXT_FIELDS = (
    "CharField", "StringField", "TextAreaField", "TextField", "HiddenField", "PasswordField", "SearchField",
    "URLField", "JSONField", "DictField", "ListField", "FileField",
)  # fmt: skip
_LIMITING = ("Regexp", "AnyOf", "RegexValidator", "UUID", "MacAddress", "IPAddress", "RegexField", "validate_slug")


def is_part_of_form(expr: ast.Attribute, path: Path, model: SemanticModel) -> bool:
    """Tell whether an expression is what a client sent in a text field of a form that is defined in the module.

    `form.name.data`, `form.data["name"]`, `form.cleaned_data["name"]`, `serializer.validated_data["name"]`.
    """
    if expr.attr == "data" and isinstance(expr.value, ast.Attribute):
        definition = instance_class(expr.value.value, model)
        return definition is not None and _is_text(definition, expr.value.attr, model)
    if expr.attr not in (*_CLEANED, "data") or not path or path[0].kind != "item":
        return False
    definition = instance_class(expr.value, model) or _form_of_view(expr.value, model)
    return definition is not None and _is_text(definition, str(path[0].key), model)


def _form_of_view(expr: ast.expr, model: SemanticModel) -> ast.ClassDef | None:
    """Return the class in `form_class = Search` of the view whose `form_valid(self, form)` gets the form."""
    binding = model.scopes.binding_of(expr) if isinstance(expr, ast.Name) else None
    single = None if binding is None else binding.single
    if binding is None or single is None or not isinstance(single.node, ast.arg):
        return None
    view = model.scopes.enclosing_class(binding.scope)
    if view is None or not isinstance(view.node, ast.ClassDef) or single.node.arg != "form":
        return None
    for statement in view.node.body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "form_class":
            found = definition_of(statement.value, model)
            return found if isinstance(found, ast.ClassDef) else None
    return None


def _is_text(definition: ast.ClassDef, field: str, model: SemanticModel) -> bool:
    """Tell whether a field of a form takes any text: no validator, and no method of the form, limits it."""
    if not any(name.rpartition(".")[2] in _FORMS for name in bases_of(definition, model)):
        return False
    for statement in definition.body:
        if isinstance(statement, ast.FunctionDef) and statement.name in (f"clean_{field}", f"validate_{field}"):
            return False
    for statement in definition.body:
        if isinstance(statement, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == field for target in statement.targets
        ):
            return _takes_text(statement.value, model)
    return False


def _takes_text(made: ast.expr, model: SemanticModel) -> bool:
    if not isinstance(made, ast.Call):
        return False
    func = made.func
    name = model.qualified_name(func) or (func.attr if isinstance(func, ast.Attribute) else "")
    if name.rpartition(".")[2] not in _TEXT_FIELDS:
        return False
    parts = (each for each in ast.walk(made) if isinstance(each, (ast.Name, ast.Attribute)))
    return not any((each.id if isinstance(each, ast.Name) else each.attr) in _LIMITING for each in parts)
