"""What is known of a column beside its name: its type, and whether the database can look rows up by it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from perffix.project.summaries.operands import operands
from perffix.project.summaries.terms import (
    Argument,
    Attribute,
    Call,
    Combined,
    Display,
    Literal,
    Named,
    Parameter,
    Unknown,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.project.index import Class
    from perffix.project.orm.graph import Declaration, Model
    from perffix.project.summaries.terms import Body, Ref


class Column(NamedTuple):
    """A column of a table that the project declares.

    Attributes:
        name: the attribute.
        stored: its name in the database.
        type: what makes its values, such as `CharField` or `String`.
        declared: where.
        indexed: whether an index, a unique constraint or the primary key begins with it, or may do so.
        few: whether its values are some of a few: truth values, choices, an enumeration.
        key: whether it holds the key of another table.
    """

    name: str
    stored: str
    type: str
    declared: Declaration
    indexed: bool
    few: bool
    key: bool = False


class Table(NamedTuple):
    """A table that the project declares.

    Attributes:
        names: what it may be called in the database and in migrations, in lower case.
        grows: what shows that it gets more rows the longer the program runs; empty where nothing does.
        managed: whether its columns and indexes are the project's to choose.
    """

    names: frozenset[str]
    grows: str
    managed: bool


class Schema(Protocol):
    """The columns of the models of one mapper."""

    def column(self, model: Model, name: str) -> Column | None:
        """Return a column; None when not all is known of it."""

    def table(self, model: Model) -> Table:
        """Return the table of a model."""


def written(cls: Class, name: str) -> tuple[Body, Ref] | None:
    """Return what the statements of a class give a name, last."""
    refs = cls.summary.names.get(name, ())
    return (cls.summary.body, refs[-1]) if refs else None


def literal(body: Body, ref: Ref | None) -> object:
    """Return the value that is written at an entry; None where none is."""
    term = None if ref is None else body.entries[ref].term
    return term.value if isinstance(term, Literal) else None


def flag(body: Body, ref: Ref | None, *, otherwise: bool = False) -> bool | None:
    """Return a truth value that is written as an option; None when it is computed."""
    if ref is None:
        return otherwise
    term = body.entries[ref].term
    return bool(term.value) if isinstance(term, Literal) else None


def items_of(body: Body, ref: Ref) -> list[Ref] | None:
    """Return the items of a list that is written out, in several parts perhaps; None when more may be in it."""
    term = body.entries[ref].term
    if isinstance(term, Display):
        # What is spread into it, `*Base.indexes`, leaves an entry of which nothing is known.
        return None if any(isinstance(body.entries[each].term, Unknown) for each in term.items) else list(term.items)
    if isinstance(term, Combined) and term.operator == "+":
        left, right = items_of(body, term.left), items_of(body, term.right)
        return None if left is None or right is None else left + right
    return None


def words_in(body: Body, ref: Ref) -> Iterator[str]:
    """Yield the texts and names that an expression is made of: `Lower("name")`, `Book.name.desc()`."""
    term = body.entries[ref].term
    if isinstance(term, Literal):
        if isinstance(term.value, str):
            yield term.value.lstrip("-")
    elif isinstance(term, Named):
        yield from term.name.lstrip(":.").split(".")
    elif isinstance(term, (Parameter, Argument)):
        yield term.name
    else:
        if isinstance(term, Attribute):
            yield term.name
        for each in operands(term):
            yield from words_in(body, each)


def called(body: Body, ref: Ref) -> tuple[str, Call] | None:
    """Return the last part of the name of what an expression calls, and the call."""
    call = body.entries[ref].term
    if not isinstance(call, Call):
        return None
    function = body.entries[call.function].term
    if isinstance(function, Named):
        return function.name.rpartition(".")[2].lstrip(":"), call
    return (function.name, call) if isinstance(function, Attribute) else None
