"""Placeholders that stand in a variable, since backends spell them differently: `WHERE id = %s` % self.arg.

A call that passes parameters needs placeholders for them. Where its text spells none, and only one expression can hold
them, that expression is one.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, NamedTuple

from perffix.semantic.scopes import How
from perffix.semantic.sql import FOR_VALUES
from perffix.semantic.sql.construction import values_reaching
from perffix.semantic.sql.statement import Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perffix.semantic.model import SemanticModel
    from perffix.semantic.sql.calls import DatabaseCall
    from perffix.semantic.sql.statement import Place
    from perffix.semantic.strings import Hole

_BARE = (Role.VALUE, Role.LIST)
_SPELLED = r"\?|%s|%\(\w+\)s|(?<![:\w]):[A-Za-z_]\w*|\$\d|@\w"
_DEPTH = 5


class Reading(NamedTuple):
    """One way in which a statement can read: its text, and its holes in order with what stands in them."""

    text: str
    holes: list[tuple[Hole, Place]]


def stand_in(readings: Sequence[Reading], call: DatabaseCall, model: SemanticModel) -> str:
    """Return the name of the expression that holds the placeholders of a statement; empty when that is not proved."""
    if not readings or not _passes_parameters(call, model):
        return ""
    if any(re.search(_SPELLED, reading.text) for reading in readings):
        return ""
    found = {_only_holder(reading, model) for reading in readings}
    return found.pop() if len(found) == 1 else ""


def _only_holder(reading: Reading, model: SemanticModel) -> str:
    names = set()
    indexes = [index for index, sign in enumerate(reading.text) if sign == "\0"]
    for index, (hole, place) in zip(indexes, reading.holes, strict=True):
        if place.role in _BARE:
            if not _is_number(hole.value, model):
                names.add(placeholder_name(hole.value, model))
        elif _may_hold_placeholders(reading.text, index, place):
            return ""
    return names.pop() if len(names) == 1 else ""


def placeholder_name(expr: ast.expr, model: SemanticModel, depth: int = _DEPTH) -> str:
    """Return what an expression comes from, through names and through repetition: `", ".join([self.arg] * n)`."""
    if depth == 0:
        return ""
    if isinstance(expr, ast.Name):
        single = model.single_of(expr)
        values = values_reaching(expr, model)
        if values is not None and len(values) == 1:
            return placeholder_name(values[0], model, depth - 1)
        if single is not None and single.how is How.ASSIGNED and single.value is not None:
            return placeholder_name(single.value, model, depth - 1)
    if isinstance(expr, ast.Call) and isinstance(expr.func, ast.Attribute) and expr.func.attr == "join":
        items = expr.args[0] if len(expr.args) == 1 else None
        if isinstance(items, ast.BinOp) and isinstance(items.op, ast.Mult):
            items = items.left
            if isinstance(items, (ast.List, ast.Tuple)) and len(items.elts) == 1:
                return placeholder_name(items.elts[0], model, depth - 1)
        elif isinstance(items, (ast.ListComp, ast.GeneratorExp)) and isinstance(items.elt, (ast.Name, ast.Attribute)):
            return placeholder_name(items.elt, model, depth - 1)
    return ast.unparse(expr)


def _passes_parameters(call: DatabaseCall, model: SemanticModel) -> bool:
    """Tell whether a call surely passes values beside the text."""
    given = call.parameters
    if given is None:
        behind = call.call.args[1:] if call.call.args and call.call.args[0] is call.statement else []
        named = [keyword.value for keyword in call.call.keywords if keyword.arg in FOR_VALUES]
        given = next(iter([*behind, *named]), None)
    if isinstance(given, ast.Name):
        binding = model.binding_of(given)
        assigned = () if binding is None else binding.assignments
        return not any(each.value is not None and _is_nothing(each.value) for each in assigned)
    return given is not None and not _is_nothing(given)


def _is_nothing(expr: ast.expr) -> bool:
    if isinstance(expr, ast.Call) and not expr.args and not expr.keywords:
        return isinstance(expr.func, ast.Name) and expr.func.id in ("list", "dict", "tuple")
    if isinstance(expr, ast.Dict):
        return not expr.keys
    empty = isinstance(expr, (ast.Tuple, ast.List)) and not expr.elts
    return empty or (isinstance(expr, ast.Constant) and expr.value is None)


def _is_number(expr: ast.expr, model: SemanticModel) -> bool:
    known = model.type_of(expr)
    return known is not None and known.name in ("int", "float", "bool")


def _may_hold_placeholders(text: str, index: int, place: Place) -> bool:
    """Tell whether a part of unknown content may have placeholders of its own: a condition, `SET` and what follows."""
    if re.match(r"\s*\)\s*values\b", text[index + 1 :], re.IGNORECASE):
        return False  # the columns of an INSERT
    if place.role in (Role.CLAUSE, Role.ROW):
        return True
    sets = re.search(r"\bset\s+$", text[:index], re.IGNORECASE) is not None
    return place.role is Role.IDENTIFIER and sets and re.match(r"\s*=", text[index + 1 :]) is None
