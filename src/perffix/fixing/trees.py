"""The `ast` side of a fix: finding a node by its reference, comparing trees, and the tree a fix must lead to."""

from __future__ import annotations

import ast
import sys
import warnings
from typing import TYPE_CHECKING

from perffix.fixing.errors import FixError
from perffix.model import NodeRef, Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# Before Python 3.12 the nodes inside an f-string carry positions that mean nothing.
_REPLACEMENT_FIELDS_LOCATED = sys.version_info >= (3, 12)


class TreeIndex:
    """The expressions and statements of a module by class and exact span."""

    def __init__(self, tree: ast.Module) -> None:
        self.tree = tree
        self._nodes = {(type(node).__name__, Span.of(node)): node for node in locatable(tree)}
        strings = [node for node in self._nodes.values() if isinstance(node, ast.JoinedStr)]
        # Of strings in strings the outer one is met first.
        self._strings = {id(inner): string for string in reversed(strings) for inner in ast.walk(string)}

    def find(self, ref: NodeRef) -> ast.expr | ast.stmt:
        """Return the node that a reference names; raises `FixError` when there is none."""
        node = self._nodes.get((ref.kind, ref.span))
        if node is None:
            raise FixError(f"no {ref.kind} is known at line {ref.span.line}, column {ref.span.column + 1}")
        return node

    def string_around(self, node: ast.AST) -> ast.JoinedStr | None:
        """Return the outermost f-string that a node is part of."""
        return self._strings.get(id(node))


def locatable(tree: ast.AST) -> Iterator[ast.expr | ast.stmt]:
    """Yield the expressions and statements whose positions are their own.

    The literal parts and the braces of an f-string are not expressions of their own to anyone but `ast`.
    """
    pending: list[ast.AST] = [tree]
    while pending:
        node = pending.pop()
        if isinstance(node, (ast.expr, ast.stmt)):
            yield node
        if type(node).__name__ in ("JoinedStr", "TemplateStr"):
            if _REPLACEMENT_FIELDS_LOCATED:
                pending.extend(_replacement_fields(node))
        else:
            pending.extend(ast.iter_child_nodes(node))


def _replacement_fields(string: ast.AST) -> Iterator[ast.AST]:
    for part in ast.iter_child_nodes(string):
        if type(part).__name__ in ("FormattedValue", "Interpolation"):
            for child in ast.iter_child_nodes(part):
                if type(child).__name__ == "JoinedStr":  # a format specification, not a string of its own
                    yield from _replacement_fields(child)
                else:
                    yield child


def same(first: object, second: object) -> bool:
    """Tell whether two trees mean the same code: equal but for positions and the context of names."""
    pending = [(first, second)]
    while pending:
        left, right = pending.pop()
        if type(left) is not type(right):
            return False
        if isinstance(left, ast.AST):
            pending.extend(
                [
                    (getattr(left, field, None), getattr(right, field, None))
                    for field in left._fields
                    if field not in ("ctx", "type_ignores")
                ]
            )
        elif isinstance(left, list) and isinstance(right, list):
            if len(left) != len(right):
                return False
            pending.extend(zip(left, right, strict=True))
        elif isinstance(left, (float, complex)):
            if repr(left) != repr(right):  # 0.0 equals -0.0, which is not the same code
                return False
        elif left != right:
            return False
    return True


def without_top_imports(tree: ast.Module) -> ast.Module:
    """Return the module without the import statements of its own level."""
    body = [node for node in tree.body if not isinstance(node, (ast.Import, ast.ImportFrom))]
    return ast.Module(body=body, type_ignores=[])


