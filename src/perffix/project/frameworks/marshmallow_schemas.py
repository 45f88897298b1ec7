"""What marshmallow's schemas read of the rows that they dump."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.model import Related
from perffix.project.evaluation.arguments import Arguments
from perffix.project.evaluation.values import Elements, Instance, Query, Row, Value
from perffix.project.frameworks.framework import Framework
from perffix.project.index import Class
from perffix.project.summaries.terms import Call, Display, Literal, Named
from perffix.project.summaries.terms import Function as LambdaTerm
from perffix.semantic import facts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.project.evaluation.evaluator import Evaluator
    from perffix.project.evaluation.frames import Frame
    from perffix.project.index import Module
    from perffix.project.summaries.terms import Body, Ref, Term

_DEPTH = 6  # schemas within schemas that are followed


class MarshmallowSchemas(Framework):
    """Follows rows into schemas."""

    def __init__(self) -> None:
        known = facts.load("marshmallow")
        self._bases = frozenset(known["bases"])
        self.inheriting = frozenset(known["dumping"])
        self._narrowing = frozenset(known["narrowing"])
        self._fields: dict[str, list[str]] = known["fields"]
        self._narrowed: set[Class] = set()
        self._shown: set[tuple[Class, Row]] = set()

    def constructed(self, frame: Frame, cls: Class, arguments: Arguments, ref: Ref) -> None:
        """Remember the schemas that are made to show other fields than they declare."""
        if not arguments.complete or not self._narrowing.isdisjoint(dict(arguments.keywords)):
            self._narrowed.add(cls)

    def inherited(self, frame: Frame, owner: Instance, name: str, arguments: Arguments, ref: Ref) -> Value | None:
        """Evaluate what a schema reads of the rows that it dumps at an entry."""
        value = arguments.get(0, "obj")
        cls = owner.cls
        if value is None or cls in self._narrowed or not self._is_schema(frame, cls):
            return None
        row = _element(frame, value, ref)
        if isinstance(row, Row):
            place = frame.place(ref)
            route = (*frame.route, Related(place.span, f"`{cls.summary.name}` dumps it", place.path))
            showing = frame.evaluator.class_frame(cls, route, frame.depth + 1)
            showing.sometimes = frame.is_sometimes((row,), ref)
            self._show(showing, cls, frame.handed(row, ref), ())
        return None

    def _is_schema(self, frame: Frame, cls: Class) -> bool:
        """Tell whether a class is a schema that gets its rows as they are."""
        above = [each for each in frame.evaluator.index.ancestors(cls) if isinstance(each, Class)]
        if any(_prepares(each) for each in above):
            return False
        terms = (each.summary.body.entries[ref].term for each in above for ref in each.summary.bases)
        return any(_last_name(term) in self._bases for term in terms)

    # Fields

    def _show(self, frame: Frame, cls: Class, row: Value | None, around: tuple[Class, ...]) -> None:
        """Evaluate what a schema reads of a row, at its fields."""
        if not isinstance(row, Row) or (cls, row) in self._shown or cls in around or len(around) > _DEPTH:
            return
        self._shown.add((cls, row))
        evaluator = frame.evaluator
        before, evaluator.asker = evaluator.asker, "serializer"
        try:
            for owner, name, ref in self._shown_fields(evaluator, cls):
                place = frame if owner is cls else evaluator.class_frame(owner, frame.route, frame.depth)
                place.sometimes = frame.sometimes
                self._field(place, owner, name, ref, row, (*around, cls))
        finally:
            evaluator.asker = before

    def _shown_fields(self, evaluator: Evaluator, cls: Class) -> Iterator[tuple[Class, str, Ref]]:
        """Yield the fields that a schema shows: their class, name and entry there."""
        found: dict[str, tuple[Class, str, Ref]] = {}
        for each in reversed(evaluator.index.ancestors(cls)):
            if isinstance(each, Class):
                for name, refs in each.summary.names.items():
                    if isinstance(each.summary.body.entries[refs[-1]].term, Call):
                        found[name] = (each, name, refs[-1])
        meta = evaluator.index.inner_class(cls, "Meta")
        if meta is not None:
            listed = _texts(meta, "fields")
            for name in listed if listed is not None else ():
                # What a schema of a model lists without a declaration, it reads as an attribute.
                found.setdefault(name, (meta, name, meta.summary.names["fields"][-1]))
            hidden = set(_texts(meta, "exclude") or ())
            names = set(found) if listed is None else set(listed)
            found = {name: each for name, each in found.items() if name in names - hidden}
        yield from found.values()

    def _field(self, frame: Frame, owner: Class, name: str, ref: Ref, row: Row, around: tuple[Class, ...]) -> None:
        body = owner.summary.body
        term = body.entries[ref].term
        options = dict(term.keywords) if isinstance(term, Call) else {}
        if _literal(body, options.get("load_only")) is True:
            return
        kind = _last_name(body.entries[term.function].term) if isinstance(term, Call) else ""
        if kind in self._fields["methods"]:
            self._method(frame, owner, term, row, ref)
            return
        attribute = _literal(body, options.get("attribute"))
        value: Value | None = row
        for part in attribute.split(".") if isinstance(attribute, str) else (name,):
            value = None if value is None else frame.attribute(value, part, ref)
        inner = self._inner(frame, body, term, owner.module)
        if inner is not None and value is not None:
            nested = frame.evaluator.class_frame(inner, frame.route, frame.depth)
            nested.sometimes = frame.sometimes
            self._show(nested, inner, _element(frame, value, ref), around)

    def _method(self, frame: Frame, owner: Class, term: Term, row: Row, ref: Ref) -> None:
        """Evaluate the method that a field is shown by."""
        entries = owner.summary.body.entries
        named = entries[term.arguments[0]].term if isinstance(term, Call) and term.arguments else None
        text = named.value if isinstance(named, Literal) else None
        method = frame.evaluator.index.method(owner, text) if isinstance(text, str) else None
        if method is not None:
            frame.call_method(method, Instance(owner), Arguments((row,), (), complete=True), ref)

    def _inner(self, frame: Frame, body: Body, term: Term, module: Module) -> Class | None:
        """Return the schema that a field shows rows by; None when it is none or shows some of their fields."""
        if not isinstance(term, Call) or not term.arguments:
            return None
        kind = _last_name(body.entries[term.function].term)
        first = body.entries[term.arguments[0]].term
        if kind in self._fields["lists"]:
            return self._inner(frame, body, first, module)
        if kind not in self._fields["nested"] or not self._narrowing.isdisjoint(dict(term.keywords)):
            return None
        if isinstance(first, LambdaTerm):
            first = body.entries[first.result].term
        if isinstance(first, Call):
            if first.arguments or not self._narrowing.isdisjoint(dict(first.keywords)):
                return None
            first = body.entries[first.function].term
        name = first.value if isinstance(first, Literal) else first.name if isinstance(first, Named) else None
        if not isinstance(name, str):
            return None
        plain = ":" in name or "." in name
        definition, rest = frame.evaluator.index.resolve(name if plain else f":{name}", module)
        known = isinstance(definition, Class) and not rest and self._is_schema(frame, definition)
        return definition if known and isinstance(definition, Class) else None

    # Nothing else

    def run(self, evaluator: Evaluator) -> None:
        """Do nothing: schemas are called by code."""


def _element(frame: Frame, value: Value, ref: Ref) -> Value | None:
    """Return what stands for each row of a value."""
    return frame.element(value, ref, None) if isinstance(value, (Query, Elements)) else value


def _last_name(term: Term) -> str:
    return term.name.rpartition(".")[2].lstrip(":") if isinstance(term, Named) else ""


def _literal(body: Body, ref: Ref | None) -> object:
    term = None if ref is None else body.entries[ref].term
    return term.value if isinstance(term, Literal) else None


def _texts(cls: Class, name: str) -> list[str] | None:
    """Return the texts that an attribute of a class lists; None when it is not known to list texts."""
    refs = cls.summary.names.get(name, ())
    entries = cls.summary.body.entries
    term = entries[refs[-1]].term if refs else None
    values = [entries[each].term for each in term.items] if isinstance(term, Display) else None
    if values is None:
        return None
    return [each.value for each in values if isinstance(each, Literal) and isinstance(each.value, str)]


def _prepares(cls: Class) -> bool:
    """Tell whether a schema makes something else of what it is given before it is read."""
    methods = cls.summary.methods.values()
    terms = [method.body.entries[ref].term for method in methods for ref in method.decorators]
    called = [
        method.body.entries[term.function].term
        for method in methods
        for ref in method.decorators
        if isinstance(term := method.body.entries[ref].term, Call)
    ]
    return any(_last_name(each) == "pre_dump" for each in (*terms, *called))
