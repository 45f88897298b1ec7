"""How a Tortoise query is told to load a relation with its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.model import Applicability, Fix
from perffix.rewrites.django_eager_loading import eager_loading_fix, eager_method, lookup

if TYPE_CHECKING:
    from perffix.project.orm.stories import Story

_LAZY = (
    "all", "filter", "exclude", "order_by", "limit", "offset", "distinct", "annotate", "using_db", "select_related",
    "prefetch_related",
)  # fmt: skip


def tortoise_advice(story: Story) -> str:
    """Return what to add to the query."""
    return f'.{eager_method(story)}("{lookup(story)}")'


def tortoise_fix(story: Story) -> Fix:
    """Return the fix that joins what is missed.

    What a prefetch fills is used by the attribute itself alone, not by its `all()`: that is only advised.
    """
    call = tortoise_advice(story)
    if any(access.method == "fetch_related" for access in story.accesses):
        prefetch = f'.prefetch_related("{lookup(story)}")'
        return Fix(Applicability.DISPLAY, f"Load it with the rows: `{prefetch}` instead of `fetch_related` for each")
    if eager_method(story) == "select_related":
        if all(step.method in _LAZY for step in story.steps):
            return eager_loading_fix(story)
        return Fix(Applicability.DISPLAY, f"Load it with the rows: `{call}`")
    names = [field.name for field in story.path if not field.kind.is_one]
    return Fix(
        Applicability.DISPLAY, f"Load it with the rows: `{call}`, and use `{names[-1]}` itself instead of its `all()`"
    )
