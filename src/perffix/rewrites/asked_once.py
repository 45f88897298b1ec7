"""What to write in place of a query that a loop repeats, in the words of its library."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.project.orm.graph import Kind
from perffix.project.summaries.operands import operands
from perffix.project.summaries.terms import Attribute, Call, Named

if TYPE_CHECKING:
    from perffix.project.evaluation.evaluator import Evaluator
    from perffix.project.orm.accesses import Repeated
    from perffix.project.orm.graph import Model

_COUNTED = frozenset({
    "count", "exists", "aggregate", "contains", "acount", "aexists", "aaggregate", "acontains",
})  # fmt: skip
_ONE_ROW = frozenset({
    "get", "first", "last", "earliest", "latest", "aget", "afirst", "alast", "one", "one_or_none", "scalar",
    "scalar_one", "scalar_one_or_none", "get_or_none", "get_by_id", "get_one", "get_or_404", "first_or_404",
})  # fmt: skip
_BY_KEY = ("get", "get_by_id", "get_or_404", "get_one")
_KEYS = ("pk", "id")
_SELECTING = ("func", "fn")  # what functions of the database are attributes of
_AGGREGATES = ("count", "sum", "min", "max", "avg")


def asked_once(repeated: Repeated, evaluator: Evaluator) -> str:
    """Return how all turns of a loop are served by a query before it."""
    if repeated.query.model.library == "django":
        return _django(repeated, evaluator)
    columns = _columns(repeated)
    aggregate = "count" if repeated.method in _COUNTED else _aggregate(repeated, evaluator)
    if aggregate:
        word = "Count for all" if aggregate == "count" else "Ask for all"
        grouped = _grouped(repeated.query.model, columns, aggregate)
        return f"{word} before the loop, {grouped}, and put the numbers into a dictionary"
    after = "put them into a dictionary" if repeated.method in _ONE_ROW else "group them"
    return f"Fetch all rows before the loop, {_fetched(repeated.query.model, columns)}, and {after}"


def _grouped(model: Model, columns: list[str], aggregate: str) -> str:
    """Return the query that gives a number for each of the values of some columns."""
    if model.library == "tortoise":
        names = ", ".join(f'"{each}"' for each in columns) or "..."
        number = f'{aggregate.title()}("id")'
        return f'`{model.name}.annotate(number={number}).group_by({names}).values_list({names}, "number")`'
    names = ", ".join(columns) or "..."
    if model.library == "peewee":
        number = f"fn.{aggregate.upper()}({f'{model.name}.id' if aggregate == 'count' else '...'})"
        return f"`{model.name}.select({names}, {number}).group_by({names}).tuples()`"
    number = f"func.{aggregate}({'' if aggregate == 'count' else '...'})"
    return f"`select({names}, {number}).group_by({names})`"


def _fetched(model: Model, columns: list[str]) -> str:
    """Return the query that gives all rows with some values in some columns."""
    if not columns:
        return f"by one query of `{model.name}`"
    if model.library == "tortoise":
        return f"`{model.name}.filter({', '.join(f'{each}__in=...' for each in columns)})`".replace("...", "values")
    if model.library == "peewee":
        return f"`{model.name}.select().where({', '.join(f'{each}.in_(values)' for each in columns)})`"
    compared = columns[0] if len(columns) == 1 else f"tuple_({', '.join(columns)})"
    return f"`select({model.name}).where({compared}.in_(values))`"


def _columns(repeated: Repeated) -> list[str]:
    """Return the columns by which the query looks rows up, as its library names them; none where one is not known."""
    query, field = repeated.query, repeated.query.field
    if field is not None:  # the rows of a relation: by the column that leads back
        back = query.model.fields.get(field.inverse or "")
        pairs = [(query.model, back.name)] if back is not None and back.kind.is_one else []
    elif repeated.method in _BY_KEY and not query.conditions:
        pairs = [(query.model, "id")]
    else:
        pairs = list(repeated.compared)
    names = [_spelled(model, path) for model, path in pairs]
    return [each for each in names if each is not None] if None not in names else []


def _spelled(model: Model, path: str) -> str | None:
    """Return a column as the library of its model names it in a condition that asks for several values."""
    field = model.fields.get(path)
    is_key = field is not None and field.kind is Kind.TO_ONE
    if model.library == "tortoise":
        return f"{path}_id" if is_key else path
    if "__" in path:
        return None
    if is_key and field is not None and model.library == "sqlalchemy":
        return None if field.query_name == path else f"{model.name}.{field.query_name}"
    return f"{model.name}.{path}"


def _aggregate(repeated: Repeated, evaluator: Evaluator) -> str:
    """Return what the database makes of all rows of the query: their number, a sum; empty where it gives rows."""
    for site in repeated.query.sites:
        if site.ref < 0:
            continue
        entries = evaluator.body_of(site).entries
        term = entries[site.ref].term
        pending = list(term.arguments) if isinstance(term, Call) else []
        while pending:
            part = entries[pending.pop()].term
            called = entries[part.function].term if isinstance(part, Call) else None
            owner, _, name = called.name.rpartition(".") if isinstance(called, Named) else ("", "", "")
            if owner.rpartition(".")[2].lstrip(":") in _SELECTING and name.lower() in _AGGREGATES:
                return name.lower()
            if isinstance(part, (Attribute, Call)):
                pending.extend(operands(part))
    return ""


def _django(repeated: Repeated, evaluator: Evaluator) -> str:
    query, columns = repeated.query, list(dict.fromkeys(path for _, path in repeated.compared))
    if query.field is not None and repeated.method not in _COUNTED:
        if _is_of_itself(repeated, evaluator):
            deeper = f"`{query.model.name}.objects.filter({query.field.inverse}__in=rows)`"
            return f"Ask level by level, {deeper}: a prefetch reaches a single one"
        return f'Prefetch them with the rows of the loop: `Prefetch("{query.field.name}", queryset=..., to_attr=...)`'
    if repeated.method in _COUNTED and repeated.row is not None:
        return "Annotate the query of the loop with it: `Count`, `Exists` or a `Subquery` with `OuterRef`"
    if repeated.method in _COUNTED:
        names = ", ".join(f'"{each}"' for each in columns)
        return f"Ask once before the loop: `values({names})` with `annotate()`, or the keys that exist as a set"
    fetched = f"`filter({', '.join(f'{each}__in=values' for each in columns or ['field'])})`"
    if repeated.method in _ONE_ROW and set(columns) <= set(_KEYS):
        of_others = "" if columns else f", or {fetched} put into a dictionary"
        return f"Fetch all rows before the loop: `in_bulk(keys)`{of_others}"
    if repeated.method in _ONE_ROW:
        return f"Fetch all rows before the loop: {fetched}, put into a dictionary"
    in_order = ", or go through one query in this order with `itertools.groupby()`"
    is_inner = repeated.row is not None and not repeated.method
    return f"Fetch all rows before the loop, {fetched}, and group them{in_order if is_inner else ''}"


def _is_of_itself(repeated: Repeated, evaluator: Evaluator) -> bool:
    """Tell whether the query runs in a function that calls itself again for the rows: down a tree."""
    around = evaluator.changes.code_at(repeated.place.path, repeated.place.span.line)
    owner = repeated.query.owner
    if around is None or owner is None or owner.model is not repeated.query.model:
        return False
    entries = around.summary.body.entries
    called = (entries[each.term.function].term for each in entries if isinstance(each.term, Call))
    names = (each.name for each in called if isinstance(each, (Attribute, Named)))
    return any(each.rpartition(".")[2].lstrip(":") == around.summary.name for each in names)
