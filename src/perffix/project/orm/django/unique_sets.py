"""Sets of columns whose values a table holds once: a query that asks for all of them gives one row at most."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.project.index import Class
from perffix.project.orm.graph import Kind
from perffix.project.orm.schema import called, flag, items_of, literal, written
from perffix.project.summaries.terms import Call, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.project.evaluation.values import Query
    from perffix.project.index import Index
    from perffix.project.orm.graph import Model
    from perffix.project.summaries.terms import Body, Ref

_UNIQUE = ("unique", "primary_key")
_KEYS = ("pk", "id")


class UniqueSets:
    """The sets of columns that the models of a project declare to be unique.

    Args:
        index: the modules.
    """

    def __init__(self, index: Index) -> None:
        self._index = index
        self._of_models: dict[str, tuple[frozenset[str], ...]] = {}

    def one_row(self, query: Query) -> bool:
        """Tell whether a query asks for one value of each column of such a set.

        A related manager asks for the key of its row by itself. Columns that may be null are left aside: a table may
        hold as many nulls as it likes.
        """
        if not query.conditions:
            return False
        asked = set(_equal(query))
        own = _own_key(query)
        if own is not None:
            asked.add(own)
        return any(asked.issuperset(names) for names in self._of(query.model))

    def asked_for(self, query: Query) -> tuple[str, ...]:
        """Return the columns that a query asks for one value each, if they are such a set, or the key; else none."""
        asked = tuple(dict.fromkeys(_equal(query)))
        if len(asked) < len(query.conditions or ()):
            names = [each.path for each in query.conditions or ()]
            return tuple(names) if len(names) == 1 and names[0] in _KEYS else ()
        return asked if frozenset(asked) in self._of(query.model) else ()

    def _of(self, model: Model) -> tuple[frozenset[str], ...]:
        if model.key not in self._of_models:
            single = (frozenset([name]) for name in model.fields if self._is_unique(model, name))
            self._of_models[model.key] = (*single, *self._together(model))
        return self._of_models[model.key]

    def _classes(self, model: Model) -> Iterator[Class]:
        if model.cls is not None:
            yield from (each for each in self._index.ancestors(model.cls) if isinstance(each, Class))

    def _is_unique(self, model: Model, name: str) -> bool:
        field = model.fields[name]
        if field.by.endswith("OneToOneField") and field.kind is Kind.TO_ONE:
            return True
        said = next((value for cls in self._classes(model) if (value := written(cls, name)) is not None), None)
        if said is None:
            return False
        body, ref = said
        call = body.entries[ref].term
        options = dict(call.keywords) if isinstance(call, Call) else {}
        return any(flag(body, options.get(each)) for each in _UNIQUE)

    def _together(self, model: Model) -> Iterator[frozenset[str]]:
        """Yield what the options of a model say of several columns: its own, or the nearest that it inherits."""
        meta = next((found for cls in self._classes(model) if (found := cls.summary.classes.get("Meta"))), None)
        if meta is None:
            return
        for ref in meta.names.get("unique_together", ())[-1:]:
            yield from _unique_together(meta.body, ref)
        for ref in meta.names.get("constraints", ())[-1:]:
            for each in items_of(meta.body, ref) or ():
                names = _constraint(meta.body, each)
                if names:
                    yield names


def _equal(query: Query) -> Iterator[str]:
    """Yield the columns of which a query asks for one value."""
    for each in query.conditions or ():
        name = _compared(query.model, each.path, each.lookup) if each.model is query.model else None
        if name:
            yield name


def _compared(model: Model, path: str, lookup: str) -> str | None:
    """Return the column that a condition gives one value, by the name of its field; None for other conditions."""
    name = path.removesuffix("__exact")
    if lookup not in ("", "exact"):
        return None
    head, _, last = name.partition("__")
    field = model.fields.get(head if last in _KEYS else name)
    if field is None or field.nullable:
        return None
    relation = model.fields.get(field.name.removesuffix("_id"))
    return field.name if relation is None or relation.kind is not Kind.TO_ONE else relation.name


def _own_key(query: Query) -> str | None:
    """Return the foreign key by which a relation finds its rows, which its manager asks for by itself."""
    field = query.field
    if query.owner is None or field is None or field.kind is not Kind.TO_MANY or field.inverse is None:
        return None
    back = query.model.fields.get(field.inverse)
    return field.inverse if back is not None and back.kind is Kind.TO_ONE else None


def _unique_together(body: Body, ref: Ref) -> Iterator[frozenset[str]]:
    """Yield the sets of `unique_together`: several, or one that stands alone."""
    items = items_of(body, ref) or []
    if any(isinstance(body.entries[each].term, Literal) for each in items):
        names = _texts(body, items)
        if names:
            yield names
        return
    for each in items:
        names = _texts(body, items_of(body, each) or [])
        if names:
            yield names


def _constraint(body: Body, ref: Ref) -> frozenset[str] | None:
    """Return the columns of a constraint that holds for all rows; None for another one."""
    made = called(body, ref)
    if made is None or made[0] != "UniqueConstraint" or made[1].arguments:
        return None
    options = dict(made[1].keywords)
    if None in options or "condition" in options or "fields" not in options:
        return None
    return _texts(body, items_of(body, options["fields"]) or [])


def _texts(body: Body, refs: list[Ref]) -> frozenset[str] | None:
    texts = [literal(body, each) for each in refs]
    names = frozenset(each for each in texts if isinstance(each, str))
    return names if texts and len(names) == len(texts) else None
