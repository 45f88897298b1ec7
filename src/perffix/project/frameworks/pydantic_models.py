"""What Pydantic's models read of rows: those that FastAPI answers with, and those that code makes of rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.model import Related
from perffix.project.evaluation.arguments import UNKNOWN_ARGUMENTS, Arguments
from perffix.project.evaluation.values import Elements, Mapping, Own, Query, Row, Several, Value
from perffix.project.frameworks.framework import Framework
from perffix.project.frameworks.pydantic_types import Meant, PydanticTypes
from perffix.project.index import Class, External
from perffix.project.index import Value as Held
from perffix.project.orm.readings import names_in
from perffix.project.orm.sqlalchemy.annotations import Shape, shape_of
from perffix.project.summaries.terms import Attribute, Call, Literal, Named, Parameter
from perffix.semantic import facts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.project.evaluation.evaluator import Evaluator
    from perffix.project.evaluation.frames import Frame
    from perffix.project.index import Function, Index, Module
    from perffix.project.summaries.summary import FunctionSummary
    from perffix.project.summaries.terms import Body, Ref, Term

_TAKING = frozenset({"model_validator", "root_validator"})
_LOOKING = frozenset({"inspect", "instance_state", "__dict__"})  # what takes only what is loaded already
_SHOWING = frozenset({"model_dump", "model_dump_json", "dict", "json"})
_CHANGING = frozenset({"field_validator", "validator"})
_DEPTH = 6  # models within models that are followed
_Variables = tuple[tuple[str, Meant], ...]
_Around = tuple[tuple[Class, _Variables], ...]  # the models that are being read around another


class PydanticModels(Framework):
    """Follows rows into Pydantic's models."""

    def __init__(self, index: Index) -> None:
        known = facts.load("pydantic")
        self._types = PydanticTypes(index)
        self._routes = frozenset(known["routes"])
        self._adapters, self.functions = frozenset(known["adapters"]), frozenset(known["parsing"])
        self.methods = frozenset(known["reading"])
        self._shown: set[tuple[Class, _Variables, Value, frozenset[str]]] = set()
        self._left_out: frozenset[str] = frozenset()  # fields of the model at hand that its reader does not show

    # Roots

    def run(self, evaluator: Evaluator) -> None:
        """Evaluate what the answers of all routes read of the rows that their functions return."""
        for function in evaluator.index.functions():
            answer = self._answer(function)
            if answer is not None:
                evaluator.start()
                value = evaluator.call_function(function, None, UNKNOWN_ARGUMENTS)
                self._answered(evaluator, function, answer, value)

    def _answer(self, function: Function) -> Meant | None:
        """Return what a route answers with: its `response_model`, or else what it says to return."""
        summary, entries = function.summary, function.summary.body.entries
        for ref in summary.decorators:
            term = entries[ref].term
            called = entries[term.function].term if isinstance(term, Call) else None
            if not isinstance(term, Call) or not isinstance(called, (Named, Attribute)):
                continue
            if called.name.rpartition(".")[2] not in self._routes:
                continue
            said = dict(term.keywords).get("response_model")
            if said is not None:
                return self._types.meant(summary.body, said, function.module)
            if summary.annotation is not None and _uses_fastapi(function.module):
                return self._types.meant(summary.body, summary.annotation, function.module)
        return None

    def _answered(self, evaluator: Evaluator, function: Function, answer: Meant, value: Value | None) -> None:
        cls = self._shown_by(answer)
        if cls is None or value is None:
            return
        header = Related(
            function.summary.span,
            f"`{function.qualname}` answers with `{cls.summary.name}`",
            function.module.summary.path,
        )
        frame = evaluator.class_frame(cls, (header,), 1)
        ref = next(iter(cls.summary.annotations.values()), 0)  # the first of a class are its bases
        self._read(frame, answer, value, ref, ())

    def _shown_by(self, meant: Meant) -> Class | None:
        """Return the first model in a type."""
        found = self._types.model(meant)
        if found is not None:
            return found[0]
        inside = [meant.part(each) for each in meant.shape.inside]
        return next((cls for each in inside if (cls := self._shown_by(each)) is not None), None)

    def method_of_unknown(self, frame: Frame, name: str, arguments: Arguments, ref: Ref) -> None:
        """Evaluate what `BookOut.model_validate(book)` or `TypeAdapter(list[BookOut]).validate_python(books)` reads."""
        value = arguments.positional[0] if arguments.positional else None
        meant = None if value is None else self._asked_type(frame, name, ref)
        if value is not None and meant is not None:
            before, self._left_out = self._left_out, _left_out_of(frame, ref)
            self._validated(frame, meant, value, ref)
            self._left_out = before

    def function(self, frame: Frame, name: str, arguments: Arguments, ref: Ref) -> None:
        """Evaluate what `parse_obj_as(list[BookOut], books)` reads."""
        value, term = arguments.get(1, "obj"), frame.body.entries[ref].term if ref >= 0 else None
        if value is not None and isinstance(term, Call) and term.arguments:
            meant = self._types.meant(frame.body, term.arguments[0], frame.module)
            if meant is not None:
                self._validated(frame, meant, value, ref)

    def constructed(self, frame: Frame, cls: Class, arguments: Arguments, ref: Ref) -> None:
        """Evaluate what the fields of `Page[BookOut](items=books)` read of the rows that they are given."""
        if not arguments.keywords or not self._is_model(frame.evaluator, cls):
            return
        term = frame.body.entries[ref].term if ref >= 0 else None
        meant = self._types.meant(frame.body, term.function, frame.module) if isinstance(term, Call) else None
        given = tuple(each for each in arguments.keywords if isinstance(each[1], (Row, Query, Elements, Several)))
        if meant is not None and given:
            self._validated(frame, meant, Mapping(given), ref)

    def _asked_type(self, frame: Frame, name: str, ref: Ref) -> Meant | None:
        """Return the type whose method a call at an entry calls."""
        entries = frame.body.entries
        term = entries[ref].term if ref >= 0 else None
        called = entries[term.function].term if isinstance(term, Call) else None
        if isinstance(called, Attribute):
            cls = frame.value(called.value)
            if isinstance(cls, Class) and isinstance(entries[called.value].term, Parameter):
                return Meant(Shape(f":{cls.qualname}"), cls.module)  # a function is told what to make
            return self._type_at(frame.body, called.value, frame.module, frame.evaluator, name)
        if not isinstance(called, Named):
            return None
        owner = called.name.rpartition(".")[0]
        definition, rest = frame.evaluator.index.resolve(owner, frame.module)
        if isinstance(definition, Class) and not rest:
            return Meant(Shape(owner), frame.module) if name != "validate_python" else None
        if isinstance(definition, Held) and not rest and len(definition.refs) == 1:
            return self._type_at(definition.body, definition.refs[0], definition.module, frame.evaluator, name)
        return None

    def _type_at(self, body: Body, ref: Ref, module: Module, evaluator: Evaluator, name: str) -> Meant | None:
        """Return the type at an entry: a model, or what an adapter is made for."""
        term = body.entries[ref].term
        if name != "validate_python":
            return self._types.meant(body, ref, module)
        called = body.entries[term.function].term if isinstance(term, Call) else None
        if not isinstance(term, Call) or not isinstance(called, Named) or not term.arguments:
            return None
        definition, rest = evaluator.index.resolve(called.name, module)
        known = isinstance(definition, External) and not rest and definition.name in self._adapters
        return self._types.meant(body, term.arguments[0], module) if known else None

    def _validated(self, frame: Frame, meant: Meant, value: Value, ref: Ref) -> None:
        """Evaluate what is read of a value that is validated at an entry."""
        cls = self._shown_by(meant)
        if cls is None:
            return
        place = frame.place(ref)
        route = (*frame.route, Related(place.span, f"`{cls.summary.name}` reads it", place.path))
        reading = frame.evaluator.class_frame(cls, route, frame.depth + 1)
        reading.sometimes = frame.is_sometimes((value,), ref)
        at = next(iter(cls.summary.annotations.values()), 0)
        self._read(reading, meant, frame.handed(value, ref), at, ())

    # Types

    def _is_model(self, evaluator: Evaluator, cls: Class) -> bool:
        """Tell whether a class is one of Pydantic's; a table of SQLModel shows its columns alone."""
        return evaluator.graph.of_class(cls) is None and self._types.is_model(cls)

    def _read(self, frame: Frame, meant: Meant, value: Value | None, ref: Ref, around: _Around) -> None:
        """Evaluate what a type reads of a value, at an entry of a model that names the type."""
        if value is None:
            return
        options = self._types.options(meant)
        if options is not None:
            for each in options[:1] if meant.shape.last == "Annotated" else options:
                self._read(frame, each, value, ref, around)  # of a union, all are tried
            return
        element, held = self._types.element(meant), self._types.held(meant)
        if element is not None:
            for item in self._elements(frame, value, ref):
                self._read(frame, element, item, ref, around)
        elif held is not None:
            values = [item for _, item in value.items] if isinstance(value, Mapping) else []
            for item in [value.held] if isinstance(value, Elements) else values:
                self._read(frame, held, item, ref, around)
        else:
            found = self._types.model(meant)
            if found is not None and self._is_model(frame.evaluator, found[0]):
                self._asked(frame, *found, value, ref, around)

    def _elements(self, frame: Frame, value: Value, ref: Ref) -> tuple[Value | None, ...]:
        """Return what stands for each element of a container."""
        if isinstance(value, Several):
            return value.items
        return (frame.element(value, ref, None),) if isinstance(value, (Query, Elements, Own)) else ()

    # Models

    def _asked(self, frame: Frame, cls: Class, variables: _Variables, value: Value, ref: Ref, around: _Around) -> None:
        """Evaluate what a model reads of a row, or of a dictionary, at its fields."""
        evaluator, key = frame.evaluator, (cls, variables, value, self._left_out)
        if key in self._shown or (cls, variables) in around or len(around) > _DEPTH:
            return
        self._shown.add(key)
        before, evaluator.asker = evaluator.asker, "serializer"
        try:
            root = self._types.root(cls, variables)
            if root is not None:
                self._read(frame, root, value, ref, (*around, (cls, variables)))
            for given in self._taken(frame, cls, value):
                if root is None and isinstance(given, (Row, Mapping)):
                    self._fields_of(frame, cls, variables, given, around)
        finally:
            evaluator.asker = before

    def _fields_of(
        self, frame: Frame, cls: Class, variables: _Variables, value: Row | Mapping, around: _Around
    ) -> None:
        evaluator = frame.evaluator
        for owner, known, name, ref in self._fields(cls, variables):
            if not around and name in self._left_out:
                continue  # it is read, but for nothing: a model without the field would mend that, and no query
            place = evaluator.class_frame(owner, frame.route, frame.depth)
            place.sometimes = frame.sometimes
            found = _value_of(place, value, _path(owner, name), ref)
            shape = None if found is None else shape_of(owner.summary.body, ref)
            if found is not None:
                self._changed(place, cls, name, found)
            if shape is not None:
                self._read(
                    place, Meant(shape, owner.module, known).part(shape), found, ref, (*around, (cls, variables))
                )

    def _fields(self, cls: Class, variables: _Variables) -> Iterator[tuple[Class, _Variables, str, Ref]]:
        """Yield the fields of a model: the class that declares each, what its variables stand for there, its name and
        the entry of its annotation."""
        found: dict[str, tuple[Class, _Variables, str, Ref]] = {}
        for owner, known in reversed(list(self._types.with_variables(cls, variables))):
            for name, ref in owner.summary.annotations.items():
                if not name.startswith("_") and name != "model_config":
                    found[name] = (owner, known, name, ref)
        yield from found.values()

    def _taken(self, frame: Frame, cls: Class, value: Value) -> list[Value | None]:
        """Return what a model reads its fields of: what it is given, or what its validators make of that before."""
        given: list[Value | None] = [value]
        for owner in reversed(frame.evaluator.index.ancestors(cls)):
            for name, method in owner.summary.methods.items() if isinstance(owner, Class) else ():
                if isinstance(owner, Class) and _comes_before(method, _TAKING):
                    function = frame.evaluator.index.method(owner, name)
                    if function is None or not _LOOKING.isdisjoint(names_in(function)):
                        return []
                    handed = Arguments((given[-1],), (), complete=False)
                    given = [frame.call_method(function, cls, handed, -1)]
        return given

    def _changed(self, frame: Frame, cls: Class, name: str, value: Value) -> None:
        """Evaluate what validators that come before the type of a field ask of its value."""
        for owner in frame.evaluator.index.ancestors(cls):
            for method, summary in owner.summary.methods.items() if isinstance(owner, Class) else ():
                if isinstance(owner, Class) and _comes_before(summary, _CHANGING, name):
                    function = frame.evaluator.index.method(owner, method)
                    if function is not None:
                        frame.call_method(function, cls, Arguments((value,), (), complete=False), -1)


