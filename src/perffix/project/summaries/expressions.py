"""Reads expressions into the entries of a body.

There is a method for each kind of expression, and most of a summary's time goes into the commonest: names, attributes,
calls and constants. Those look the method for a part up themselves instead of asking `expr`.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from perffix.model import Span
from perffix.project.summaries.bodies import BodyReader
from perffix.project.summaries.few_turns import is_few
from perffix.project.summaries.guards import conditions
from perffix.project.summaries.shared_terms import NAMED, TEXTS
from perffix.project.summaries.terms import (
    Argument,
    Attribute,
    Call,
    Collected,
    Combined,
    Display,
    Each,
    Function,
    Item,
    Named,
    Slice,
    Spread,
    Store,
    Table,
    Text,
    new,
)
from perffix.semantic.loops import constant_int

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from perffix.project.summaries.terms import Ref

OPERATORS = {
    ast.BitOr: "|", ast.BitAnd: "&", ast.BitXor: "^", ast.Add: "+", ast.Sub: "-", ast.Mod: "%",
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
    ast.LShift: "<<", ast.In: "in", ast.NotIn: "not in", ast.Is: "is", ast.IsNot: "is not",
}  # fmt: skip
_MADE_OF_TESTS = (ast.BoolOp, ast.UnaryOp, ast.Compare)
_AS_TEXT = frozenset({"builtins.str", "builtins.repr", "builtins.format"})


class ExpressionReader(BodyReader):
    """Reads expressions of one body of code; what names hold is known from the statements before."""

    def expr(self, node: ast.expr) -> Ref:
        """Read an expression and return the entry of its value."""
        return _EXPRESSIONS[type(node)](self, node)

    def children(self, node: ast.AST) -> None:
        """Read the expressions directly below a node of which nothing more is known."""
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self.expr(child)

    def test(self, node: ast.expr) -> Ref:
        """Read an expression whose truth is asked."""
        ref = _EXPRESSIONS[type(node)](self, node)
        if type(node) not in _MADE_OF_TESTS:
            self.tested.append(ref)
        return ref

    def assign(self, target: ast.expr, value: Ref) -> None:
        """Give a value to a target of an assignment or loop."""
        if isinstance(target, ast.Name):
            self.bind(target.id, value)
        elif isinstance(target, ast.Attribute):
            self.stores.append(Store(self.expr(target.value), target.attr, value, len(self.entries)))
        elif isinstance(target, ast.Subscript):
            key = self.expr(target.slice)
            base = self.expr(target.value)
            if isinstance(target.value, ast.Name):
                self.bind(target.value.id, self.add(Table(((key, value),), base), target))
        elif isinstance(target, (ast.Tuple, ast.List)):
            self._unpack(target.elts, value)
        elif isinstance(target, ast.Starred):
            self.assign(target.value, self.unknown())

    def _unpack(self, targets: Sequence[ast.expr], value: Ref) -> None:
        starred = next((index for index, each in enumerate(targets) if isinstance(each, ast.Starred)), len(targets))
        for index, target in enumerate(targets):
            if index >= starred:
                self.assign(target, self.unknown())
                continue
            number = self.plain(index)
            self.assign(target, self.ask(new(Item, (value, number)), target))

    def _other(self, node: ast.expr) -> Ref:
        self.children(node)
        return self.unknown()

    def _constant(self, node: ast.Constant) -> Ref:
        value = node.value
        if type(value) is str:
            return self.add(TEXTS[value], node)
        return self.plain(value) if value is None or isinstance(value, (int, float)) else self.unknown()

    def _part(self, node: ast.Constant) -> Ref:
        """Read a literal that is part of something: nobody asks where it stands."""
        value = node.value
        if type(value) is str:
            return self.text(value)
        return self.plain(value) if value is None or isinstance(value, (int, float)) else self.unknown()

    def _name(self, node: ast.Name) -> Ref:
        names = self.names
        ref = None if names is None else names.get(node.id)
        return self.from_outside(node.id) if ref is None else ref

    def _attribute(self, node: ast.Attribute) -> Ref:
        owner = node.value
        value = _EXPRESSIONS[type(owner)](self, owner)
        term = self.entries[value].term
        if type(term) is Named and term.name:
            return self.add(NAMED[f"{term.name}.{node.attr}"], node)
        self.asking.append(len(self.entries))
        return self.add(new(Attribute, (value, node.attr)), node)

    def _call(self, node: ast.Call) -> Ref:
        func = node.func
        function = _EXPRESSIONS[type(func)](self, func)
        arguments: tuple[Ref, ...] = ()
        keywords: tuple[tuple[str | None, Ref], ...] = ()
        given, named = node.args, node.keywords
        if len(given) == 1:  # most have one
            arguments = (_ARGUMENTS[type(given[0])](self, given[0]),)
        elif given:
            arguments = tuple([_ARGUMENTS[type(each)](self, each) for each in given])
        if named:
            keywords = tuple([(each.arg, _PARTS[type(each.value)](self, each.value)) for each in named])
        called = self.entries[function].term
        if type(called) is Named:
            if called.name in _AS_TEXT and arguments:
                return self.ask(new(Text, (arguments[0],)), node)
            if called.name == "builtins.print":
                for argument in arguments:
                    self.ask(new(Text, (argument,)), node)
        self.asking.append(len(self.entries))
        return self.add(new(Call, (function, arguments, keywords)), node)

    def _named_argument(self, node: ast.Name) -> Ref:
        """Read a name that is an argument; of what may be a class, it is told where it stands."""
        ref = self.lookup(node.id)
        if not node.id[0].isupper():
            return ref
        term = self.entries[ref].term
        return self.add(term, node) if isinstance(term, Named) else ref

    def _subscript(self, node: ast.Subscript) -> Ref:
        value = self.expr(node.value)
        if isinstance(node.slice, ast.Slice):
            self.children(node.slice)
            stop = None if node.slice.upper is None else constant_int(node.slice.upper)
            lower = 0 if node.slice.lower is None else constant_int(node.slice.lower)
            length = stop - lower if stop is not None and lower is not None and 0 <= lower <= stop else None
            return self.add(Slice(value, length), node)
        return self.ask(new(Item, (value, _PARTS[type(node.slice)](self, node.slice))), node)

    def _display(self, node: ast.Tuple | ast.List | ast.Set) -> Ref:
        return self.add(new(Display, (tuple([_EXPRESSIONS[type(each)](self, each) for each in node.elts]),)), node)

    def _starred(self, node: ast.Starred) -> Ref:
        return self.add(new(Spread, (self.expr(node.value),)), node)

    def _dict(self, node: ast.Dict) -> Ref:
        items = [
            (None if key is None else _PARTS[type(key)](self, key), _PARTS[type(value)](self, value))
            for key, value in zip(node.keys, node.values, strict=True)
        ]
        return self.add(new(Table, (tuple(items), None)), node)

    def _await(self, node: ast.Await) -> Ref:
        return self.expr(node.value)

    def _walrus(self, node: ast.NamedExpr) -> Ref:
        ref = self.expr(node.value)
        self.bind(node.target.id, ref)
        return ref

    def _conditional(self, node: ast.IfExp) -> Ref:
        holds, fails = conditions(node.test, self)
        self.test(node.test)
        sometimes, self.sometimes = self.sometimes, True
        start = len(self.entries)
        body = self.expr(node.body)
        self.guard(start, holds)
        start = len(self.entries)
        refs = body, self.expr(node.orelse)
        self.guard(start, fails)
        self.sometimes = sometimes
        return self.either(*refs)

    def _bool(self, node: ast.BoolOp) -> Ref:
        refs = [self.test(node.values[0])]
        sometimes, self.sometimes = self.sometimes, True
        refs += [self.test(each) for each in node.values[1:]]
        self.sometimes = sometimes
        return self.either(*refs)

    def _unary(self, node: ast.UnaryOp) -> Ref:
        if isinstance(node.op, ast.Not):
            self.test(node.operand)
        else:
            self.expr(node.operand)
        return self.unknown()

    def _binary(self, node: ast.BinOp) -> Ref:
        left, right = self.expr(node.left), self.expr(node.right)
        if isinstance(node.op, ast.Mod) and isinstance(node.left, (ast.Constant, ast.JoinedStr)):
            term = self.entries[right].term
            for each in term.items if isinstance(term, Display) else (right,):
                self.ask(new(Text, (each,)), node)
        return self.add(new(Combined, (OPERATORS.get(type(node.op), "?"), left, right)), node)

    def _compare(self, node: ast.Compare) -> Ref:
        left = _PARTS[type(node.left)](self, node.left)
        ref = left
        for operator, right_node in zip(node.ops, node.comparators, strict=True):
            right = _PARTS[type(right_node)](self, right_node)
            ref = self.add(new(Combined, (OPERATORS[type(operator)], left, right)), node)
            left = right
        return ref

    def _formatted(self, node: ast.JoinedStr) -> Ref:
        whole: Ref | None = None
        for each in node.values:
            if isinstance(each, ast.FormattedValue):
                value = self.expr(each.value)
                self.ask(new(Text, (value,)), each.value)
                if each.format_spec is not None:
                    self.expr(each.format_spec)
                whole = self.add(Combined("f", value if whole is None else whole, value), node)
        return self.unknown() if whole is None else whole

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> Ref:
        names = None if self.names is None else dict(self.names)
        assigned, self.assigned = self.assigned, {}
        states = []
        for generator in node.generators:
            iterable = self.expr(generator.iter)
            states.append(self.enter_loop(iterable, is_few(self.entries, iterable), Span.of(generator.iter)))
            self.assign(generator.target, self.ask(new(Each, (iterable, self.loop)), generator.target))
            for condition in generator.ifs:
                self.test(condition)
                self.sometimes = True
        if isinstance(node, ast.DictComp):
            key, value = self.expr(node.key), self.expr(node.value)
            element = self.add(new(Display, ((key, value),)), node.value)
        else:
            element = self.expr(node.elt)
        loop = self.loop
        for state in reversed(states):
            self.leave_loop(state)
        self.names, self.assigned = names, assigned
        return self.add(Collected(element, loop, isinstance(node, ast.DictComp)), node)

    def _lambda(self, node: ast.Lambda) -> Ref:
        names = None if self.names is None else dict(self.names)
        sometimes, self.sometimes = self.sometimes, True
        parameters = []
        for each in (*node.args.posonlyargs, *node.args.args):
            parameters.append(self.add(Argument(each.arg), node))
            if self.names is not None:
                self.names[each.arg] = parameters[-1]
        result = self.expr(node.body)
        self.names, self.sometimes = names, sometimes
        return self.add(Function(tuple(parameters), result), node)

    def _yield(self, node: ast.Yield) -> Ref:
        if node.value is not None:
            self.yields.append(self.expr(node.value))
        return self.unknown()


_EXPRESSIONS: dict[type[ast.expr], Callable[[ExpressionReader, Any], Ref]] = {
    **dict.fromkeys(ast.expr.__subclasses__(), ExpressionReader._other),
    ast.Constant: ExpressionReader._constant,
    ast.Name: ExpressionReader._name,
    ast.Attribute: ExpressionReader._attribute,
    ast.Call: ExpressionReader._call,
    ast.Subscript: ExpressionReader._subscript,
    ast.Tuple: ExpressionReader._display,
    ast.List: ExpressionReader._display,
    ast.Set: ExpressionReader._display,
    ast.Starred: ExpressionReader._starred,
    ast.Dict: ExpressionReader._dict,
    ast.Await: ExpressionReader._await,
    ast.NamedExpr: ExpressionReader._walrus,
    ast.IfExp: ExpressionReader._conditional,
    ast.BoolOp: ExpressionReader._bool,
    ast.UnaryOp: ExpressionReader._unary,
    ast.BinOp: ExpressionReader._binary,
    ast.Compare: ExpressionReader._compare,
    ast.JoinedStr: ExpressionReader._formatted,
    ast.ListComp: ExpressionReader._comprehension,
    ast.SetComp: ExpressionReader._comprehension,
    ast.GeneratorExp: ExpressionReader._comprehension,
    ast.DictComp: ExpressionReader._comprehension,
    ast.Lambda: ExpressionReader._lambda,
    ast.Yield: ExpressionReader._yield,
}
_PARTS = _EXPRESSIONS | {ast.Constant: ExpressionReader._part}
_ARGUMENTS = _EXPRESSIONS | {ast.Name: ExpressionReader._named_argument}
