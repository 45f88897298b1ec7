"""What the conditions of a SQLAlchemy query ask of columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.project.evaluation.values import Own
from perffix.project.orm.comparing import Attr
from perffix.project.orm.conditions import by_arguments, by_keywords
from perffix.semantic import facts

if TYPE_CHECKING:
    from perffix.project.evaluation.frames import Frame
    from perffix.project.evaluation.values import Value
    from perffix.project.orm.conditions import Condition
    from perffix.project.orm.graph import Model
    from perffix.project.summaries.terms import Ref


def conditions_of(frame: Frame, model: Model, method: str, ref: Ref) -> list[Condition] | None:
    """Return the conditions that a method of a query adds; None when they are not all known.

    Args:
        frame: where the call stands.
        model: whose rows the query gives.
        method: what is called.
        ref: the entry of the call.
    """
    if method == "filter_by":
        return by_keywords(frame, model, ref, lookup="exact")
    if method in ("filter", "where"):
        return by_arguments(frame, ref, _column)
    return [] if method in facts.load("sqlalchemy")["queries"]["unconditional"] else None


def _column(value: Value | None) -> tuple[Model, str] | None:
    if isinstance(value, Own) and isinstance(value.value, Attr):
        return value.value.model, value.value.name
    return None
