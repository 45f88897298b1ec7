"""With what the conditions change that a method of SQLAlchemy's queries and sessions adds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.project.orm.varying import NEVER, Turns, by_conditions, by_keywords, by_values
from perffix.project.summaries.terms import Call
from perffix.semantic import facts

if TYPE_CHECKING:
    from perffix.project.evaluation.frames import Frame
    from perffix.project.orm.graph import Model
    from perffix.project.summaries.terms import Ref

_CONDITIONS = ("filter", "where", "having")


def turns_of(frame: Frame, model: Model, method: str, ref: Ref, before_key: int = 0) -> Turns:
    """Return the loops and rows with which a query changes by a call.

    Args:
        frame: where the call stands.
        model: whose rows the query gives.
        method: what is called.
        ref: the entry of the call.
        before_key: how many arguments stand before the key that is looked for.
    """
    if method == "filter_by":
        return by_keywords(frame, model, ref)
    if method in (*facts.load("sqlalchemy")["sessions"]["by_key"], "with_parent"):
        term = frame.body.entries[ref].term if ref >= 0 else None
        if not isinstance(term, Call):
            return NEVER
        keys = (*term.arguments[before_key:], *(value for name, value in term.keywords if name == "ident"))
        return by_values(frame, model, keys[:1])
    return by_conditions(frame, ref) if method in _CONDITIONS else NEVER
