"""Exceptions: which expressions certainly evaluate without one."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.semantic import facts

if TYPE_CHECKING:
    from perffix.semantic.inference import TypeTable
    from perffix.semantic.names import NameTable


class RaisingTable:
    """Answers about exceptions in one module."""

    def __init__(self, names: NameTable, types: TypeTable) -> None:
        self._names = names
        self._types = types

    def cannot_raise(self, expr: ast.expr) -> bool:
        """Tell whether evaluating an expression is known not to raise, given that its local names are bound.

        Constants, names, displays of those, `not`, `is`, boolean and conditional combinations, f-strings without a
        format specification and arithmetic free of division on known plain types.
        """
        if isinstance(expr, (ast.Constant, ast.Name)):
            return True
        if isinstance(expr, (ast.Tuple, ast.List)):
            return all(self.cannot_raise(each) for each in expr.elts)
        if isinstance(expr, ast.BoolOp):
            return all(self.cannot_raise(each) and self._types.is_plain(each) for each in expr.values)
        if isinstance(expr, ast.IfExp):
            parts = (expr.test, expr.body, expr.orelse)
            return all(self.cannot_raise(each) for each in parts) and self._types.is_plain(expr.test)
        if isinstance(expr, ast.UnaryOp):
            return self.cannot_raise(expr.operand) and self._types.is_plain(expr.operand)
        if isinstance(expr, ast.Compare):
            return self._comparison_cannot_raise(expr)
        if isinstance(expr, ast.BinOp):
            return self._arithmetic_cannot_raise(expr)
        if isinstance(expr, ast.JoinedStr):
            return all(self._interpolation_cannot_raise(each) for each in expr.values)
        return isinstance(expr, ast.Call) and self._call_cannot_raise(expr)

    def _comparison_cannot_raise(self, expr: ast.Compare) -> bool:
        operands = [expr.left, *expr.comparators]
        if not all(self.cannot_raise(each) for each in operands):
            return False
        if all(isinstance(op, (ast.Is, ast.IsNot)) for op in expr.ops):
            return True
        equality = all(isinstance(op, (ast.Eq, ast.NotEq)) for op in expr.ops)
        plain = [self._types.type_of(each) for each in operands]
        names = {known.name for known in plain if known is not None and known.exact}
        if None in plain or not all(known is not None and known.exact for known in plain):
            return False
        scalars = {"str", "int", "bool", "float", "bytes"}
        return names <= scalars and (equality or len(names) == 1 or names <= {"int", "bool", "float"})

    def _arithmetic_cannot_raise(self, expr: ast.BinOp) -> bool:
        if not self.cannot_raise(expr.left) or not self.cannot_raise(expr.right):
            return False
        left, right = self._types.type_of(expr.left), self._types.type_of(expr.right)
        if left is None or right is None or not (left.exact and right.exact) or left.optional or right.optional:
            return False
        if isinstance(expr.op, ast.Add) and left.name == right.name == "str":
            return True
        numbers = {left.name, right.name} <= {"int", "bool"}
        return numbers and isinstance(expr.op, (ast.Add, ast.Sub, ast.Mult))

    def _interpolation_cannot_raise(self, part: ast.expr) -> bool:
        if isinstance(part, ast.Constant):
            return True
        if not isinstance(part, ast.FormattedValue) or part.format_spec is not None:
            return False
        return self.cannot_raise(part.value) and self._types.is_plain(part.value)

    def _call_cannot_raise(self, call: ast.Call) -> bool:
        """Tell it for `str`, `len`, `repr` ... of plain values and for methods of str that take no argument."""
        if call.keywords or not all(self.cannot_raise(each) and self._types.is_plain(each) for each in call.args):
            return False
        name = self._names.qualified_name(call.func) or ""
        if name.startswith("builtins.") and name[9:] in ("str", "repr", "bool", "id", "type"):
            return len(call.args) == 1
        func = call.func
        if not isinstance(func, ast.Attribute) or call.args or not self.cannot_raise(func.value):
            return False
        known = self._types.type_of(func.value)
        return (
            known is not None
            and known.name == "str"
            and known.exact
            and not known.optional
            and func.attr in facts.load("builtins")["types"]["str"]["reads"]
            and func.attr not in ("count", "find", "index", "rindex", "rfind", "encode", "format_map", "maketrans")
        )
