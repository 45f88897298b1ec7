"""What the classes of a project declare for SQLAlchemy: columns, relations, tables."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from perffix.project.index import Class, External, Function
from perffix.project.orm.graph import Declaration
from perffix.project.orm.schema import called, words_in
from perffix.project.orm.sqlalchemy.annotations import annotation_of
from perffix.project.orm.sqlalchemy.imperative import imperative_mappings, table_written
from perffix.project.summaries.operands import operands
from perffix.project.summaries.terms import Call, Display, Literal, Named, Table
from perffix.project.summaries.terms import Function as LambdaTerm
from perffix.semantic import facts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from perffix.project.index import Index, Module
    from perffix.project.orm.sqlalchemy.annotations import Annotation
    from perffix.project.orm.sqlalchemy.imperative import ClassMapping
    from perffix.project.summaries.terms import Body, Ref


class Declared(NamedTuple):
    """An attribute of a mapped class as it is declared.

    Attributes:
        name: the attribute.
        kind: `relation`, `dynamic relation`, `column`, `deferred column` or `proxy`.
        maker: the function that makes it.
        cls: the class that has it.
        module: where it is declared.
        body: the body that the call stands in.
        call: the call; None where an annotation stands alone.
        annotation: what its annotation says.
        options: the arguments with names, those of `sa_relationship_kwargs` too.
        declaration: where it stands.
    """

    name: str
    kind: str
    maker: str
    cls: Class
    module: Module
    body: Body
    call: Call | None
    annotation: Annotation | None
    options: Mapping[str, Ref]
    declaration: Declaration

    @property
    def target(self) -> Ref | None:
        """The entry of the class that a relation leads to, if it is an argument."""
        if self.call is None:
            return None
        positional = self.call.arguments[0] if self.call.arguments else None
        return positional if positional is not None else self.options.get("argument")

    def text(self, name: str) -> str | None:
        """Return an argument that is a literal, as text."""
        ref = self.options.get(name)
        term = None if ref is None else self.body.entries[ref].term
        if isinstance(term, Call) and term.arguments:  # backref("books", lazy="dynamic")
            term = self.body.entries[term.arguments[0]].term
        return str(term.value) if isinstance(term, Literal) else None

    def of_call(self, name: str, option: str) -> str | None:
        """Return an argument of the call that an argument is, as text: `lazy` of `backref=backref("x", lazy=True)`."""
        ref = self.options.get(name)
        term = None if ref is None else self.body.entries[ref].term
        if not isinstance(term, Call):
            return None
        inner = dict(term.keywords).get(option)
        value = None if inner is None else self.body.entries[inner].term
        return str(value.value) if isinstance(value, Literal) else None

    def names_in(self, option: str) -> list[str]:
        """Return the dotted names that an argument mentions: of columns in `foreign_keys=`."""
        ref = self.options.get(option)
        return [] if ref is None else list(_names(self.body, ref))

    def foreign_columns(self) -> list[str]:
        """Return the columns that a condition for the join marks with `foreign(...)`."""
        ref = self.options.get("primaryjoin")
        if ref is None:
            return []
        said = self.text("primaryjoin")
        if said is not None:
            return re.findall(r"foreign\(([\w.]+)", said)
        calls = (called(self.body, each) for each in _within(self.body, ref))
        marked = [each[1] for each in calls if each is not None and each[0] == "foreign" and each[1].arguments]
        return [name for call in marked for name in _names(self.body, call.arguments[0])]


def _names(body: Body, ref: Ref) -> Iterator[str]:
    term = body.entries[ref].term
    if isinstance(term, Named):
        yield term.name
    elif isinstance(term, Literal) and isinstance(term.value, str):
        yield from re.findall(r"[A-Za-z_][\w.]*", term.value)
    elif isinstance(term, Display):
        for each in term.items:
            yield from _names(body, each)
    elif isinstance(term, LambdaTerm):
        yield from _names(body, term.result)


class ForeignKeys(NamedTuple):
    """The tables that a class's columns point to: names of tables, and names of classes in its module; and which."""

    tables: Mapping[str, frozenset[str]]  # table or dotted class: the columns that point there


