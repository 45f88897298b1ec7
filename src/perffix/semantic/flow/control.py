"""Control flow: in which order the statements of one function may run, and under which tests.

A graph with a node for every simple statement and for every header of a compound one. It is walked backwards from a
place, so the edges are kept at the node that they lead to. Branches whose test always comes out the same way have no
edge, and a place that nothing leads to never runs.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from perffix.semantic.flow.folding import UNKNOWN, fold, surely_turns, truth_of
from perffix.semantic.scopes import How
from perffix.semantic.written_names import last_name

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator, Sequence

    from perffix.semantic.model import SemanticModel

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
Body = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Module
_TRIES: tuple[type[ast.Try], ...] = (ast.Try, getattr(ast, "TryStar", ast.Try))  # `except*` has the same fields
_QUIET = (ast.Pass, ast.Global, ast.Nonlocal, ast.Break, ast.Continue)
_LEAVING = frozenset(
    {
        "sys.exit", "os._exit", "os.abort", "builtins.exit", "builtins.quit", "flask.abort",
        "werkzeug.exceptions.abort", "bottle.abort", "quart.abort", "sanic.exceptions.abort",
        "flask_restful.abort", "flask_smorest.abort", "pytest.fail", "pytest.skip", "bottle.redirect",
    }
)  # fmt: skip
_SUPPRESSING = ("contextlib.suppress", "pytest.raises")


class Node:
    """A step of a function.

    Attributes:
        content: the simple statement, the test, the iterable, the `withitem`, the handler, the case ...; None for the
            entry and for places where ways only meet.
        entries: the ways to get there.
    """

    __slots__ = ("content", "entries")

    def __init__(self, content: ast.AST | None, entries: list[Edge]) -> None:
        self.content = content
        self.entries = entries


class Edge(NamedTuple):
    """A way out of a node.

    Attributes:
        source: the node.
        test: the test that decides on this way, if one does.
        outcome: how the test came out.
        completed: whether the node ran to its end; False when an exception left it.
    """

    source: Node
    test: ast.expr | None = None
    outcome: bool = True
    completed: bool = True


class ControlFlow:
    """The control flow of the body of a function, class or module.

    Attributes:
        body: the function, class or module.
        entry: the step before the first.
        nodes: the step of each statement, test, iterable, `withitem`, handler and case.
        tested: the names in the tests that ways depend on, and in what those names are made from.
    """

    def __init__(self, body: Body, model: SemanticModel) -> None:
        self.body = body
        self.entry = Node(None, [])
        self._parents_of = model.parent
        self.nodes = _Builder(model).build(body, self.entry)
        tests = {edge.test for node in self.nodes.values() for edge in node.entries if edge.test is not None}
        self.tested = frozenset(name for test in tests for name in _names_in(test, model))

    def close(self) -> None:
        """Drop all ways between the steps, so that nothing refers to itself any more."""
        for node in self.nodes.values():
            node.entries.clear()

    def node_of(self, place: ast.AST) -> Node | None:
        """Return the step that an expression or statement belongs to; None when it is of another function."""
        current: ast.AST | None = place
        while current is not None:
            found = self.nodes.get(current)
            if found is not None:
                return found
            current = self._parents_of(current)
        return None

    def before(
        self,
        start: Node,
        stops: Container[Node],
        blocks: Callable[[Edge], bool],
        passes_on: Container[Node] = (),
    ) -> tuple[list[Node], bool]:
        """Walk back from a step and return the stops that are met, the nearest first, and whether the entry is.

        Args:
            start: the step; it is met itself only when a loop leads back to it.
            stops: nodes behind which the walk does not look.
            blocks: tells whether an edge is of no interest.
            passes_on: stops behind which the walk does look.
        """
        met: list[Node] = []
        seen: set[tuple[Node, bool]] = set()
        pending = list(start.entries)
        entered = start is self.entry
        for edge in pending:  # grows while it is walked
            if blocks(edge):
                continue
            node = edge.source
            if node is self.entry:
                entered = True
                continue
            if (node, edge.completed) in seen:
                continue
            seen.add((node, edge.completed))
            if edge.completed and node in stops:
                met.append(node)
                if node not in passes_on:
                    continue
            pending.extend(node.entries)
            if len(pending) > 20_000:
                break
        return met, entered

    def is_reachable(self, place: ast.AST) -> bool:
        """Tell whether control can come to a place at all."""
        node = self.node_of(place)
        return node is None or self.before(node, (), lambda _: False)[1]


class _Loop:
    def __init__(self) -> None:
        self.breaks: list[Edge] = []
        self.continues: list[Edge] = []


class _Finally:
    def __init__(self) -> None:
        self.jumps: list[tuple[type[ast.stmt], Edge]] = []


class _Builder:
    def __init__(self, model: SemanticModel) -> None:
        self._model = model
        self._nodes: dict[ast.AST, Node] = {}
        self._around: list[_Loop | _Finally] = []
        self._catchers: list[list[Edge]] = []
        self._is_dead = False

    def build(self, body: Body, entry: Node) -> dict[ast.AST, Node]:
        self._block(body.body, [Edge(entry)])
        return self._nodes

    def _node(self, content: ast.AST, entries: list[Edge]) -> Node:
        node = self._nodes[content] = Node(content, entries)
        if self._catchers and not self._is_dead and not isinstance(content, _QUIET) and not _is_plain(content):
            self._catchers[-1].append(Edge(node, completed=False))
        return node

    def _block(self, statements: Sequence[ast.stmt], entries: list[Edge]) -> list[Edge]:
        for statement in statements:
            entries = self._statement(statement, entries)
        return entries

    def _statement(self, statement: ast.stmt, entries: list[Edge]) -> list[Edge]:
        """Add a statement; return the ways out of it to the next, none when it never runs."""
        was_dead, self._is_dead = self._is_dead, self._is_dead or not entries
        left = self._any(statement, entries)
        if self._is_dead:
            left = []
        self._is_dead = was_dead
        return left

    def _any(self, statement: ast.stmt, entries: list[Edge]) -> list[Edge]:
        if isinstance(statement, ast.If):
            return self._if(statement, entries)
        if isinstance(statement, ast.While):
            return self._while(statement, entries)
        if isinstance(statement, (ast.For, ast.AsyncFor)):
            return self._for(statement, entries)
        if isinstance(statement, (ast.With, ast.AsyncWith)):
            return self._with(statement, entries)
        if isinstance(statement, _TRIES):
            return self._try(statement, entries)
        if isinstance(statement, ast.Match):
            return self._match(statement, entries)
        return self._simple(statement, entries)

    def _simple(self, statement: ast.stmt, entries: list[Edge]) -> list[Edge]:
        node = self._node(statement, entries)
        if isinstance(statement, (ast.Return, ast.Break, ast.Continue)):
            self._jump(type(statement), [Edge(node)])
            return []
        if isinstance(statement, ast.Raise) or self._leaves(statement):
            return []
        if isinstance(statement, ast.Assert):
            return [] if truth_of(statement.test, self._model) is False else [Edge(node, statement.test)]
        return [Edge(node)]

    def _leaves(self, statement: ast.stmt) -> bool:
        """Tell whether a statement is a call that never comes back."""
        if not isinstance(statement, ast.Expr):
            return False
        call = statement.value.value if isinstance(statement.value, ast.Await) else statement.value
        if not isinstance(call, ast.Call):
            return False
        func = call.func
        if last_name(func) == "abort":
            return True
        if self._model.qualified_name(func) in _LEAVING:
            return True
        definition = self._model.names.definition_of(func) or self._model.names.method_of_self(func)
        return isinstance(definition, FUNCTIONS) and _never_returns(definition)

    def _jump(self, kind: type[ast.stmt], edges: list[Edge]) -> None:
        for around in reversed(self._around) if not self._is_dead else ():
            if isinstance(around, _Finally):
                around.jumps.extend((kind, edge) for edge in edges)
                return
            if kind is ast.Break:
                around.breaks.extend(edges)
                return
            if kind is ast.Continue:
                around.continues.extend(edges)
                return

    def _branch(self, test: ast.expr, node: Node) -> tuple[list[Edge], list[Edge]]:
        truth = truth_of(test, self._model)
        return (
            [] if truth is False else [Edge(node, test)],
            [] if truth is True else [Edge(node, test, outcome=False)],
        )

    def _if(self, statement: ast.If, entries: list[Edge]) -> list[Edge]:
        yes, no = self._branch(statement.test, self._node(statement.test, entries))
        return self._block(statement.body, yes) + self._block(statement.orelse, no)

    def _while(self, loop: ast.While, entries: list[Edge]) -> list[Edge]:
        test = self._node(loop.test, list(entries))
        yes, no = self._branch(loop.test, test)
        around = _Loop()
        self._around.append(around)
        test.entries += self._block(loop.body, yes)
        self._around.pop()
        test.entries += around.continues
        return self._block(loop.orelse, no) + around.breaks

    def _for(self, loop: ast.For | ast.AsyncFor, entries: list[Edge]) -> list[Edge]:
        head = Node(None, [Edge(self._node(loop.iter, entries))])
        turn = self._node(loop, [Edge(head)])
        around = _Loop()
        self._around.append(around)
        again = self._block(loop.body, [Edge(turn)]) + around.continues
        self._around.pop()
        head.entries += again
        left = again if surely_turns(loop.iter, self._model) else [Edge(head)]
        return self._block(loop.orelse, left) + around.breaks

    def _with(self, statement: ast.With | ast.AsyncWith, entries: list[Edge]) -> list[Edge]:
        suppresses = False
        for item in statement.items:
            entries = [Edge(self._node(item, entries))]
            manager = item.context_expr
            if isinstance(manager, ast.Call):
                suppresses = suppresses or self._model.qualified_name(manager.func) in _SUPPRESSING
        if not suppresses:
            return self._block(statement.body, entries)
        self._catchers.append([])
        left = self._block(statement.body, entries)
        return left + self._catchers.pop()

    def _try(self, statement: ast.Try, entries: list[Edge]) -> list[Edge]:
        last = _Finally() if statement.finalbody else None
        if last is not None:
            self._around.append(last)
            self._catchers.append([])
        if statement.handlers:
            self._catchers.append([])
            left = self._block(statement.body, entries)
            raised = self._catchers.pop()
            left = self._block(statement.orelse, left)
            for handler in statement.handlers:
                left = left + self._block(handler.body, [Edge(self._node(handler, list(raised)))])
        else:
            left = self._block(statement.orelse, self._block(statement.body, entries))
        return left if last is None else self._finally(statement, last, left)

    def _finally(self, statement: ast.Try, last: _Finally, left: list[Edge]) -> list[Edge]:
        self._around.pop()
        raised = self._catchers.pop()
        after = self._block(statement.finalbody, [*left, *(edge for _, edge in last.jumps), *raised])
        for kind in {kind for kind, _ in last.jumps}:
            self._jump(kind, after)
        if raised and self._catchers:
            self._catchers[-1].extend(after)
        return after if left else []

    def _match(self, statement: ast.Match, entries: list[Edge]) -> list[Edge]:
        subject = self._node(statement.subject, entries)
        known = fold(statement.subject, self._model)
        reached = [Edge(subject)]
        left: list[Edge] = []
        for case in statement.cases:
            values = _values_of(case.pattern)
            taken = None if known is UNKNOWN or values is None else self._is_one_of(known, values)
            test = None if not values else _is_one(statement.subject, values)
            entered = [] if taken is False else [edge._replace(test=test, outcome=True) for edge in reached]
            node = self._node(case, entered)
            body = [Edge(node)]
            surely = values == [] or taken is True
            if case.guard is not None:
                body, _ = self._branch(case.guard, self._node(case.guard, body))
                surely = False
            left += self._block(case.body, body)
            if surely:
                return left
            if test is not None and case.guard is None:
                reached = [edge._replace(test=test, outcome=False) for edge in reached]
        return left + reached

    def _is_one_of(self, known: object, values: list[ast.expr]) -> bool | None:
        folded = [fold(each, self._model) for each in values]
        if not values:
            return True
        if any(each is UNKNOWN for each in folded):
            return None
        return known in folded


def _names_in(expr: ast.expr, model: SemanticModel, depth: int = 4) -> Iterator[str]:
    """Yield the names and attributes in an expression, and in the values of its names that are assigned once."""
    for node in ast.walk(expr):
        if isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Name):
            yield node.id
            binding = model.scopes.binding_of(node) if depth else None
            single = None if binding is None else binding.single
            if single is not None and single.value is not None and not isinstance(single.node, ast.arg):
                yield from _names_in(single.value, model, depth - 1)
            for each in () if binding is None or single is not None else binding.assignments:
                if each.how is How.ITERATED and each.value is not None:  # a test on an element is one on them all
                    yield from _names_in(each.value, model, 0)


def _is_one(subject: ast.expr, values: list[ast.expr]) -> ast.expr:
    """Return the test that a match statement makes with a case of plain values."""
    return ast.Compare(subject, [ast.In()], [ast.Tuple(values, ast.Load())])


def _values_of(pattern: ast.pattern) -> list[ast.expr] | None:
    """Return the values that a pattern names; empty when it matches everything, None when it is another kind."""
    if isinstance(pattern, ast.MatchValue):
        return [pattern.value]
    if isinstance(pattern, ast.MatchSingleton):
        return [ast.Constant(pattern.value)]
    if isinstance(pattern, ast.MatchAs):
        return [] if pattern.pattern is None else _values_of(pattern.pattern)
    if isinstance(pattern, ast.MatchOr):
        each = [_values_of(one) for one in pattern.patterns]
        if any(one == [] for one in each):
            return []
        return None if None in each else [value for one in each for value in one or ()]
    return None


def _is_plain(content: ast.AST) -> bool:
    """Tell whether a step only gives a name a literal or another name: that raises nothing."""
    return (
        isinstance(content, ast.Assign)
        and isinstance(content.value, (ast.Constant, ast.Name))
        and all(isinstance(target, ast.Name) for target in content.targets)
    )


def _never_returns(definition: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Tell whether a function is declared or seen never to come back."""
    declared = definition.returns
    if declared is not None and ast.unparse(declared).rpartition(".")[2] in ("NoReturn", "Never"):
        return True
    if not isinstance(definition.body[-1], ast.Raise):
        return False
    return not any(isinstance(each, (ast.Return, ast.Yield, ast.YieldFrom)) for each in ast.walk(definition))
