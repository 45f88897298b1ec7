"""Engines and pools: where they are made, and whether the same one is made again and again."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from perffix.semantic import facts
from perffix.semantic.flow.callers import own_calls_of
from perffix.semantic.secrets import words_of
from perffix.semantic.secrets.named_literals import meant_name
from perffix.semantic.strings import build_of
from perffix.semantic.turns import even_loop
from perffix.semantic.web.handlers import handler_of
from perffix.semantic.written_names import last_name

if TYPE_CHECKING:
    from perffix.semantic.model import SemanticModel

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_OF_REQUESTS = frozenset({"request", "req", "session", "tenant", "g"})
_LEVELS = 2  # calls between what makes an engine and what runs again and again
_ONCE = frozenset({"startup", "lifespan", "setup", "init", "initialize", "shutdown", "main", "configure", "migrate"})


class Again(NamedTuple):
    """Why an engine is made again and again.

    Attributes:
        how: a phrase that follows "is made".
        call: the call in a handler or loop, when the engine is made by a function that it calls.
        function: that function's name.
    """

    how: str
    call: ast.Call | None
    function: str


def is_engine(call: ast.Call, model: SemanticModel) -> str:
    """Return what a call makes, `engine` or `pool`; empty for anything else."""
    name = model.qualified_name(call.func)
    known = facts.load("engines")["engines"]
    if name in known["sqlalchemy"]:
        return "engine"
    return "pool" if name in known["pools"] else ""


def made_again(call: ast.Call, model: SemanticModel) -> Again | None:
    """Return why the same engine is made again and again by a call; None where it may be made once, or another one."""
    return _again(call, None, "", model, _LEVELS) if is_made_anew(call, model) else None


def is_made_anew(call: ast.Call, model: SemanticModel) -> bool:
    """Tell whether a call makes the same engine each time that it runs, and nothing keeps it for the next."""
    function = model.function_of(call)
    if function is not None and not model.is_within(call, *function.body):
        return False  # a default or decorator, which is evaluated once
    return not _is_kept(call, model) and _is_same_each_time(call, model)


def called_again(call: ast.Call, function: str, model: SemanticModel) -> Again | None:
    """Return why a function of another module, which makes an engine, is called again and again by a call."""
    return None if _is_kept(call, model) else _again(call, call, function, model, _LEVELS - 1)


def may_be_called_again(call: ast.Call, model: SemanticModel) -> bool:
    """Tell whether the function around a call does not keep what it makes, and is no part of a program's start."""
    function = model.function_of(call)
    return function is not None and not _keeps_its_result(function, model) and not _runs_once(function)


def _again(node: ast.Call, call: ast.Call | None, name: str, model: SemanticModel, levels: int) -> Again | None:
    loop = even_loop(node, model)
    if loop is not None:
        return Again(f"in each turn of the loop at line {model.line_of(loop)}", call, name)
    function = model.function_of(node)
    if function is None or _keeps_its_result(function, model):
        return None
    handler = handler_of(node, model)
    if handler is not None and handler.framework != "http" and not _runs_once(handler.function):
        return Again(f"for each request that `{handler.function.name}` serves", call, name)
    if levels == 0 or _runs_once(function):
        return None
    for each in own_calls_of(function, model):
        if not _is_kept(each, model):
            found = _again(each, each, function.name, model, levels - 1)
            if found is not None:
                return found
    return None


