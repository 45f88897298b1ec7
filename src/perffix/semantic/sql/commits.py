"""Commits in loops: whether each turn commits the little that it has written, and whether one commit would do."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, NamedTuple

from perffix.semantic import facts
from perffix.semantic.secrets import words_of
from perffix.semantic.sql import EXECUTING
from perffix.semantic.sql.sessions import connection_of, construct, dotted
from perffix.semantic.strings import build_of
from perffix.semantic.turns import body_of, even_loop, slow_call
from perffix.semantic.written_names import last_name, names_in

if TYPE_CHECKING:
    from perffix.semantic.model import SemanticModel
    from perffix.semantic.sql.sessions import Connection

_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_ROWS = re.compile(r"\s*(?:insert|update|delete|replace|merge|upsert)\b", re.IGNORECASE)
_READS = re.compile(r"\s*(?:select|with|values|show|explain)\b", re.IGNORECASE)
_COUNTING = (ast.Gt, ast.GtE, ast.Lt, ast.LtE, ast.Eq)
_AMOUNTS = frozenset({"size", "count", "counter", "limit", "batch", "max", "threshold", "every", "interval", "pending"})
_ASKING = ("scalars", "scalar", "exec", "get", "get_one", "stream", "stream_scalars", "refresh")
_KEYS = frozenset({"id", "pk", "key", "uuid", "guid"})
_ADDING = ("add", "merge", "delete")
_MANY_AT_ONCE = ("add_all", "executemany", "executescript", "bulk_save_objects", "bulk_insert_mappings", "rollback")


class CommitPerTurn(NamedTuple):
    """A commit that a loop runs in each turn.

    Attributes:
        loop: the loop.
        connection: what is committed.
        write: what a turn writes.
        plain: whether the turn calls nothing unknown.
        sometimes: whether a condition decides in which turns it runs.
        movable: whether the commit can stand behind the loop.
    """

    loop: ast.For
    connection: Connection
    write: ast.expr | ast.stmt
    plain: bool
    sometimes: bool
    movable: bool


def commit_per_turn(call: ast.Call, model: SemanticModel) -> CommitPerTurn | None:
    """Return what is known of a call of `commit()` that a loop runs for the little that each turn has written."""
    assert isinstance(call.func, ast.Attribute)
    receiver, statement, loop = call.func.value, model.statement_of(call), even_loop(call, model)
    if not isinstance(loop, ast.For) or not isinstance(statement, ast.Expr):
        return None
    if _is_counted(call, loop, model) or _is_made_in(loop, receiver, model):
        return None
    connection = connection_of(receiver, model)
    if connection is None:
        return None
    body = body_of(loop, model)
    if any(isinstance(each, _LOOPS) and not model.loops.has_few_turns(each) for each in body):
        return None
    if _commits(body, receiver)[:1] != [call] or slow_call(body, model) is not None:
        return None
    turn = _Turn(_before(call, body, loop, model), call, connection, model)
    if turn.write is None or turn.does_more:
        return None
    last = loop.body[-1] is statement and len(loop.body) > 1 and not loop.orelse
    movable = last and turn.plain and not _leaves(body, turn.write) and not _looks_back(body, loop, turn)
    sometimes = any(_ways(call, loop, model))
    return CommitPerTurn(loop, connection, turn.write, turn.plain, sometimes, movable)


def _before(commit: ast.Call, body: list[ast.AST], loop: ast.For, model: SemanticModel) -> list[ast.AST]:
    """Return what a turn that comes to a commit may do: not what stands in other branches than that."""
    ways = _ways(commit, loop, model)
    if not ways:
        return body
    return [
        node for node in body if all(ways.get(branch, way) == way for branch, way in _ways(node, loop, model).items())
    ]


def _ways(node: ast.AST, loop: ast.For, model: SemanticModel) -> dict[ast.If, bool]:
    """Return the conditions in a loop that decide whether a node runs, and whether it does so where they hold."""
    ways: dict[ast.If, bool] = {}
    child = node
    for parent in model.ancestors(node):
        if parent is loop:
            break
        if isinstance(parent, ast.If) and child is not parent.test:
            ways[parent] = child in parent.body
        child = parent
    return ways


def _leaves(body: list[ast.AST], write: ast.expr | ast.stmt) -> bool:
    """Tell whether a turn may end between what it writes and its commit, or the function in it."""
    ends = [each for each in body if isinstance(each, (ast.Return, ast.Break, ast.Continue))]
    return any(isinstance(each, ast.Return) or each.lineno >= write.lineno for each in ends)


def _looks_back(body: list[ast.AST], loop: ast.For, turn: _Turn) -> bool:
    """Tell whether a turn may look for rows of earlier turns, which a session may hold back until the commit."""
    if not turn.is_session:
        return False
    if turn.reads:
        return True
    given = set(names_in(loop.target))
    for node in body:
        if not isinstance(node, ast.Attribute) or not isinstance(node.ctx, ast.Load):
            continue
        if node.attr == "query" or (node.attr in _ASKING and turn.is_of_database(node.value)):
            return True
        if _KEYS.isdisjoint(words_of(node.attr)):
            continue
        if given.isdisjoint(names_in(node.value)):
            return True  # the key of a row that may not be written yet
    return False


class _Turn:
    """What a turn of a loop does with a connection.

    Attributes:
        write: the first thing that it writes.
        does_more: whether it does what is not the work of one row.
        plain: whether it calls nothing unknown.
        reads: whether it executes what reads rows.
    """

    def __init__(self, body: list[ast.AST], commit: ast.Call, connection: Connection, model: SemanticModel) -> None:
        assert isinstance(commit.func, ast.Attribute)
        self._commit = commit
        self._receiver = dotted(commit.func.value)
        self._connection = connection
        self._model = model
        self.write: ast.expr | ast.stmt | None = None
        self.does_more = False
        self.plain = True
        self.reads = False
        for node in body:
            if isinstance(node, ast.Call):
                self._call(node)
            elif isinstance(node, ast.Await):
                self._await(node)
            elif isinstance(node, ast.Assign) and connection.driver == "SQLAlchemy" and _sets_column(node):
                self._wrote(node)

    def _wrote(self, node: ast.expr | ast.stmt) -> None:
        self.write = self.write or node

    def _call(self, call: ast.Call) -> None:
        func = call.func
        name = last_name(func)
        own = isinstance(func, ast.Attribute) and self.is_of_database(func.value)
        if own and name in _MANY_AT_ONCE:
            self.does_more = True
        elif own and name in EXECUTING:
            self._executed(call)
        elif own and name in _ADDING:
            self._wrote(call)
        elif any(dotted(each) == self._receiver for each in call.args):
            self._wrote(call)
            self.plain = False
        elif not own and not self._is_known(call, name):
            self.plain = False
            # Called for what it does, which may need what is committed.
            later = call.lineno > self._commit.lineno
            self.does_more = self.does_more or (later and isinstance(self._model.parent(call), ast.Expr))

    @property
    def is_session(self) -> bool:
        """Whether it is a session of SQLAlchemy, which writes rows when it is told to."""
        return self._connection.driver == "SQLAlchemy"

    def is_of_database(self, expr: ast.expr) -> bool:
        """Tell whether an expression is the connection, or a cursor or query that comes from it."""
        while isinstance(expr, (ast.Call, ast.Attribute, ast.Await)):
            if dotted(expr) == self._receiver:
                return True
            expr = expr.func if isinstance(expr, ast.Call) else expr.value
        if dotted(expr) == self._receiver:
            return True
        found = connection_of(expr, self._model)
        return found is not None and found.driver == self._connection.driver

    def _executed(self, call: ast.Call) -> None:
        statement = call.args[0] if call.args else None
        if statement is None:
            self.does_more = True
            return
        if self._connection.driver == "SQLAlchemy":
            kind = construct(statement, self._model)
            if kind in ("insert", "update", "delete"):
                self._wrote(call)
                return
            if kind == "select":
                self.reads = True
                return
            if kind == "text" and isinstance(statement, ast.Call) and statement.args:
                statement = statement.args[0]
        built = build_of(statement, self._model)
        text = "" if built is None else built.text
        if _ROWS.match(text):
            self._wrote(call)
        elif _READS.match(text):
            self.reads = True
        else:
            self.does_more = True

    def _await(self, node: ast.Await) -> None:
        called = node.value.func if isinstance(node.value, ast.Call) else None
        if not isinstance(called, ast.Attribute) or not self.is_of_database(called.value):
            self.does_more = True

    def _is_known(self, call: ast.Call, name: str) -> bool:
        """Tell whether a call is surely quick and touches nothing but what it is given."""
        known = facts.load("turns")
        if name[:1].isupper() or name in known["quick"] or self._model.effects.is_harmless_call(call):
            return True
        qualified = self._model.qualified_name(call.func) or ""
        return qualified.partition(".")[0] in known["quick_modules"]


def _sets_column(node: ast.Assign) -> bool:
    return any(isinstance(each, ast.Attribute) and isinstance(each.value, ast.Name) for each in node.targets)


def _commits(body: list[ast.AST], receiver: ast.expr) -> list[ast.Call]:
    """Return the commits of a connection in a turn, in the order of the text."""
    written = dotted(receiver)
    found = [
        each
        for each in body
        if isinstance(each, ast.Call)
        and isinstance(each.func, ast.Attribute)
        and each.func.attr == "commit"
        and dotted(each.func.value) == written
    ]
    return sorted(found, key=lambda each: (each.lineno, each.col_offset))


def _is_counted(call: ast.Call, loop: ast.For, model: SemanticModel) -> bool:
    """Tell whether a condition that counts or compares decides about the commit: it ends a batch."""
    child: ast.AST = call
    for parent in model.ancestors(call):
        if isinstance(parent, ast.If) and child is not parent.test and _counts(parent.test):
            return True
        if parent is loop:
            break
        child = parent
    skipping = (each for each in loop.body if isinstance(each, ast.If) and isinstance(each.body[-1], ast.Continue))
    return any(_counts(each.test) for each in skipping)


def _counts(test: ast.expr) -> bool:
    for node in ast.walk(test):
        if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Mod, ast.BitAnd)):
            return True
        if isinstance(node, ast.Compare) and any(isinstance(each, _COUNTING) for each in node.ops):
            counted = any(_is_amount(each) for each in (node.left, *node.comparators))
            if counted:
                return True
    return False


def _is_amount(expr: ast.expr) -> bool:
    if isinstance(expr, ast.Call):
        return isinstance(expr.func, ast.Name) and expr.func.id == "len"
    if isinstance(expr, ast.Constant):
        return type(expr.value) is int and expr.value > 1
    return any(not _AMOUNTS.isdisjoint(words_of(name)) for name in names_in(expr))


def _is_made_in(loop: ast.For, receiver: ast.expr, model: SemanticModel) -> bool:
    """Tell whether each turn has a connection of its own."""
    root = receiver
    while isinstance(root, ast.Attribute):
        root = root.value
    for expr in (root, receiver):
        binding = model.binding_of(expr)
        if binding is not None and model.effects.rebinds([loop], binding):
            return True
    return False
