"""Random secrets: where a value of the module `random` ends up, and whether that must not be guessed.

The generator of `random` is made for simulations: from some outputs all later ones follow. That does harm only where
the value is a secret, and that is known by what it is called in the end: the variable, attribute, key, parameter or
function that gets it, through the expressions, local variables and functions of the module on the way.
"""

from __future__ import annotations

import ast
import enum
from typing import TYPE_CHECKING, NamedTuple

from perffix.semantic import facts
from perffix.semantic.makers import made_by
from perffix.semantic.scopes import How
from perffix.semantic.secrets import endings_of, telling_words, words_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.semantic.model import SemanticModel
    from perffix.semantic.scopes import Binding

METHODS = (
    *("choice", "choices", "sample", "randint", "randrange", "random", "getrandbits", "randbytes", "uniform"),
    *("triangular", "betavariate"),
)
_CHOOSING = ("choice", "choices", "sample")
_SPREAD_OUT = (ast.FormattedValue, ast.JoinedStr, ast.Starred, ast.List, ast.Tuple, ast.BoolOp, ast.Await)
_GROWING = ("append", "extend", "add", "insert", "appendleft")
_SHORTEST_ALPHABET = 8
_MOST_HOPS = 3
# Modules of every Python, and names in them.
_EVERYWHERE: dict[str, tuple[str, ...]] = {
    "hashlib": ("md5", "new", "sha1", "sha256"),
    "os": ("urandom",),
    "random": ("SystemRandom",),
    "secrets": ("SystemRandom", "choice", "randbelow", "randbits", "token_bytes", "token_hex", "token_urlsafe"),
    "uuid": ("UUID", "uuid1", "uuid4"),
}


class Kind(enum.Enum):
    """What a name says about its value."""

    SECRET = "must not be guessed"
    FRESH = "must not come twice"
    MAYBE = "may be a secret"


class RandomSecret(NamedTuple):
    """Where a random value ends up.

    Attributes:
        kind: what the name says.
        name: of the variable, attribute, key, parameter or function.
        node: the place where it gets the value.
        function: the called function of `random`.
        of_module: the function belongs to the module's shared generator, not to an object made by `random.Random()`.
    """

    kind: Kind
    name: str
    node: ast.AST
    function: str
    of_module: bool


class _Place(NamedTuple):
    """A name that gets a value, and how the value looks by then."""

    name: str
    node: ast.AST
    as_text: bool


def random_secret_of(call: ast.Call, model: SemanticModel) -> RandomSecret | None:
    """Return the secret that a call of `random` helps to make, or None when none is known."""
    source = _source_of(call, model)
    if source is None or _is_pretended(call, model) or _is_for_no_python(call, model):
        return None
    function, of_module = source
    made_of_signs = function in ("getrandbits", "randbytes") or _chooses_signs(call, function, model)
    for place in _places(call, model, as_text=False, hops=_MOST_HOPS, seen=set()):
        kind = kind_of(place.name)
        if kind is None or (kind is Kind.MAYBE and not (made_of_signs and place.as_text)):
            continue
        if function in _CHOOSING and not made_of_signs and not place.as_text:
            continue  # one of several that exist already
        if _only_marks_request(place, kind, model):
            continue
        return RandomSecret(kind, place.name, place.node, function, of_module)
    return None


def _only_marks_request(place: _Place, kind: Kind, model: SemanticModel) -> bool:
    """Tell whether a value is only made for the query of one request: nobody here ever compares it with anything.

    A server that lets its clients make up the id of their session does not know them by it.
    """
    query = model.parent(place.node)
    return (
        isinstance(place.node, ast.Dict)
        and isinstance(query, ast.keyword)
        and query.arg in ("params", "query")
        and (kind is Kind.FRESH or words_of(place.name)[-2:] in (("session", "id"), ("sessionid",)))
    )


def _source_of(call: ast.Call, model: SemanticModel) -> tuple[str, bool] | None:
    name = model.qualified_name(call.func)
    if name is not None:
        module, _, function = name.rpartition(".")
        return (function, True) if module == "random" and function in METHODS else None
    if isinstance(call.func, ast.Attribute) and call.func.attr in METHODS:
        made = made_by(call.func.value, model)
        if made is not None and made.name == "random.Random" and not made.declared:
            return call.func.attr, False
    return None


def kind_of(name: str) -> Kind | None:
    """Tell what a name says by its last words, None when it says nothing of the kind."""
    table = facts.load("randomness")["names"]
    endings = endings_of(telling_words(name, table))
    for kind, key in ((Kind.SECRET, "secret"), (Kind.FRESH, "fresh"), (Kind.MAYBE, "maybe")):
        if not endings.isdisjoint(table[key]):
            return kind
    return None


