"""The mappers that a project uses, ready to be asked: its models and what their queries cost."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from perffix.project.evaluation.evaluator import Evaluator
from perffix.project.frameworks.admin_inlines import AdminInlines
from perffix.project.frameworks.django_admin import DjangoAdmin
from perffix.project.frameworks.django_forms import DjangoForms
from perffix.project.frameworks.django_views import DjangoViews
from perffix.project.frameworks.jinja_views import JinjaViews
from perffix.project.frameworks.marshmallow_schemas import MarshmallowSchemas
from perffix.project.frameworks.pydantic_models import PydanticModels
from perffix.project.frameworks.rest_framework import RestFramework
from perffix.project.frameworks.templates import Templates
from perffix.project.index import Index
from perffix.project.orm.accesses import Cost
from perffix.project.orm.django.queries import DjangoQueries
from perffix.project.orm.library import Libraries
from perffix.project.orm.mappers import libraries_beside_django, models_of
from perffix.project.orm.stories import stories

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from perffix.model import Finding
    from perffix.project.beliefs import Belief
    from perffix.project.dependencies import Dependencies
    from perffix.project.frameworks.templates import Find
    from perffix.project.orm.accesses import Access
    from perffix.project.orm.graph import ModelGraph
    from perffix.project.orm.migrations import Migrations
    from perffix.project.orm.stories import Story
    from perffix.project.summaries.summary import ModuleSummary
    from perffix.project.trees import Trees
    from perffix.source import SourceFile


class Project:
    """All that is known of the modules of a project together.

    Args:
        summaries: the summary of each module by its dotted name.
        find_template: finds the file and the text of a template by the name under which it is rendered.
        read: reads the file of a module again.
        read_migrations: gives file and text of each of its migrations.
    """

    def __init__(
        self,
        summaries: Mapping[str, ModuleSummary],
        find_template: Find = lambda name: None,
        read: Callable[[str], SourceFile | None] = lambda path: None,
        read_migrations: Callable[[], Iterable[tuple[str, str]]] = tuple,
    ) -> None:
        self.index = Index(summaries)
        self._find_template = find_template
        self._read = read
        self._read_migrations = read_migrations

    @cached_property
    def trees(self) -> Trees:
        """The syntax trees of the modules."""
        from perffix.project.trees import Trees

        return Trees(self._read, (module.summary for module in self.index.modules.values()))

    @cached_property
    def migrations(self) -> Migrations:
        """What its migrations say."""
        from perffix.project.orm.migrations import Migrations

        return Migrations(self._read_migrations)

    @cached_property
    def _dependencies(self) -> Dependencies:
        from perffix.project.dependencies import Dependencies

        return Dependencies(self.index, self.models)

    def files_behind(self, finding: Finding) -> tuple[str, ...]:
        """Return the files that a finding follows from, sorted: while they stay as they are, so does the finding.

        They are its own and those of the places that it tells, all that these use, and the migrations, once some rule
        has asked for them.
        """
        told = [finding.path, *[each.path for each in finding.related if each.path is not None]]
        beside = self.migrations.paths if "migrations" in vars(self) else ()
        return self._dependencies.of([*told, *beside])

    @cached_property
    def models(self) -> ModelGraph:
        """The models and their relations."""
        return models_of(self.index)

    @cached_property
    def evaluator(self) -> Evaluator:
        """The evaluation of all code of the project, each function as somebody unknown may call it."""
        return self._evaluated()

    @cached_property
    def _uses_django(self) -> bool:
        """Whether models are Django's: then its views and templates are, too."""
        return not self.models.models or any(each.library == "django" for each in self.models.models.values())

    def _evaluated(self, keep: str = "") -> Evaluator:
        django = DjangoQueries(self.index, self.models)
        libraries = Libraries(self.models, (django, *libraries_beside_django(self.index, self.models)))
        templates = Templates(self._find_template, jinja=not self._uses_django)
        evaluator = Evaluator(self.index, self.models, libraries, templates, keep)
        views = (DjangoViews(django), RestFramework(django))
        of_django = (*views, DjangoAdmin(django), AdminInlines(django), DjangoForms(django))
        evaluator.frameworks = (*of_django, JinjaViews(), PydanticModels(self.index), MarshmallowSchemas())
        if self.models.models:
            for function in self.index.functions():
                evaluator.run_function(function)
            for module in self.index.modules.values():
                evaluator.run_module(module)
            for framework in evaluator.frameworks:
                framework.run(evaluator)
        return evaluator

    @property
    def accesses(self) -> list[Access]:
        """What the code costs in queries, in the order in which it was found."""
        return self.evaluator.accesses

    @cached_property
    def stories(self) -> list[Story]:
        """What queries do not load although code near them asks each of their rows for it: relations, then columns."""
        kinds = (Cost.RELATION, Cost.COLUMN)
        missed = ([each for each in self.accesses if each.cost is kind] for kind in kinds)
        return [story for each in missed for story in stories(each, self.evaluator)]

    def template_at(self, path: str) -> str | None:
        """Return the path by which the project knows the file of a template; None when it does not."""
        parts = path.replace("\\", "/").split("/")
        for start in range(1, len(parts)):
            found = self._find_template("/".join(parts[start:]))
            if found is not None and path.endswith(found[0].replace("\\", "/").lstrip("./")):
                return found[0]
        return None

    @property
    def paths(self) -> list[str]:
        """The files of all modules."""
        return [module.summary.path for module in self.index.modules.values()]

    def beliefs_at(self, path: str, line: int) -> list[Belief]:
        """Return what is believed of the expressions that begin on a line of a file, in the order of the text."""
        from perffix.project.beliefs import beliefs

        return beliefs(self._evaluated(keep=path), path, line)
