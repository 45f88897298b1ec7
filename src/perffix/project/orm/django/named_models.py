"""Models that code asks the registry of apps for by their names: `apps.get_model("shop", "Order")`."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from perffix.project.evaluation.values import ModelClass, Outside
from perffix.project.summaries.terms import Call, Either, Literal, Named, Parameter
from perffix.semantic import facts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from perffix.project.evaluation.arguments import Arguments
    from perffix.project.index import Function, Index
    from perffix.project.orm.graph import Model, ModelGraph
    from perffix.project.summaries.terms import Entry, Ref

_REGISTRY = "django.apps.apps.get_model"
_GETTING_USERS = "django.contrib.auth.get_user_model"
_USERS_SETTING = ".AUTH_USER_MODEL"
_TWO = ["app_label", "model_name"]
_USERS = "django.contrib.auth.models.User"


class NamedModels:
    """Finds models by their names.

    Args:
        index: the modules.
        graph: the models.
    """

    def __init__(self, index: Index, graph: ModelGraph) -> None:
        self._index = index
        self._graph = graph
        self._functions = facts.load("django")["functions_giving_models"]

    @cached_property
    def _by_label(self) -> dict[str, Model | None]:
        """The models by label; None where several have the same one."""
        found: dict[str, Model | None] = {}
        for model in self._graph.models.values():
            if model.library == "django" and not model.abstract:
                label = model.label.lower()
                found[label] = None if label in found else model
        return found

    @cached_property
    def _users(self) -> Model | None:
        label = users_label(self._index)
        return (None if label is None else self._by_label.get(label)) or self._graph.models.get(_USERS)

    def knows(self, name: str) -> bool:
        """Tell whether a dotted name is that of a function that gives models, or of the setting for that of users."""
        return self._gives(name) or name.endswith(_USERS_SETTING)

    def _gives(self, name: str) -> bool:
        asked = self._functions.get(name.rpartition(".")[2])
        return asked is not None and name in asked["of"]

    def given_by(self, name: str, arguments: Arguments) -> ModelClass | None:
        """Return the model that a function gives.

        Args:
            name: the dotted name of the function.
            arguments: what it is given.

        Returns:
            The model; None for other functions, and where the names are computed or belong to no known model.
        """
        if not self._gives(name):
            return None
        asked = self._functions[name.rpartition(".")[2]]
        model = self._users if asked["gives"] == "users" else self._asked_for(arguments)
        return None if model is None else ModelClass(model)

    def _asked_for(self, arguments: Arguments) -> Model | None:
        app, name = arguments.get(0, "app_label"), arguments.get(1, "model_name")
        if isinstance(app, Outside):
            return self._users if app.name.endswith(_USERS_SETTING) and name is None else None
        if not isinstance(app, Literal) or not isinstance(app.value, str) or not arguments.complete:
            return None
        if isinstance(name, Literal) and isinstance(name.value, str):
            label = f"{app.value}.{name.value}".lower()
        else:
            label = app.value.lower() if name is None and _has_one(arguments) else ""
        return self._users if label == "auth.user" else self._by_label.get(label)

    def behind(self, function: Function) -> Outside | None:
        """Return Django's own function that a function of the project stands for, else None.

        One that gets models by name hands its two names on, whatever it does besides.
        """
        if function.owner is not None:
            return None
        names = [each.name for each in function.summary.parameters]
        if function.summary.name == "get_user_model":
            return None if names else Outside(_GETTING_USERS)
        handed = names == _TWO and any(each == (_REGISTRY, _TWO) for each in _calls_with_parameters(function))
        return Outside(_REGISTRY) if handed else None


def users_label(index: Index) -> str | None:
    """Return the label of the model of users, in lower case, where the settings of the project name one."""
    for module in index.modules.values():
        for ref in module.summary.names.get("AUTH_USER_MODEL", ()):
            term = module.summary.body.entries[ref].term
            if isinstance(term, Literal) and isinstance(term.value, str):
                return term.value.lower()
    return None


def _has_one(arguments: Arguments) -> bool:
    """Tell whether the name of the model is not given besides: as a value that is not known."""
    return len(arguments.positional) + len([name for name, _ in arguments.keywords if name != "require_ready"]) == 1


def _calls_with_parameters(function: Function) -> Iterator[tuple[str, list[str]]]:
    """Yield the name of each function that gets parameters of this one, and their names."""
    entries = function.summary.body.entries
    for entry in entries:
        term = entry.term
        called = entries[term.function].term if isinstance(term, Call) else None
        if isinstance(term, Call) and isinstance(called, Named) and not term.keywords:
            parameters = [_parameter(entries, each) for each in term.arguments]
            yield called.name, [each for each in parameters if each is not None]


def _parameter(entries: Sequence[Entry], ref: Ref) -> str | None:
    """Return the name of the parameter that an entry holds, on one way at least."""
    term = entries[ref].term
    if isinstance(term, Either):
        return next((name for each in term.options if (name := _parameter(entries, each)) is not None), None)
    return term.name if isinstance(term, Parameter) else None
