"""Calls: what their results carry of what they are given, and from where the parameters of a function are filled."""

from __future__ import annotations

import ast
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from perffix.semantic import facts
from perffix.semantic.flow.context import Context, Frame, Function, Trail
from perffix.semantic.flow.control import FUNCTIONS
from perffix.semantic.flow.folding import UNKNOWN, fold
from perffix.semantic.flow.harmless import cleaners_of, is_cleaning_call
from perffix.semantic.flow.instances import class_of
from perffix.semantic.flow.patterns import group_keeps_out
from perffix.semantic.flow.selectors import ELEMENT, KEY, VALUE, Path, attribute, into, item
from perffix.semantic.flow.sources import source
from perffix.semantic.flow.texts import harmful_holes
from perffix.semantic.strings import build_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.semantic.flow.tracing import Tracer
    from perffix.semantic.model import SemanticModel
    from perffix.semantic.scopes import Assignment
    from perffix.semantic.walk import Scope

Asked = tuple[ast.expr, Path]

_DEEPEST_CALL = 4
_MOST_CALL_SITES = 25
_HANDING_ON = {  # functions that call what they are given, with the position of it and of its first argument
    "asyncio.to_thread": 0, "threading.Timer": 1, "functools.partial": 0, "anyio.to_thread.run_sync": 0,
    "starlette.concurrency.run_in_threadpool": 0, "fastapi.concurrency.run_in_threadpool": 0,
    "asgiref.sync.sync_to_async": 0, "gevent.spawn": 0, "eventlet.spawn": 0,
}  # fmt: skip
_HANDING_ON_METHODS = {"submit": 0, "run_in_executor": 1, "add_task": 0, "apply_async": 0, "delay": 0, "call_soon": 0}


class _Carriers(NamedTuple):
    any: frozenset[str]
    same: frozenset[str]
    at: dict[str, int]
    some: dict[str, list[int]]
    text: frozenset[str]
    get: frozenset[str]


@cache
def _carriers() -> _Carriers:
    known = facts.load("carriers")
    functions, methods = known["functions"], known["methods"]
    return _Carriers(
        frozenset(functions["any"]),
        frozenset(functions["same"]),
        functions["at"],
        functions["some"],
        frozenset(methods["text"]),
        frozenset(methods["get"]),
    )


def of_call(tracer: Tracer, call: ast.Call, path: Path, context: Context) -> Trail | None:
    """Return the route into the result of a call."""
    model = tracer.model
    name = model.qualified_name(call.func)
    if is_cleaning_call(call, name, tracer.kind, model):
        return None
    called = _called_function(call, model)
    if called is not None:
        return _through(tracer, called[0], call, called[1], path, context)
    definition = model.names.definition_of(call.func)
    if isinstance(definition, ast.ClassDef):
        return _instance(tracer, definition, call, path, context)
    if isinstance(call.func, ast.Name) and name is None:
        lambda_called = _lambda_of(call.func, model)
        if lambda_called is not None:
            return _through(tracer, lambda_called, call, None, path, context)
    if name is not None and name in facts.load("cleaners")["undoing"]["functions"] and tracer.kind:
        return tracer.before_cleaning(call, path, context)
    asked = _of_function(call, name, path, tracer) if name is not None else None
    if asked is None and isinstance(call.func, ast.Attribute):
        asked = _of_method(call, call.func, path, tracer)
    return tracer.first(asked or (), context)


def _lambda_of(name: ast.Name, model: SemanticModel) -> ast.Lambda | None:
    binding = model.scopes.binding_of(name)
    single = None if binding is None else binding.single
    return single.value if single is not None and isinstance(single.value, ast.Lambda) else None


# Library functions and methods


def _of_function(call: ast.Call, name: str, path: Path, tracer: Tracer) -> list[Asked] | None:
    """Return what the result of a library function is made from; None when nothing is known of it."""
    carriers = _carriers()
    arguments = [*call.args, *(each.value for each in call.keywords)]
    if name in carriers.any:
        if name in ("os.path.join", "builtins.str", "builtins.bytes", "builtins.getattr"):
            arguments = call.args[: None if name == "os.path.join" else 1]
        return [(each, _of_starred(each)) for each in arguments]
    if name in carriers.same:
        if name in (
            "builtins.dict",
            "collections.OrderedDict",
            "types.SimpleNamespace",
            "werkzeug.datastructures.MultiDict",
        ):
            return _of_mapping(call, path, name.startswith("types."))
        return [(each, _unordered(path) if name != "builtins.iter" else path) for each in call.args[:1]]
    if name in carriers.at:
        return [(each, path) for each in call.args[carriers.at[name] :][:1]]
    if name in carriers.some:
        return [(call.args[index], ()) for index in carriers.some[name] if index < len(call.args)]
    return _of_iterating(call, name, path, tracer)


