"""Contexts: through which calls a question came to where it is asked, and what it found out on the way."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from perffix.model import Related
    from perffix.semantic.flow.sources import Source

DEEPEST = 4  # calls inside of calls that are followed
Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


class Frame(NamedTuple):
    """A call that the question followed into a function of the module.

    Attributes:
        function: the function.
        call: the call.
        receiver: the object whose method is called.
        outer: the context of the call.
    """

    function: Function
    call: ast.Call
    receiver: ast.expr | None
    outer: Context


class Context(NamedTuple):
    """Where a question is asked.

    Attributes:
        frame: the call through which it came into the function at hand; None when it came from inside of it.
        anchor: the place that it was first asked at in the function at hand; what holds there holds for names that
            never change.
    """

    frame: Frame | None = None
    anchor: ast.AST | None = None

    def depth(self) -> int:
        """Return how many calls the question is inside of."""
        return 0 if self.frame is None else 1 + self.frame.outer.depth()

    def is_inside(self, function: ast.AST) -> bool:
        """Tell whether the question came through a call of a function."""
        return self.frame is not None and (self.frame.function is function or self.frame.outer.is_inside(function))


class Trail(NamedTuple):
    """A proved route: the source and the hand-overs from it, in order."""

    source: Source
    steps: tuple[Related, ...] = ()

    def then(self, step: Related) -> Trail:
        """Return the trail with one more hand-over."""
        if any(each.span == step.span for each in self.steps):
            return self
        return self._replace(steps=(*self.steps, step))
