"""Annotations: the type that a declaration promises."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.semantic.types import Type, agree_or_none, class_name

if TYPE_CHECKING:
    from perffix.semantic.names import NameTable

_WRAPPERS = ("typing.Final", "typing.ClassVar", "typing.Annotated", "typing_extensions.Annotated", "typing.Required")


class AnnotationReader:
    """Reads the annotations of one module."""

    def __init__(self, names: NameTable) -> None:
        self._names = names

    def type_of(self, annotation: ast.expr) -> Type | None:
        """Return the type that an annotation names, or None for unions, protocols, variables and unknown names."""
        if isinstance(annotation, ast.Constant):
            if annotation.value is None:
                return Type("NoneType")
            if isinstance(annotation.value, str):
                return self._from_text(annotation.value)
            return None
        if isinstance(annotation, ast.BinOp) and isinstance(annotation.op, ast.BitOr):
            return agree_or_none([self.type_of(annotation.left), self.type_of(annotation.right)])
        if isinstance(annotation, ast.Subscript):
            return self._from_generic(annotation)
        name = self._names.qualified_name(annotation)
        if name is None:
            definition = self._names.definition_of(annotation)
            return Type(f".{definition.name}", exact=False) if isinstance(definition, ast.ClassDef) else None
        return Type(class_name(name), exact=False)

    def _from_text(self, text: str) -> Type | None:
        try:
            expr = ast.parse(text.strip(), mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None  # not an annotation that says anything to us
        return self.type_of(expr)

    def _from_generic(self, annotation: ast.Subscript) -> Type | None:
        name = self._names.qualified_name(annotation.value)
        if name is None:
            return None
        inner = annotation.slice.elts if isinstance(annotation.slice, ast.Tuple) else [annotation.slice]
        if name in ("typing.Optional", "typing.Union"):
            options = [self.type_of(each) for each in inner]
            return agree_or_none([*options, Type("NoneType")] if name == "typing.Optional" else options)
        if name in _WRAPPERS:
            return self.type_of(inner[0])
        homogeneous = len(inner) == 2 and isinstance(inner[1], ast.Constant) and inner[1].value is Ellipsis
        arguments = tuple(self.type_of(each) for each in (inner[:1] if homogeneous else inner))
        return Type(class_name(name), arguments, exact=False, homogeneous=homogeneous)


def also_given(value: ast.expr | None, declared: Type | None) -> Type | None:
    """Return the type of what is annotated with a type that its value, or default, may not have: None most of all."""
    if declared is None or not isinstance(value, ast.Constant):
        return declared
    if value.value is None:
        return declared.but(optional=True)
    is_text = isinstance(value.value, (str, bytes))
    return None if is_text and declared.name != type(value.value).__name__ else declared
