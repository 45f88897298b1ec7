"""What `select_related`, `prefetch_related`, `only` and `defer` add to a query."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.project.evaluation.values import EVERYTHING, NOTHING, Loaded, Path, PrefetchObject, Query, Value
from perffix.project.summaries.terms import Literal

if TYPE_CHECKING:
    from perffix.project.evaluation.arguments import Arguments
    from perffix.project.evaluation.frames import Frame


def loading_call(frame: Frame, loaded: Loaded, name: str, arguments: Arguments) -> Loaded:
    """Return what comes with the rows after a call of one of these methods."""
    if not arguments.complete or name == "fetch_mode":
        return EVERYTHING
    values = arguments.positional
    if any(isinstance(each, Literal) and each.value is None for each in values):
        if name == "select_related":
            return loaded._replace(joined=frozenset(), required=False)
        if name == "defer":
            return loaded._replace(only=None, deferred=frozenset())
        return loaded._replace(prefetched=frozenset(), lists=frozenset(), below=frozenset())
    if name == "select_related" and not values:
        return loaded._replace(joined=frozenset(), required=True)
    if name == "prefetch_related":
        for each in values:
            loaded = loaded.merged(_prefetch(frame, each))
        return loaded
    texts = [each.value for each in values if isinstance(each, Literal) and isinstance(each.value, str)]
    if len(texts) < len(values):
        return EVERYTHING
    if name == "select_related":
        # Names take the place of what the call joins by itself that has none, and the other way round.
        return loaded._replace(joined=loaded.joined.union(_path(each) for each in texts), required=False)
    columns = frozenset(_path(each) for each in texts)
    return _only(loaded, columns) if name == "only" else _without(loaded, columns)


def _only(loaded: Loaded, columns: frozenset[Path]) -> Loaded:
    """Return what comes after `only`, which takes the place of another one; what was deferred stays so."""
    return loaded._replace(only=(columns - loaded.deferred) or None, deferred=frozenset())


def _without(loaded: Loaded, columns: frozenset[Path]) -> Loaded:
    """Return what comes after `defer`; when nothing is left of an `only`, all comes but what that did not name."""
    if loaded.only is None:
        return loaded._replace(deferred=loaded.deferred | columns)
    rest = loaded.only - columns
    return loaded._replace(only=rest) if rest else loaded._replace(only=None, deferred=columns - loaded.only)


def _path(text: str) -> Path:
    return tuple(text.split("__"))


def _prefetch(frame: Frame, value: Value | None) -> Loaded:
    if isinstance(value, Literal) and isinstance(value.value, str):
        return Loaded(prefetched=frozenset([_path(value.value)]))
    if isinstance(value, PrefetchObject):
        path = _path(value.path)
        if value.attribute is not None:
            return Loaded(lists=frozenset([(value.attribute, path)]))
        return Loaded(prefetched=frozenset([path]), below=frozenset([(path, value.loaded)]))
    return EVERYTHING


def prefetch_object(arguments: Arguments) -> PrefetchObject | None:
    """Return what a call of `Prefetch` makes; None when its path is computed."""
    path, query, attribute = (
        arguments.get(index, name) for index, name in enumerate(("lookup", "queryset", "to_attr"))
    )
    if not isinstance(path, Literal) or not isinstance(path.value, str):
        return None
    given = query is not None or "queryset" in dict(arguments.keywords) or len(arguments.positional) > 1
    loaded = query.loaded if isinstance(query, Query) else EVERYTHING if given else NOTHING
    named = attribute.value if isinstance(attribute, Literal) and isinstance(attribute.value, str) else None
    return PrefetchObject(path.value, loaded, named)
