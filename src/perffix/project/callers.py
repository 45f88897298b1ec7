"""Who calls the functions of a project from other modules, as far as names tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from perffix.project.index import Function
from perffix.project.terms import Call, Named

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from perffix.project.index import Index, Module
    from perffix.project.summary import FunctionSummary
    from perffix.project.terms import Body, Entry

_DEPENDING = ("Depends", "Security")


class Caller(NamedTuple):
    """A place of another module that calls a function, or lets a framework call it for each request.

    Attributes:
        module: the module.
        entry: the call.
        depends: whether a framework calls it.
    """

    module: Module
    entry: Entry
    depends: bool


def functions_that_call(names: Collection[str], index: Index) -> Iterator[tuple[Function, Entry]]:
    """Yield the functions at module level that call something outside of the project, with the call."""
    packages = {name.partition(".")[0] for name in names}
    for module in index.modules.values():
        summary = module.summary
        imported = {target.partition(".")[0] for targets in summary.imports.values() for target in targets}
        if packages.isdisjoint(imported):
            continue
        for name, function in summary.functions.items():
            for entry in _calls(function.body):
                if _called(function.body, entry) in names:
                    definition, rest = index.resolve(f":{name}", module)
                    if isinstance(definition, Function) and not rest:
                        yield definition, entry


def callers_of(function: Function, index: Index) -> Iterator[Caller]:
    """Yield the places in other modules that call a function at module level by its name."""
    for module in index.modules.values():
        if module is function.module or not _may_know(module, function):
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


def _may_know(module: Module, function: Function) -> bool:
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


def _stands_for(name: str, module: Module, function: Function, index: Index) -> bool:
    if name.rpartition(".")[2] != function.qualname:
        return False
    definition, rest = index.resolve(name, module) if name else (None, ())
    return definition is function and not rest
