"""Prescribed hashes and ciphers: what a protocol, a file format or another's server asks for is not chosen here."""

from __future__ import annotations

import ast
from itertools import pairwise
from pathlib import PurePath
from typing import TYPE_CHECKING

from perffix.semantic import facts
from perffix.semantic.secrets import words_of
from perffix.semantic.secrets.named_literals import meant_name
from perffix.semantic.written_names import last_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from perffix.semantic.model import SemanticModel

_MOST_HOPS = 3
_HANDED_ON = (ast.FormattedValue, ast.JoinedStr, ast.Dict, ast.Tuple, ast.List, ast.Await, ast.Starred)


def prescribed_by(call: ast.Call, algorithm: str, hashed: Iterable[str], model: SemanticModel) -> str | None:
    """Return what says that a hash or a cipher is prescribed, as a phrase for evidence; None when nothing does.

    Args:
        call: the call that makes it.
        algorithm: `md5`, `sha1` or another one.
        hashed: names in what is hashed.
        model: of the module.
    """
    place = PurePath(model.source.place)
    hashed = tuple(hashed)
    if algorithm == "md5" and _is_role_of_postgresql(call, hashed, model):
        return 'PostgreSQL keeps passwords so: "md5" before the hash of password and user'
    for name in (*names_around(call, model), place.stem, place.parent.name, *hashed):
        if _names_a_standard(name):
            return f"`{name}` names a protocol or a format, which prescribes the algorithm"
    if speaks_for_a_browser(model):
        return "the pages that the module reads ask for it"
    scheme = _scheme_asked_for(call, algorithm, model)
    return None if scheme is None else f'what is stored as "{scheme}" is of this hash'


def _is_role_of_postgresql(call: ast.Call, hashed: tuple[str, ...], model: SemanticModel) -> bool:
    """Tell whether a hash of a password and a user is put behind "md5"."""
    if not any(not {"user", "username", "role", "login"}.isdisjoint(words_of(name)) for name in hashed):
        return False
    child: ast.AST = call
    for parent in model.ancestors(call):
        before: ast.AST | None = None
        if isinstance(parent, ast.BinOp):
            before = parent.left
        elif isinstance(parent, ast.JoinedStr):
            before = parent.values[0]
        elif isinstance(parent, ast.Call) and isinstance(parent.func, ast.Attribute) and parent.func.attr == "format":
            before = parent.func.value
        if before is not None and before is not child and isinstance(before, ast.Constant):
            return before.value in ("md5", "md5%s", "md5{}", "md5{0}")
        if not isinstance(parent, (ast.Attribute, ast.Call, ast.FormattedValue)):
            return False
        child = parent
    return False


def speaks_for_a_browser(model: SemanticModel) -> bool:
    """Tell whether a module reads the pages of other people's sites in the place of a visitor's browser.

    What it sends is what these pages ask for, and its keys are those that they give to everybody.
    """
    pages = facts.load("prescriptions")["pages"]
    if not any(each in model.source.text for each in (*pages["bases"], *pages["marks"])):
        return False
    marked = any(each in model.source.text for each in pages["marks"])
    bases = {meant_name(base, model) for node in model.every(ast.ClassDef) for base in node.bases}
    return any(base in pages["bases"] or (marked and base.endswith(tuple(pages["endings"]))) for base in bases)


def names_around(node: ast.AST, model: SemanticModel) -> Iterator[str]:
    """Yield the names of the functions and classes around a node."""
    for parent in model.ancestors(node):
        if isinstance(parent, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield parent.name


def _names_a_standard(name: str) -> bool:
    table = facts.load("prescriptions")["names"]
    words = words_of(name)
    if not set(words).isdisjoint(table["words"]) or any(set(pair) <= set(words) for pair in table["pairs"]):
        return True
    return any(second == "crypt" and first in table["crypts"] for first, second in pairwise(words))


def _scheme_asked_for(call: ast.Call, algorithm: str, model: SemanticModel) -> str | None:
    """Return what a stored hash has to begin with for control to come here: `if stored.startswith("{SHA}")`."""
    known = facts.load("prescriptions")["schemes"].get(algorithm, ())
    child: ast.AST = call
    for parent in model.ancestors(call):
        if isinstance(parent, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            return None
        if isinstance(parent, (ast.If, ast.IfExp)) and child is not parent.test:
            for node in ast.walk(parent.test):
                text = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
                if text[:1] in ("{", "$") and text.strip("{}$").lower() in known:
                    return text
        child = parent
    return None


def is_sent(expr: ast.expr, model: SemanticModel, hops: int = _MOST_HOPS) -> bool:
    """Tell whether a value goes into the address, the header or the body of a request to a server.

    It is followed through expressions that hand it on, variables and dicts of the function.
    """
    child: ast.AST = expr
    for parent in model.ancestors(expr):
        if isinstance(parent, ast.keyword):
            call = model.parent(parent)
            if isinstance(call, ast.Call) and _sends(call, model):
                return parent.arg in facts.load("prescriptions")["sending"]["arguments"]
        elif isinstance(parent, ast.Call) and child is not parent.func:
            if _sends(parent, model):
                return True
            if not _hands_on(parent, model):
                return False
        elif isinstance(parent, (ast.Assign, ast.AnnAssign)):
            target = parent.targets[0] if isinstance(parent, ast.Assign) else parent.target
            holder = target.value if isinstance(target, ast.Subscript) else target
            binding = model.binding_of(holder) if isinstance(holder, ast.Name) else None
            if binding is None or not binding.is_local or hops == 0:
                return False
            return any(is_sent(use, model, hops - 1) for use in binding.uses if use is not holder)
        elif not _is_on_the_way(parent, child):
            return False
        child = parent
    return False


def _is_on_the_way(parent: ast.AST, child: ast.AST) -> bool:
    if isinstance(parent, ast.Attribute):
        return parent.attr in facts.load("prescriptions")["sending"]["methods"]
    if isinstance(parent, ast.Subscript):
        return child is parent.value
    if isinstance(parent, ast.BinOp):
        return isinstance(parent.op, (ast.Add, ast.Mod))
    return isinstance(parent, _HANDED_ON) or (isinstance(parent, ast.Call) and child is parent.func)


def _hands_on(call: ast.Call, model: SemanticModel) -> bool:
    table = facts.load("prescriptions")["sending"]
    if isinstance(call.func, ast.Attribute) and call.func.attr in ("format", "join"):
        return True
    return model.qualified_name(call.func) in table["functions"]


def _sends(call: ast.Call, model: SemanticModel) -> bool:
    """Tell whether a call sends a request, as a known library or its own name says."""
    from perffix.semantic.weaknesses.http_calls import http_call_of

    if http_call_of(call, model) is not None:
        return True
    table = facts.load("prescriptions")["sending"]
    words = words_of(last_name(call.func))
    if not words or not set(words).isdisjoint(table["refused"]):
        return False
    return not set(words).isdisjoint(table["words"]) or words[-1] in table["endings"]
