"""Operations: the class of what operators, subscripts and methods give, by the classes of what they are given."""

from __future__ import annotations

import ast

from perffix.semantic import facts
from perffix.semantic.types import Type, base_name, parse, same

_SEQUENCES = ("list", "tuple", "str", "bytes", "bytearray")
_ITERABLE_ABSTRACTIONS = ("collections.abc.Sequence", "collections.abc.Iterable", "collections.abc.Collection")


def type_of_operation(left: Type, operator: ast.operator, right: Type) -> Type | None:
    """Return the type of `left + right` or another binary operation, or None when it is not certain."""
    if isinstance(operator, ast.Add) and left.name == right.name and left.name in _SEQUENCES:
        element = same((left.element, right.element))
        if left.name == "tuple":
            return Type("tuple", (element,), homogeneous=True)
        return Type(left.name, (element,) if element and left.arguments else ())
    if isinstance(operator, ast.Mult) and left.name in _SEQUENCES and right.name in ("int", "bool"):
        return Type("tuple", (left.element,), homogeneous=True) if left.name == "tuple" else left.but(because="")
    numbers = {left.name, right.name}
    if numbers <= {"int", "bool"} and isinstance(operator, (ast.Add, ast.Sub, ast.Mult, ast.FloorDiv, ast.Mod)):
        return Type("int")
    if numbers <= {"int", "bool", "float"} and isinstance(operator, (ast.Add, ast.Sub, ast.Mult, ast.Div)):
        return Type("float")
    return None


def type_of_subscript(whole: Type, index: ast.expr) -> Type | None:
    """Return the type of `whole[index]` or of a slice, or None when it is not certain."""
    if isinstance(index, ast.Slice):
        if whole.name == "tuple":
            return Type("tuple", (whole.element,), homogeneous=True)
        return whole.but(because="", optional=False) if whole.name in _SEQUENCES else None
    if whole.name in ("dict", "collections.defaultdict"):
        return whole.arguments[1] if len(whole.arguments) == 2 else None
    if whole.name == "str":
        return Type("str")
    if whole.name == "tuple" and not whole.homogeneous:
        position = index.value if isinstance(index, ast.Constant) else None
        if isinstance(position, int) and 0 <= position < len(whole.arguments):
            return whole.arguments[position]
    return whole.element if whole.name in ("list", "tuple", *_ITERABLE_ABSTRACTIONS) else None


def type_of_method_call(receiver: Type, method: str) -> Type | None:
    """Return the type of `receiver.method(...)`, or None when it is not certain."""
    known = facts.load("builtins")["types"].get(base_name(receiver.name))
    result = "" if known is None else known["returns"].get(method, "")
    if result == "self":
        return receiver.but(because="", optional=False)
    if result == "element":
        return receiver.element
    if result in ("dict_items", "dict_keys", "dict_values"):
        return Type(result, receiver.arguments)
    return parse(result)
