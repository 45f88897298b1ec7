"""What queries ask of columns, and where they run."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from perffix.project.summaries.terms import Attribute, Call, Combined, Named, Parameter
from perffix.semantic import facts

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from perffix.project.evaluation.frames import Frame
    from perffix.project.evaluation.values import Query, Row, Site, Value
    from perffix.project.orm.graph import Model
    from perffix.project.place import Place
    from perffix.project.summaries.terms import Ref

    Owner = Callable[[Value | None], tuple[Model, str] | None]


class Condition(NamedTuple):
    """What all rows of a query fulfil.

    Attributes:
        model: whose column it is, or where the path to the column begins.
        path: the attribute as the library names it in queries: `author__name`, `name__startswith`.
        lookup: how it is compared, such as `exact` or `in`; empty where the path says it.
        value: the entry of what it is compared with; -1 where no expression says it.
        site: the call that asks for it.
    """

    model: Model
    path: str
    lookup: str
    value: Ref
    site: Site


_OPERATORS = {"==": "exact", "<": "lt", "<=": "lte", ">": "gt", ">=": "gte", "!=": "not", "<<": "in"}
_SWAPPED = {"lt": "gt", "lte": "gte", "gt": "lt", "gte": "lte"}
_NO_COLUMNS = ("defaults", "create_defaults")  # what `get_or_create` gives a new row
Conditions = tuple[Condition, ...]


class Asked(NamedTuple):
    """A query under conditions that runs at a place.

    Attributes:
        query: what runs.
        method: the method that runs it, such as `get`; empty for a loop over its rows.
        place: where it runs.
        function: the function that it runs in, with its module in front.
    """

    query: Query
    method: str
    place: Place
    function: tuple[str, str]


def note_asked(frame: Frame, query: Query, ref: Ref, method: str) -> None:
    """Write down that a query runs at an entry, if all is known of what it asks of columns."""
    if query.conditions and ref >= 0 and query.owner is None:
        frame.evaluator.asked.append(Asked(query, method, frame.place(ref), (frame.module.name, frame.name)))


def with_conditions(query: Query, more: Iterable[Condition] | None) -> Query:
    """Return a query under more conditions; with None, nothing is known of its conditions any more."""
    if query.conditions is None:
        return query
    return query._replace(conditions=None if more is None else (*query.conditions, *more))


def by_keywords(frame: Frame, model: Model, ref: Ref, *, after: int = 0, lookup: str = "") -> list[Condition] | None:
    """Return the conditions that the keywords of a call make: `filter(name=name)`; None when there may be others.

    Args:
        frame: where the call stands.
        model: whose columns the keywords name.
        ref: the entry of the call.
        after: how many arguments without names make no condition.
        lookup: how the columns are compared, where their names do not say it.
    """
    term = frame.body.entries[ref].term if ref >= 0 else None
    if not isinstance(term, Call) or len(term.arguments) > after:
        return None
    site = frame.site(ref)
    found = []
    for name, value in term.keywords:
        if name is None:
            return None
        if name not in _NO_COLUMNS:
            found.append(Condition(model, name, lookup, value, site))
    return found


def by_arguments(frame: Frame, ref: Ref, owner: Owner) -> list[Condition] | None:
    """Return the conditions that the arguments of a call are: `where(Book.title == title)`; None for others.

    Args:
        frame: where the call stands.
        ref: the entry of the call.
        owner: tells of which model and column a value of the mapper is; None when it is no column.
    """
    term = frame.body.entries[ref].term if ref >= 0 else None
    if not isinstance(term, Call) or term.keywords:
        return None
    return _all_of([_read(frame, argument, ref, owner) for argument in term.arguments])


def compared_in_turns(frame: Frame, query: Query, turns: Collection[tuple[int, int] | Row]) -> tuple[Condition, ...]:
    """Return the conditions by which columns of a query equal values that change with some loops and rows.

    None are returned where such a value is compared in another way, or where not all conditions are known: no list of
    values could be asked for in their place.
    """
    found, unequal = [], facts.load("django_queries")["lookups"]
    for each in query.conditions or ():
        here = (each.site.module, each.site.body) == (frame.module.name, frame.name)
        if not here or each.value < 0 or frame.varies_with(each.value).isdisjoint(turns):
            continue
        path = each.path.removesuffix("__exact")
        if each.lookup not in ("", "exact") or path.rpartition("__")[2] in unequal:
            return ()
        found.append(each._replace(path=path))
    return tuple(found)


def _all_of(parts: list[list[Condition] | None]) -> list[Condition] | None:
    found: list[Condition] = []
    for part in parts:
        if part is None:
            return None
        found += part
    return found


def _read(frame: Frame, argument: Ref, ref: Ref, owner: Owner) -> list[Condition] | None:
    """Return what one condition asks: `Book.title == title`, `Book.id.in_(keys)`, `and_(...)`; None for others."""
    term = frame.body.entries[argument].term
    if isinstance(term, Combined):
        if term.operator == "&":
            return _all_of([_read(frame, each, ref, owner) for each in (term.left, term.right)])
        return _compared(frame, term, ref, owner)
    if not isinstance(term, Call):
        return None
    called = frame.body.entries[term.function].term
    if isinstance(called, Named) and called.name.rpartition(".")[2] == "and_":
        return _all_of([_read(frame, each, ref, owner) for each in term.arguments])
    return list(_asked_of_column(frame, term, ref, owner)) or None


def _compared(frame: Frame, term: Combined, ref: Ref, owner: Owner) -> list[Condition] | None:
    lookup = _OPERATORS.get(term.operator)
    left, right = (_column(frame, each, owner) for each in (term.left, term.right))
    if lookup is None or (left is None) == (right is None):
        return None  # two columns are a join
    if left is not None:
        return [Condition(*left, lookup, term.right, frame.site(ref))]
    assert right is not None
    return [Condition(*right, _SWAPPED.get(lookup, lookup), term.left, frame.site(ref))]


def _column(frame: Frame, ref: Ref, owner: Owner) -> tuple[Model, str] | None:
    """Return the model and column that an entry is; None also for what is handed over: such code serves any column."""
    return None if isinstance(frame.body.entries[ref].term, Parameter) else owner(frame.value(ref))


def _asked_of_column(frame: Frame, term: Call, ref: Ref, owner: Owner) -> Iterator[Condition]:
    """Yield what a method of a column asks: `Book.id.in_(keys)`."""
    called = frame.body.entries[term.function].term
    lookup, column = "", None
    if isinstance(called, Attribute):
        lookup, column = called.name, _column(frame, called.value, owner)
    elif isinstance(called, Named):
        name, _, lookup = called.name.rpartition(".")
        column = owner(frame.named(name, ref)) if name else None
    if column is not None and term.arguments:
        yield Condition(*column, "in" if lookup == "in_" else lookup, term.arguments[0], frame.site(ref))
