"""Queries of SQLAlchemy whose rows have several columns, or none that is a row of a model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from perffix.project.evaluation.values import NOTHING, ModelClass, Own, Query, Record, Row, Several, Value
from perffix.project.orm.comparing import Attr
from perffix.project.orm.loadings import note_loading
from perffix.project.orm.sqlalchemy.loading import (
    LIBRARY,
    Columns,
    each_column,
    given_options,
    options_for,
    with_options,
)
from perffix.project.orm.sqlalchemy.sharing import with_each_other
from perffix.project.summaries.terms import Call, Literal
from perffix.semantic import facts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perffix.project.evaluation.arguments import Arguments
    from perffix.project.evaluation.frames import Frame
    from perffix.project.orm.graph import Model
    from perffix.project.summaries.terms import Ref


class Narrow(Protocol):
    """Returns a query after one of the methods that leave fewer of its rows."""

    def __call__(self, frame: Frame, query: Query, name: str, arguments: Arguments, ref: Ref) -> Query:
        """Return the query with what the call at an entry adds."""


class Run(Protocol):
    """Notes that a query runs at an entry, by a method."""

    def __call__(self, frame: Frame, query: Query, ref: Ref, method: str) -> None:
        """Note it."""


class ColumnQueries:
    """Answers for queries of columns.

    Args:
        narrow: what a query of one model answers to methods that leave fewer rows.
        run: what notes that a query runs.
    """

    def __init__(self, narrow: Narrow, run: Run) -> None:
        known = facts.load("sqlalchemy")
        self._queries = known["queries"]
        self._sessions = known["sessions"]
        self._narrow = narrow
        self._run = run

    def selected(self, frame: Frame, arguments: Arguments, ref: Ref, *, certain: bool) -> Value | None:
        """Return the query of some models and columns; None where nothing tells that it is one.

        Args:
            frame: where the call stands.
            arguments: what is selected.
            ref: the entry of the call.
            certain: whether the function is known to be SQLAlchemy's.
        """
        if not arguments.complete:
            return None
        items: Sequence[Value | None] = arguments.positional
        if len(items) == 1 and isinstance(items[0], Several):
            items = items[0].items
        columns: list[Query | None] = []
        names: list[str] = []
        for each in items:
            if isinstance(each, ModelClass) and each.model.library == LIBRARY:
                columns.append(Query(each.model, NOTHING, (frame.site(ref),)))
                names.append(each.model.name)
            else:
                columns.append(None)
                names.append(each.value.name if isinstance(each, Own) and isinstance(each.value, Attr) else "")
        if len(columns) == 1 and columns[0] is not None:
            return columns[0]
        asked = next((each for each in columns if each is not None), None)
        model = None if asked is not None else _model_in(frame, ref)
        if model is not None:
            asked = Query(model, NOTHING, (frame.site(ref),))
        if asked is None and not certain:
            return None
        return Own(LIBRARY, with_each_other(Columns(tuple(names), tuple(columns), asked)))

    def executed(self, frame: Frame, name: str, value: Columns, ref: Ref) -> Value | None:
        """Return what a session's method gives for a statement of columns."""
        known = self._sessions
        if name not in (*known["rows"], *known["adapting"], *known["elements"], *known["single"]):
            return None
        self._ask(frame, value, ref, name)
        ran = each_column(value, lambda query: query._replace(sites=(*query.sites, frame.site(ref)), evaluated=True))
        if name in (*known["rows"], *known["adapting"]):
            return Own(LIBRARY, ran)
        first = ran.columns[0] if ran.columns else None
        if first is None:
            return None
        return first if name in known["elements"] else Row(first.model, first.loaded, first.sites)

    def call(self, frame: Frame, value: Columns, name: str, arguments: Arguments, ref: Ref) -> Value | None:
        """Return what a method of a query of columns, or of its result, returns."""
        known = self._queries
        value = each_column(value, lambda query: query._replace(sites=(*query.sites, frame.site(ref))))
        if name == "options":
            options = given_options(frame, arguments, ref)
            return Own(LIBRARY, each_column(value, lambda query: with_options(query, options_for(query, options))))
        if name in known["same"]:
            first = arguments.positional[0] if arguments.positional else None
            if value.asked is None and name == "select_from" and isinstance(first, ModelClass):
                value = value._replace(asked=Query(first.model, NOTHING, (frame.site(ref),)))
            return Own(LIBRARY, each_column(value, lambda query: self._narrow(frame, query, name, arguments, ref)))
        if name in (*known["many"], *known["single"]):
            for query in value.columns:
                if query is not None:
                    note_loading(frame, query, name, arguments, ref)
        if name in (*known["many"], *known["single"], "count"):
            self._ask(frame, value, ref, name)
        if name in known["many"]:
            return Own(LIBRARY, each_column(value, lambda query: query._replace(evaluated=True)))
        if name == "scalars":
            index = arguments.positional[0] if arguments.positional else Literal(0)
            number = index.value if isinstance(index, Literal) else None
            return value.columns[number] if isinstance(number, int) and number < len(value.columns) else None
        if name in ("scalar", "scalar_one", "scalar_one_or_none"):
            first_column = value.columns[0] if value.columns else None
            return None if first_column is None else Row(first_column.model, first_column.loaded, first_column.sites)
        if name in known["single"]:
            rows = (None if each is None else Row(each.model, each.loaded, each.sites) for each in value.columns)
            return Record(value.names, tuple(rows))
        return None

    def looped(self, frame: Frame, value: Columns, ref: Ref) -> None:
        """Note that the rows are looped over at an entry."""
        if not any(value.columns):
            self._ask(frame, value, ref, "")

    def _ask(self, frame: Frame, value: Columns, ref: Ref, method: str) -> None:
        if value.asked is not None and not value.asked.evaluated:
            self._run(frame, value.asked, ref, method)


def _model_in(frame: Frame, ref: Ref) -> Model | None:
    """Return the model whose columns a call selects, also within functions: `select(func.count(Book.id))`."""
    entries = frame.body.entries
    term = entries[ref].term if ref >= 0 else None
    for argument in term.arguments if isinstance(term, Call) else ():
        value = frame.value(argument)
        if isinstance(value, Own) and isinstance(value.value, Attr):
            return value.value.model
        if isinstance(value, ModelClass) and value.model.library == LIBRARY:
            return value.model
        inner = entries[argument].term
        called = frame.value(inner.function) if isinstance(inner, Call) else None
        found = None if isinstance(called, (Own, Query)) or inner is term else _model_in(frame, argument)
        if found is not None:
            return found
    return None
