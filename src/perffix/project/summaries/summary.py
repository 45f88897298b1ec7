"""The summary of one module: what others may need to know about it, made from its text alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perffix.model import Span
    from perffix.project.summaries.terms import Body, Literal, Ref


class ParameterSummary(NamedTuple):
    """A parameter of a function.

    Attributes:
        name: its name.
        kind: `positional`, `keyword` (only), `*` or `**`.
        annotation: the entry of its annotation in the function's body, if it has one.
        default: what it holds when no argument is given, if that is written out.
    """

    name: str
    kind: str
    annotation: Ref | None
    default: Literal | None = None


class FunctionSummary(NamedTuple):
    """A function or method.

    Attributes:
        name: its own name.
        span: the first line of its header.
        first: the first line of all of it, decorators included.
        last: the last line.
        parameters: in the order in which they are written.
        decorators: entries of the body.
        annotation: the entry of the returned type in the body.
        body: what it does; decorators and annotations are its first entries.
        is_async: whether it is a coroutine function.
        yields: whether it is a generator; then `body.returns` are the values that it yields.
        may_give_none: whether it may return None, where it comes to its end at the latest.
    """

    name: str
    span: Span
    first: int
    last: int
    parameters: tuple[ParameterSummary, ...]
    decorators: tuple[Ref, ...]
    annotation: Ref | None
    body: Body
    is_async: bool
    yields: bool
    may_give_none: bool


class ClassSummary(NamedTuple):
    """A class.

    Attributes:
        name: its own name.
        span: the first line of its header.
        first: the first line of all of it, decorators included.
        last: the last line.
        bases: entries of the body.
        keywords: arguments such as `metaclass=` or `table=`, entries of the body.
        decorators: entries of the body.
        body: the statements at class level; bases, keywords and decorators are its first entries.
        names: entries of `body` that a name of the class may hold, the last assigned one last.
        annotations: entries of `body` for annotated names.
        statements: the last statement that gives a name its value, for plain assignments.
        methods: by name, the last definition.
        classes: nested classes, such as `Meta`.
    """

    name: str
    span: Span
    first: int
    last: int
    bases: tuple[Ref, ...]
    keywords: Mapping[str, Ref]
    decorators: tuple[Ref, ...]
    body: Body
    names: Mapping[str, tuple[Ref, ...]]
    annotations: Mapping[str, Ref]
    statements: Mapping[str, Span]
    methods: Mapping[str, FunctionSummary]
    classes: Mapping[str, ClassSummary]


class ModuleSummary(NamedTuple):
    """A module.

    Attributes:
        path: the file as the user named it.
        imports: what imported names stand for, dotted; several when branches import differently.
        stars: modules of which all public names are imported.
        body: the code at module level.
        names: entries of `body` that a name of the module may hold.
        functions: by name; functions inside of functions as `outer.<locals>.inner`.
        classes: by name; classes inside of functions as `outer.<locals>.inner`.
        for_types: imported names that are there for type checkers alone, below `if TYPE_CHECKING`.
        renamed: what functions import under another name.
        inner_imports: what functions import, under whatever name.
    """

    path: str
    imports: Mapping[str, tuple[str, ...]]
    stars: tuple[str, ...]
    body: Body
    names: Mapping[str, tuple[Ref, ...]]
    functions: Mapping[str, FunctionSummary]
    classes: Mapping[str, ClassSummary]
    for_types: frozenset[str] = frozenset()
    renamed: frozenset[str] = frozenset()
    inner_imports: frozenset[str] = frozenset()
