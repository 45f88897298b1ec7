"""Makes the summary of a module from its tree.

Statements are followed in the order in which they may run. A local name stands for the entry that it holds at that
place; after branches it holds one of several. The body of a loop is read once: what a name holds from an earlier turn
is known after the loop, but not at its start.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from perffix.model import Span
from perffix.project.expressions import OPERATORS, Condition, Definitions, ExpressionReader, Names
from perffix.project.summary import ClassSummary, FunctionSummary, ModuleSummary, ParameterSummary
from perffix.project.terms import (
    NO_LOOP,
    Added,
    Body,
    Call,
    Combined,
    Each,
    Literal,
    Named,
    Parameter,
    Table,
    asking,
)
from perffix.semantic.loops import leaves_at_once
from perffix.semantic.places import header_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from perffix.project.terms import Ref
    from perffix.source import SourceFile

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def read_module(source: SourceFile) -> ModuleSummary:
    """Return the summary of a file. Raises SourceError when it cannot be parsed, RecursionError when it is too deep."""
    definitions = Definitions()
    body = _BodyReader(definitions, None, "")
    body.block(source.tree.body)
    return ModuleSummary(
        source.path,
        definitions.imports,
        tuple(definitions.stars),
        body.finish(),
        {name: tuple(refs) for name, refs in body.assigned.items()},
        definitions.functions,
        definitions.classes,
        frozenset(definitions.for_types),
        frozenset(definitions.renamed),
        frozenset(definitions.inner_imports),
    )


class _BodyReader(ExpressionReader):
    """Reads the statements of one function, class or module into entries.

    Args:
        module: what all bodies of the module share.
        outer: the reader of the body around it.
        prefix: what qualifies names defined in it: `outer.<locals>.`, empty at module level.
    """

    def __init__(self, module: Definitions, outer: _BodyReader | None, prefix: str) -> None:
        super().__init__(module, outer)
        self._prefix = prefix
        self._returns: list[Ref] = []
        self._discarded: list[Ref] = []
        self._annotations: dict[str, Ref] = {}
        self._statements: dict[str, Span] = {}
        self._methods: dict[str, FunctionSummary] = {}
        self._classes: dict[str, ClassSummary] = {}
        self._is_class = False
        self._is_for_types = False

    def finish(self) -> Body:
        return Body(
            tuple(self.entries),
            tuple(self.loops),
            tuple(self.yields or self._returns),
            tuple(self.stores),
            tuple(self.tested),
            tuple(self._discarded),
            asking(self.entries),
            tuple(self.guards),
        )

    # Statements

    def block(self, statements: Iterable[ast.stmt]) -> None:
        for statement in statements:
            cls = statement.__class__
            self.lines = header_lines(statement) if cls in _COMPOUND else (statement.lineno, statement.end_lineno or 0)
            visit = _STATEMENTS.get(cls)
            if visit is not None:
                visit(self, statement)
            else:
                self.children(statement)

    def _expression(self, node: ast.Expr) -> None:
        if isinstance(node.value, ast.Constant):
            return  # a docstring
        ref = self.expr(node.value)
        self._discarded.append(ref)
        if isinstance(node.value, ast.Call):
            self._grow(node.value, ref)

    def _assign(self, node: ast.Assign) -> None:
        value = self.expr(node.value)
        if self._is_class and isinstance(node.value, ast.Name):
            value = self.add(self.entries[value].term, node.value)  # a framework may make a query of `model = Book`
        for target in node.targets:
            self.assign(target, value)
            if self._is_class and isinstance(target, ast.Name):
                self._statements[target.id] = Span.of(node)

    def _annotated(self, node: ast.AnnAssign) -> None:
        annotation = self.expr(node.annotation)
        if isinstance(node.target, ast.Name):
            self._annotations[node.target.id] = annotation
        if node.value is not None:
            self.assign(node.target, self.expr(node.value))

    def _augmented(self, node: ast.AugAssign) -> None:
        left, right = self.expr(node.target), self.expr(node.value)
        operator = OPERATORS.get(type(node.op), "?")
        self.assign(node.target, self.add(Combined(operator, left, right), node.target))

    def _grow(self, call: ast.Call, ref: Ref) -> None:
        """Let `xs.append(x)`, `xs.extend(ys)` and `d.update(...)` give the local name a new value."""
        func = call.func
        if not isinstance(func, ast.Attribute) or not isinstance(func.value, ast.Name) or self.names is None:
            return
        name, base, term = func.value.id, self.names.get(func.value.id), self.entries[ref].term
        if base is None or not isinstance(term, Call):
            return
        if func.attr in ("append", "add", "appendleft") and len(term.arguments) == 1:
            self.bind(name, self.add(Added(base, term.arguments[0]), call))
        elif func.attr == "insert" and len(term.arguments) == 2:
            self.bind(name, self.add(Added(base, term.arguments[1]), call))
        elif func.attr == "extend" and len(term.arguments) == 1:
            self.bind(name, self.add(Added(base, term.arguments[0], all=True), call))
        elif func.attr == "setdefault" and len(term.arguments) == 2:
            self.bind(name, self.add(Table(((term.arguments[0], term.arguments[1]),), base), call))
        elif func.attr == "update":
            items: list[tuple[Ref | None, Ref]] = [(None, each) for each in term.arguments]
            items.extend(
                [(None if key is None else self.add(Literal(key), call), value) for key, value in term.keywords]
            )
            self.bind(name, self.add(Table(tuple(items), base), call))

    def _for(self, node: ast.For | ast.AsyncFor) -> None:
        iterable = self.expr(node.iter)
        self._turns(node, iterable, node.target)

    def _while(self, node: ast.While) -> None:
        self._turns(node, None, None)

    def _turns(self, node: ast.For | ast.AsyncFor | ast.While, iterable: Ref | None, target: ast.expr | None) -> None:
        """Read a loop."""
        before = None if self.names is None else dict(self.names)
        few = leaves_at_once(node.body) or (iterable is not None and self.is_few(iterable))
        state = self.enter_loop(iterable, few, Span.of(node.iter if not isinstance(node, ast.While) else node.test))
        if isinstance(node, ast.While):
            self.test(node.test)
        if iterable is not None and target is not None:
            self.assign(target, self.add(Each(iterable, self.loop), target))
        self.block(node.body)
        self.leave_loop(state)
        self.names = self._merged(before, self.names)
        self.block(node.orelse)

    def _if(self, node: ast.If) -> None:
        if _is_type_checking(node.test):
            self._is_for_types = True
            self.block(node.body)
            self._is_for_types = False
            self.block(node.orelse)
            return
        conditions = self.conditions(node.test)
        self.test(node.test)
        self._branches([node.body, node.orelse], conditions)

    def _branches(self, blocks: Sequence[Sequence[ast.stmt]], conditions: Sequence[list[Condition]] = ()) -> None:
        """Read blocks of which one runs, each under conditions on parameters."""
        before = None if self.names is None else dict(self.names)
        sometimes, self.sometimes = self.sometimes, True
        after: Names | None = None
        for number, block in enumerate(blocks):
            self.names = None if before is None else dict(before)
            start, loop = len(self.entries), self.loop
            self.loop = self._loop_after(block)
            self.block(block)
            self.loop = loop
            self.guard(start, conditions[number] if conditions else ())
            after = self._merged(after, self.names)
        self.names = after
        self.sometimes = sometimes

    def _loop_after(self, block: Sequence[ast.stmt]) -> int:
        """Return the loop that may run a block more than once: not one that the block leaves at its end."""
        last = block[-1] if block else None
        if isinstance(last, (ast.Return, ast.Raise)):
            return NO_LOOP
        return self.loops[self.loop].outer if isinstance(last, ast.Break) and self.loop != NO_LOOP else self.loop

    def _merged(self, one: Names | None, other: Names | None) -> Names | None:
        """Return what names hold where two ways meet."""
        if one is None or other is None:
            return other if one is None else one
        merged = dict(one)
        for name, ref in other.items():
            held = merged.get(name)
            if held is None:
                merged[name] = ref
            elif held != ref:
                merged[name] = self.either(held, ref)
        return merged

    def _try(self, node: ast.Try) -> None:
        before = None if self.names is None else dict(self.names)
        self.block(node.body)
        self.block(node.orelse)
        after = self.names
        sometimes, self.sometimes = self.sometimes, True
        loop, self.loop = self.loop, NO_LOOP  # what goes wrong in each turn is none worth a finding
        for handler in node.handlers:
            self.names = None if before is None else dict(before)
            if handler.type is not None:
                self.expr(handler.type)
            self.block(handler.body)
            after = self._merged(after, self.names)
        self.sometimes, self.loop = sometimes, loop
        self.names = after if after is not None else before
        self.block(node.finalbody)
        if after is None:
            self.names = None

    def _with(self, node: ast.With | ast.AsyncWith) -> None:
        for item in node.items:
            value = self.expr(item.context_expr)
            if item.optional_vars is not None:
                self.assign(item.optional_vars, value)
        self.block(node.body)

    def _match(self, node: ast.Match) -> None:
        self.expr(node.subject)
        self._branches([*(case.body for case in node.cases), []])

    def _return(self, node: ast.Return) -> None:
        if node.value is not None:
            loop, self.loop = self.loop, NO_LOOP  # no loop does it in each of its turns
            self._returns.append(self.expr(node.value))
            self.loop = loop
        self.names = None

    def _leave(self, node: ast.stmt) -> None:
        loop, self.loop = self.loop, NO_LOOP
        self.children(node)
        self.loop = loop
        self.names = None

    def _import(self, node: ast.Import | ast.ImportFrom) -> None:
        for alias in node.names:
            if isinstance(node, ast.ImportFrom):
                module = "." * node.level + (node.module or "")
                if alias.name == "*":
                    self.module.stars.append(module)
                    continue
                target = f"{module}.{alias.name}" if node.module else f"{module}{alias.name}"
                name = alias.asname or alias.name
            else:
                target = alias.name if alias.asname else alias.name.partition(".")[0]
                name = alias.asname or target
            if self.is_function:
                self.bind(name, self.add_without_place(Named(target)))
                self.module.inner_imports.add(target)
                if name != target.rpartition(".")[2]:
                    self.module.renamed.add(target)
            else:
                known = self.module.imports.get(name, ())
                self.module.imports[name] = known if target in known else (*known, target)
                if self._is_for_types:
                    self.module.for_types.add(name)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for default in (*node.args.defaults, *node.args.kw_defaults):
            if default is not None:
                self.expr(default)
        reader = _BodyReader(self.module, self, f"{self._prefix}{node.name}.<locals>.")
        reader.lines = header_lines(node)
        decorators = tuple(reader.expr(each) for each in node.decorator_list)
        parameters = tuple(reader._parameters(node.args))
        annotation = None if node.returns is None else reader.expr(node.returns)
        reader.is_function = True
        for parameter in parameters:
            reader.bind(parameter.name, reader.add_without_place(Parameter(parameter.name)))
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
        )
        if self._is_class:
            self._methods[node.name] = summary
            return
        self.module.functions[f"{self._prefix}{node.name}"] = summary
        if self.is_function:
            self.bind(node.name, self.add_without_place(Named(f":{self._prefix}{node.name}")))

    def _parameters(self, arguments: ast.arguments) -> Iterator[ParameterSummary]:
        def summary(parameter: ast.arg, kind: str, default: ast.expr | None = None) -> ParameterSummary:
            annotation = None if parameter.annotation is None else self.expr(parameter.annotation)
            value = default.value if isinstance(default, ast.Constant) else ...
            known = Literal(value) if value is None or isinstance(value, (str, int, float)) else None
            return ParameterSummary(parameter.arg, kind, annotation, known)

        positional = (*arguments.posonlyargs, *arguments.args)
        defaults = [None] * (len(positional) - len(arguments.defaults)) + arguments.defaults
        for each, default in zip(positional, defaults, strict=True):
            yield summary(each, "positional", default)
        if arguments.vararg is not None:
            yield summary(arguments.vararg, "*")
        for each, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
            yield summary(each, "keyword", default)
        if arguments.kwarg is not None:
            yield summary(arguments.kwarg, "**")

    def _class(self, node: ast.ClassDef) -> None:
        reader = _BodyReader(self.module, self, f"{self._prefix}{node.name}.")
        reader._is_class = True
        reader.lines = header_lines(node)
        bases = tuple(reader.expr(each) for each in node.bases)
        keywords = {each.arg: reader.expr(each.value) for each in node.keywords if each.arg is not None}
        decorators = tuple(reader.expr(each) for each in node.decorator_list)
        reader.block(node.body)
        summary = ClassSummary(
            node.name,
            _header(node),
            *_lines(node),
            bases,
            keywords,
            decorators,
            reader.finish(),
            {name: tuple(refs) for name, refs in reader.assigned.items()},
            reader._annotations,
            reader._statements,
            reader._methods,
            reader._classes,
        )
        if self._is_class:
            self._classes[node.name] = summary
            return
        self.module.classes[f"{self._prefix}{node.name}"] = summary
        if self.is_function:
            self.bind(node.name, self.add_without_place(Named(f":{self._prefix}{node.name}")))


def _is_type_checking(test: ast.expr) -> bool:
    return (isinstance(test, ast.Name) and test.id == "TYPE_CHECKING") or (
        isinstance(test, ast.Attribute) and test.attr == "TYPE_CHECKING"
    )


def _header(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> Span:
    """Return the span from the keyword of a definition to the end of its header's first line."""
    return Span(node.lineno, node.col_offset, node.lineno, node.col_offset + len(node.name) + 4)


