"""The columns of models that are declared by fields and a nested class `Meta`: Django's, Peewee's and Tortoise's."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from perffix.project.index import Class, External
from perffix.project.orm.graph import Declaration, Kind
from perffix.project.orm.schema import Column, Table, called, flag, items_of, literal, words_in, written
from perffix.project.summaries.terms import Call, Display, Literal, Named
from perffix.semantic import facts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.project.index import Index, Module
    from perffix.project.orm.graph import Model
    from perffix.project.summaries.terms import Body, Ref


class FieldSchema:
    """The columns of the models that a project declares for one mapper.

    Args:
        index: the modules.
        library: the mapper.
    """

    def __init__(self, index: Index, library: str) -> None:
        self._index = index
        known = facts.load("schema")
        self._facts = known[library]
        self._makers = tuple(self._facts["makers"])
        self._few = frozenset(known["types"]["few"])

    def column(self, model: Model, name: str) -> Column | None:
        """Return a column; None when not all is known of it."""
        field = model.fields.get(name)
        if field is None or field.kind is not Kind.COLUMN:
            return None
        for cls in self._classes(model):
            value = written(cls, name)
            if value is not None:
                return self._column(model, cls, name, *value)
        return None

    def is_unique(self, model: Model, name: str) -> bool:
        """Tell whether a field is declared, or may be declared, to hold each value once."""
        for cls in self._classes(model):
            value = written(cls, name)
            if value is not None:
                body, ref = value
                call = body.entries[ref].term
                keywords = call.keywords if isinstance(call, Call) else ((None, ref),)
                unique = next((option for name, option in keywords if name == "unique"), None)
                return any(name is None for name, _ in keywords) or flag(body, unique) is not False
        return True

    def _classes(self, model: Model) -> Iterator[Class]:
        if model.cls is not None:
            yield from (each for each in self._index.ancestors(model.cls) if isinstance(each, Class))

    def _column(self, model: Model, cls: Class, name: str, body: Body, ref: Ref) -> Column | None:
        call = body.entries[ref].term
        maker = self._maker(body, call, cls.module) if isinstance(call, Call) else None
        leading = self._leading(model)
        if not isinstance(call, Call) or maker is None or leading is None:
            return None
        options = {key: value for key, value in call.keywords if key is not None}
        if len(options) < len(call.keywords) or "constraints" in options:
            return None
        by_itself = maker in self._facts["indexed"]
        said = [flag(body, options.get(each), otherwise=by_itself) for each in self._facts["index_flags"]]
        said += [flag(body, options.get(each)) for each in self._facts["flags"]]
        if None in said:
            return None
        stored = next(
            (text for each in self._facts["stored"] if isinstance(text := literal(body, options.get(each)), str)), name
        )
        place = Declaration(cls.module.summary.path, body.entries[ref].span)
        few = maker in self._few or "choices" in options
        return Column(name, stored, maker, place, any(said) or name in leading, few)

    def _maker(self, body: Body, call: Call, module: Module) -> str | None:
        """Return the class of the mapper's own that makes a column; another's may add an index by itself."""
        function = body.entries[call.function].term
        if not isinstance(function, Named):
            return None
        definition, rest = self._index.resolve(function.name, module)
        if not isinstance(definition, External) or rest or not definition.name.startswith(self._makers):
            return None
        return definition.name.rpartition(".")[2]

    # Indexes

    def _leading(self, model: Model) -> set[str] | None:
        """Return the columns that the indexes and constraints of a model begin with; None when one may be computed."""
        found = set(self._apart)
        for cls in self._classes(model):
            meta = cls.summary.classes.get("Meta")
            if meta is None:
                continue
            for name in self._facts["lists"]:
                for ref in meta.names.get(name, ()):
                    more = _first_columns(meta.body, ref)
                    if more is None:
                        return None
                    found |= more
        return found

    @cached_property
    def _apart(self) -> frozenset[str]:
        """The words of indexes that are made outside of classes, `Book.add_index(...)`, of whatever table."""
        found: set[str] = set()
        names = frozenset(self._facts["apart"])
        for module in self._index.modules.values() if names else ():
            body = module.summary.body
            for ref, entry in enumerate(body.entries):
                made = called(body, ref) if isinstance(entry.term, Call) else None
                if made is not None and made[0] in names:
                    for each in made[1].arguments[:2]:
                        found.update(words_in(body, each))
        return frozenset(found)

    # Tables

    def table(self, model: Model) -> Table:
        """Return the table of a model."""
        app, _, name = model.label.lower().rpartition(".")
        names = {name, f"{app}_{name}"}
        managed = True
        for cls in self._classes(model):
            meta = cls.summary.classes.get("Meta")
            if meta is None:
                continue
            for option in ("db_table", "table_name", "table"):
                said = [literal(meta.body, ref) for ref in meta.names.get(option, ())]
                names.update(each.lower() for each in said if isinstance(each, str))
            managed = managed and all(literal(meta.body, ref) is True for ref in meta.names.get("managed", ()))
        return Table(frozenset(names), self._growth(model), managed)

    def _growth(self, model: Model) -> str:
        for field in model.fields.values():
            if field.kind is Kind.TO_ONE and not field.nullable and field.declared is not None:
                return f"each row belongs to a row of `{field.name}`"
        for cls in self._classes(model):
            for name, refs in cls.summary.names.items():
                made = called(cls.summary.body, refs[-1])
                if made is not None and made[0].startswith("Date") and _is_stamp(cls.summary.body, made[1]):
                    return f"`{name}` says when each row was made"
        return ""


def _is_stamp(body: Body, call: Call) -> bool:
    options = {key: value for key, value in call.keywords if key is not None}
    if flag(body, options.get("auto_now_add")):
        return True
    default = body.entries[options["default"]].term if "default" in options else None
    return isinstance(default, Named) and default.name.endswith((".now", ".utcnow", ".today"))


def _first_columns(body: Body, ref: Ref) -> set[str] | None:
    """Return the columns that listed indexes begin with; None when that is computed.

    They stand as `Index(fields=["a", "b"])`, as `("a", "b")`, as `(("a", "b"), True)`, or as one list of columns alone.
    """
    if called(body, ref) is not None:
        return _of_one(body, ref)  # CompositeKey("a", "b")
    items = items_of(body, ref)
    if items is None:
        return None
    if items and all(isinstance(body.entries[each].term, Literal) for each in items):
        return set(words_in(body, items[0]))
    found: set[str] = set()
    for each in items:
        more = _of_one(body, each)
        if more is None:
            return None
        found |= more
    return found


def _of_one(body: Body, ref: Ref) -> set[str] | None:
    """Return the column that one index begins with, several where it is an expression; None for unknown."""
    made = called(body, ref)
    if made is not None:
        fields = next((value for name, value in made[1].keywords if name == "fields"), None)
        if any(name is None for name, _ in made[1].keywords):
            return None
        if fields is None:
            return set(words_in(body, made[1].arguments[0])) if made[1].arguments else set()
        ref = fields
    term = body.entries[ref].term
    if not isinstance(term, Display):
        return None
    if not term.items:
        return set()
    first = body.entries[term.items[0]].term
    return set(words_in(body, first.items[0] if isinstance(first, Display) and first.items else term.items[0]))
