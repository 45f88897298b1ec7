"""The summaries of all modules, linked: what a name in one module stands for in the whole project."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from perffix.project.naming import absolute_name
from perffix.project.summaries.terms import Call, Each, Either, Item, Named, Parameter

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from perffix.project.summaries.summary import ClassSummary, FunctionSummary, ModuleSummary
    from perffix.project.summaries.terms import Body, Ref

_PROPERTIES = ("property", "cached_property", "hybrid_property")
_NO_NAMES: frozenset[str] = frozenset()
_DEPTH = 12  # how many re-exports are followed
_LOADED = (Call, Item)  # what may be asked of a loader of classes


class Module:
    """A module of the project under its dotted name."""

    __slots__ = ("is_package", "name", "summary")

    def __init__(self, name: str, summary: ModuleSummary) -> None:
        self.name = name
        self.summary = summary
        self.is_package = summary.path.endswith("__init__.py")

    def __repr__(self) -> str:
        return f"<Module {self.name}>"


class Class:
    """A class of the project: its summary, the module that defines it, and its dotted name there."""

    __slots__ = ("module", "qualname", "summary")

    def __init__(self, module: Module, qualname: str, summary: ClassSummary) -> None:
        self.module = module
        self.qualname = qualname
        self.summary = summary

    @property
    def name(self) -> str:
        """The dotted name under which others import it."""
        return f"{self.module.name}.{self.qualname}"

    def __repr__(self) -> str:
        return f"<Class {self.name}>"


class Function:
    """A function of the project.

    Attributes:
        module: where it is defined.
        qualname: its dotted name there.
        summary: what it says.
        owner: the class that defines it, of a method.
        is_static: whether it gets no object when it is called as a method.
        is_property: whether it is read like an attribute.
        is_idle: whether it asks nothing of anything and returns nothing, as far as can be followed.
        guarding: the parameters that decide what of it runs.
        positional: the parameters that arguments without a name go to.
        has_defaults: whether some parameter has a default that is known.
    """

    __slots__ = (
        "_hands_back", "_runs", "guarding", "has_defaults", "is_idle", "is_property", "is_static", "module", "owner",
        "positional", "qualname", "summary",
    )  # fmt: skip

    def __init__(self, module: Module, qualname: str, summary: FunctionSummary, owner: Class | None = None) -> None:
        self.module = module
        self.qualname = qualname
        self.summary = summary
        self.owner = owner
        body = summary.body
        self.is_idle = not (body.asking or body.returns or body.tested)
        decorators = self._decorators() if summary.decorators else _NO_NAMES
        self.is_static = "staticmethod" in decorators
        self.is_property = not decorators.isdisjoint(_PROPERTIES)
        self.positional = [each.name for each in summary.parameters if each.kind == "positional"]
        self.has_defaults = bool([each for each in summary.parameters if each.default is not None])
        self.guarding = frozenset([guard.parameter for guard in body.guards]) if body.guards else _NO_NAMES
        self._runs: bool | None = None
        self._hands_back: bool | None = None

    @property
    def hands_back(self) -> bool:
        """Whether it returns what it was given, or may do so."""
        if self._hands_back is None:
            body = self.summary.body
            terms = [body.entries[ref].term for ref in body.returns]
            options = [body.entries[ref].term for term in terms if isinstance(term, Either) for ref in term.options]
            self._hands_back = any(isinstance(each, Parameter) for each in (*terms, *options))
        return self._hands_back

    @property
    def runs_what_it_returns(self) -> bool:
        """Whether it loops over what it returns, or asks whether that is empty."""
        if self._runs is None:
            body = self.summary.body
            asked = {*body.tested, *[each.term.value for each in body.entries if isinstance(each.term, Each)]}
            self._runs = not asked.isdisjoint(body.returns)
        return self._runs

    def _decorators(self) -> frozenset[str]:
        terms = [self.summary.body.entries[ref].term for ref in self.summary.decorators]
        return frozenset([term.name.rpartition(".")[2] for term in terms if isinstance(term, Named)])

    def __repr__(self) -> str:
        return f"<Function {self.module.name}.{self.qualname}>"


class Value(NamedTuple):
    """What a name at module or class level may hold: entries of a body; of a class, with its name in the module."""

    module: Module
    body: Body
    refs: tuple[Ref, ...]
    owner: str = ""


class External(NamedTuple):
    """Something that no module of the project defines, by its absolute dotted name."""

    name: str


Definition = Module | Class | Function | Value | External


class Index:
    """All modules of a project and the questions about names that they can answer together.

    Args:
        summaries: the summary of each module by its dotted name.
    """

    def __init__(self, summaries: Mapping[str, ModuleSummary]) -> None:
        self.modules = {name: Module(name, summary) for name, summary in summaries.items()}
        self._classes: dict[tuple[str, str], Class] = {}
        self._functions: dict[tuple[str, str], Function] = {}
        self._meanings: dict[tuple[str, Module], tuple[Definition, tuple[str, ...]]] = {}
        self._resolved: dict[str, tuple[Definition, tuple[str, ...]]] = {}
        self._ancestors: dict[Class, tuple[Class | External, ...]] = {}
        self._lineages: dict[Class, tuple[Class, ...]] = {}
        self._members: dict[tuple[Class, str], Function | Value | None] = {}
        self._outside: dict[Class, frozenset[str]] = {}
        self._inherited: dict[tuple[Class, str], Function | None] = {}
        self._attributes: dict[tuple[Class, str], Value | None] = {}

    # Names

    def resolve(self, name: str, module: Module) -> tuple[Definition, tuple[str, ...]]:
        """Return what a dotted name of a module stands for, and the attributes of it that the name goes on with.

        `models.Book.objects` in a module that imports `models` is the class `Book` and the attribute `objects`.
        """
        key = (name, module)
        found = self._meanings.get(key)
        if found is None:
            absolute = absolute_name(name, module.name, is_package=module.is_package)
            found = self._meanings[key] = self.resolve_absolute(absolute)
        return found

    def resolve_absolute(self, name: str) -> tuple[Definition, tuple[str, ...]]:
        """Return what an absolute dotted name stands for, as `resolve` does."""
        found = self._resolved.get(name)
        if found is None:
            found = self._resolved[name] = self._resolve(name, _DEPTH)
        return found

    def _resolve(self, name: str, depth: int) -> tuple[Definition, tuple[str, ...]]:
        parts = name.split(".")
        for length in range(len(parts), 0, -1):
            module = self.modules.get(".".join(parts[:length]))
            if module is not None:
                return self._member(module, parts[length:], depth)
        return External(name), ()

    def _member(self, module: Module, parts: list[str], depth: int) -> tuple[Definition, tuple[str, ...]]:
        """Resolve what follows the name of a module."""
        if not parts:
            return module, ()
        outside: tuple[Definition, tuple[str, ...]] = External(".".join([module.name, *parts])), ()
        if depth == 0:
            return outside
        summary, first = module.summary, parts[0]
        for length in range(len(parts), 0, -1):
            qualname = ".".join(parts[:length])
            if (function := self._function(module, qualname)) is not None:
                return function, tuple(parts[length:])
            if (cls := self.class_in(module, qualname)) is not None:
                return cls, tuple(parts[length:])
        if first in summary.names:
            held = Value(module, summary.body, summary.names[first])
            return self._loaded(held) or held, tuple(parts[1:])
        for target in summary.imports.get(first, ()):
            absolute = absolute_name(target, module.name, is_package=module.is_package)
            if absolute == f"{module.name}.{first}":
                continue  # a package that imports its own module: found as a module above
            found = self._resolve(".".join([absolute, *parts[1:]]), depth - 1)
            if not isinstance(found[0], External) or len(summary.imports[first]) == 1:
                return found
        for star in summary.stars:
            absolute = absolute_name(star, module.name, is_package=module.is_package)
            source = self.modules.get(absolute)
            if source is not None and source is not module and not first.startswith("_"):
                found = self._member(source, parts, depth - 1)
                if not isinstance(found[0], External) or found[0].name.partition(".")[0] != absolute.partition(".")[0]:
                    return found
        return outside

    def _loaded(self, held: Value) -> Definition | None:
        """Return what a loader of classes gives a name; None where none is asked."""
        if held.body.entries[held.refs[0]].term.__class__ not in _LOADED:
            return None
        from perffix.project.class_loaders import loaded_by_name

        return loaded_by_name(self, held)

    def class_in(self, module: Module, qualname: str) -> Class | None:
        """Return a class of a module by its name there, nested ones as `Outer.Inner`."""
        key = (module.name, qualname)
        found = self._classes.get(key)
        if found is not None:
            return found
        summary = module.summary.classes.get(qualname)
        if summary is None:
            outer, _, name = qualname.rpartition(".")
            around = self.class_in(module, outer) if outer else None
            if around is not None:
                summary = around.summary.classes.get(name)
        if summary is None:
            return None
        found = self._classes[key] = Class(module, qualname, summary)
        return found

    def _function(self, module: Module, qualname: str) -> Function | None:
        summary = module.summary.functions.get(qualname)
        if summary is None:
            return None  # a method is an attribute of its class
        key = (module.name, qualname)
        found = self._functions.get(key)
        if found is None:
            found = self._functions[key] = Function(module, qualname, summary)
        return found

    @cached_property
    def classes(self) -> tuple[Class, ...]:
        """All classes at module level; nested ones and those inside of functions are left out."""
        found = []
        for module in self.modules.values():
            for qualname in module.summary.classes:
                cls = self.class_in(module, qualname)
                if cls is not None and "<" not in qualname:
                    found.append(cls)
        return tuple(found)

    def functions(self) -> Iterator[Function]:
        """Yield all functions and methods, those of nested classes too."""
        for module in self.modules.values():
            for qualname in module.summary.functions:
                function = self._function(module, qualname)
                if function is not None:
                    yield function
        pending = list(self.classes)
        while pending:
            cls = pending.pop()
            for name in cls.summary.methods:
                yield self._method(cls, name)
            for name in cls.summary.classes:
                inner = self.class_in(cls.module, f"{cls.qualname}.{name}")
                if inner is not None:
                    pending.append(inner)

    # Classes

    def ancestors(self, cls: Class) -> tuple[Class | External, ...]:
        """Return a class and its bases in the order in which attributes are looked up, as far as they are known.

        Where a class stands above two others, it comes after both, as in Python's own order.
        """
        found = self._ancestors.get(cls)
        if found is None:
            self._ancestors[cls] = (cls,)  # for a class that is its own base by mistake
            order: list[Class | External] = [cls]
            for base in self._bases(cls):
                above = self.ancestors(base) if isinstance(base, Class) else (base,)
                order = [each for each in order if each not in above[1:]]
                order += [each for each in above if each not in order]
            found = self._ancestors[cls] = tuple(order)
        return found

    def _bases(self, cls: Class) -> Iterator[Class | External]:
        for ref in cls.summary.bases:
            entries = cls.summary.body.entries
            term = entries[ref].term
            if isinstance(term, Item):
                term = entries[term.value].term  # `Repository[Book]`
            if isinstance(term, Named):
                definition, rest = self.resolve(term.name, cls.module)
                if isinstance(definition, (Class, External)) and not rest:
                    yield definition

    def method(self, cls: Class, name: str) -> Function | None:
        """Return the method of a class, inherited ones too; None when no class of the project defines it."""
        key = (cls, name)
        if key in self._inherited:
            return self._inherited[key]
        found = None
        for each in self.lineage(cls):
            if name in each.summary.methods:
                found = self._method(each, name)
                break
        self._inherited[key] = found
        return found

    def _method(self, cls: Class, name: str) -> Function:
        qualname = f"{cls.qualname}.{name}"
        key = (cls.module.name, qualname)
        found = self._functions.get(key)
        if found is None:
            summary = cls.summary.methods[name]
            found = self._functions[key] = Function(cls.module, qualname, summary, cls)
        return found

    def attribute(self, cls: Class, name: str) -> Value | None:
        """Return what the statements of a class, or of the nearest base that has it, let a name hold."""
        key = (cls, name)
        if key in self._attributes:
            return self._attributes[key]
        found = None
        for each in self.lineage(cls):
            if name in each.summary.names:
                found = Value(each.module, each.summary.body, each.summary.names[name], each.qualname)
                break
        self._attributes[key] = found
        return found

    def member(self, cls: Class, name: str) -> Function | Value | None:
        """Return the method of a class or, where it has none of that name, what its statements let the name hold."""
        key = (cls, name)
        if key in self._members:
            return self._members[key]
        found = self._members[key] = self.method(cls, name) or self.attribute(cls, name)
        return found

    def lineage(self, cls: Class) -> tuple[Class, ...]:
        """Return a class and its bases, those of the project alone, in the order in which attributes are looked up."""
        found = self._lineages.get(cls)
        if found is None:
            above = self.ancestors(cls)
            found = self._lineages[cls] = tuple([each for each in above if isinstance(each, Class)])
        return found

    def inner_class(self, cls: Class, name: str) -> Class | None:
        """Return a nested class such as `Meta`, also of a base."""
        for each in self.lineage(cls):
            if name in each.summary.classes:
                return self.class_in(each.module, f"{each.qualname}.{name}")
        return None

    def is_subclass(self, cls: Class, names: frozenset[str]) -> bool:
        """Tell whether a class has one of these classes of other packages above it."""
        return not names.isdisjoint(self.outside_above(cls))

    def outside_above(self, cls: Class) -> frozenset[str]:
        """Return the classes of other packages above a class."""
        found = self._outside.get(cls)
        if found is None:
            above = self.ancestors(cls)
            found = self._outside[cls] = frozenset([each.name for each in above if isinstance(each, External)])
        return found