def _of_starred(expr: ast.expr) -> Path:
    return (ELEMENT,) if isinstance(expr, ast.Starred) else ()


def _unordered(path: Path) -> Path:
    """Return the path in the source of a copy whose places may differ."""
    if path and path[0].kind == "item" and isinstance(path[0].key, int):
        return (ELEMENT, *path[1:])
    return (ELEMENT, *path[1:]) if path and path[0] is VALUE else path


def _of_mapping(call: ast.Call, path: Path, is_namespace: bool) -> list[Asked]:
    asked: list[Asked] = [(each, path) for each in call.args]
    for keyword in call.keywords:
        first = path[0] if path else None
        if keyword.arg is None:
            asked.append((keyword.value, path))
        elif first is None or first in (VALUE, item(keyword.arg)) or (is_namespace and first == attribute(keyword.arg)):
            asked.append((keyword.value, path[1:]))
    return asked


def _of_iterating(call: ast.Call, name: str, path: Path, tracer: Tracer) -> list[Asked] | None:
    """Return it for `enumerate`, `zip`, `map`, `itertools.chain` and their kind."""
    rest = path[1:]
    if name == "builtins.enumerate" and call.args:
        if rest and rest[0] == item(0):
            return []
        return [(call.args[0], into(ELEMENT, rest[1:]))]
    if name in ("builtins.zip", "itertools.zip_longest", "itertools.product"):
        chosen = call.args
        if rest and rest[0].kind == "item" and isinstance(rest[0].key, int):
            chosen = call.args[rest[0].key :][:1]
        return [(each, into(ELEMENT, rest[1:])) for each in chosen]
    if name in ("itertools.chain", "collections.ChainMap"):
        return [(each, path) for each in call.args]
    if name == "itertools.chain.from_iterable" and call.args:
        return [(call.args[0], into(ELEMENT, path))]
    if name == "builtins.map" and len(call.args) >= 2:
        return _of_map(call, path, tracer)
    return None


def _of_map(call: ast.Call, path: Path, tracer: Tracer) -> list[Asked]:
    function = call.args[0]
    name = tracer.model.qualified_name(function) or ""
    if isinstance(function, ast.Lambda):
        return [(function.body, path[1:])]
    if name in cleaners_of(tracer.kind).functions or name.rpartition(".")[2] in cleaners_of(tracer.kind).methods:
        return []
    method = name.rpartition(".")[2] if name.startswith(("builtins.str.", "builtins.bytes.")) else None
    if name in _carriers().any or method in _carriers().text or name.startswith("operator."):
        return [(each, (ELEMENT,)) for each in call.args[1:]]
    return []


def _of_method(call: ast.Call, func: ast.Attribute, path: Path, tracer: Tracer) -> list[Asked] | None:
    """Return what the result of a method is made from, judged by the method's name."""
    method, receiver, model = func.attr, func.value, tracer.model
    if method == "get" and len(call.args) >= 2 and _is_configuration(receiver, model):
        first, second = (fold(each, model) for each in call.args[:2])
        return [(receiver, (item(first), item(second)))]
    if method in _carriers().get and call.args:
        return _of_get(call, receiver, path, model)
    if method in ("items", "values", "keys", "multi_items", "iteritems", "itervalues"):
        return [(receiver, _of_view(method, path))]
    if method in ("copy", "deepcopy", "__copy__", "flatten", "__iter__", "__aiter__", "result"):
        return [(receiver, path)]
    if method in ("pop", "popleft", "popitem", "get_nowait", "__next__", "getvalue", "get"):
        return [(receiver, () if method == "getvalue" else into(VALUE, path))]
    if method in ("groupdict", "group", "groups") and _captures_harmless(call, receiver, tracer):
        return []
    if method == "format":
        return _of_format(call, receiver, tracer)
    if method == "join":
        return [(receiver, ()), *((each, (ELEMENT,)) for each in call.args)]
    if method not in _carriers().text:
        return None
    asked: list[Asked] = [(receiver, ())]
    if method in (
        "replace",
        "format_map",
        "expand",
        "substitute",
        "safe_substitute",
        "joinpath",
        "with_name",
        "with_suffix",
        "with_stem",
    ):
        asked += [(each, ()) for each in (call.args[1:2] if method == "replace" else call.args)]
        asked += [(each.value, ()) for each in call.keywords]
    return asked


