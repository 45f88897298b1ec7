"""Under which dotted names the files of a project are imported."""

# ruff: noqa: PTH100, PTH113, PTH118, PTH119, PTH122

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def module_names(paths: Iterable[str]) -> dict[str, str]:
    """Return the dotted module name of each file: the packages around it, as far as they have an `__init__.py`.

    Files that end up with one name, as scripts in several folders may, get the folder that sets them apart in front.
    """
    is_package: dict[str, bool] = {}
    names: dict[str, str] = {}
    taken: dict[str, str] = {}
    for path in paths:
        folder, file = os.path.split(os.path.abspath(path))
        stem = os.path.splitext(file)[0]
        parts = [] if stem == "__init__" else [stem]
        while _is_package(folder, is_package):
            folder, name = os.path.split(folder)
            parts.insert(0, name)
        name = ".".join(parts) or os.path.basename(folder)
        while name in taken and taken[name] != path and os.path.basename(folder):
            folder, outer = os.path.split(folder)
            name = f"{outer}.{name}"
        taken[name] = path
        names[path] = name
    return names


def _is_package(folder: str, known: dict[str, bool]) -> bool:
    found = known.get(folder)
    if found is None:
        found = known[folder] = os.path.isfile(os.path.join(folder, "__init__.py"))
    return found


def absolute_name(name: str, module: str, *, is_package: bool) -> str:
    """Return a name as it is written in a module (`:Book`, `..models.Book`, `app.models.Book`) as an absolute one."""
    if name.startswith(":"):
        return f"{module}.{name[1:]}"
    if not name.startswith("."):
        return name
    stripped = name.lstrip(".")
    levels = len(name) - len(stripped) - (1 if is_package else 0)
    parts = module.split(".")
    kept = parts[: len(parts) - levels] if levels else parts
    return ".".join([*kept, stripped])
