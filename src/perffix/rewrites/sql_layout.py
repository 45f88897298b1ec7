"""Where parameters can be passed: whether a value stays what it was, and who else looks at a statement's text."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.rewrites.sql_literals import SpellingError
from perffix.semantic.scopes import How
from perffix.semantic.sql import EXECUTING
from perffix.semantic.sql.calls import database_call
from perffix.semantic.sql.construction import construction_of
from perffix.semantic.sql.texts import Growing, regions_of
from perffix.semantic.walk import ScopeKind
from perffix.semantic.written_names import last_name

if TYPE_CHECKING:
    from collections.abc import Collection, Container, Iterator, Sequence

    from perffix.semantic.model import SemanticModel
    from perffix.semantic.scopes import Binding
    from perffix.semantic.sql.calls import DatabaseCall
    from perffix.semantic.sql.texts import Step
    from perffix.semantic.walk import Scope

_LOGGING = ("debug", "info", "warning", "warn", "error", "critical", "exception", "log", "print", "append_log", "echo")
# Calls that open or speak and change no value of the program.
_QUIET = (*_LOGGING, "cursor", "connect", "acquire", "getLogger", "closing", "commit", "begin", "get_connection")
_CONSTRUCTS = (ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr)


def is_kept_until(value: ast.expr, start: ast.stmt, place: ast.stmt, model: SemanticModel) -> bool:
    """Tell whether a value is in one statement surely what it was in an earlier one."""
    plain = True
    for node in ast.walk(value):
        if isinstance(node, _CONSTRUCTS):
            return False
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            binding = model.binding_of(node)
            if binding is not None and _is_assigned_between(binding, start, place, model):
                return False
        elif not isinstance(node, (ast.Name, ast.Constant, ast.expr_context)):
            plain = False
    return (plain and not _may_be_changed(value, model)) or _is_quiet_between(start, place, model)


def _may_be_changed(value: ast.expr, model: SemanticModel) -> bool:
    """Tell whether a name stands for an object with a content that other statements may change."""
    known = model.type_of(value)
    return known is not None and known.name in ("list", "dict", "set", "bytearray")


def _is_assigned_between(binding: Binding, start: ast.stmt, place: ast.stmt, model: SemanticModel) -> bool:
    made = [each.node for each in binding.assignments if each.how is not How.PARAMETER]
    if any(model.scopes.scope_of(node) is not binding.scope for node in made):
        return True
    last = place.end_lineno or place.lineno
    lines = [getattr(node, "lineno", 0) for node in made]
    return any(start.lineno < line <= last for line in lines)


def _is_quiet_between(start: ast.stmt, place: ast.stmt, model: SemanticModel) -> bool:
    """Tell whether nothing but the opening of cursors and the like happens between two statements."""
    block = model.block_of(start)
    child: ast.stmt = place
    while child not in block:
        parent = model.parent(child)
        if not isinstance(parent, (ast.With, ast.AsyncWith)) or parent.body[0] is not child:
            return False
        if not all(_is_quiet(item.context_expr) for item in parent.items):
            return False
        child = parent
    between = block[block.index(start) + 1 : block.index(child)]
    return all(isinstance(each, (ast.Assign, ast.Expr, ast.AnnAssign)) and _is_quiet(each) for each in between)


def _is_quiet(node: ast.AST) -> bool:
    for each in ast.walk(node):
        if isinstance(each, _CONSTRUCTS[1:]):
            return False
        if isinstance(each, ast.Call):
            func = each.func
            name = last_name(func)
            if name not in _QUIET:
                return False
        if isinstance(each, (ast.Attribute, ast.Subscript)) and not isinstance(each.ctx, ast.Load):
            return False
    return True


def further_calls(
    growing: Growing, asked: DatabaseCall, spliced: Container[int], model: SemanticModel
) -> list[DatabaseCall]:
    """Return the other database calls that run the text of a variable.

    Args:
        growing: the variable.
        asked: the call that is known.
        spliced: the ids of the nodes by which the text of that call puts in the text of variables.
        model: the module.

    Raises:
        SpellingError: somebody else uses the text, who would notice that placeholders stand in it.
    """
    binding = growing.binding
    if binding is None:
        return []
    if any(_is_in_closure(use, binding, model) for use in binding.uses):
        raise SpellingError
    found = []
    own = {id(node) for step in growing.steps for node in ast.walk(step.statement)}
    first = min(step.statement.lineno for step in growing.steps)
    for use in binding.uses:
        if use is asked.statement or id(use) in own or id(use) in spliced or _is_within(use, asked.statement):
            continue
        if use.lineno < first and not any(model.loops.repeating_loops(growing.steps[0].statement)):
            continue
        if _is_only_shown(use, model) or _is_tested(use, model):
            continue
        if growing.separator is not None and isinstance(model.parent(use), ast.Call):
            use = model.parent(use)  # type: ignore[assignment]
        if not _sees(use, growing.steps, model):
            continue
        call = model.parent(use)
        other = database_call(call, model) if isinstance(call, ast.Call) else None
        if other is None or other.statement is not use or not _is_alike(other, asked):
            raise SpellingError
        found.append(other)
    return found


def _is_in_closure(use: ast.expr, binding: Binding, model: SemanticModel) -> bool:
    """Tell whether a use stands in a function inside of the one that owns the name, or for a module's name in any."""
    scope: Scope | None = model.scopes.scope_of(use)
    while scope is not None and scope is not binding.scope:
        if scope.kind is not ScopeKind.COMPREHENSION:
            return True
        scope = scope.parent
    return False