def _is_configuration(expr: ast.expr, model: SemanticModel) -> bool:
    made = class_of(expr, model) or ""
    return made.startswith("configparser.")


def _of_get(call: ast.Call, receiver: ast.expr, path: Path, model: SemanticModel) -> list[Asked]:
    key = fold(call.args[0], model)
    defaults = [*call.args[1:2], *(each.value for each in call.keywords if each.arg == "default")]
    return [(receiver, into(VALUE if key is UNKNOWN else item(key), path)), *((each, path) for each in defaults)]


def _of_view(method: str, path: Path) -> Path:
    """Return which part of a mapping a part of its view is."""
    rest = path[1:]
    if method == "keys":
        return into(KEY, rest)
    if method in ("values", "itervalues"):
        return into(VALUE, rest)
    if rest and rest[0].kind == "item":
        return into(KEY if rest[0].key == 0 else VALUE, rest[1:])
    return () if not path else into(VALUE, rest[1:])


def _of_format(call: ast.Call, receiver: ast.expr, tracer: Tracer) -> list[Asked]:
    built = build_of(call, tracer.model)
    if built is not None:
        return harmful_holes(built.parts, tracer.kind, tracer.model)
    arguments = [*call.args, *(each.value for each in call.keywords)]
    return [(receiver, ()), *((each, _of_starred(each)) for each in arguments)]


def _captures_harmless(call: ast.Call, receiver: ast.expr, tracer: Tracer) -> bool:
    """Tell whether the group of a match cannot hold what does harm."""
    model = tracer.model
    if isinstance(receiver, ast.Name):
        binding = model.scopes.binding_of(receiver)
        single = None if binding is None else binding.single
        if single is None or single.value is None:
            return False
        receiver = single.value
    if not isinstance(receiver, ast.Call):
        return False
    pattern: object = UNKNOWN
    name = model.qualified_name(receiver.func)
    if name in ("re.match", "re.fullmatch", "re.search") and receiver.args:
        pattern = fold(receiver.args[0], model)
    elif isinstance(receiver.func, ast.Attribute) and isinstance(receiver.func.value, ast.Name):
        binding = model.scopes.binding_of(receiver.func.value)
        single = None if binding is None else binding.single
        made = None if single is None else single.value
        if isinstance(made, ast.Call) and model.qualified_name(made.func) == "re.compile" and made.args:
            pattern = fold(made.args[0], model)
    if not isinstance(pattern, str):
        return False
    group = fold(call.args[0], model) if call.args else 0
    return isinstance(group, (int, str)) and group_keeps_out(pattern, group, cleaners_of(tracer.kind).characters)


# Functions of the module


def _called_function(call: ast.Call, model: SemanticModel) -> tuple[Function, ast.expr | None] | None:
    """Return the function of the module that a call runs, and the object whose method it is."""
    func = call.func
    definition = model.names.definition_of(func)
    if isinstance(definition, FUNCTIONS):
        return definition, None
    if isinstance(func, ast.Lambda):
        return func, None
    if not isinstance(func, ast.Attribute):
        return None
    method = model.names.method_of_self(func)
    if method is not None:
        return method, func.value
    owner = model.names.definition_of(func.value)
    if not isinstance(owner, ast.ClassDef):
        made = class_of(func.value, model)
        owner = None if made is None or not made.startswith(".") else class_named(made[1:], func.value, model)
    if isinstance(func.value, ast.Name) and owner is None:
        inside = model.scopes.class_of_self(func.value)
        owner = inside.node if inside is not None and isinstance(inside.node, ast.ClassDef) else None
    found = method_of(owner, func.attr, model) if isinstance(owner, ast.ClassDef) else None
    return None if found is None else (found, func.value)


def class_named(name: str, place: ast.AST, model: SemanticModel) -> ast.ClassDef | None:
    """Return the class of the module that a name means at a place."""
    binding = model.scopes.lookup(name, model.scopes.scope_of(place))
    single = None if binding is None else binding.single
    return single.node if single is not None and isinstance(single.node, ast.ClassDef) else None


