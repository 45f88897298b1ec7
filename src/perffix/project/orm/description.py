"""What perffix believes of a value that has to do with the database, in words for the user."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.project.evaluation.values import Elements, Loaded, Manager, ModelClass, Query, Row, Value

if TYPE_CHECKING:
    from perffix.project.evaluation.values import Path


def described(value: Value) -> list[str]:
    """Return what is believed, the most important first, a phrase each; nothing for other values."""
    if isinstance(value, ModelClass):
        return [f"the model {value.model.label}"]
    if isinstance(value, Manager):
        return [_manager(value)]
    if isinstance(value, Elements):
        inner = [] if value.element is None else described(value.element)
        return [f"a list, each element {inner[0]}", *inner[1:]] if inner else []
    if isinstance(value, Query):
        return [_query(value), *_loaded(value.loaded)]
    if isinstance(value, Row):
        path = ".".join(field.name for field in value.path)
        way = f", reached by {path} from a row of {value.root.label}" if path else ""
        how = "each row" if value.many else "one row"
        return [f"{how} of {value.model.label}{way}", *_loaded(value.loaded)]
    return []


def _manager(manager: Manager) -> str:
    classes = ", ".join(cls.name for cls in manager.classes)
    through = f", with methods of {classes}" if classes else ""
    if manager.field is not None:
        return f"the manager of {manager.field.name}, rows of {manager.model.label}{through}"
    return f"a manager of {manager.model.label}{through}"


def _query(query: Query) -> str:
    kind = "a list of rows" if query.evaluated else "a query"
    field = f", the {query.field.name} of a row" if query.field is not None else ""
    narrowed = f", narrowed by {query.narrowed}()" if query.narrowed and query.field is not None else ""
    few = ", one at most" if query.few else ""
    return f"{kind} of {query.model.label}{field}{narrowed}{few}"


def _loaded(loaded: Loaded) -> list[str]:
    if loaded.unknown:
        return ["what comes with it is not known: nothing is reported"]
    found = []
    if loaded.joined:
        found.append(f"joined: {_paths(loaded.joined)}")
    if loaded.required:
        found.append("joined: all to-one relations that cannot be null")
    if loaded.prefetched:
        found.append(f"prefetched: {_paths(loaded.prefetched)}")
    found.extend([f"prefetched into the list {name}: {'.'.join(path)}" for name, path in sorted(loaded.lists)])
    if loaded.only is not None:
        found.append(f"only these columns: {_paths(loaded.only)}")
    if loaded.deferred:
        found.append(f"without these columns: {_paths(loaded.deferred)}")
    return found or ["no relation is loaded with it"]


def _paths(paths: frozenset[Path]) -> str:
    return ", ".join(sorted(".".join(path) for path in paths))
