"""What to write in place of a loop that writes row by row, in the words of its mapper."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from perffix.project.orm.writes import Write
    from perffix.semantic.written_rows import WritingLoop

_WITHOUT_SAVE = "it calls no `save()` and sends no signals"
_ADVICE = {
    "django": {
        "create": f"Make the rows in memory and write them with `bulk_create()`: {_WITHOUT_SAVE}",
        "get_or_create": (
            f"Read the rows that are there with one query, and write the others with `bulk_create()`: {_WITHOUT_SAVE}"
        ),
        "update_or_create": (
            "Read the rows that are there with one query, write these with `bulk_update()` and the others with"
            " `bulk_create()`: they call no `save()` and send no signals"
        ),
        "save": f"Collect the rows and write them with `bulk_update()`: {_WITHOUT_SAVE}",
        "delete": "Delete all of them with one query: `filter(pk__in=...).delete()`",
        "update": "Read the rows with one query, and write them with `bulk_update()`",
    },
    "peewee": {
        "create": "Write all rows with `insert_many()` or `bulk_create()`",
        "save": "Write all rows with `bulk_update()`, new ones with `bulk_create()`",
        "delete_instance": "Delete all of them with one query: `Model.delete().where(Model.id.in_(...))`",
    },
    "tortoise": {
        "create": "Make the rows in memory and write them with `bulk_create()`",
        "save": "Write all rows with `bulk_update()`, new ones with `bulk_create()`",
        "delete": "Delete all of them with one query: `filter(pk__in=...).delete()`",
    },
}


def written_together(write: Write, found: WritingLoop) -> str:
    """Return how all rows are written that a loop writes one by one; empty where its mapper has no word for it."""
    method = write.method.removeprefix("a")
    if write.model.library == "django":
        if write.of_query and write.alike:
            return _of_all(method, write.columns)
        if method == "update_or_create" and write.columns and not found.tells_new:
            return _upserted(write.columns)
        if method == "save" and (write.fresh or found.copies):
            method = "create"
        elif method == "save" and found.alike:
            values = ", ".join(f"{name}=..." for name in found.alike)
            return f"Write one statement for all rows: `update({values})` of a query: {_WITHOUT_SAVE}"
    return _ADVICE[write.model.library].get(method, "")


def _of_all(method: str, columns: tuple[str, ...]) -> str:
    """Return how one statement does to the rows of all turns what a loop does to those of each."""
    if len(columns) > 1:
        joined = f"join the conditions of all turns, `Q(...) | Q(...)`, for one `{method}()`"
        return f"Write one statement for all rows: {joined}"
    call = "delete()" if method == "delete" else "update(...)"
    return f"Write one statement for all rows: `filter({columns[0] if columns else 'pk'}__in=...).{call}`"


def _upserted(columns: tuple[str, ...]) -> str:
    """Return how rows are written that may be there, which the database finds by columns that are unique."""
    names = ", ".join(f'"{each}"' for each in columns)
    call = f"bulk_create(update_conflicts=True, unique_fields=[{names}], update_fields=[...])"
    return f"Write all rows with `{call}`: {_WITHOUT_SAVE}"
