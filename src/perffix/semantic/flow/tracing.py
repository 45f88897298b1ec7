"""Tracing: back from an expression over everything that its value may be made from, until input is met.

The walk goes over the definitions that reach a name (`named`), into containers (`stores`), through calls of known
effect and of functions of the module (`calling`), and from a parameter to the calls. Only a proved route is an answer.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.model import Related, Span
from perffix.semantic import facts
from perffix.semantic.flow.callers import calls_of
from perffix.semantic.flow.calling import of_call, returned
from perffix.semantic.flow.checks import Checks
from perffix.semantic.flow.context import DEEPEST, Context, Frame, Trail
from perffix.semantic.flow.definitions import definition_of
from perffix.semantic.flow.folding import UNKNOWN, fold
from perffix.semantic.flow.harmless import cleaners_of
from perffix.semantic.flow.named import of_field, of_name
from perffix.semantic.flow.objects import into_class_field, property_of
from perffix.semantic.flow.passing import of_parameter
from perffix.semantic.flow.pieces import pieces_of
from perffix.semantic.flow.selectors import ELEMENT, VALUE, Path, anywhere, attribute, into, item
from perffix.semantic.flow.sources import source_at
from perffix.semantic.scopes import How

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from perffix.semantic.flow.sources import Source
    from perffix.semantic.model import SemanticModel
    from perffix.semantic.scopes import Assignment

Key = tuple[ast.AST, Path, Context]
_Followed = ast.Name | ast.Attribute | ast.Subscript | ast.Call

_MOST_EFFORT = 1_500
_DEEPEST = 45


class Tracer:
    """Follows values of one module for one kind of sink; what it learns is kept.

    Attributes:
        model: the module.
        kind: the kind of sink; empty for the question what a value holds before anything cleaned it.
    """

    def __init__(self, model: SemanticModel, kind: str) -> None:
        self.model = model
        self.kind = kind
        self._nothing: set[Key] = set()
        self._inputs: dict[Key, bool] = {}
        self._calls: dict[ast.AST, list[tuple[ast.Call, bool, ast.Call | None]]] = {}
        self._visited: dict[Key, None] = {}  # in the order of the visits
        self._effort = 0
        self._depth = 0
        self._gave_up = False
        self._saw_local = self._takes_local = False

    @property
    def checks(self) -> Checks:
        """What it asks about guards."""
        return Checks(self)  # made anew, not kept: both would hold each other until the garbage collector runs

    def trail_to(self, expr: ast.expr, *, remote: bool = False) -> Trail | None:
        """Return the route by which input may come into an expression, or None when none is proved.

        Input from over the network goes first; with `remote` there is no other.
        """
        found = self._search(expr)
        if found is None and self._saw_local and not remote:
            self._takes_local = True
            found = self._search(expr)
            self._takes_local = False
        return found

    def _search(self, expr: ast.expr) -> Trail | None:
        self._visited, self._effort, self._depth, self._gave_up = {}, 0, 0, False
        self._saw_local = False
        found = self.trace(expr, (), Context(anchor=expr))
        if found is None and not self._gave_up and not self._saw_local:
            self._nothing.update(self._visited)  # whatever was looked at on the way leads nowhere
        return found

    def trace(self, expr: ast.expr, path: Path, context: Context) -> Trail | None:
        """Return the route into a part of an expression's value."""
        key = (expr, path, context)
        if key in self._nothing or key in self._visited:
            return None
        self._visited[key] = None
        self._effort += 1
        if self._effort > _MOST_EFFORT or self._depth > _DEEPEST:
            self._gave_up = True
            return None
        self._depth += 1
        try:
            return self._trace(expr, path, context)
        finally:
            self._depth -= 1

    def first(self, asked: Iterable[tuple[ast.expr, Path]], context: Context) -> Trail | None:
        """Return the first route into one of several expressions."""
        for expr, path in asked:
            if (found := self.trace(expr, path, context)) is not None:
                return found
        return None

    def provisionally(self, follow: Callable[[], Trail | None]) -> Trail | None:
        """Return a route of which it is still to be found out whether the value can take it."""
        before = len(self._visited)
        found = follow()
        if found is not None:
            self._forget(before)
        return found

    def _forget(self, before: int) -> None:
        """Let what was visited since be visited again: another way to the same places may be open."""
        while len(self._visited) > before:
            self._visited.popitem()

    def before_cleaning(self, call: ast.Call, path: Path, context: Context) -> Trail | None:
        """Return the route into a call that undoes cleaning: nothing that was cleaned before it counts."""
        kind, self.kind = self.kind, ""
        visited, self._visited = self._visited, {}
        nothing, self._nothing = self._nothing, set()
        try:
            return of_call(self, call, path, context)
        finally:
            self.kind, self._visited, self._nothing = kind, visited, nothing

    def calls_of(
        self, function: ast.FunctionDef | ast.AsyncFunctionDef
    ) -> list[tuple[ast.Call, bool, ast.Call | None]]:
        """Return what `calling.calls_of` does, kept."""
        if function not in self._calls:
            self._calls[function] = list(calls_of(function, self.model))
        return self._calls[function]

    def is_input(self, expr: ast.expr, context: Context) -> bool:
        """Tell whether an expression holds input, apart from the question that is being followed."""
        key = (expr, (), context)
        if key not in self._inputs:
            self._inputs[key] = True  # while this is being found out
            visited, self._visited = self._visited, {}
            takes_local, self._takes_local = self._takes_local, False
            self._inputs[key] = self.trace(expr, (), context) is not None
            self._visited, self._takes_local = visited, takes_local
        return self._inputs[key]

    def entering(self, found: Source) -> Trail | None:
        """Return the route that begins with a source; local input does not count while some from afar may be found."""
        if not found.remote and not self._takes_local:
            self._saw_local = True
            return None
        return Trail(found)

    def step(self, node: ast.AST, message: str) -> Related:
        """Return the sentence about a hand-over."""
        return Related(Span.of(node), message)  # type: ignore[arg-type]

    def _trace(self, expr: ast.expr, path: Path, context: Context) -> Trail | None:
        if isinstance(expr, ast.Constant):
            return None
        if not isinstance(expr, _Followed):
            return self.first(pieces_of(expr, path, self.kind, self.model), context)
        before = len(self._visited)
        entered = source_at(expr, path, self.kind, self.model)
        found = self._further(expr, path, context) if entered is None else self.entering(entered)
        if found is None:
            return None
        # To look for guards costs more than to follow the value, and most values lead nowhere.
        binding = self.model.binding_of(expr) if entered is None and isinstance(expr, ast.Name) else None
        if not self.checks.is_guarded(expr, context, binding):
            return found
        self._forget(before)
        return None

    def _further(self, expr: _Followed, path: Path, context: Context) -> Trail | None:
        """Return the route into a value that is no source itself, whether a guard stands on it or not."""
        if self._is_of_harmless_type(expr):
            return None
        if isinstance(expr, ast.Name):
            return of_name(self, expr, path, context)
        if isinstance(expr, ast.Attribute):
            return self._attribute(expr, path, context)
        if isinstance(expr, ast.Subscript):
            return self._subscript(expr, path, context)
        return of_call(self, expr, path, context)

    def _is_of_harmless_type(self, expr: ast.expr) -> bool:
        known = self.model.type_of(expr)
        if known is None:
            return False
        types = cleaners_of(self.kind).types
        return known.name in types or (
            known.element is not None and known.element.name in types and known.name != "str"
        )

    # Expressions

    def _subscript(self, expr: ast.Subscript, path: Path, context: Context) -> Trail | None:
        if isinstance(expr.slice, ast.Slice):
            return self.trace(expr.value, anywhere(path), context)
        key = fold(expr.slice, self.model)
        return self.trace(expr.value, into(VALUE if key is UNKNOWN else item(key), path), context)

    def _attribute(self, expr: ast.Attribute, path: Path, context: Context) -> Trail | None:
        if expr.attr in cleaners_of(self.kind).attributes or expr.attr in facts.load("carriers")["attributes"]["clean"]:
            return None
        made_by = property_of(expr, self.model)
        if made_by is not None and not context.is_inside(made_by) and context.depth() < DEEPEST:
            frame = Frame(made_by, ast.copy_location(ast.Call(expr, [], []), expr), expr.value, context)
            return returned(self, made_by, path, Context(frame))
        field = self.model.scopes.field_of(expr)
        if field is not None:
            return of_field(self, expr, field, path, context)
        definition = definition_of(expr.value, self.model)
        if isinstance(definition, ast.ClassDef):
            return into_class_field(self, definition, expr.attr, path)
        return self.trace(expr.value, into(attribute(expr.attr), path), context)

    # Assignments

    def assigned(self, assignment: Assignment, path: Path, context: Context) -> Trail | None:
        """Return the route into a name from one assignment to it."""
        how, value, node = assignment.how, assignment.value, assignment.node
        if how is How.PARAMETER and isinstance(node, ast.arg):
            return of_parameter(self, node, assignment.statement, path, context)
        if how is How.MATCHED:
            return self._matched(node, path, context)
        if value is None or how in (How.DELETED, How.IMPORTED, How.DEFINED, How.CAUGHT):
            return None
        if how is How.AUGMENTED:
            path = anywhere(path)
        if how in (How.UNPACKED, How.ITERATED_UNPACKED):
            path = self._unpacked(node, path)
        if how in (How.ITERATED, How.ITERATED_UNPACKED):
            path = into(ELEMENT, path)
        found = self.trace(value, path, context)
        if found is None or isinstance(assignment.statement, ast.comprehension):
            return found
        name = node.id if isinstance(node, ast.Name) else ast.unparse(node)
        return found.then(self.step(node, f"`{name}` gets it here"))

    def _unpacked(self, node: ast.AST, path: Path) -> Path:
        """Return the path of the part that a name gets in an unpacking."""
        child, parent = node, self.model.parent(node)
        while isinstance(parent, (ast.Tuple, ast.List, ast.Starred)):
            if isinstance(parent, ast.Starred):
                path = into(VALUE, path[1:])
                child, parent = parent, self.model.parent(parent)
                if not isinstance(parent, (ast.Tuple, ast.List)):
                    break
            else:
                before = parent.elts[: parent.elts.index(child)]  # type: ignore[arg-type]
                starred = any(isinstance(each, ast.Starred) for each in before)
                path = into(VALUE if starred else item(len(before)), path)
            child, parent = parent, self.model.parent(parent)
        return path

    def _matched(self, pattern: ast.AST, path: Path, context: Context) -> Trail | None:
        """Follow a name that a pattern gives to a part of the subject, or to the whole."""
        nested = False
        child: ast.AST = pattern
        for parent in self.model.ancestors(pattern):
            if isinstance(parent, ast.match_case):
                statement = self.model.parent(parent)
                assert isinstance(statement, ast.Match)
                return self.trace(statement.subject, into(VALUE, path) if nested else path, context)
            nested = nested or isinstance(parent, (ast.MatchSequence, ast.MatchMapping, ast.MatchClass))
            child = parent
        raise LookupError(f"{child!r} is in no case")
