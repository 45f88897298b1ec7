"""Hashability: which values may stand in a set, and find themselves there as `==` would find them in a list."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from perffix.semantic.scopes import How

if TYPE_CHECKING:
    from perffix.semantic.model import SemanticModel
    from perffix.semantic.scopes import Assignment
    from perffix.semantic.types import Type

# Equal values of these have equal hashes, also across the types.
_PLAIN = frozenset({"str", "bytes", "int", "bool", "float", "complex", "NoneType"})
_UNHASHABLE = frozenset({"list", "dict", "set", "bytearray", "collections.deque", "collections.defaultdict"})
_KEYED = frozenset({"dict", "dict_keys", "set", "frozenset", "collections.defaultdict", "collections.Counter"})
_KEY_METHODS = frozenset({"get", "add", "discard", "setdefault", "pop"})
_COPIES = ("list", "sorted", "tuple", "set", "reversed")
# Attributes and items of these names stand for something by a number or a word.
_KEY_NAME = re.compile(r"(?:^|_)(?:ids?|pk|uuid|names?|key|code|slug|email|sku|url|path|label|login|isbn|hash)$")
_DEPTH = 3


def is_plain(known: Type | None) -> bool:
    """Tell whether values of a type are hashed and compared alike: scalars, and tuples of those."""
    if known is None:
        return False
    if known.name == "tuple":
        return bool(known.arguments) and all(is_plain(each) for each in known.arguments)
    return known.name in _PLAIN


def is_unhashable(known: Type | None) -> bool:
    """Tell whether no value of a type can stand in a set."""
    if known is None:
        return False
    if known.name == "tuple":
        return any(is_unhashable(each) for each in known.arguments)
    return known.name in _UNHASHABLE


def why_hashable(container: ast.expr, value: ast.expr, model: SemanticModel) -> str | None:
    """Return why what a list holds, or is asked for, can be hashed; None when nothing says so.

    Args:
        container: the list.
        value: what is looked up in it.
        model: the module.
    """
    known = model.type_of(container)
    element, asked = (None if known is None else known.element), model.type_of(value)
    if is_unhashable(element) or is_unhashable(asked):
        return None
    if is_plain(element):
        return f"its elements are of type {element!r}"
    if is_plain(asked):
        return f"`{ast.unparse(value)}` is of type {asked!r}"
    if _holds_keys(container, model, _DEPTH):
        return "its elements were keys before"
    if _is_key(value, model):
        return f"`{ast.unparse(value)}` is a key elsewhere"
    for expr in (value, *_added_to(container, model)):
        if _is_named_key(expr):
            return f"`{ast.unparse(expr)}` is named like something that can be hashed"
    return None


def _holds_keys(container: ast.expr, model: SemanticModel, depth: int) -> bool:
    """Tell whether the elements of a list come from a dict or set."""
    if depth == 0:
        return False
    binding = model.binding_of(container)
    if binding is not None:
        given = binding.assignments
        values = [each.value for each in given if each.how in (How.ASSIGNED, How.ANNOTATED) and each.value is not None]
        agree = bool(values) and len(values) == len(given)
        return agree and all(_holds_keys(value, model, depth - 1) for value in values)
    if isinstance(container, ast.Call) and container.args and model.names.is_builtin(container.func, *_COPIES):
        return _iterates_keys(container.args[0], model) or _holds_keys(container.args[0], model, depth - 1)
    if isinstance(container, ast.ListComp):
        return _is_key(container.elt, model)
    return False


def _iterates_keys(expr: ast.expr, model: SemanticModel) -> bool:
    known = model.type_of(expr)
    return known is not None and known.name in _KEYED


def _is_key(expr: ast.expr, model: SemanticModel) -> bool:
    """Tell whether a name gets its values from the keys of a dict or set, or is itself used as a key or index."""
    binding = model.binding_of(expr)
    if binding is None or binding.is_attribute:
        return False
    if any(_is_given_keys(each, model) for each in binding.assignments):
        return True
    return any(_is_used_as_key(use, model) for use in binding.uses)


def _is_given_keys(assignment: Assignment, model: SemanticModel) -> bool:
    source = assignment.value
    if source is None:
        return False
    if assignment.how is How.ITERATED:
        return _iterates_keys(source, model)
    if assignment.how is not How.ITERATED_UNPACKED or not isinstance(source, ast.Call):
        return False
    target = getattr(assignment.statement, "target", None)
    first = isinstance(target, ast.Tuple) and target.elts[0] is assignment.node
    if model.names.is_builtin(source.func, "enumerate"):
        return first
    func = source.func
    return first and isinstance(func, ast.Attribute) and func.attr == "items" and _iterates_keys(func.value, model)


def _is_used_as_key(use: ast.expr, model: SemanticModel) -> bool:
    parent = model.parent(use)
    if isinstance(parent, ast.Subscript):
        return parent.slice is use
    if isinstance(parent, ast.Compare) and isinstance(parent.ops[0], (ast.In, ast.NotIn)) and parent.left is use:
        return _iterates_keys(parent.comparators[0], model)
    if isinstance(parent, ast.Call) and isinstance(parent.func, ast.Attribute) and parent.func.attr in _KEY_METHODS:
        return use in parent.args[:1] and _iterates_keys(parent.func.value, model)
    return False


def _added_to(container: ast.expr, model: SemanticModel) -> list[ast.expr]:
    """Return the expressions that make the elements of a list, where they are written out."""
    binding = model.binding_of(container)
    if binding is None:
        return []
    added = [each.value.elt for each in binding.assignments if isinstance(each.value, ast.ListComp)]
    added.extend(
        [
            put.args[0]
            for put in model.queues.queue_of(binding).back_puts
            if isinstance(put, ast.Call) and isinstance(put.func, ast.Attribute) and put.func.attr == "append"
        ]
    )
    return added


def _is_named_key(expr: ast.expr) -> bool:
    """Tell whether an expression reads an attribute or item whose name says that it identifies something."""
    if isinstance(expr, ast.Attribute):
        return _KEY_NAME.search(expr.attr) is not None
    if isinstance(expr, ast.Subscript) and isinstance(expr.slice, ast.Constant):
        return isinstance(expr.slice.value, str) and _KEY_NAME.search(expr.slice.value) is not None
    return False
