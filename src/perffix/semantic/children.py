"""The children of a node: what stands directly below it in the tree, contexts and operators left out."""

from __future__ import annotations

import ast
from operator import attrgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

# Fields that hold no nodes a rule could want: contexts, operators, plain values.
_PLAIN_FIELDS = {"ctx", "op", "ops", "kind", "type_comment", "type_ignores", "id", "attr", "arg", "name", "asname"}
_PLAIN_FIELDS |= {"names", "level", "is_async", "conversion", "simple", "tag", "rest", "kwd_attrs", "module"}
# Of these a few are nodes in some classes.
_NODE_FIELDS = {("Import", "names"), ("ImportFrom", "names"), ("TypeAlias", "name"), ("keyword", "value")}


def _child_fields(cls: type[ast.AST]) -> tuple[str, ...]:
    return tuple(field for field in cls._fields if field not in _PLAIN_FIELDS or (cls.__name__, field) in _NODE_FIELDS)


def _subclasses(cls: type[ast.AST]) -> Iterable[type[ast.AST]]:
    for subclass in cls.__subclasses__():
        yield subclass
        yield from _subclasses(subclass)


_CHILD_FIELDS: dict[type[ast.AST], tuple[str, ...]] = {cls: _child_fields(cls) for cls in _subclasses(ast.AST)}
_CHILD_FIELDS[ast.Constant] = _CHILD_FIELDS[ast.MatchSingleton] = ()  # their value is no node


def children_of(node: ast.AST) -> list[ast.AST]:
    """Return the nodes directly below a node in the order of its fields, contexts and operators left out."""
    found: list[ast.AST] = []
    for field in _CHILD_FIELDS[node.__class__]:
        value = getattr(node, field)
        if value.__class__ is list:
            found += [each for each in value if each is not None]
        elif value is not None:
            found.append(value)
    return found


# The same for who leaves out None: the quickest way for the classes that trees are made of.
CHILDREN: dict[type[ast.AST], Callable[[Any], Iterable[ast.AST | None]]] = {
    **dict.fromkeys(_CHILD_FIELDS, children_of),
    **{
        cls: attrgetter(*_CHILD_FIELDS[cls])
        for cls in (ast.AnnAssign, ast.Assert, ast.AugAssign, ast.BinOp, ast.FormattedValue, ast.IfExp, ast.Raise)
    },
    **{cls: attrgetter(*_CHILD_FIELDS[cls]) for cls in (ast.Slice, ast.Subscript, ast.withitem)},
    **{cls: attrgetter(*_CHILD_FIELDS[cls]) for cls in (ast.BoolOp, ast.JoinedStr, ast.List, ast.Set, ast.Tuple)},
    ast.Compare: lambda node: [node.left, *node.comparators],
    ast.For: lambda node: [node.target, node.iter, *node.body, *node.orelse],
    ast.If: lambda node: [node.test, *node.body, *node.orelse],
    ast.UnaryOp: lambda node: (node.operand,),
    ast.While: lambda node: [node.test, *node.body, *node.orelse],
    ast.With: lambda node: [*node.items, *node.body],
}
