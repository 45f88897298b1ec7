"""Which managers Django's models have, and the classes of the project that stand behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.project.evaluation.values import Manager
from perffix.project.index import Class, External
from perffix.project.index import Value as Held
from perffix.project.summaries.terms import Call, Named
from perffix.semantic import facts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.project.index import Index
    from perffix.project.orm.graph import Model
    from perffix.project.summaries.terms import Body, Ref


class Managers:
    """The managers of all models.

    Args:
        index: the modules.
    """

    def __init__(self, index: Index) -> None:
        self._index = index
        self._plain = frozenset(facts.load("django_queries")["plain_managers"])
        self._fields = tuple(facts.load("django")["fields"])  # some of which are called managers, too
        self._defaults: dict[str, Manager] = {}
        self._named: dict[tuple[str, str], Manager | None] = {}

    def named(self, model: Model, name: str) -> Manager | None:
        """Return the manager that a model has under a name."""
        key = (model.key, name)
        if key not in self._named:
            self._named[key] = self._find(model, name)
        return self._named[key]

    def _find(self, model: Model, name: str) -> Manager | None:
        if name in ("_default_manager", "_base_manager"):
            return self.default(model)
        held = None if model.cls is None else self._index.attribute(model.cls, name)
        if held is not None:
            return self._manager(model, held)
        if name != "objects" or any(True for _ in self._declared(model)):
            return None
        return Manager(model, unknown=not model.complete and model.cls is not None)

    def default(self, model: Model) -> Manager:
        """Return the manager that relations to a model use."""
        found = self._defaults.get(model.key)
        if found is None:
            plain = Manager(model, unknown=not model.complete and model.cls is not None)
            found = self._defaults[model.key] = next(self._declared(model), plain)
        return found

    def of(self, model: Model) -> Iterator[Manager]:
        """Yield the managers that a model has, those that it inherits among them."""
        for each in () if model.cls is None else self._index.ancestors(model.cls):
            for name in each.summary.names if isinstance(each, Class) else ():
                manager = self.named(model, name)
                if manager is not None:
                    yield manager

    def _declared(self, model: Model) -> Iterator[Manager]:
        """Yield the managers that the nearest class with some declares, in their order."""
        if model.cls is None:
            return
        for each in self._index.ancestors(model.cls):
            if not isinstance(each, Class):
                continue
            for refs in each.summary.names.values():
                manager = self._manager(model, Held(each.module, each.summary.body, refs))
                if manager is not None:
                    yield manager

    def _manager(self, model: Model, held: Held) -> Manager | None:
        term = held.body.entries[held.refs[-1]].term
        if not isinstance(term, Call):
            return None
        classes, unknown = self._classes_of(held.body, term.function, held)
        if classes is None:
            return None
        return Manager(model, classes, unknown=unknown)

    def _classes_of(self, body: Body, ref: Ref, held: Held) -> tuple[tuple[Class, ...] | None, bool]:
        """Return the classes behind what makes a manager, and whether more may stand behind it; None for no manager."""
        term = body.entries[ref].term
        if isinstance(term, Call):  # Base.from_queryset(QuerySet)
            called = body.entries[term.function].term
            if not isinstance(called, Named) or not called.name.endswith(".from_queryset"):
                return None, False
            classes, unknown = self._class_named(called.name.rpartition(".")[0], held)
            for argument in term.arguments[:1]:
                given = body.entries[argument].term
                more, too = self._class_named(given.name, held) if isinstance(given, Named) else (None, True)
                classes, unknown = (*(classes or ()), *(more or ())), unknown or too
            return classes, unknown
        if not isinstance(term, Named):
            return None, False
        name = term.name.removesuffix(".as_manager")
        return self._class_named(name, held)

    def _class_named(self, name: str, held: Held) -> tuple[tuple[Class, ...] | None, bool]:
        definition, rest = self._index.resolve(name, held.module)
        if isinstance(definition, External):
            if definition.name in self._plain:
                return (), False
            is_manager = definition.name.endswith(("Manager", "QuerySet")) and not definition.name.endswith(
                self._fields
            )
            return ((), True) if is_manager else (None, False)
        if isinstance(definition, Held) and not rest:
            term = definition.body.entries[definition.refs[-1]].term
            if isinstance(term, Call):
                return self._classes_of(definition.body, definition.refs[-1], definition)
        if not isinstance(definition, Class) or rest:
            return None, False
        return self._with_bases(definition)

    def _with_bases(self, cls: Class) -> tuple[tuple[Class, ...] | None, bool]:
        """Return a manager class with the queryset classes that its bases take methods from."""
        found: list[Class] = [cls]
        known = False
        unknown = False
        for each in self._index.ancestors(cls):
            if isinstance(each, External):
                plain = each.name in self._plain
                known = known or plain or each.name.endswith(("Manager", "QuerySet"))
                unknown = unknown or (not plain and each.name != "builtins.object")
                continue
            for base in each.summary.bases:
                term = each.summary.body.entries[base].term
                if isinstance(term, Call):
                    held = Held(each.module, each.summary.body, (base,))
                    classes, too = self._classes_of(each.summary.body, base, held)
                    known = known or classes is not None
                    found.extend(classes or ())
                    unknown = unknown or too or classes is None
        return (tuple(found), unknown) if known else (None, False)
