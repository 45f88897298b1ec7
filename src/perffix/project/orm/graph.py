"""The model graph: which classes are tables, and how their rows lead to each other."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.model import Span
    from perffix.project.index import Class


class Kind(enum.Enum):
    """What an attribute of a row is."""

    COLUMN = "column"
    TO_ONE = "to one"  # a row of another table whose key is here
    REVERSE_ONE = "to one, from the other side"
    TO_MANY = "to many"
    GENERIC = "to one of any table"  # cannot be joined

    @property
    def is_relation(self) -> bool:
        """Whether it leads to other rows."""
        return self is not Kind.COLUMN

    @property
    def is_one(self) -> bool:
        """Whether it leads to a single row."""
        return self in (Kind.TO_ONE, Kind.REVERSE_ONE, Kind.GENERIC)


class Declaration(NamedTuple):
    """Where a field is declared: the file and the expression."""

    path: str
    span: Span


class Field(NamedTuple):
    """An attribute that the rows of a model have.

    Attributes:
        name: the attribute.
        kind: what it is.
        target: key of the model that it leads to; None for columns and where the target is not known.
        nullable: whether it may lead nowhere.
        declared: the declaration; None for fields of models outside of the project.
        by: what declares it, `ForeignKey`.
        query_name: its name in look-ups of the library, where that differs from the attribute.
        inverse: the attribute of the target that leads back, if there is one.
        indexed: whether the database finds rows by it without reading all.
        lazy: when it is loaded, in the words of the library; empty for when it is asked for.
        key: whether it is, or may be, a part of the key of its row, which always comes with the row.
        joinable: whether a join gives the rows that it leads to as they are otherwise: not where these belong to
            subclasses, which the mapper finds out for each.
    """

    name: str
    kind: Kind
    target: str | None
    nullable: bool
    declared: Declaration | None
    by: str
    query_name: str
    inverse: str | None
    indexed: bool
    lazy: str = ""
    key: bool = False
    joinable: bool = True


class Model:
    """A table.

    Attributes:
        key: the dotted name of its class.
        library: `django`, `sqlalchemy`, ...
        cls: its class; None for a model that the project only uses.
        label: the name by which strings refer to it: `shop.Order`.
        abstract: whether it only lends its fields to others.
        fields: its own, inherited and reverse ones, by attribute.
        complete: whether all classes above it are known, so that what is not a field here is none.
        parents: keys of the tables whose rows its rows extend.
    """

    __slots__ = ("abstract", "cls", "complete", "fields", "key", "label", "library", "parents")

    def __init__(
        self, key: str, library: str, cls: Class | None, label: str, *, abstract: bool, complete: bool
    ) -> None:
        self.key = key
        self.library = library
        self.cls = cls
        self.label = label
        self.abstract = abstract
        self.complete = complete
        self.fields: dict[str, Field] = {}
        self.parents: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<Model {self.label}>"

    @property
    def name(self) -> str:
        """The name of its class alone."""
        return self.key.rpartition(".")[2]

    @property
    def keeps_rows(self) -> bool:
        """Whether the session of its mapper keeps rows: to ask for one by its key a second time costs nothing."""
        return self.library == "sqlalchemy"

    def asked_for_each(self, field: Field) -> str:
        """Return for what a relation of the rows is asked once each: where rows are kept, for each that it leads to."""
        if not self.keeps_rows or field.kind is not Kind.TO_ONE or field.target is None:
            return f"`{self.name}`"
        return f"different `{field.target.rpartition('.')[2]}`"

    def relations(self) -> Iterator[Field]:
        """Yield the fields that lead to other rows."""
        return (field for field in self.fields.values() if field.kind.is_relation)


class ModelGraph:
    """All models of a project, those of its libraries that it uses among them, by key."""

    def __init__(self, models: dict[str, Model]) -> None:
        self.models = models

    def of_class(self, cls: Class) -> Model | None:
        """Return the model of a class, if it is one."""
        return self.models.get(cls.name)

    def relation(self, model: Model, attribute: str) -> tuple[Field, Model | None] | None:
        """Return the relation behind an attribute and the model that it leads to; None when it is no relation."""
        field = model.fields.get(attribute)
        if field is None or not field.kind.is_relation:
            return None
        return field, None if field.target is None else self.models.get(field.target)
