"""Makes the summary of a module from its tree."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NoReturn

from perffix.model import Span
from perffix.project.summaries.definitions import Definitions
from perffix.project.summaries.shared_terms import NUMBERS, OF_NAME, OF_PARAMETER, TEXTS, number_lines
from perffix.project.summaries.statements import StatementReader
from perffix.project.summaries.summary import ClassSummary, FunctionSummary, ModuleSummary, ParameterSummary
from perffix.project.summaries.terms import ASKING, Literal, new

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perffix.project.summaries.terms import Ref
    from perffix.source import SourceFile


def read_module(source: SourceFile) -> ModuleSummary:
    """Return the summary of a file. Raises SourceError when it cannot be parsed, RecursionError when it is too deep."""
    statements = source.tree.body
    number_lines(statements[-1].end_lineno or statements[-1].lineno if statements else 1)
    definitions = Definitions()
    body = _BodyReader(definitions, None, "")
    body.block(statements)
    return ModuleSummary(
        source.path,
        definitions.imports,
        tuple(definitions.stars),
        body.finish(),
        _fixed(definitions.names),
        definitions.functions,
        definitions.classes,
        frozenset(definitions.for_types),
        frozenset(definitions.renamed),
        frozenset(definitions.inner_imports),
    )


class _BodyReader(StatementReader):
    """Reads a module, function or class, and the functions and classes that are defined in it.

    There is one class for all of them: the interpreter is quicker where objects are of the same.

    Args:
        module: what all bodies of the module share.
        outer: the reader of the body around it.
        prefix: what qualifies names defined in it: `outer.<locals>.`, empty at module level.
        members: takes what it defines, if it is that of a class.
    """

    def __init__(
        self, module: Definitions, outer: _BodyReader | None, prefix: str, members: _Members | None = None
    ) -> None:
        super().__init__(module, outer)
        self._prefix = prefix
        self._members = members
        self.visits = _STATEMENTS if members is None else _STATEMENTS_OF_CLASS

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for default in (*node.args.defaults, *node.args.kw_defaults):
            if default is not None:
                self.expr(default)
        reader = _BodyReader(self.module, self, f"{self._prefix}{node.name}.<locals>.")
        reader.lines = self.lines
        decorators = tuple([reader.expr(each) for each in node.decorator_list])
        parameters = reader._parameters(node.args)
        annotation = None if node.returns is None else reader.expr(node.returns)
        reader.is_function = True
        for parameter in parameters:
            reader.bind(parameter.name, reader.share(OF_PARAMETER[parameter.name]))
        reader.block(node.body)
        summary = FunctionSummary(
            node.name,
            _header(node),
            *_lines(node),
            parameters,
            decorators,
            annotation,
            reader.finish(),
            isinstance(node, ast.AsyncFunctionDef),
            bool(reader.yields),
            reader.gives_none or reader.names is not None,
        )
        self.add_function(summary)

    def _parameters(self, arguments: ast.arguments) -> tuple[ParameterSummary, ...]:
        positional = arguments.posonlyargs + arguments.args if arguments.posonlyargs else arguments.args
        read, defaults = self._parameter, arguments.defaults
        required = len(positional) - len(defaults)
        found = [read(each, "positional", None) for each in positional[:required]]
        if defaults:
            optional = zip(positional[required:], defaults, strict=True)
            found += [read(each, "positional", default) for each, default in optional]
        if arguments.vararg is not None:
            found.append(read(arguments.vararg, "*", None))
        named = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        found += [read(each, "keyword", default) for each, default in named]
        if arguments.kwarg is not None:
            found.append(read(arguments.kwarg, "**", None))
        return tuple(found)

    def _parameter(self, node: ast.arg, kind: str, default: ast.expr | None) -> ParameterSummary:
        annotation = None if node.annotation is None else self.expr(node.annotation)
        written = None if default is None else _written(default)
        return new(ParameterSummary, (node.arg, kind, annotation, written))

    def _class(self, node: ast.ClassDef) -> None:
        members = _Members()
        reader = _BodyReader(self.module, self, f"{self._prefix}{node.name}.", members)
        reader.lines = self.lines
        bases = tuple([reader.expr(each) for each in node.bases])
        keywords = {each.arg: reader.expr(each.value) for each in node.keywords if each.arg is not None}
        decorators = tuple([reader.expr(each) for each in node.decorator_list])
        reader.block(node.body)
        summary = ClassSummary(
            node.name,
            _header(node),
            *_lines(node),
            bases,
            keywords or _NOTHING,
            decorators,
            reader.finish(),
            _fixed(reader.assigned),
            members.annotations or _NOTHING,
            members.statements or _NOTHING,
            members.methods or _NOTHING,
            members.classes or _NOTHING,
        )
        self.add_class(summary)

    def add_function(self, summary: FunctionSummary) -> None:
        """Note a function or method that is defined here."""
        if self._members is not None:
            self._members.methods[summary.name] = summary
            return
        name = f"{self._prefix}{summary.name}"
        self.module.add_function(name, summary)
        if self.is_function:
            self.bind(summary.name, self.share(OF_NAME[f":{name}"]))

    def add_class(self, summary: ClassSummary) -> None:
        """Note a class that is defined here."""
        if self._members is not None:
            self._members.classes[summary.name] = summary
            return
        name = f"{self._prefix}{summary.name}"
        self.module.add_class(name, summary)
        if self.is_function:
            self.bind(summary.name, self.share(OF_NAME[f":{name}"]))

    def _assign_in_class(self, node: ast.Assign) -> None:
        assert self._members is not None
        value = self._at_its_place(node.value)
        for target in node.targets:
            self.assign(target, value)
            if isinstance(target, ast.Name):
                self._members.statements[target.id] = _span(node)

    def _annotated_in_class(self, node: ast.AnnAssign) -> None:
        assert self._members is not None
        annotation = self._at_its_place(node.annotation)
        if isinstance(node.target, ast.Name):
            self._members.annotations[node.target.id] = annotation
        if node.value is not None:
            self.assign(node.target, self.expr(node.value))

    def _at_its_place(self, node: ast.expr) -> Ref:
        """Read what makes a member of a class: an entry of its own, for a framework may make a query of it."""
        ref = self.expr(node)
        if not isinstance(node, ast.Name):
            return ref
        term = self.entries[ref].term
        return self.ask(term, node) if type(term) in ASKING else self.add(term, node)


class _Members:
    """What a class has, while its body is read.

    Attributes:
        annotations, statements, methods, classes: as those of a `ClassSummary`.
    """

    __slots__ = ("annotations", "classes", "methods", "statements")

    def __init__(self) -> None:
        self.annotations: dict[str, Ref] = {}
        self.statements: dict[str, Span] = {}
        self.methods: dict[str, FunctionSummary] = {}
        self.classes: dict[str, ClassSummary] = {}


def _written(default: ast.expr) -> Literal | None:
    """Return the default of a parameter if it is a literal."""
    if not isinstance(default, ast.Constant):
        return None
    value = default.value
    if isinstance(value, str):
        return TEXTS[value]
    return Literal(value) if value is None or isinstance(value, (int, float)) else None


def _span(node: ast.stmt) -> Span:
    """Return the span of a statement, without a number of its own for each line."""
    span = Span.of(node)
    return Span(NUMBERS[span.line], span.column, NUMBERS[span.end_line], span.end_column)


def _header(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> Span:
    """Return the span from the keyword of a definition to the end of its header's first line."""
    line = NUMBERS[node.lineno]
    return Span(line, node.col_offset, line, node.col_offset + len(node.name) + 4)


def _lines(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> tuple[int, int]:
    """Return the first and last line of a definition."""
    first = node.decorator_list[0].lineno if node.decorator_list else node.lineno
    return NUMBERS[first], NUMBERS[node.end_lineno or first]


def _fixed(names: Mapping[str, list[Ref]]) -> Mapping[str, tuple[Ref, ...]]:
    return {name: tuple(refs) for name, refs in names.items()} if names else _NOTHING


_NOTHING: Mapping[str, NoReturn] = {}  # one for all the classes without
_STATEMENTS = StatementReader.visits | {
    ast.FunctionDef: _BodyReader._function,
    ast.AsyncFunctionDef: _BodyReader._function,
    ast.ClassDef: _BodyReader._class,
}
_STATEMENTS_OF_CLASS = _STATEMENTS | {
    ast.Assign: _BodyReader._assign_in_class,
    ast.AnnAssign: _BodyReader._annotated_in_class,
}
