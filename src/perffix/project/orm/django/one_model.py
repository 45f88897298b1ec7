"""Which models the rows of a query may belong to: a helper may be given those of several."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.project.index import Class
from perffix.project.orm.django.managers import Managers
from perffix.project.summaries.terms import Attribute, Call, Each, Either, Item, Literal, Named, Parameter, Slice

if TYPE_CHECKING:
    from perffix.project.evaluation.evaluator import Evaluator
    from perffix.project.evaluation.values import Site
    from perffix.project.orm.graph import Model
    from perffix.project.summaries.summary import FunctionSummary
    from perffix.project.summaries.terms import Ref

_ADMINS = frozenset({"django.contrib.admin.ModelAdmin", "django.contrib.admin.options.ModelAdmin"})


def serves_one_model(site: Site, model: Model, evaluator: Evaluator) -> bool:
    """Tell whether the rows of a query that a call narrows are proved to be of one model, whoever asks for them.

    They are where the query begins with a name, with a row of a model that the code names, or with a manager that a
    single model has. What another parameter holds depends on the caller.

    Args:
        site: the call, such as `books.only("title")`.
        model: whose rows come there at least once.
        evaluator: knows what else comes there.
    """
    others = {loading.query.model.key for loading in evaluator.loadings if loading.site == site} - {model.key}
    return not others and _Origin(site, evaluator).is_one(site.ref)


class _Origin:
    """What a query begins with, as the body that it stands in is written."""

    def __init__(self, site: Site, evaluator: Evaluator) -> None:
        self._evaluator = evaluator
        self._module = evaluator.module_of(site)
        self._entries = evaluator.body_of(site).entries
        outer, _, name = site.body.rpartition(".")
        self._owner = evaluator.index.class_in(self._module, outer) if outer else None
        methods = {} if self._owner is None else self._owner.summary.methods
        self._function: FunctionSummary | None = self._module.summary.functions.get(site.body) or methods.get(name)

    def is_one(self, ref: Ref) -> bool:
        """Tell whether what an entry holds is of one model, or asked from rows of one."""
        term = self._entries[ref].term
        if isinstance(term, (Attribute, Each, Item, Slice)):
            return self.is_one(term.value)
        if isinstance(term, Either):
            return all(self.is_one(each) for each in term.options)
        if isinstance(term, Call):
            # `rows_of(model)` gives what it is given, `Book.objects.filter(pk=pk)` does not.
            given = () if self._is_method(term.function) else (*term.arguments, *(ref for _, ref in term.keywords))
            return self.is_one(term.function) and all(self._is_given(each) for each in given)
        if isinstance(term, Parameter):
            return self._is_row(term.name)
        if isinstance(term, Named) and term.name == "builtins.super":
            return self._is_of_one_table()
        return isinstance(term, Named)

    def _is_method(self, ref: Ref) -> bool:
        """Tell whether what is called is a method, not a function: of a value, or of a class that is named."""
        term = self._entries[ref].term
        if isinstance(term, Named):
            found = self._evaluator.index.resolve(term.name, self._module)[0]
            return isinstance(found, Class) or ".objects." in term.name
        return isinstance(term, Attribute)

    def _is_given(self, ref: Ref) -> bool:
        return isinstance(self._entries[ref].term, Literal) or self.is_one(ref)

    def _is_row(self, name: str) -> bool:
        """Tell whether a parameter holds a row of a model: the object of a method, or what its annotation says."""
        if self._function is None:
            return False
        for number, parameter in enumerate(self._function.parameters):
            if parameter.name == name and parameter.annotation is not None:
                annotation = self._entries[parameter.annotation].term
                found = (
                    self._evaluator.index.resolve(annotation.name, self._module)
                    if isinstance(annotation, Named)
                    else (None, ())
                )
                return not found[1] and isinstance(found[0], Class) and self._is_table(found[0])
            if parameter.name == name:
                return number == 0 and self._is_of_one_table()
        return False

    def _is_of_one_table(self) -> bool:
        """Tell whether the class around is a model, or of one model alone: of its managers or its page in the admin."""
        owner, index = self._owner, self._evaluator.index
        if owner is None or self._is_table(owner):
            return owner is not None
        if index.is_subclass(owner, _ADMINS):  # which models it shows is seen; what extends it may be for others
            return not any(cls != owner and owner in index.ancestors(cls) for cls in index.classes)
        managers = Managers(index)
        served = [
            model
            for model in self._evaluator.graph.models.values()
            if not model.abstract
            and any(owner in index.ancestors(cls) for manager in managers.of(model) for cls in manager.classes)
        ]
        return len(served) == 1

    def _is_table(self, cls: Class) -> bool:
        model = self._evaluator.graph.of_class(cls)
        return model is not None and not model.abstract
