"""The semantic model of one module: the place where rules ask their questions.

The answers are worked out on first demand and kept. Every answer may be unknown: None, and the rule stays silent.
Each group of questions has a module of its own; this one only makes them meet.
"""

from __future__ import annotations

import ast
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from perffix.model import Span
from perffix.semantic.places import ancestors, block_of, header_lines, in_source_order, is_within
from perffix.semantic.walk import Walk

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from collections.abc import Set as AbstractSet

    from perffix.semantic.containers.lengths import LengthTable
    from perffix.semantic.containers.queues import QueueTable
    from perffix.semantic.containers.searches import SearchTable
    from perffix.semantic.effects import EffectTable
    from perffix.semantic.flow.input import FlowTable
    from perffix.semantic.imports import ImportTable
    from perffix.semantic.inference import TypeTable
    from perffix.semantic.liveness import LivenessTable
    from perffix.semantic.local_values import LocalTable
    from perffix.semantic.loops import Loop, LoopTable
    from perffix.semantic.names import NameTable
    from perffix.semantic.raising import RaisingTable
    from perffix.semantic.scopes import Assignment, Binding, ScopeTable
    from perffix.semantic.types import Type
    from perffix.semantic.uses import UseTable
    from perffix.semantic.web.handlers import HandlerTable
    from perffix.source import SourceFile

N = TypeVar("N", bound=ast.AST)
_IMPORTS = (ast.Import, ast.ImportFrom)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


