"""Engines, pools and connections: what makes them, what they connect to, and how long they live."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.semantic import facts
from perffix.semantic.arguments import argument_of
from perffix.semantic.secrets.named_literals import meant_name
from perffix.semantic.strings import build_of
from perffix.semantic.written_names import last_name

if TYPE_CHECKING:
    from perffix.semantic.model import SemanticModel

_SESSION_MAKERS = ("sessionmaker", "async_sessionmaker", "scoped_session", "async_scoped_session")
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def kind_of(call: ast.Call, model: SemanticModel) -> str:
    """Return what a call makes: `engine`, `pool`, `client` with a pool of its own, `connection`; empty for others."""
    name = model.qualified_name(call.func)
    for kind, known in facts.load("engines")["makers"].items():
        if name in known:
            return "" if kind == "client" and _has_pool(call) else kind
    return ""


def _has_pool(call: ast.Call) -> bool:
    """Tell whether a client is given a pool that others may use, too."""
    return any(each.arg == "connection_pool" for each in call.keywords)


def of_request(target: ast.expr | None, model: SemanticModel) -> bool:
    """Tell whether something is kept for as long as one request is served: on Flask's `g`."""
    owner = target.value if isinstance(target, (ast.Attribute, ast.Subscript)) else None
    return owner is not None and model.qualified_name(owner) in facts.load("engines")["requests"]["objects"]


def is_kept(call: ast.Call, model: SemanticModel) -> bool:
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


def address_of(call: ast.Call) -> ast.expr | None:
    """Return the address that an engine is made for."""
    return argument_of(call, "url", 0)


def server_at(address: ast.expr, model: SemanticModel) -> str:
    """Return the kind of the server that an address leads to; empty when that is not known.

    Of an address that comes from the environment the default counts.
    """
    address = _default_of(address, model)
    built, kind = build_of(address, model), ""
    if isinstance(address, ast.Call) and (model.qualified_name(address.func) or "").endswith("URL.create"):
        driver = argument_of(address, "drivername", 0)
        named = None if driver is None else build_of(driver, model)
        kind = "" if named is None else named.text
    elif built is not None and "://" in built.text:
        kind = built.text.partition("://")[0]
    kind = kind.partition("+")[0].lower()
    return kind if kind in facts.load("engines")["addresses"]["servers"] else ""


def _default_of(address: ast.expr, model: SemanticModel) -> ast.expr:
    """Return what an address is when nobody sets it: the default of a look-up in the environment, or of a field."""
    binding = model.binding_of(address) if isinstance(address, ast.Name) else None
    if binding is not None and binding.single is not None and binding.single.value is not None:
        address = binding.single.value
    if not isinstance(address, ast.Call):
        return address
    name = model.qualified_name(address.func) or ""
    known = facts.load("engines")["addresses"]
    if model.names.is_builtin(address.func, "str") and len(address.args) == 1:
        return _default_of(address.args[0], model)
    if name in known["environment"]:
        return argument_of(address, "default", 1) or address
    return argument_of(address, "default", 0) or address if name in known["fields"] else address


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
        return is_kept(call, model) or _makes_sessions_for_others(call, model)
    statement = model.statement_of(call)
    target = statement.targets[0] if isinstance(statement, ast.Assign) else getattr(statement, "target", None)
    binding = model.binding_of(target) if isinstance(target, ast.Name) else None
    if binding is None:
        return False
    uses = [(use, model.function_of(use) is not None) for use in binding.uses]
    if any(not inside and not _is_handed_on(use, model) for use, inside in uses):
        return False  # a script that works with it
    return not uses or any(inside or _is_handed_on(use, model) == "session" for use, inside in uses)


def _makes_sessions_for_others(call: ast.Call, model: SemanticModel) -> bool:
    """Tell whether a function returns, or keeps, what makes sessions of the engine that it makes."""
    statement = model.statement_of(call)
    target = statement.targets[0] if isinstance(statement, ast.Assign) else getattr(statement, "target", None)
    binding = model.binding_of(target) if isinstance(target, ast.Name) else None
    for use in () if binding is None else binding.uses:
        maker = model.parent(use)
        if isinstance(maker, ast.keyword):
            maker = model.parent(maker)
        if isinstance(maker, ast.Call) and last_name(maker.func) in _SESSION_MAKERS and maker.func is not use:
            around = model.statement_of(maker)
            named = around.targets[0] if isinstance(around, ast.Assign) else None
            made = model.binding_of(named) if isinstance(named, ast.Name) else None
            returned = made is not None and any(isinstance(model.parent(each), ast.Return) for each in made.uses)
            if isinstance(around, ast.Return) or returned or is_kept(maker, model):
                return True
    return False


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
