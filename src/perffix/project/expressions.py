"""Reads expressions into the entries of a body."""

from __future__ import annotations

import ast
import builtins
from typing import TYPE_CHECKING, Any

from perffix.model import Span
from perffix.project.terms import (
    NO_LOOP,
    Argument,
    Attribute,
    Call,
    Collected,
    Combined,
    Display,
    Each,
    Either,
    Entry,
    Function,
    Guard,
    Item,
    Literal,
    Loop,
    Named,
    Parameter,
    Slice,
    Spread,
    Store,
    Table,
    Text,
    Unknown,
)
from perffix.semantic.loops import constant_int

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from perffix.project.summary import ClassSummary, FunctionSummary
    from perffix.project.terms import Ref, Term

_BUILTINS = frozenset(dir(builtins))
OPERATORS = {
    ast.BitOr: "|", ast.BitAnd: "&", ast.BitXor: "^", ast.Add: "+", ast.Sub: "-", ast.Mod: "%",
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
    ast.LShift: "<<", ast.In: "in", ast.NotIn: "not in", ast.Is: "is", ast.IsNot: "is not",
}  # fmt: skip
FEW = 8  # a loop over this many written-out elements or fewer is none worth a finding
_PLAIN = ("int", "str", "bytes", "float")
Names = dict[str, "Ref"]
Condition = tuple[str, bool, bool, bool]  # a parameter, whether its test must hold, and `none` and `plain` of a guard
_new = tuple.__new__


class Definitions:
    """What the readers of all bodies of one module share: its imports and what it defines."""

    def __init__(self) -> None:
        self.imports: dict[str, tuple[str, ...]] = {}
        self.stars: list[str] = []
        self.functions: dict[str, FunctionSummary] = {}
        self.classes: dict[str, ClassSummary] = {}
        self.for_types: set[str] = set()
        self.renamed: set[str] = set()
        self.inner_imports: set[str] = set()