def _is_within(node: ast.AST, root: ast.AST) -> bool:
    return any(each is node for each in ast.walk(root))


def _is_alike(other: DatabaseCall, asked: DatabaseCall) -> bool:
    return (
        other.parameters is None
        and asked.parameters is None
        and other.takes_parameters
        and other.passing == asked.passing == "argument"
        and (other.driver is asked.driver or other.driver == asked.driver)
    )


def _sees(use: ast.expr, steps: Sequence[Step], model: SemanticModel) -> bool:
    """Tell whether a use may see the text that these steps make; text put together anew is another one."""
    subject = construction_of(use, model)
    if subject is None:
        return True
    own = {id(step.statement) for step in steps}
    seen: Iterator[Growing] = (owner for _, owner in regions_of(subject) if owner is not None)
    if any(id(step.statement) in own for owner in seen for step in owner.steps):
        return True
    return isinstance(subject, Growing) and any(id(step.statement) in own for step in subject.steps)


def _is_only_shown(use: ast.expr, model: SemanticModel) -> bool:
    """Tell whether a text only goes to a log, to the terminal or into an exception."""
    for parent in model.ancestors(use):
        if isinstance(parent, ast.Raise):
            return True
        if isinstance(parent, ast.Call):
            func = parent.func
            name = last_name(func)
            if name in _LOGGING:
                return True
            if name not in ("strip", "format", "join", "str", "len", "repr"):
                return False
        if isinstance(parent, ast.stmt):
            return False
    return False


def _is_tested(use: ast.expr, model: SemanticModel) -> bool:
    """Tell whether a use only asks whether there is any text."""
    parent = model.parent(use)
    if isinstance(parent, (ast.If, ast.IfExp, ast.While)):
        return parent.test is use
    if isinstance(parent, ast.UnaryOp):
        return isinstance(parent.op, ast.Not)
    if isinstance(parent, ast.Call):
        return isinstance(parent.func, ast.Name) and parent.func.id in ("len", "bool")
    return False


def free_name(variable: str, taken: Collection[str], calls: Sequence[ast.Call], model: SemanticModel) -> str:
    """Return a name for the parameters of the text in a variable: `params` where a function runs just one statement.

    Raises:
        SpellingError: all names that come to mind are in use.
    """
    own = [f"{variable}_params", f"{variable}_parameters"]
    scope = model.scopes.scope_of(model.statement_of(calls[0]))
    for name in ["params", *own] if _is_only_statement(calls, model) else own:
        if name not in taken and model.scopes.lookup(name, scope) is None and name not in scope.names:
            return name
    raise SpellingError


def _is_only_statement(calls: Sequence[ast.Call], model: SemanticModel) -> bool:
    """Tell whether a function runs no other statement, whose parameters could have the same name."""
    home = model.function_of(calls[0]) or model.source.tree
    own = {id(each) for call in calls for each in (call, *model.ancestors(call))}
    method = getattr(calls[0].func, "attr", "")
    return not any(
        isinstance(each, ast.Call)
        and id(each) not in own
        and isinstance(each.func, ast.Attribute)
        and each.func.attr in (*EXECUTING, method)
        for each in ast.walk(home)
    )