def method_of(
    definition: ast.ClassDef, name: str, model: SemanticModel, depth: int = 4
) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
    """Return the method of a class, or of a base of it in the module, when it is defined once."""
    found = [each for each in definition.body if isinstance(each, FUNCTIONS) and each.name == name]
    if found:
        return found[0] if len(found) == 1 else None
    for base in definition.bases:
        owner = model.names.definition_of(base)
        if isinstance(owner, ast.ClassDef) and owner is not definition and depth:
            inherited = method_of(owner, name, model, depth - 1)
            if inherited is not None:
                return inherited
    return None


def _through(
    tracer: Tracer, function: Function, call: ast.Call, receiver: ast.expr | None, path: Path, context: Context
) -> Trail | None:
    """Return the route into what a function of the module returns, or yields, for one call of it."""
    if context.depth() >= _DEEPEST_CALL or context.is_inside(function):
        return None
    inner = Context(Frame(function, call, receiver, context))
    if isinstance(function, ast.Lambda):
        return tracer.trace(function.body, path, inner)
    found = _returned(tracer, function, path, inner)
    return found and found.then(tracer.step(call, f"`{function.name}()` returns it here"))


def _returned(
    tracer: Tracer, function: ast.FunctionDef | ast.AsyncFunctionDef, path: Path, inner: Context
) -> Trail | None:
    scope = tracer.model.scopes.scope_of(function.body[0])
    flow = tracer.flow_of(function)
    if scope.yields:
        entered = any("contextmanager" in ast.unparse(each) for each in function.decorator_list)
        values = [each for each in _yields(function) if flow.is_reachable(each)]
        return tracer.first([(each, path if entered else path[1:]) for each in values], inner)
    values = [each.value for each in scope.returns if each.value is not None and flow.is_reachable(each)]
    return tracer.first([(each, path) for each in values], inner)


def _yields(function: ast.AST) -> Iterator[ast.expr]:
    for node in ast.walk(function):
        if isinstance(node, (ast.Yield, ast.YieldFrom)) and node.value is not None:
            yield node.value


# Instances of classes of the module


def _instance(tracer: Tracer, definition: ast.ClassDef, call: ast.Call, path: Path, context: Context) -> Trail | None:
    """Return the route into an attribute of a new instance: from what its constructor is given."""
    if not path or path[0].kind != "attribute" or context.depth() >= _DEEPEST_CALL:
        return None
    name = str(path[0].key)
    constructor = method_of(definition, "__init__", tracer.model)
    if constructor is None:
        return _of_field_order(tracer, definition, call, name, path, context)
    if context.is_inside(constructor):
        return None
    inner = Context(Frame(constructor, call, None, context))
    for assignment in _fields_set(constructor, name, tracer.model):
        found = tracer.assigned(assignment, path[1:], inner)
        if found is not None:
            return found.then(tracer.step(call, f"`{definition.name}` keeps it as `{name}`"))
    return None


def _fields_set(constructor: ast.AST, name: str, model: SemanticModel) -> Iterator[Assignment]:
    for node in ast.walk(constructor):
        if not isinstance(node, ast.Attribute) or node.attr != name or not isinstance(node.ctx, ast.Store):
            continue
        if model.scopes.field_of(node) is not None:
            yield model.scopes.assignment_at(node)


def _of_field_order(
    tracer: Tracer, definition: ast.ClassDef, call: ast.Call, name: str, path: Path, context: Context
) -> Trail | None:
    """Return it for data classes and named tuples: their fields are given in order or by name."""
    fields = [
        each.target.id
        for each in definition.body
        if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name)
    ]
    if name not in fields:
        return None
    given = [each.value for each in call.keywords if each.arg == name]
    index = fields.index(name)
    if not given and index < len(call.args) and not any(isinstance(each, ast.Starred) for each in call.args):
        given = [call.args[index]]
    return tracer.first([(each, path[1:]) for each in given], context)


def into_class_field(tracer: Tracer, definition: ast.ClassDef, name: str, path: Path) -> Trail | None:
    """Return the route into an attribute of a class itself: from its body."""
    scope = tracer.model.scopes.scope_of(definition.body[0])
    if scope.node is not definition or name not in scope.names:
        return None
    for assignment in tracer.model.scopes.binding_in(scope, name).assignments:
        found = tracer.assigned(assignment, path, Context())
        if found is not None:
            return found
    return None


