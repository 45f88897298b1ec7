"""What the person gives who runs or installs the program: its configuration, and the commands that are run by hand."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.semantic.flow.closed import is_closed
from perffix.semantic.scopes import How
from perffix.semantic.secrets import words_of
from perffix.semantic.strings import build_of
from perffix.semantic.written_names import last_name

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


def is_operators_own(expr: ast.expr, model: SemanticModel) -> bool:
    """Tell whether the operator gives a value: by the configuration, or since the module is a command of Django."""
    return "/management/commands/" in model.source.place.replace("\\", "/") or _is_configured(expr, model, _DEPTH)


def _is_configured(expr: ast.expr, model: SemanticModel, depth: int) -> bool:
    """Tell whether a value is made of parts of the configuration, and of nothing else but constants."""
    if _is_setting(expr):
        return True
    if depth == 0:
        return False
    if isinstance(expr, ast.Call):
        taken = model.qualified_name(expr.func) in _HAND_OVER and not expr.keywords
        return taken and _are_configured(expr.args, model, depth)
    if isinstance(expr, (ast.JoinedStr, ast.BinOp)):
        built = build_of(expr, model)
        return built is not None and _are_configured([hole.value for hole in built.holes], model, depth)
    single = model.single_of(expr)
    if single is None or single.value is None or single.how not in (How.ASSIGNED, How.ANNOTATED):
        return False
    return _is_configured(single.value, model, depth - 1)


def _are_configured(parts: list[ast.expr], model: SemanticModel, depth: int) -> bool:
    others = [each for each in parts if not is_closed(each, model)]
    return bool(others) and all(_is_configured(each, model, depth - 1) for each in others)


def _is_setting(expr: ast.expr) -> bool:
    """Tell whether an expression is read from something that is called a configuration: `self.config["host"]`."""
    part: ast.expr = expr
    if isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute) and part.func.attr == "get":
        part = part.func
    while isinstance(part, (ast.Attribute, ast.Subscript)):
        part = part.value
        name = last_name(part)
        if not _CONFIGURATION.isdisjoint(words_of(name)):
            return True
    return False