class Plan:
    """What becomes of the nodes of one tree, by the identity of each node.

    A block from which every statement is gone holds `pass`; an `elif` that is gone leaves nothing.
    """

    def __init__(self) -> None:
        self.branches: set[int] = set()
        self.expressions: dict[int, ast.expr] = {}
        self.statements: dict[int, list[ast.stmt]] = {}
        self.before: dict[int, list[ast.stmt]] = {}
        self.after: dict[int, list[ast.stmt]] = {}
        self.decorators: dict[int, list[ast.expr]] = {}
        self.arguments: dict[int, list[tuple[str, ast.expr | None]]] = {}

    def carried_out(self, tree: ast.Module) -> ast.Module:
        """Return the tree that the plan leads to; the given one is left as it is, and shared where it stays."""
        result = self._changed(tree)
        assert isinstance(result, ast.Module)
        return result

    def _changed(self, node: ast.AST) -> ast.AST:
        if id(node) in self.expressions:
            return self.expressions[id(node)]
        fields = dict(ast.iter_fields(node))
        changes: dict[str, object] = {}
        for field, value in fields.items():
            if isinstance(value, ast.AST):
                new: object = self._changed(value)
                if new is not value:
                    changes[field] = new
            elif isinstance(value, list) and value:
                items = [part for item in value for part in self._parts(item)]
                if len(items) != len(value) or any(one is not other for one, other in zip(items, value, strict=True)):
                    changes[field] = items or self._emptied(node, value)
        if id(node) in self.decorators:
            now = changes.get("decorator_list", fields["decorator_list"])
            assert isinstance(now, list)
            changes["decorator_list"] = [*self.decorators[id(node)], *now]
        if id(node) in self.arguments:
            args, keywords = (changes.get(each, fields[each]) for each in ("args", "keywords"))
            assert isinstance(args, list)
            assert isinstance(keywords, list)
            new = self.arguments[id(node)]
            changes["args"] = [*args, *(value for name, value in new if not name)]
            changes["keywords"] = _with_keywords(keywords, [each for each in new if each[0]])
        return type(node)(**{**fields, **changes}) if changes else node

    def _emptied(self, node: ast.AST, was: list[object]) -> list[ast.stmt]:
        if isinstance(node, ast.Module) or not isinstance(was[0], ast.stmt) or id(was[0]) in self.branches:
            return []
        return [ast.Pass()]

    def _parts(self, item: object) -> Iterator[object]:
        """Yield what stands in a list in the place of one item."""
        if not isinstance(item, ast.AST):
            yield item
            return
        key = id(item)
        yield from self.before.get(key, ())
        if key in self.statements:
            yield from self.statements[key]
        else:
            yield self._changed(item)
        yield from self.after.get(key, ())


def _with_keywords(keywords: list[ast.keyword], new: list[tuple[str, ast.expr | None]]) -> list[ast.keyword]:
    for name, value in new:
        if value is None:
            keywords = [each for each in keywords if each.arg != name]
        else:
            keywords = [*keywords, ast.keyword(name, value)]
    return keywords


def filled(tree: ast.AST, pieces: Mapping[str, ast.expr | list[ast.stmt]]) -> ast.AST:
    """Put the pieces in the place of the names that stand for them, in place, and return the tree."""
    return _Filler(pieces).visit(tree)  # type: ignore[no-any-return]


class _Filler(ast.NodeTransformer):
    def __init__(self, pieces: Mapping[str, ast.expr | list[ast.stmt]]) -> None:
        self._pieces = pieces

    def visit_Expr(self, node: ast.Expr) -> ast.AST | list[ast.stmt]:
        if isinstance(node.value, ast.Name):
            piece = self._pieces.get(node.value.id)
            if isinstance(piece, list):
                return piece
        return self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        piece = self._pieces.get(node.id)
        return piece if isinstance(piece, ast.expr) else node


def parse_expression(text: str) -> ast.expr:
    """Parse an expression that may spread over lines; raises `FixError`."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(f"(\n{text}\n)", mode="eval").body
    except (SyntaxError, ValueError) as error:
        raise FixError("the new code cannot be parsed") from error


def parse_statements(text: str) -> ast.Module:
    """Parse any number of statements; raises `FixError`."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except (SyntaxError, ValueError) as error:
        raise FixError("the new code cannot be parsed") from error