def _left_out_of(frame: Frame, ref: Ref) -> frozenset[str]:
    """Return the fields that are left out where a model made at an entry is shown: `model_dump(exclude={"author"})`."""
    found: set[str] = set()
    entries = frame.body.entries
    for entry in entries if ref >= 0 else ():
        term = entry.term
        called = entries[term.function].term if isinstance(term, Call) else None
        if isinstance(term, Call) and isinstance(called, Attribute) and called.value == ref and called.name in _SHOWING:
            options = dict(term.keywords)
            said = frame.value(options["exclude"]) if "exclude" in options else None
            items = said.items if isinstance(said, Several) else ()
            found.update(each.value for each in items if isinstance(each, Literal) and isinstance(each.value, str))
    return frozenset(found)


def _value_of(frame: Frame, value: Row | Mapping, path: tuple[str, ...], ref: Ref) -> Value | None:
    """Return what a field is given: an attribute of the row, or of what that leads to; what is under a key."""
    found: Value | None = value
    for name in path:
        if isinstance(found, Mapping):
            found = dict(found.items).get(name)
        else:
            found = None if found is None else frame.attribute(found, name, ref)
    return found if path else None


def _path(cls: Class, name: str) -> tuple[str, ...]:
    """Return the attributes that a field is read from, one after another; none where they are not known."""
    entries = cls.summary.body.entries
    refs = cls.summary.names.get(name, ())
    term = entries[refs[-1]].term if refs else None
    options = dict(term.keywords) if isinstance(term, Call) else {}
    alias = options.get("validation_alias", options.get("alias"))
    if alias is None:
        return (name,)
    said = entries[alias].term
    parts = [entries[each].term for each in said.arguments] if isinstance(said, Call) else [said]
    is_path = isinstance(said, Call) and _last_name(entries[said.function].term) == "AliasPath"
    known = is_path or isinstance(said, Literal)
    texts = tuple(each.value for each in parts if isinstance(each, Literal) and isinstance(each.value, str))
    return texts if known and len(texts) == len(parts) else ()


def _last_name(term: Term) -> str:
    return term.name.rpartition(".")[2].lstrip(":") if isinstance(term, Named) else ""


def _comes_before(method: FunctionSummary, decorators: frozenset[str], field: str = "") -> bool:
    """Tell whether a method is a validator that gets what is not validated yet: of a field, or of all of them."""
    entries = method.body.entries
    for ref in method.decorators:
        term = entries[ref].term
        called = entries[term.function].term if isinstance(term, Call) else None
        if not isinstance(term, Call) or not isinstance(called, Named) or _last_name(called) not in decorators:
            continue
        options = {name: entries[value].term for name, value in term.keywords}
        names = [entries[each].term for each in term.arguments]
        before = options.get("mode") in (Literal("before"), Literal("wrap")) or options.get("pre") == Literal(True)
        if before and (not field or Literal(field) in names):
            return True
    return False


def _uses_fastapi(module: Module) -> bool:
    targets = (each for imported in module.summary.imports.values() for each in imported)
    return any(target.startswith("fastapi.") for target in targets)
