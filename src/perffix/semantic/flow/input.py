"""Input: may an expression hold what came from outside, with nothing having made it harmless on its way?"""

from __future__ import annotations

import ast
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from perffix.model import Related, Span
from perffix.semantic.flow.entrances import may_enter
from perffix.semantic.written_names import last_name

if TYPE_CHECKING:
    from perffix.semantic.flow.context import Trail
    from perffix.semantic.flow.control import Body, ControlFlow
    from perffix.semantic.flow.tracing import Tracer
    from perffix.semantic.model import SemanticModel


class Origin(NamedTuple):
    """Where the input in an expression comes from.

    Attributes:
        source: the expression or parameter with which it enters.
        kind: "request" (a part of a request), "handler" (a parameter of a route handler), "message" (websocket,
            socket, event), "upload", "terminal", "arguments", "environment", "answer" (of another server).
        remote: whether it comes over the network, not from the person who runs the program.
        says: a phrase for the evidence: "`request.args` is what the client sends".
        steps: the source, when it stands elsewhere, and the hand-overs from it to the expression, in order.
    """

    source: ast.expr | ast.arg
    kind: str
    remote: bool
    says: str
    steps: tuple[Related, ...]


def input_in(expr: ast.expr, model: SemanticModel, sink: str, *, remote: bool = False) -> Origin | None:
    """Return where input comes from that an expression may hold and that is not harmless for a kind of sink.

    Args:
        expr: the expression, an argument of a sink as a rule.
        model: the module.
        sink: the kind of sink, which decides on what makes a value harmless: "sql", "html", "shell", "path" ...
        remote: whether input counts only that comes over the network, which takes less time to tell.

    Returns:
        the origin of a proved route; None when there is none or it is not proved.
    """
    return model.flow.origin(expr, sink, remote=remote)


class FlowTable:
    """Answers about the flow of input in one module, worked out on demand and kept."""

    def __init__(self, model: SemanticModel) -> None:
        self._model = model
        self._tracers: dict[str, Tracer] = {}
        self._flows: dict[ast.AST, ControlFlow] = {}
        self._known: dict[tuple[ast.expr, str, bool], Origin | None] = {}
        self._may_enter: dict[bool, bool] = {}

    def close(self) -> None:
        """Take the graphs of control flow apart, to be asked no more: each loop in them leads back to itself."""
        for flow in self._flows.values():
            flow.close()

    def origin(self, expr: ast.expr, sink: str, *, remote: bool = False) -> Origin | None:
        """Return what `input_in` does."""
        if not self._input_may_enter(remote):
            return None
        key = (expr, sink, remote)
        if key not in self._known:
            trail = self._tracer(sink).trail_to(expr, remote=remote)
            self._known[key] = None if trail is None else _origin(trail, expr)
        return self._known[key]

    def _input_may_enter(self, remote: bool) -> bool:
        found = self._may_enter.get(remote)
        if found is None:
            names, strings = self._model.written_names, self._model.written_strings
            found = self._may_enter[remote] = may_enter(names, strings, remote=remote)
        return found

    def control_of(self, body: Body) -> ControlFlow:
        """Return the control flow of a function, class or module."""
        found = self._flows.get(body)
        if found is None:
            from perffix.semantic.flow.control import ControlFlow

            found = self._flows[body] = ControlFlow(body, self._model)
        return found

    @cached_property
    def calls_by_name(self) -> dict[str, list[ast.Call]]:
        """All calls of the module, by the last name of what they are written to call."""
        found: dict[str, list[ast.Call]] = {}
        for call in self._model.nodes_of(ast.Call):
            found.setdefault(last_name(call.func), []).append(call)
        return found

    def _tracer(self, sink: str) -> Tracer:
        found = self._tracers.get(sink)
        if found is None:
            from perffix.semantic.flow.tracing import Tracer

            found = self._tracers[sink] = Tracer(self._model, sink)
        return found


def _origin(trail: Trail, expr: ast.expr) -> Origin:
    source = trail.source
    span = Span.of(source.node)
    steps = trail.steps if Span.of(expr).contains(span) else (Related(span, f"{source.says}"), *trail.steps)
    return Origin(source.node, source.kind, source.remote, source.says, steps)
