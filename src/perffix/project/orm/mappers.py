"""All mappers that perffix knows: the models that they find in a project, and what answers for their values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perffix.project.orm.django.models import django_models
from perffix.project.orm.graph import ModelGraph
from perffix.project.orm.peewee.models import peewee_models
from perffix.project.orm.peewee.queries import PeeweeQueries
from perffix.project.orm.sqlalchemy.models import sqlalchemy_models
from perffix.project.orm.sqlalchemy.queries import SqlalchemyQueries
from perffix.project.orm.tortoise.models import tortoise_models
from perffix.project.orm.tortoise.queries import TortoiseQueries

if TYPE_CHECKING:
    from perffix.project.index import Index
    from perffix.project.orm.library import Library

_FINDING = (django_models, sqlalchemy_models, peewee_models, tortoise_models)
_ANSWERING = (SqlalchemyQueries, PeeweeQueries, TortoiseQueries)


def models_of(index: Index) -> ModelGraph:
    """Return the models of a project, whichever mappers it uses."""
    return ModelGraph({key: model for find in _FINDING for key, model in find(index).items()})


def libraries_beside_django(index: Index, graph: ModelGraph) -> tuple[Library, ...]:
    """Return what answers for the values of all mappers but Django's."""
    used = {model.library for model in graph.models.values()}
    return tuple(library(index, graph) for library in _ANSWERING if library.name in used)
