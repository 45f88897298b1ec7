"""The mappers that a project uses, ready to be asked: its models and what their queries cost."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from perffix.project.evaluation import Evaluator
from perffix.project.index import Index
from perffix.project.orm.django.models import django_models
from perffix.project.orm.django.queries import DjangoQueries
from perffix.project.orm.graph import ModelGraph
from perffix.project.orm.library import Libraries

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perffix.project.orm.accesses import Access
    from perffix.project.summary import ModuleSummary


class Project:
    """All that is known of the modules of a project together.

    Args:
        summaries: the summary of each module by its dotted name.
    """

    def __init__(self, summaries: Mapping[str, ModuleSummary]) -> None:
        self.index = Index(summaries)

    @cached_property
    def models(self) -> ModelGraph:
        """The models and their relations."""
        return ModelGraph(django_models(self.index))

    @cached_property
    def evaluator(self) -> Evaluator:
        """The evaluation of all code of the project, each function as somebody unknown may call it."""
        libraries = Libraries(self.models, (DjangoQueries(self.index, self.models),))
        evaluator = Evaluator(self.index, self.models, libraries)
        if self.models.models:
            for function in self.index.functions():
                evaluator.run_function(function)
            for module in self.index.modules.values():
                evaluator.run_module(module)
        return evaluator

    @property
    def accesses(self) -> list[Access]:
        """What the code costs in queries, in the order in which it was found."""
        return self.evaluator.accesses