def _runs_once(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Tell by its name whether a function runs when a program starts or ends."""
    words = words_of(function.name)
    return not _ONCE.isdisjoint(words) or words[-2:] == ("create", "app")


def _is_kept(call: ast.Call, model: SemanticModel) -> bool:
    """Tell whether what a call makes outlives the function around it, or is made only when it is not there yet."""
    child: ast.AST = call
    for parent in model.ancestors(call):
        if isinstance(parent, (ast.If, ast.IfExp)) and child is not parent.test and _looks_whether_there(parent.test):
            return True
        if isinstance(parent, ast.ExceptHandler) or (isinstance(parent, ast.BoolOp) and child is not parent.values[0]):
            return True
        if isinstance(parent, (*_FUNCTIONS, ast.Lambda)):
            break
        child = parent
    statement = model.statement_of(call)
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    if any(isinstance(each, (ast.Attribute, ast.Subscript)) for each in targets):
        return True
    in_turns = model.function_of(call) is None and model.loops.innermost(call) is not None
    for each in targets:
        binding = model.binding_of(each) if isinstance(each, ast.Name) else None
        if binding is not None and (_is_stored(binding.uses, model) or not (binding.is_local or in_turns)):
            return True
    around = model.parent(call)
    return isinstance(around, ast.Call) and _stores(around, call)


def _looks_whether_there(test: ast.expr) -> bool:
    """Tell whether a test asks for what is None, missing or empty."""
    if isinstance(test, ast.UnaryOp):
        return isinstance(test.op, ast.Not)
    return any(
        isinstance(op, (ast.Is, ast.NotIn))
        for each in ast.walk(test)
        if isinstance(each, ast.Compare)
        for op in each.ops
    )


def _is_stored(uses: tuple[ast.expr, ...], model: SemanticModel) -> bool:
    """Tell whether one of the uses of a name puts its value where it stays."""
    for use in uses:
        parent = model.parent(use)
        if isinstance(parent, (ast.Assign, ast.AnnAssign)) and parent.value is use:
            targets = parent.targets if isinstance(parent, ast.Assign) else [parent.target]
            if any(isinstance(each, (ast.Attribute, ast.Subscript)) for each in targets):
                return True
        if isinstance(parent, ast.Call) and _stores(parent, use):
            return True
    return False


def _stores(call: ast.Call, value: ast.expr) -> bool:
    name = last_name(call.func)
    return value in call.args and name in ("setattr", "setdefault", "append", "add", "set", "register")


def _keeps_its_result(function: ast.FunctionDef | ast.AsyncFunctionDef, model: SemanticModel) -> bool:
    """Tell whether a decorator keeps what a function returns, or may do anything with it."""
    for decorator in function.decorator_list:
        maker = decorator.func if isinstance(decorator, ast.Call) else decorator
        name = (model.qualified_name(maker) or ast.unparse(maker)).lower()
        if "cache" in name or "singleton" in name or "memo" in name or name.endswith((".command", "fixture", "task")):
            return True
    return False


def _is_same_each_time(call: ast.Call, model: SemanticModel) -> bool:
    """Tell whether the arguments of a call are the same whenever it runs: nothing in them belongs to the function."""
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    return all(
        _is_fixed(node, model, 3) for each in given for node in ast.walk(each) if isinstance(node, (ast.Name, ast.Call))
    )


def _is_fixed(node: ast.Name | ast.Call, model: SemanticModel, depth: int) -> bool:
    if isinstance(node, ast.Call):
        return (
            model.qualified_name(node.func) is not None
            or isinstance(node.func, ast.Attribute)
            or (model.names.definition_of(node.func) is not None and not node.args and not node.keywords)
        )
    binding = model.binding_of(node)
    if not _OF_REQUESTS.isdisjoint(words_of(node.id)):
        return False
    if binding is None or not binding.is_local:
        return True
    single = binding.single
    if single is None or single.value is None or depth == 0 or single.how.name not in ("ASSIGNED", "ANNOTATED"):
        return False
    return all(
        _is_fixed(each, model, depth - 1) for each in ast.walk(single.value) if isinstance(each, (ast.Name, ast.Call))
    )


# Settings of pools


def server_of(call: ast.Call, model: SemanticModel) -> str:
    """Return the kind of the server that an engine connects to, by its address; empty when that is not known."""
    address = call.args[0] if call.args else next((each.value for each in call.keywords if each.arg == "url"), None)
    if address is None:
        return ""
    if isinstance(address, ast.Call) and (model.qualified_name(address.func) or "").endswith("URL.create"):
        named = [*address.args[:1], *(each.value for each in address.keywords if each.arg == "drivername")]
        address = named[0] if named else address
        built = build_of(address, model)
        kind = "" if built is None else built.text
    else:
        built = build_of(address, model)
        kind = "" if built is None else built.text.partition("://")[0] if "://" in built.text else ""
    kind = kind.partition("+")[0].lower()
    return kind if kind in facts.load("engines")["addresses"]["servers"] else ""


def has_pool_settings(call: ast.Call) -> bool:
    """Tell whether an engine is given settings for its pool, or may be."""
    known = facts.load("engines")["addresses"]["settings"]
    return len(call.args) > 1 or any(each.arg is None or each.arg in known for each in call.keywords)


def lives_on(call: ast.Call, model: SemanticModel) -> bool:
    """Tell whether an engine is there for all of a program: made at module level, or kept."""
    if "alembic" in {each.partition(".")[0] for each in model.handlers.imported}:
        return False
    for parent in model.ancestors(call):
        if isinstance(parent, ast.If) and "__main__" in map(_constant, ast.walk(parent.test)):
            return False
    if model.function_of(call) is not None:
        return _is_kept(call, model)
    statement = model.statement_of(call)
    target = statement.targets[0] if isinstance(statement, ast.Assign) else getattr(statement, "target", None)
    binding = model.binding_of(target) if isinstance(target, ast.Name) else None
    if binding is None:
        return False
    uses = [(use, model.function_of(use) is not None) for use in binding.uses]
    if any(not inside and not _is_handed_on(use, model) for use, inside in uses):
        return False  # a script that works with it
    return not uses or any(inside or _is_handed_on(use, model) == "session" for use, inside in uses)


def _is_handed_on(use: ast.expr, model: SemanticModel) -> str:
    """Return what gets an engine at module level: `session` for what makes sessions, `tables` for their definition."""
    around = model.parent(use)
    if isinstance(around, ast.keyword):
        around = model.parent(around)
    if isinstance(around, ast.Attribute) and around.attr == "sync_engine":
        return "tables"
    if not isinstance(around, ast.Call) or around.func is use:
        return ""
    name = meant_name(around.func, model)
    if name in ("sessionmaker", "async_sessionmaker", "configure", "init_app", "SQLAlchemy", "Database"):
        return "session"
    return "tables" if name in ("create_all", "MetaData", "prepare", "reflect", "listens_for", "listen") else ""


def _constant(node: ast.AST) -> object:
    return node.value if isinstance(node, ast.Constant) else None
