"""Peewee's models: fields and relations as the classes of a project declare them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.project.index import Class, External
from perffix.project.orm.graph import Declaration, Field, Kind, Model
from perffix.project.summaries.terms import Call, Literal, Named
from perffix.semantic import facts

if TYPE_CHECKING:
    from perffix.project.index import Index, Module
    from perffix.project.summaries.terms import Body, Ref


def peewee_models(index: Index) -> dict[str, Model]:
    """Return all models that the project maps with Peewee, by key."""
    return _Builder(index).build()


class _Builder:
    def __init__(self, index: Index) -> None:
        self._index = index
        known = facts.load("peewee")
        self._bases = frozenset(known["model_bases"])
        self._fields: dict[str, str] = known["fields"]
        self._models: dict[str, Model] = {}

    def build(self) -> dict[str, Model]:
        for cls in self._index.classes:
            if self._index.is_subclass(cls, self._bases):
                self._models[cls.name] = Model(
                    cls.name, "peewee", cls, cls.summary.name, abstract=False, complete=self._is_complete(cls)
                )
        for model in self._models.values():
            self._add_fields(model)
        return self._models

    def _is_complete(self, cls: Class) -> bool:
        return all(isinstance(each, Class) or each.name in self._bases for each in self._index.ancestors(cls))

    def _add_fields(self, model: Model) -> None:
        assert model.cls is not None
        for each in reversed(self._index.ancestors(model.cls)):
            if not isinstance(each, Class):
                continue
            for name, refs in each.summary.names.items():
                self._add_field(model, each, name, refs[-1])

    def _add_field(self, model: Model, cls: Class, name: str, ref: Ref) -> None:
        body = cls.summary.body
        call = body.entries[ref].term
        called = body.entries[call.function].term if isinstance(call, Call) else None
        if not isinstance(call, Call) or not isinstance(called, Named):
            return
        maker = self._maker(called.name, cls.module)
        if maker is None:
            return
        kind = Kind(self._fields[max((each for each in self._fields if maker.endswith(each)), key=len)])
        place = Declaration(cls.module.summary.path, body.entries[ref].span)
        options = {key: value for key, value in call.keywords if key is not None}
        if kind is Kind.COLUMN:
            model.fields[name] = Field(name, kind, None, False, place, maker, name, None, False)
            return
        target = call.arguments[0] if call.arguments else options.get("model", options.get("rel_model_name"))
        key = None if target is None else self._target(body, target, model, cls.module)
        nullable = _literal(body, options.get("null")) is True
        lazy = "never" if _literal(body, options.get("lazy_load")) is False else ""
        back = _literal(body, options.get("backref"))
        inverse = back if isinstance(back, str) and back != "+" else None
        if inverse is None and "backref" not in options:
            inverse = f"{model.name.lower()}s" if kind is Kind.TO_MANY else f"{model.name.lower()}_set"
        model.fields[name] = Field(name, kind, key, nullable, place, maker, name, inverse, True, lazy)
        if kind is Kind.TO_ONE:
            column = _literal(body, options.get("object_id_name"))
            column = column if isinstance(column, str) else f"{name}_id"
            model.fields[column] = Field(column, Kind.COLUMN, None, nullable, place, maker, column, None, True)
        if key is not None and inverse is not None:
            by = f"backref of {maker}"
            other = Field(inverse, Kind.TO_MANY, model.key, True, place, by, inverse, name, True)
            self._models[key].fields.setdefault(inverse, other)

    def _maker(self, name: str, module: Module) -> str | None:
        """Return the name of the field class that a constructor's name stands for, of a subclass that above it."""
        definition, rest = self._index.resolve(name, module)
        if isinstance(definition, External):
            packages = ("peewee", "playhouse")
            found: list[str] = [definition.name] if definition.name.startswith(packages) else []
        elif isinstance(definition, Class) and not rest:
            found = [each.name for each in self._index.ancestors(definition) if isinstance(each, External)]
        else:
            return None
        lasts = (each.rpartition(".")[2] for each in found)
        return next((last for last in lasts if any(last.endswith(each) for each in self._fields)), None)

    def _target(self, body: Body, ref: Ref, model: Model, module: Module) -> str | None:
        term = body.entries[ref].term
        if isinstance(term, Literal) and term.value == "self":
            return model.key
        if isinstance(term, Literal) and isinstance(term.value, str):
            keys = [key for key in self._models if key.rpartition(".")[2] == term.value]
            return keys[0] if len(keys) == 1 else None
        if not isinstance(term, Named):
            return None
        definition, rest = self._index.resolve(term.name, module)
        return (
            definition.name if isinstance(definition, Class) and not rest and definition.name in self._models else None
        )


def _literal(body: Body, ref: Ref | None) -> object:
    term = None if ref is None else body.entries[ref].term
    return term.value if isinstance(term, Literal) else None
