"""What the test of a branch says of the parameters of a function."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.project.terms import Parameter

if TYPE_CHECKING:
    from perffix.project.bodies import BodyReader

Condition = tuple[str, bool, bool, bool]  # a parameter, whether its test must hold, and `none` and `plain` of a guard
_PLAIN = ("int", "str", "bytes", "float")


def conditions(test: ast.expr, body: BodyReader) -> tuple[list[Condition], list[Condition]]:
    """Return what parameters of a body must hold where a test holds, and where it fails."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        holds, fails = conditions(test.operand, body)
        return fails, holds
    if isinstance(test, ast.BoolOp):
        parts = [conditions(each, body) for each in test.values]
        if isinstance(test.op, ast.And):
            return [each for holds, _ in parts for each in holds], []
        return [], [each for _, fails in parts for each in fails]
    if isinstance(test, ast.Name):
        return _of_value(test, body, wanted=True, none=False)
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], (ast.Is, ast.IsNot)):
        right = test.comparators[0]
        if isinstance(right, ast.Constant) and right.value is None:
            return _of_value(test.left, body, wanted=isinstance(test.ops[0], ast.Is), none=True)
    if isinstance(test, ast.Call):
        return _of_type(test, body)
    return [], []


def _of_value(node: ast.expr, body: BodyReader, *, wanted: bool, none: bool) -> tuple[list[Condition], list[Condition]]:
    """Return what a test for truth or for None says of a parameter."""
    name = _parameter(node, body)
    return ([(name, wanted, none, False)], [(name, not wanted, none, False)]) if name else ([], [])


def _of_type(test: ast.Call, body: BodyReader) -> tuple[list[Condition], list[Condition]]:
    """Return what `isinstance(key, (int, str))` says of a parameter."""
    if not isinstance(test.func, ast.Name) or test.func.id != "isinstance" or len(test.args) != 2:
        return [], []
    name, kinds = _parameter(test.args[0], body), test.args[1]
    names = kinds.elts if isinstance(kinds, ast.Tuple) else [kinds]
    if not name or any(not isinstance(each, ast.Name) or each.id not in _PLAIN for each in names):
        return [], []
    return [(name, True, False, True)], []


def _parameter(node: ast.expr, body: BodyReader) -> str:
    """Return the parameter whose value an expression is; empty for none."""
    held = body.names.get(node.id) if isinstance(node, ast.Name) and body.names is not None else None
    term = None if held is None else body.entries[held].term
    return term.name if isinstance(term, Parameter) else ""
