"""What an expression that deals with the database holds: a model, a manager, a query, a row."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Union

from perffix.project.summaries.terms import Literal, Ref

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable

    from perffix.project.index import Class, Function
    from perffix.project.orm.conditions import Conditions
    from perffix.project.orm.graph import Field, Model

Path = tuple[str, ...]


class Loaded(NamedTuple):
    """What comes with the rows of a query beside their own columns.

    Attributes:
        joined: relations loaded by the same statement, as paths; each prefix of a path is loaded too.
        prefetched: relations loaded by a statement each, as paths.
        lists: attributes that a prefetch fills with a list, with the path that it follows.
        below: what the custom query of a prefetch loads beyond its path.
        required: whether all to-one relations that cannot be null are joined.
        only: the columns that are loaded when not all are, as paths.
        deferred: the columns that are left out, as paths.
        unknown: whether more may be loaded than is known.
    """

    joined: frozenset[Path] = frozenset()
    prefetched: frozenset[Path] = frozenset()
    lists: frozenset[tuple[str, Path]] = frozenset()
    below: frozenset[tuple[Path, Loaded]] = frozenset()
    required: bool = False
    only: frozenset[Path] | None = None
    deferred: frozenset[Path] = frozenset()
    unknown: bool = False

    def has(self, field: Field) -> bool:
        """Tell whether a relation of the rows is loaded."""
        if self.unknown:
            return True
        if self.required and field.kind.is_one and not field.nullable:
            return True
        names = {field.name, field.query_name}
        return any(path[0] in names for path in (*self.joined, *self.prefetched))

    def is_prefetched(self, field: Field) -> bool:
        """Tell whether a relation is loaded by a statement of its own, so that its manager answers from memory."""
        return self.unknown or any(path[0] == field.name for path in self.prefetched)

    def under(self, field: Field) -> Loaded:
        """Return what comes with the rows that a loaded relation leads to."""
        if self.unknown:
            return EVERYTHING
        names = (field.name, field.query_name)
        found = Loaded(
            frozenset(path[1:] for path in self.joined if len(path) > 1 and path[0] in names),
            frozenset(path[1:] for path in self.prefetched if len(path) > 1 and path[0] in names),
            frozenset((name, path[1:]) for name, path in self.lists if len(path) > 1 and path[0] in names),
            frozenset((path[1:], loaded) for path, loaded in self.below if len(path) > 1 and path[0] in names),
            required=self.required and field.kind.is_one and not field.nullable,  # joined on and on
        )
        if (self.only or self.deferred) and any(path[0] in names for path in self.joined):
            only = None if self.only is None else _below(self.only, names) or None
            found = found._replace(only=only, deferred=_below(self.deferred, names))
        for path, loaded in self.below:
            if path == (field.name,):
                found = found.merged(loaded)
        return found

    def merged(self, other: Loaded) -> Loaded:
        """Return what comes with rows for which both hold."""
        return Loaded(
            self.joined | other.joined,
            self.prefetched | other.prefetched,
            self.lists | other.lists,
            self.below | other.below,
            self.required or other.required,
            self.only if other.only is None else other.only.union(self.only or ()),
            self.deferred | other.deferred,
            self.unknown or other.unknown,
        )

    def leaves_out(self, *names: str, lazy: bool = False) -> bool:
        """Tell whether a column is known not to come with the rows.

        Args:
            names: what it is called; a key may be named by its relation.
            lazy: whether it is declared to come only when it is asked for.
        """
        if self.unknown or any((name,) in self.joined for name in names):
            return False
        if any((name,) in self.deferred for name in names):
            return True
        return lazy if self.only is None else not any(path[0] in names for path in self.only)


def _below(paths: frozenset[Path], names: Collection[str]) -> frozenset[Path]:
    """Return what paths say of the rows that a relation leads to."""
    return frozenset(path[1:] for path in paths if len(path) > 1 and path[0] in names) if paths else paths


NOTHING = Loaded()
EVERYTHING = Loaded(unknown=True)


class Site(NamedTuple):
    """An expression that makes or narrows a query: its file, and the entry in the body of a function or class there.

    Attributes:
        module: dotted name of the module.
        body: the function, method or class whose body it is; empty for the module itself.
        ref: the entry.
    """

    module: str
    body: str
    ref: Ref


class ModelClass(NamedTuple):
    """A class that is a table, itself."""

    model: Model


class Manager(NamedTuple):
    """What queries start from: `Book.objects`, or `author.books`, which knows its row.

    Attributes:
        model: whose rows it gives.
        classes: the classes of the project that add methods to it and to its queries.
        owner: the row that it belongs to.
        field: the relation from that row.
        unknown: whether its queries may load more than is known.
    """

    model: Model
    classes: tuple[Class, ...] = ()
    owner: Row | None = None
    field: Field | None = None
    unknown: bool = False


class Query(NamedTuple):
    """A query that has not run yet, or the list of rows that it gave.

    Attributes:
        model: whose rows it gives.
        loaded: what comes with them.
        sites: the expressions that made it, the first first.
        classes: the classes of the project that add methods to it.
        owner: the row whose relation it follows.
        field: that relation.
        narrowed: the first call that makes it another set of rows than the relation's own, `filter`.
        evaluated: whether it is a list in memory.
        few: whether it has one row at most.
        varies: the loops (number of the frame and the loop) and rows with which its conditions change.
        conditions: what its rows fulfil; None where not all of it is known.
    """

    model: Model
    loaded: Loaded
    sites: tuple[Site, ...]
    classes: tuple[Class, ...] = ()
    owner: Row | None = None
    field: Field | None = None
    narrowed: str = ""
    evaluated: bool = False
    few: bool = False
    varies: frozenset[tuple[int, int] | Row] = frozenset()
    conditions: Conditions | None = ()


class Row(NamedTuple):
    """A row.

    Attributes:
        model: its table.
        loaded: what came with it.
        sites: the expressions that made the query that it came from.
        path: the relations that were followed from the rows of that query.
        many: whether there are as many as the query has rows.
        loop: the loop whose turns it changes with: the number of the frame and the loop; None for all of the frame.
        known: relations that lead back to a row in memory.
        origin: the model whose rows the query gives, where `path` begins; None for this one.
        single: whether the query gives one row only, to which all of these belong.
    """

    model: Model
    loaded: Loaded
    sites: tuple[Site, ...] = ()
    path: tuple[Field, ...] = ()
    many: bool = False
    loop: tuple[int, int] | None = None
    known: frozenset[str] = frozenset()
    origin: Model | None = None
    single: bool = False

    @property
    def root(self) -> Model:
        """The model of the rows that the query gives."""
        return self.model if self.origin is None else self.origin


class Instance(NamedTuple):
    """An object of a class of the project, as `self` in its methods; of a view, with the page that it answers."""

    cls: Class
    action: str = ""


class Outside(NamedTuple):
    """Something that no module of the project defines, by its absolute dotted name."""

    name: str


class Bound(NamedTuple):
    """A method of a class of the project with the object that it is called on."""

    function: Function
    owner: Value


class BoundName(NamedTuple):
    """A method that no class of the project defines, with the object that it is called on."""

    owner: Value
    name: str


class Super(NamedTuple):
    """`super()` in a method of a class, with the object that the method is called on."""

    owner: Value
    cls: Class


class Pages(NamedTuple):
    """What divides a query into pages."""

    query: Query


class PrefetchObject(NamedTuple):
    """A `Prefetch` object: its path, the query that it runs (None for the plain one) and the list that it fills."""

    path: str
    loaded: Loaded
    attribute: str | None


class Lambda(NamedTuple):
    """A lambda: the frame whose names it sees, and its entry there."""

    frame: int
    ref: Ref


class Several(NamedTuple):
    """A tuple or list of known values."""

    items: tuple[Value | None, ...]


class Elements(NamedTuple):
    """A container of elements of one kind; a dictionary is `keyed`, its elements are pairs."""

    element: Value | None
    keyed: bool = False

    @property
    def held(self) -> Value | None:
        """What a dictionary holds under its keys."""
        pair = self.element
        return pair.items[1] if self.keyed and isinstance(pair, Several) and len(pair.items) == 2 else None


class Record(NamedTuple):
    """A tuple whose items have names, too: a row of several columns."""

    names: tuple[str, ...]
    items: tuple[Value | None, ...]

    def named(self, name: str) -> Value | None:
        """Return the item with a name."""
        return dict(zip(self.names, self.items, strict=True)).get(name)


class Own(NamedTuple):
    """A value of which only its mapper knows what it is."""

    library: str
    value: Hashable


class Mapping(NamedTuple):
    """A dictionary with known keys."""

    items: tuple[tuple[str, Value | None], ...]


Value = Union[
    ModelClass, Manager, Query, Row, Instance, Outside, Bound, BoundName, Super, Pages, PrefetchObject,
    Lambda, Several, Elements, Record, Mapping, Own, Literal,
    "Class", "Function",
]  # fmt: skip
