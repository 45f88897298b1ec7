"""Reads statements into the entries of a body.

Statements are followed in the order in which they may run. A local name stands for the entry that it holds at that
place; after branches it holds one of several. The body of a loop is read once: what a name holds from an earlier turn
is known after the loop, but not at its start.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from perffix.model import Span
from perffix.project.summaries.expressions import OPERATORS, ExpressionReader
from perffix.project.summaries.few_turns import is_few
from perffix.project.summaries.guards import asks_for_action, conditions
from perffix.project.summaries.shared_terms import LINES, NUMBERS, OF_NAME
from perffix.project.summaries.terms import FAILING, NO_LOOP, Added, Call, Combined, Each, Literal, Table
from perffix.semantic.loops import leaves_at_once
from perffix.semantic.places import header_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from perffix.project.summaries.bodies import Names
    from perffix.project.summaries.guards import Condition
    from perffix.project.summaries.terms import Ref

_COMPOUND = frozenset(cls for cls in ast.stmt.__subclasses__() if {"body", "cases"} & {*cls._fields})
_ADDING = {"append": 0, "add": 0, "appendleft": 0, "insert": 1}  # methods that add one of their arguments, and which


class StatementReader(ExpressionReader):
    """Reads the statements of one body of code, all but definitions."""

    visits: dict[type[ast.stmt], Callable[[Any, Any], None]]  # what reads each kind of statement
    _is_for_types = False

    def block(self, statements: Iterable[ast.stmt]) -> None:
        """Read statements that follow each other."""
        visits = self.visits
        others: list[tuple[Ref, Sequence[Condition]]] = []
        for statement in statements:
            cls = type(statement)
            if cls in _COMPOUND:
                self.lines = self._header(statement)
                visits[cls](self, statement)
                if isinstance(statement, ast.If) and asks_for_action(statement.test):
                    others += self._of_other_pages(statement)
            else:
                line = statement.lineno
                last = statement.end_lineno or line
                self.lines = LINES[line] if last == line else (NUMBERS[line], NUMBERS[last])
                visits[cls](self, statement)
        for start, fails in others:
            self.guard(start, fails)

    def _of_other_pages(self, statement: ast.If) -> list[tuple[Ref, Sequence[Condition]]]:
        """Return what holds for all that comes after `if self.action == "list": return ...`, and where that begins."""
        leaves = isinstance(statement.body[-1], (ast.Return, ast.Raise)) and not statement.orelse
        return [(len(self.entries), conditions(statement.test, self)[1])] if leaves else []

    def _header(self, statement: ast.stmt) -> tuple[int, int]:
        """Return the first and last line of the header of a compound statement."""
        if isinstance(statement, ast.If):  # as the others, but most are one
            first = last = statement.lineno
            inner = statement.body[0].lineno
            last = inner if inner <= first else max(inner - 1, statement.test.end_lineno or 0)
        else:
            first, last = header_lines(statement)
        return LINES[first] if last == first else (NUMBERS[first], NUMBERS[last])

    def _expression(self, node: ast.Expr) -> None:
        value = node.value
        if type(value) is ast.Constant:
            return  # a docstring
        ref = self.expr(value)
        self.discarded.append(ref)
        if type(value) is ast.Call:
            self._grow(value, ref)

    def _assign(self, node: ast.Assign) -> None:
        value = self.expr(node.value)
        for target in node.targets:
            if isinstance(target, ast.Name):
                self.bind(target.id, value)
            else:
                self.assign(target, value)

    def _annotated(self, node: ast.AnnAssign) -> None:
        self.expr(node.annotation)
        if node.value is not None:
            self.assign(node.target, self.expr(node.value))

    def _augmented(self, node: ast.AugAssign) -> None:
        left, right = self.expr(node.target), self.expr(node.value)
        operator = OPERATORS.get(type(node.op), "?")
        self.assign(node.target, self.add(Combined(operator, left, right), node.target))

    def _grow(self, call: ast.Call, ref: Ref) -> None:
        """Let `xs.append(x)`, `xs.extend(ys)` and `d.update(...)` give the local name a new value."""
        func, term = call.func, self.entries[ref].term
        if not isinstance(func, ast.Attribute) or not isinstance(func.value, ast.Name) or self.names is None:
            return
        name, method = func.value.id, func.attr
        base = self.names.get(name)
        if base is None or not isinstance(term, Call):
            return
        added = _ADDING.get(method, -1)
        if added >= 0 and len(term.arguments) == added + 1:
            self.bind(name, self.add(Added(base, term.arguments[added]), call))
        elif method == "extend" and len(term.arguments) == 1:
            self.bind(name, self.add(Added(base, term.arguments[0], all=True), call))
        elif method == "setdefault" and len(term.arguments) == 2:
            self.bind(name, self.add(Table(((term.arguments[0], term.arguments[1]),), base), call))
        elif method == "update":
            items: list[tuple[Ref | None, Ref]] = [(None, each) for each in term.arguments]
            items.extend(
                [(None if key is None else self.add(Literal(key), call), value) for key, value in term.keywords]
            )
            self.bind(name, self.add(Table(tuple(items), base), call))

    def _for(self, node: ast.For | ast.AsyncFor) -> None:
        iterable = self.expr(node.iter)
        self._turns(node, iterable, node.target)

    def _while(self, node: ast.While) -> None:
        self._turns(node, None, None)

    def _turns(self, node: ast.For | ast.AsyncFor | ast.While, iterable: Ref | None, target: ast.expr | None) -> None:
        """Read a loop."""
        before, bound = None if self.names is None else dict(self.names), len(self.bound)
        few = leaves_at_once(node.body) or (iterable is not None and is_few(self.entries, iterable))
        state = self.enter_loop(iterable, few, Span.of(node.iter if not isinstance(node, ast.While) else node.test))
        if isinstance(node, ast.While):
            self.test(node.test)
        if iterable is not None and target is not None:
            self.assign(target, self.ask(Each(iterable, self.loop), target))
        self.block(node.body)
        self.leave_loop(state)
        self.names = self.meet(before, self.names, bound)
        self.block(node.orelse)

    def _if(self, node: ast.If) -> None:
        if _is_type_checking(node.test):
            self._is_for_types = True
            self.block(node.body)
            self._is_for_types = False
            self.block(node.orelse)
            return
        held = conditions(node.test, self)
        self.test(node.test)
        self._branches([node.body, node.orelse], held)

    def _branches(self, blocks: Sequence[Sequence[ast.stmt]], held: Sequence[Sequence[Condition]] = ()) -> None:
        """Read blocks of which one runs, each under conditions on parameters; the last of several may be empty."""
        before, bound, last = self.names, len(self.bound), len(blocks) - 1
        sometimes, self.sometimes = self.sometimes, True
        after: Names | None = None
        for number, block in enumerate(blocks):
            self.names = before if number == last or before is None else dict(before)
            if block:
                start, loop = len(self.entries), self.loop
                self.loop = self._loop_after(block)
                self.block(block)
                self.loop = loop
                if held and held[number]:
                    self.guard(start, held[number])
            after = self.names if after is None else self.meet(after, self.names, bound)
        self.names = after
        self.sometimes = sometimes

    def _loop_after(self, block: Sequence[ast.stmt]) -> int:
        """Return the loop that may run a block more than once: not one that the block leaves at its end."""
        last = block[-1]
        if isinstance(last, (ast.Return, ast.Raise)):
            return FAILING if isinstance(last, ast.Raise) else NO_LOOP
        return self.loops[self.loop].outer if isinstance(last, ast.Break) and self.loop >= 0 else self.loop

    def _try(self, node: ast.Try) -> None:
        before, bound = None if self.names is None else dict(self.names), len(self.bound)
        self.block(node.body)
        self.block(node.orelse)
        after = self.names
        sometimes, self.sometimes = self.sometimes, True
        loop, self.loop = self.loop, NO_LOOP  # what goes wrong in each turn is none worth a finding
        for handler in node.handlers:
            self.names = None if before is None else dict(before)
            if handler.type is not None:
                self.expr(handler.type)
            self.block(handler.body)
            after = self.meet(after, self.names, bound)
        self.sometimes, self.loop = sometimes, loop
        self.names = after if after is not None else before
        self.block(node.finalbody)
        if after is None:
            self.names = None

    def _with(self, node: ast.With | ast.AsyncWith) -> None:
        for item in node.items:
            value = self.expr(item.context_expr)
            if item.optional_vars is not None:
                self.assign(item.optional_vars, value)
        self.block(node.body)

    def _match(self, node: ast.Match) -> None:
        self.expr(node.subject)
        self._branches([*(case.body for case in node.cases), []])

    def _return(self, node: ast.Return) -> None:
        if node.value is None or (isinstance(node.value, ast.Constant) and node.value.value is None):
            self.gives_none = True
        if node.value is not None:
            loop, self.loop = self.loop, NO_LOOP  # no loop does it in each of its turns
            self.returns.append(self.expr(node.value))
            self.loop = loop
        self.names = None

    def _leave(self, node: ast.stmt) -> None:
        loop, self.loop = self.loop, FAILING
        self.children(node)
        self.loop = loop
        self.names = None

    def _import(self, node: ast.Import) -> None:
        for alias in node.names:
            target = alias.name if alias.asname else alias.name.partition(".")[0]
            self._imported(alias.asname or target, target)

    def _import_from(self, node: ast.ImportFrom) -> None:
        module = "." * node.level + (node.module or "")
        for alias in node.names:
            if alias.name == "*":
                self.module.stars.append(module)
            else:
                target = f"{module}.{alias.name}" if node.module else f"{module}{alias.name}"
                self._imported(alias.asname or alias.name, target)

    def _imported(self, name: str, target: str) -> None:
        if not self.is_function:
            self.imported(name, target)
            if self._is_for_types:
                self.module.for_types.add(name)
            return
        self.bind(name, self.share(OF_NAME[target]))
        self.module.inner_imports.add(target)
        if name != target.rpartition(".")[2]:
            self.module.renamed.add(target)


def _is_type_checking(test: ast.expr) -> bool:
    return (isinstance(test, ast.Name) and test.id == "TYPE_CHECKING") or (
        isinstance(test, ast.Attribute) and test.attr == "TYPE_CHECKING"
    )


StatementReader.visits = {
    **dict.fromkeys(ast.stmt.__subclasses__(), StatementReader.children),
    ast.Expr: StatementReader._expression,
    ast.Assign: StatementReader._assign,
    ast.AnnAssign: StatementReader._annotated,
    ast.AugAssign: StatementReader._augmented,
    ast.For: StatementReader._for,
    ast.AsyncFor: StatementReader._for,
    ast.While: StatementReader._while,
    ast.If: StatementReader._if,
    ast.Try: StatementReader._try,
    **({ast.TryStar: StatementReader._try} if hasattr(ast, "TryStar") else {}),
    ast.With: StatementReader._with,
    ast.AsyncWith: StatementReader._with,
    ast.Match: StatementReader._match,
    ast.Return: StatementReader._return,
    ast.Raise: StatementReader._leave,
    ast.Continue: StatementReader._leave,
    ast.Break: StatementReader._leave,
    ast.Import: StatementReader._import,
    ast.ImportFrom: StatementReader._import_from,
}
