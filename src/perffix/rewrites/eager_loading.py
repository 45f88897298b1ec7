"""What to tell a query so that it loads a relation or column with its rows, in the words of its library."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from perffix.model import Applicability, Fix, Related

if TYPE_CHECKING:
    from perffix.project.evaluation.evaluator import Evaluator
    from perffix.project.orm.stories import Story


class Advice(NamedTuple):
    """What to write: in a sentence, and as a fix, with the places that speak against an edit."""

    help: str
    fix: Fix
    related: tuple[Related, ...] = ()


def _column_advice(story: Story, evaluator: Evaluator) -> Advice:
    """Return how the query of a story is told to load a column that it leaves out."""
    if story.model.library == "sqlalchemy":
        from perffix.rewrites.sqlalchemy_eager_loading import sqlalchemy_fix

        fix = sqlalchemy_fix(story, evaluator)
    else:
        from perffix.rewrites.django_columns import column_fix

        fix = column_fix(story, evaluator)
    return Advice(fix.description, fix)


def eager_loading(story: Story, evaluator: Evaluator) -> Advice:
    """Return how the query of a story is told to load what is missed; only in words where that may change results."""
    from perffix.project.orm.changes import change_in_between

    advice = _advice(story, evaluator)
    if advice.fix.applicability is Applicability.DISPLAY or story.is_column or story.model.keeps_rows:
        return advice
    change = change_in_between(story.accesses, evaluator)
    if change is None:
        return advice
    name = change.model.name
    unless = f"unless code relies on what is written to `{name}` in between: it would not see that"
    text = f"{advice.fix.description}, {unless}"
    written = Related(change.place.span, f"`{name}` is written here", change.place.path)
    return Advice(text, Fix(Applicability.DISPLAY, text), (written,))


def _advice(story: Story, evaluator: Evaluator) -> Advice:
    """Return how the query of a story is told to load what is missed, whatever happens between query and code."""
    if story.is_column:
        return _column_advice(story, evaluator)
    if story.model.library == "sqlalchemy":
        from perffix.rewrites.sqlalchemy_eager_loading import sqlalchemy_advice, sqlalchemy_fix

        return Advice(sqlalchemy_advice(story, evaluator), sqlalchemy_fix(story, evaluator))
    if story.model.library == "peewee":
        from perffix.rewrites.peewee_eager_loading import peewee_advice, peewee_fix

        return Advice(f"Load it with the query: {peewee_advice(story, evaluator)}", peewee_fix(story, evaluator))
    if story.model.library == "tortoise":
        from perffix.rewrites.tortoise_eager_loading import tortoise_advice, tortoise_fix

        return Advice(f"Add `{tortoise_advice(story)}` to the query", tortoise_fix(story))
    from perffix.rewrites.django_columns import leaves_key_out
    from perffix.rewrites.django_eager_loading import (
        eager_loading_fix,
        eager_method,
        is_only_counted,
        joins_by_itself,
        lacks_key,
        lookup,
    )

    last, fix = story.steps[-1], eager_loading_fix(story)
    if any(leaves_key_out(step, story.path[0]) for step in story.steps):
        return Advice(fix.description, fix)
    if last.shared or joins_by_itself(story) or lacks_key(story) or last.method == "get_object":
        return Advice(fix.description, fix)
    if is_only_counted(story) or last is story.maker or last.made == "model" or last.name == "model":
        return Advice(fix.description, fix)
    call = f'.{eager_method(story)}("{lookup(story)}")'
    return Advice(f"Add `{call}` to the query", fix)
