"""What the person gives who runs or installs the program: its configuration, and the commands that are run by hand."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.semantic.flow.closed import is_closed
from perffix.semantic.scopes import How
from perffix.semantic.secrets import words_of
from perffix.semantic.strings import build_of

if TYPE_CHECKING:
    from perffix.semantic.model import SemanticModel

_CONFIGURATION = frozenset({"cfg", "conf", "config", "configs", "configuration", "settings"})
_HAND_OVER = (
    "os.path.join",
    "os.path.abspath",
    "os.path.expanduser",
    "os.path.normpath",
    "pathlib.Path",
    "builtins.str",
)
_DEPTH = 6


def given_by_operator(expr: ast.expr, model: SemanticModel) -> str:
    """Return why a value is the operator's own, a phrase for the user; empty when that is not seen."""
    if "/management/commands/" in model.source.place.replace("\\", "/"):
        return "the module is a command that a person runs"
    found = _configured(expr, model, _DEPTH)
    return "" if found is None else f"`{model.text(found, 40)}` is the program's configuration"


def _configured(expr: ast.expr, model: SemanticModel, depth: int) -> ast.expr | None:
    """Return the part of the configuration that a value is made of, when nothing else but constants is in it."""
    if _is_setting(expr):
        return expr
    if depth == 0:
        return None
    if isinstance(expr, ast.Call):
        taken = model.qualified_name(expr.func) in _HAND_OVER and not expr.keywords
        return _alone(expr.args, model, depth) if taken else None
    if isinstance(expr, (ast.JoinedStr, ast.BinOp)):
        built = build_of(expr, model)
        return None if built is None else _alone([hole.value for hole in built.holes], model, depth)
    binding = model.binding_of(expr)
    single = None if binding is None else binding.single
    if single is None or single.value is None or single.how not in (How.ASSIGNED, How.ANNOTATED):
        return None
    return _configured(single.value, model, depth - 1)


def _alone(parts: list[ast.expr], model: SemanticModel, depth: int) -> ast.expr | None:
    found = [_configured(each, model, depth - 1) for each in parts if not is_closed(each, model)]
    return found[0] if found and None not in found else None


def _is_setting(expr: ast.expr) -> bool:
    """Tell whether an expression is read from something that is called a configuration: `self.config["host"]`."""
    part: ast.expr = expr
    if isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute) and part.func.attr == "get":
        part = part.func
    while isinstance(part, (ast.Attribute, ast.Subscript)):
        part = part.value
        name = part.attr if isinstance(part, ast.Attribute) else getattr(part, "id", "")
        if not _CONFIGURATION.isdisjoint(words_of(name)):
            return True
    return False
