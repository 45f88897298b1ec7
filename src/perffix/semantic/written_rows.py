"""Rows of a mapper that a loop writes: whether a turn needs its row to be in the database."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from perffix.semantic import facts
from perffix.semantic.loops import own_nodes
from perffix.semantic.sql.sessions import dotted
from perffix.semantic.turns import body_of, even_loop, slow_call
from perffix.semantic.written_names import last_name

if TYPE_CHECKING:
    from perffix.semantic.model import SemanticModel
    from perffix.semantic.scopes import Binding

_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_ASKED = ("objects", "_default_manager", "query", "select", "filter", "get", "all")
_WRITING = ("write", "save", "create", "set", "clean", "full_clean")
_OF_MANY = frozenset(
    {"in", "lt", "lte", "gt", "gte", "range", "startswith", "istartswith", "endswith", "contains", "icontains", "regex"}
)
_KEEPING = ("append", "add", "extend", "insert", "appendleft")


class WritingLoop(NamedTuple):
    """A loop that writes a row, or the rows of a query, in each turn, and whose turns look at them no more.

    Attributes:
        loop: the loop.
        copies: whether a row that was read becomes a new one.
        tells_new: whether code asks whether a row is new that was looked for first.
        alike: the columns of a row that get the same values in all turns, where no other is set.
    """

    loop: ast.For | ast.comprehension
    copies: bool
    tells_new: bool
    alike: tuple[str, ...]


def writing_loop(call: ast.Call, table: str, kind: str, model: SemanticModel, *, fresh: bool) -> WritingLoop | None:
    """Return what is known of the loop that writes by a call in each turn; None where it needs that one by one.

    Args:
        call: the call that writes.
        table: the name of the row's class.
        kind: what the method is called on: the `row`, a `query` for it, or what has `made` it by the call.
        model: the module.
        fresh: whether the row is made by the program, so that only the call gives it a key.
    """
    loop = _loop_writing(call, table, kind, model, fresh=fresh)
    if loop is None:
        return None
    alike = () if kind != "row" or fresh else _alike(call, loop, model)
    return WritingLoop(loop, _is_copied(call, loop, model), _tells_new(call, model), alike)


def _loop_writing(
    call: ast.Call, table: str, kind: str, model: SemanticModel, *, fresh: bool
) -> ast.For | ast.comprehension | None:
    loop = even_loop(call, model)
    if loop is None:
        return None
    body = body_of(loop, model)
    if slow_call(body, model) is not None or _works_on(body, model):
        return None
    if any(isinstance(each, ast.Call) and _is_told_later(each, call, model) for each in body):
        return None
    if kind == "query":
        return loop if _is_for_one_value(call, loop, model) and _is_statement(call, model) else None
    if _looks_up(call, body, table):
        return None
    if isinstance(loop, ast.comprehension):
        return loop
    if kind == "made":
        return loop if _is_left_alone(call, loop, model) else None
    func = call.func
    if not isinstance(func, ast.Attribute) or not isinstance(func.value, ast.Name) or not _is_statement(call, model):
        return None
    name = func.value
    if func.attr == "delete_instance" and (call.args or call.keywords):
        return None  # what points to the row goes, too
    if func.attr in ("save", "asave") and not fresh and not _is_changed(name, body, model):
        return None
    return None if _is_used_later(name, call, loop, model, fresh=fresh) else loop


def _is_copied(call: ast.Call, loop: ast.For | ast.comprehension, model: SemanticModel) -> bool:
    """Tell whether a row that is saved becomes a new one: it has lost its key, or the call says so."""
    if any(keyword.arg == "force_insert" for keyword in call.keywords):
        return True
    return any(
        isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Constant)
        and node.value.value is None
        and any(isinstance(each, ast.Attribute) and each.attr in ("pk", "id") for each in node.targets)
        for node in body_of(loop, model)
    )


def _tells_new(call: ast.Call, model: SemanticModel) -> bool:
    """Tell whether code reads whether a row is new from the pair that a call returns."""
    value: ast.AST = call
    parent = model.parent(value)
    if isinstance(parent, ast.Await):
        parent = model.parent(parent)
    target = parent.targets[0] if isinstance(parent, ast.Assign) else None
    if not isinstance(target, ast.Tuple) or len(target.elts) != 2:
        return False
    binding = model.binding_of(target.elts[1])
    return binding is not None and bool(binding.uses)


def _alike(call: ast.Call, loop: ast.For | ast.comprehension, model: SemanticModel) -> tuple[str, ...]:
    """Return the columns that each turn gives the same values, where it does nothing else to its row."""
    func = call.func
    if (
        not isinstance(loop, ast.For)
        or not isinstance(func, ast.Attribute)
        or model.statement_of(call) not in loop.body
    ):
        return ()
    binding, columns = model.binding_of(func.value), []
    for node in body_of(loop, model):
        if isinstance(node, ast.Call) and any(_is(each, binding, model) for each in node.args):
            return ()
        if not isinstance(node, ast.Attribute) or isinstance(node.ctx, ast.Load) or not _is(node.value, binding, model):
            continue
        statement = model.parent(node)
        if not isinstance(statement, ast.Assign) or statement not in loop.body or len(statement.targets) != 1:
            return ()
        if not model.effects.is_invariant(statement.value, loop):
            return ()
        columns.append(node.attr)
    return tuple(dict.fromkeys(columns))


def _is_changed(name: ast.Name, body: list[ast.AST], model: SemanticModel) -> bool:
    """Tell whether a turn sets a column of a row, or hands the row to something that may."""
    binding = model.binding_of(name)
    for node in body:
        if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load) and _is(node.value, binding, model):
            return True
        if isinstance(node, ast.Call) and any(_is(each, binding, model) for each in node.args):
            return True
    return False


def _is(expr: ast.expr, binding: Binding | None, model: SemanticModel) -> bool:
    return isinstance(expr, ast.Name) and model.binding_of(expr) is binding


def _is_for_one_value(call: ast.Call, loop: ast.For | ast.comprehension, model: SemanticModel) -> bool:
    """Tell whether a query is for rows with a value that changes with the loop, by all that it is asked for."""
    bound = set(model.effects.effects_of([loop.target, *(loop.body if isinstance(loop, ast.For) else ())]).binds)
    bound |= {node.id for node in ast.walk(loop.target) if isinstance(node, ast.Name)}
    expr: ast.expr = call.func
    changes = False
    while isinstance(expr, (ast.Call, ast.Attribute)):
        if isinstance(expr, ast.Attribute):
            expr = expr.value
            continue
        if expr.args:
            return False  # conditions that are put together
        for keyword in expr.keywords:
            if keyword.arg is None or keyword.arg.rpartition("__")[2] in _OF_MANY:
                return False
            names = {node.id for node in ast.walk(keyword.value) if isinstance(node, ast.Name)}
            if not bound.isdisjoint(names):
                if last_name(expr.func) == "exclude":
                    return False  # the rows of other turns are not to be left out
                changes = True
        expr = expr.func
    return changes


def _works_on(body: list[ast.AST], model: SemanticModel) -> bool:
    """Tell whether a turn has loops of its own, or waits for more than the database, or talks to a user."""
    return any(isinstance(each, _LOOPS) and not model.loops.has_few_turns(each) for each in body)


def _looks_up(call: ast.Call, body: list[ast.AST], table: str) -> bool:
    """Tell whether a turn asks for rows of the table, of which earlier turns may have written some."""
    own = set(ast.walk(call))
    return any(
        isinstance(each, ast.Attribute)
        and each.attr in _ASKED
        and dotted(each.value).rpartition(".")[2] == table
        and each not in own
        for each in body
    )


def _is_told_later(other: ast.Call, call: ast.Call, model: SemanticModel) -> bool:
    """Tell whether a function of unknown effect is called after a row is written: it may look for the row."""
    if not isinstance(model.parent(other), ast.Expr) or (other.lineno, other.col_offset) <= (
        (call.end_lineno or 0, call.end_col_offset or 0)
    ):
        return False
    func = other.func
    name = last_name(func)
    known = facts.load("turns")["quick"]
    return not (name in (*_KEEPING, *known, *_WRITING) or model.effects.is_harmless_call(other))


def _is_statement(call: ast.Call, model: SemanticModel) -> bool:
    parent = model.parent(call)
    if isinstance(parent, ast.Await):
        parent = model.parent(parent)
    return isinstance(parent, ast.Expr)


def _is_left_alone(call: ast.Call, loop: ast.For, model: SemanticModel) -> bool:
    """Tell whether a turn does nothing with the row that a call returns, but keep it."""
    value: ast.AST = call
    parent = model.parent(value)
    if isinstance(parent, ast.Await):
        value, parent = parent, model.parent(parent)
    if isinstance(parent, ast.Expr):
        return True
    if isinstance(parent, ast.Call):
        return value in parent.args and isinstance(parent.func, ast.Attribute) and parent.func.attr in _KEEPING
    if not isinstance(parent, ast.Assign) or parent.value is not value or len(parent.targets) != 1:
        return False
    target = parent.targets[0]
    if isinstance(target, ast.Tuple) and len(target.elts) == 2:
        target = target.elts[0]  # of a pair with whether it is new
    return isinstance(target, ast.Name) and not _is_used_later(target, call, loop, model, fresh=True)


def _is_used_later(name: ast.Name, call: ast.Call, loop: ast.For, model: SemanticModel, *, fresh: bool) -> bool:
    """Tell whether a turn does something with a row after a call that may need it to be in the database."""
    binding = model.binding_of(name)
    if binding is None:
        return True
    inside = set(own_nodes(loop.body))
    end = (call.end_lineno or 0, call.end_col_offset or 0)
    later = [each for each in binding.uses if each in inside and (each.lineno, each.col_offset) > end]
    return any(_needs_it(use, model, fresh=fresh) for use in later)


def _needs_it(use: ast.expr, model: SemanticModel, *, fresh: bool) -> bool:
    """Tell whether a use of a row is more than to show or keep it."""
    parent = model.parent(use)
    if isinstance(parent, ast.Attribute):
        chain = parent
        while isinstance(around := model.parent(chain), ast.Attribute):
            chain = around
        if isinstance(around, ast.Call) and around.func is chain:
            return True
        return fresh and parent.attr in ("pk", "id")
    if isinstance(parent, ast.Call) and use in parent.args:
        known = facts.load("turns")["quick"]
        name = last_name(parent.func)
        return name not in (*_KEEPING, *known, "str", "repr")
    return not isinstance(parent, (ast.FormattedValue, ast.BinOp, ast.Tuple))
