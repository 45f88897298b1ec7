"""The values that a call hands over, and the way that they come."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from perffix.model import Related
    from perffix.project.evaluation.values import Value


class Arguments(NamedTuple):
    """The values of a call."""

    positional: tuple[Value | None, ...]
    keywords: tuple[tuple[str, Value | None], ...]
    complete: bool  # no `*args` or `**options` among them

    def get(self, position: int, name: str) -> Value | None:
        """Return an argument by its position or keyword."""
        if position < len(self.positional):
            return self.positional[position]
        return dict(self.keywords).get(name)

    def without_first(self) -> Arguments:
        """Return the arguments after the first."""
        return self._replace(positional=self.positional[1:])


class Handing(NamedTuple):
    """How a function comes to its arguments.

    Attributes:
        route: how their values came there.
        depth: how many calls are around this one.
        sometimes: whether this happens for some of the rows only.
    """

    route: tuple[Related, ...]
    depth: int
    sometimes: bool


FROM_NOBODY = Handing((), 0, sometimes=False)
NO_ARGUMENTS = Arguments((), (), complete=True)
UNKNOWN_ARGUMENTS = Arguments((), (), complete=False)
