"""What the options of a SQLAlchemy query say about the relations and columns that come with its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from perffix.project.evaluation.values import EVERYTHING, NOTHING, Loaded, ModelClass, Own, Path, Query, Several, Value
from perffix.project.orm.comparing import Attr
from perffix.project.summaries.terms import Attribute, Call, Literal
from perffix.semantic import facts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from perffix.project.evaluation.arguments import Arguments
    from perffix.project.evaluation.frames import Frame
    from perffix.project.orm.graph import Model
    from perffix.project.summaries.terms import Ref

LIBRARY = "sqlalchemy"


class Option(NamedTuple):
    """What a loader function makes.

    Attributes:
        root: whose rows it speaks of; None when it does not say.
        path: the relations from those rows to where a further call goes on.
        loaded: what it loads.
        gap: how much of the path is not loaded by the option itself: what is beyond comes with those rows, whenever.
    """

    root: Model | None
    path: Path
    loaded: Loaded
    gap: int = 0


class Columns(NamedTuple):
    """A query, or its result, whose rows have several columns, some of which hold rows of models.

    Attributes:
        names: how the columns are called in a row; empty for those without a name that is known.
        columns: a query for each column that holds rows of a model.
        asked: the query of the model that it asks, also where no column holds its rows; None for unknown.
    """

    names: tuple[str, ...]
    columns: tuple[Query | None, ...]
    asked: Query | None = None


def is_loader(name: str) -> bool:
    """Tell whether a function of this name makes an option."""
    known = facts.load("sqlalchemy")["loaders"]
    return name == "Load" or any(name in names for names in known.values())


def loader(name: str, arguments: Arguments, before: Option | None) -> Option:
    """Return what a loader function makes, also as a method of another option."""
    start = before if before is not None else Option(None, (), NOTHING)
    known = facts.load("sqlalchemy")["loaders"]
    first = arguments.positional[0] if arguments.positional else None
    if name == "Load":
        return start._replace(root=first.model) if isinstance(first, ModelClass) else start
    if name in known["neutral"]:
        return start
    unknown = start._replace(loaded=EVERYTHING)
    if name in known["columns"]:
        return _columns(name, arguments, start) if arguments.complete else unknown
    if name == "lazyload" and isinstance(first, Literal) and first.value == "*":
        return start
    names = _names(arguments.positional)
    if names is None or not arguments.complete:
        return unknown
    root = start.root
    if root is None and isinstance(first, Own) and isinstance(first.value, Attr):
        root = first.value.model
    path, loaded, gap = start.path, start.loaded, start.gap
    for number, each in enumerate(names, 1):
        path = (*path, each)
        beyond = frozenset([path[gap:]])
        if number < len(names) and not name.endswith("_all"):
            gap = len(path)  # of several, the last is loaded with the others, whenever they are
            continue
        if name in known["joined"]:
            more = Loaded(joined=beyond)
        elif name in known["prefetched"]:
            more = Loaded(prefetched=beyond)
        elif name in known["never"]:
            more = Loaded(joined=beyond, below=frozenset([(path[gap:], EVERYTHING)]))
        else:
            gap = len(path)
            continue
        loaded = loaded.merged(Loaded(below=frozenset([(path[:gap], more)])) if gap else more)
    return Option(root, path, loaded, gap)


def _names(values: Iterable[Value | None]) -> list[str] | None:
    """Return the relations that arguments name one after another; None when they are not known or are all."""
    found: list[str] = []
    for value in values:
        if isinstance(value, Own) and isinstance(value.value, Attr):
            found.append(value.value.name)
        elif isinstance(value, Literal) and isinstance(value.value, str) and value.value != "*":
            found.extend(value.value.split("."))
        elif not isinstance(value, ModelClass):
            return None
    return found or None


def _columns(name: str, arguments: Arguments, start: Option) -> Option:
    names = _names(arguments.positional)
    if name == "undefer_group" or names is None or arguments.keywords:  # who asks then may get an error
        return start._replace(loaded=EVERYTHING)
    first = arguments.positional[0]
    if start.root is None and not start.path and isinstance(first, Own) and isinstance(first.value, Attr):
        start = start._replace(root=first.value.model)
    if name == "undefer":
        changed = Loaded(joined=frozenset((each,) for each in names))
    elif name == "defer":
        changed = Loaded(deferred=frozenset((each,) for each in names))
    else:
        changed = Loaded(only=frozenset((each,) for each in names))
    if start.path:
        changed = Loaded(below=frozenset([(start.path, changed)]))
    return start._replace(loaded=start.loaded.merged(changed))


def below(option: Option, inner: Option) -> Option:
    """Return an option with another that goes on where it ends."""
    path, loaded = option.path, inner.loaded
    if loaded.unknown:
        return option._replace(loaded=EVERYTHING)
    more = Loaded(
        frozenset((*path, *each) for each in loaded.joined),
        frozenset((*path, *each) for each in loaded.prefetched),
        below=frozenset(((*path, *each), rest) for each, rest in loaded.below),
    )
    return option._replace(loaded=option.loaded.merged(more))


def options_in(values: Iterable[Value | None]) -> list[Option] | None:
    """Return the options among arguments; None when one of them is not known."""
    found: list[Option] = []
    for value in values:
        if isinstance(value, Own) and isinstance(value.value, Option):
            found.append(value.value)
        elif isinstance(value, Several):
            inner = options_in(value.items)
            if inner is None:
                return None
            found += inner
        else:
            return None
    return found


def with_options(query: Query, options: list[Option] | None) -> Query:
    """Return a query with options; of unknown ones all may come."""
    loaded = query.loaded
    if options is None:
        return query._replace(loaded=EVERYTHING)
    for option in options:
        loaded = loaded.merged(option.loaded)
    return query._replace(loaded=loaded)


def each_column(columns: Columns, change: Callable[[Query], Query]) -> Columns:
    """Return columns with each query changed."""
    changed = tuple(None if each is None else change(each) for each in columns.columns)
    return columns._replace(columns=changed, asked=None if columns.asked is None else change(columns.asked))


def options_for(query: Query, options: list[Option] | None) -> list[Option] | None:
    """Return the options that speak of a query's rows."""
    if options is None:
        return None
    keys = {query.model.key, *query.model.parents}
    return [
        each for each in options if each.root is None or each.root.key in keys or query.model.key in each.root.parents
    ]


def given_options(frame: Frame, arguments: Arguments, ref: Ref) -> list[Option] | None:
    """Return the options that a call is given; None when they are not all known.

    An option that is told more in a statement of its own, `option.joinedload(...)`, is not known: before SQLAlchemy 2
    that changes the option itself.
    """
    entries = frame.body.entries
    term = entries[ref].term if ref >= 0 else None
    given = term.arguments if isinstance(term, Call) else ()
    for discarded in frame.body.discarded:
        call = entries[discarded].term
        called = entries[call.function].term if isinstance(call, Call) else None
        if isinstance(called, Attribute) and called.value in given:
            return None
    return options_in(arguments.positional) if arguments.complete else None
