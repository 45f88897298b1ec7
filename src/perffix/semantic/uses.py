"""Uses: what is done to the object behind a name at each place where the name is read."""

from __future__ import annotations

import ast
import enum
from typing import TYPE_CHECKING, NamedTuple

from perffix.semantic import facts

if TYPE_CHECKING:
    from perffix.semantic.names import NameTable
    from perffix.semantic.scopes import Binding

_FORMATTING = (ast.FormattedValue, ast.JoinedStr)


class UseKind(enum.Enum):
    """One thing that can be done with an object."""

    METHOD = "a method is called"  # detail: its name
    ATTRIBUTE = "an attribute is read, or a method taken without a call"  # detail: its name
    ATTRIBUTE_WRITE = "an attribute is set or deleted"  # detail: its name
    INDEX = "an item is read"
    INDEX_WRITE = "an item is set"
    INDEX_DELETE = "an item is deleted"
    SLICE = "a slice is read"
    SLICE_WRITE = "a slice is set or deleted"
    ITERATED = "it is iterated over"
    CONTAINER = "something is looked up in it with `in`"
    TRUTH = "its truth is tested"
    COMPARED = "it is compared"
    OPERAND = "it is an operand"
    FORMATTED = "it is formatted into a string"
    BORROWED = "a function reads it and keeps nothing"  # detail: the function's builtin name
    PASSED = "a function of which nothing is known receives it"
    STORED = "another name, attribute or container gets it"
    RETURNED = "it is returned"
    YIELDED = "it is yielded or awaited"
    DISCARDED = "its value is not used"
    OTHER = "something else"


class Use(NamedTuple):
    """One use: its kind, the node that names the object, the node that uses it, and a detail of some kinds."""

    kind: UseKind
    node: ast.expr
    user: ast.AST
    detail: str = ""


# After these, somebody else may hold the object.
LEAKS = frozenset({UseKind.PASSED, UseKind.STORED, UseKind.RETURNED, UseKind.YIELDED, UseKind.OTHER, UseKind.ATTRIBUTE})
# These change the object whatever its type.
WRITES = frozenset({UseKind.ATTRIBUTE_WRITE, UseKind.INDEX_WRITE, UseKind.INDEX_DELETE, UseKind.SLICE_WRITE})


