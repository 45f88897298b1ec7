"""What the test of a branch says of the parameters of a function."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.project.summaries.terms import ACTION, Parameter

if TYPE_CHECKING:
    from perffix.project.summaries.bodies import BodyReader

# A parameter, whether its test must hold, and `none`, `plain` and `among` of a guard.
Condition = tuple[str, bool, bool, bool, tuple[str, ...]]
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
    return _of_action(test, body) if asks_for_action(test) else ([], [])


def asks_for_action(test: ast.expr) -> bool:
    """Tell whether a test compares what looks like the page of a view that is asked for: `self.action == "list"`."""
    return isinstance(test, ast.Compare) and isinstance(test.left, ast.Attribute) and test.left.attr == "action"


def _of_action(test: ast.expr, body: BodyReader) -> tuple[list[Condition], list[Condition]]:
    """Return what `self.action == "list"` or `self.action in ("list", "retrieve")` says of the page."""
    assert isinstance(test, ast.Compare)
    assert isinstance(test.left, ast.Attribute)
    wanted, unwanted = (isinstance(test.ops[0], each) for each in ((ast.Eq, ast.In), (ast.NotEq, ast.NotIn)))
    if len(test.ops) > 1 or not (wanted or unwanted) or _parameter(test.left.value, body) != "self":
        return [], []
    other = test.comparators[0]
    parts = other.elts if isinstance(other, (ast.Tuple, ast.List, ast.Set)) else [other]
    texts = tuple(each.value for each in parts if isinstance(each, ast.Constant) and isinstance(each.value, str))
    if not texts or len(texts) != len(parts):
        return [], []
    return [(ACTION, wanted, False, False, texts)], [(ACTION, not wanted, False, False, texts)]


def _of_value(node: ast.expr, body: BodyReader, *, wanted: bool, none: bool) -> tuple[list[Condition], list[Condition]]:
    """Return what a test for truth or for None says of a parameter."""
    name = _parameter(node, body)
    return ([(name, wanted, none, False, ())], [(name, not wanted, none, False, ())]) if name else ([], [])


def _of_type(test: ast.Call, body: BodyReader) -> tuple[list[Condition], list[Condition]]:
    """Return what `isinstance(key, (int, str))` says of a parameter."""
    if not isinstance(test.func, ast.Name) or test.func.id != "isinstance" or len(test.args) != 2:
        return [], []
    name, kinds = _parameter(test.args[0], body), test.args[1]
    names = kinds.elts if isinstance(kinds, ast.Tuple) else [kinds]
    if not name or any(not isinstance(each, ast.Name) or each.id not in _PLAIN for each in names):
        return [], []
    return [(name, True, False, True, ())], []


def _parameter(node: ast.expr, body: BodyReader) -> str:
    """Return the parameter whose value an expression is; empty for none."""
    held = body.names.get(node.id) if isinstance(node, ast.Name) and body.names is not None else None
    term = None if held is None else body.entries[held].term
    return term.name if isinstance(term, Parameter) else ""
