"""What running code asks of the database, as far as it can be told from the text."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from perffix.model import Related
    from perffix.project.evaluation.values import Query, Row
    from perffix.project.orm.graph import Field, Model
    from perffix.project.place import Place


_COUNTING = ("count", "exists", "acount", "aexists")


class Cost(enum.Enum):
    """Why a place of the code costs a query for each row."""

    RELATION = "a relation that is not loaded"
    QUERY = "a relation that is asked for some of its rows, or for all in another way"
    DEFEATED = "a prefetched relation that is asked for another set of rows"
    COLUMN = "a column that is not loaded"


class Access(NamedTuple):
    """A place that makes the database run a query once for each row of another query.

    Attributes:
        cost: why.
        row: the row at hand; its sites made the query that it came from, its path led to it.
        field: the relation or column.
        place: where it happens.
        sometimes: whether it happens for some of the rows only.
        route: the hand-overs on the way from the query to the place.
        query: what runs, when it is a query for several rows.
        method: the method that runs it, such as `count`; empty for a loop.
        asker: what asks for it on behalf of a framework, `serializer` or `admin`, or `template`; empty for plain code.
    """

    cost: Cost
    row: Row
    field: Field
    place: Place
    sometimes: bool
    route: tuple[Related, ...]
    query: Query | None = None
    method: str = ""
    asker: str = ""

    @property
    def is_counted(self) -> bool:
        """Whether no more is asked for than how many rows there are, or whether there is one."""
        return self.method in _COUNTING

    @property
    def path(self) -> tuple[Field, ...]:
        """The relations from the rows of the query to what is asked for, that one included."""
        return (*self.row.path, self.field)


class Repeated(NamedTuple):
    """A query that runs once in each turn of a loop, with other conditions in each.

    Attributes:
        query: what runs.
        method: the method that runs it, such as `get`; empty for a loop over its rows.
        place: where it runs.
        row: the row that it changes with, if that is what the loop runs over.
        sometimes: whether it runs in some of the turns only.
        route: the hand-overs on the way from the loop to the place.
        compared: the columns that equal a value of the turn, each with its model; none where that is not known of all.
    """

    query: Query
    method: str
    place: Place
    row: Row | None
    sometimes: bool
    route: tuple[Related, ...]
    compared: tuple[tuple[Model, str], ...] = ()
