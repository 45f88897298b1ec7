"""What a project lets happen whenever a row of a model of Django is saved, beside what the model's own methods do."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from perffix.model import Related
from perffix.project.index import Class, External, Value
from perffix.project.orm.django.named_models import users_label
from perffix.project.place import Place
from perffix.project.summaries.terms import Attribute, Call, Display, Literal, Named, Parameter
from perffix.semantic.paths import is_test_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.project.index import Index, Module
    from perffix.project.orm.graph import Model, ModelGraph
    from perffix.project.summaries.terms import Body, Ref, Term

_SIGNALS = ("django.db.models.signals.pre_save", "django.db.models.signals.post_save")
_CONNECTING = tuple(f"{each}.connect" for each in _SIGNALS)
_RECEIVING = ("django.dispatch.receiver", "django.dispatch.dispatcher.receiver")
_IMPORTED = ("django.db.models.signals", "django.dispatch", "signals")
_HISTORY = "HistoricalRecords"
_USERS = "django.contrib.auth.models.User"
_ANY: str = "*"  # all models, or some that are computed


class Receiver(NamedTuple):
    """Code that is called before or after rows are saved.

    Attributes:
        place: where it is connected.
        sender: the key of the model whose rows these are, or the name of its class; `*` for all models, or for some
            that the program computes.
    """

    place: Place
    sender: str

    def related(self) -> Related:
        """Return the place for somebody who is to look there before rows are written together."""
        message = "A receiver of all models, or of some that are computed, is connected here: it would not be called"
        return Related(self.place.span, message, self.place.path)


class OnSaving:
    """What happens when rows are saved one by one, and would not when they are written together.

    Args:
        index: the modules.
        graph: the models.
    """

    def __init__(self, index: Index, graph: ModelGraph) -> None:
        self._index = index
        self._graph = graph

    def does_more(self, model: Model) -> bool:
        """Tell whether each row of a model that is saved surely makes other code run: a receiver, a history."""
        names = (model.key, model.name)
        return any(each.sender in names for each in self._receivers) or self._has_history(model)

    @property
    def receiver_of_any(self) -> Receiver | None:
        """The first receiver for all models, or for some that are computed."""
        return next((each for each in self._receivers if each.sender == _ANY), None)

    def _has_history(self, model: Model) -> bool:
        above = () if model.cls is None else self._index.ancestors(model.cls)
        for cls in above:
            if not isinstance(cls, Class):
                continue
            entries = cls.summary.body.entries
            for refs in cls.summary.names.values():
                term = entries[refs[-1]].term
                called = entries[term.function].term if isinstance(term, Call) else None
                if isinstance(called, (Attribute, Named)) and called.name.endswith(_HISTORY):
                    return True
        return False

    @cached_property
    def _receivers(self) -> tuple[Receiver, ...]:
        modules = [module for module in self._index.modules.values() if _may_connect(module)]
        found = [each for module in modules for each in self._connected(module, module.summary.body, None)]
        connecting = frozenset(modules)
        for function in self._index.functions():
            if function.module in connecting:
                found += self._connected(function.module, function.summary.body, function.owner)
                for ref in function.summary.decorators:
                    found += self._received(function.module, function.summary.body, ref)
        return tuple(sorted(found))

    def _connected(self, module: Module, body: Body, owner: Class | None) -> Iterator[Receiver]:
        """Yield what a body connects: `post_save.connect(tell, sender=Order)`."""
        for ref, entry in enumerate(body.entries):
            term = entry.term
            if isinstance(term, Call) and self._name(body.entries[term.function].term, module) in _CONNECTING:
                yield from self._receiver(
                    module, body, ref, owner, dict(term.keywords).get("sender", *term.arguments[1:2])
                )

    def _received(self, module: Module, body: Body, ref: Ref) -> Iterator[Receiver]:
        """Yield what a decorator connects: `@receiver([pre_save, post_save], sender=Order)`."""
        term = body.entries[ref].term
        if isinstance(term, Call) and self._name(body.entries[term.function].term, module) in _RECEIVING:
            first = body.entries[term.arguments[0]].term if term.arguments else None
            signals = [body.entries[each].term for each in first.items] if isinstance(first, Display) else [first]
            if any(self._name(each, module) in _SIGNALS for each in signals):
                yield from self._receiver(module, body, ref, None, dict(term.keywords).get("sender"))

    def _receiver(
        self, module: Module, body: Body, ref: Ref, owner: Class | None, sender: Ref | None
    ) -> Iterator[Receiver]:
        entry = body.entries[ref]
        key = _ANY if sender is None else self._sender(module, body, sender, owner)
        if key is not None:
            yield Receiver(Place(module.summary.path, entry.span, entry.lines), key)

    def _sender(self, module: Module, body: Body, ref: Ref, owner: Class | None = None) -> str | None:
        """Return the model that an expression stands for, in a method of a class, maybe; None for something else."""
        term = body.entries[ref].term
        if isinstance(term, Attribute) and owner is not None and isinstance(body.entries[term.value].term, Parameter):
            method = self._index.method(owner, term.name)
            returned = () if method is None else method.summary.body.returns
            if method is not None and len(returned) == 1:
                return self._sender(method.module, method.summary.body, returned[0])
        if isinstance(term, Literal):
            return _ANY if term.value is None else self._labelled(str(term.value))
        if isinstance(term, Call):
            called = body.entries[term.function].term
            name = called.name.rpartition(".")[2] if isinstance(called, (Attribute, Named)) else ""
            if name == "get_user_model":
                return self._users
            last = body.entries[term.arguments[-1]].term if name == "get_model" and term.arguments else None
            return str(last.value).rpartition(".")[2] if isinstance(last, Literal) else _ANY
        if not isinstance(term, Named):
            return _ANY
        if term.name.endswith(".AUTH_USER_MODEL"):
            return self._users
        definition, rest = self._index.resolve(term.name, module)
        if isinstance(definition, Value) and not rest and len(definition.refs) == 1:
            held = definition.body.entries[definition.refs[0]].term
            known = isinstance(held, (Call, Literal))
            return self._sender(definition.module, definition.body, definition.refs[0]) if known else _ANY
        if isinstance(definition, (Class, External)) and not rest:
            return definition.name
        return _ANY

    def _labelled(self, label: str) -> str | None:
        keys = (each.key for each in self._graph.models.values() if each.label.lower() == label.lower())
        return next(keys, None)

    @property
    def _users(self) -> str:
        label = users_label(self._index)
        return (None if label is None else self._labelled(label)) or _USERS

    def _name(self, term: Term | None, module: Module) -> str:
        """Return the absolute name of something outside of the project; empty for anything else."""
        if not isinstance(term, Named):
            return ""
        definition, rest = self._index.resolve(term.name, module)
        return ".".join([definition.name, *rest]) if isinstance(definition, External) else ""


def _may_connect(module: Module) -> bool:
    """Tell by what a module imports whether it may connect receivers to signals of models."""
    summary = module.summary
    if is_test_path(summary.path):
        return False
    imported = [target for targets in summary.imports.values() for target in targets]
    return any(name in target for target in (*imported, *summary.stars, *summary.inner_imports) for name in _IMPORTED)
