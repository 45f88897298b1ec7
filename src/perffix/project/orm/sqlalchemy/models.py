"""SQLAlchemy's models: tables and relations as the classes of a project declare them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from perffix.project.index import Class, External
from perffix.project.orm.graph import Declaration, Field, Kind, Model
from perffix.project.orm.sqlalchemy.declared import Declarations
from perffix.project.summaries.terms import Call, Literal, Named
from perffix.project.summaries.terms import Function as LambdaTerm
from perffix.semantic import facts

if TYPE_CHECKING:
    from perffix.project.index import Index, Module
    from perffix.project.orm.sqlalchemy.declared import Declared, ForeignKeys
    from perffix.project.summaries.terms import Body, Ref

_OPPOSITE = {Kind.TO_ONE: Kind.TO_MANY, Kind.TO_MANY: Kind.TO_ONE, Kind.REVERSE_ONE: Kind.TO_ONE}


def sqlalchemy_models(index: Index) -> dict[str, Model]:
    """Return all models that the project maps with SQLAlchemy, by key."""
    return _Builder(index).build()


class _Builder:
    def __init__(self, index: Index) -> None:
        self._index = index
        self._lazy = facts.load("sqlalchemy")["lazy"]
        self._declarations = Declarations(index)
        self._models: dict[str, Model] = {}
        self._by_name: dict[str, list[str]] = {}
        self._tables: dict[str, str] = {}
        self._keys: dict[str, ForeignKeys] = {}

    def build(self) -> dict[str, Model]:
        for cls in self._index.classes:
            above = [each for each in self._index.ancestors(cls) if isinstance(each, Class)]
            is_mapped = len(cls.summary.bases) or _is_decorated(cls) or cls in self._declarations.imperative
            if is_mapped and any(self._declarations.of(each) for each in above):
                self._add(cls)
        for model in self._models.values():
            self._add_fields(model)
        for model in self._models.values():
            self._add_ways_back(model)
        return self._models

    def _add(self, cls: Class) -> None:
        abstract = self._literal(cls, "__abstract__") == "True"
        complete = not any(
            isinstance(each, External) and each.name != "builtins.object" for each in self._index.ancestors(cls)
        )
        model = Model(cls.name, "sqlalchemy", cls, cls.summary.name, abstract=abstract, complete=complete)
        self._models[model.key] = model
        self._by_name.setdefault(model.name, []).append(model.key)
        self._tables[model.key] = self._table_of(cls)

    def _literal(self, cls: Class, name: str) -> str | None:
        refs = cls.summary.names.get(name, ())
        term = cls.summary.body.entries[refs[-1]].term if refs else None
        return str(term.value) if isinstance(term, Literal) else None

    def _table_of(self, cls: Class) -> str:
        """Return the name of a class's table, as far as it is written; else what Flask-SQLAlchemy makes of its name."""
        mapping = self._declarations.imperative.get(cls)
        if mapping is not None and mapping.table:
            return mapping.table
        for each in self._index.ancestors(cls):
            if isinstance(each, Class):
                name = self._literal(each, "__tablename__")
                if name is not None:
                    return name
                for ref in each.summary.names.get("__table__", ())[-1:]:
                    term = each.summary.body.entries[ref].term
                    arguments = term.arguments if isinstance(term, Call) else ()
                    first = each.summary.body.entries[arguments[0]].term if arguments else None
                    if isinstance(first, Literal) and isinstance(first.value, str):
                        return first.value
        if any("table" in each.summary.keywords for each in self._index.ancestors(cls) if isinstance(each, Class)):
            return cls.summary.name.lower()
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", cls.summary.name).lower()

    # Fields

    def _add_fields(self, model: Model) -> None:
        assert model.cls is not None
        parents = []
        for each in reversed(self._index.ancestors(model.cls)):
            if not isinstance(each, Class):
                continue
            if each is not model.cls and each.name in self._models:
                parents.append(each.name)
            for declared in self._declarations.of(each):
                field = self._field(model, declared)
                if field is not None:
                    model.fields[field.name] = field
        model.parents = tuple(parents)

    def _field(self, model: Model, declared: Declared) -> Field | None:
        name = declared.name
        if "column" in declared.kind:
            lazy = "deferred" if declared.kind == "deferred column" else ""
            key = self._declarations.is_key(declared)
            return Field(
                name, Kind.COLUMN, None, False, declared.declaration, declared.maker, name, None, False, lazy, key
            )
        if declared.kind == "proxy":
            names = [each.value for each in _literals(declared) if isinstance(each.value, str)]
            path = ".".join(names[:2]) if len(names) >= 2 else ""
            return Field(name, Kind.COLUMN, None, False, declared.declaration, declared.maker, path, None, False)
        target = self._target(declared, model)
        kind = self._kind(model, declared, target)
        if kind is None:
            return None
        nullable = declared.annotation is not None and declared.annotation.optional
        inverse = declared.text("back_populates") or declared.text("backref")
        column = self._column_of(model, declared, target) if kind is Kind.TO_ONE else None
        return Field(
            name, kind, target, nullable, declared.declaration, declared.maker, column or name, inverse, False,
            self._lazy_of(declared),
        )  # fmt: skip

    def _lazy_of(self, declared: Declared) -> str:
        if declared.kind == "dynamic relation":
            return "dynamic"
        if declared.annotation is not None and declared.annotation.own_query:
            return "dynamic"
        if "lazy" not in declared.options:
            return ""
        said = declared.text("lazy")
        if said is None:
            return "?"  # computed
        return "" if said in ("select", "True") else said

    def _column_of(self, model: Model, declared: Declared, target: str | None) -> str | None:
        """Return the column that holds the key of a many-to-one relation, if it is known and the only one."""
        named = [each.rpartition(".")[2].lstrip(":") for each in declared.names_in("foreign_keys")]
        if named:
            return named[0] if len(named) == 1 else None
        columns = () if target is None else self._columns_to(model.key, target)
        return next(iter(columns)) if len(columns) == 1 else None

    # Which way a relation goes

    def _kind(self, model: Model, declared: Declared, target: str | None) -> Kind | None:
        """Return what kind of relation it is; None when nothing tells."""
        if declared.kind == "dynamic relation":
            return Kind.TO_MANY
        said = declared.annotation
        if said is not None and said.collection:
            return Kind.TO_MANY
        single = declared.text("uselist") == "False" or (said is not None and self._names_model(said.target, declared))
        if "secondary" in declared.options:
            return Kind.REVERSE_ONE if single else Kind.TO_MANY
        direction = None if target is None else self._direction(model, declared, target)
        if single:
            return Kind.REVERSE_ONE if direction is Kind.TO_MANY else Kind.TO_ONE
        if declared.text("uselist") == "True":
            return Kind.TO_MANY
        return direction if direction is not None else self._partner_kind(declared, target)

    def _names_model(self, name: str, declared: Declared) -> bool:
        return self._resolved(name, declared.module) is not None

    def _direction(self, model: Model, declared: Declared, target: str) -> Kind | None:
        """Return where the key is: here, or in the rows of the target."""
        named = declared.names_in("foreign_keys") or declared.foreign_columns()
        own = self._own_columns(model.key)
        if named:
            last = named[0].rpartition(".")[2].lstrip(":")
            outer = named[0].rpartition(".")[0].rpartition(".")[2].lstrip(":")
            if outer:
                same = outer == model.name or any(key.endswith(f".{outer}") for key in model.parents)
                return Kind.TO_ONE if same or (outer == declared.cls.summary.name) else Kind.TO_MANY
            return Kind.TO_ONE if last in own else Kind.TO_MANY
        if target == model.key:
            return Kind.TO_ONE if "remote_side" in declared.options else Kind.TO_MANY
        here, there = self._columns_to(model.key, target), self._columns_to(target, model.key)
        if here and not there:
            return Kind.TO_ONE
        return Kind.TO_MANY if there and not here else None

    def _own_columns(self, key: str) -> set[str]:
        cls = self._models[key].cls
        assert cls is not None
        above = [each for each in self._index.ancestors(cls) if isinstance(each, Class)]
        return {each.name for cls in above for each in self._declarations.of(cls) if "column" in each.kind}

    def _columns_to(self, key: str, target: str) -> frozenset[str]:
        """Return the columns of a model that point to the table of another."""
        keys = self._keys.get(key)
        cls, other = self._models[key].cls, self._models[target].cls
        assert cls is not None
        assert other is not None
        if keys is None:
            keys = self._keys[key] = self._declarations.foreign_keys(cls)
        names = {self._tables[target]}
        for each in self._index.ancestors(other):
            if isinstance(each, Class):
                names.add(each.name)
                names.add(self._tables.get(each.name, ""))
        return frozenset[str]().union(*(keys.tables.get(name, ()) for name in names))

    def _partner_kind(self, declared: Declared, target: str | None) -> Kind | None:
        """Return the kind that the other side, which says so itself, leaves for this one."""
        name = declared.text("back_populates")
        cls = None if target is None else self._models[target].cls
        if name is None or cls is None:
            return None
        for each in self._index.ancestors(cls):
            for other in self._declarations.of(each) if isinstance(each, Class) else ():
                if other.name == name and other.annotation is not None and other.annotation.collection:
                    return Kind.TO_ONE
        return None

    # Targets

    def _target(self, declared: Declared, model: Model) -> str | None:
        if declared.target is not None and declared.maker != "Relationship":
            return self._target_of(declared.body, declared.target, declared.module)
        if declared.annotation is None:
            return None
        return self._resolved(declared.annotation.target, declared.module)

    def _target_of(self, body: Body, ref: Ref, module: Module) -> str | None:
        term = body.entries[ref].term
        if isinstance(term, LambdaTerm):
            return self._target_of(body, term.result, module)
        if isinstance(term, Literal) and isinstance(term.value, str):
            return self._resolved(term.value, module)
        return self._resolved(term.name, module) if isinstance(term, Named) else None

    def _resolved(self, name: str, module: Module) -> str | None:
        """Return the model of a name, which may be one of the registry's: the name of a class anywhere."""
        definition, rest = self._index.resolve(name if ":" in name or "." in name else f":{name}", module)
        if isinstance(definition, Class) and not rest:
            return definition.name if definition.name in self._models else None
        keys = self._by_name.get(name.rpartition(".")[2].lstrip(":"), [])
        if "." in name.lstrip(":"):
            keys = [key for key in keys if key.endswith(name.lstrip(":"))] or keys
        return keys[0] if len(keys) == 1 else None

    # Ways back

    def _add_ways_back(self, model: Model) -> None:
        """Give the targets of relations with a `backref` the attribute that leads back."""
        assert model.cls is not None
        above = (each for each in self._index.ancestors(model.cls) if isinstance(each, Class))
        own = [each for each in above if each is model.cls or each.name not in self._models]  # those of mixins, too
        for declared in (declared for each in own for declared in self._declarations.of(each)):
            name = declared.text("backref")
            field = model.fields.get(declared.name)
            if name is None or field is None or field.target is None:
                continue
            kind = _OPPOSITE[field.kind] if "secondary" not in declared.options else Kind.TO_MANY
            if kind is Kind.TO_MANY and declared.of_call("backref", "uselist") == "False":
                kind = Kind.REVERSE_ONE
            lazy = declared.of_call("backref", "lazy") or ""
            lazy = "" if lazy in ("select", "True") else lazy
            place = Declaration(declared.declaration.path, declared.declaration.span)
            back = Field(name, kind, model.key, True, place, "backref", name, declared.name, False, lazy)
            for other in self._models.values():
                if other.key == field.target or field.target in other.parents:
                    other.fields.setdefault(name, back)


def _is_decorated(cls: Class) -> bool:
    """Tell whether a decorator makes a class a model: `@registry.mapped`, `@mapped_as_dataclass(registry)`."""
    entries = cls.summary.body.entries
    for ref in cls.summary.decorators:
        term = entries[ref].term
        made = entries[term.function].term if isinstance(term, Call) else term
        if isinstance(made, Named) and made.name.rpartition(".")[2].lstrip(":") in ("mapped", "mapped_as_dataclass"):
            return True
    return False


def _literals(declared: Declared) -> list[Literal]:
    entries = declared.body.entries
    refs = () if declared.call is None else declared.call.arguments
    return [term for ref in refs if isinstance(term := entries[ref].term, Literal)]
