"""What a framework answers when code calls it, and what it calls by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from perffix.project.arguments import Arguments
    from perffix.project.evaluation import Evaluator
    from perffix.project.frames import Frame
    from perffix.project.index import Class
    from perffix.project.terms import Ref
    from perffix.project.values import Instance, Value


class Framework(Protocol):
    """One framework.

    Attributes:
        methods: the methods of unknown objects whose calls it follows, by their arguments.
        attributes: the attributes that it gives the objects of classes: `inherited` tells what they hold.
    """

    methods: frozenset[str] = frozenset()
    attributes: frozenset[str] = frozenset()

    def function(self, frame: Frame, name: str, arguments: Arguments, ref: Ref) -> None:
        """Follow what a function of the framework does with its arguments, by its dotted name."""

    def method_of_unknown(self, frame: Frame, name: str, arguments: Arguments, ref: Ref) -> None:
        """Follow what one of its `methods` does with its arguments."""
        return  # most frameworks have none

    def constructed(self, frame: Frame, cls: Class, arguments: Arguments, ref: Ref) -> None:
        """Follow what an object of a class of the project is made for."""
        return  # most frameworks do nothing then

    def inherited(self, frame: Frame, owner: Instance, name: str, arguments: Arguments, ref: Ref) -> Value | None:
        """Return what a method returns, or an attribute holds, that a class of the project has from the framework."""

    def run(self, evaluator: Evaluator) -> None:
        """Evaluate the classes of the project that the framework calls by itself."""
