"""Growth: statements that make a string longer by what they add to it, and how that is written."""

from __future__ import annotations

import ast
import enum
from typing import NamedTuple

Target = ast.Name | ast.Attribute | ast.Subscript


class Form(enum.Enum):
    """How a string is made longer."""

    APPEND = "append"  # s += x, s = s + x
    CHAIN = "chain"  # s = s + x + y, which copies s before y is added
    PREPEND = "prepend"  # s = x + s
    FORMAT = "format"  # s = f"{s}{x}"


class Growth(NamedTuple):
    """A statement that makes a string longer.

    Attributes:
        statement: the assignment.
        target: the string.
        form: how it is written.
        added: what is added, in the order of the text.
        copies: the expressions besides the target that name the string; they read it for no other purpose.
    """

    statement: ast.Assign | ast.AugAssign
    target: Target
    form: Form
    added: tuple[ast.expr, ...]
    copies: tuple[ast.expr, ...]


def growth_at(statement: ast.stmt) -> Growth | None:
    """Return what a statement adds to a string, or None when it is no such statement; types are not looked at."""
    if isinstance(statement, ast.AugAssign):
        if isinstance(statement.op, ast.Add) and isinstance(statement.target, (ast.Name, ast.Attribute, ast.Subscript)):
            return Growth(statement, statement.target, Form.APPEND, (statement.value,), ())
        return None
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return None
    target, value = statement.targets[0], statement.value
    if not isinstance(target, (ast.Name, ast.Attribute, ast.Subscript)):
        return None
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add):
        return _from_sum(statement, target, value)
    if isinstance(value, ast.JoinedStr):
        return _from_format(statement, target, value)
    return None


def _from_sum(statement: ast.Assign, target: Target, value: ast.BinOp) -> Growth | None:
    if _names_same(value.right, target):
        return Growth(statement, target, Form.PREPEND, (value.left,), (value.right,))
    added = [value.right]
    left = value.left
    while isinstance(left, ast.BinOp) and isinstance(left.op, ast.Add):
        added.insert(0, left.right)
        left = left.left
    if not _names_same(left, target):
        return None
    form = Form.APPEND if len(added) == 1 else Form.CHAIN
    return Growth(statement, target, form, tuple(added), (left,))


def _from_format(statement: ast.Assign, target: Target, value: ast.JoinedStr) -> Growth | None:
    fields = [each for each in value.values if isinstance(each, ast.FormattedValue)]
    same = [each.value for each in fields if each.conversion == -1 and not each.format_spec and _names_same(each.value, target)]
    others = tuple(each.value for each in fields if not _names_same(each.value, target))
    return Growth(statement, target, Form.FORMAT, others, tuple(same)) if len(same) == 1 and len(value.values) > 1 else None


def _names_same(expr: ast.expr, target: Target) -> bool:
    """Tell whether an expression reads what a target names."""
    if isinstance(target, ast.Name):
        return isinstance(expr, ast.Name) and expr.id == target.id
    return type(expr) is type(target) and ast.unparse(expr) == ast.unparse(target)