class ExpressionReader:
    """Reads expressions of one body of code; what names hold is known from the statements before.

    Args:
        module: what all bodies of the module share.
        outer: the reader of the body around it.
    """

    is_function = False

    def __init__(self, module: Definitions, outer: ExpressionReader | None) -> None:
        self.module = module
        self.outer = outer
        self.entries: list[Entry] = []
        self.loops: list[Loop] = []
        self.yields: list[Ref] = []
        self.stores: list[Store] = []
        self.tested: list[Ref] = []
        self.guards: list[Guard] = []
        self.names: Names | None = {}  # what local names hold here; None where control never comes
        self.assigned: dict[str, list[Ref]] = {}  # all that names ever held
        self.loop = NO_LOOP
        self.sometimes = False
        self.lines = (1, 1)
        self._outside: dict[str, Ref] = {}  # entries for names that a function does not bind
        self._shared: dict[object, Ref] = {}  # entries for values of which nobody asks where they stand

    # Entries and names

    def add(self, term: Term, node: ast.expr) -> Ref:
        """Make an entry; the node says where it stands."""
        # NamedTuple's own constructors take twice as long, and there is an entry for each expression.
        line, last, entries = node.lineno, node.end_lineno, self.entries
        end = line if last == line else last  # not a second number that is kept
        entries.append(
            _new(
                Entry,
                (
                    term, node.__class__.__name__, self.lines, self.loop, self.sometimes,
                    line, node.col_offset, end, node.end_col_offset,
                ),
            )
        )  # fmt: skip
        return len(entries) - 1

    def add_without_place(self, term: Term) -> Ref:
        """Make an entry for a value that no single expression stands for."""
        line = self.lines[0]
        self.entries.append(_new(Entry, (term, "", self.lines, self.loop, self.sometimes, line, 0, line, 0)))
        return len(self.entries) - 1

    def shared(self, term: Term) -> Ref:
        """Return the one entry of this body for a value wherever it stands."""
        key = (term.__class__, term, term[0].__class__ if term else None)  # 1 and True are equal
        ref = self._shared.get(key)
        if ref is None:
            ref = self._shared[key] = self.add_without_place(term)
        return ref

    def bind(self, name: str, ref: Ref) -> None:
        """Let a name hold an entry from here on."""
        if self.names is not None:
            self.names[name] = ref
        if not self.is_function:
            self.assigned.setdefault(name, []).append(ref)

    def lookup(self, name: str) -> Ref:
        """Return what a name holds here."""
        held = None if self.names is None else self.names.get(name)
        if held is not None:
            return held
        ref = self._outside.get(name)
        if ref is None:
            ref = self.shared(_new(Named, (self._global(name),)))
            if self.is_function:  # what is around it has been read, and stays
                self._outside[name] = ref
        return ref

    def _global(self, name: str) -> str:
        """Return the dotted name of a name that this body does not bind."""
        outer = self.outer
        while outer is not None and outer.outer is not None:
            if outer.is_function and outer.names is not None and name in outer.names:
                term = outer.entries[outer.names[name]].term
                return term.name if isinstance(term, Named) else ""
            outer = outer.outer
        if name in self.module.imports:
            return self.module.imports[name][0]
        if name in _BUILTINS and not self._is_assigned_in_module(name):
            return f"builtins.{name}"
        return f":{name}"

    def _is_assigned_in_module(self, name: str) -> bool:
        top = self
        while top.outer is not None:
            top = top.outer
        return name in top.assigned or name in self.module.functions or name in self.module.classes

    def assign(self, target: ast.expr, value: Ref) -> None:
        """Give a value to a target of an assignment or loop."""
        if isinstance(target, ast.Name):
            self.bind(target.id, value)
        elif isinstance(target, ast.Attribute):
            self.stores.append(Store(self.expr(target.value), target.attr, value, len(self.entries)))
        elif isinstance(target, ast.Subscript):
            key = self.expr(target.slice)
            if isinstance(target.value, ast.Name):
                base = self.expr(target.value)
                self.bind(target.value.id, self.add(Table(((key, value),), base), target))
            else:
                self.expr(target.value)
        elif isinstance(target, (ast.Tuple, ast.List)):
            self._unpack(target.elts, value)
        elif isinstance(target, ast.Starred):
            self.assign(target.value, self.shared(Unknown()))

    def _unpack(self, targets: Sequence[ast.expr], value: Ref) -> None:
        starred = next((index for index, each in enumerate(targets) if isinstance(each, ast.Starred)), len(targets))
        for index, target in enumerate(targets):
            if index >= starred:
                self.assign(target, self.shared(Unknown()))
                continue
            number = self.shared(Literal(index))
            self.assign(target, self.add(Item(value, number), target))

    def enter_loop(self, iterable: Ref | None, few: bool, span: Span) -> tuple[int, bool]:
        """Let all that follows be evaluated in every turn of a new loop; return the state to go back to."""
        state = self.loop, self.sometimes
        self.loops.append(Loop(iterable, self.loop, few, span))
        self.loop, self.sometimes = len(self.loops) - 1, False
        return state

    def leave_loop(self, state: tuple[int, bool]) -> None:
        """Go back to the state before a loop."""
        self.loop, self.sometimes = state

    def is_few(self, iterable: Ref) -> bool:
        """Tell whether a value is known to have few elements."""
        term = self.entries[iterable].term
        if isinstance(term, Display):
            return len(term.items) <= FEW
        if isinstance(term, Literal):
            return isinstance(term.value, str) and len(term.value) <= FEW
        if isinstance(term, Slice):
            return term.stop is not None and 0 <= term.stop <= 1
        if isinstance(term, Table):
            return term.base is None and len(term.items) <= FEW
        if isinstance(term, Call) and not term.arguments:
            called = self.entries[term.function].term
            return (
                isinstance(called, Attribute)
                and called.name in ("items", "keys", "values")
                and self.is_few(called.value)
            )
        if isinstance(term, Call) and term.arguments:
            called = self.entries[term.function].term
            if isinstance(called, Named) and called.name == "builtins.range":
                last = self.entries[term.arguments[-1]].term
                return len(term.arguments) == 1 and isinstance(last, Literal) and _is_small(last.value)
            if isinstance(called, Named) and called.name in ("builtins.enumerate", "builtins.sorted", "builtins.list"):
                return self.is_few(term.arguments[0])
        return False

    def either(self, *refs: Ref) -> Ref:
        """Return an entry for the values that meet after branches."""
        options: dict[Ref, None] = {}
        for ref in refs:
            term = self.entries[ref].term
            options.update(dict.fromkeys(term.options if isinstance(term, Either) else (ref,)))
        term = Either(tuple(options))
        first = self.entries[refs[0]]
        self.entries.append(_new(Entry, (term, "", self.lines, self.loop, self.sometimes, *first[5:])))
        return len(self.entries) - 1

    # Expressions

    def expr(self, node: ast.expr) -> Ref:
        """Read an expression and return the entry of its value."""
        visit = _EXPRESSIONS.get(type(node))
        if visit is not None:
            return visit(self, node)
        self.children(node)
        return self.shared(Unknown())

    def children(self, node: ast.AST) -> None:
        """Read the expressions directly below a node of which nothing more is known."""
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self.expr(child)
            elif isinstance(child, (ast.keyword, ast.Slice)):
                self.children(child)

    def test(self, node: ast.expr) -> Ref:
        """Read an expression whose truth is asked."""
        ref = self.expr(node)
        if not isinstance(node, (ast.BoolOp, ast.UnaryOp, ast.Compare)):
            self.tested.append(ref)
        return ref

    def _constant(self, node: ast.Constant) -> Ref:
        value = node.value
        if isinstance(value, str):
            return self.add(_new(Literal, (value,)), node)
        if value is None or isinstance(value, (int, float)):
            return self.shared(Literal(value))
        return self.shared(Unknown())

    def _name(self, node: ast.Name) -> Ref:
        return self.lookup(node.id)

    def _attribute(self, node: ast.Attribute) -> Ref:
        value = self.expr(node.value)
        term = self.entries[value].term
        if term.__class__ is Named and term.name:
            return self.add(_new(Named, (f"{term.name}.{node.attr}",)), node)
        return self.add(_new(Attribute, (value, node.attr)), node)

    def _call(self, node: ast.Call) -> Ref:
        function = self.expr(node.func)
        arguments = tuple([self._argument(each) for each in node.args]) if node.args else ()
        keywords = tuple([(each.arg, self.expr(each.value)) for each in node.keywords]) if node.keywords else ()
        called = self.entries[function].term
        if isinstance(called, Named) and called.name in ("builtins.str", "builtins.repr", "builtins.format"):
            if arguments:
                return self.add(Text(arguments[0]), node)
        elif isinstance(called, Named) and called.name == "builtins.print":
            for argument in arguments:
                self.add(Text(argument), node)
        return self.add(_new(Call, (function, arguments, keywords)), node)

    def _argument(self, node: ast.expr) -> Ref:
        """Read an argument; of what may be a class, it is told where it stands."""
        ref = self.expr(node)
        if not isinstance(node, ast.Name) or not node.id[0].isupper():
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
        return self.add(Item(value, self.expr(node.slice)), node)

    def _display(self, node: ast.Tuple | ast.List | ast.Set) -> Ref:
        return self.add(Display(tuple([self.expr(each) for each in node.elts])), node)

    def _starred(self, node: ast.Starred) -> Ref:
        return self.add(Spread(self.expr(node.value)), node)

    def _dict(self, node: ast.Dict) -> Ref:
        items = [
            (None if key is None else self.expr(key), self.expr(value))
            for key, value in zip(node.keys, node.values, strict=True)
        ]
        return self.add(Table(tuple(items)), node)

    def _await(self, node: ast.Await) -> Ref:
        return self.expr(node.value)

    def _walrus(self, node: ast.NamedExpr) -> Ref:
        ref = self.expr(node.value)
        self.bind(node.target.id, ref)
        return ref

    def _conditional(self, node: ast.IfExp) -> Ref:
        holds, fails = self.conditions(node.test)
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

    def conditions(self, test: ast.expr) -> tuple[list[Condition], list[Condition]]:
        """Return what parameters must hold where a test holds, and where it fails."""
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            holds, fails = self.conditions(test.operand)
            return fails, holds
        if isinstance(test, ast.BoolOp):
            parts = [self.conditions(each) for each in test.values]
            if isinstance(test.op, ast.And):
                return [each for holds, _ in parts for each in holds], []
            return [], [each for _, fails in parts for each in fails]
        none = False
        if isinstance(test, ast.Call):
            return self._plain_type(test)
        if isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], (ast.Is, ast.IsNot)):
            right = test.comparators[0]
            if not isinstance(right, ast.Constant) or right.value is not None:
                return [], []
            none = True
            name: ast.expr = test.left
        else:
            name = test
        parameter = self._parameter(name)
        if not parameter:
            return [], []
        wanted = not isinstance(test, ast.Compare) or isinstance(test.ops[0], ast.Is)
        return [(parameter, wanted, none, False)], [(parameter, not wanted, none, False)]

    def _parameter(self, node: ast.expr) -> str:
        """Return the parameter whose value an expression is; empty for none."""
        held = self.names.get(node.id) if isinstance(node, ast.Name) and self.names is not None else None
        term = None if held is None else self.entries[held].term
        return term.name if isinstance(term, Parameter) else ""

    def _plain_type(self, test: ast.Call) -> tuple[list[Condition], list[Condition]]:
        """Return what `isinstance(key, (int, str))` says of a parameter."""
        if not isinstance(test.func, ast.Name) or test.func.id != "isinstance" or len(test.args) != 2:
            return [], []
        parameter, kinds = self._parameter(test.args[0]), test.args[1]
        names = kinds.elts if isinstance(kinds, ast.Tuple) else [kinds]
        if not parameter or any(not isinstance(each, ast.Name) or each.id not in _PLAIN for each in names):
            return [], []
        return [(parameter, True, False, True)], []

    def guard(self, start: Ref, conditions: Sequence[Condition]) -> None:
        """Note that the entries from one on are evaluated under conditions."""
        for name, wanted, none, plain in conditions:
            self.guards.append(Guard(start, len(self.entries), name, wanted, none, plain))

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
        return self.shared(Unknown())

    def _binary(self, node: ast.BinOp) -> Ref:
        left, right = self.expr(node.left), self.expr(node.right)
        if isinstance(node.op, ast.Mod) and isinstance(node.left, (ast.Constant, ast.JoinedStr)):
            term = self.entries[right].term
            for each in term.items if isinstance(term, Display) else (right,):
                self.add(Text(each), node)
        return self.add(Combined(OPERATORS.get(type(node.op), "?"), left, right), node)

    def _compare(self, node: ast.Compare) -> Ref:
        left = self.expr(node.left)
        ref = left
        for operator, right_node in zip(node.ops, node.comparators, strict=True):
            right = self.expr(right_node)
            ref = self.add(Combined(OPERATORS[type(operator)], left, right), node)
            left = right
        return ref

    def _formatted(self, node: ast.JoinedStr) -> Ref:
        whole: Ref | None = None
        for each in node.values:
            if isinstance(each, ast.FormattedValue):
                value = self.expr(each.value)
                self.add(Text(value), each.value)
                if each.format_spec is not None:
                    self.expr(each.format_spec)
                whole = self.add(Combined("f", value if whole is None else whole, value), node)
        return self.shared(Unknown()) if whole is None else whole

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> Ref:
        names = None if self.names is None else dict(self.names)
        assigned, self.assigned = self.assigned, {}
        states = []
        for generator in node.generators:
            iterable = self.expr(generator.iter)
            states.append(self.enter_loop(iterable, self.is_few(iterable), Span.of(generator.iter)))
            self.assign(generator.target, self.add(Each(iterable, self.loop), generator.target))
            for condition in generator.ifs:
                self.test(condition)
                self.sometimes = True
        if isinstance(node, ast.DictComp):
            key, value = self.expr(node.key), self.expr(node.value)
            element = self.add(Display((key, value)), node.value)
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
        return self.shared(Unknown())


def _is_small(value: object) -> bool:
    return isinstance(value, int) and value <= FEW


_EXPRESSIONS: dict[type[ast.expr], Callable[[ExpressionReader, Any], Ref]] = {
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
