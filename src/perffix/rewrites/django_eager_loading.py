"""How a Django query is told to load a relation with its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.model import AddArgument, Applicability, Code, Fix, InsertAfter, Replace
from perffix.project.orm.graph import Kind
from perffix.rewrites.django_columns import leaves_key_out, with_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perffix.model import NodeRef
    from perffix.project.orm.stories import Step, Story

# After these a query can no longer be told what to load, or would load it in another place.
_COMBINED = ("union", "intersection", "difference", "raw")
_STREAMING = ("iterator", "aiterator")
_LOCKING = ("select_for_update",)
_RAW = ("extra",)  # which may name columns without their tables
_ROWS = ("get_object",)  # which gives a row, not a query


def eager_method(story: Story) -> str:
    """Return the method that loads what is missed.

    A join reaches single rows only, of one class each. A query that locks its rows locks what it joins as well, and to
    one with SQL of its own a join may bring columns of the same names.
    """
    joined = all(field.kind in (Kind.TO_ONE, Kind.REVERSE_ONE) and field.joinable for field in story.path)
    apart = any(step.method in (*_LOCKING, *_RAW) for step in story.steps)
    return "select_related" if joined and not apart else "prefetch_related"


def lookup(story: Story) -> str:
    """Return the path to what is missed as that method takes it."""
    joins = eager_method(story) == "select_related"
    return "__".join(field.query_name if joins else field.name for field in story.path)


def eager_loading_fix(story: Story) -> Fix:
    """Return the fix that makes a query load what is missed.

    It is unsafe: the rows stay the same, but the statement and the memory that it takes do not.
    """
    if is_only_counted(story):
        return Fix(Applicability.DISPLAY, _annotation(story))
    method, path = eager_method(story), lookup(story)
    description = f'Load it with the rows: `.{method}("{path}")`'
    maker = story.maker
    if maker is not None and maker.joined and method == "select_related":
        return Fix(Applicability.DISPLAY, _instead_of_by_itself(maker, path, in_class=maker is story.steps[-1]))
    reason = _refusal(story, method)
    if reason:
        return Fix(Applicability.DISPLAY, f"{description}, {reason}")
    existing = next((step for step in reversed(story.steps) if step.method == method), None)
    if existing is not None and existing.texts is None:
        existing = None  # with `Prefetch`, which may stand for the same relations, or None, which drops all before
    hindering = [step for step in story.steps if leaves_key_out(step, story.path[0])]
    if hindering:
        adds_key = existing is None and hindering == [_last_lazy(story.steps)]
        code = with_key(hindering[0], story.path[0], f'.{method}("{path}")') if adds_key else None
        description += ", and add its columns to those that are loaded"
        edits = () if code is None else (Replace(hindering[0].node, code),)
        return Fix(Applicability.UNSAFE if edits else Applicability.DISPLAY, description, edits)
    if existing is not None and existing.texts:
        return Fix(Applicability.UNSAFE, description, (_with_argument(existing, path),))
    last = story.steps[-1]
    if last is story.maker:
        return _admin_fix(last, method, path)
    whole = f'{story.model.name}.objects.{method}("{path}")'
    if last.made == "model":
        description = f"Hand over `{whole}` in the place of `{story.model.name}`"
        code = Code(f'$model.objects.{method}("{path}")', {"model": last.node})
        return Fix(Applicability.UNSAFE, description, (Replace(last.node, code),))
    if last.name == "model" and last.statement is not None:  # `model = Book`, of which the framework makes a query
        description = f"Load it with the rows: `queryset = {whole}`"
        code = Code(f'queryset = $model.objects.{method}("{path}")', {"model": last.node})
        return Fix(Applicability.UNSAFE, description, (InsertAfter(last.statement, code),))
    target = _last_lazy(story.steps)
    if target is None:
        of_view = ", in `get_queryset`" if story.steps[-1].method in _ROWS else ""
        return Fix(Applicability.DISPLAY, f"{description}{of_view}")
    code = Code(f'$query.{method}("{path}")', {"query": target.node})
    return Fix(Applicability.UNSAFE, description, (Replace(target.node, code),))


def is_only_counted(story: Story) -> bool:
    """Tell whether no more is asked of what is missed than how many rows there are, or whether there is one."""
    return all(access.is_counted and access.path == story.path for access in story.accesses)


def _annotation(story: Story) -> str:
    """Return what brings the number of related rows along, which would all be loaded to be counted otherwise."""
    *before, last = story.path
    if all(field.kind.is_one for field in before):
        path, rows = "__".join(field.query_name for field in story.path), "the rows"
    else:
        path, rows = last.query_name, f"each `{story.accesses[-1].row.model.name}`, in the query of a `Prefetch`,"
    return f'Annotate {rows} with their number: `Count("{path}", distinct=True)`'


def _admin_fix(step: Step, method: str, path: str) -> Fix:
    """Return the fix for a list of rows in Django's admin."""
    if method != "select_related" or step.made == "inline":
        return Fix(Applicability.DISPLAY, f'Override `get_queryset` and load it there: `.{method}("{path}")`')
    description = f'Load it with the rows: "{path}" in `list_select_related`'
    if step.name == "list_display" and step.made == "admin" and step.statement is not None:
        code = Code(f'list_select_related = ["{path}"]', {})
        return Fix(Applicability.UNSAFE, description, (InsertAfter(step.statement, code),))
    if step.name == "list_select_related" and step.made == "admin" and step.node.kind in ("List", "Tuple"):
        brackets = "()" if step.node.kind == "Tuple" else "[]"
        return Fix(Applicability.UNSAFE, description, (_with_item(step, brackets, path),))
    return Fix(Applicability.DISPLAY, description)


