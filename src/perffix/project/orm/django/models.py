"""Django's models: fields and relations as the classes of a project declare them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from perffix.project.index import Class, External, Value
from perffix.project.orm.django.named_models import users_label
from perffix.project.orm.graph import Declaration, Field, Kind, Model
from perffix.project.summaries.terms import Call, Literal, Named
from perffix.semantic import facts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from perffix.project.index import Index, Module
    from perffix.project.summaries.terms import Body, Ref

_DEPTH = 6
_TAG = "taggit.models.Tag"
_TAGGED = ("taggit.models.TaggedItemBase", "taggit.models.TaggedItem")
PARENT_LINK = "parent link"


class _Declared(NamedTuple):
    """A field as a class declares it, before its target is looked up."""

    name: str
    maker: str
    kind: Kind
    cls: Class
    ref: Ref
    target: Ref | None
    options: Mapping[str, Ref]


def django_models(index: Index) -> dict[str, Model]:
    """Return all Django models that the project defines or that its models lead to, by key."""
    return _Builder(index).build()


class _Builder:
    def __init__(self, index: Index) -> None:
        self._index = index
        self._facts = facts.load("django")
        self._bases = frozenset(self._facts["model_bases"])
        self._polymorphic = frozenset(self._facts["polymorphic_bases"])
        self._plain = frozenset((*self._facts["plain_bases"], *self._facts["batching_bases"]))
        self._declared: dict[Class, list[_Declared]] = {}
        self._models: dict[str, Model] = {}
        self._by_label: dict[str, str] = {}
        self._app_labels = dict(self._app_configs())

    def build(self) -> dict[str, Model]:
        for cls in self._index.classes:
            if self._is_model(cls):
                model = self._model(cls)
                self._models[model.key] = model
                if not model.abstract:
                    self._by_label.setdefault(model.label.lower(), model.key)
        if not self._models:
            return {}
        for key, known in self._facts["models"].items():
            self._by_label.setdefault(known["label"].lower(), key)
        for model in list(self._models.values()):
            self._add_fields(model)
        return self._models

    # Which classes are models

    def _is_model(self, cls: Class) -> bool:
        if self._index.is_subclass(cls, self._bases):
            return True
        above = self._index.ancestors(cls)
        return len(above) > 1 and any(
            declared.maker.startswith(("django.db.", "django.contrib.gis.db."))
            for each in above
            if isinstance(each, Class)
            for declared in self._declarations(each)
        )

    def _model(self, cls: Class) -> Model:
        above = self._index.ancestors(cls)
        complete = all(
            isinstance(each, Class) or each.name in self._bases or each.name in self._plain for each in above
        ) and self._has_known_bases(above)
        abstract = self._meta_flag(cls, "abstract")
        label = f"{self._app_label(cls)}.{cls.summary.name}"
        return Model(cls.name, "django", cls, label, abstract=abstract, complete=complete)

    def _has_known_bases(self, above: tuple[Class | External, ...]) -> bool:
        """Tell whether every base is a plain name: a call that makes a base says nothing of what it holds."""
        return all(
            isinstance(each.summary.body.entries[base].term, Named)
            for each in above
            if isinstance(each, Class)
            for base in each.summary.bases
        )

    def _meta(self, cls: Class, name: str) -> object:
        """Return the literal that `Meta` of this very class gives to a name."""
        meta = cls.summary.classes.get("Meta")
        refs = () if meta is None else meta.names.get(name, ())
        if meta is None or len(refs) != 1:
            return None
        term = meta.body.entries[refs[0]].term
        return term.value if isinstance(term, Literal) else None

    def _meta_flag(self, cls: Class, name: str) -> bool:
        return self._meta(cls, name) is True

    def _app_label(self, cls: Class) -> str:
        written = self._meta(cls, "app_label")
        if isinstance(written, str):
            return written
        module = cls.module.name
        packages = module.split(".")
        for length in range(len(packages), 0, -1):
            label = self._app_labels.get(".".join(packages[:length]))
            if label is not None:
                return label
        if "models" in packages:
            packages = packages[: packages.index("models")]
        elif not cls.module.is_package:
            packages = packages[:-1]
        return packages[-1] if packages else ""

    def _app_configs(self) -> Iterator[tuple[str, str]]:
        """Yield the package and label of each `AppConfig`."""
        for cls in self._index.classes:
            if not any(
                isinstance(each, External) and each.name.endswith(".AppConfig") for each in self._index.ancestors(cls)
            ):
                continue
            package, label = (self._string(cls, each) for each in ("name", "label"))
            if package is not None:
                yield package, label or package.rpartition(".")[2]

    def _string(self, cls: Class, name: str) -> str | None:
        value = self._index.attribute(cls, name)
        term = None if value is None else value.body.entries[value.refs[-1]].term
        return term.value if isinstance(term, Literal) and isinstance(term.value, str) else None

    # Fields

    def _declarations(self, cls: Class) -> list[_Declared]:
        """Return the fields that the statements of a class declare."""
        found = self._declared.get(cls)
        if found is None:
            found = self._declared[cls] = []
            for name, refs in cls.summary.names.items():
                declared = self._declaration(cls, name, refs[-1])
                if declared is not None:
                    found.append(declared)
        return found

    def _declaration(self, cls: Class, name: str, ref: Ref) -> _Declared | None:
        term = cls.summary.body.entries[ref].term
        if not isinstance(term, Call):
            return None
        called = cls.summary.body.entries[term.function].term
        if not isinstance(called, Named):
            return None
        maker = self._maker(called.name, cls.module)
        kind = None if maker is None else self._kind(maker)
        if maker is None or kind is None:
            return None
        options = {key: value for key, value in term.keywords if key is not None}
        target = None
        if kind.is_relation and kind is not Kind.GENERIC:
            target = term.arguments[0] if term.arguments else options.get("to")
        return _Declared(name, maker, kind, cls, ref, target, options)

    def _maker(self, name: str, module: Module) -> str | None:
        """Return the name of the field class that a constructor's name stands for, of a subclass that above it."""
        definition, rest = self._index.resolve(name, module)
        if isinstance(definition, External):
            return definition.name
        if isinstance(definition, Class) and not rest:
            for each in self._index.ancestors(definition):
                if isinstance(each, External) and self._kind(each.name) is not None:
                    return each.name
        return None

    def _kind(self, maker: str) -> Kind | None:
        last = maker.rpartition(".")[2]
        endings = [ending for ending in self._facts["fields"] if last.endswith(ending)]
        return Kind(self._facts["fields"][max(endings, key=len)]) if endings else None

    def _add_fields(self, model: Model) -> None:
        """Give a model its own and inherited fields, and the models that they lead to the way back."""
        cls = model.cls
        assert cls is not None
        parents = []
        for each in reversed(self._index.ancestors(cls)):
            if isinstance(each, External):
                self._add_known(model, each.name)
                continue
            above = self._models.get(each.name)
            if above is not None and above is not model and not above.abstract:
                parents.append(above)
            for declared in self._declarations(each):
                # A field of a concrete parent leads back to the parent alone.
                own = above is None or above.abstract or above is model
                self._add_field(model, declared, back=own and not model.abstract)
        model.parents = tuple(parent.key for parent in parents)
        if not model.abstract and not self._meta_flag(cls, "proxy"):
            for parent in parents:
                self._add_child(parent, model)

    def _add_child(self, parent: Model, child: Model) -> None:
        """Let the row of a parent table lead to the row that extends it."""
        cls = child.cls
        assert cls is not None
        name = child.name.lower()
        declared = Declaration(cls.module.summary.path, cls.summary.span)
        self._put(parent, Field(name, Kind.REVERSE_ONE, child.key, True, declared, "inheritance", name, None, True))

    def _add_known(self, model: Model, base: str) -> None:
        known = self._facts["models"].get(base)
        if known is not None:
            self._fill(model, known)

    def _fill(self, model: Model, known: Mapping[str, object]) -> None:
        for group, kind in (("to_one", Kind.TO_ONE), ("to_many", Kind.TO_MANY)):
            relations = known.get(group, {})
            assert isinstance(relations, dict)
            for name, target in relations.items():
                key = self._user_model() if target == "AUTH_USER_MODEL" else self._known_model(target).key
                model.fields[name] = Field(name, kind, key, False, None, group, name, None, True)
        columns = known.get("columns", ())
        assert isinstance(columns, (list, tuple))
        for name in columns:
            model.fields[name] = Field(name, Kind.COLUMN, None, False, None, "Field", name, None, name == "id")

    def _known_model(self, key: str) -> Model:
        """Return a model of a library, made on first demand."""
        model = self._models.get(key)
        if model is None:
            known = self._facts["models"][key]
            model = Model(key, "django", None, known["label"], abstract=known.get("abstract", False), complete=False)
            self._models[key] = model
            self._fill(model, known)
        return model

    def _add_field(self, model: Model, declared: _Declared, *, back: bool) -> None:
        cls = declared.cls
        name, options, body = declared.name, declared.options, cls.summary.body
        target = self._target(declared, model)
        nullable = self._flag(body, options.get("null"))
        place = Declaration(cls.module.summary.path, body.entries[declared.ref].span)
        maker = declared.maker.rpartition(".")[2]
        one_to_one = maker.endswith("OneToOneField")
        inverse = query_name = None
        if (
            declared.kind in (Kind.TO_ONE, Kind.TO_MANY)
            and maker != "GenericRelation"
            and not maker.endswith("Manager")
        ):
            inverse, query_name = self._reverse_names(declared, model, one_to_one=one_to_one)
        indexed = declared.kind is Kind.TO_ONE or any(
            self._flag(body, options.get(each)) for each in ("db_index", "unique", "primary_key")
        )
        key = "primary_key" in options or maker.endswith("AutoField")
        # The row of a parent table is made of the columns of this one: nothing is asked for, and nothing can be joined.
        lazy = PARENT_LINK if self._flag(body, options.get("parent_link")) else ""
        self._put(
            model, Field(name, declared.kind, target, nullable, place, maker, name, inverse, indexed, lazy, key=key)
        )
        if declared.kind is Kind.TO_ONE:
            column = f"{name}_id"
            self._put(model, Field(column, Kind.COLUMN, None, nullable, place, maker, column, None, True, key=key))
        other = self._models.get(target) if target is not None else None
        if back and other is not None and inverse is not None:
            kind = Kind.REVERSE_ONE if one_to_one else Kind.TO_MANY
            field = Field(inverse, kind, model.key, True, place, f"reverse {maker}", query_name or inverse, name, True)
            self._put(other, field)

    def _put(self, model: Model, field: Field) -> None:
        """Add a field to a model and to those that extend its table."""
        target = None if field.target is None else self._models.get(field.target)
        if target is not None and target.cls is not None and self._index.is_subclass(target.cls, self._polymorphic):
            field = field._replace(joinable=False)
        model.fields[field.name] = field
        for other in self._models.values():
            if other is not model and model.key in other.parents:
                other.fields.setdefault(field.name, field)

    def _reverse_names(self, declared: _Declared, model: Model, *, one_to_one: bool) -> tuple[str | None, str | None]:
        """Return the attribute and the query name of the way back; None when the declaration forbids it."""
        body, options = declared.cls.summary.body, declared.options
        related = self._text(body, options.get("related_name"))
        label, lower = model.label.rpartition(".")[0].lower(), model.name.lower()
        if related is not None:
            related = related.replace("%(class)s", lower).replace("%(app_label)s", label)
            if related.endswith("+"):
                return None, None
        elif options.get("related_name") is not None:
            return None, None  # computed
        query = self._text(body, options.get("related_query_name"))
        if query is not None:
            query = query.replace("%(class)s", lower).replace("%(app_label)s", label)
        return related or (lower if one_to_one else f"{lower}_set"), query or related or lower

    # Targets

    def _target(self, declared: _Declared, model: Model) -> str | None:
        if declared.maker.endswith(".TaggableManager"):
            return self._tags(declared, model)
        if declared.kind not in (Kind.TO_ONE, Kind.TO_MANY) or declared.target is None:
            return None
        return self._target_of(declared.cls.summary.body, declared.target, declared.cls.module, model, _DEPTH)

    def _tags(self, declared: _Declared, model: Model) -> str | None:
        """Return the model of the tags that a manager of taggit gives: what the field `tag` of its table leads to."""
        through = declared.options.get("through")
        if through is None:
            return self._known_model(_TAG).key
        body = declared.cls.summary.body
        key = self._target_of(body, through, declared.cls.module, model, _DEPTH)
        table = None if key is None else self._models.get(key)
        if table is None or table.cls is None:
            return None
        above = self._index.ancestors(table.cls)
        own = [
            each for cls in above if isinstance(cls, Class) for each in self._declarations(cls) if each.name == "tag"
        ]
        if own:
            return self._target(own[0], table)
        names = {each.name for each in above if isinstance(each, External)}
        return None if names.isdisjoint(_TAGGED) else self._known_model(_TAG).key

    def _target_of(self, body: Body, ref: Ref, module: Module, model: Model, depth: int) -> str | None:
        term = body.entries[ref].term
        if depth == 0:
            return None
        if isinstance(term, Literal) and isinstance(term.value, str):
            return self._labelled(term.value, model, module)
        if isinstance(term, Call):
            called = body.entries[term.function].term
            is_user = isinstance(called, Named) and called.name.endswith("get_user_model")
            return self._user_model() if is_user else None
        if not isinstance(term, Named):
            return None
        if term.name.endswith(".AUTH_USER_MODEL"):
            return self._user_model()
        definition, rest = self._index.resolve(term.name, module)
        if isinstance(definition, Class) and not rest:
            return definition.name if definition.name in self._models else None
        if isinstance(definition, External) and definition.name in self._facts["models"]:
            return self._known_model(definition.name).key
        if isinstance(definition, Value) and not rest and len(definition.refs) == 1:
            return self._target_of(definition.body, definition.refs[0], definition.module, model, depth - 1)
        return None

    def _labelled(self, text: str, model: Model, module: Module) -> str | None:
        """Return the model that a string names: `self`, `Order` of the same app, `shop.Order`."""
        if text == "self":
            return model.key
        label = text if "." in text else f"{model.label.rpartition('.')[0]}.{text}"
        if label.upper() == "AUTH.USER":
            return self._user_model()
        key = self._by_label.get(label.lower())
        if key is None:
            definition, rest = self._index.resolve(f":{text}", module)
            key = definition.name if isinstance(definition, Class) and not rest else None
        if key is not None and key not in self._models:
            return self._known_model(key).key if key in self._facts["models"] else None
        return key

    def _user_model(self) -> str:
        """Return the model of users: what a settings module says, else Django's own."""
        label = users_label(self._index)
        key = None if label is None else self._by_label.get(label)
        if key is not None and key in self._models:
            return key
        return self._known_model("django.contrib.auth.models.User").key

    def _flag(self, body: Body, ref: Ref | None) -> bool:
        term = None if ref is None else body.entries[ref].term
        return isinstance(term, Literal) and term.value is True

    def _text(self, body: Body, ref: Ref | None) -> str | None:
        term = None if ref is None else body.entries[ref].term
        return term.value if isinstance(term, Literal) and isinstance(term.value, str) else None
