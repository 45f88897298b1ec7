"""Calls of Django's querysets that load what they cannot, or load it badly."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from perffix.project.evaluation.values import PrefetchObject
from perffix.project.orm.field_schema import FieldSchema
from perffix.project.orm.graph import Kind
from perffix.project.orm.loadings import Wrong
from perffix.project.place import Place
from perffix.project.summaries.terms import Attribute, Call, Display, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.project.orm.graph import Field, Model
    from perffix.project.orm.loadings import Loading
    from perffix.project.project import Project
    from perffix.project.summaries.terms import Body, Ref

_KEYS = ("ForeignKey", "OneToOneField")  # what makes the column of a key beside the relation
_UNIONS = ("union", "intersection", "difference")
_DROPPING = ("count", "exists", "aggregate", "update", "delete", "values", "values_list", "in_bulk")
_SHAPES = ("values", "values_list")
_LAZY = ("filter", "exclude", "order_by", "distinct", "annotate", "alias", "all", "using", "reverse")
_FAILS = ("Django raises FieldError when the query runs",)


class _Met(NamedTuple):
    """What a path of relations meets that it cannot pass: its name, whose it is, and what it is if it is a field."""

    name: str
    model: Model
    field: Field | None
    last: bool


class DjangoLoadings:
    """Looks at the calls that say what comes with the rows of Django's queries.

    Args:
        project: the project.
    """

    def __init__(self, project: Project) -> None:
        self._evaluator = project.evaluator
        self._graph = project.models
        self._schema = FieldSchema(project.index, "django")

    def wrong(self, loading: Loading) -> Iterator[Wrong]:
        """Yield what is wrong with one call."""
        if loading.method in _SHAPES:
            yield from self._after_values(loading)
        elif loading.method == "iterator":
            yield from self._streamed(loading)
        elif loading.method in ("select_related", "prefetch_related"):
            yield from self._loads(loading)
        elif loading.method in ("only", "defer"):
            for names in loading.query.loaded.joined:
                yield from self._left_out(loading, names[0], loading.place)

    def _loads(self, loading: Loading) -> Iterator[Wrong]:
        methods = [self._evaluator.method_at(site) for site in loading.query.sites]
        union = next((each for each in methods if each in _UNIONS), None)
        if union is not None:
            message = f"`{loading.method}()` comes after `{union}()`, where Django does not allow it"
            yield Wrong(loading.place, message, f"Load the relations in each of the queries, before `{union}()`")
        elif loading.method == "prefetch_related":
            yield from self._prefetches(loading)
        elif not loading.arguments.positional and loading.arguments.complete:
            yield from self._joins_all(loading)
        elif "annotate" not in methods and "alias" not in methods:  # which may give a relation another name
            yield from self._joins(loading)

    # select_related

    def _joins(self, loading: Loading) -> Iterator[Wrong]:
        for text, place in self._texts(loading):
            names = text.split("__")
            met = self._met(loading.query.model, names)
            if met is None:
                yield from self._left_out(loading, names[0], place)
            elif met.field is None or (met.field.kind is Kind.COLUMN and met.field.by.endswith(_KEYS)):
                yield from self._unknown(met, place)
            elif met.field.kind is Kind.COLUMN:
                if self._schema.column(met.model, met.name) is not None:
                    message = f"`select_related` gets `{met.name}`, which is a column of `{met.model.name}`"
                    told = f"{message} and leads to no row"
                    yield Wrong(place, told, "Leave it out", field=met.field, evidence=_FAILS)
            else:
                many = "rows of any table" if met.field.kind is Kind.GENERIC else "several rows"
                message = f"`select_related` gets `{met.name}` of `{met.model.name}`, which leads to {many}"
                yield Wrong(place, message, f'Write `prefetch_related("{text}")`', field=met.field, evidence=_FAILS)

    def _unknown(self, met: _Met, place: Place) -> Iterator[Wrong]:
        """Yield what is wrong with a name that is no field; names that another package may add are passed over."""
        cls, key = met.model.cls, met.name.removesuffix("_id")
        relation = met.model.fields.get(key)
        if key != met.name and relation is not None and relation.kind is Kind.TO_ONE:
            message = f"`select_related` gets `{met.name}`, the column of the key of `{key}`"
            yield Wrong(place, message, f'Write `"{key}"`', field=relation, evidence=_FAILS)
        elif cls is not None and met.model.complete and self._evaluator.index.method(cls, met.name) is not None:
            message = f"`select_related` gets `{met.name}`, which is a method of `{met.model.name}` and no relation"
            yield Wrong(place, message, "Name the relations that it reads", evidence=_FAILS)

    def _joins_all(self, loading: Loading) -> Iterator[Wrong]:
        model = loading.query.model
        if model.cls is None or not model.complete or self._is_passed_over(loading):
            return
        own = [field for field in model.relations() if field.kind is Kind.TO_ONE]
        joined = [field.name for field in own if not field.nullable]
        nullable = [field.name for field in own if field.nullable]
        if joined:
            names = ", ".join(f"`{name}`" for name in joined)
            message = (
                f"`select_related()` without names joins each relation that cannot be null: {names} and what follows"
            )
        else:
            message = f"`select_related()` without names joins nothing: no relation of `{model.name}` is always set"
        evidence = [f"{', '.join(f'`{name}`' for name in nullable)} may be null, and is not joined"] if nullable else []
        evidence.append("Django 6.1 deprecates the call without names")
        help = "Name the relations that are asked for" if own else "Leave it out"
        yield Wrong(loading.place, message, help, False, tuple(evidence))

    def _is_passed_over(self, loading: Loading) -> bool:
        """Tell whether the query ends at once in what drops the joins: `select_related().count()`."""
        body = self._evaluator.body_of(loading.site)
        for entry in body.entries[loading.site.ref + 1 :]:
            if isinstance(entry.term, Attribute) and entry.term.value == loading.site.ref:
                return entry.term.name in _DROPPING
        return False

    def _left_out(self, loading: Loading, name: str, place: Place) -> Iterator[Wrong]:
        """Yield what is wrong where the key of a joined relation is not among the columns that are loaded."""
        field = loading.query.model.fields.get(name)
        if field is None or field.kind is not Kind.TO_ONE or loading.query.loaded.unknown:
            return
        for site in (*loading.query.sites, loading.site):
            method = self._evaluator.method_at(site)
            if method not in ("only", "defer"):
                continue
            body = self._evaluator.body_of(site)
            texts = _literals(body, site.ref)
            if texts is None:
                return
            named = {text.partition("__")[0] for text in texts} if method == "only" else set(texts)
            if ({name, f"{name}_id"} & named != set()) == (method == "defer"):
                message = f"`select_related` joins `{name}`, and `{method}()` leaves out its key"
                help = f'Add `"{name}"` to `only()`' if method == "only" else f'Take `"{name}"` out of `defer()`'
                yield Wrong(place, message, help, field=field)
                return

    # prefetch_related

    def _prefetches(self, loading: Loading) -> Iterator[Wrong]:
        for text, place in self._texts(loading):
            met = self._met(loading.query.model, text.split("__"), many=True)
            if met is None or met.field is None or not met.last or met.field.kind is not Kind.COLUMN:
                continue
            if self._schema.column(met.model, met.name) is not None or met.name.endswith("_id"):
                message = f"`prefetch_related` gets `{met.name}`, which is a column of `{met.model.name}`"
                yield Wrong(place, f"{message} and leads to no row", "Leave it out", field=met.field)

    def _streamed(self, loading: Loading) -> Iterator[Wrong]:
        loaded, arguments = loading.query.loaded, loading.arguments
        paths = sorted({"__".join(path) for path in loaded.prefetched} | {"__".join(path) for _, path in loaded.lists})
        if loaded.unknown or not paths or arguments.positional or arguments.keywords or not arguments.complete:
            return
        names = ", ".join(f"`{path}`" for path in paths)
        message = f"`iterator()` without `chunk_size` does not prefetch {names}"
        evidence = "Django 5 raises ValueError, and before 4.1 the prefetch is passed over"
        yield Wrong(loading.place, message, "Write `iterator(chunk_size=2000)`", evidence=(evidence,))

    # values

    def _after_values(self, loading: Loading) -> Iterator[Wrong]:
        """Yield the calls of `select_related` on what `values` gives."""
        body = self._evaluator.body_of(loading.site)
        chain = {loading.site.ref}
        for ref in range(loading.site.ref + 1, len(body.entries)):
            term = body.entries[ref].term
            function = body.entries[term.function].term if isinstance(term, Call) else None
            if not isinstance(term, Call) or not isinstance(function, Attribute) or function.value not in chain:
                continue
            if function.name in _LAZY:
                chain.add(ref)
            elif function.name == "select_related" and term.arguments:
                entry = body.entries[ref]
                place = Place(loading.place.path, entry.span, entry.lines)
                message = f"`select_related` comes after `{loading.method}()`, whose rows hold no relations"
                yield Wrong(place, message, f"Name the columns in `{loading.method}()`: `author__name`")

    # Paths

    def _texts(self, loading: Loading) -> Iterator[tuple[str, Place]]:
        """Yield the paths that a call is given, with the arguments that hold them."""
        body = self._evaluator.body_of(loading.site)
        term = body.entries[loading.site.ref].term
        refs = term.arguments if isinstance(term, Call) else ()
        for value, ref in zip(loading.arguments.positional, refs, strict=False):
            entry = body.entries[ref]
            place = Place(loading.place.path, entry.span, entry.lines) if entry.kind else loading.place
            if isinstance(value, Literal) and isinstance(value.value, str):
                yield value.value, place
            elif isinstance(value, PrefetchObject):
                yield value.path, place

    def _met(self, start: Model, names: list[str], *, many: bool = False) -> _Met | None:
        """Return what a path meets that it cannot pass; None when it passes, or leads to what is not known.

        Args:
            start: the model of the rows that the path begins at.
            names: the path.
            many: whether it may lead to several rows.
        """
        model: Model | None = start
        for number, name in enumerate(names):
            if model is None:
                return None
            last = number == len(names) - 1
            field = model.fields.get(name) or next(
                (each for each in model.relations() if each.query_name == name), None
            )
            if field is None or field.kind is Kind.COLUMN or (not many and not self._joins_one(field)):
                return _Met(name, model, field, last)
            model = None if field.target is None else self._graph.models.get(field.target)
        return None

    def _joins_one(self, field: Field) -> bool:
        """Tell whether a relation leads to one row by a join; the way back of a unique foreign key does, too."""
        if field.by == "reverse ForeignKey" and field.target is not None and field.inverse is not None:
            other = self._graph.models.get(field.target)
            return other is None or self._schema.is_unique(other, field.inverse)
        return field.kind in (Kind.TO_ONE, Kind.REVERSE_ONE)


def _literals(body: Body, ref: Ref) -> list[str] | None:
    """Return the texts that a call is given; None when not all of its arguments are texts."""
    term = body.entries[ref].term
    if not isinstance(term, Call) or term.keywords:
        return None
    values = [body.entries[each].term for each in term.arguments if not isinstance(body.entries[each].term, Display)]
    texts = [each.value for each in values if isinstance(each, Literal) and isinstance(each.value, str)]
    return texts if len(texts) == len(term.arguments) else None
