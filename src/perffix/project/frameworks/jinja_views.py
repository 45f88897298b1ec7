"""Flask's, Quart's and FastAPI's views: what functions hand to Jinja's templates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.model import Related
from perffix.project.evaluation.values import Mapping, Value
from perffix.project.frameworks.framework import Framework
from perffix.project.summaries.terms import Literal
from perffix.semantic import facts

if TYPE_CHECKING:
    from perffix.project.evaluation.arguments import Arguments
    from perffix.project.evaluation.evaluator import Evaluator
    from perffix.project.evaluation.frames import Frame
    from perffix.project.index import Class
    from perffix.project.summaries.terms import Ref


class JinjaViews(Framework):
    """Follows rows from views into Jinja's templates."""

    def __init__(self) -> None:
        known = facts.load("jinja_views")
        self.functions = frozenset(known["rendering"])
        self.methods = frozenset(known["responses"])

    def function(self, frame: Frame, name: str, arguments: Arguments, ref: Ref) -> None:
        """Evaluate the template that a function renders."""
        if arguments.positional:
            self._render(frame, arguments.positional[0], Mapping(arguments.keywords), ref)

    def method_of_unknown(self, frame: Frame, name: str, arguments: Arguments, ref: Ref) -> None:
        """Evaluate the template that a response is made of."""
        given = dict(arguments.keywords)
        named = [each for each in (*arguments.positional, given.get("name")) if _text(each)]
        contexts = [each for each in (*arguments.positional, given.get("context")) if isinstance(each, Mapping)]
        if named and contexts:
            self._render(frame, named[0], contexts[0], ref)

    def _render(self, frame: Frame, template: Value | None, context: Mapping, ref: Ref) -> None:
        name = _text(template)
        if name:
            place = frame.place(ref)
            route = (*frame.route, Related(place.span, f"`{name}` is rendered here", place.path))
            frame.evaluator.run_template(name, context, route, frame.depth + 1)

    def run(self, evaluator: Evaluator) -> None:
        """Do nothing: what these frameworks call are functions."""

    def constructed(self, frame: Frame, cls: Class, arguments: Arguments, ref: Ref) -> None:
        """Do nothing: no object is made for rows."""


def _text(value: Value | None) -> str:
    return value.value if isinstance(value, Literal) and isinstance(value.value, str) else ""
