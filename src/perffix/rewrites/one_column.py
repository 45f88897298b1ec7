"""How a query that brings whole rows is told to bring one column of them."""

from __future__ import annotations

import ast
import builtins
import keyword
from typing import TYPE_CHECKING

from perffix.model import Applicability, Code, Fix, NodeRef, Replace
from perffix.project.orm.makers import LISTING, speaks_of_others, without_all
from perffix.project.orm.row_uses import string_around

if TYPE_CHECKING:
    from perffix.model import Edit
    from perffix.project.orm.one_column import OneColumn

_STREAMING = ("iterator", "aiterator")
_DEFINING = (
    *(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.ExceptHandler),
    *(ast.MatchAs, ast.MatchStar),
)
_TAKING = ("sum", "list", "set", "tuple", "sorted", "frozenset", "max", "min", "any", "all")
_METHODS_TAKING = {"join": ("str",), "update": ("set",), "extend": ("list",)}
_WHOLE: dict[type[ast.expr], str] = {ast.ListComp: "list", ast.SetComp: "set"}


def one_column_advice(found: OneColumn) -> str:
    """Return what asks for one column, in a sentence."""
    if found.query.model.library == "sqlalchemy":
        return f"Select the column alone: `{found.query.model.name}.{found.column}`"
    return f'Ask for the column alone: `values_list("{found.column}", flat=True)`'


def one_column_fix(found: OneColumn) -> Fix:
    """Return the fix that makes a query bring one column.

    It is unsafe: the values are the same, but no row becomes an object any more.
    """
    display = Fix(Applicability.DISPLAY, one_column_advice(found))
    if any(string_around(each, found.model) is not None for each in (found.iterated, found.rows, *found.reads)):
        return display
    edits = _sqlalchemy_edits(found) if found.query.model.library == "sqlalchemy" else _django_edits(found)
    return Fix(Applicability.UNSAFE, f"Load `{found.column}` alone", tuple(edits)) if edits else display


def _django_edits(found: OneColumn) -> list[Edit]:
    rows = found.iterated
    if isinstance(rows, ast.Call) and isinstance(rows.func, ast.Attribute) and rows.func.attr in _STREAMING:
        rows = rows.func.value
    field = found.query.field
    managed = field is not None and field.by.endswith("Manager")
    base = rows if managed or not isinstance(rows, ast.Call) else without_all(rows)
    values = f'$rows.values_list("{found.column}", flat=True)'
    pieces: dict[str, NodeRef | str] = {"rows": NodeRef.of(base)}
    whole = _whole(found)
    call = None if whole is None else _call_around(whole, found)
    if call is not None:
        pieces["function"] = NodeRef.of(call.func)
        return [Replace(NodeRef.of(call), Code(f"$function({values})", pieces))]
    if whole is not None and type(whole) in _WHOLE:
        return [Replace(NodeRef.of(whole), Code(f"{_WHOLE[type(whole)]}({values})", pieces))]
    renamed = _renamed(found, "$name")
    return [Replace(NodeRef.of(rows), Code(values, pieces)), *renamed] if renamed else []


def _whole(found: OneColumn) -> ast.expr | None:
    """Return the comprehension that does nothing but collect the column."""
    around = found.model.parent(found.loop)
    if not isinstance(around, (ast.ListComp, ast.SetComp, ast.GeneratorExp)) or len(around.generators) > 1:
        return None
    clause = around.generators[0]
    if clause.ifs or clause.is_async or around.elt not in found.reads:
        return None
    scopes, name = found.model.scopes, _WHOLE.get(type(around), "")
    return around if scopes.lookup(name, scopes.scope_of(around)) is None else None


def _call_around(whole: ast.expr, found: OneColumn) -> ast.Call | None:
    """Return the call that takes all that a generator or list gives, and nothing else."""
    parent = found.model.parent(whole)
    if not isinstance(parent, ast.Call) or parent.args != [whole] or parent.keywords or isinstance(whole, ast.SetComp):
        return None
    is_taking = found.model.names.is_builtin(parent.func, *_TAKING)
    if is_taking or not isinstance(parent.func, ast.Attribute):
        return parent if is_taking else None
    receiver = found.model.type_of(parent.func.value)
    return parent if receiver and receiver.name in _METHODS_TAKING.get(parent.func.attr, ()) else None


def _renamed(found: OneColumn, target: str) -> list[Edit]:
    """Return the edits that let the loop give values instead of rows; none when there is no name for them."""
    row, column = found.target.id, found.column
    name = _unused_name(found, column, f"{row}_{column}", f"{column}_value")
    if name is None:
        return []
    pieces: dict[str, NodeRef | str] = {"name": name}
    edits: list[Edit] = [Replace(NodeRef.of(found.target), Code(target, pieces))]
    edits += [Replace(NodeRef.of(each), Code(name)) for each in found.reads]
    return edits


def _unused_name(found: OneColumn, *candidates: str) -> str | None:
    """Return the first name that stands nowhere in the function and means nothing without it."""
    function = found.model.function_of(found.target)
    assert function is not None
    names = {each.id for each in ast.walk(function) if isinstance(each, ast.Name)}
    names |= {each.arg for each in ast.walk(function) if isinstance(each, ast.arg)}
    names |= {each.name for each in ast.walk(function) if isinstance(each, _DEFINING) and each.name}
    for each in ast.walk(function):
        if isinstance(each, ast.alias):
            names.add(each.asname or each.name.partition(".")[0])
        elif isinstance(each, (ast.Global, ast.Nonlocal)):
            names.update(each.names)
    free = (each for each in candidates if each not in names and not hasattr(builtins, each))
    return next((each for each in free if not keyword.iskeyword(each)), None)


def _sqlalchemy_edits(found: OneColumn) -> list[Edit]:
    start = _start(found.rows) if found.alone else None
    if start is None or speaks_of_others(found.rows, found.query.model.name):
        return []
    rows = found.rows
    if isinstance(start, ast.Attribute):  # `Book.query`
        if isinstance(rows, ast.Call) and isinstance(rows.func, ast.Attribute) and rows.func.attr in LISTING:
            rows = rows.func.value
        code = Code(
            f"$rows.with_entities($model.{found.column})",
            {"rows": NodeRef.of(rows), "model": NodeRef.of(start.value)},
        )
        edit = Replace(NodeRef.of(rows), code)
    else:
        code = Code(
            f"$function($model.{found.column})",
            {"function": NodeRef.of(start.func), "model": NodeRef.of(start.args[0])},
        )
        edit = Replace(NodeRef.of(start), code)
    as_rows = isinstance(start, ast.Attribute) or _name(start) == "query"
    renamed = _renamed(found, "($name,)" if as_rows else "$name")
    return [edit, *renamed] if renamed else []


def _start(rows: ast.expr) -> ast.Call | ast.Attribute | None:
    """Return what names the model of a query: `session.query(Book)`, `select(Book)`, `Book.query`; None for others."""
    node = rows
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        name, before = node.func.attr, node.func.value
        alone = len(node.args) == 1 and not node.keywords
        if name in ("query", "select"):
            return node if alone else None
        node = node.args[0] if name in ("scalars", "execute", "exec") and alone else before
    if isinstance(node, ast.Call) and _name(node) == "select" and len(node.args) == 1 and not node.keywords:
        return node
    return node if isinstance(node, ast.Attribute) and node.attr == "query" else None


def _name(call: ast.Call) -> str:
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""