class Declarations:
    """What the classes of a project declare.

    Args:
        index: the modules.
    """

    def __init__(self, index: Index) -> None:
        self._index = index
        known = facts.load("sqlalchemy")
        self._makers: dict[str, str] = known["makers"]
        self._packages = tuple(known["packages"])
        self._plain = frozenset(known["annotations"]["plain"])
        self._of_class: dict[Class, tuple[Declared, ...]] = {}
        self._needed_by: dict[Class, frozenset[str]] = {}

    @cached_property
    def imperative(self) -> dict[Class, ClassMapping]:
        """The classes that are mapped by calls."""
        return imperative_mappings(self._index)

    def of(self, cls: Class) -> tuple[Declared, ...]:
        """Return what the statements of a class declare, without its bases."""
        found = self._of_class.get(cls)
        if found is None:
            found = self._of_class[cls] = tuple(self._declared(cls))
        return found

    def _declared(self, cls: Class) -> Iterator[Declared]:
        summary = cls.summary
        path = cls.module.summary.path
        for ref in summary.names.get("__table__", ())[-1:]:
            yield from self._mapped(cls, table_written(self._index, cls.module, summary.body, ref))
        if cls in self.imperative:
            yield from self._mapped(cls, self.imperative[cls])
        for name, refs in summary.names.items():
            annotation = summary.annotations.get(name)
            said = None if annotation is None else annotation_of(summary.body, annotation)
            ref = refs[-1]
            yield from self._made(name, cls, summary.body, ref, said, Declaration(path, summary.body.entries[ref].span))
        for name, method in summary.methods.items():
            decorators = (method.body.entries[each].term for each in method.decorators)
            if any(isinstance(each, Named) and "declared_attr" in each.name.split(".") for each in decorators):
                said = None if method.annotation is None else annotation_of(method.body, method.annotation)
                for ref in method.body.returns[-1:]:
                    yield from self._made(name, cls, method.body, ref, said, Declaration(path, method.span))
        for name, annotation in summary.annotations.items():
            if name not in summary.names and _is_mapped(summary.body, annotation):
                said = annotation_of(summary.body, annotation)
                place = Declaration(path, summary.body.entries[annotation].span)
                yield Declared(name, "column", "Mapped", cls, cls.module, summary.body, None, said, {}, place)

    def _mapped(self, cls: Class, mapping: ClassMapping) -> Iterator[Declared]:
        """Yield the columns of a class's table, and the properties that a call gives it."""
        for each in mapping.attributes:
            place = Declaration(each.module.summary.path, each.body.entries[each.ref].span)
            yield from self._made(each.name, cls, each.body, each.ref, None, place, each.module)

    def _made(
        self,
        name: str,
        cls: Class,
        body: Body,
        ref: Ref,
        said: Annotation | None,
        place: Declaration,
        module: Module | None = None,
    ) -> Iterator[Declared]:
        module = module or cls.module
        call = body.entries[ref].term
        function = body.entries[call.function].term if isinstance(call, Call) else None
        if not isinstance(call, Call) or not isinstance(function, Named):
            return
        maker = function.name.rpartition(".")[2].lstrip(":")
        kind = self._makers.get(maker)
        if kind is None or not self.is_of_library(function.name, module):
            return
        options = {key: value for key, value in call.keywords if key is not None}
        more = options.get("sa_relationship_kwargs")
        table = None if more is None else body.entries[more].term
        if isinstance(table, Table):
            for key, value in table.items:
                literal = None if key is None else body.entries[key].term
                if isinstance(literal, Literal) and isinstance(literal.value, str):
                    options.setdefault(literal.value, value)
        inner = options.get("sa_relationship")
        if inner is not None:
            yield from self._made(name, cls, body, inner, said, place, module)
            return
        if kind == "column" and self._is_true(body, options.get("deferred")):
            kind = "deferred column"
        if "deferred_raiseload" in options or "raiseload" in options:
            kind = "column" if kind == "deferred column" else kind  # who asks for it gets an error
        if "link_model" in options:
            options.setdefault("secondary", options["link_model"])
        yield Declared(name, kind, maker, cls, module, body, call, said, options, place)

    def is_key(self, declared: Declared) -> bool:
        """Tell whether a column comes with each row, whatever is left out, or may do so.

        A part of the key does, and what the mapper itself needs to tell classes or versions of rows apart.
        """
        if declared.call is None:
            said = declared.annotation
            plain = said is not None and said.target.rpartition(".")[2].lstrip(":") in self._plain
            return declared.name == "id" or not plain
        body = declared.body
        calls = [declared.call]
        for name, ref in declared.call.keywords:
            inner = body.entries[ref].term
            if name == "sa_column" and isinstance(inner, Call):
                calls.append(inner)
        for call in calls:
            if any(name == "primary_key" or name is None for name, _ in call.keywords):
                return True
        return declared.name in self._needed(declared.cls)

    def _needed(self, cls: Class) -> frozenset[str]:
        """Return the columns that `__mapper_args__` and a constraint for the key mention."""
        found = self._needed_by.get(cls)
        if found is None:
            found = self._needed_by[cls] = frozenset(_mentioned(cls))
        return found

    def _is_true(self, body: Body, ref: Ref | None) -> bool:
        term = None if ref is None else body.entries[ref].term
        return isinstance(term, Literal) and term.value is True

    def is_of_library(self, name: str, module: Module) -> bool:
        """Tell whether a called name is a function of the mapper, not another one of that name."""
        definition, rest = self._index.resolve(name, module)
        if isinstance(definition, External):
            if definition.name.startswith(self._packages):
                return True
            return not definition.name.startswith(("django", "peewee", "tortoise", "pydantic", "dataclasses")) and (
                name.count(".") > 1 and "db" in name.split(".")
            )
        if isinstance(definition, Function):
            return definition.summary.name in ("mapped_column", "relationship")
        return bool(rest) and not isinstance(definition, Class)

    def foreign_keys(self, cls: Class) -> ForeignKeys:
        """Return the tables that the columns of a class and its bases point to."""
        tables: dict[str, set[str]] = {}
        for each in self._index.ancestors(cls):
            if not isinstance(each, Class):
                continue
            for declared in self.of(each):
                if declared.call is not None and "column" in declared.kind:
                    for table in self._pointed_to(declared.body, declared.call, declared.module):
                        tables.setdefault(table, set()).add(declared.name)
            for columns, table in self._constraints(each):
                tables.setdefault(table, set()).update(columns)
        return ForeignKeys({table: frozenset(columns) for table, columns in tables.items()})

    def _pointed_to(self, body: Body, call: Call, module: Module) -> Iterator[str]:
        """Yield what the `ForeignKey` of a column names: a table or the dotted name of a class."""
        for name, ref in call.keywords:
            if name in ("foreign_key", "sa_column", "sa_column_args"):
                yield from self._key_of(body, ref, module)
        for ref in call.arguments:
            yield from self._key_of(body, ref, module)

    def _key_of(self, body: Body, ref: Ref, module: Module) -> Iterator[str]:
        term = body.entries[ref].term
        if isinstance(term, Literal) and isinstance(term.value, str) and "." in term.value:
            yield term.value.split(".")[-2]
        elif isinstance(term, Named) and term.name:
            definition, rest = self._index.resolve(term.name, module)
            if isinstance(definition, Class) and rest:
                yield definition.name
        elif isinstance(term, Call):
            called = body.entries[term.function].term
            last = called.name.rpartition(".")[2].lstrip(":") if isinstance(called, Named) else ""
            if last == "ForeignKey":
                column = term.arguments[0] if term.arguments else dict(term.keywords).get("column")
                if column is not None:
                    yield from self._key_of(body, column, module)
            elif last in self._makers:
                yield from self._pointed_to(body, term, module)
        elif isinstance(term, Display):
            for each in term.items:
                yield from self._key_of(body, each, module)

    def _constraints(self, cls: Class) -> Iterator[tuple[list[str], str]]:
        """Yield the columns and the table of each `ForeignKeyConstraint` of a class."""
        bodies = [cls.summary.body]
        if "__table_args__" in cls.summary.methods:
            bodies.append(cls.summary.methods["__table_args__"].body)
        for body in bodies:
            for entry in body.entries:
                term = entry.term
                called = body.entries[term.function].term if isinstance(term, Call) else None
                if not isinstance(term, Call) or not isinstance(called, Named) or len(term.arguments) < 2:
                    continue
                if called.name.rpartition(".")[2].lstrip(":") == "ForeignKeyConstraint":
                    columns = list(_names(body, term.arguments[0]))
                    for table in set(self._key_of(body, term.arguments[1], cls.module)):
                        yield columns, table


