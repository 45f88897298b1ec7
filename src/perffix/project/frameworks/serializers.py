"""What the serializers of Django REST framework read of the rows that they show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.model import Related
from perffix.project.evaluation.arguments import NO_ARGUMENTS, Arguments
from perffix.project.evaluation.values import EVERYTHING, Instance, Manager, Mapping, Query, Row, Value
from perffix.project.frameworks.serializer_fields import FieldOptions, own_fields, texts
from perffix.project.index import Class, External
from perffix.project.index import Value as Held
from perffix.project.orm.graph import Kind
from perffix.project.summaries.terms import Call, Literal, Named
from perffix.semantic import facts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.project.evaluation.evaluator import Evaluator
    from perffix.project.evaluation.frames import Frame
    from perffix.project.summaries.terms import Ref

_DEPTH = 8  # serializers within serializers that are followed
_PREFIX = "rest_framework."


class Serializers:
    """Follows rows into serializers."""

    def __init__(self) -> None:
        known = facts.load("rest_framework")
        self._of_models = frozenset(known["model_serializers"])
        self._serializers = self._of_models.union(known["serializers"])
        self._plain = frozenset(known["plain"])
        self._options = frozenset(known["options"])
        self._kinds = known["fields"]
        self._known: dict[Class, bool] = {}
        self._shown: set[tuple[Class, Row]] = set()

    # Roots

    def is_serializer(self, evaluator: Evaluator, cls: Class) -> bool:
        """Tell whether a class is a serializer of which everything is known."""
        found = self._known.get(cls)
        if found is None:
            outside = evaluator.index.outside_above(cls)
            found = not outside.isdisjoint(self._serializers) and outside <= self._serializers | self._plain
            self._known[cls] = found
        return found

    def made(self, frame: Frame, cls: Class, arguments: Arguments, ref: Ref) -> None:
        """Follow what a serializer is made for: a row, or with `many` the rows of a query."""
        keywords = dict(arguments.keywords)
        shown = arguments.get(0, "instance")
        if shown is None or not arguments.complete or len(arguments.positional) > 1:
            return
        if "data" in keywords or not self._options.issuperset(keywords) or not self.is_serializer(frame.evaluator, cls):
            return
        many = keywords.get("many")
        self.show(frame, cls, shown, ref, many=isinstance(many, Literal) and many.value is True)

    def show(self, frame: Frame, cls: Class, value: Value, ref: Ref, *, many: bool) -> None:
        """Evaluate what a serializer reads of a row, or of each row of a query, that it gets at an entry."""
        evaluator = frame.evaluator
        before, evaluator.asker = evaluator.asker, "serializer"
        try:
            shown = self.member(frame, value, ref) if many else value
            if isinstance(shown, Row) and not (many and self._has_own_list(evaluator, cls)):
                self.show_row(frame, cls, frame.handed(shown, ref), ref)
        finally:
            evaluator.asker = before

    def _has_own_list(self, evaluator: Evaluator, cls: Class) -> bool:
        meta = evaluator.index.inner_class(cls, "Meta")
        return meta is not None and evaluator.index.attribute(meta, "list_serializer_class") is not None

    def show_row(self, frame: Frame, cls: Class, row: Value, ref: Ref) -> None:
        """Evaluate what a serializer reads of one row."""
        if not isinstance(row, Row) or not self.is_serializer(frame.evaluator, cls) or frame.depth >= _DEPTH:
            return
        method = frame.evaluator.index.method(cls, "to_representation")
        if method is not None:
            frame.call_method(method, Instance(cls), Arguments((row,), (), complete=True), ref)
        else:
            self.fields(frame, cls, row, ref)

    # Fields

    def fields(self, frame: Frame, cls: Class, row: Row, ref: Ref) -> None:
        """Evaluate what the fields of a serializer read of a row."""
        if (cls, row) in self._shown:
            return
        self._shown.add((cls, row))
        evaluator, route = frame.evaluator, frame.route
        if ref >= 0:
            place = frame.place(ref)
            route = (*route, Related(place.span, f"`{cls.summary.name}` shows it", place.path))
        before = len(evaluator.accesses)
        _Showing(self, evaluator, cls, row, route, frame.depth + 1).run()
        if self._is_dynamic(evaluator, cls):
            evaluator.accesses[before:] = [each._replace(sometimes=True) for each in evaluator.accesses[before:]]

    def _is_dynamic(self, evaluator: Evaluator, cls: Class) -> bool:
        """Tell whether the fields that are shown may be fewer than those that are written."""
        names = ("get_fields", "get_field_names", "_readable_fields")
        if any(evaluator.index.method(cls, name) is not None for name in names):
            return True
        made = evaluator.index.method(cls, "__init__")
        return made is not None and any(
            getattr(entry.term, "name", "") == "fields" for entry in made.summary.body.entries
        )

    def of_model(self, evaluator: Evaluator, cls: Class) -> bool:
        """Tell whether a serializer takes fields from a model."""
        return evaluator.index.is_subclass(cls, self._of_models)

    def kind(self, evaluator: Evaluator, held: Held) -> tuple[str, Class | None, FieldOptions] | None:
        """Return what a declared field does with a value, its class where the project has one, and its arguments."""
        term = held.body.entries[held.refs[-1]].term
        called = held.body.entries[term.function].term if isinstance(term, Call) else None
        if not isinstance(term, Call) or not isinstance(called, Named) or len(held.refs) > 1:
            return None
        definition, rest = evaluator.index.resolve(called.name, held.module)
        if rest or any(name is None for name, _ in term.keywords):
            return None
        options = FieldOptions({name: held.body.entries[ref].term for name, ref in term.keywords if name is not None})
        if isinstance(definition, External):
            is_field = definition.name.startswith(_PREFIX)
            return (self._kinds.get(definition.name, "plain"), None, options) if is_field else None
        if not isinstance(definition, Class):
            return None
        if self.is_serializer(evaluator, definition):
            known = self._options.issuperset(options.values) and not term.arguments
            return ("serializer" if known else "nothing", definition, options)
        above = [each.name for each in evaluator.index.ancestors(definition) if isinstance(each, External)]
        kinds = [self._kinds.get(name, "plain") for name in above if name.startswith(_PREFIX)]
        return (kinds[0], definition, options) if kinds else None

    # Values

    def member(self, frame: Frame, value: Value | None, ref: Ref) -> Value | None:
        """Return what stands for each row of a relation or query that is shown at an entry."""
        if isinstance(value, Manager):
            library = frame.evaluator.libraries.of(value)
            value = None if library is None else library.call(frame, value, "all", NO_ARGUMENTS, ref)
        row = None if value is None else frame.element(value, ref, None)
        if not isinstance(value, Query) or not isinstance(row, Row):
            return row
        if row.sites[-1:] != (frame.site(ref),):
            return row
        owner, field = value.owner, value.field
        if owner is None or field is None or owner.many or not owner.sites or value.narrowed:
            return row._replace(sites=())  # no query in the code could be told to load more
        # The rows that belong to a single one: what they lack, the query of that one can load.
        loaded = row.loaded
        if owner.loaded.unknown:
            loaded = EVERYTHING
        elif owner.loaded.is_prefetched(field):
            loaded = loaded.merged(owner.loaded.under(field))
        path = (*owner.path, field)
        return row._replace(loaded=loaded, sites=owner.sites, path=path, many=True, origin=owner.root, single=True)


class _Showing:
    """One serializer that shows one row."""

    def __init__(
        self,
        serializers: Serializers,
        evaluator: Evaluator,
        cls: Class,
        row: Row,
        route: tuple[Related, ...],
        depth: int,
    ) -> None:
        self._serializers = serializers
        self._evaluator = evaluator
        self._index = evaluator.index
        self._cls = cls
        self._row = row
        self._route = route
        self._depth = depth

    def run(self) -> None:
        """Evaluate all fields."""
        declared = self._declared()
        meta = self._index.inner_class(self._cls, "Meta")
        if meta is None or not self._serializers.of_model(self._evaluator, self._cls):
            for name, held in declared.items():
                self._declared_field(name, held)
            return
        hidden = self._write_only(meta)
        for name, frame, ref in self._names(meta, declared):
            if name in hidden:
                continue
            if name in declared:
                self._declared_field(name, declared[name])
            else:
                self._field_of_model(frame, ref, self._row, name, self._nesting(meta))

    def _declared(self) -> dict[str, Held]:
        """Return the fields that the class and its bases declare."""
        found: dict[str, Held] = {}
        for each in reversed(self._index.ancestors(self._cls)):
            if not isinstance(each, Class) or not self._serializers.is_serializer(self._evaluator, each):
                continue
            for name, refs in each.summary.names.items():
                held = Held(each.module, each.summary.body, refs, each.qualname)
                if self._serializers.kind(self._evaluator, held) is not None:
                    found[name] = held
                else:
                    found.pop(name, None)  # `author = None` takes a field of a base away
        return found

    def _names(self, meta: Class, declared: dict[str, Held]) -> Iterator[tuple[str, Frame, Ref]]:
        """Yield the names of all fields that are shown, with the place that names them."""
        held = self._index.attribute(meta, "fields")
        if held is not None and len(held.refs) == 1:
            frame = self._frame(held)
            if frame is not None:
                value = frame.value(held.refs[0])
                if isinstance(value, Literal) and value.value == "__all__":
                    yield from self._all_names(frame, held.refs[0], declared, ())
                    return
                names = list(texts(frame, held.refs[0]))
                if all(name is not None for name, _ in names):
                    yield from ((name, frame, ref) for name, ref in names if name is not None)
                    return
        left_out = self._index.attribute(meta, "exclude")
        if held is None and left_out is not None and len(left_out.refs) == 1:
            frame = self._frame(left_out)
            if frame is not None:
                excluded = [name for name, _ in texts(frame, left_out.refs[0])]
                if None not in excluded:
                    yield from self._all_names(frame, left_out.refs[0], declared, [name or "" for name in excluded])
                    return
        # Which ones are shown is not known, but those that this very class declares have to be among them.
        frame = self._evaluator.class_frame(self._cls, self._route, self._depth)
        yield from ((name, frame, -1) for name in declared if name in self._cls.summary.names)

    def _all_names(
        self, frame: Frame, ref: Ref, declared: dict[str, Held], excluded: list[str] | tuple[str, ...]
    ) -> Iterator[tuple[str, Frame, Ref]]:
        names = dict.fromkeys([*declared, *(field.name for field in own_fields(self._row))])
        yield from ((name, frame, ref) for name in names if name not in excluded)

    def _write_only(self, meta: Class) -> set[str]:
        """Return the fields that are never shown, by the extra arguments of the serializer."""
        held = self._index.attribute(meta, "extra_kwargs")
        value = None if held is None else self._evaluator.held(held)
        found = set()
        for name, options in value.items if isinstance(value, Mapping) else ():
            flag = dict(options.items).get("write_only") if isinstance(options, Mapping) else None
            if flag == Literal(True) or options is None:
                found.add(name)
        return found

    def _nesting(self, meta: Class) -> int:
        held = self._index.attribute(meta, "depth")
        value = None if held is None else self._evaluator.held(held)
        return value.value if isinstance(value, Literal) and isinstance(value.value, int) else 0

    def _frame(self, held: Held) -> Frame | None:
        """Return a frame for the class body that a name is given its value in."""
        cls = self._index.class_in(held.module, held.owner)
        return None if cls is None else self._evaluator.class_frame(cls, self._route, self._depth)

    # Fields of the model

    def _field_of_model(self, frame: Frame, ref: Ref, row: Row, name: str, nesting: int) -> None:
        """Evaluate what the field reads that a serializer makes for an attribute of a model."""
        field = row.model.fields.get(name)
        if field is None:
            frame.looked_up(row, name, ref)
        elif field.kind is Kind.TO_MANY:
            member = self._serializers.member(frame, frame.attribute(row, name, ref), ref)
            if nesting and isinstance(member, Row):
                self._nested(frame, ref, member, nesting - 1)
        elif field.kind is Kind.TO_ONE and not nesting:
            frame.attribute(row, f"{name}_id", ref)  # the key is in the row itself
        else:
            value = frame.attribute(row, name, ref)
            if nesting and isinstance(value, Row):
                self._nested(frame, ref, value, nesting - 1)

    def _nested(self, frame: Frame, ref: Ref, row: Row, nesting: int) -> None:
        for field in own_fields(row):
            self._field_of_model(frame, ref, row, field.name, nesting)

    # Declared fields

    def _declared_field(self, name: str, held: Held) -> None:
        """Evaluate what a declared field reads."""
        found = self._serializers.kind(self._evaluator, held)
        frame = self._frame(held)
        if found is None or frame is None:
            return
        kind, cls, options = found
        ref, row = held.refs[-1], self._row
        if kind == "nothing" or options.flag("write_only"):
            return
        if kind == "method":
            method = self._index.method(self._cls, options.text("method_name") or f"get_{name}")
            if method is not None:
                frame.call_method(method, Instance(self._cls), Arguments((row,), (), complete=True), ref)
            return
        source = options.text("source") or ("" if "source" in options.values else name)
        own = None if cls is None or kind == "serializer" else cls
        if not source or (own is not None and self._index.method(own, "get_attribute") is not None):
            return
        if kind in ("key", "link", "identity") and not options.flag("many"):
            self._link(frame, ref, kind, source, options, own)
            return
        value = self._followed(frame, ref, source.split("."))
        if options.flag("many"):
            value = self._serializers.member(frame, value, ref)
        if value is not None:
            self._shown(frame, ref, value, kind, cls, options)

    def _shown(self, frame: Frame, ref: Ref, value: Value, kind: str, cls: Class | None, options: FieldOptions) -> None:
        """Evaluate what a field does with the value that it has read."""
        if kind == "serializer" and cls is not None:
            self._serializers.show_row(frame, cls, value, ref)
            return
        method = None if cls is None else self._index.method(cls, "to_representation")
        if method is not None and cls is not None:
            frame.call_method(method, Instance(cls), Arguments((value,), (), complete=True), ref)
            return
        if kind == "slug":
            found: Value | None = value
            for part in (options.text("slug_field") or "").split("__"):
                found = None if found is None or not part else frame.looked_up(found, part, ref)
        elif kind == "text":
            frame.as_text(value, ref)

    def _link(self, frame: Frame, ref: Ref, kind: str, source: str, options: FieldOptions, own: Class | None) -> None:
        """Evaluate what a field reads that shows a row by its key: the key of a row that leads there is enough."""
        lookup = options.text("lookup_field")
        if own is not None and kind == "link":
            held = self._index.attribute(own, "lookup_field")
            value = None if held is None else self._evaluator.held(held)
            lookup = lookup or (str(value.value) if isinstance(value, Literal) else None)
        if kind == "identity":
            if lookup not in (None, "pk"):
                self._followed(frame, ref, [lookup or ""])
            return
        parts = source.split(".")
        if kind == "link" and lookup not in (None, "pk"):
            self._followed(frame, ref, parts)
            return
        before = self._followed(frame, ref, parts[:-1])
        if isinstance(before, Row):
            field = before.model.fields.get(parts[-1])
            if field is not None and field.kind.is_one:
                here = field.kind is Kind.TO_ONE
                frame.attribute(before, f"{field.name}_id" if here else field.name, ref)

    def _followed(self, frame: Frame, ref: Ref, parts: list[str]) -> Value | None:
        """Return what attributes of the row lead to, one after another; what can be called on the way is called."""
        value: Value | None = self._row
        for part in parts if parts != ["*"] else ():
            if value is None:
                return None
            value = frame.looked_up(value, part, ref)
        return value
