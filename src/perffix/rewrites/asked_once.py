"""What to write in place of a query that a loop repeats, in the words of its library."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from perffix.project.orm.accesses import Repeated

_COUNTED = frozenset({
    "count", "exists", "aggregate", "contains", "acount", "aexists", "aaggregate", "acontains",
})  # fmt: skip
_ONE_ROW = frozenset({
    "get", "first", "last", "earliest", "latest", "aget", "afirst", "alast", "one", "one_or_none", "scalar",
    "scalar_one", "scalar_one_or_none", "get_or_none", "get_by_id", "get_one", "get_or_404", "first_or_404",
})  # fmt: skip


def asked_once(repeated: Repeated) -> str:
    """Return how all turns of a loop are served by a query before it."""
    query, method = repeated.query, repeated.method
    library, name = query.model.library, query.model.name
    if library == "django":
        return _django(repeated)
    column = _column(repeated)
    if library == "sqlalchemy":
        counting = f"`select({name}.{column}, func.count()).group_by({name}.{column})`"
        fetching = f"`select({name}).where({name}.{column}.in_(values))`"
    elif library == "peewee":
        counting = f"`{name}.select({name}.{column}, fn.COUNT({name}.id)).group_by({name}.{column}).tuples()`"
        fetching = f"`{name}.select().where({name}.{column}.in_(values))`"
    else:
        counting = f'`{name}.annotate(number=Count("id")).group_by("{column}").values_list("{column}", "number")`'
        fetching = f"`{name}.filter({column}__in=values)`"
    if method in _COUNTED:
        return f"Count for all before the loop, {counting}, and put the numbers into a dictionary"
    after = "put them into a dictionary" if method in _ONE_ROW else "group them"
    return f"Fetch all rows before the loop, {fetching}, and {after}"


def _column(repeated: Repeated) -> str:
    """Return the column by which the query looks rows up; a word for it where that is not known."""
    query, field = repeated.query, repeated.query.field
    if field is not None:  # the rows of a relation: by the column that leads back
        back = query.model.fields.get(field.inverse or "")
        if back is None or not back.kind.is_one:
            return "column"
        if query.model.library == "sqlalchemy":
            return "column" if back.query_name == back.name else back.query_name
        return f"{back.name}_id" if query.model.library == "tortoise" else back.name
    if repeated.method in ("get", "get_by_id", "get_or_404", "get_one") and not query.conditions:
        return "id"
    names = {each.path for each in query.conditions or () if each.model is query.model}
    return names.pop() if len(names) == 1 else "column"


def _django(repeated: Repeated) -> str:
    if repeated.query.field is not None and repeated.method not in _COUNTED:
        name = repeated.query.field.name
        return f'Prefetch them with the rows of the loop: `Prefetch("{name}", queryset=..., to_attr=...)`'
    if repeated.method in _COUNTED and repeated.row is not None:
        return "Annotate the query of the loop with it: `Count`, `Exists` or a `Subquery` with `OuterRef`"
    if repeated.method in _COUNTED:
        return "Ask once before the loop: `values()` with `annotate()`, or the keys that exist as a set"
    if repeated.method in _ONE_ROW:
        return "Fetch all rows before the loop: `in_bulk(keys)`, or `filter(field__in=values)` put into a dictionary"
    return "Fetch all rows before the loop, `filter(field__in=values)`, and group them"