# Parameters


def of_parameter(tracer: Tracer, parameter: ast.arg, function: ast.AST, path: Path, context: Context) -> Trail | None:
    """Return the route into a parameter: from the call that was followed, from the client, or from the calls."""
    frame = context.frame
    if frame is not None and frame.function is function:
        for each, rest in given_for(
            parameter, frame.function, frame.call, frame.receiver is not None, path, tracer.model
        ):
            found = tracer.trace(each, rest, frame.outer)
            if found is not None:
                return found.then(tracer.step(each, f"It is passed as `{parameter.arg}` here"))
        return None
    if isinstance(function, ast.Lambda):
        return _of_lambda(tracer, parameter, function, path, context)
    if not isinstance(function, FUNCTIONS):
        return None
    return _of_handler(tracer, parameter, function, path) or _from_calls(tracer, parameter, function, path)


def _of_lambda(tracer: Tracer, parameter: ast.arg, function: ast.Lambda, path: Path, context: Context) -> Trail | None:
    """Return it for a lambda that `map`, `filter` or a `key` calls right where it stands."""
    call = tracer.model.parent(function)
    if not isinstance(call, ast.Call) or call.args[:1] != [function]:
        return None
    index = function.args.args.index(parameter) + 1 if parameter in function.args.args else len(call.args)
    if tracer.model.qualified_name(call.func) not in ("builtins.map", "builtins.filter") or index >= len(call.args):
        return None
    return tracer.trace(call.args[index], into(ELEMENT, path), context)


def _of_handler(tracer: Tracer, parameter: ast.arg, function: Function, path: Path) -> Trail | None:
    if isinstance(function, ast.Lambda):
        return None
    handler = tracer.model.handlers.of(function)
    if handler is None:
        return None
    from perffix.semantic.web.parameters import holds_text, injected, is_upload

    if handler.framework in ("fastapi", "litestar"):
        made_by = injected(parameter, tracer.model)
        made = None if made_by is None else tracer.model.names.definition_of(made_by)
        if isinstance(made, FUNCTIONS):
            return _returned(tracer, made, path, Context())
    if parameter not in handler.parameters:
        return None
    if is_upload(parameter, tracer.model):
        return Trail(source(parameter, "upload", True))
    field = str(path[0].key) if path and path[0].kind == "attribute" else None
    if handler.framework in ("fastapi", "litestar") and not holds_text(parameter.annotation, tracer.model, field):
        return None
    message = handler.framework in ("socketio", "lambda") or (
        handler.framework == "tornado" and handler.function.name == "on_message"
    )
    return Trail(source(parameter, "message" if message else "handler", True))


def given_for(
    parameter: ast.arg, function: Function, call: ast.Call, is_bound: bool, path: Path, model: SemanticModel
) -> Iterator[Asked]:
    """Yield what a call gives for a parameter, with the part of it that is asked for."""
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    if positional and (is_bound or _is_constructor(function)) and _takes_instance(function, model):
        positional = positional[1:]
    if parameter is arguments.vararg:
        rest = call.args[len(positional) :]
        index = path[0].key if path and path[0].kind == "item" else None
        chosen = rest[index : index + 1] if isinstance(index, int) and index >= 0 else rest
        yield from ((each, path[1:]) for each in chosen)
        return
    if parameter is arguments.kwarg:
        named = {each.arg for each in (*positional, *arguments.kwonlyargs)}
        for keyword in call.keywords:
            if keyword.arg is None:
                yield keyword.value, path
            elif keyword.arg not in named and (not path or path[0] in (VALUE, item(keyword.arg))):
                yield keyword.value, path[1:]
        return
    given = [each.value for each in call.keywords if each.arg == parameter.arg]
    if parameter in positional and not given:
        index = positional.index(parameter)
        before = call.args[: index + 1]
        starred = next((each for each in before if isinstance(each, ast.Starred)), None)
        if starred is not None:
            yield starred.value, into(item(index) if before[0] is starred else VALUE, path)
            return
        given = call.args[index : index + 1]
    yield from ((each, path) for each in given)
    if not given:
        for keyword in call.keywords:
            if keyword.arg is None:
                yield keyword.value, into(item(parameter.arg), path)
        default = model.scopes.assignment_at(parameter).value
        if default is not None:
            yield default, path


