"""Matches: tests of a text against a pattern or an alphabet that let no harmful character pass."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.semantic.flow.closed import tests_before
from perffix.semantic.flow.folding import fold
from perffix.semantic.flow.patterns import keeps_out
from perffix.semantic.scopes import How

if TYPE_CHECKING:
    from collections.abc import Collection

    from perffix.semantic.model import SemanticModel

_MATCHES = ("match", "fullmatch", "search")
DIGITS = ("isdigit", "isdecimal")
ALPHABETS = (*DIGITS, "isalnum", "isalpha", "isidentifier")


def is_matched(expr: ast.expr, kept_out: str, alphabets: Collection[str], model: SemanticModel) -> bool:
    """Tell whether a test on the way to an expression keeps characters out of its text: `fullmatch("[a-z]+", x)`.

    Args:
        expr: a name, attribute or item.
        kept_out: the characters.
        alphabets: the methods of texts that do it as well, such as `isdigit`.
        model: the module.
    """
    if not isinstance(expr, (ast.Name, ast.Attribute, ast.Subscript)):
        return False
    wanted = ast.dump(expr)
    return any(
        _matches(test, outcome, wanted, kept_out, alphabets, model) for test, outcome in tests_before(expr, model)
    )


def _matches(
    test: ast.expr, outcome: bool, wanted: str, kept_out: str, alphabets: Collection[str], model: SemanticModel
) -> bool:
    if isinstance(test, ast.Name):
        test = where_it_is_made(test, model)
    if isinstance(test, ast.NamedExpr):
        test = test.value
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return _matches(test.operand, not outcome, wanted, kept_out, alphabets, model)
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And) is outcome:
        return any(_matches(each, outcome, wanted, kept_out, alphabets, model) for each in test.values)
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and ast.unparse(test.comparators[0]) == "None":
        same = isinstance(test.ops[0], ast.Is)
        return same is not outcome and _matches(test.left, True, wanted, kept_out, alphabets, model)
    if not outcome or not isinstance(test, ast.Call) or not isinstance(test.func, ast.Attribute):
        return False
    function = test.func.attr
    if function in alphabets:
        return not test.args and ast.dump(test.func.value) == wanted
    if function not in _MATCHES or not test.args or ast.dump(test.args[-1]) != wanted or test.keywords:
        return False
    if model.qualified_name(test.func) == f"re.{function}" and len(test.args) == 2:
        pattern: object = fold(test.args[0], model)
    else:
        made = where_it_is_made(test.func.value, model)
        compiles = (
            isinstance(made, ast.Call) and model.qualified_name(made.func) == "re.compile" and len(made.args) == 1
        )
        pattern = fold(made.args[0], model) if isinstance(made, ast.Call) and compiles and len(test.args) == 1 else None
    return isinstance(pattern, str) and keeps_out(pattern, kept_out, function)


def where_it_is_made(expr: ast.expr, model: SemanticModel) -> ast.expr:
    """Return the value of a name that is assigned once, else the expression itself."""
    single = model.single_of(expr)
    if single is None or single.how not in (How.ASSIGNED, How.ANNOTATED) or single.value is None:
        return expr
    return single.value
