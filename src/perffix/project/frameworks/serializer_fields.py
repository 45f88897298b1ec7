"""How the fields of a serializer are written: their arguments, their names, and those that a model gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from perffix.project.evaluation.values import Several
from perffix.project.orm.graph import Field, Kind
from perffix.project.summaries.terms import Combined, Display, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.project.evaluation.frames import Frame
    from perffix.project.evaluation.values import Row
    from perffix.project.summaries.terms import Ref, Term


class FieldOptions(NamedTuple):
    """The arguments of a field."""

    values: dict[str, Term]

    def text(self, name: str) -> str | None:
        """Return an argument that is a text."""
        term = self.values.get(name)
        return term.value if isinstance(term, Literal) and isinstance(term.value, str) else None

    def flag(self, name: str) -> bool:
        """Tell whether an argument is True."""
        term = self.values.get(name)
        return isinstance(term, Literal) and term.value is True


def own_fields(row: Row) -> Iterator[Field]:
    """Yield the fields that a serializer shows of a model when it is to show all."""
    for field in row.model.fields.values():
        own = field.by.endswith("ManyToManyField") and not field.by.startswith("reverse")
        if own or field.kind in (Kind.COLUMN, Kind.TO_ONE):
            yield field


def texts(frame: Frame, ref: Ref) -> Iterator[tuple[str | None, Ref]]:
    """Yield the texts of a list with the entries that they stand at; None for what is not known."""
    term = frame.body.entries[ref].term
    if isinstance(term, Display):
        for item in term.items:
            value = frame.value(item)
            if frame.body.entries[item].kind == "Starred" or not isinstance(value, Literal):
                yield None, item
            else:
                yield str(value.value), item
        return
    if isinstance(term, Combined) and term.operator == "+":
        yield from texts(frame, term.left)
        yield from texts(frame, term.right)
        return
    value = frame.value(ref)
    for each in value.items if isinstance(value, Several) else (None,):
        yield (str(each.value) if isinstance(each, Literal) else None), ref