def _lines(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> tuple[int, int]:
    """Return the first and last line of a definition."""
    first = node.decorator_list[0].lineno if node.decorator_list else node.lineno
    return first, node.end_lineno or node.lineno


_COMPOUND = frozenset(cls for cls in ast.stmt.__subclasses__() if {"body", "cases"} & {*cls._fields})
_STATEMENTS: dict[type[ast.stmt], Callable[[_BodyReader, Any], None]] = {
    ast.Expr: _BodyReader._expression,
    ast.Assign: _BodyReader._assign,
    ast.AnnAssign: _BodyReader._annotated,
    ast.AugAssign: _BodyReader._augmented,
    ast.For: _BodyReader._for,
    ast.AsyncFor: _BodyReader._for,
    ast.While: _BodyReader._while,
    ast.If: _BodyReader._if,
    ast.Try: _BodyReader._try,
    **({ast.TryStar: _BodyReader._try} if hasattr(ast, "TryStar") else {}),
    ast.With: _BodyReader._with,
    ast.AsyncWith: _BodyReader._with,
    ast.Match: _BodyReader._match,
    ast.Return: _BodyReader._return,
    ast.Raise: _BodyReader._leave,
    ast.Continue: _BodyReader._leave,
    ast.Break: _BodyReader._leave,
    ast.Import: _BodyReader._import,
    ast.ImportFrom: _BodyReader._import,
    ast.FunctionDef: _BodyReader._function,
    ast.AsyncFunctionDef: _BodyReader._function,
    ast.ClassDef: _BodyReader._class,
}