def _is_pretended(call: ast.Call, model: SemanticModel) -> bool:
    """Tell whether the function or class around says by its name that it only makes something up."""
    refused = facts.load("randomness")["names"]["refused"]
    return any(
        not set(words_of(each.name)).isdisjoint(refused)
        for each in model.ancestors(call)
        if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
    )


def _is_for_no_python(call: ast.Call, model: SemanticModel) -> bool:
    """Tell whether code runs only where something cannot be imported that every Python has."""
    child: ast.AST = call
    for parent in model.ancestors(call):
        if isinstance(parent, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            return False
        if isinstance(child, ast.ExceptHandler) and isinstance(parent, ast.Try):
            caught = None if child.type is None else model.qualified_name(child.type)
            if caught in ("builtins.ImportError", "builtins.ModuleNotFoundError") and all(map(_succeeds, parent.body)):
                return True
        child = parent
    return False


def _succeeds(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Import):
        return all(each.name in _EVERYWHERE for each in statement.names)
    if isinstance(statement, ast.ImportFrom):
        known = _EVERYWHERE.get(statement.module or "", ())
        return statement.level == 0 and all(each.name in known for each in statement.names)
    return isinstance(statement, ast.Pass)


# What is chosen from


def _chooses_signs(call: ast.Call, function: str, model: SemanticModel) -> bool:
    return function in _CHOOSING and bool(call.args) and _is_alphabet(call.args[0], model)


def _is_alphabet(expr: ast.expr, model: SemanticModel, depth: int = 4) -> bool:
    """Tell whether an expression is letters, digits or signs to make words of."""
    if depth == 0:
        return False
    if isinstance(expr, ast.Constant):
        return isinstance(expr.value, (str, bytes)) and len(set(expr.value)) >= _SHORTEST_ALPHABET
    if model.qualified_name(expr) in facts.load("randomness")["alphabets"]["names"]:
        return True
    if isinstance(expr, ast.BinOp) and isinstance(expr.op, ast.Add):
        return _is_alphabet(expr.left, model, depth) or _is_alphabet(expr.right, model, depth)
    if isinstance(expr, ast.JoinedStr):
        values = [each.value for each in expr.values if isinstance(each, ast.FormattedValue)]
        return any(_is_alphabet(each, model, depth - 1) for each in values)
    if (
        isinstance(expr, ast.Call)
        and expr.args
        and model.qualified_name(expr.func) in ("builtins.list", "builtins.tuple")
    ):
        return _is_alphabet(expr.args[0], model, depth - 1)
    binding = model.binding_of(expr)
    given = [] if binding is None else [each for each in binding.assignments if each.how is not How.AUGMENTED]
    return bool(given) and all(
        each.value is not None and each.how is not How.PARAMETER and _is_alphabet(each.value, model, depth - 1)
        for each in given
    )


# Where a value goes


def _places(expr: ast.expr, model: SemanticModel, *, as_text: bool, hops: int, seen: set[ast.AST]) -> Iterator[_Place]:
    """Yield the names that get an expression's value, nearest first, through what hands it on."""
    if expr in seen:
        return
    seen.add(expr)
    child: ast.AST = expr
    mixed = False
    for parent in model.ancestors(expr):
        if isinstance(parent, (ast.JoinedStr, ast.FormattedValue)):
            as_text = True
            mixed = mixed or sum(isinstance(each, ast.FormattedValue) for each in getattr(parent, "values", ())) > 1
        if mixed and hops < _MOST_HOPS and _is_digest(parent, model):
            return  # of several values, of which this is one
        if isinstance(parent, ast.stmt) or not _hands_on(parent, child, model):
            yield from _received(parent, child, model, as_text=as_text, hops=hops, seen=seen)
            return
        as_text = as_text or _makes_text(parent, model)
        child = parent


def _is_digest(parent: ast.AST, model: SemanticModel) -> bool:
    return isinstance(parent, ast.Call) and (model.qualified_name(parent.func) or "").startswith("hashlib.")


def _hands_on(parent: ast.AST, child: ast.AST, model: SemanticModel) -> bool:
    """Tell whether an expression's value carries that of a part."""
    if isinstance(parent, _SPREAD_OUT):
        return True
    if isinstance(parent, ast.BinOp):
        return isinstance(parent.op, (ast.Add, ast.Mod, ast.Mult))
    if isinstance(parent, (ast.ListComp, ast.GeneratorExp, ast.SetComp)):
        return child is parent.elt
    if isinstance(parent, ast.IfExp):
        return child is not parent.test
    if isinstance(parent, ast.Lambda):
        return child is parent.body
    if isinstance(parent, ast.keyword):
        call = model.parent(parent)
        return isinstance(call, ast.Call) and model.qualified_name(call.func) == "uuid.UUID"
    if isinstance(parent, ast.Subscript):
        return child is parent.value
    if isinstance(parent, ast.Attribute):
        return parent.attr in facts.load("randomness")["handed_on"]["methods"]
    if isinstance(parent, ast.Call):
        if child is parent.func:
            return True
        name = model.qualified_name(parent.func)
        method = parent.func.attr if isinstance(parent.func, ast.Attribute) else ""
        return name in facts.load("randomness")["handed_on"]["functions"] or method in ("join", "format")
    return False


def _makes_text(parent: ast.AST, model: SemanticModel) -> bool:
    if not isinstance(parent, ast.Call):
        return isinstance(parent, ast.BinOp) and isinstance(parent.op, ast.Mod)
    name = model.qualified_name(parent.func) or ""
    method = parent.func.attr if isinstance(parent.func, ast.Attribute) else ""
    return method in ("join", "format", "hex", "hexdigest", "digest", "to_bytes") or name.startswith(
        ("hashlib.", "base64.", "binascii.", "builtins.hex")
    )


def _received(
    parent: ast.AST, child: ast.AST, model: SemanticModel, *, as_text: bool, hops: int, seen: set[ast.AST]
) -> Iterator[_Place]:
    """Yield the names that a statement, a call or a display gives a value to."""
    if isinstance(parent, ast.keyword) and parent.arg is not None:
        yield _Place(parent.arg, parent, as_text)
    elif isinstance(parent, ast.Dict) and child in parent.values:
        key = parent.keys[parent.values.index(child)]
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            yield _Place(key.value, parent, as_text)
    elif isinstance(parent, (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.NamedExpr)):
        for target in parent.targets if isinstance(parent, ast.Assign) else [parent.target]:
            yield from _of_target(target, parent, model, as_text=as_text, hops=hops, seen=seen)
    elif isinstance(parent, ast.Return):
        yield from _of_result(parent, model, as_text=as_text, hops=hops, seen=seen)
    elif isinstance(parent, ast.Call) and child in parent.args:
        if isinstance(parent.func, ast.Attribute) and parent.func.attr in _GROWING:
            yield from _of_target(parent.func.value, parent, model, as_text=as_text, hops=hops, seen=seen)
        else:
            yield from _of_parameter(parent, child, model, as_text=as_text)


def _of_target(
    target: ast.expr, node: ast.AST, model: SemanticModel, *, as_text: bool, hops: int, seen: set[ast.AST]
) -> Iterator[_Place]:
    if isinstance(target, ast.Subscript):
        if isinstance(target.slice, ast.Constant) and isinstance(target.slice.value, str):
            yield _Place(target.slice.value, node, as_text)
        return
    if not isinstance(target, (ast.Name, ast.Attribute)):
        return
    name = target.id if isinstance(target, ast.Name) else target.attr
    yield _Place(name, node, as_text)
    binding = model.binding_of(target)
    if binding is not None and hops and kind_of(name) is None:
        yield from _followed(binding, model, as_text=as_text, hops=hops - 1, seen=seen)


def _followed(
    binding: Binding, model: SemanticModel, *, as_text: bool, hops: int, seen: set[ast.AST]
) -> Iterator[_Place]:
    for use in binding.uses:
        yield from _places(use, model, as_text=as_text, hops=hops, seen=seen)


def _of_result(
    statement: ast.Return, model: SemanticModel, *, as_text: bool, hops: int, seen: set[ast.AST]
) -> Iterator[_Place]:
    """Yield the name of the function that returns a value, and what its callers in the module call it."""
    function = model.function_of(statement)
    if function is None:
        return
    yield _Place(function.name, statement, as_text)
    binding = model.scopes.lookup(function.name, model.scopes.scope_of(function))
    if binding is None or not hops or binding.single is None:
        return
    for use in binding.uses:
        call = model.parent(use)
        if isinstance(call, ast.Call) and call.func is use:
            yield from _places(call, model, as_text=as_text, hops=hops - 1, seen=seen)


def _of_parameter(call: ast.Call, child: ast.AST, model: SemanticModel, *, as_text: bool) -> Iterator[_Place]:
    definition = model.names.definition_of(call.func)
    if isinstance(definition, (ast.FunctionDef, ast.AsyncFunctionDef)):
        parameters = [*definition.args.posonlyargs, *definition.args.args]
        index = call.args.index(child)  # type: ignore[arg-type]
        if index < len(parameters) and not any(isinstance(each, ast.Starred) for each in call.args[:index]):
            yield _Place(parameters[index].arg, call, as_text)
