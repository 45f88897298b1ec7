"""Whether the same engine, pool or connection is made again and again: for each request, task, or turn of a loop."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from perffix.semantic import facts
from perffix.semantic.flow.callers import own_calls_of
from perffix.semantic.secrets import words_of
from perffix.semantic.sql.engines import is_kept, of_request
from perffix.semantic.sql.same_arguments import parameters_behind, passed_on
from perffix.semantic.turns import even_loop
from perffix.semantic.web.handlers import handler_of
from perffix.semantic.written_names import last_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.semantic.model import SemanticModel

    FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_FOR_REQUEST = "for each request, for which it is kept"
_CLOSING = ("close", "aclose", "dispose", "disconnect")
_LEVELS = 3  # calls between what makes an engine and what runs again and again


class Again(NamedTuple):
    """Why an engine is made again and again.

    Attributes:
        how: a phrase that follows "is made".
        loop: the line of the loop that makes it in each turn; 0 for none.
        call: the call in a handler or loop, when the engine is made by a function that it calls.
        function: that function's name.
    """

    how: str
    loop: int = 0
    call: ast.Call | None = None
    function: str = ""


class Making(NamedTuple):
    """A call that makes an engine each time that it runs, and what nothing keeps for the next time.

    Attributes:
        call: the call.
        wanted: the parameters of the function around it that the engine depends on.
        by: what others have to call for that: the function around it, or the class whose objects begin with it.
    """

    call: ast.Call
    wanted: frozenset[str]
    by: FunctionNode | ast.ClassDef | None

    @property
    def function(self) -> FunctionNode | None:
        """The function around it, whose parameters are meant."""
        if not isinstance(self.by, ast.ClassDef):
            return self.by
        found = [each for each in self.by.body if isinstance(each, _FUNCTIONS) and each.name == "__init__"]
        return found[-1] if found else None


def making(call: ast.Call, model: SemanticModel) -> Making | None:
    """Return what has to run so that a call makes the same engine once more; None where it may not do so."""
    function = model.function_of(call)
    if function is not None and not model.is_within(call, *function.body):
        return None  # a default or decorator, which is evaluated once
    wanted = parameters_behind(call, model)
    if wanted is None or _is_for_news(call, model):
        return None
    if _is_kept_for_request(call, model):
        return Making(call, wanted, function)
    owner = None if function is None else model.parent(function)
    if function is not None and function.name == "__init__" and isinstance(owner, ast.ClassDef):
        return None if _is_made_once(owner) or not _is_own(call, model) else Making(call, wanted, owner)
    return None if is_kept(call, model) else Making(call, wanted, function)


def made_again(made: Making, model: SemanticModel) -> Again | None:
    """Return why an engine is made again and again; None where nothing of its module shows that."""
    if _is_kept_for_request(made.call, model) and made.by is not None and not made.wanted:
        return Again(_FOR_REQUEST)
    if isinstance(made.by, ast.ClassDef):
        return _by_calls(made, model, _LEVELS)
    return _again(made.call, made.wanted, model, _LEVELS)


def called_again(call: ast.Call, made: Making, model: SemanticModel) -> Again | None:
    """Return why a call, of another module, of what makes an engine runs again and again."""
    function = made.function
    wanted = made.wanted if function is None else passed_on(call, function, made.wanted, model)
    return None if wanted is None or is_kept(call, model) else _again(call, wanted, model, _LEVELS - 1)


def made_by_several(made: Making, model: SemanticModel) -> dict[str, ast.Call]:
    """Return the methods of one class, two at least, that make the same engine for themselves, and where they do.

    It depends on nothing but the object, which could keep it. Empty where another call stands for them all.
    """
    function, cls = made.by, None if made.by is None else model.parent(made.by)
    if not isinstance(function, _FUNCTIONS) or not isinstance(cls, ast.ClassDef) or not made.wanted <= {"self"}:
        return {}
    if _is_closed(made.call, function, model):
        return {}
    methods = [each for each in cls.body if isinstance(each, _FUNCTIONS) and not _is_apart(each, model)]
    text = ast.dump(made.call)
    alike = [each for each in ast.walk(cls) if isinstance(each, ast.Call) and ast.dump(each) == text]
    same = [found for each in alike if (found := making(each, model)) is not None and found.by in methods]
    if not same or same[0].call is not made.call:
        return {}
    calls = {each.by: each.call for each in same}
    if len(calls) == 1 and any(_gives(each, made.call, model) for each in _returned(function)):
        makers = [call for call, _ in _calls_of(function, model) if not is_kept(call, model)]
        calls = {caller: each for each in makers if (caller := model.function_of(each)) in methods}
    return {each.name: call for each, call in calls.items() if each is not None} if len(calls) > 1 else {}


def is_of_object(made: Making) -> bool:
    """Tell whether an engine depends on what the object of its method knows: each object may keep one of its own."""
    return made.wanted == {"self"} and not isinstance(made.by, ast.ClassDef)


def other_branch(call: ast.Call, model: SemanticModel) -> ast.Call | None:
    """Return the call whose result an `if` gives to the name that gets the result of a call in its `else`."""
    statement = model.statement_of(call)
    around = model.parent(statement)
    target = statement.targets[0] if isinstance(statement, ast.Assign) and len(statement.targets) == 1 else None
    if not isinstance(around, ast.If) or statement not in around.orelse or not isinstance(target, ast.Name):
        return None
    for each in around.body:
        made = each.value if isinstance(each, ast.Assign) else None
        targets = each.targets if isinstance(each, ast.Assign) else []
        if isinstance(made, ast.Call) and any(isinstance(name, ast.Name) and name.id == target.id for name in targets):
            return made
    return None


def may_be_called(made: Making, model: SemanticModel) -> bool:
    """Tell whether others may call what makes an engine again and again: it keeps nothing, and starts no program."""
    if isinstance(made.by, ast.ClassDef):
        return True
    return made.by is not None and not _keeps_its_result(made.by, model) and not _runs_once(made.by)


def _again(node: ast.Call, wanted: frozenset[str], model: SemanticModel, levels: int) -> Again | None:
    """Return why a call runs again and again with the same values, which may depend on some parameters."""
    loop = even_loop(node, model)
    if loop is not None:
        return Again("in each turn of a loop", model.line_of(loop))
    function = model.function_of(node)
    if function is None or _keeps_its_result(function, model):
        return None
    if not wanted:
        by_framework = _by_framework(node, function, model)
        if by_framework is not None:
            return by_framework
    if levels == 0 or _runs_once(function) or handler_of(node, model) is not None:
        return None
    return _by_calls(Making(node, wanted, function), model, levels)


def _by_framework(node: ast.Call, function: FunctionNode, model: SemanticModel) -> Again | None:
    """Return what a framework runs the function around a call for."""
    handler = handler_of(node, model)
    if handler is not None and handler.framework not in ("http", "socketio") and not _runs_once(handler.function):
        lasting = any("websocket" in ast.unparse(each).lower() for each in handler.decorators)
        return None if lasting else Again(f"for each request that `{handler.function.name}` serves")
    for decorator in function.decorator_list:
        maker = decorator.func if isinstance(decorator, ast.Call) else decorator
        known, name = facts.load("engines")["requests"], model.qualified_name(maker) or ""
        if name in known["tasks"] or (last_name(maker) in known["task_methods"] and _is_of_worker(maker, model)):
            return Again(f"in each run of the task `{function.name}`")
        if isinstance(maker, ast.Attribute) and maker.attr in known["hooks"]:
            return Again(f"for each request, by `{function.name}`")
    return None


def _by_calls(made: Making, model: SemanticModel, levels: int) -> Again | None:
    """Return why what makes an engine is called again and again in its module."""
    assert made.by is not None
    function = made.function
    for call, depends in _calls_of(made.by, model):
        if depends:
            if not made.wanted:
                return Again("for each request that asks for it", 0, call, made.by.name)
            continue
        wanted = made.wanted if function is None else passed_on(call, function, made.wanted, model)
        if wanted is not None and not wanted and _is_kept_for_request(call, model):
            return Again(_FOR_REQUEST, 0, call, made.by.name)
        if wanted is not None and not is_kept(call, model):
            found = _again(call, wanted, model, levels - 1)
            if found is not None:
                return Again(found.how, found.loop, call, made.by.name)
    return None


def _calls_of(target: FunctionNode | ast.ClassDef, model: SemanticModel) -> Iterator[tuple[ast.Call, bool]]:
    """Yield the calls of a function, method or class that its module makes, and whether a framework makes them."""
    yield from ((call, False) for call in own_calls_of(target, model))
    binding = model.scopes.lookup(target.name, model.scopes.scope_of(target))
    for use in () if binding is None or binding.single is None else binding.uses:
        call = model.parent(use)
        if isinstance(call, ast.Call) and use in call.args[:1] and last_name(call.func) in ("Depends", "Security"):
            yield call, True


def _returned(function: FunctionNode) -> list[ast.expr]:
    return [each.value for each in ast.walk(function) if isinstance(each, ast.Return) and each.value is not None]


def _gives(value: ast.expr, call: ast.Call, model: SemanticModel) -> bool:
    """Tell whether a function returns what a call makes, or something made of it."""
    names = [model.binding_of(each) for each in ast.walk(value) if isinstance(each, ast.Name)]
    made = [each.single.value for each in names if each is not None and each.single is not None]
    return any(each is not None and call in ast.walk(each) for each in (value, *made))


# What is not made again and again


def _is_apart(function: FunctionNode, model: SemanticModel) -> bool:
    """Tell whether a method is no daily work of its object: it begins or ends it, tries it, or keeps its result."""
    apart = function.name.startswith("__") or _runs_once(function) or is_probe(function)
    return apart or _keeps_its_result(function, model)


def _is_closed(call: ast.Call, function: FunctionNode, model: SemanticModel) -> bool:
    """Tell whether a function closes what a call of its makes, by `with` or in a `finally`."""
    statement = model.statement_of(call)
    if isinstance(statement, (ast.With, ast.AsyncWith)):
        return any(each.context_expr is call for each in statement.items)
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    names = {each.id for each in targets if isinstance(each, ast.Name)}
    managed = [
        item.context_expr
        for each in ast.walk(function)
        if isinstance(each, (ast.With, ast.AsyncWith))
        for item in each.items
    ]
    finals = [end for each in ast.walk(function) if isinstance(each, ast.Try) for end in each.finalbody]
    closed = [
        each.func.value
        for end in finals
        for each in ast.walk(end)
        if isinstance(each, ast.Call) and isinstance(each.func, ast.Attribute) and each.func.attr in _CLOSING
    ]
    return any(isinstance(each, ast.Name) and each.id in names for each in (*managed, *closed))


def _is_kept_for_request(call: ast.Call, model: SemanticModel) -> bool:
    """Tell whether something is kept, but for one request only."""
    statement = model.statement_of(call)
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    return any(of_request(each, model) for each in targets)


def _is_own(call: ast.Call, model: SemanticModel) -> bool:
    """Tell whether a new object always begins with a call and keeps what it makes to itself."""
    function, statement = model.function_of(call), model.statement_of(call)
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    if function is None or statement not in function.body or len(targets) != 1:
        return False
    target = targets[0]
    if isinstance(target, ast.Attribute):
        return isinstance(target.value, ast.Name) and target.value.id == "self"
    return isinstance(target, ast.Name) and not is_kept(call, model)


def _is_made_once(cls: ast.ClassDef) -> bool:
    """Tell whether a class may have one object only: by its metaclass, a decorator or a `__new__` of its own."""
    methods = [each.name for each in cls.body if isinstance(each, _FUNCTIONS)]
    names = " ".join(ast.unparse(each) for each in (*cls.bases, *cls.decorator_list)).lower()
    return bool(cls.keywords) or "__new__" in methods or "singleton" in names or "borg" in names or "cache" in names


def _is_for_news(call: ast.Call, model: SemanticModel) -> bool:
    """Tell whether a connection waits for news, for which it is needed alone."""
    known = facts.load("engines")["requests"]["news"]
    statement = model.statement_of(call)
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    asked: list[ast.AST | None] = [model.parent(call)]
    for target in targets:
        binding = model.binding_of(target) if isinstance(target, (ast.Name, ast.Attribute)) else None
        asked += [] if binding is None else [model.parent(each) for each in binding.uses]
    return any(isinstance(each, ast.Attribute) and each.attr in known for each in asked)


def _runs_once(function: FunctionNode) -> bool:
    """Tell by its name whether a function runs when a program starts or ends."""
    words = words_of(function.name)
    return not set(facts.load("engines")["names"]["once"]).isdisjoint(words) or words[-2:] == ("create", "app")


def is_probe(function: FunctionNode | None) -> bool:
    """Tell by its name whether a function tries if a connection can be made."""
    probes = facts.load("engines")["names"]["probes"]
    return function is not None and not set(probes).isdisjoint(words_of(function.name))


def _keeps_its_result(function: FunctionNode, model: SemanticModel) -> bool:
    """Tell whether a decorator keeps what a function returns, or may do anything with it."""
    for decorator in function.decorator_list:
        maker = decorator.func if isinstance(decorator, ast.Call) else decorator
        name = (model.qualified_name(maker) or ast.unparse(maker)).lower()
        if "cache" in name or "singleton" in name or "memo" in name or name.endswith((".command", "fixture")):
            return True
    return False


def _is_of_worker(decorator: ast.expr, model: SemanticModel) -> bool:
    """Tell whether `@app.task` makes a task of a worker that lives on, by what is imported or how that is called."""
    libraries, text = facts.load("engines")["requests"]["task_modules"], ast.unparse(decorator)
    return not model.handlers.imported.isdisjoint(libraries) or any(each in text for each in libraries)
