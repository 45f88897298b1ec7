"""How a module writes the name of a class or of a loader function that it may not have used yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from perffix.model import Import
from perffix.project.index import Class
from perffix.project.naming import absolute_name

if TYPE_CHECKING:
    from perffix.project.index import Index, Module

_ORM = "sqlalchemy.orm"


class Spelling(NamedTuple):
    """A name as a module writes it, and the import that it needs (also when the module may have it already)."""

    text: str
    imported: Import | None = None


def spelling_of_loader(module: Module, name: str) -> Spelling:
    """Return how a module calls a function of `sqlalchemy.orm`, in the way in which it names others of them."""
    imports = module.summary.imports
    for alias, targets in imports.items():
        if f"{_ORM}.{name}" in targets:
            return Spelling(alias, Import(_ORM, name) if alias == name else None)
    if not any(target.startswith(f"{_ORM}.") for targets in imports.values() for target in targets):
        for alias, targets in imports.items():
            if targets == (_ORM,):
                return Spelling(f"{alias}.{name}")
    return Spelling(name, Import(_ORM, name))


def spelling_of(index: Index, module: Module, cls: Class) -> Spelling | None:
    """Return how a module can name a class of the project; None when it would take a new dependency."""
    if "<" in cls.qualname:
        return None
    if cls.module is module:
        return Spelling(cls.qualname)
    for_types = module.summary.for_types
    imports = {alias: targets for alias, targets in module.summary.imports.items() if alias not in for_types}
    name = cls.qualname
    for alias in imports:
        if _is(index, module, f":{alias}", cls):
            return Spelling(alias)
    if name in for_types:
        return None  # what needs it for more imports it where it is needed, to avoid a circle
    if _is(index, module, f":{name}", cls):  # by `import *`
        return Spelling(name)
    for alias in imports:
        if _is(index, module, f":{alias}.{name}", cls):
            return Spelling(f"{alias}.{name}")
    for targets in imports.values():
        source = targets[0].rpartition(".")[0]
        if source and not source.startswith(".") and "." not in name:
            absolute = absolute_name(f"{source}.{name}", module.name, is_package=module.is_package)
            definition, rest = index.resolve_absolute(absolute)
            other, more = index.resolve(targets[0], module)
            if definition is cls and not rest and isinstance(other, Class) and not more:
                return Spelling(name, Import(source, name))
    return None


def spelling_in_place(module: Module, name: str, cls: Class) -> str | None:
    """Return how a function writes a class, from what the name stands for; None for unknown.

    It imports the class itself, or names it by the path of a module: `shop.models.Book`.
    """
    for alias, targets in module.summary.imports.items():
        if len(targets) == 1 and name.startswith(f"{targets[0]}."):
            return f"{alias}{name.removeprefix(targets[0])}"
    renamed = name in module.summary.renamed or name.startswith(":")
    return cls.qualname if not renamed and name.rpartition(".")[2] == cls.qualname else None


def _is(index: Index, module: Module, name: str, cls: Class) -> bool:
    definition, rest = index.resolve(name, module)
    return definition is cls and not rest
