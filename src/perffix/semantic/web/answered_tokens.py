"""Tokens that the program got from their issuer itself: the connection to the issuer vouches for them."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.semantic.secrets import words_of
from perffix.semantic.written_names import last_name

if TYPE_CHECKING:
    from perffix.semantic.model import SemanticModel
    from perffix.semantic.scopes import Binding

_ASKING = frozenset({"acquire", "fetch", "exchange", "obtain", "refresh", "post", "retrieve", "request"})


def was_asked_for(token: ast.expr | None, model: SemanticModel, depth: int = 2) -> bool:
    """Tell whether the program itself got the token from its issuer: then the connection vouches for it.

    A private function's parameter holds what the calls in the module give it.
    """
    binding = None if token is None else model.binding_of(token)
    if token is not None and _stands_in_answer(token, model):
        return True
    if binding is not None and depth > 0:
        given = _given_by_callers(binding, model)
        if given and all(was_asked_for(each, model, depth - 1) for each in given):
            return True
    for assignment in () if binding is None else binding.assignments:
        if assignment.value is not None and _stands_in_answer(assignment.value, model):
            return True
        for node in () if assignment.value is None else ast.walk(assignment.value):
            if isinstance(node, ast.Call) and not _ASKING.isdisjoint(words_of(last_name(node.func))):
                return True
    return False


def _given_by_callers(binding: Binding, model: SemanticModel) -> list[ast.expr]:
    """Return what the parameter of a private function is given where it is called; nothing if some calls are unseen."""
    node = binding.single.node if binding.single is not None else None
    if not isinstance(node, ast.arg):
        return []
    arguments = model.parent(node)
    function = None if arguments is None else model.parent(arguments)
    if not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return []
    if not function.name.startswith("_") or function.name.startswith("__") or function.decorator_list:
        return []
    places = [*function.args.posonlyargs, *function.args.args]
    found = []
    for use in (*model.every(ast.Name), *model.every(ast.Attribute)):
        if last_name(use) != function.name:
            continue
        call = model.parent(use)
        if not isinstance(call, ast.Call) or call.func is not use or any(each.arg is None for each in call.keywords):
            return []
        index = places.index(node) - isinstance(use, ast.Attribute) if node in places else -1
        named = [each.value for each in call.keywords if each.arg == node.arg]
        placed = call.args[index : index + 1] if index >= 0 else []
        if len(named or placed) != 1 or any(isinstance(each, ast.Starred) for each in call.args):
            return []
        found += named or placed
    return found


def _stands_in_answer(token: ast.expr, model: SemanticModel) -> bool:
    """Tell whether a token is an entry of what the issuer answered to the program: `response["id_token"]`.

    `extra_data` is where social-auth and allauth keep that answer.
    """
    owner: ast.expr | None = None
    key: ast.expr | None = None
    if isinstance(token, ast.Subscript):
        owner, key = token.value, token.slice
    elif isinstance(token, ast.Call) and isinstance(token.func, ast.Attribute) and token.func.attr == "get":
        owner, key = token.func.value, token.args[0] if token.args else None
    if (
        owner is None
        or key is None
        or (key.value if isinstance(key, ast.Constant) else None) not in ("id_token", "access_token")
    ):
        return False
    answer = _value_of(owner, model)
    if isinstance(answer, ast.Call) and model.qualified_name(answer.func) == "json.loads" and answer.args:
        return _is_body_of_answer(answer.args[0], model)
    if isinstance(answer, ast.Call) and last_name(answer.func) == "json" and isinstance(answer.func, ast.Attribute):
        owner = answer.func.value
        asked = _value_of(owner, model)
        if isinstance(asked, ast.Call) and model.qualified_name(asked.func) in ("requests.post", "httpx.post"):
            return True
    name = last_name(owner)
    words = words_of(name)
    return name == "extra_data" or (bool(words) and words[-1] in ("response", "resp") and "authorization" not in words)


def _is_body_of_answer(expr: ast.expr, model: SemanticModel) -> bool:
    """Tell whether an expression is the body of the answer to a request that the program posted, bytes or text."""
    if isinstance(expr, ast.Call) and isinstance(expr.func, ast.Attribute) and expr.func.attr == "decode":
        expr = expr.func.value
    if not isinstance(expr, ast.Attribute) or expr.attr not in ("content", "text"):
        return False
    asked = _value_of(expr.value, model)
    return isinstance(asked, ast.Call) and model.qualified_name(asked.func) in ("requests.post", "httpx.post")


def _value_of(expr: ast.expr, model: SemanticModel) -> ast.expr:
    """Return the call whose result a local name certainly holds, else the expression itself."""
    if not isinstance(expr, ast.Name):
        return expr
    from perffix.semantic.reaching import reaching_assignment

    binding = model.binding_of(expr)
    given = None if binding is None else reaching_assignment(model.statement_of(expr), binding, model)
    return given.value if given is not None and isinstance(given.value, ast.Call) else expr
