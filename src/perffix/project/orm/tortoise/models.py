"""Tortoise's models: fields and relations as the classes of a project declare them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.project.index import Class, External
from perffix.project.orm.graph import Declaration, Field, Kind, Model
from perffix.project.summaries.terms import Call, Literal, Named
from perffix.semantic import facts

if TYPE_CHECKING:
    from perffix.project.index import Index
    from perffix.project.summaries.terms import Body, Ref


def tortoise_models(index: Index) -> dict[str, Model]:
    """Return all models that the project maps with Tortoise, by key."""
    known = facts.load("tortoise")
    bases = frozenset(known["model_bases"])
    models = {}
    for cls in index.classes:
        if index.is_subclass(cls, bases):
            complete = all(isinstance(each, Class) or each.name in bases for each in index.ancestors(cls))
            models[cls.name] = Model(
                cls.name, "tortoise", cls, cls.summary.name, abstract=_is_abstract(cls), complete=complete
            )
    for model in models.values():
        _add_fields(model, models, index, known["fields"])
    return models


def _is_abstract(cls: Class) -> bool:
    meta = cls.summary.classes.get("Meta")
    refs = () if meta is None else meta.names.get("abstract", ())
    return meta is not None and bool(refs) and _literal(meta.body, refs[-1]) is True


def _add_fields(model: Model, models: dict[str, Model], index: Index, fields: dict[str, str]) -> None:
    assert model.cls is not None
    for each in reversed(index.ancestors(model.cls)):
        if not isinstance(each, Class):
            continue
        for name, refs in each.summary.names.items():
            body = each.summary.body
            call = body.entries[refs[-1]].term
            called = body.entries[call.function].term if isinstance(call, Call) else None
            if not isinstance(call, Call) or not isinstance(called, Named):
                continue
            definition, _ = index.resolve(called.name, each.module)
            if not isinstance(definition, External) or not definition.name.startswith("tortoise"):
                continue
            maker = definition.name.rpartition(".")[2]
            endings = [ending for ending in fields if maker.endswith(ending)]
            if endings:
                kind = Kind(fields[max(endings, key=len)])
                place = Declaration(each.module.summary.path, body.entries[refs[-1]].span)
                _add_field(model, models, name, kind, maker, body, call, place)


def _add_field(
    model: Model,
    models: dict[str, Model],
    name: str,
    kind: Kind,
    maker: str,
    body: Body,
    call: Call,
    place: Declaration,
) -> None:
    options = {key: value for key, value in call.keywords if key is not None}
    nullable = _literal(body, options.get("null")) is True
    if kind is Kind.COLUMN:
        model.fields[name] = Field(name, kind, None, nullable, place, maker, name, None, False)
        return
    written = _literal(body, call.arguments[0] if call.arguments else options.get("model_name", options.get("to")))
    keys = [key for key in models if isinstance(written, str) and key.endswith(f".{written.rpartition('.')[2]}")]
    target = keys[0] if len(keys) == 1 else None
    related = options.get("related_name")
    inverse = _literal(body, related)
    if related is None:
        inverse = f"{model.name.lower()}s" if maker != "OneToOneField" else model.name.lower()
    back = inverse if isinstance(inverse, str) else None
    model.fields[name] = Field(name, kind, target, nullable, place, maker, name, back, True)
    if kind is Kind.TO_ONE:
        column = f"{name}_id"
        model.fields[column] = Field(column, Kind.COLUMN, None, nullable, place, maker, column, None, True)
    if target is not None and back is not None and not model.abstract:
        other = Kind.REVERSE_ONE if maker == "OneToOneField" else Kind.TO_MANY
        field = Field(back, other, model.key, True, place, f"reverse {maker}", back, name, True)
        models[target].fields.setdefault(back, field)


def _literal(body: Body, ref: Ref | None) -> object:
    term = None if ref is None else body.entries[ref].term
    return term.value if isinstance(term, Literal) else None
