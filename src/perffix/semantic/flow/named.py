"""Names: back from a name, or an attribute of `self`, over the definitions of it and the stores into it.

Which of them reach a place, and past which guards, takes the control flow to tell. Most of them lead nowhere: so they
are followed first, and the control flow is asked once one of them leads to input.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from perffix.semantic.flow.context import Context, Trail
from perffix.semantic.flow.control import FUNCTIONS
from perffix.semantic.flow.objects import Change, changed, changes_of, field_from_elsewhere
from perffix.semantic.flow.reach import body_around, body_of
from perffix.semantic.flow.selectors import Path, after, anywhere
from perffix.semantic.flow.stores import Store, exact_items, stores_of
from perffix.semantic.scopes import Assignment, How
from perffix.semantic.walk import ScopeKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from perffix.semantic.flow.control import Body, Node
    from perffix.semantic.flow.tracing import Tracer
    from perffix.semantic.scopes import Binding

Event = Assignment | Store | Change
_MANY = 8  # definitions and stores; of more, few reach one place


def of_name(tracer: Tracer, expr: ast.Name, path: Path, context: Context) -> Trail | None:
    """Return the route into a name, or into a part of its value."""
    binding = tracer.model.scopes.binding_of(expr)
    if binding is None:
        return None
    if binding.scope.kind in (ScopeKind.COMPREHENSION, ScopeKind.LAMBDA):
        return _first_of(tracer, binding.assignments, path, context)
    body = body_around(expr, binding, tracer.model)
    if body is None:
        return _from_anywhere(tracer, binding, path)
    return _Definitions(tracer, expr, binding, body, path, context).trail()


def of_field(tracer: Tracer, expr: ast.Attribute, field: Binding, path: Path, context: Context) -> Trail | None:
    """Return the route into an attribute of `self`, or into a part of its value."""
    body = body_of(expr, tracer.model)
    if not isinstance(body, FUNCTIONS):
        return None
    return _Definitions(tracer, expr, field, body, path, context).trail()


def _first_of(tracer: Tracer, assignments: Iterable[Assignment], path: Path, context: Context) -> Trail | None:
    for each in assignments:
        found = tracer.assigned(each, path, context)
        if found is not None:
            return found
    return None


def _from_anywhere(tracer: Tracer, binding: Binding, path: Path) -> Trail | None:
    """Follow a name of an outer function or of the module: whatever it may ever have held counts."""
    model = tracer.model
    stored = [each for each in stores_of(binding, model) if each.value is not None]
    if any(each.how is How.IMPORTED for each in binding.assignments):
        # What one request puts into a session or a cache another one may find there: no proof.
        stored = stored if model.names.meaning_of(binding) == "flask.g" else []
    outer = Context()
    given = [each for each in binding.assignments if each.how is not How.PARAMETER]
    found = _first_of(tracer, given, path, outer)
    for store in () if found else stored:
        rest = after(store.path, path)
        if rest is not None and store.value is not None:
            found = found or tracer.trace(store.value, (*store.inside, *rest), outer)
    return found or _first_of(tracer, _parameters(binding), path, outer)


def _parameters(binding: Binding) -> list[Assignment]:
    return [each for each in binding.assignments if each.how is How.PARAMETER]


class _Definitions:
    """The definitions of a name, or of an attribute of `self`, in the body that it is read in.

    Args:
        tracer: who follows them.
        expr: the name or attribute.
        binding: what it refers to.
        body: the function, class or module that it is read in.
        path: the part of its value that is asked for.
        context: where that is asked.
    """

    def __init__(
        self,
        tracer: Tracer,
        expr: ast.Name | ast.Attribute,
        binding: Binding,
        body: Body,
        path: Path,
        context: Context,
    ) -> None:
        self._tracer = tracer
        self._model = tracer.model
        self._expr = expr
        self._binding = binding
        self._body = body
        self._path = path
        self._context = context
        self._trails: dict[int, Trail | None] = {}  # by the identity of the events that were followed

    def trail(self) -> Trail | None:
        """Return the route over the definitions, and the stores, that reach the place."""
        path = self._path
        if path and path[0].kind == "item" and isinstance(path[0].key, int) and not self._binding.is_attribute:
            items = exact_items(self._binding, self._model.statement_of(self._expr), self._model)
            if items is not None:
                return self._item(items, path[0].key)
        events = [each for each in self._events() if self._model.is_within(each[0], self._body)]
        if not events:
            outside = self._tracer.provisionally(self._from_outside)
            return None if outside is None else self._reaching(events, outside)
        if len(events) <= _MANY and not any(self._leads(event) for _, event in events) and not self._has_outside():
            return None
        return self._reaching(events)

    def _item(self, items: Sequence[ast.expr], index: int) -> Trail | None:
        flow = self._model.flow.control_of(self._body)
        if flow.node_of(self._expr) is None or not -len(items) <= index < len(items):
            return None
        return self._tracer.trace(items[index], self._path[1:], self._context)

    def _events(self) -> Iterator[tuple[ast.AST, Event]]:
        """Yield what may give the name its value, or change that, with its place."""
        for each in self._binding.assignments:
            if each.how is not How.PARAMETER:
                yield each.node, each
        for store in stores_of(self._binding, self._model):
            if after(store.path, self._path) is not None:
                yield store.place, store
        for change in changes_of(self._binding, self._path, self._model):
            yield change.place, change

    def _leads(self, event: Event) -> bool:
        return self._followed(event) is not None

    def _followed(self, event: Event) -> Trail | None:
        """Return the route over one event, whether it reaches the place or not; it is followed once."""
        if id(event) not in self._trails:
            self._trails[id(event)] = self._tracer.provisionally(lambda: self._over(event))
        return self._trails[id(event)]

    def _over(self, event: Event) -> Trail | None:
        if isinstance(event, Change):
            return changed(self._tracer, event, self._path, self._context)
        if not isinstance(event, Store):
            return self._tracer.assigned(event, self._path, self._context)
        rest = after(event.path, self._path)
        if event.value is None or rest is None:
            return None
        if not event.path:
            rest = anywhere(rest)  # what is added to a list stands behind what it held
        found = self._tracer.trace(event.value, (*event.inside, *rest), self._context)
        return found and found.then(self._tracer.step(event.place, "It is stored here"))

    def _has_outside(self) -> bool:
        return self._binding.is_attribute or bool(_parameters(self._binding))

    def _from_outside(self) -> Trail | None:
        """Return the route over what the name holds when the body begins."""
        if self._binding.is_attribute and isinstance(self._expr, ast.Attribute):
            return field_from_elsewhere(self._tracer, self._expr, self._binding, self._path, self._context)
        return _first_of(self._tracer, _parameters(self._binding), self._path, self._context)

    def _reaching(self, events: list[tuple[ast.AST, Event]], outside: Trail | None = None) -> Trail | None:
        """Return the route over those events, or from outside of the body, from which control comes to the place."""
        flow = self._model.flow.control_of(self._body)
        start = flow.node_of(self._expr)
        if start is None:
            return None
        at_nodes: dict[Node, list[Event]] = {}
        for place, event in events:
            node = flow.node_of(place)
            if node is not None:
                at_nodes.setdefault(node, []).append(event)
        passing = {node for node, found in at_nodes.items() if not any(_replaces(each, self._path) for each in found)}
        blocked = self._tracer.checks.blocked(self._expr, self._binding, flow, self._context)
        met, entered = flow.before(start, at_nodes, blocked, passing)
        here = at_nodes.get(start, [])
        own: list[Event] = [each for each in here if isinstance(each, Assignment) and _comes_first(each, self._expr)]
        for event in own or [each for node in met for each in at_nodes[node]]:
            found = self._followed(event)
            if found is not None:
                return found
        return (outside or self._from_outside()) if entered and not own else None


def _replaces(event: Event, path: Path) -> bool:
    """Tell whether what was asked for is surely gone after an event."""
    if isinstance(event, Change):
        return False
    if not isinstance(event, Store):
        return event.how is not How.AUGMENTED
    return event.replaces and path[: len(event.path)] == event.path


def _comes_first(assignment: Assignment, expr: ast.expr) -> bool:
    """Tell whether a `:=` in the same statement stands before a use."""
    node = assignment.node
    if assignment.how is not How.WALRUS or not isinstance(node, ast.Name):
        return False
    return (node.lineno, node.col_offset) < (expr.lineno, expr.col_offset)
