"""Functions of other modules that a test asks about a value: what they let pass is not known here."""

from __future__ import annotations

import ast
import sys
from typing import TYPE_CHECKING

from perffix.semantic.scopes import How
from perffix.semantic.written_names import last_name

if TYPE_CHECKING:
    from perffix.semantic.model import SemanticModel

_LEAVING = (ast.Return, ast.Raise, ast.Continue, ast.Break)
_NAMED_FOR_LEAVING = ("abort", "exit", "error")
# They fetch, say or store; the truth of what they return judges no value.
_NO_CHECKS = (
    "get", "post", "put", "patch", "delete", "head", "request", "open", "print", "log", "debug", "info", "warning",
    "error", "exception", "critical", "len", "isinstance", "exists", "execute", "run", "call", "save", "send",
)  # fmt: skip


def is_from_elsewhere(func: ast.expr, name: str, model: SemanticModel) -> bool:
    """Tell whether a function is imported from a module that is not at hand and may be a check of what it is given.

    Args:
        func: what is called.
        name: its qualified name, empty when it has none.
        model: the module.
    """
    root = func
    while isinstance(root, ast.Attribute):
        root = root.value
    binding = model.scopes.binding_of(root) if isinstance(root, ast.Name) else None
    if binding is None or not any(each.how is How.IMPORTED for each in binding.assignments):
        return False
    last = func.attr if isinstance(func, ast.Attribute) else root.id if isinstance(root, ast.Name) else ""
    if name.partition(".")[0] in sys.stdlib_module_names or last in _NO_CHECKS:
        return False
    return not last[:1].isupper()  # a class makes something of a value


def leaves_if_true(test: ast.expr, model: SemanticModel) -> bool:
    """Tell whether the branch of an `if` that is taken where a part of its test holds leaves the block."""
    negated = False
    child: ast.AST = test
    for parent in model.ancestors(test):
        if isinstance(parent, ast.UnaryOp) and isinstance(parent.op, ast.Not):
            negated = not negated
        elif isinstance(parent, ast.If) and child is parent.test:
            branch = parent.orelse if negated else parent.body
            return bool(branch) and _leaves(branch[-1])
        elif not isinstance(parent, ast.BoolOp):
            return False
        child = parent
    return False


def _leaves(statement: ast.stmt) -> bool:
    if isinstance(statement, _LEAVING):
        return True
    if not isinstance(statement, ast.Expr) or not isinstance(statement.value, ast.Call):
        return False
    func = statement.value.func
    return last_name(func) in _NAMED_FOR_LEAVING
