"""What is taken for harmless in SQL where no input is proved: numbers, names and values that tell by how they are used.

None of this holds for what a request sends.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.semantic.flow.closed import is_constant_by_name
from perffix.semantic.flow.matching import where_it_is_made
from perffix.semantic.sql.construction import values_reaching
from perffix.semantic.sql.harmless import has_number_as_default
from perffix.semantic.sql.statement import Role
from perffix.semantic.written_names import last_name

if TYPE_CHECKING:
    from perffix.semantic.model import SemanticModel
    from perffix.semantic.sql.statement import Place
    from perffix.semantic.strings import Hole

_GIVEN_BY_DRIVER = ("lastrowid", "rowcount")
_PRIMARY_KEY = "pk"  # of Django's models: a number or a UUID
_NUMBERS = frozenset({"pid", "ppid", "pgid", "port", "count", "max", "rowid", "lastrowid", "rowcount"})
_EXPLAINING = ("placeholder", "bind param", "bound param", "parameteri", "parametri", "binding param")
_OPEN = ("todo", "fixme", "xxx", "should")
_MOST_COMMENTS = 12
# Statements that a migration tool writes to a file as well take no parameters there.
_WRITTEN_OUT = frozenset({"as_sql", "collect_sql"})


def is_taken_for_harmless(hole: Hole, place: Place, model: SemanticModel) -> bool:
    """Tell whether a value of unknown origin is most likely a constant or a number."""
    value = hole.value
    if is_constant_by_name(value, model):
        return True
    name = last_name(value)
    if isinstance(value, ast.Attribute) and (name in _GIVEN_BY_DRIVER or name == _PRIMARY_KEY):
        return True
    if _joins_written(where_it_is_made(value, model), model):
        return True
    if place.role not in (Role.VALUE, Role.LIST, Role.TYPED):
        return False
    if name.rpartition("_")[2] in _NUMBERS:
        return True  # no text stands outside of quotes
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr == "get":
        default = value.args[1] if len(value.args) == 2 else None
        return isinstance(default, ast.Constant) and type(default.value) in (int, float)
    return place.role is not Role.LIST and has_number_as_default(value, model)


def _joins_written(expr: ast.expr, model: SemanticModel) -> bool:
    """Tell whether a field of each row is joined, made to text: `", ".join(str(row["id"]) for row in rows)`."""
    if not isinstance(expr, ast.Call) or not isinstance(expr.func, ast.Attribute) or expr.func.attr != "join":
        return False
    if len(expr.args) != 1:
        return False
    joined = expr.args[0]
    reaching = values_reaching(joined, model) if isinstance(joined, ast.Name) else [joined]
    return bool(reaching) and all(_are_fields_of_rows(each, model) for each in reaching or ())


def _are_fields_of_rows(items: ast.expr | None, model: SemanticModel) -> bool:
    item = items.elt if isinstance(items, (ast.ListComp, ast.GeneratorExp)) else None
    if not isinstance(item, ast.Call) or not model.names.is_builtin(item.func, "str") or len(item.args) != 1:
        return False
    return isinstance(item.args[0], (ast.Attribute, ast.Subscript))


def is_explained(node: ast.AST, model: SemanticModel) -> bool:
    """Tell whether a comment on a statement, or right above it, says what is about placeholders there."""
    statement = model.statement_of(node)
    by_line = {each.line: each.text for each in model.source.comments}
    above = statement.lineno - 1
    while above in by_line and above > statement.lineno - _MOST_COMMENTS:
        above -= 1
    text = " ".join(by_line.get(line, "") for line in range(above + 1, (statement.end_lineno or statement.lineno) + 1))
    lowered = text.lower()
    return not any(each in lowered for each in _OPEN) and any(each in lowered for each in _EXPLAINING)


def is_written_out(node: ast.AST, model: SemanticModel) -> bool:
    """Tell whether code also writes its statements as text for somebody to run later: `if self.context.as_sql:`."""
    if model.written_names.isdisjoint(_WRITTEN_OUT):
        return False
    around = [each for each in model.ancestors(node) if isinstance(each, (ast.FunctionDef, ast.ClassDef))]
    return any(
        isinstance(each, (ast.Name, ast.Attribute))
        and (each.id if isinstance(each, ast.Name) else each.attr) in _WRITTEN_OUT
        for region in around[-1:]
        for each in ast.walk(region)
    )
