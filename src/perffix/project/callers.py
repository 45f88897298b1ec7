"""Who calls the functions of a project from other modules, as far as names tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from perffix.project.index import Function
from perffix.project.summaries.terms import Call, Named

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from perffix.project.index import Class, Index, Module
    from perffix.project.summaries.summary import FunctionSummary
    from perffix.project.summaries.terms import Body, Entry

_DEPENDING = ("Depends", "Security")


class Caller(NamedTuple):
    """A place of another module that calls a function or class, or lets a framework call it for each request.

    Attributes:
        module: the module.
        entry: the call.
        depends: whether a framework calls it.
    """

    module: Module
    entry: Entry
    depends: bool


def calls_of(names: Collection[str], index: Index) -> Iterator[tuple[Module, Body, Entry]]:
    """Yield all calls of something outside of the project, by its absolute names."""
    for module in _modules_with(names, index):
        for body in _bodies(module):
            for entry in _calls(body):
                if _called(body, entry) in names:
                    yield module, body, entry


def functions_that_call(names: Collection[str], index: Index) -> Iterator[tuple[Function, Entry]]:
    """Yield what calls something outside of the project, with the call: functions at module level, constructors."""
    for module in _modules_with(names, index):
        summary = module.summary
        for name, function in summary.functions.items():
            for entry in _calls(function.body):
                if _called(function.body, entry) in names:
                    definition, rest = index.resolve(f":{name}", module)
                    if isinstance(definition, Function) and not rest:
                        yield definition, entry
        for name, cls in summary.classes.items():
            made = cls.methods.get("__init__")
            calls = [] if made is None else [each for each in _calls(made.body) if _called(made.body, each) in names]
            owner = index.class_in(module, name) if calls else None
            method = None if owner is None else index.method(owner, "__init__")
            if method is not None and method.owner is owner:
                yield from ((method, entry) for entry in calls)


def callers_of(function: Function | Class, index: Index, *, here: bool = False) -> Iterator[Caller]:
    """Yield the places in other modules, and `here` in its own, that call a function or class at module level by its
    name."""
    for module in index.modules.values():
        is_own = module is function.module
        if not (here if is_own else _may_know(module, function)):
            continue
        for body in _bodies(module):
            for entry in _calls(body):
                term = entry.term
                assert isinstance(term, Call)
                if _stands_for(_called(body, entry), module, function, index):
                    yield Caller(module, entry, depends=False)
                elif _called(body, entry).rpartition(".")[2] in _DEPENDING and any(
                    _stands_for(_name(body, each), module, function, index) for each in term.arguments
                ):
                    yield Caller(module, entry, depends=True)


def _modules_with(names: Collection[str], index: Index) -> Iterator[Module]:
    """Yield the modules that import what some names stand for, or a module that such a name goes through.

    What only functions import counts where the module itself imports something of the same package.
    """
    leading = {name for each in names for name in _beginnings(each)}
    packages = {name for name in leading if "." not in name}
    for module in index.modules.values():
        summary = module.summary
        imported = {target for targets in summary.imports.values() for target in targets}
        if not leading.isdisjoint(imported) or (
            not leading.isdisjoint(summary.inner_imports)
            and not packages.isdisjoint(target.partition(".")[0] for target in imported)
        ):
            yield module


def _beginnings(name: str) -> Iterator[str]:
    """Yield a dotted name and all that it goes through: `a.b`, `a`."""
    while name:
        yield name
        name = name.rpartition(".")[0]


def _may_know(module: Module, function: Function | Class) -> bool:
    """Tell by its imports whether a module may call a function."""
    wanted = {function.qualname, function.module.name.rpartition(".")[2]}
    targets = (target for targets in module.summary.imports.values() for target in targets)
    return bool(module.summary.stars) or any(target.rpartition(".")[2] in wanted for target in targets)


def _bodies(module: Module) -> Iterator[Body]:
    functions: list[FunctionSummary] = list(module.summary.functions.values())
    functions += [each for cls in module.summary.classes.values() for each in cls.methods.values()]
    yield module.summary.body
    for function in functions:
        yield function.body


def _calls(body: Body) -> Iterator[Entry]:
    return (entry for entry in body.entries if isinstance(entry.term, Call))


def _called(body: Body, entry: Entry) -> str:
    return _name(body, entry.term.function) if isinstance(entry.term, Call) else ""


def _name(body: Body, ref: int) -> str:
    term = body.entries[ref].term
    return term.name if isinstance(term, Named) else ""


def _stands_for(name: str, module: Module, function: Function | Class, index: Index) -> bool:
    if name.rpartition(".")[2].lstrip(":") != function.qualname:
        return False
    definition, rest = index.resolve(name, module) if name else (None, ())
    return definition is function and not rest
