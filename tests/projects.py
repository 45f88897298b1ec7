"""Builds projects from texts, and says in a line each what perffix believes about them."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from perffix.project.project import Project
from perffix.project.summaries.reading import read_module
from perffix.source import SourceFile

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perffix.project.orm.accesses import Access


def project(files: Mapping[str, str]) -> Project:
    """Return the project of some files: dotted module names with their texts; packages end in `.__init__`."""
    summaries = {}
    for name, text in files.items():
        path = f"{name.replace('.', '/')}.py"
        source = SourceFile(path, textwrap.dedent(text).encode())
        summaries[name.removesuffix(".__init__")] = read_module(source)
    return Project(summaries)


def told(access: Access) -> str:
    """Return the kind of an access, the path from the rows of the query, and its line."""
    path = ".".join(field.name for field in access.path)
    return f"{access.cost.name.lower()} {path} line {access.place.span.line}"
