"""What the test of a branch says of the parameters of a function."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from perffix.project.summaries.terms import ACTION, Parameter

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from perffix.project.summaries.bodies import BodyReader

# A parameter, whether its test must hold, and `none`, `plain` and `among` of a guard.
Condition = tuple[str, bool, bool, bool, tuple[str, ...]]
Conditions = tuple["Sequence[Condition]", "Sequence[Condition]"]  # where a test holds, and where it fails
_NOTHING: Conditions = (), ()
_PLAIN = ("int", "str", "bytes", "float")


def conditions(test: ast.expr, body: BodyReader) -> Conditions:
    """Return what parameters of a body must hold where a test holds, and where it fails."""
    read = _READ.get(type(test))
    return _NOTHING if read is None else read(test, body)


def _of_opposite(test: ast.UnaryOp, body: BodyReader) -> Conditions:
    if not isinstance(test.op, ast.Not):
        return _NOTHING
    holds, fails = conditions(test.operand, body)
    return fails, holds


def _of_parts(test: ast.BoolOp, body: BodyReader) -> Conditions:
    parts = [conditions(each, body) for each in test.values]
    if isinstance(test.op, ast.And):
        return [each for holds, _ in parts for each in holds], []
    return [], [each for _, fails in parts for each in fails]


def _of_comparison(test: ast.Compare, body: BodyReader) -> Conditions:
    if len(test.ops) == 1 and isinstance(test.ops[0], (ast.Is, ast.IsNot)):
        right = test.comparators[0]
        if isinstance(right, ast.Constant) and right.value is None:
            return _of_value(test.left, body, wanted=isinstance(test.ops[0], ast.Is), none=True)
    return _of_action(test, body) if asks_for_action(test) else _NOTHING


def asks_for_action(test: ast.expr) -> bool:
    """Tell whether a test compares what looks like the page of a view that is asked for: `self.action == "list"`."""
    return isinstance(test, ast.Compare) and isinstance(test.left, ast.Attribute) and test.left.attr == "action"


def _of_action(test: ast.expr, body: BodyReader) -> Conditions:
    """Return what `self.action == "list"` or `self.action in ("list", "retrieve")` says of the page."""
    assert isinstance(test, ast.Compare)
    assert isinstance(test.left, ast.Attribute)
    wanted, unwanted = (isinstance(test.ops[0], each) for each in ((ast.Eq, ast.In), (ast.NotEq, ast.NotIn)))
    if len(test.ops) > 1 or not (wanted or unwanted) or _parameter(test.left.value, body) != "self":
        return _NOTHING
    other = test.comparators[0]
    parts = other.elts if isinstance(other, (ast.Tuple, ast.List, ast.Set)) else [other]
    texts = tuple(each.value for each in parts if isinstance(each, ast.Constant) and isinstance(each.value, str))
    if not texts or len(texts) != len(parts):
        return _NOTHING
    return [(ACTION, wanted, False, False, texts)], [(ACTION, not wanted, False, False, texts)]


def _of_value(node: ast.expr, body: BodyReader, wanted: bool = True, none: bool = False) -> Conditions:
    """Return what a test for truth or for None says of a parameter."""
    name = _parameter(node, body)
    return ([(name, wanted, none, False, ())], [(name, not wanted, none, False, ())]) if name else ([], [])


def _of_type(test: ast.Call, body: BodyReader) -> Conditions:
    """Return what `isinstance(key, (int, str))` says of a parameter."""
    if not isinstance(test.func, ast.Name) or test.func.id != "isinstance" or len(test.args) != 2:
        return _NOTHING
    name, kinds = _parameter(test.args[0], body), test.args[1]
    names = kinds.elts if isinstance(kinds, ast.Tuple) else [kinds]
    if not name or any(not isinstance(each, ast.Name) or each.id not in _PLAIN for each in names):
        return _NOTHING
    return [(name, True, False, True, ())], []


def _parameter(node: ast.expr, body: BodyReader) -> str:
    """Return the parameter whose value an expression is; empty for none."""
    held = body.names.get(node.id) if isinstance(node, ast.Name) and body.names is not None else None
    term = None if held is None else body.entries[held].term
    return term.name if isinstance(term, Parameter) else ""


_READ: dict[type[ast.expr], Callable[[Any, BodyReader], Conditions]] = {
    ast.UnaryOp: _of_opposite,
    ast.BoolOp: _of_parts,
    ast.Name: _of_value,
    ast.Compare: _of_comparison,
    ast.Call: _of_type,
}