def _is_constructor(function: Function) -> bool:
    return isinstance(function, FUNCTIONS) and function.name == "__init__"


def _takes_instance(function: Function, model: SemanticModel) -> bool:
    """Tell whether the first parameter of a function is the instance or class that it is called on."""
    if isinstance(function, ast.Lambda) or not isinstance(model.parent(function), ast.ClassDef):
        return False
    return not any(isinstance(each, ast.Name) and each.id == "staticmethod" for each in function.decorator_list)


def _from_calls(
    tracer: Tracer, parameter: ast.arg, function: ast.FunctionDef | ast.AsyncFunctionDef, path: Path
) -> Trail | None:
    """Return the route into a parameter from one of the calls of its function in the module."""
    for call, is_bound, handed_on in tracer.calls_of(function):
        context = Context(anchor=call)
        if handed_on is not None:
            asked = given_for(parameter, function, handed_on, is_bound, path, tracer.model)
        else:
            asked = given_for(parameter, function, call, is_bound, path, tracer.model)
        flow_body = tracer.flow_body_of(call)
        if flow_body is not None and not tracer.flow_of(flow_body).is_reachable(call):  # type: ignore[arg-type]
            continue
        for each, rest in list(asked):
            found = tracer.trace(each, rest, context)
            if found is not None:
                return found.then(tracer.step(call, f"`{function.name}()` gets it as `{parameter.arg}` here"))
    return None


def calls_of(
    function: ast.FunctionDef | ast.AsyncFunctionDef, model: SemanticModel
) -> Iterator[tuple[ast.Call, bool, ast.Call | None]]:
    """Yield the calls of a function in its module: the call, whether on an instance, and the call as if made directly.

    The last is for functions that are handed to others that call them: `executor.submit(function, value)`.
    """
    owner = model.parent(function)
    if isinstance(owner, ast.ClassDef):
        yield from ((call, True, None) for call in _method_calls(function, owner, model))
        return
    scope: Scope = model.scopes.scope_of(function)
    binding = model.scopes.lookup(function.name, scope)
    if binding is None or binding.single is None:
        return
    for use in binding.uses[:_MOST_CALL_SITES]:
        parent = model.parent(use)
        if isinstance(parent, ast.Call) and parent.func is use:
            yield parent, False, None
        elif isinstance(parent, ast.Call) and use in parent.args:
            handed_on = _handed_on(parent, use, model)
            if handed_on is not None:
                yield parent, False, handed_on
        elif isinstance(parent, ast.keyword) and parent.arg == "target":
            call = model.parent(parent)
            if isinstance(call, ast.Call):
                yield call, False, _of_thread(call)


def _handed_on(call: ast.Call, function: ast.expr, model: SemanticModel) -> ast.Call | None:
    position = _HANDING_ON.get(model.qualified_name(call.func) or "")
    if position is None and isinstance(call.func, ast.Attribute):
        position = _HANDING_ON_METHODS.get(call.func.attr)
    if position is None or call.args.index(function) != position:
        return None
    return ast.Call(function, call.args[position + 1 :], call.keywords)


def _of_thread(call: ast.Call) -> ast.Call:
    given = {each.arg: each.value for each in call.keywords}
    arguments, named = given.get("args"), given.get("kwargs")
    positional = list(arguments.elts) if isinstance(arguments, (ast.Tuple, ast.List)) else []
    keywords = [] if named is None else [ast.keyword(None, named)]
    return ast.Call(call.func, positional, keywords)


def _method_calls(
    function: ast.FunctionDef | ast.AsyncFunctionDef, owner: ast.ClassDef, model: SemanticModel
) -> Iterator[ast.Call]:
    """Yield the calls `self.method()`, `Class.method()` and `instance.method()` of a method in its module."""
    wanted = {function.name} if function.name != "__init__" else {owner.name}
    for call in _calls_written(model, frozenset(wanted)):
        if function.name == "__init__":
            if model.names.definition_of(call.func) is owner:
                yield call
            continue
        called = _called_function(call, model)
        if called is not None and called[0] is function:
            yield call


def _calls_written(model: SemanticModel, names: frozenset[str]) -> Iterator[ast.Call]:
    found = 0
    for node in ast.walk(model.source.tree):
        if isinstance(node, ast.Call):
            func = node.func
            if (func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")) in names:
                found += 1
                if found > _MOST_CALL_SITES:
                    return
                yield node
