"""Carrying: what the results of library functions and methods hold of what they are given.

The facts are in `facts/carriers.toml`; here stands what depends on which part of the result is asked for.
"""

from __future__ import annotations

import ast
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from perffix.semantic import facts
from perffix.semantic.flow.folding import UNKNOWN, fold
from perffix.semantic.flow.harmless import cleaners_of
from perffix.semantic.flow.instances import class_of
from perffix.semantic.flow.patterns import group_keeps_out
from perffix.semantic.flow.requests import is_method_of_requests
from perffix.semantic.flow.selectors import ELEMENT, KEY, VALUE, Path, attribute, into, item
from perffix.semantic.flow.texts import harmful_holes, harmful_parts_of_join
from perffix.semantic.strings import build_of

if TYPE_CHECKING:
    from perffix.semantic.model import SemanticModel

Asked = tuple[ast.expr, Path]

_MAPPINGS = (
    "builtins.dict", "collections.OrderedDict", "types.SimpleNamespace", "werkzeug.datastructures.MultiDict",
)  # fmt: skip
_TAKING_MORE = (
    "replace", "format_map", "expand", "substitute", "safe_substitute", "joinpath", "with_name", "with_suffix",
    "with_stem",
)  # fmt: skip


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


def carried_by(call: ast.Call, name: str | None, path: Path, kind: str, model: SemanticModel) -> list[Asked]:
    """Return the expressions, with the part of each, that a part of a call's result is made from.

    Args:
        call: the call of a function that the module does not define.
        name: its canonical name, None when that is not known.
        path: the part of the result that is asked for.
        kind: the kind of sink.
        model: the module.
    """
    asked = _of_function(call, name, path, kind, model) if name is not None else None
    if asked is None and isinstance(call.func, ast.Attribute):
        asked = _of_method(call, call.func, path, kind, model)
    return asked or []


def _of_function(call: ast.Call, name: str, path: Path, kind: str, model: SemanticModel) -> list[Asked] | None:
    """Return what the result of a library function is made from; None when nothing is known of it."""
    carriers = _carriers()
    arguments = [*call.args, *(each.value for each in call.keywords)]
    if name in ("os.path.splitext", "posixpath.splitext") and kind == "path" and path and path[0].key in (1, -1):
        return []  # an extension holds no slash
    if name in carriers.any:
        if name in ("os.path.join", "builtins.str", "builtins.bytes", "builtins.getattr"):
            arguments = call.args[: None if name == "os.path.join" else 1]
        return [(each, _of_starred(each)) for each in arguments]
    if name in carriers.same:
        if name in _MAPPINGS:
            return _of_mapping(call, path, name.startswith("types."))
        return [(each, _unordered(path) if name != "builtins.iter" else path) for each in call.args[:1]]
    if name in carriers.at:
        return [(each, path) for each in call.args[carriers.at[name] :][:1]]
    if name in carriers.some:
        return [(call.args[index], ()) for index in carriers.some[name] if index < len(call.args)]
    return _of_iterating(call, name, path, kind, model)


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


def _of_iterating(call: ast.Call, name: str, path: Path, kind: str, model: SemanticModel) -> list[Asked] | None:
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
        return _of_map(call, path, kind, model)
    return None


def _of_map(call: ast.Call, path: Path, kind: str, model: SemanticModel) -> list[Asked]:
    function = call.args[0]
    name = model.qualified_name(function) or ""
    if isinstance(function, ast.Lambda):
        return [(function.body, path[1:])]
    if name in cleaners_of(kind).functions or name.rpartition(".")[2] in cleaners_of(kind).methods:
        return []
    method = name.rpartition(".")[2] if name.startswith(("builtins.str.", "builtins.bytes.")) else None
    if name in _carriers().any or method in _carriers().text or name.startswith("operator."):
        return [(each, (ELEMENT,)) for each in call.args[1:]]
    return []


def _of_method(call: ast.Call, func: ast.Attribute, path: Path, kind: str, model: SemanticModel) -> list[Asked] | None:
    """Return what the result of a method is made from, judged by the method's name."""
    method, receiver = func.attr, func.value
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
    if method in ("groupdict", "group", "groups") and _captures_harmless(call, receiver, kind, model):
        return []
    if method == "format":
        return _of_format(call, receiver, kind, model)
    if method == "join" and kind in ("url", "redirect") and call.args and _is_written(call.args[0]):
        return harmful_parts_of_join(call.args[0].elts, receiver, kind, model)  # type: ignore[attr-defined]
    if method == "join":
        return [(receiver, ()), *((each, (ELEMENT,)) for each in call.args)]
    if method in ("split", "rsplit", "partition", "rpartition") and _splits_harm_off(call, method, path, kind, model):
        return []
    if is_method_of_requests(method):  # of a request, if the object should turn out to be one
        return [(receiver, (attribute(method),)), *([(receiver, ())] if method in _carriers().text else [])]
    if method not in _carriers().text:
        return None
    asked: list[Asked] = [(receiver, ())]
    if method in _TAKING_MORE:
        asked += [(each, ()) for each in (call.args[1:2] if method == "replace" else call.args)]
        asked += [(each.value, ()) for each in call.keywords]
    return asked


def _splits_harm_off(call: ast.Call, method: str, path: Path, kind: str, model: SemanticModel) -> bool:
    """Tell whether a part of a text has lost what it needs to do harm: `name.split("/")[-1]` holds no slash."""
    separator = fold(call.args[0], model) if call.args else UNKNOWN
    if kind == "path" and separator == "." and path:
        return path[0].key in (-1, 1, 2)  # an extension: without a dot it leads nowhere
    if not isinstance(separator, str) or len(separator) != 1 or separator not in cleaners_of(kind).without or not path:
        return False
    if method in ("split", "rsplit") and len(call.args) == 1 and not call.keywords:
        return True
    last = {"rsplit": (-1,), "rpartition": (-1, 2), "split": (0,), "partition": (0,)}[method]
    return path[0].key in last


def _is_written(expr: ast.expr) -> bool:
    return isinstance(expr, (ast.List, ast.Tuple)) and not any(isinstance(each, ast.Starred) for each in expr.elts)


def _is_configuration(expr: ast.expr, model: SemanticModel) -> bool:
    made = class_of(expr, model) or ""
    return made.startswith("configparser.")


def _of_get(call: ast.Call, receiver: ast.expr, path: Path, model: SemanticModel) -> list[Asked]:
    if any(each.arg == "type" and not model.names.is_builtin(each.value, "str") for each in call.keywords):
        return []  # Werkzeug converts it, and takes the default for what cannot be converted
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


def _of_format(call: ast.Call, receiver: ast.expr, kind: str, model: SemanticModel) -> list[Asked]:
    built = build_of(call, model)
    if built is not None and all(hole.value is not call for hole in built.holes):
        return harmful_holes(built.parts, kind, model)
    arguments = [*call.args, *(each.value for each in call.keywords)]
    return [(receiver, ()), *((each, _of_starred(each)) for each in arguments)]


def _captures_harmless(call: ast.Call, receiver: ast.expr, kind: str, model: SemanticModel) -> bool:
    """Tell whether the group of a match cannot hold what does harm."""
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
    if not isinstance(group, (int, str)):
        return False
    return cleaners_of(kind).is_kept_out(lambda each: group_keeps_out(pattern, group, each))
