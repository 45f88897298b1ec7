"""The columns of SQLAlchemy's models: their types, and the indexes that classes and modules give them."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from perffix.project.index import Class
from perffix.project.index import Value as Held
from perffix.project.orm.schema import Column, Table, called, flag, items_of, literal, words_in, written
from perffix.project.orm.sqlalchemy.declared import Declarations
from perffix.project.summaries.terms import Call, Named
from perffix.project.summaries.terms import Table as Options
from perffix.semantic import facts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from perffix.project.index import Index
    from perffix.project.orm.graph import Model
    from perffix.project.orm.sqlalchemy.declared import Declared
    from perffix.project.summaries.terms import Body, Ref

_FLAGS = ("index", "unique", "primary_key")
_APART = frozenset({"Index", "DDL", "UniqueConstraint", "create_index", "add_index", "create_unique_constraint"})
_ENDINGS = tuple(_APART)
_NEUTRAL = ("CheckConstraint", "ForeignKeyConstraint")


class SqlalchemySchema:
    """The columns of the models that a project declares for SQLAlchemy.

    Args:
        index: the modules.
    """

    def __init__(self, index: Index) -> None:
        self._index = index
        self._declarations = Declarations(index)
        known = facts.load("schema")
        self._facts = known["sqlalchemy"]
        self._few = frozenset(known["types"]["few"])
        self._leading_of: dict[str, set[str] | None] = {}

    def column(self, model: Model, name: str) -> Column | None:
        """Return a column; None when not all is known of it."""
        for cls in self._classes(model):
            for declared in self._declarations.of(cls):
                if declared.name == name:
                    return self._column(model, declared)
        return None

    def _classes(self, model: Model) -> Iterator[Class]:
        if model.cls is not None:
            yield from (each for each in self._index.ancestors(model.cls) if isinstance(each, Class))

    def _column(self, model: Model, declared: Declared) -> Column | None:
        made = self._making_call(declared)
        leading = self._leading(model)
        if made is None or leading is None or not self._is_plain(declared):
            return None
        body, calls = declared.body, made
        options = {key: value for call in calls for key, value in call.keywords if key is not None}
        said = [flag(body, options.get(each)) for each in _FLAGS]
        if None in said:
            return None
        types = [each for call in calls for each in self._types(body, call)] + self._annotated(declared)
        given = calls[-1].arguments if calls else ()
        first = literal(body, given[0]) if given else None
        stored = first if isinstance(first, str) else declared.name
        key = "ForeignKey" in types or "foreign_key" in options
        few = not key and (not types or any(each in self._few or each.endswith("Enum") for each in types))
        indexed = any(said) or not leading.isdisjoint((declared.name, stored))
        kind = next((each for each in types if each != "ForeignKey"), "")
        return Column(declared.name, stored, kind, declared.declaration, indexed, few, key)

    def _making_call(self, declared: Declared) -> list[Call] | None:
        """Return the call that makes a column, for SQLModel with that in its `sa_column`; None for unknown.

        A column that has only an annotation, `name: Mapped[str]`, takes none.
        """
        call, body = declared.call, declared.body
        if declared.kind == "column" and declared.maker == "Mapped" and call is None:
            return []
        if declared.kind != "column" or declared.maker not in self._facts["makers"] or call is None:
            return None
        calls = [call]
        inner = dict(call.keywords).get("sa_column")
        if inner is not None:
            made = called(body, inner)
            if made is None or made[0] not in self._facts["makers"]:
                return None
            calls.append(made[1])
        names = [name for each in calls for name, _ in each.keywords]
        return None if None in names or "sa_column_kwargs" in names or "sa_column_args" in names else calls

    def _is_plain(self, declared: Declared) -> bool:
        """Tell whether nothing but the call itself says what the column is: no alias of an annotated type."""
        if declared.annotation is None:
            return True
        name = declared.annotation.target
        definition, _ = self._index.resolve(name if "." in name or ":" in name else f":{name}", declared.module)
        return not isinstance(definition, Held)

    def _types(self, body: Body, call: Call) -> Iterator[str]:
        """Yield the names of what a column is given: its type, a `ForeignKey`."""
        options = dict(call.keywords)
        for ref in (*call.arguments, *(options[each] for each in ("type_", "sa_type") if each in options)):
            made = called(body, ref)
            term = body.entries[ref].term
            if made is not None:
                yield made[0]
            elif isinstance(term, Named):
                yield term.name.rpartition(".")[2].lstrip(":")

    def _annotated(self, declared: Declared) -> list[str]:
        return [] if declared.annotation is None else [declared.annotation.target.rpartition(".")[2].lstrip(":")]

    # Indexes

    def _leading(self, model: Model) -> set[str] | None:
        """Return the columns that the indexes and constraints of a model begin with; None when one may be computed."""
        if model.key not in self._leading_of:
            self._leading_of[model.key] = self._find_leading(model)
        return self._leading_of[model.key]

    def _find_leading(self, model: Model) -> set[str] | None:
        found = set(self._apart)
        tables = self.table(model).names
        for words in self._made_by_functions:
            if any(table in word.lower() for table in tables for word in words):
                found |= words
        for cls in self._classes(model):
            value = written(cls, "__table_args__")
            lists = [] if value is None else [value]
            method = cls.summary.methods.get("__table_args__")
            if method is not None:
                lists += [(method.body, ref) for ref in method.body.returns]
            for body, ref in lists:
                names = {each: name for name, refs in cls.summary.names.items() for each in refs}
                more = _first_columns(body, ref, names if body is cls.summary.body else {})
                if more is None:
                    return None
                found |= more
        return found

    @cached_property
    def _apart(self) -> frozenset[str]:
        """The words of indexes that modules make outside of classes, of whatever table."""
        bodies = (module.summary.body for module in self._index.modules.values())
        return frozenset(word for words in _made_apart(bodies) for word in words)

    @cached_property
    def _made_by_functions(self) -> list[frozenset[str]]:
        """The words of each index that a function makes."""
        modules = self._index.modules.values()
        functions = (function for module in modules for function in module.summary.functions.values())
        return list(_made_apart(function.body for function in functions))

    # Tables

    def table(self, model: Model) -> Table:
        """Return the table of a model."""
        names = {model.name.lower()}
        managed = True
        for cls in self._classes(model):
            value = written(cls, "__tablename__")
            said = None if value is None else literal(*value)
            if isinstance(said, str):
                names.add(said.lower())
            managed = managed and "__table__" not in cls.summary.names
        return Table(frozenset(names), self._growth(model), managed)

    def _growth(self, model: Model) -> str:
        for cls in self._classes(model):
            for declared in self._declarations.of(cls):
                for call in self._making_call(declared) or ():
                    options = dict(call.keywords)
                    types = {*self._types(declared.body, call), *self._annotated(declared)}
                    if "ForeignKey" in types or "foreign_key" in options:
                        return f"`{declared.name}` holds the key of another table"
                    stamps = {"default", "server_default", "default_factory"}
                    if not types.isdisjoint(self._facts["times"]) and not stamps.isdisjoint(map(str, options)):
                        return f"`{declared.name}` says when each row was made"
        return ""


def _made_apart(bodies: Iterable[Body]) -> Iterator[frozenset[str]]:
    """Yield the words of each call in some bodies that makes an index."""
    for body in bodies:
        entries = body.entries
        for ref in body.asking:
            term = entries[ref].term
            # `called` alone would do, but this goes through all calls of the project.
            if term.__class__ is not Call or not getattr(entries[term.function].term, "name", "").endswith(_ENDINGS):
                continue
            made = called(body, ref)
            if made is not None and made[0] in _APART:
                yield frozenset(word for argument in made[1].arguments for word in words_in(body, argument))


def _first_columns(body: Body, ref: Ref, names: Mapping[Ref, str]) -> set[str] | None:
    """Return the columns that the indexes of `__table_args__` begin with; None when that is computed.

    Args:
        body: what it stands in.
        ref: its entry.
        names: the columns that stand in the same body, by their entries.
    """
    if isinstance(body.entries[ref].term, Options):
        return set()
    items = items_of(body, ref)
    if items is None:
        return None
    found: set[str] = set()
    for each in items:
        made = called(body, each)
        if made is None:
            if not isinstance(body.entries[each].term, Options):
                return None
            continue
        kind, call = made
        if kind in _NEUTRAL:
            continue
        arguments = call.arguments[1:] if kind == "Index" else call.arguments
        if not arguments or any(not body.entries[argument].kind for argument in arguments[:1]):
            return None
        found.update(_words(body, arguments[0], names))
    return found


def _words(body: Body, ref: Ref, names: Mapping[Ref, str]) -> Iterator[str]:
    """Yield the names of the columns that an expression is made of."""
    from perffix.project.summaries.operands import operands

    if ref in names:
        yield names[ref]
        return
    term = body.entries[ref].term
    parts = operands(term)
    if not parts:
        yield from words_in(body, ref)
        return
    for each in parts:
        yield from _words(body, each, names)