def _mentioned(cls: Class) -> Iterator[str]:
    """Yield the names in what a class tells its mapper, and in the constraint that makes columns its key."""
    names = {ref: name for name, refs in cls.summary.names.items() for ref in refs}
    for special in ("__mapper_args__", "__table_args__"):
        method = cls.summary.methods.get(special)
        bodies = [(cls.summary.body, ref) for ref in cls.summary.names.get(special, ())]
        if method is not None:
            bodies += [(method.body, ref) for ref in method.body.returns]
        for body, ref in bodies:
            for each in _within(body, ref):
                if special == "__mapper_args__" or _constrains(body, each):
                    yield from words_in(body, each)
                    if body is cls.summary.body:
                        yield from (names[inner] for inner in _within(body, each) if inner in names)


def _within(body: Body, ref: Ref) -> Iterator[Ref]:
    """Yield an entry and all that it is made of."""
    yield ref
    for each in operands(body.entries[ref].term):
        yield from _within(body, each)


def _constrains(body: Body, ref: Ref) -> bool:
    made = called(body, ref)
    return made is not None and made[0] == "PrimaryKeyConstraint"


def _is_mapped(body: Body, ref: Ref) -> bool:
    from perffix.project.summaries.terms import Item

    term = body.entries[ref].term
    outside = body.entries[term.value].term if isinstance(term, Item) else None
    return isinstance(outside, Named) and outside.name.rpartition(".")[2] == "Mapped"
