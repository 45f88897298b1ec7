"""Types that Pydantic reads rows by: models, what stands in their brackets, and containers of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from perffix.project.index import Class, External
from perffix.project.orm.sqlalchemy.annotations import Shape, shape_of
from perffix.semantic import facts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perffix.project.index import Index, Module
    from perffix.project.summaries.terms import Body, Ref

_OF_VARIABLES = ("Generic", "Protocol")


class Meant(NamedTuple):
    """A type as it stands in a module, with what its variables stand for.

    Attributes:
        shape: the type.
        module: where it stands.
        variables: what the variables in it stand for, by their names there.
    """

    shape: Shape
    module: Module
    variables: tuple[tuple[str, Meant], ...] = ()

    def part(self, shape: Shape) -> Meant:
        """Return a part of it, or what the variable stands for that this is."""
        return dict(self.variables).get(shape.name, self._replace(shape=shape))


class PydanticTypes:
    """Answers about types.

    Args:
        index: the modules.
    """

    def __init__(self, index: Index) -> None:
        self._index = index
        known = facts.load("pydantic")
        self._bases = frozenset(known["bases"])
        self._roots = frozenset(known["roots"])
        self._pages = frozenset(known["pages"])
        self._wrappers, self._collections, self._keyed = known["wrappers"], known["collections"], known["keyed"]

    def meant(self, body: Body, ref: Ref, module: Module) -> Meant | None:
        """Return the type that an entry of a body stands for."""
        shape = shape_of(body, ref)
        return None if shape is None else Meant(shape, module)

    def options(self, meant: Meant) -> list[Meant] | None:
        """Return the types of which a value may have one: those of a union, and what a wrapper is around; else None."""
        if meant.shape.name != "|" and meant.shape.last not in self._wrappers:
            return None
        return [meant.part(each) for each in meant.shape.inside if each.name != "None"]

    def element(self, meant: Meant) -> Meant | None:
        """Return the type of the elements of a container, or of the rows of a page; None for other types."""
        shape = meant.shape
        if not shape.inside:
            return None
        if shape.last in self._collections:
            return meant.part(shape.inside[0])
        definition, rest = self._resolved(shape.name, meant.module)
        page = isinstance(definition, External) and not rest and definition.name in self._pages
        return meant.part(shape.inside[0]) if page else None

    def held(self, meant: Meant) -> Meant | None:
        """Return the type of what a dictionary holds under its keys; None for other types."""
        shape = meant.shape
        return meant.part(shape.inside[-1]) if shape.inside and shape.last in self._keyed else None

    def model(self, meant: Meant) -> tuple[Class, tuple[tuple[str, Meant], ...]] | None:
        """Return the model that a type is, and what its variables stand for; None for other types."""
        definition, rest = self._resolved(meant.shape.name, meant.module)
        if not isinstance(definition, Class) or rest or not self.is_model(definition):
            return None
        given = [meant.part(each) for each in meant.shape.inside]
        return definition, tuple(zip(self._variables(definition), given, strict=False))

    def is_model(self, cls: Class) -> bool:
        """Tell whether a class is one of Pydantic's."""
        return self._index.is_subclass(cls, self._bases | self._roots)

    def root(self, cls: Class, variables: tuple[tuple[str, Meant], ...]) -> Meant | None:
        """Return the type of the one value that a model stands for; None for a model of fields."""
        for owner, known in self.with_variables(cls, variables):
            for name in ("root", "__root__"):
                ref = owner.summary.annotations.get(name)
                shape = None if ref is None else shape_of(owner.summary.body, ref)
                if shape is not None and (name == "__root__" or self._index.is_subclass(cls, self._roots)):
                    return Meant(shape, owner.module, known)
            for base in self._based_on(owner):
                definition, _ = self._resolved(base.name, owner.module)
                if isinstance(definition, External) and definition.name in self._roots and base.inside:
                    return Meant(base, owner.module, known).part(base.inside[0])
        return None

    def with_variables(
        self, cls: Class, variables: tuple[tuple[str, Meant], ...]
    ) -> Iterator[tuple[Class, tuple[tuple[str, Meant], ...]]]:
        """Yield a model and those that it inherits from, with what the variables of each stand for."""
        found = {cls: variables}
        for owner in self._index.ancestors(cls):
            if not isinstance(owner, Class):
                continue
            known = found.get(owner, ())
            yield owner, known
            for base in self._based_on(owner):
                above = self.model(Meant(base, owner.module, known))
                if above is not None:
                    found.setdefault(above[0], above[1])

    def _variables(self, cls: Class) -> list[str]:
        """Return the names of the variables of a model, in the order in which types are given for them."""
        for base in self._based_on(cls):
            if base.last in _OF_VARIABLES:
                return [each.name for each in base.inside]
        inside = [each.name for base in self._based_on(cls) for each in base.inside]
        return list(dict.fromkeys(inside))  # `class Books(Page[T])`

    def _based_on(self, cls: Class) -> Iterator[Shape]:
        shapes = (shape_of(cls.summary.body, ref) for ref in cls.summary.bases)
        return (each for each in shapes if each is not None)

    def _resolved(self, name: str, module: Module) -> tuple[object, tuple[str, ...]]:
        if not name or name == "|":
            return None, ()
        return self._index.resolve(name if ":" in name or "." in name else f":{name}", module)
