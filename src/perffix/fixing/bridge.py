"""From a node of `ast` to the node of libcst that is the same code."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import libcst as cst
from libcst.metadata import CodeRange, MetadataWrapper, PositionProvider

from perffix.fixing.errors import FixError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.source import SourceFile

Place = tuple[int, int]
Key = tuple[str, Place, Place]

# The libcst class of every node class of ast whose code begins and ends at the same places.
_KINDS: dict[type[cst.CSTNode], tuple[str, ...]] = {
    cst.Attribute: ("Attribute",),
    cst.Await: ("Await",),
    cst.BinaryOperation: ("BinOp",),
    cst.BooleanOperation: ("BoolOp",),
    cst.Call: ("Call",),
    cst.Comparison: ("Compare",),
    cst.ConcatenatedString: ("Constant", "JoinedStr", "TemplateStr"),
    cst.Dict: ("Dict",),
    cst.DictComp: ("DictComp",),
    cst.Ellipsis: ("Constant",),
    cst.Float: ("Constant",),
    cst.FormattedString: ("JoinedStr",),
    cst.IfExp: ("IfExp",),
    cst.Imaginary: ("Constant",),
    cst.Integer: ("Constant",),
    cst.Lambda: ("Lambda",),
    cst.List: ("List",),
    cst.ListComp: ("ListComp",),
    cst.Name: ("Name", "Constant"),
    cst.NamedExpr: ("NamedExpr",),
    cst.Set: ("Set",),
    cst.SetComp: ("SetComp",),
    cst.SimpleString: ("Constant",),
    cst.Slice: ("Slice",),
    cst.StarredElement: ("Starred",),
    cst.Subscript: ("Subscript",),
    cst.UnaryOperation: ("UnaryOp",),
    cst.Yield: ("Yield", "YieldFrom"),
}
_STATEMENTS: dict[type[cst.CSTNode], tuple[str, ...]] = {
    cst.AnnAssign: ("AnnAssign",),
    cst.Assert: ("Assert",),
    cst.Assign: ("Assign",),
    cst.AugAssign: ("AugAssign",),
    cst.Break: ("Break",),
    cst.ClassDef: ("ClassDef",),
    cst.Continue: ("Continue",),
    cst.Del: ("Delete",),
    cst.Expr: ("Expr",),
    cst.For: ("For", "AsyncFor"),
    cst.FunctionDef: ("FunctionDef", "AsyncFunctionDef"),
    cst.Global: ("Global",),
    cst.If: ("If",),
    cst.Import: ("Import",),
    cst.ImportFrom: ("ImportFrom",),
    cst.Match: ("Match",),
    cst.Nonlocal: ("Nonlocal",),
    cst.Pass: ("Pass",),
    cst.Raise: ("Raise",),
    cst.Return: ("Return",),
    cst.Try: ("Try",),
    cst.TryStar: ("TryStar",),
    cst.TypeAlias: ("TypeAlias",),
    cst.While: ("While",),
    cst.With: ("With", "AsyncWith"),
}
if hasattr(cst, "TemplatedString"):
    _KINDS[cst.TemplatedString] = ("TemplateStr",)

_ANYWHERE: Place = (0, 0)


class Bridge:
    """The nodes of a libcst module by the kind and the place that `ast` gives the same code.

    Ends of statements are not compared: a semicolon or a comment may belong to a statement of libcst, and no two
    statements of one class begin at one place. A generator expression is known by where its element begins, since
    `ast` counts the parentheses of a call as its own when it is the only argument.
    """

    def __init__(self, source: SourceFile, module: cst.Module) -> None:
        self._source = source
        self._positions = MetadataWrapper(module, unsafe_skip_copy=True).resolve(PositionProvider)
        self._nodes: dict[Key, cst.CSTNode] = {}
        self._lines: dict[int, cst.SimpleStatementLine | cst.SimpleStatementSuite] = {}
        for node, position in self._positions.items():
            if isinstance(node, cst.CSTNode):
                for key in self._keys(node, position):
                    self._nodes[key] = node
            if isinstance(node, (cst.SimpleStatementLine, cst.SimpleStatementSuite)):
                self._lines.update((id(small), node) for small in node.body)

    def find(self, node: ast.expr | ast.stmt) -> cst.CSTNode:
        """Return the libcst node of a node of the source's own tree; raises `FixError` when there is none.

        Statements are found without the line they stand in, a starred argument is the whole `Arg`, and a tuple
        between square brackets, which has no node in libcst, is the `Subscript` around it.
        """
        found = self._nodes.get(self._key_of(node))
        if found is None:
            kind = type(node).__name__
            raise FixError(f"the {kind} at line {node.lineno} cannot be told apart in the concrete syntax tree")
        return found

    def line_of(self, small: cst.BaseSmallStatement) -> cst.SimpleStatementLine | cst.SimpleStatementSuite:
        """Return the line, or the rest of a line after a colon, in which a small statement stands."""
        return self._lines[id(small)]

    def lines_of(self, statement: cst.BaseStatement) -> tuple[int, int]:
        """Return the first and the last line of a statement of the module, its decorators included."""
        position = self._positions[statement]
        first = position.start.line
        if isinstance(statement, (cst.FunctionDef, cst.ClassDef)) and statement.decorators:
            first = self._positions[statement.decorators[0]].start.line
        return first, position.end.line

    def _place(self, line: int, column: int) -> Place:
        return line, self._source.characters(line, column)

    def _key_of(self, node: ast.expr | ast.stmt) -> Key:
        kind = type(node).__name__
        first: ast.AST = node.elt if isinstance(node, ast.GeneratorExp) else node
        assert isinstance(first, (ast.expr, ast.stmt))
        start = self._place(first.lineno, first.col_offset)
        if isinstance(node, (ast.stmt, ast.GeneratorExp)):
            return kind, start, _ANYWHERE
        return kind, start, self._place(node.end_lineno or 0, node.end_col_offset or 0)

    def _keys(self, node: cst.CSTNode, position: CodeRange) -> Iterator[Key]:
        start, end = _start(position), _end(position)
        for kind in _STATEMENTS.get(type(node), ()):
            yield kind, start, _ANYWHERE
        for kind in _KINDS.get(type(node), ()):
            yield kind, start, end
        if isinstance(node, cst.Tuple):
            yield "Tuple", *self._own_parentheses(node)
        elif isinstance(node, cst.GeneratorExp):
            yield "GeneratorExp", self._own_parentheses(node.elt)[0], _ANYWHERE
        elif isinstance(node, (cst.Arg, cst.Index)) and node.star == "*":
            yield "Starred", start, end
        if isinstance(node, cst.Subscript):
            last = node.slice[-1]
            starred = isinstance(last.slice, cst.Index) and last.slice.star
            if isinstance(last.comma, cst.Comma):
                yield "Tuple", self._element_start(node.slice[0]), _end(self._positions[last.comma])
            elif starred or len(node.slice) > 1:
                finish = _end(self._positions[last])
                yield "Tuple", self._element_start(node.slice[0]), finish

    def _element_start(self, element: cst.SubscriptElement) -> Place:
        if isinstance(element.slice, cst.Index) and not element.slice.star:
            return self._own_parentheses(element.slice.value)[0]
        return _start(self._positions[element])

    def _own_parentheses(self, node: cst.BaseExpression) -> tuple[Place, Place]:
        """Return where an expression begins and ends for `ast`, which counts the parentheses of some."""
        position = self._positions[node]
        start, end = _start(position), _end(position)
        if isinstance(node, (cst.Tuple, cst.GeneratorExp)) and node.lpar:
            start = _start(self._positions[node.lpar[-1]])
            end = _end(self._positions[node.rpar[0]])
        return start, end


def _start(position: CodeRange) -> Place:
    return position.start.line, position.start.column


def _end(position: CodeRange) -> Place:
    return position.end.line, position.end.column
