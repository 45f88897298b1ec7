"""What a framework answers when code calls it, and what it calls by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from perffix.project.evaluation.arguments import Arguments
    from perffix.project.evaluation.evaluator import Evaluator
    from perffix.project.evaluation.frames import Frame
    from perffix.project.evaluation.values import Instance, Value
    from perffix.project.index import Class
    from perffix.project.summaries.terms import Ref


class Framework(Protocol):
    """One framework.

    Attributes:
        functions: the functions of the framework that it follows, by their dotted names.
        methods: the methods of unknown objects whose calls it follows, by their arguments.
        inheriting: the methods and attributes that classes of the project have from the framework: `inherited` tells
            what they give.
        attributes: those of them that are not called.
    """

    functions: frozenset[str] = frozenset()
    methods: frozenset[str] = frozenset()
    inheriting: frozenset[str] = frozenset()
    attributes: frozenset[str] = frozenset()

    def function(self, frame: Frame, name: str, arguments: Arguments, ref: Ref) -> None:
        """Follow what one of its `functions` does with its arguments."""
        return  # most frameworks have none

    def method_of_unknown(self, frame: Frame, name: str, arguments: Arguments, ref: Ref) -> None:
        """Follow what one of its `methods` does with its arguments."""
        return  # most frameworks have none

    def constructed(self, frame: Frame, cls: Class, arguments: Arguments, ref: Ref) -> None:
        """Follow what an object of a class of the project is made for."""
        return  # most frameworks do nothing then

    def inherited(self, frame: Frame, owner: Instance, name: str, arguments: Arguments, ref: Ref) -> Value | None:
        """Return what a method returns, or an attribute holds, that a class of the project has from the framework."""
        return None  # most frameworks give none

    def run(self, evaluator: Evaluator) -> None:
        """Evaluate the classes of the project that the framework calls by itself."""