def _instead_of_by_itself(maker: Step, path: str, *, in_class: bool) -> str:
    """Return what to write for a list of the admin to which Django joins relations as long as it is told none.

    Once one is named, all of them have to be: the others would cost a query for each row again.
    """
    names = sorted({*maker.joined, path})
    longest = [f'"{each}"' for each in names if not any(other.startswith(f"{each}__") for other in names)]
    listed = ", ".join(longest)
    whole = f"`list_select_related = [{listed}]`" if in_class else f"`.select_related({listed})`"
    return f"Load it with the rows: {whole}, with what Django joins here as long as none is named"


def _with_item(step: Step, brackets: str, path: str) -> Replace:
    """Return the edit that adds a path to a list; a path that the new one goes on from gives way."""
    pieces: dict[str, NodeRef | str] = {}
    items = []
    for number, (argument, text) in enumerate(zip(step.arguments, step.texts or (), strict=True)):
        if not path.startswith(f"{text}__"):
            pieces[f"item{number}"] = argument
            items.append(f"$item{number}")
    items.append(f'"{path}"')
    comma = "," if brackets == "()" and len(items) == 1 else ""
    return Replace(step.node, Code(f"{brackets[0]}{', '.join(items)}{comma}{brackets[1]}", pieces))


def _with_argument(step: Step, path: str) -> Replace | AddArgument:
    """Return the edit that adds a path to a call that is there; a path that the new one goes on from gives way."""
    assert step.texts is not None
    code = Code(f'"{path}"')
    for argument, text in zip(step.arguments, step.texts, strict=True):
        if path.startswith(f"{text}__"):
            return Replace(argument, code)
    return AddArgument(step.node, code)


def _last_lazy(steps: Sequence[Step]) -> Step | None:
    """Return the last expression of a query after which a method can be called that says what to load."""
    for step in reversed(steps):
        if step.method not in (*_STREAMING, *_ROWS) and step.node.kind in ("Call", "Attribute"):
            return step
    return None


def joins_by_itself(story: Story) -> bool:
    """Tell whether relations of the rows are joined by `select_related()` without names, and no longer with names."""
    return any(access.row.loaded.required for access in story.accesses)


def _refusal(story: Story, method: str) -> str:
    """Return why the query cannot be told so by a mechanical edit."""
    if story.steps[-1].shared:
        return "where the query is asked for: rows of other models come from here, too"
    methods = [step.method for step in story.steps]
    if any(each in _COMBINED for each in methods):
        return "before the queries are combined"
    if method == "prefetch_related" and any(each in _STREAMING for each in methods):
        return "with a `chunk_size` for `iterator`"
    if method == "select_related" and joins_by_itself(story):
        return "and name all others that are asked for, too: with names it no longer joins them by itself"
    if lacks_key(story):
        return "once its columns are loaded: `only()` or `defer()` leaves them out before"
    return ""


def lacks_key(story: Story) -> bool:
    """Tell whether code apart from the query, such as its manager, leaves out the key of what is to be joined."""
    first = story.path[0]
    if first.kind is not Kind.TO_ONE or any(leaves_key_out(step, first) for step in story.steps):
        return False
    rows = [access.row for access in story.accesses if not access.row.path]
    return any(row.loaded.leaves_out(first.name, f"{first.name}_id") for row in rows)
