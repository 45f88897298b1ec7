"""Arguments that are the same whenever a call runs, or that depend on parameters of the function around it alone."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.semantic.scopes import How
from perffix.semantic.secrets import words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from perffix.semantic.model import SemanticModel

    FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef

_OF_REQUESTS = frozenset({"request", "req", "session", "tenant", "g"})
_DEPTH = 3  # names that stand for others


def parameters_behind(call: ast.Call, model: SemanticModel) -> frozenset[str] | None:
    """Return the parameters of the function around a call that its arguments depend on.

    Returns:
        None where the arguments may be others each time, although the parameters are the same.
    """
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    return _behind(given, model, _DEPTH)


def passed_on(
    call: ast.Call, function: FunctionNode, wanted: frozenset[str], model: SemanticModel
) -> frozenset[str] | None:
    """Return what a call depends on when of its arguments only those for some parameters matter.

    Args:
        call: the call, in a module of its own maybe.
        function: what it calls.
        wanted: parameters of that function.
        model: what the module of the call means.

    Returns:
        The parameters of the function around the call; None where the arguments may be others each time.
    """
    if any(isinstance(each, ast.Starred) for each in call.args) or any(each.arg is None for each in call.keywords):
        return None if wanted else frozenset()
    names = [each.arg for each in (*function.args.posonlyargs, *function.args.args)]
    bound = function.name == "__init__" or (isinstance(call.func, ast.Attribute) and names[:1] == ["self"])
    given = dict(zip(names[1:] if bound else names, call.args, strict=False))
    given |= {each.arg: each.value for each in call.keywords if each.arg is not None}
    found = _behind([given[name] for name in wanted if name in given], model, _DEPTH)
    if found is not None and bound and "self" in wanted:
        return None if function.name == "__init__" else found | {"self"}
    return found  # what is not given has its default


def _behind(nodes: Iterable[ast.expr], model: SemanticModel, depth: int) -> frozenset[str] | None:
    found: set[str] = set()
    for node in nodes:
        for part in _parts(node, model):
            behind = _of_part(part, model, depth)
            if behind is None:
                return None
            found |= behind
    return frozenset(found)


def _parts(node: ast.AST, model: SemanticModel) -> Iterator[ast.Name | ast.Call | ast.Attribute]:
    """Yield the names and calls of an expression; attributes of `self` as they are."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self":
        yield node
        return
    if isinstance(node, (ast.Name, ast.Call)):
        yield node
    for child in ast.iter_child_nodes(node):
        yield from _parts(child, model)


def _of_part(node: ast.Name | ast.Call | ast.Attribute, model: SemanticModel, depth: int) -> frozenset[str] | None:
    nothing: frozenset[str] = frozenset()
    if isinstance(node, ast.Call):
        known = model.qualified_name(node.func) is not None or isinstance(node.func, ast.Attribute)
        own = model.names.definition_of(node.func) is not None and not node.args and not node.keywords
        return nothing if known or own else None
    binding = model.binding_of(node)
    if isinstance(node, ast.Attribute):
        single = None if binding is None else binding.single
        in_maker = single is not None and model.function_of(single.node) is model.function_of(node)
        if in_maker and single is not None and single.value is not None and depth:
            return _behind([single.value], model, depth - 1)
        return frozenset({"self"})
    if not _OF_REQUESTS.isdisjoint(words_of(node.id)):
        return None
    if binding is None or not binding.is_local:
        return nothing
    single = binding.single
    if single is None:
        return None
    if single.how is How.PARAMETER:
        around = model.function_of(node)
        own_ones = () if around is None else _names_of(around)
        return frozenset({node.id}) if node.id in own_ones else None  # of a function around that one
    if single.value is None or depth == 0 or single.how not in (How.ASSIGNED, How.ANNOTATED):
        return None
    return _behind([single.value], model, depth - 1)


def _names_of(function: FunctionNode) -> list[str]:
    given = function.args
    return [each.arg for each in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