class SemanticModel:
    """What one module means.

    Args:
        source: the file; its tree must parse.
        classes: node classes that will be asked for.
        calls: names that `calls_named` will be asked for.

    Attributes:
        scopes: who binds a name and who uses it.
        names: canonical names through imports and aliases.
        loops: what runs again and again.
        types: what is certain about an expression's class.
        uses: what is done with an object.
        effects: what running code may change.
        raising: what certainly raises nothing.
        liveness: whether a value is read before its name gets another one.
        imports: how a library name can be written in new code.
        lengths: which lists hold only a few elements.
        locals: where local values begin, and who may look at them.
        queues: what goes into a list and out of it at which end.
        searches: which searches of a list belong together.
        handlers: which functions answer requests.
        flow: where input goes.
    """

    def __init__(self, source: SourceFile, classes: Collection[type[ast.AST]], calls: Collection[str]) -> None:
        self.source = source
        self._walk = Walk(source.tree, classes, calls)
        self._parents = self._walk.parents
        self._every: dict[type[ast.AST], Sequence[Any]] = {}

    def close(self) -> None:
        """Forget everything, to be asked no more.

        Tables that refer to the model would otherwise hold the tree until the cyclic garbage collector runs.
        """
        flow: FlowTable | None = vars(self).get("flow")
        if flow is not None:
            flow.close()
        vars(self).clear()

    def nodes_of(self, cls: type[N]) -> list[N]:
        """Return all nodes of exactly this class in the module, whoever wants them, in no order."""
        nodes: list[Any] | None = self._walk.nodes.get(cls)
        if nodes is None:
            among: Iterable[ast.AST] = self._walk.imports if cls in _IMPORTS else self._parents
            nodes = [node for node in among if type(node) is cls]
            self._walk.nodes[cls] = nodes
        return nodes

    def every(self, cls: type[N]) -> Sequence[N]:
        """Return what `nodes_of` does, in source order, which takes longer."""
        found: Sequence[Any] | None = self._every.get(cls)
        if found is None:
            found = self._every[cls] = in_source_order(self.nodes_of(cls))
        return found

    def calls_named(self, name: str) -> Sequence[ast.Call]:
        """Return the calls written `name(...)` or `anything.name(...)`, for a name that was asked for, in no order."""
        return self._walk.calls.get(name, ())

    def met(self) -> list[type[ast.AST] | str]:
        """Return the node classes and the called names, of those that were asked for, that stand in the module."""
        classes = [cls for cls, nodes in self._walk.nodes.items() if nodes]
        return [*classes, *self._walk.calls]

    @property
    def written_names(self) -> AbstractSet[str]:
        """All names that stand in the code: of variables and what else is bound, attributes, arguments and imports."""
        return self._walk.written_names

    @property
    def written_strings(self) -> AbstractSet[str]:
        """All strings that stand in the code, docstrings and others without use left out."""
        return self._walk.strings

    @property
    def written_byte_strings(self) -> AbstractSet[bytes]:
        """All byte strings that stand in the code."""
        return self._walk.byte_strings

    @property
    def remarks(self) -> Sequence[str]:
        """The strings that are statements of their own, docstrings among them."""
        return self._walk.remarks

    def written_words(self) -> list[str]:
        """Return what stands in the code in names and strings, docstrings left out: whole names, whole strings."""
        return [*self._walk.written_names, *self._walk.strings]

    # Each table's module is imported when it is first asked for: most files raise no suspicion, and the check of
    # one small file is mostly start-up.

    @cached_property
    def scopes(self) -> ScopeTable:  # noqa: D102 - see Attributes
        from perffix.semantic.scopes import ScopeTable

        return ScopeTable(self._walk)

    @cached_property
    def names(self) -> NameTable:  # noqa: D102
        from perffix.semantic.names import NameTable

        return NameTable(self.scopes, has_star_import=self._walk.has_star_import)

    @cached_property
    def loops(self) -> LoopTable:  # noqa: D102
        from perffix.semantic.loops import LoopTable

        return LoopTable(self._parents, self.scopes, self.names)

    @cached_property
    def uses(self) -> UseTable:  # noqa: D102
        from perffix.semantic.uses import UseTable

        return UseTable(self._parents, self.names)

    @cached_property
    def types(self) -> TypeTable:  # noqa: D102
        from perffix.semantic.inference import TypeTable

        return TypeTable(self.scopes, self.names, self.uses, self._parents)

    @cached_property
    def effects(self) -> EffectTable:  # noqa: D102
        from perffix.semantic.effects import EffectTable

        return EffectTable(self._parents, self.scopes, self.names, self.types, self.uses)

    @cached_property
    def raising(self) -> RaisingTable:  # noqa: D102
        from perffix.semantic.raising import RaisingTable

        return RaisingTable(self.names, self.types)

    @cached_property
    def liveness(self) -> LivenessTable:  # noqa: D102
        from perffix.semantic.liveness import LivenessTable

        return LivenessTable(self._parents, self.scopes, self.names)

    @cached_property
    def imports(self) -> ImportTable:  # noqa: D102
        from perffix.semantic.imports import ImportTable

        return ImportTable(self.source.tree, self.scopes, self.names)

    @cached_property
    def lengths(self) -> LengthTable:  # noqa: D102
        from perffix.semantic.containers.lengths import LengthTable

        return LengthTable(self._parents, self.scopes, self.names, self.uses)

    @cached_property
    def locals(self) -> LocalTable:  # noqa: D102
        from perffix.semantic.local_values import LocalTable

        return LocalTable(self._parents, self.scopes)

    @cached_property
    def queues(self) -> QueueTable:  # noqa: D102
        from perffix.semantic.containers.queues import QueueTable

        return QueueTable(self.uses)

    @cached_property
    def handlers(self) -> HandlerTable:  # noqa: D102
        from perffix.semantic.web.handlers import HandlerTable

        return HandlerTable(self)

    @cached_property
    def flow(self) -> FlowTable:  # noqa: D102
        from perffix.semantic.flow.input import FlowTable

        return FlowTable(self)

    @cached_property
    def searches(self) -> SearchTable[Any]:  # noqa: D102
        from perffix.semantic.containers.searches import SearchTable

        return SearchTable()

    # The questions that nearly every rule asks, under short names.

    def qualified_name(self, expr: ast.expr) -> str | None:
        """Return the canonical dotted name of an expression: see `NameTable.qualified_name`."""
        return self.names.qualified_name(expr)

    def calls_into(self, known: frozenset[str]) -> Iterator[ast.Call]:
        """Yield the calls whose function may be one of some dotted names or lie in them: all that are, and few others.

        Cheaper than to ask for the qualified name of every call; see `NameTable.leading_to`.
        """
        from perffix.semantic.names import root_of

        if leading := self.names.leading_to(known):
            for call in self.nodes_of(ast.Call):
                if root_of(call.func) in leading:
                    yield call

    def type_of(self, expr: ast.expr) -> Type | None:
        """Return what is certain about the type of an expression: see `TypeTable.type_of`."""
        return self.types.type_of(expr)

    def type_here(self, expr: ast.expr) -> Type | None:
        """Return the type of an expression as `type_of`, of a name by the assignment that surely reaches this place.

        What the name holds elsewhere does not count then. The type tells nothing about what is added later.
        """
        reaching = self._reaching(expr, self.binding_of(expr))
        found = None if reaching is None else self.types.type_of_assignment(reaching)
        return self.type_of(expr) if found is None else found

    def starts_short_here(self, expr: ast.expr, binding: Binding) -> bool:
        """Tell whether the name of a list is given short ones only, or surely was by what reaches this place."""
        reaching = self._reaching(expr, binding)
        if reaching is not None and reaching.value is not None and self.lengths.stays_short(reaching.value):
            return True
        return self.lengths.starts_short(binding)

    def _reaching(self, expr: ast.expr, binding: Binding | None) -> Assignment | None:
        """Return the one of several assignments that surely gave a name the value that it has at a place."""
        if binding is None or binding.is_attribute or len(binding.assignments) < 2:
            return None
        from perffix.semantic.reaching import reaching_assignment

        return reaching_assignment(self.statement_of(expr), binding, self)

    def binding_of(self, expr: ast.expr) -> Binding | None:
        """Return the binding behind a name or a `self.x`, or None for all else and for builtins."""
        if isinstance(expr, ast.Name):
            return self.scopes.binding_of(expr)
        if isinstance(expr, ast.Attribute):
            return self.scopes.field_of(expr)
        return None

    def single_of(self, expr: ast.expr) -> Assignment | None:
        """Return the only assignment behind a name or a `self.x`; None where there are several, and for all else."""
        binding = self.binding_of(expr)
        return None if binding is None else binding.single

    def working_loops(self, node: ast.AST, binding: Binding) -> list[Loop]:
        """Return the loops that do something to one and the same list or string many times, innermost first.

        Loops over few elements are left out, and those in which a guard picks out single turns, unless the loop
        goes on for as long as that very object says (`while queue:`).
        """
        return [
            loop
            for loop in self.loops.loops_sharing(node, binding)
            if not self.lengths.limits(loop)
            and (self._lasts(loop, binding) or not self.loops.is_picked_out(node, loop))
        ]

    def _lasts(self, loop: Loop, binding: Binding) -> bool:
        """Tell whether a `while` asks the object behind a name whether to go on."""
        return isinstance(loop, ast.While) and any(
            isinstance(node, (ast.Name, ast.Attribute)) and self.binding_of(node) is binding
            for node in ast.walk(loop.test)
        )

    def is_compiled(self, node: ast.AST) -> bool:
        """Tell whether a node stands in a function that numba compiles: other rules of cost hold there."""
        function = self.function_of(node)
        while function is not None:
            for decorator in function.decorator_list:
                maker = decorator.func if isinstance(decorator, ast.Call) else decorator
                if (self.qualified_name(maker) or "").startswith("numba."):
                    return True
            function = self.function_of(function)
        return False

    def text(self, node: ast.expr | ast.stmt, limit: int = 60) -> str:
        """Return the source of a node on one line for use in a sentence, cut in the middle when it is long.

        No name is cut, unless nothing of that half were left.
        """
        text = " ".join(self.source.segment(Span.of(node)).split())
        if len(text) <= limit:
            return text
        half = (limit - 3) // 2
        end, start = half, len(text) - half
        while end and _is_in_word(text, end):
            end -= 1
        while start < len(text) and _is_in_word(text, start):
            start += 1
        return f"{text[: end or half]}...{text[start:] or text[-half:]}"

    # Places in the tree

    def line_of(self, loop: Loop) -> int:
        """Return the line on which a loop begins; a clause of a comprehension begins with its target."""
        return loop.target.lineno if isinstance(loop, ast.comprehension) else loop.lineno

    def parent(self, node: ast.AST) -> ast.AST | None:
        """Return the node around a node; None for the module."""
        return self._parents.get(node)

    def ancestors(self, node: ast.AST) -> Iterator[ast.AST]:
        """Yield the nodes around a node, from the inside out, up to the module."""
        return ancestors(node, self._parents)

    def stands_in_loop(self, node: ast.AST) -> bool:
        """Tell at no cost whether a loop or comprehension is around a node in its function; `loops` knows more."""
        for each in self.ancestors(node):
            if isinstance(each, (ast.For, ast.AsyncFor, ast.While, ast.comprehension, *_COMPREHENSIONS)):
                return True
            if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
                return False
        return False

    def is_within(self, node: ast.AST, *roots: ast.AST) -> bool:
        """Tell whether a node is one of some others or lies below it."""
        return is_within(node, roots, self._parents)

    def statement_of(self, node: ast.AST) -> ast.stmt:
        """Return the innermost statement that a node belongs to; a statement belongs to itself.

        Raises:
            LookupError: the node is the module, or of another tree.
        """
        current: ast.AST | None = node
        while current is not None:
            if isinstance(current, ast.stmt):
                return current
            current = self._parents.get(current)
        raise LookupError(f"{node!r} is in no statement of {self.source.path}")

    def function_of(self, node: ast.AST) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
        """Return the function whose body a node stands in, or None at module and class level."""
        for each in self.ancestors(node):
            if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef)):
                return each
            if isinstance(each, ast.ClassDef):
                return None
        return None

    def block_of(self, statement: ast.stmt) -> list[ast.stmt]:
        """Return the list of statements that a statement is one of."""
        return block_of(statement, self._parents)

    def statement_lines(self, node: ast.AST) -> tuple[int, int]:
        """Return the first and last line of a node's statement; of a compound one, of its header alone."""
        return header_lines(self.statement_of(node))


def _is_in_word(text: str, index: int) -> bool:
    """Tell whether a place in a text is in the middle of a name or number."""
    return all(each.isalnum() or each == "_" for each in text[index - 1 : index + 1])
