"""What Pydantic's models read of rows: those that FastAPI answers with, and those that code makes of rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.model import Related
from perffix.project.arguments import Arguments
from perffix.project.frameworks.framework import Framework
from perffix.project.index import Class
from perffix.project.orm.sqlalchemy.annotations import annotation_of
from perffix.project.terms import Attribute, Call, Literal, Named
from perffix.project.values import Elements, Query, Row, Value
from perffix.semantic import facts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.project.evaluation import Evaluator
    from perffix.project.frames import Frame
    from perffix.project.index import Function, Module
    from perffix.project.orm.sqlalchemy.annotations import Annotation
    from perffix.project.summary import FunctionSummary
    from perffix.project.terms import Ref, Term

_TAKING = frozenset({"model_validator", "root_validator"})
_DEPTH = 6  # models within models that are followed


class PydanticModels(Framework):
    """Follows rows into Pydantic's models."""

    def __init__(self) -> None:
        known = facts.load("pydantic")
        self._bases = frozenset(known["bases"])
        self._routes = frozenset(known["routes"])
        self.methods = frozenset(known["reading"])
        self._shown: set[tuple[Class, Row]] = set()

    # Roots

    def run(self, evaluator: Evaluator) -> None:
        """Evaluate what the answers of all routes read of the rows that their functions return."""
        for function in evaluator.index.functions():
            answer = self._answer(evaluator, function)
            if answer is not None:
                evaluator.start()
                value = evaluator.call_function(function, None, Arguments((), (), complete=False), (), 0)
                self._answered(evaluator, function, answer, value)

    def _answer(self, evaluator: Evaluator, function: Function) -> Annotation | None:
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
                return annotation_of(summary.body, said)
            if summary.annotation is not None and _uses_fastapi(function.module):
                return annotation_of(summary.body, summary.annotation)
        return None

    def _answered(self, evaluator: Evaluator, function: Function, answer: Annotation, value: Value | None) -> None:
        cls = self._model(evaluator, answer.target, function.module)
        if cls is None or value is None:
            return
        header = Related(
            function.summary.span,
            f"`{function.qualname}` answers with `{cls.summary.name}`",
            function.module.summary.path,
        )
        frame = evaluator.class_frame(cls, (header,), 1)
        ref = next(iter(cls.summary.annotations.values()), 0)  # the first of a class are its bases
        self._asked(evaluator, frame, cls, self._element(frame, answer, value, ref), ())

    def method_of_unknown(self, frame: Frame, name: str, arguments: Arguments, ref: Ref) -> None:
        """Evaluate what `BookOut.model_validate(book)` reads of the row."""
        row = arguments.positional[0] if arguments.positional else None
        cls = _owner(frame, ref) if isinstance(row, Row) else None
        if cls is None or not isinstance(row, Row) or not self._is_model(frame.evaluator, cls):
            return
        place = frame.place(ref)
        route = (*frame.route, Related(place.span, f"`{cls.summary.name}` reads it", place.path))
        reading = frame.evaluator.class_frame(cls, route, frame.depth + 1)
        reading.sometimes = frame.is_sometimes((row,), ref)
        self._asked(frame.evaluator, reading, cls, frame.handed(row, ref), ())

    # Models

    def _model(self, evaluator: Evaluator, name: str, module: Module) -> Class | None:
        definition, rest = evaluator.index.resolve(name if ":" in name or "." in name else f":{name}", module)
        known = isinstance(definition, Class) and not rest and self._is_model(evaluator, definition)
        return definition if known and isinstance(definition, Class) else None

    def _is_model(self, evaluator: Evaluator, cls: Class) -> bool:
        """Tell whether a class is one of Pydantic's; a table of SQLModel shows its columns alone."""
        return evaluator.graph.of_class(cls) is None and evaluator.index.is_subclass(cls, self._bases)

    def _asked(
        self, evaluator: Evaluator, frame: Frame, cls: Class, row: Value | None, around: tuple[Class, ...]
    ) -> None:
        """Evaluate what a model reads of a row, at its fields."""
        if not isinstance(row, Row) or (cls, row) in self._shown or cls in around or len(around) > _DEPTH:
            return
        self._shown.add((cls, row))
        before, evaluator.asker = evaluator.asker, "serializer"
        try:
            for owner, name, ref in _fields(evaluator, cls):
                place = frame if owner is cls else evaluator.class_frame(owner, frame.route, frame.depth)
                place.sometimes = frame.sometimes
                value = self._read(place, row, _path(owner, name), ref)
                said = None if value is None else annotation_of(owner.summary.body, ref)
                inner = None if said is None else self._model(evaluator, said.target, owner.module)
                if said is not None and inner is not None and value is not None:
                    nested = evaluator.class_frame(inner, frame.route, frame.depth)
                    nested.sometimes = frame.sometimes
                    self._asked(evaluator, nested, inner, self._element(place, said, value, ref), (*around, cls))
        finally:
            evaluator.asker = before

    def _read(self, frame: Frame, row: Row, path: tuple[str, ...], ref: Ref) -> Value | None:
        """Return what a field is given: an attribute of the row, or of what that leads to."""
        value: Value | None = row
        for name in path:
            value = None if value is None else frame.attribute(value, name, ref)
        return value if path else None

    def _element(self, frame: Frame, said: Annotation, value: Value, ref: Ref) -> Value | None:
        """Return what stands for each row that is shown."""
        if not said.collection:
            return value
        return frame.element(value, ref, None) if isinstance(value, (Query, Elements)) else None

    # Nothing else

    def constructed(self, frame: Frame, cls: Class, arguments: Arguments, ref: Ref) -> None:
        """Do nothing: what an object is made of is read by the code that makes it."""


def _fields(evaluator: Evaluator, cls: Class) -> Iterator[tuple[Class, str, Ref]]:
    """Yield the fields of a model: the class that declares each, its name, and the entry of its annotation there."""
    found: dict[str, tuple[Class, str, Ref]] = {}
    for each in reversed(evaluator.index.ancestors(cls)):
        if not isinstance(each, Class):
            continue
        if any(_takes_all(method) for method in each.summary.methods.values()):
            return  # what it reads is told by that method
        for name, ref in each.summary.annotations.items():
            if not name.startswith("_") and name != "model_config":
                found[name] = (each, name, ref)
    yield from found.values()


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


def _takes_all(method: FunctionSummary) -> bool:
    """Tell whether a method gets the row instead of the fields: a `model_validator`."""
    entries = method.body.entries
    terms = [entries[ref].term for ref in method.decorators]
    called = [entries[term.function].term if isinstance(term, Call) else term for term in terms]
    names = [term.name.rpartition(".")[2] for term in called if isinstance(term, Named)]
    return not _TAKING.isdisjoint(names)


def _owner(frame: Frame, ref: Ref) -> Class | None:
    """Return the class whose method a call at an entry calls."""
    entries = frame.body.entries
    term = entries[ref].term if ref >= 0 else None
    called = entries[term.function].term if isinstance(term, Call) else None
    value: object = None
    if isinstance(called, Attribute):
        value = frame.value(called.value)
    elif isinstance(called, Named):
        value = frame.named(called.name.rpartition(".")[0], ref)
    return value if isinstance(value, Class) else None


def _uses_fastapi(module: Module) -> bool:
    targets = (each for imported in module.summary.imports.values() for each in imported)
    return any(target.startswith("fastapi.") for target in targets)
