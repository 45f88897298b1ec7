"""Stores: what code puts into the object behind a name after it was made, and the exact content of simple lists."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from perffix.semantic.flow.folding import UNKNOWN, fold
from perffix.semantic.flow.selectors import ELEMENT, KEY, VALUE, Path, Selector, attribute, item
from perffix.semantic.scopes import How
from perffix.semantic.uses import UseKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from perffix.semantic.model import SemanticModel
    from perffix.semantic.scopes import Binding

_ADDING = ("append", "add", "appendleft", "put", "put_nowait", "push")
_ADDING_MANY = ("extend", "update", "extendleft", "__ior__")
_WRITING = ("write", "writelines")
_READ_ONLY = ("index", "count", "copy")


class Store(NamedTuple):
    """One thing that is put into an object.

    Attributes:
        place: the node that does it.
        path: where it is put.
        value: what is put there; None when something is taken away.
        inside: which part of `value` that is: its elements for `extend`.
        replaces: whether what was there before is surely gone.
    """

    place: ast.AST
    path: Path
    value: ast.expr | None
    inside: Path = ()
    replaces: bool = False


def stores_of(binding: Binding, model: SemanticModel) -> Iterator[Store]:
    """Yield what is put into the object behind a name, and taken away from it, in source order."""
    for use in binding.uses:
        yield from _stores_at(use, model)


def _stores_at(use: ast.expr, model: SemanticModel) -> Iterator[Store]:
    path: Path = ()
    node: ast.expr = use
    while True:
        parent = model.parent(node)
        if isinstance(parent, ast.Subscript) and parent.value is node:
            step = VALUE if isinstance(parent.slice, ast.Slice) else _step(parent.slice, model)
            key = parent.slice if step is VALUE else None
        elif isinstance(parent, ast.Attribute):
            step, key = attribute(parent.attr), None
        else:
            return
        caller = model.parent(parent)
        if isinstance(parent, ast.Attribute) and isinstance(caller, ast.Call) and caller.func is parent:
            if parent.attr == "setdefault" and len(caller.args) == 2:
                yield Store(caller, (*path, _step(caller.args[0], model)), caller.args[1])
                node, path = caller, (*path, _step(caller.args[0], model))
                continue
            yield from _called(caller, parent.attr, path, model)
            return
        path = (*path, step)
        if not isinstance(parent.ctx, ast.Load):
            yield from _written(parent, path, key, model)
            return
        node = parent


def _step(key: ast.expr, model: SemanticModel) -> Selector:
    value = fold(key, model)
    return VALUE if value is UNKNOWN else item(value)


def _written(
    target: ast.Subscript | ast.Attribute, path: Path, key: ast.expr | None, model: SemanticModel
) -> Iterator[Store]:
    statement = model.parent(target)
    sure = path[-1].kind in ("item", "attribute")
    if isinstance(statement, ast.Delete):
        yield Store(statement, path, None, replaces=sure)
    elif isinstance(statement, (ast.Assign, ast.AugAssign, ast.AnnAssign)) and statement.value is not None:
        inside: Path = (ELEMENT,) if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Slice) else ()
        replaces = sure and not isinstance(statement, ast.AugAssign)
        yield Store(statement, path, statement.value, inside, replaces)
        if key is not None and not isinstance(key, ast.Slice):
            yield Store(statement, (*path[:-1], KEY), key)
    elif isinstance(statement, (ast.For, ast.AsyncFor)):
        yield Store(statement, path, statement.iter, (ELEMENT,))


def _called(call: ast.Call, method: str, path: Path, model: SemanticModel) -> Iterator[Store]:
    arguments = call.args
    if any(isinstance(each, ast.Starred) for each in arguments):
        return
    if method in _ADDING and arguments:
        yield Store(call, (*path, VALUE), arguments[-1] if method == "push" else arguments[0])
    elif method == "insert" and len(arguments) == 2:
        yield Store(call, (*path, VALUE), arguments[1])
    elif method in _ADDING_MANY:
        for each in arguments:
            yield Store(call, path, each)
        for keyword in call.keywords:
            step = (item(keyword.arg),) if keyword.arg is not None else ()
            yield Store(call, (*path, *step), keyword.value, replaces=bool(step))
    elif method in _WRITING and arguments:
        yield Store(call, path, arguments[0])
    elif method == "clear":
        yield Store(call, path, None, replaces=True)
    elif method in ("pop", "remove", "discard") and len(arguments) == 1 and isinstance(fold(arguments[0], model), str):
        yield Store(call, (*path, _step(arguments[0], model)), None, replaces=method == "pop")
    elif method == "set" and len(arguments) == 3:  # configparser: section, option, value
        yield Store(call, (*path, *(_step(each, model) for each in arguments[:2])), arguments[2], replaces=True)
    elif method == "__setitem__" and len(arguments) == 2:
        yield Store(call, (*path, _step(arguments[0], model)), arguments[1], replaces=True)
    elif method == "read_dict" and arguments:
        yield Store(call, path, arguments[0])


def exact_items(binding: Binding, place: ast.stmt, model: SemanticModel) -> Sequence[ast.expr] | None:
    """Return the elements that a list surely has when control comes to a statement, or None.

    The list is made and changed by statements of one block before that statement, and nobody else gets it.
    """
    single = binding.single
    if single is None or single.how not in (How.ASSIGNED, How.ANNOTATED) or not isinstance(single.value, ast.List):
        return None
    if any(isinstance(each, ast.Starred) for each in single.value.elts) or not isinstance(single.statement, ast.stmt):
        return None
    block = model.block_of(single.statement)
    upper = _in_block(place, block, model)
    if upper is None:
        return None
    items = list(single.value.elts)
    for use in binding.uses:
        statement = _in_block(use, block, model)
        if statement is None:
            return None
        if block.index(statement) >= block.index(upper):
            if statement is upper and use.lineno <= place.lineno:
                continue
            break
        if not _replay(use, statement, items, model):
            return None
    return items


def _in_block(node: ast.AST, block: list[ast.stmt], model: SemanticModel) -> ast.stmt | None:
    current: ast.AST | None = node
    while current is not None:
        if isinstance(current, ast.stmt) and current in block:
            return current
        current = model.parent(current)
    return None


def _replay(use: ast.expr, statement: ast.stmt, items: list[ast.expr], model: SemanticModel) -> bool:
    """Do to the items what a statement does to the list; False when that cannot be told."""
    what = model.uses.use_at(use)
    if what.kind in (
        UseKind.INDEX,
        UseKind.SLICE,
        UseKind.ITERATED,
        UseKind.TRUTH,
        UseKind.BORROWED,
        UseKind.FORMATTED,
    ):
        return True
    if what.kind is not UseKind.METHOD or not isinstance(what.user, ast.Call):
        return False
    call = what.user
    if what.detail in _READ_ONLY:
        return True
    if model.parent(call) is not statement:
        return False
    arguments = [fold(each, model) for each in call.args]
    if what.detail == "append" and len(arguments) == 1:
        items.append(call.args[0])
    elif what.detail == "insert" and len(arguments) == 2 and isinstance(arguments[0], int):
        items.insert(arguments[0], call.args[1])
    elif what.detail == "pop" and all(isinstance(each, int) for each in arguments):
        index = arguments[0] if arguments else -1
        if not -len(items) <= index < len(items):
            return False
        items.pop(index)
    elif what.detail == "reverse":
        items.reverse()
    elif what.detail == "clear":
        items.clear()
    elif what.detail == "remove" and len(arguments) == 1 and arguments[0] is not UNKNOWN:
        folded = [fold(each, model) for each in items]
        if arguments[0] not in folded or UNKNOWN in folded[: folded.index(arguments[0])]:
            return False
        items.pop(folded.index(arguments[0]))
    else:
        return False
    return True