class UseTable:
    """Classifies the uses of bindings and expressions in one module."""

    def __init__(self, parents: dict[ast.AST, ast.AST], names: NameTable) -> None:
        self._parents = parents
        self._names = names
        self._of_bindings: dict[Binding, tuple[Use, ...]] = {}

    def uses_of(self, binding: Binding) -> tuple[Use, ...]:
        """Return what is done at every place that reads a name or attribute, in source order."""
        found = self._of_bindings.get(binding)
        if found is None:
            found = self._of_bindings[binding] = tuple(self.use_at(node) for node in binding.uses)
        return found

    def use_at(self, node: ast.expr) -> Use:
        """Return what is done with the value of this expression right where it stands."""
        parent = self._parents.get(node)
        if isinstance(parent, ast.Attribute):
            return self._attribute(node, parent)
        if isinstance(parent, ast.Subscript):
            return _subscript(node, parent)
        if isinstance(parent, (ast.Call, ast.keyword, ast.Starred)):
            return self._argument(node, parent)
        if isinstance(parent, ast.Compare):
            return _comparison(node, parent)
        return self._plain(node, parent)

    def _attribute(self, node: ast.expr, parent: ast.Attribute) -> Use:
        if not isinstance(parent.ctx, ast.Load):
            return Use(UseKind.ATTRIBUTE_WRITE, node, parent, parent.attr)
        caller = self._parents.get(parent)
        if isinstance(caller, ast.Call) and caller.func is parent:
            return Use(UseKind.METHOD, node, caller, parent.attr)
        return Use(UseKind.ATTRIBUTE, node, parent, parent.attr)

    def _argument(self, node: ast.expr, parent: ast.AST) -> Use:
        call = parent if isinstance(parent, ast.Call) else self._parents.get(parent)
        if isinstance(parent, ast.Starred):
            return Use(UseKind.ITERATED, node, parent)
        if not isinstance(call, ast.Call):
            return Use(UseKind.OTHER, node, parent)  # a keyword of a class definition
        if node is call.func:
            return Use(UseKind.OTHER, node, call)
        if isinstance(parent, ast.keyword) and parent.arg is None:
            return Use(UseKind.ITERATED, node, parent)
        name = self._names.qualified_name(call.func) or ""
        if name.startswith("builtins.") and name[9:] in facts.load("builtins")["functions"]["borrows"]:
            return Use(UseKind.BORROWED, node, call, name[9:])
        if name in facts.load("library")["pure"]["functions"]:
            return Use(UseKind.BORROWED, node, call, name)
        if isinstance(call.func, ast.Attribute) and call.func.attr == "join" and _is_text(call.func.value):
            return Use(UseKind.BORROWED, node, call, "str.join")
        if name in ("builtins.enumerate", "builtins.zip", "builtins.reversed", "builtins.iter"):
            outer = self._parents.get(call)
            if isinstance(outer, (ast.For, ast.comprehension)) and outer.iter is call:
                return Use(UseKind.ITERATED, node, outer)
        return Use(UseKind.PASSED, node, call)

    def _plain(self, node: ast.expr, parent: ast.AST | None) -> Use:
        kind = UseKind.OTHER
        if isinstance(parent, (ast.For, ast.AsyncFor, ast.comprehension)):
            kind = UseKind.ITERATED if parent.iter is node else UseKind.TRUTH
        elif isinstance(parent, (ast.If, ast.While, ast.Assert)) or (
            isinstance(parent, ast.UnaryOp) and isinstance(parent.op, ast.Not)
        ):
            kind = UseKind.TRUTH
        elif isinstance(parent, ast.IfExp):
            kind = UseKind.TRUTH if parent.test is node else self._passed_on(parent)
        elif isinstance(parent, ast.BoolOp):
            kind = self._passed_on(parent)
        elif isinstance(parent, (ast.BinOp, ast.UnaryOp, ast.AugAssign)):
            kind = UseKind.OPERAND
        elif isinstance(parent, _FORMATTING):
            kind = UseKind.FORMATTED
        elif isinstance(parent, (ast.Assign, ast.AnnAssign, ast.NamedExpr, ast.Tuple, ast.List, ast.Set, ast.Dict)):
            kind = UseKind.STORED
        elif isinstance(parent, (ast.Return, ast.Lambda)):
            kind = UseKind.RETURNED
        elif isinstance(parent, (ast.Yield, ast.Await)):
            kind = UseKind.YIELDED
        elif isinstance(parent, ast.YieldFrom):
            kind = UseKind.ITERATED
        elif isinstance(parent, ast.Expr):
            kind = UseKind.DISCARDED
        elif isinstance(parent, (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)):
            kind = UseKind.STORED
        return Use(kind, node, parent if parent is not None else node)

    def _passed_on(self, parent: ast.expr) -> UseKind:
        """Return what happens to an object that an `and`, `or` or conditional expression may hand on."""
        return self.use_at(parent).kind


def _is_text(expr: ast.expr) -> bool:
    return isinstance(expr, ast.JoinedStr) or (isinstance(expr, ast.Constant) and isinstance(expr.value, (str, bytes)))


def _subscript(node: ast.expr, parent: ast.Subscript) -> Use:
    if node is parent.slice:
        return Use(UseKind.OPERAND, node, parent)  # a key or index: hashed and compared
    sliced = isinstance(parent.slice, ast.Slice)
    if isinstance(parent.ctx, ast.Load):
        return Use(UseKind.SLICE if sliced else UseKind.INDEX, node, parent)
    if sliced:
        return Use(UseKind.SLICE_WRITE, node, parent)
    kind = UseKind.INDEX_WRITE if isinstance(parent.ctx, ast.Store) else UseKind.INDEX_DELETE
    return Use(kind, node, parent)


def _comparison(node: ast.expr, parent: ast.Compare) -> Use:
    operands = [parent.left, *parent.comparators]
    index = operands.index(node)
    if index > 0 and isinstance(parent.ops[index - 1], (ast.In, ast.NotIn)) and len(operands) == 2:
        return Use(UseKind.CONTAINER, node, parent)
    return Use(UseKind.COMPARED, node, parent)
